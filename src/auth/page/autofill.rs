//! Passkeys among a form field's suggestions (conditional UI). The browser holds one request open
//! while the page waits; it must be ended, and its end awaited, before any other prompt.

use super::ceremony::sign_in;
use crate::{
    browser::{self, Prompt},
    error::Error,
    ui::Problem,
};
use futures::{
    FutureExt,
    channel::oneshot::{self, Receiver},
    future::Shared,
};
use leptos::{ev, prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::time::Duration;
use web_sys::AbortController;

/// How often the request is renewed: before its challenge is five minutes old.
const RENEW: Duration = Duration::from_secs(4 * 60);

#[derive(Clone, Copy)]
pub struct Autofill {
    /// The open request; none once the browser has released it.
    pending: StoredValue<Option<Pending>>,
    next: Callback<(), String>,
    /// Whether the page's button has a prompt of its own open, or is about to.
    busy: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
}

#[derive(Clone)]
struct Pending {
    /// It exists in the browser only, which has one thread.
    controller: SendWrapper<AbortController>,
    /// Resolves once the browser has released the request.
    released: Shared<Receiver<()>>,
}

impl Autofill {
    pub fn new(
        next: impl Fn() -> String + Send + Sync + 'static,
        busy: RwSignal<bool>,
        problem: RwSignal<Option<Problem>>,
    ) -> Self {
        let next = Callback::new(move |()| next());
        Self { pending: StoredValue::new(None), next, busy, problem }
    }

    /// Arms the field now, before each challenge expires, and when the page becomes visible again:
    /// another tab's challenge may have replaced this one's. Leaving the page ends the request at once.
    pub fn keep_armed(self) {
        let renew = move || {
            spawn_local(async move {
                self.disarm().await;
                self.arm().await;
            });
        };
        spawn_local(self.arm());
        let timer = set_interval_with_handle(renew, RENEW).ok();
        let seen = window_event_listener(ev::visibilitychange, move |_| {
            if !document().hidden() {
                renew();
            }
        });
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
            seen.remove();
            self.abort();
        });
    }

    /// Offers passkeys until one is chosen, the request fails, or [`Self::disarm`] ends it. Does
    /// nothing while another prompt is open.
    pub async fn arm(self) {
        let free = || {
            let none = self.pending.try_with_value(Option::is_none).unwrap_or(false);
            none && self.busy.try_get_untracked() == Some(false)
        };
        if !browser::has_autofill().await || !free() {
            return;
        }
        let Ok(controller) = AbortController::new() else { return };
        let signal = controller.signal();
        let (done, released) = oneshot::channel();
        let pending =
            Pending { controller: SendWrapper::new(controller), released: released.shared() };
        self.pending.set_value(Some(pending));
        let outcome = sign_in(Prompt::Autofill, &signal, &self.next.run(())).await;
        self.pending.try_set_value(None);
        done.send(()).ok();
        let (Err(problem), false) = (outcome, signal.aborted()) else { return };
        let refused = problem == Error::SignInFailed.into();
        if !problem.is_cancelled() {
            self.problem.set(Some(problem));
        }
        // The user chose the refused passkey by hand, so this cannot loop. After anything else the field
        // arms it again when it is used.
        if refused {
            Box::pin(self.arm()).await;
        }
    }

    /// Ends the open request and waits until the browser has released it.
    pub async fn disarm(self) {
        if let Some(pending) = self.abort() {
            pending.released.await.ok();
        }
    }

    fn abort(self) -> Option<Pending> {
        let pending = self.pending.try_get_value().flatten()?;
        pending.controller.abort();
        Some(pending)
    }
}
