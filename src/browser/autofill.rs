//! Passkeys among a form field's suggestions (conditional UI). The browser holds one request open while
//! the page waits; it must be ended, and its end awaited, before any other prompt.

use super::{
    call::{Problem, Reply, Result, post},
    dom::{document, fields, find, never, on, target_of, window},
    outcome,
    passkeys::{Prompt, ask, failure, has_autofill, verify},
};
use js_sys::Promise;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{AbortController, AbortSignal, Element};

/// How often the request is renewed, in milliseconds: before its challenge is five minutes old.
const RENEW: i32 = 4 * 60 * 1000;

const FIELD: &str = "[autocomplete~=webauthn]";

thread_local! {
    /// The open offer, from before its challenge is asked for, and what settles when it is over.
    static OPEN: RefCell<Option<(AbortController, Promise)>> = const { RefCell::new(None) };
    /// How many others have a prompt open, or are about to.
    static PAUSED: Cell<u32> = const { Cell::new(0) };
}

/// Offers passkeys again before each challenge expires, and when the page becomes visible again, since
/// another tab's challenge may have replaced this one's.
pub fn listen() {
    let renew = || {
        spawn_local(async {
            if !document().hidden() && PAUSED.get() == 0 {
                release().await;
                arm();
            }
        });
    };
    on(&document(), "visibilitychange", move |_| renew());
    // After a failure the field arms it again when it is used.
    for event in ["focus", "click"] {
        on(&document(), event, |event| {
            if target_of(&event, FIELD).is_some() {
                arm();
            }
        });
    }
    let timer = Closure::<dyn Fn()>::new(renew);
    let set = web_sys::Window::set_interval_with_callback_and_timeout_and_arguments_0;
    set(&window(), timer.as_ref().unchecked_ref(), RENEW).ok();
    timer.forget();
}

/// The form that signs in by passkey, and the path of its two calls but for their last part.
fn form() -> Option<(Element, String)> {
    let form = find(&document(), "form[data-autofill]")?;
    let path = form.get_attribute("action")?.strip_suffix("options")?.to_owned();
    Some((form, path))
}

/// Offers passkeys in the field of the page, unless they are offered already or another prompt is open.
pub fn arm() {
    let is_free = PAUSED.get() == 0 && OPEN.with_borrow(Option::is_none);
    let (true, Some(_), Some((form, path)), Ok(controller)) =
        (is_free, find(&document(), FIELD), form(), AbortController::new())
    else {
        return;
    };
    let signal = controller.signal();
    let over = future_to_promise(async move {
        // Nobody has asked for the offer, so that nobody is told where it fails.
        let outcome = match offer(&form, &path, &signal).await {
            Ok(credential) => Some(verify(&[&path, "verify"].concat(), &credential).await),
            Err(_) => None,
        };
        if let Some(Ok(Reply { next, .. })) = outcome {
            window().location().assign(&next.unwrap_or_default()).ok();
            never().await;
        } else if let Some(Err(problem)) = outcome {
            spawn_local(refuse(form, problem));
        }
        OPEN.take();
        Ok(JsValue::UNDEFINED)
    });
    OPEN.set(Some((controller, over)));
}

/// Says why the passkey that was chosen does not sign in, and offers the others.
async fn refuse(form: Element, problem: Problem) {
    outcome::clear();
    outcome::show(&form, &problem).await;
    // A passkey that was refused was chosen by hand, so this cannot loop.
    if problem.code == "sign_in_failed" {
        arm();
    }
}

async fn offer(form: &Element, path: &str, signal: &AbortSignal) -> Result<JsValue> {
    if !has_autofill().await {
        return Err(Problem::CANCELLED);
    }
    let body = fields(form.unchecked_ref())?;
    let options = post(&[path, "options"].concat(), &body, Some(signal)).await?.answer.into();
    JsFuture::from(ask(&options, signal, Prompt::Autofill)?).await.map_err(failure)
}

async fn release() {
    if let Some((controller, over)) = OPEN.with_borrow(Clone::clone) {
        controller.abort();
        JsFuture::from(over).await.ok();
    }
}

/// Keeps the suggestions out of the way of another prompt, until [`resume`].
pub async fn pause() {
    PAUSED.set(PAUSED.get() + 1);
    release().await;
}

pub fn resume() {
    PAUSED.set(PAUSED.get() - 1);
    arm();
}
