//! The one modal, in which a user reads and confirms an action. It shows the server's words for the
//! action, never what a form says. Its forms are sent like any other.

use super::{
    call::{Lost, Problem, Result, post},
    dom::{document, find, find_all, focus, on, set_hidden, set_text, sleep, target_of, window},
    outcome, times,
};
use futures::channel::oneshot;
use js_sys::{Object, Reflect};
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{AbortController, Element, HtmlDialogElement, HtmlInputElement};

#[wasm_bindgen]
extern "C" {
    /// An action that waits for its confirmation.
    type Pending;
    #[wasm_bindgen(method, getter)]
    fn summary(this: &Pending) -> String;
    #[wasm_bindgen(method, getter)]
    fn details(this: &Pending) -> Vec<Detail>;
    #[wasm_bindgen(method, getter)]
    fn methods(this: &Pending) -> Vec<String>;
    #[wasm_bindgen(method, getter)]
    fn until(this: &Pending) -> Option<f64>;

    /// One thing that a user reads of an action.
    type Detail;
    #[wasm_bindgen(method, getter)]
    fn label(this: &Detail) -> String;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Detail) -> String;
    #[wasm_bindgen(method, getter)]
    fn large(this: &Detail) -> Option<bool>;
}

/// What is told the outcome of the modal.
type Waiting = Box<dyn FnOnce(Result<()>)>;

thread_local! {
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
    /// The prompt of the device that is open for the modal.
    static PROMPT: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

fn dialog() -> Option<HtmlDialogElement> {
    find(&document(), "#step-up").map(JsCast::unchecked_into)
}

pub fn contains(form: &Element) -> bool {
    form.closest("#step-up").is_ok_and(|it| it.is_some())
}

/// Closes the dialog that a form is in.
pub fn close_around(form: &Element) {
    if let Ok(Some(dialog)) = form.closest("dialog") {
        dialog.unchecked_into::<HtmlDialogElement>().close();
    }
}

pub fn listen() {
    let Some(dialog) = dialog() else { return };
    on(&dialog, "close", |_| settle(Err(Problem::CANCELLED)));
    // What is confirmed is under way: nothing takes it back.
    on(&dialog, "cancel", |event| {
        if find(&document(), "#step-up[data-confirmed]").is_some() {
            event.prevent_default();
        }
    });
    on(&dialog, "scroll", |_| notice_read());
    // A window that grows may leave nothing to scroll.
    on(&window(), "resize", |_| notice_read());
    on(&dialog, "click", |event| {
        if target_of(&event, ".more").is_some()
            && let (_, Some(text)) = parts()
        {
            // By half of what is in view, so that no line is cut each time.
            text.set_scroll_top(text.scroll_top() + text.client_height() / 2);
            // Where all of it is in view already, nothing scrolls.
            notice_read();
        }
    });
}

/// What is signed is read to its end first: until then another button shows more of it.
fn notice_read() {
    if let (Some(dialog), Some(text)) = parts()
        && !is_cut(&text)
        && dialog.class_list().contains("unread")
    {
        dialog.class_list().remove_1("unread").ok();
        // The buttons that come in its place leave less room, and its focus to nothing.
        text.set_scroll_top(text.scroll_height());
        focus(&text);
    }
}

/// The modal, and the part of it that scrolls.
fn parts() -> (Option<HtmlDialogElement>, Option<Element>) {
    (dialog(), find(&document(), "#step-up-text"))
}

/// Whether there is more below what is in view.
fn is_cut(text: &Element) -> bool {
    text.scroll_height() - text.scroll_top() - text.client_height() > 4
}

pub fn is_open() -> bool {
    dialog().is_some_and(|it| it.open())
}

/// Has the user confirm an action, and leaves the modal open for [`close_confirmed`].
pub async fn confirm(action: &str) -> Result<()> {
    // The modal is for one action: another one takes it from the first.
    settle(Err(Problem::CANCELLED));
    let about = Object::new();
    Reflect::set(&about, &"action".into(), &action.into())?;
    let pending = post("/api/reauth/pending", &about, None).await;
    let pending: JsValue = pending.map_err(|it| it.or_lost(Lost::Unsent))?.answer.into();
    let Some(dialog) = dialog() else { return Err(Problem::CANCELLED) };
    fill(&dialog, action, pending.unchecked_ref());
    let (sender, outcome) = oneshot::channel();
    let waiting: Waiting = Box::new(|outcome| drop(sender.send(outcome)));
    WAITING.set(Some(waiting));
    if !dialog.open() {
        dialog.show_modal()?;
    }
    if let Some(text) = find(&dialog, "#step-up-text") {
        text.set_scroll_top(0);
        dialog.class_list().toggle_with_force("unread", is_cut(&text))?;
    }
    outcome.await.unwrap_or(Err(Problem::CANCELLED))
}

fn fill(dialog: &HtmlDialogElement, action: &str, pending: &Pending) {
    dialog.remove_attribute("data-confirmed").ok();
    dialog.class_list().remove_1("unread").ok();
    outcome::clear();
    set_text(dialog, "#step-up-summary", &pending.summary());
    let details = find(dialog, "#step-up-details");
    if let Some(details) = &details {
        details.set_text_content(None);
    }
    for detail in pending.details() {
        let Some(details) = &details else { break };
        let row = element(if detail.large() == Some(true) { "large" } else { "" }, "div");
        for (tag, text) in [("dt", detail.label()), ("dd", detail.value())] {
            let part = element("", tag);
            part.set_text_content(Some(&text));
            row.append_with_node_1(&part).ok();
        }
        details.append_with_node_1(&row).ok();
    }
    let method = pending.methods().into_iter().next().unwrap_or_default();
    for part in find_all(dialog, "[data-method]") {
        set_hidden(&part, part.get_attribute("data-method").as_deref() != Some(&method));
    }
    for field in find_all(dialog, "input") {
        let is_action = field.get_attribute("name").as_deref() == Some("action");
        field.unchecked_into::<HtmlInputElement>().set_value(if is_action { action } else { "" });
    }
    if let Some(until) = find(dialog, "#step-up-until") {
        set_hidden(&until, pending.until().is_none());
        set_text(&until, "time", &times::exact(pending.until().unwrap_or_default()));
    }
}

fn element(class: &str, tag: &str) -> Element {
    let Ok(element) = document().create_element(tag) else { wasm_bindgen::throw_str(tag) };
    element.set_class_name(class);
    element
}

/// Ends the device's prompt when the modal is closed, and drops an answer that comes after that.
pub fn abort_with_modal(prompt: &AbortController) {
    PROMPT.set(Some(prompt.clone()));
}

/// The server has accepted the confirmation.
pub fn confirmed() {
    if let Some(dialog) = dialog() {
        dialog.set_attribute("data-confirmed", "").ok();
    }
    settle(Ok(()));
}

/// Tells the form that waits; if it did not go well, closes the modal.
pub fn settle(outcome: Result<()>) {
    let failed = outcome.is_err();
    if let Some(prompt) = PROMPT.take() {
        prompt.abort();
    }
    if let Some(waiting) = WAITING.take() {
        waiting(outcome);
        if let Some(dialog) = dialog().filter(|it| failed && it.open()) {
            dialog.close();
        }
    }
}

/// Shows for a moment that it is confirmed, then closes the modal. Said aloud after that: screen readers
/// ignore what is behind an open one.
pub async fn close_confirmed() {
    sleep(600).await;
    if let Some(dialog) = dialog() {
        dialog.close();
    }
    outcome::announce("Confirmed.");
}
