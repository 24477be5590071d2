//! The pages for visitors who are not signed in, and what these pages share.

mod autofill;
mod ceremony;
mod recovery;
mod sign_in;
mod sign_up;

pub use {
    recovery::RecoveryPage,
    sign_in::SignInPage,
    sign_up::{SignUpByPasswordPage, SignUpPage},
};

use crate::{
    account::{Me, who_am_i},
    error::{Error, Result},
    ui::{Problem, go_to, next_page},
};
use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use std::rc::Rc;

/// Whether there is a session, which tells the outcome after a lost answer.
async fn has_session() -> bool {
    who_am_i().await.is_ok_and(|me| me.account.is_some())
}

/// Loads `next` if the call has signed the user in, even if its answer was lost.
async fn arrive(outcome: Result<()>, next: &str) -> Result<(), Problem> {
    if let Err(error) = outcome {
        let lost = error == Error::Offline;
        if !(lost && has_session().await) {
            return Err(Problem::after_write(error));
        }
    }
    go_to(next);
    Ok(())
}

/// Loads another page once a call has opened a session. Returns whether it is busy with that.
fn navigate_on_success<S>(
    action: ServerAction<S>,
    to: impl Fn() -> String + 'static,
) -> Signal<bool>
where
    S: ServerFn<Error = Error> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let to = Rc::new(to);
    Effect::new(move |_| {
        let to = to.clone();
        match action.value().get() {
            Some(Ok(_)) => go_to(&to()),
            Some(Err(Error::Offline)) => spawn_local(async move {
                if has_session().await {
                    go_to(&to());
                }
            }),
            _ => {}
        }
    });
    let done = move || matches!(action.value().get(), Some(Ok(_)));
    Signal::derive(move || action.pending().get() || done())
}

/// The page that was asked for before signing in if it is one of ours, or else home.
fn wanted() -> String {
    let (next, me) = (use_query_map().get_untracked().get("next"), expect_context());
    next_page(next.as_deref(), &home(me)).to_owned()
}

/// Where users land once they are signed in.
pub fn home(me: Resource<Result<Me>>) -> String {
    me.get_untracked().and_then(Result::ok).map_or_else(|| "/".to_owned(), |me| me.home)
}

/// The address of another of these pages, with the same `next`.
fn with_next(path: &str, query: Memo<ParamsMap>) -> String {
    match query.get().get("next") {
        Some(next) => format!("{path}?next={}", next_page(Some(&next), "/")),
        None => path.to_owned(),
    }
}

/// Whether a user is signed in; nothing until it is known.
pub fn is_signed_in(me: Resource<Result<Me>>) -> Option<bool> {
    me.get().map(|me| me.is_ok_and(|me| me.account.is_some()))
}

/// Whether a user is signed in with a full session; nothing until it is known.
pub fn is_fully_signed_in(me: Resource<Result<Me>>) -> Option<bool> {
    me.get().map(|me| me.is_ok_and(|me| me.account.is_some_and(|account| !account.recovering)))
}
