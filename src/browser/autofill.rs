//! Passkeys among a form field's suggestions (conditional UI). The browser holds one request open while
//! the page waits; it must be ended, and its end awaited, before any other prompt.

use super::{
    call::{Lost, Problem, Reply, Result, post},
    dom::{document, fields, find, never, on, window},
    outcome,
    passkeys::{Prompt, ask, failure, has_autofill, verify},
};
use js_sys::Promise;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, Element};

/// How often the request is renewed, in milliseconds: before its challenge is five minutes old.
const RENEW: i32 = 4 * 60 * 1000;

thread_local! {
    /// The open request, and what settles when the browser has released it.
    static OPEN: RefCell<Option<(AbortController, Promise)>> = const { RefCell::new(None) };
    /// How many others have a prompt open, or are about to.
    static PAUSED: Cell<u32> = const { Cell::new(0) };
}

/// Offers passkeys in the field of this part of the page: now, before each challenge expires, and when
/// the page becomes visible again, since another tab's challenge may have replaced this one's.
pub fn keep_armed(_: Element) {
    spawn_local(arm());
    let renew = || {
        spawn_local(async {
            if !document().hidden() && PAUSED.get() == 0 {
                release().await;
                arm().await;
            }
        });
    };
    on(&document(), "visibilitychange", move |_| renew());
    // After a failure the field arms it again when it is used.
    for event in ["focus", "click"] {
        if let Some(field) = field() {
            on(&field, event, |_| spawn_local(arm()));
        }
    }
    let timer = Closure::<dyn Fn()>::new(renew);
    let set = web_sys::Window::set_interval_with_callback_and_timeout_and_arguments_0;
    set(&window(), timer.as_ref().unchecked_ref(), RENEW).ok();
    timer.forget();
}

fn field() -> Option<Element> {
    find(&document(), "[autocomplete~=webauthn]")
}

/// The form that signs in by passkey, and the path of its two calls but for their last part.
fn form() -> Option<(Element, String)> {
    let form = find(&document(), "form[data-autofill]")?;
    let path = form.get_attribute("action")?.strip_suffix("options")?.to_owned();
    Some((form, path))
}

async fn arm() {
    // A passkey that was refused was chosen by hand, so this cannot loop.
    loop {
        let Some((form, path)) = form() else { return };
        let outcome = match offer(&form, &path).await {
            Ok(credential) => verify(&[&path, "verify"].concat(), &credential).await,
            Err(problem) => Err(problem),
        };
        match outcome {
            Ok(Reply { next, .. }) => {
                window().location().assign(&next.unwrap_or_default()).ok();
                never().await;
            }
            Err(problem) if problem.is_cancelled() => return,
            Err(problem) => {
                outcome::clear();
                outcome::show(&form, &problem).await;
                if problem.code != "sign_in_failed" {
                    return;
                }
            }
        }
    }
}

async fn offer(form: &Element, path: &str) -> Result<JsValue> {
    let free = || PAUSED.get() == 0 && OPEN.with_borrow(Option::is_none);
    if field().is_none() || !has_autofill().await || !free() {
        return Err(Problem::CANCELLED);
    }
    let options = post(&[path, "options"].concat(), &fields(form.unchecked_ref())?)
        .await
        .map_err(|it| it.or_lost(Lost::Unsent))?;
    let options = options.answer.into();
    if !free() {
        return Err(Problem::CANCELLED);
    }
    let controller = AbortController::new()?;
    let asked = ask(&options, &controller.signal(), Prompt::Autofill)?;
    OPEN.set(Some((controller, asked.clone())));
    let credential = JsFuture::from(asked).await.map_err(failure);
    OPEN.take();
    credential
}

async fn release() {
    if let Some((controller, asked)) = OPEN.take() {
        controller.abort();
        JsFuture::from(asked).await.ok();
    }
}

/// Keeps the suggestions out of the way of another prompt, until [`resume`].
pub async fn pause() {
    PAUSED.set(PAUSED.get() + 1);
    release().await;
}

pub fn resume() {
    PAUSED.set(PAUSED.get() - 1);
    spawn_local(arm());
}
