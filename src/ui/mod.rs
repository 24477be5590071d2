#![cfg(feature = "ssr")]
//! Small pieces of pages that features share. Pages are rendered on the server and finished when they are
//! sent; the browser's half finds what it needs in attributes.

mod form;
mod icon;
mod page;
mod pager;
mod refused;
mod setting;
mod time;

pub use form::MailedCode; // with: mail
pub use form::{CallForm, Field, GatedForm, NeedsScripts, Outcome, PasswordField};
pub use icon::{Glyph, Icon, glyph};
pub use page::{Page, Visit, Who, render};
pub use pager::{PAGE_AND_ONE, Pager, page_of};
pub use refused::Refused;
pub use setting::Setting;
pub use time::{Ago, Day, Exact, Hour};

/// Longer paths are no pages of ours.
const MAX_NEXT_BYTES: usize = 200;

/// Where to go after signing in: the page that was asked for if it is one of ours, or else `home`. Only
/// plain paths pass, so that a browser cannot parse them differently than this does (AUT-08). Calls do
/// not pass, since they are not pages.
pub fn next_page<'a>(next: Option<&'a str>, home: &'a str) -> &'a str {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    match next {
        Some(path)
            if path.len() <= MAX_NEXT_BYTES
                && path.starts_with('/')
                && !path.contains("//")
                && !path.starts_with("/api/")
                && path.chars().all(plain) =>
        {
            path
        }
        _ => home,
    }
}

/// What is kept of a `next` until its user is signed in: what [`next_page`] follows, and nothing else.
pub fn kept_next(next: Option<String>) -> Option<String> {
    next.filter(|path| next_page(Some(path), "") == path)
}

/// The address of another page, with the same `next`.
pub fn with_next(path: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{path}?next={}", next_page(Some(next), "/")),
        None => path.to_owned(),
    }
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
