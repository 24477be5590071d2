//! Data that a page reads from the server, and reads again. If that fails, the last data stays on the
//! page, with one message and a button that tries again.

use super::{BusyButton, Problem, problem::ProblemText};
use crate::error::Result;
use leptos::{prelude::*, wasm_bindgen::JsCast};
use serde::{Serialize, de::DeserializeOwned};
use std::future::Future;
use web_sys::HtmlElement;

pub struct Reading<T: Send + Sync + 'static> {
    answer: Resource<Result<T>>,
    last: StoredValue<Option<T>>,
}

impl<T: Send + Sync> Clone for Reading<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Reading<T> {}

impl<T> Reading<T>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync,
{
    /// Reads at once, and again whenever `source` changes.
    pub fn new<S, F>(
        source: impl Fn() -> S + Send + Sync + 'static,
        read: impl Fn(S) -> F + Send + Sync + 'static,
    ) -> Self
    where
        S: PartialEq + Clone + Send + Sync + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        Self { answer: Resource::new(source, read), last: StoredValue::new(None) }
    }

    /// The last answer, which may be an error; nothing before the first answer.
    pub fn answer(self) -> Option<Result<T>> {
        self.answer.get()
    }

    /// What was read last; nothing before the first success.
    pub async fn last(self) -> Option<T> {
        if let Ok(read) = self.answer.await {
            self.last.try_set_value(Some(read));
        }
        self.last.try_get_value().flatten()
    }

    pub fn read_again(self) {
        self.answer.refetch();
    }
}

/// Says that the page's data could not be read, and reads it again. This is not the outcome of what the
/// user did, so it may stand beside one.
#[component]
pub fn ReadAgain<T>(reading: Reading<T>) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    view! {
        <div role="status" class="notice"><Transition><Unread reading/></Transition></div>
    }
}

#[component]
fn Unread<T>(reading: Reading<T>) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let busy = RwSignal::new(false);
    let problem = Signal::derive(move || reading.answer()?.err().map(Problem::of_reading));
    // The button stays, and keeps the focus, when another attempt fails.
    let failed = Memo::new(move |_| problem.with(Option::is_some));
    Effect::new(move |_| {
        let failed = problem.with(Option::is_some);
        if busy.get_untracked() {
            busy.set(false);
            if !failed {
                focus_heading();
            }
        }
    });
    let again = move |_| {
        if !busy.get_untracked() {
            busy.set(true);
            reading.read_again();
        }
    };
    move || {
        failed.get().then(|| {
            view! {
                <p><ProblemText problem/></p>
                <BusyButton label="Try again" working="Reading…" busy problem class="" on:click=again/>
            }
        })
    }
}

/// Moves the focus to the heading above what was read, since the button that had it is gone.
fn focus_heading() {
    let heading = document().query_selector("h1").ok().flatten();
    if let Some(heading) = heading.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        heading.focus().ok();
    }
}
