//! The sign-up pages: with a passkey, or with a password where no passkey can be made.

use super::{arrive, navigate_on_success, wanted, with_next};
use crate::{
    auth::{SignUpWithPassword, StartSignUp, finish_sign_up, start_sign_up},
    browser,
    error::{Error, Result},
    text::MAX_NAME_CHARS,
    ui::{
        Alert, BusyButton, CallForm, NeedsScripts, NewPassword, PageHeading, Problem, fields,
        problem_of,
    },
};
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use web_sys::SubmitEvent;

/// One sign-up from the form to the session.
async fn sign_up(new: StartSignUp, next: &str) -> Result<(), Problem> {
    let options = start_sign_up(new.email, new.name).await?;
    let credential = browser::create(&options).await?;
    let outcome = finish_sign_up(credential.clone()).await;
    browser::signal_refused(&options, &credential, &outcome).await;
    arrive(outcome.map(drop), next).await
}

/// The same refusal needs another sentence for a visitor who has no account yet.
fn refused(problem: Signal<Option<Problem>>) -> Signal<Option<Problem>> {
    Signal::derive(move || {
        problem.get().map(|problem| match problem {
            Problem::Refused(Error::RegistrationFailed) => Problem::SignUpRefused,
            other => other,
        })
    })
}

#[component]
pub fn SignUpPage() -> impl IntoView {
    let query = use_query_map();
    let next = StoredValue::new(wanted());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let button = NodeRef::<html::Button>::new();
    let submit = move |event: SubmitEvent| {
        let (Some(new), false) = (fields::<StartSignUp>(&event), busy.get_untracked()) else {
            return;
        };
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            if let Err(why) = sign_up(new, &next.get_value()).await {
                problem.set(Some(why));
                busy.set(false);
                if let Some(button) = button.get_untracked() {
                    button.focus().ok();
                }
            }
        });
    };
    let sign_in = move || with_next("/signin", query);
    let by_password = move || with_next("/signup/password", query);
    view! {
        <div class="card narrow">
            <PageHeading
                title="Create an account"
                description="Create your Latchkey account with a passkey. Your device makes it and keeps it."
            />
            <p class="lead">
                "Your device makes a passkey and keeps it."
                " You get 10,000 in demo money to send around." // with: transfer
            </p>
            <form on:submit=submit>
                <Who/>
                <BusyButton
                    label="Create account with a passkey"
                    working="Waiting for device…"
                    busy
                    problem
                    wide=true
                    node_ref=button
                />
            </form>
            <Alert problem=refused(problem.into())/>
            <NeedsScripts/>
            <p class="separator"><span>"or continue with"</span></p>
            <a class="button wide" href=by_password>"Password"</a>
            <p class="aside">"Have an account? " <a href=sign_in>"Sign in"</a></p>
        </div>
    }
}

/// The fields that say whose account it will be.
#[component]
fn Who() -> impl IntoView {
    view! {
        <label>
            "E-mail"
            <input
                type="email"
                name="email"
                required
                autocomplete="username"
                placeholder="you@example.com"
            />
        </label>
        <label>
            "Your name"
            <input type="text" name="name" required maxlength=MAX_NAME_CHARS autocomplete="name"/>
        </label>
    }
}

#[component]
pub fn SignUpByPasswordPage() -> impl IntoView {
    let query = use_query_map();
    let next = StoredValue::new(wanted());
    let sign_up = ServerAction::<SignUpWithPassword>::new();
    let busy = navigate_on_success(sign_up, move || next.get_value());
    let by_passkey = move || with_next("/signup", query);
    view! {
        <div class="card narrow">
            <PageHeading
                title="Create an account with a password"
                description="Create your Latchkey account with a password, and add a passkey later."
            />
            <p class="lead">
                "You can look around with a password. To confirm what matters you add a passkey: one that you add within an hour can do so at once, a later one waits first."
            </p>
            <CallForm action=sign_up busy>
                <input type="hidden" name="next" value=next.get_value()/>
                <Who/>
                <NewPassword label="Password" name="password"/>
                <BusyButton
                    label="Create account with a password"
                    working="Creating…"
                    busy
                    problem=problem_of(sign_up)
                    wide=true
                    needs_scripts=false
                />
                <Alert problem=refused(problem_of(sign_up))/>
            </CallForm>
            <p class="aside"><a href=by_passkey>"Use a passkey instead"</a></p>
        </div>
    }
}
