//! What went wrong, where the user reads it, and for how long it disables a button.

use super::outcome::is_newest;
use crate::{account::Me, browser::Failure, error::Error};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use std::{fmt, time::Duration};

/// What went wrong, on the server or in the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    Refused(Error),
    Failed(Failure),
    /// No account was made. The reason is not for the visitor to know.
    SignUpRefused,
    /// The signed-in user typed a wrong password.
    WrongPassword,
    /// The network was lost while an answer was under way.
    Unanswered,
    /// In the words of a page, which knows more than the error says.
    Told(String),
    /// The network was lost, and what is on the page could not be read again.
    Unread,
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
    /// The problem of a call that writes: without an answer, nobody knows whether it did.
    pub fn after_write(error: Error) -> Self {
        match error {
            Error::Offline => Self::Unanswered,
            error => Self::Refused(error),
        }
    }

    /// The problem of a call that only reads.
    pub fn of_reading(error: Error) -> Self {
        match error {
            Error::Offline => Self::Unread,
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
            Self::Told(text) => f.write_str(text),
            Self::Unanswered => f.write_str("We don't know whether it went through."),
            Self::Unread => f.write_str("You seem to be offline. This page may be out of date."),
        }
    }
}

/// The place of a problem: announced when one appears, empty otherwise. A cancelled prompt is not a
/// problem and gets a quiet line instead.
#[component]
pub fn Alert(#[prop(into)] problem: Signal<Option<Problem>>) -> impl IntoView {
    let shown = Signal::derive(move || problem.get().filter(|problem| !problem.is_cancelled()));
    let is_newest = is_newest(move || problem.with(Option::is_some));
    let cancelled = move || problem.get().is_some_and(|it| it.is_cancelled()) && is_newest();
    view! {
        <p role="alert" class="alert">
            {move || is_newest().then(|| view! { <ProblemText problem=shown/> })}
        </p>
        {move || cancelled().then(|| view! {
            <p role="status" class="hint">"Cancelled. Try again when you are ready."</p>
        })}
    }
}

/// What went wrong, in words, with the way out of it if there is one.
#[component]
pub fn ProblemText(problem: Signal<Option<Problem>>) -> impl IntoView {
    let me = expect_context::<Resource<Result<Me, Error>>>();
    let location = use_location();
    // If passkeys are refused because of the address, a developer wants to know the right one.
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
    let left = retry_countdown(problem);
    let text = move |problem: &Problem| match problem {
        // A screen reader says it once; on the page it counts down, and goes when the wait is over.
        Problem::Refused(Error::RateLimited { .. }) => view! {
            <span class="visually-hidden">{problem.to_string()}</span>
            <span aria-hidden="true">
                {move || {
                    let retry_after = left.get();
                    (retry_after > 0).then(|| Error::RateLimited { retry_after }.to_string())
                }}
            </span>
        }
        .into_any(),
        problem => problem.to_string().into_any(),
    };
    let is_over = Memo::new(move |_| left.get() == 0);
    move || {
        let problem = problem.get()?;
        (seconds(&problem) == 0 || !is_over.get())
            .then(|| view! { {text(&problem)} {hint(&problem)} {way_out(&problem)} })
    }
}

/// How long a problem asks to wait, in seconds from when it came up.
fn seconds(problem: &Problem) -> u64 {
    match problem {
        Problem::Refused(Error::RateLimited { retry_after }) => *retry_after,
        _ => 0,
    }
}

/// How many seconds are left of the wait that a problem asked for.
pub fn retry_countdown(problem: Signal<Option<Problem>>) -> Signal<u64> {
    let passed = RwSignal::new(0);
    let asked = move || problem.get().as_ref().map_or(0, seconds);
    Effect::new(move |_| {
        passed.set(0);
        if asked() > 0 {
            let tick = move || passed.update(|passed| *passed += 1);
            if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_secs(1)) {
                on_cleanup(move || ticking.clear());
            }
        }
    });
    Signal::derive(move || asked().saturating_sub(passed.get()))
}
