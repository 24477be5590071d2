//! Small controls of pages, each of which says in an attribute what it does: dialogs, copying, printing,
//! showing a password, and the keys of forms.

use super::{
    dom::{document, find, find_all, focus, on, renew_key, set_text, target_of, window},
    outcome, renew,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlDetailsElement, HtmlDialogElement, HtmlInputElement};

pub fn listen() {
    on(&document(), "click", |event| {
        if let Some(button) = target_of(&event, "button[data-does]") {
            press(&button);
        }
        // A browser asks for what is `required` also where it is hidden, and asks after this.
        if let Some(form) = target_of(&event, "form") {
            for field in find_all(&form, "[data-required]") {
                let field: HtmlInputElement = field.unchecked_into();
                field.set_required(field.offset_parent().is_some());
            }
        }
        // A page that cannot be read would take the place of this one, which can.
        if !window().navigator().on_line() && target_of(&event, "a[href^='/']").is_some() {
            event.prevent_default();
            renew::tell_offline();
        }
    });
    on(&document(), "toggle", |event| {
        let Some(details) = target_of(&event, "details.edit[open]") else { return };
        // Where the page was renewed, something else has the focus.
        if outcome::has_focus(&details)
            && let Some(field) = find(&details, "input:not([type=hidden])")
        {
            field.unchecked_ref::<HtmlInputElement>().select();
            focus(&field);
        }
    });
    // Another order is another form, which has a key of its own.
    on(&document(), "input", |event| {
        if let Some(form) = target_of(&event, "form") {
            renew_key(&form);
        }
    });
}

fn press(button: &Element) {
    let about = button.get_attribute("aria-controls").unwrap_or_default();
    let about = document().get_element_by_id(&about);
    match (button.get_attribute("data-does").as_deref(), about) {
        (Some("open"), Some(dialog)) => {
            dialog.unchecked_into::<HtmlDialogElement>().show_modal().ok();
        }
        (Some("close"), _) => close(button),
        (Some("copy"), Some(text)) => copy(button.clone(), text.text_content().unwrap_or_default()),
        (Some("print"), _) => drop(window().print()),
        (Some("reveal"), Some(field)) => {
            let field: HtmlInputElement = field.unchecked_into();
            let is_hidden = field.type_() == "password";
            field.set_type(if is_hidden { "text" } else { "password" });
            button.set_attribute("aria-pressed", if is_hidden { "true" } else { "false" }).ok();
        }
        _ => {}
    }
}

/// Closes the dialog or the part of the page that the button is in.
fn close(button: &Element) {
    let Ok(Some(around)) = button.closest("dialog, details") else { return };
    match around.dyn_into::<HtmlDialogElement>() {
        Ok(dialog) => dialog.close(),
        Err(details) => {
            details.unchecked_ref::<HtmlDetailsElement>().set_open(false);
            if let Some(summary) = find(&details, "summary") {
                focus(&summary);
            }
        }
    }
}

fn copy(button: Element, text: String) {
    spawn_local(async move {
        outcome::clear();
        let copied = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
        let around = button.closest("[data-once]").ok().flatten().unwrap_or(button);
        match (copied, find(&around, ".success")) {
            (Ok(_), Some(place)) => outcome::say(&place, "Copied."),
            _ => set_text(
                &around,
                ".alert",
                "Your browser did not let us copy that. Select it and copy it by hand.",
            ),
        }
    });
}
