//! Small pieces of pages that features share.

mod form;
mod outcome;
mod pager;
mod problem;
mod reading;

pub use form::{BusyButton, CallForm, NewPassword, fields, hydrated, problem_of, value_of};
pub use outcome::{Outcomes, Success};
pub use pager::{PAGE_AND_ONE, Pager, before, page_of};
pub use problem::{Alert, Problem, retry_countdown};
pub use reading::{ReadAgain, Reading};

use leptos::{html::H1, prelude::*};
use leptos_meta::{Meta, Title};

/// The page's title, its description for search engines, and its one heading. On a page that was
/// navigated to, not loaded, the heading takes the focus, so that a screen reader says where it is.
#[component]
pub fn PageHeading(
    title: &'static str,
    description: &'static str,
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
        <Meta name="description" content=description/>
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

/// Says why nothing happens if scripts are switched off; the style sheet hides it otherwise.
#[component]
pub fn NeedsScripts() -> impl IntoView {
    view! {
        <p class="alert needs-scripts">
            "Passkeys need JavaScript. Turn it on for this site and load the page again."
        </p>
    }
}

/// Where to go after signing in: the page that was asked for if it is one of ours, or else `home`. Only
/// plain paths pass, so that a browser cannot parse them differently than this does (AUT-08). Calls do
/// not pass, since they are not pages.
pub fn next_page<'a>(next: Option<&'a str>, home: &'a str) -> &'a str {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    match next {
        Some(path)
            if path.starts_with('/')
                && !path.contains("//")
                && !path.starts_with("/api/")
                && path.chars().all(plain) =>
        {
            path
        }
        _ => home,
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
        for path in ["/", "/signin", "/settings/passkeys"] {
            assert_eq!(next_page(Some(path), "/home"), path);
        }
        for evil in [
            "",
            "settings",
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
            " /settings",
            "/api/signout",
        ] {
            assert_eq!(next_page(Some(evil), "/home"), "/home", "{evil:?}");
        }
        assert_eq!(next_page(None, "/home"), "/home");
    }
}
