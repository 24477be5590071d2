//! The components that hydrate in the browser. Each is a wrapper around what the server made, and hands
//! its element to the browser's half; none has props or signals, which would cost as much as all the rest
//! ([decision 28](../docs/decisions/0028-islands.md)).

use crate::browser;
use leptos::prelude::*;
use web_sys::Element;

/// Around a sign-in form: offers passkeys among the suggestions of its e-mail field.
#[island]
pub fn SignIn(children: Children) -> impl IntoView {
    view! { <div use:arm>{children()}</div> }
}

fn arm(_: Element) {
    browser::autofill::arm();
}

/// Around a list of passkeys: tells password managers which of them are still good.
#[island]
pub fn PasskeyList(children: Children) -> impl IntoView {
    view! { <div use:signal>{children()}</div> }
}

fn signal(element: Element) {
    browser::signal_listed(element);
}

/// Around the one modal, in which actions are confirmed.
#[island]
pub fn StepUpModal(children: Children) -> impl IntoView {
    view! { <div use:confirm>{children()}</div> }
}

fn confirm(_: Element) {
    browser::modal::listen();
}
