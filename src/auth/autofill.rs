//! Passkeys among a form field's suggestions (conditional UI). The browser holds one request open
//! while the page waits; it must be ended, and its end awaited, before any other prompt.

use super::page::sign_in;
use crate::{
    browser::{self, Prompt},
    ui::Problem,
};
use futures::channel::oneshot;
use leptos::{ev, prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::time::Duration;
use web_sys::AbortController;

/// Renewed before the challenge is five minutes old.
const RENEW: Duration = Duration::from_secs(4 * 60);

#[derive(Clone, Copy)]
pub struct Autofill {
    /// In the browser only, whose one thread never changes.
    pending: StoredValue<Option<SendWrapper<Pending>>>,
    next: Callback<(), String>,
    problem: RwSignal<Option<Problem>>,
}

struct Pending {
    controller: AbortController,
    settled: oneshot::Receiver<()>,
}

impl Autofill {
    pub fn new(
        next: impl Fn() -> String + Send + Sync + 'static,
        problem: RwSignal<Option<Problem>>,
    ) -> Self {
        Self { pending: StoredValue::new(None), next: Callback::new(move |()| next()), problem }
    }

    /// Arms it now, before each challenge expires, and when the window has the focus again: another
    /// tab's challenge may have replaced this one's.
    pub fn keep_armed(self) {
        let renew = move || {
            spawn_local(async move {
                if self.disarm().await {
                    self.arm().await;
                }
            });
        };
        spawn_local(self.arm());
        let timer = set_interval_with_handle(renew, RENEW).ok();
        let focus = window_event_listener(ev::focus, move |_| renew());
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
            focus.remove();
            spawn_local(async move {
                self.disarm().await;
            });
        });
    }

    /// Offers passkeys until one is chosen, the request fails, or [`Self::disarm`] ends it.
    pub async fn arm(self) {
        if !browser::has_autofill().await || self.is_armed() {
            return;
        }
        let Ok(controller) = AbortController::new() else { return };
        let signal = controller.signal();
        let (done, settled) = oneshot::channel();
        self.pending.set_value(Some(SendWrapper::new(Pending { controller, settled })));
        let outcome = sign_in(Prompt::Autofill, &signal, &self.next.run(())).await;
        done.send(()).ok();
        let Err(problem) = outcome else { return };
        if !signal.aborted() {
            self.pending.set_value(None);
            let chosen = !problem.is_cancelled() && problem != crate::error::Error::Offline.into();
            self.problem.set(Some(problem));
            if chosen {
                Box::pin(self.arm()).await;
            }
        }
    }

    /// Ends the open request and waits until the browser has let go of it. Whether there was one.
    pub async fn disarm(self) -> bool {
        let pending = self.pending.try_update_value(Option::take).flatten();
        let Some(Pending { controller, settled }) = pending.map(SendWrapper::take) else {
            return false;
        };
        controller.abort();
        settled.await.ok();
        true
    }

    fn is_armed(self) -> bool {
        self.pending.try_with_value(Option::is_some).unwrap_or(true)
    }
}
