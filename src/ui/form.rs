//! Forms that work with scripts and without, and buttons for calls that take a while.

use super::problem::{Problem, retry_countdown};
use crate::{credentials::MIN_PASSWORD_CHARS, error::Error};
use leptos::{
    form::FromFormData,
    html::{Button, ElementType, Form},
    prelude::*,
    server_fn::ServerFn,
    wasm_bindgen::JsCast,
};
use serde::de::DeserializeOwned;
use web_sys::{HtmlInputElement, SubmitEvent};

/// Whether the page's scripts run by now. Before that, a button that needs them would do nothing, or put
/// its form's fields into the address.
pub fn hydrated() -> ReadSignal<bool> {
    let (hydrated, set) = signal(false);
    Effect::new(move |_| set.set(true));
    hydrated
}

/// The value of a field, including what was typed or chosen while the scripts were loading.
pub fn value_of<E>(field: NodeRef<E>, at_first: &str) -> RwSignal<String>
where
    E: ElementType<Output: JsCast + Clone> + 'static,
{
    let value = RwSignal::new(at_first.to_owned());
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // Every kind of field has a value.
            value.set(field.unchecked_into::<HtmlInputElement>().value());
        }
    });
    value
}

/// The button of a call that takes a while. While busy it keeps the focus and pressing it does nothing:
/// its handler must check `busy` first.
#[component]
pub fn BusyButton(
    label: &'static str,
    /// The label while busy.
    working: &'static str,
    #[prop(into)] busy: Signal<bool>,
    /// What went wrong the last time; it may ask to wait.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
    #[prop(optional)] wide: bool,
    #[prop(default = "primary")] class: &'static str,
    /// Whether it does nothing without scripts; the button of a [`CallForm`] works without them.
    #[prop(default = true)]
    needs_scripts: bool,
    #[prop(optional)] node_ref: NodeRef<Button>,
) -> impl IntoView {
    let hydrated = hydrated();
    let left = retry_countdown(problem);
    view! {
        <button
            node_ref=node_ref
            class=class
            class:wide=wide
            // Without scripts nothing would count down, so the server enforces the wait alone.
            disabled=move || if hydrated.get() { left.get() != 0 } else { needs_scripts }
            aria-disabled=move || busy.get().to_string()
        >
            {move || if busy.get() { working } else { label }}
        </button>
    }
}

/// A form whose fields are the arguments of a server function. Scripts call it and stay on the
/// page; without them the browser sends the form, and the page comes back with the outcome.
#[component]
pub fn CallForm<S>(
    action: ServerAction<S>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] node_ref: NodeRef<Form>,
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Error = Error> + DeserializeOwned + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let submit = move |event: SubmitEvent| {
        if let (Some(input), false) = (fields::<S>(&event), busy.get_untracked()) {
            action.dispatch(input);
        }
    };
    view! {
        <form node_ref=node_ref class=class method="post" action=S::PATH on:submit=submit>
            {children()}
        </form>
    }
}

/// The field for a password that is being chosen.
#[component]
pub fn NewPassword(label: &'static str, name: &'static str) -> impl IntoView {
    let hint = format!("{name}-hint");
    view! {
        <label>
            {label}
            <input
                type="password"
                name=name
                required
                minlength=MIN_PASSWORD_CHARS
                autocomplete="new-password"
                aria-describedby=hint.clone()
            />
        </label>
        <p id=hint class="hint">"At least " {MIN_PASSWORD_CHARS} " characters; a few words are fine."</p>
    }
}

/// What went wrong with a call, until it is made again.
pub fn problem_of<S>(action: ServerAction<S>) -> Signal<Option<Problem>>
where
    S: ServerFn<Error = Error> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    Signal::derive(move || {
        let outcome = action.value().get().filter(|_| !action.pending().get());
        outcome.and_then(Result::err).map(Problem::after_write)
    })
}

/// Cancels a submission and returns the form's fields, also those typed while the scripts were loading.
pub fn fields<T: DeserializeOwned>(event: &SubmitEvent) -> Option<T> {
    event.prevent_default();
    T::from_event(event).ok()
}
