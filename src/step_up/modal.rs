//! The one modal for the whole app. It shows the server's sentence for the action, never what a form says.

use super::{Detail, StepUp, confirm_by_password, finish_step_up, pending_action, start_step_up};
use crate::{
    account::Me,
    browser::{self, Prompt},
    credentials::method::Method,
    date::date_time,
    error::{Error, Result},
    ui::{Alert, BusyButton, Problem},
};
use leptos::{html::Dialog, prelude::*, task::spawn_local};
use leptos_router::hooks::use_location;
use send_wrapper::SendWrapper;
use web_sys::{AbortController, AbortSignal, SubmitEvent};

/// A prompt that can be aborted. It exists in the browser only, which has one thread.
type OpenPrompt = SendWrapper<AbortController>;

/// The one modal. It opens when an action waits for its confirmation.
#[component]
pub fn StepUpModal() -> impl IntoView {
    let step_up = expect_context::<StepUp>();
    let me = expect_context::<Resource<Result<Me>>>();
    let dialog = NodeRef::<Dialog>::new();
    let summary = RwSignal::new(String::new());
    let details = RwSignal::new(Vec::<Detail>::new());
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let prompt = StoredValue::new(None::<OpenPrompt>);
    let method = RwSignal::new(Method::Passkey);
    let password = RwSignal::new(String::new());
    let until = RwSignal::new(None::<i64>);

    let end_prompt = move || {
        if let Some(prompt) = prompt.try_update_value(Option::take).flatten() {
            prompt.abort();
        }
        busy.set(false);
    };
    let cancel = move || {
        end_prompt();
        step_up.finish(Err(browser::Failure::Cancelled.into()));
    };
    // Shows the server's own words for the action; without them there is nothing to confirm.
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        let Some(action) = step_up.asked.get() else {
            password.set(String::new());
            return dialog.close();
        };
        problem.set(None);
        spawn_local(async move {
            let pending = pending_action(Some(action.clone())).await;
            match pending {
                _ if step_up.asked.get_untracked() != Some(action) => {}
                Ok(pending) => {
                    summary.set(pending.summary);
                    details.set(pending.details);
                    method.set(pending.methods.first().copied().unwrap_or(Method::Passkey));
                    until.set(pending.until);
                    // Opens once the fields for the method are there, so that the first gets the focus.
                    request_animation_frame(move || {
                        drop(dialog.show_modal());
                        // The text is read from its beginning, even if the focus is further down.
                        dialog.set_scroll_top(0);
                    });
                }
                Err(error) => step_up.finish(Err(expired(error))),
            }
        });
    });
    // A confirmation belongs to the page that asked for it, and ends with that page.
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            end_prompt();
            step_up.forget();
        }
        path
    });
    let confirm = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(action), false) = (step_up.asked.get_untracked(), busy.get_untracked()) else {
            return;
        };
        let Ok(controller) = AbortController::new() else { return };
        prompt.set_value(Some(SendWrapper::new(controller.clone())));
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let signal = controller.signal();
            let outcome = match method.get_untracked() {
                Method::Passkey => run(action, me, &signal).await,
                Method::Password => confirm_by_password(password.get_untracked(), Some(action))
                    .await
                    .map(drop)
                    .map_err(wrong_password),
            };
            if signal.aborted() {
                return;
            }
            busy.set(false);
            match outcome {
                Err(Problem::Refused(error @ Error::NotFound)) => {
                    step_up.finish(Err(expired(error)))
                }
                Err(other) => problem.set(Some(other)),
                Ok(()) => step_up.finish(Ok(())),
            }
        });
    };
    view! {
        <dialog
            node_ref=dialog
            class="step-up"
            aria-labelledby="step-up-title"
            aria-describedby="step-up-summary step-up-details"
            on:close=move |_| cancel()
        >
            <h2 id="step-up-title">"Let's make sure it's you"</h2>
            <p id="step-up-summary" class="summary">{summary}</p>
            <dl id="step-up-details" class="details">
                {move || details.get().into_iter().map(|Detail { label, value }| view! {
                    <div><dt>{label}</dt> <dd>{value}</dd></div>
                }).collect_view()}
            </dl>
            {move || until.get().map(|until| view! {
                <p class="hint">
                    {format!("A passkey that was added with a password or after a recovery can confirm this from {}.", date_time(until))}
                </p>
            })}
            <form on:submit=confirm>
                {move || match method.get() {
                    Method::Passkey => view! {
                        <p class="hint">"Your passkey signs exactly this, once. You stay signed in as you are."</p>
                    }
                    .into_any(),
                    Method::Password => view! {
                        <label>
                            "Password"
                            <input type="password" required autocomplete="current-password" bind:value=password/>
                        </label>
                    }
                    .into_any(),
                }}
                <Alert problem/>
                <div class="buttons">
                    {move || match method.get() {
                        Method::Passkey => view! {
                            <BusyButton label="Confirm with passkey" working="Waiting for device…" busy problem/>
                        },
                        Method::Password => view! {
                            <BusyButton label="Confirm with password" working="Checking…" busy problem/>
                        },
                    }}
                    <button type="button" on:click=move |_| cancel()>"Cancel"</button>
                </div>
            </form>
        </dialog>
        <p role="status" class="visually-hidden">{step_up.announced}</p>
    }
}

/// One attempt by passkey: options, prompt, verification.
async fn run(
    action: String,
    me: Resource<Result<Me>>,
    signal: &AbortSignal,
) -> Result<(), Problem> {
    let options = start_step_up(Some(action)).await?;
    let credential = browser::get(&options, Prompt::Modal, signal).await?;
    match finish_step_up(credential.clone()).await {
        Err(Error::CredentialUnknown) => {
            if let Some(Ok(me)) = me.get_untracked() {
                browser::signal_unknown(&me.rp_id, &credential).await;
            }
            Err(Error::CredentialUnknown.into())
        }
        outcome => outcome.map(drop).map_err(Problem::after_write),
    }
}

fn wrong_password(error: Error) -> Problem {
    match error {
        Error::VerificationFailed => Problem::WrongPassword,
        error => Problem::after_write(error),
    }
}

/// An action that is gone has expired, as its user sees it.
fn expired(error: Error) -> Problem {
    match error {
        Error::NotFound => Error::ChallengeExpired.into(),
        error => error.into(),
    }
}
