//! Small pieces of pages that features share: problems, dates, where to go next.

use crate::{auth::Me, browser::Failure, error::Error};
use leptos::{
    form::FromFormData,
    html::{Button, Form, H1},
    prelude::*,
    server_fn::ServerFn,
};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};
use serde::de::DeserializeOwned;
use std::fmt;
use web_sys::SubmitEvent;

/// What went wrong, on the server or in the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    Refused(Error),
    Failed(Failure),
    /// No account was made; which of the reasons it was, nobody outside may know.
    SignUpRefused,
    /// Not the password of this account, to its signed-in user.
    WrongPassword,
    /// The network was lost while an answer was under way.
    Unanswered,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Problem {
    /// Of a call that changes something: without an answer, nobody knows whether it did.
    pub fn of_sent(error: Error) -> Self {
        match error {
            Error::Offline => Self::Unanswered,
            error => Self::Refused(error),
        }
    }

    pub fn is_cancelled(&self) -> bool {
        *self == Self::Failed(Failure::Cancelled)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Failed(failure) => failure.fmt(f),
            Self::SignUpRefused => f.write_str(
                "We couldn't create that account. If you already have one, sign in instead.",
            ),
            Self::WrongPassword => f.write_str("That is not your password. Try again."),
            Self::Unanswered => f.write_str("We don't know whether it went through."),
        }
    }
}

/// The place of a problem: announced when one appears, empty otherwise. A cancelled prompt is none.
#[component]
pub fn Alert(#[prop(into)] problem: Signal<Option<Problem>>) -> impl IntoView {
    let me = expect_context::<Resource<Result<Me, Error>>>();
    let location = use_location();
    // Where passkeys are refused because of the address, a developer wants to know the right one.
    let hint = move |problem: &Problem| {
        let me = me.get_untracked()?.ok()?;
        let wrong = *problem == Problem::Failed(Failure::WrongAddress) && me.rp_id == "localhost";
        wrong.then(|| format!(" This server is set up for {}.", me.origin))
    };
    let way_out = move |problem: &Problem| match problem {
        Problem::Refused(Error::PasskeyRequired { until: None }) => {
            Some(view! { " " <a href="/settings/passkeys">"Add a passkey"</a> }.into_any())
        }
        Problem::Refused(Error::RecoverySession) => Some(
            view! { " " <a href="/settings/security" rel="external">"Go there"</a> }.into_any(),
        ),
        Problem::Refused(Error::NotSignedIn) => {
            let href = format!("/signin?next={}", location.pathname.get_untracked());
            Some(view! { " " <a href=href rel="external">"Sign in"</a> }.into_any())
        }
        _ => None,
    };
    view! {
        <p role="alert" class="alert">
            {move || {
                let problem = problem.get().filter(|problem| !problem.is_cancelled())?;
                Some(view! { {problem.to_string()} {hint(&problem)} {way_out(&problem)} })
            }}
        </p>
    }
}

/// The page's title and its one heading. A page that was navigated to, not loaded, takes the focus
/// there, so that a screen reader says where it is.
#[component]
pub fn PageHeading(
    title: &'static str,
    /// The heading, where it says more than the title.
    #[prop(optional)]
    text: Option<&'static str>,
) -> impl IntoView {
    let is_first = expect_context::<FirstPage>().0;
    let heading = NodeRef::<H1>::new();
    Effect::new(move |_| {
        let Some(heading) = heading.get() else { return };
        if !is_first.try_update_value(std::mem::take).unwrap_or(true) {
            heading.focus().ok();
        }
    });
    view! {
        <Title text=title/>
        <h1 node_ref=heading tabindex="-1">{text.unwrap_or(title)}</h1>
    }
}

/// Whether the page on show is the one that the browser loaded.
#[derive(Clone, Copy)]
pub struct FirstPage(StoredValue<bool>);

impl FirstPage {
    pub fn provide() {
        provide_context(Self(StoredValue::new(true)));
    }
}

/// Why nothing happens where scripts are switched off; the style sheet hides it elsewhere.
#[component]
pub fn NeedsScripts() -> impl IntoView {
    view! {
        <p class="alert needs-scripts">
            "Passkeys need JavaScript. Turn it on for this site and load the page again."
        </p>
    }
}

/// Whether the page's scripts run by now. Before that a button that needs them would do nothing, or
/// have its form's fields put into the address.
pub fn hydrated() -> ReadSignal<bool> {
    let (hydrated, set) = signal(false);
    Effect::new(move |_| set.set(true));
    hydrated
}

/// The button of something that takes a while. While busy it keeps the focus and its press does
/// nothing: whoever handles it asks `busy` first.
#[component]
pub fn BusyButton(
    label: &'static str,
    /// The label while busy.
    working: &'static str,
    #[prop(into)] busy: Signal<bool>,
    #[prop(optional)] wide: bool,
    #[prop(default = "primary")] class: &'static str,
    /// Whether it does nothing without scripts; a [`CallForm`] sends itself.
    #[prop(default = true)]
    needs_scripts: bool,
    #[prop(optional)] node_ref: NodeRef<Button>,
) -> impl IntoView {
    let hydrated = hydrated();
    view! {
        <button
            node_ref=node_ref
            class=class
            class:wide=wide
            disabled=move || needs_scripts && !hydrated.get()
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
                minlength="15"
                autocomplete="new-password"
                aria-describedby=hint.clone()
            />
        </label>
        <p id=hint class="hint">"At least 15 characters; a few words are fine."</p>
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
        outcome.and_then(Result::err).map(Problem::of_sent)
    })
}

/// Where a list begins that is read page by page: before the row with this id, or at its newest.
pub fn before() -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.get().get("before"))
}

/// A page of rows, of which one more than `size` was asked for, and the id of its last row if there
/// are earlier ones.
pub fn page_of<T>(
    mut rows: Vec<T>,
    size: u32,
    id: impl Fn(&T) -> &str,
) -> (Vec<T>, Option<String>) {
    let more = rows.len() > size as usize;
    rows.truncate(size as usize);
    let earlier = rows.last().filter(|_| more).map(|last| id(last).to_owned());
    (rows, earlier)
}

/// The ways through a list that is read page by page: links, so that they work without scripts.
#[component]
pub fn Pager(
    /// The id of the list on its page.
    list: &'static str,
    /// The last row of this page, where there are earlier ones.
    earlier: Option<String>,
) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let newest = before().get_untracked().map(|_| format!("{path}#{list}"));
    let earlier = earlier.map(|id| format!("{path}?before={id}#{list}"));
    (newest.is_some() || earlier.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Pages of this list">
                {newest.map(|href| view! { <a href=href>"Newest"</a> })}
                {earlier.map(|href| view! { <a href=href>"Earlier"</a> })}
            </nav>
        }
    })
}

/// The fields of a submitted form, as typed, also while the scripts were still loading.
pub fn fields<T: DeserializeOwned>(event: &SubmitEvent) -> Option<T> {
    event.prevent_default();
    T::from_event(event).ok()
}

/// Where to go after signing in: the page that was asked for if it is one of ours, or the demo.
/// Only plain paths pass, so that there is nothing to parse another way than a browser does (AUT-08).
pub fn next_page(next: Option<&str>) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    match next {
        Some(path) if path.starts_with('/') && !path.contains("//") && path.chars().all(plain) => {
            path
        }
        _ => "/transfer",
    }
}

/// Loads a page anew, so that nothing of another sign-in stays in memory.
pub fn go_to(path: &str) {
    window().location().assign(path).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_local_paths_are_followed() {
        for path in ["/", "/transfer", "/settings/passkeys"] {
            assert_eq!(next_page(Some(path)), path);
        }
        for evil in [
            "",
            "transfer",
            "//evil.test",
            "/\\evil.test",
            "\\/evil.test",
            "https://evil.test",
            "/a//b",
            "/%2f/evil.test",
            "/\t/evil.test",
            "/a\r\nX: y",
            "javascript:alert(1)",
            "/@evil.test",
            "/a?b",
            "/.evil",
            " /transfer",
        ] {
            assert_eq!(next_page(Some(evil)), "/transfer", "{evil:?}");
        }
        assert_eq!(next_page(None), "/transfer");
    }
}
