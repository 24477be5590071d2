//! Every form that posts to a call: it is sent without leaving the page, with the device's answer or a
//! confirmation where the server asks for one, and then the page is renewed.

use super::{
    autofill,
    call::{Lost, Problem, Reply, Result},
    dom::{document, fields, find, never, on, window},
    modal,
    outcome::{self, Origin},
    passkeys::ceremony,
    renew::{self, Kept},
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, Element, HtmlFormElement, SubmitEvent};

pub fn listen() {
    on(&document(), "submit", |event| {
        let event: SubmitEvent = event.unchecked_into();
        let Some(form) = event.target().map(JsCast::unchecked_into::<HtmlFormElement>) else {
            return;
        };
        let button = event.submitter().map(Element::from).or_else(|| find(&form, "button"));
        let path = form.get_attribute("action").filter(|it| it.starts_with("/api/"));
        let (Some(button), Some(path)) = (button, path) else { return };
        event.prevent_default();
        // A button that is busy, or waits, keeps the focus.
        if button.get_attribute("aria-disabled").is_none() {
            spawn_local(send(form, button, path));
        }
    });
}

async fn send(form: HtmlFormElement, button: Element, path: String) {
    outcome::clear();
    let label = set_busy(&button);
    let origin = Origin::of(&form);
    // The question of a dialog is answered; what comes of it is said on the page.
    if !modal::contains(&form) {
        modal::close_around(&form);
    }
    autofill::pause().await;
    let done = carry_out(&form, &path).await;
    match &done {
        Ok(Reply { next: Some(next), .. }) => {
            window().location().assign(next).ok();
            never().await;
        }
        Ok(_) if modal::contains(&form) => modal::confirmed(),
        Ok(Reply { answer, .. }) => renew::after(&form, answer).await,
        // The page may be out of date: what the user sees next is how things are.
        Err(problem)
            if (problem.stale || problem.lost == Lost::Unknown) && !modal::contains(&form) =>
        {
            renew::renew(Kept::Everything).await;
        }
        Err(_) => {}
    }
    autofill::resume();
    set_ready(&button, label.as_deref());
    if let Err(problem) = done {
        if modal::contains(&form) && (problem.code == "not_found" || !modal::is_open()) {
            // The action is gone, or its user has turned away from it.
            return modal::settle(Err(problem));
        }
        if let Some(near) = origin.now() {
            outcome::show(&near, &problem).await;
        }
    }
}

/// Makes the call. If it needs a confirmation, asks for that and makes the same call again.
async fn carry_out(form: &HtmlFormElement, path: &str) -> Result<Reply> {
    let body = fields(form)?;
    let prompt = AbortController::new()?;
    if modal::contains(form) {
        modal::abort_with_modal(&prompt);
    }
    let is_ceremony = path.ends_with("options");
    let call = async |lost| or_unsure(path, lost, ceremony(path, &body, &prompt.signal()).await);
    // The gate alone is asked, and it changes nothing, but where a second call follows.
    let asks = form.has_attribute("data-gated") && !is_ceremony;
    let reply = call(if asks { Lost::Unsent } else { Lost::Unknown }).await;
    let Err(Problem { step_up: Some(action), .. }) = &reply else { return reply };
    modal::confirm(action).await?;
    if is_ceremony {
        modal::close_confirmed().await;
        return call(Lost::Unknown).await;
    }
    let reply = call(Lost::Unknown).await;
    modal::close_confirmed().await;
    reply
}

/// What is known of a call that got no answer: `lost` by itself. But once an answer of the form was lost
/// that may have been carried out, nothing is known of it until there is one, since its key and its
/// confirmation may still count. A page that is loaded again remembers that.
fn or_unsure(path: &str, lost: Lost, reply: Result<Reply>) -> Result<Reply> {
    let Ok(Some(unsure)) = window().session_storage() else { return reply };
    match reply {
        Err(problem) if problem.is_cancelled() => Err(problem),
        Err(problem) if problem.lost == Lost::Unknown && lost == Lost::Unknown => {
            unsure.set_item(path, "").ok();
            Err(problem)
        }
        Err(problem) if problem.lost != Lost::No => {
            let was_unsure = unsure.get_item(path).is_ok_and(|it| it.is_some());
            Err(problem.or_lost(if was_unsure { Lost::Unknown } else { Lost::Unsent }))
        }
        answered => {
            unsure.remove_item(path).ok();
            answered
        }
    }
}

/// Says that the button's call is under way, and returns what the button said before.
fn set_busy(button: &Element) -> Option<String> {
    let label = label_of(button);
    let before = label.text_content();
    if let Some(busy) = button.get_attribute("data-busy") {
        label.set_text_content(Some(&busy));
    }
    button.set_attribute("aria-disabled", "true").ok();
    before
}

fn set_ready(button: &Element, label: Option<&str>) {
    label_of(button).set_text_content(label);
    button.remove_attribute("aria-disabled").ok();
}

/// The text of a button, which may have an icon beside it.
fn label_of(button: &Element) -> Element {
    find(button, "span").unwrap_or_else(|| button.clone())
}
