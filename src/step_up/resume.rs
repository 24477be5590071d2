//! The two ways to carry on after a confirmation: [`StepUp::guard`] around a call, and [`resume`] for the
//! action of a form.

use crate::{
    account::current::CurrentAccount,
    browser,
    error::{Error, Result},
    ui::Problem,
};
use futures::channel::oneshot;
use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use std::future::Future;

/// A handle to the modal, for every component below [`StepUp::provide`].
#[derive(Clone, Copy)]
pub struct StepUp {
    /// The id of the action to confirm, while the modal is open.
    pub(super) asked: RwSignal<Option<String>>,
    /// The caller that waits for the outcome.
    waiting: StoredValue<Option<oneshot::Sender<Result<(), Problem>>>>,
    /// What assistive technology says of the outcome.
    pub(super) announced: RwSignal<&'static str>,
}

impl StepUp {
    pub fn provide() {
        provide_context(Self {
            asked: RwSignal::new(None),
            waiting: StoredValue::new(None),
            announced: RwSignal::new(""),
        });
    }

    /// Makes a guarded call. If it needs a confirmation, asks for that and makes the call again.
    pub async fn guard<T, F: Future<Output = Result<T>>>(
        self,
        call: impl Fn() -> F,
    ) -> Result<T, Problem> {
        match call().await {
            Err(Error::StepUpRequired { action }) => {
                self.confirm(action).await?;
                call().await.map_err(Problem::after_write)
            }
            outcome => outcome.map_err(Problem::from),
        }
    }

    async fn confirm(self, action: String) -> Result<(), Problem> {
        let (sender, outcome) = oneshot::channel();
        // The modal is for one action: another one takes the place of the first.
        if let Some(first) = self.waiting.try_update_value(|it| it.replace(sender)).flatten() {
            first.send(Err(browser::Failure::Cancelled.into())).ok();
        }
        self.announced.set("");
        self.asked.set(Some(action));
        match outcome.await {
            Ok(outcome) => outcome,
            // Whoever asked was on a page that is gone.
            Err(_) => std::future::pending().await,
        }
    }

    /// Closes the modal because its page is left, and tells that page nothing more.
    pub(super) fn forget(self) {
        self.waiting.set_value(None);
        self.asked.set(None);
    }

    pub(super) fn finish(self, outcome: Result<(), Problem>) {
        let Some(sender) = self.waiting.try_update_value(Option::take).flatten() else { return };
        self.asked.set(None);
        // Announced after the dialog has closed: screen readers ignore what is behind an open one.
        let outcome_said = if outcome.is_ok() { "Confirmed." } else { "" };
        request_animation_frame(move || self.announced.set(outcome_said));
        sender.send(outcome).ok();
    }
}

/// What a guarded form shows and does, beside its [`ServerAction`].
#[derive(Clone, Copy)]
pub struct Resumed {
    /// Whether the call is under way or waits for the confirmation.
    pub busy: Signal<bool>,
    pub problem: Signal<Option<Problem>>,
}

/// Carries a guarded action through: when the server wants a confirmation, the modal asks for it
/// and the same input is sent again.
pub fn resume<S>(action: ServerAction<S>) -> Resumed
where
    S: ServerFn<Error = Error> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let step_up = expect_context::<StepUp>();
    let account = expect_context::<CurrentAccount>();
    let asking = RwSignal::new(false);
    // Without scripts the outcome comes back with the page.
    let answered = action.value().get_untracked();
    let problem = RwSignal::new(answered.and_then(Result::err).map(Problem::from));
    let last_input = StoredValue::new(None::<S>);
    // Once confirmed, a call that gets no answer may have been carried out. A recovery session's calls
    // need no confirmation.
    let confirmed = StoredValue::new(false);
    let acts_at_once =
        move || confirmed.get_value() || untrack(|| account.get()).is_some_and(|it| it.recovering);
    Effect::new(move |_| {
        if let Some(input) = action.input().get() {
            problem.set(None);
            last_input.set_value(Some(input));
        }
    });
    Effect::new(move |_| match action.value().get() {
        Some(Err(Error::StepUpRequired { action: id })) if action.version().get_untracked() > 0 => {
            asking.set(true);
            spawn_local(async move {
                let outcome = step_up.confirm(id).await;
                asking.set(false);
                match (outcome, last_input.try_get_value().flatten()) {
                    (Ok(()), Some(input)) => {
                        confirmed.set_value(true);
                        action.dispatch(input);
                    }
                    (outcome, _) => problem.set(outcome.err()),
                }
            });
        }
        Some(Err(Error::Offline)) if acts_at_once() => {
            problem.set(Some(Problem::Unanswered));
            account.read_again();
        }
        Some(outcome) => {
            confirmed.set_value(false);
            problem.set(outcome.err().map(Problem::from));
        }
        None => {}
    });
    Resumed {
        busy: Signal::derive(move || asking.get() || action.pending().get()),
        problem: problem.into(),
    }
}
