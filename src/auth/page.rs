//! The sign-in and sign-up pages. Their ceremonies run in the browser; a page that has no scripts
//! says so.

use super::{
    Me, StartSignUp, autofill::Autofill, finish_sign_in, finish_sign_up, start_sign_in,
    start_sign_up, who_am_i,
};
use crate::{
    browser::{self, Failure, Prompt},
    error::{Error, Result},
    ui::{Alert, BusyButton, NeedsScripts, PageHeading, Problem, fields, go_to, next_page},
};
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use web_sys::{AbortController, AbortSignal, SubmitEvent};

/// One sign-in from prompt to session; the page loads anew when it worked.
pub(super) async fn sign_in(
    prompt: Prompt,
    signal: &AbortSignal,
    next: &str,
) -> Result<(), Problem> {
    let options = start_sign_in().await?;
    let credential = browser::get(&options, prompt, signal).await?;
    let outcome = finish_sign_in(credential).await;
    if let Ok(signed_in) = &outcome
        && let Ok(Me { user_handle: Some(handle), rp_id, .. }) = who_am_i().await
    {
        browser::signal_accepted(&rp_id, &handle, &signed_in.accepted_credentials).await;
    }
    arrive(outcome.map(drop), next).await
}

/// Goes on once signed in. After a lost answer the session itself says whether it is there.
async fn arrive(outcome: Result<()>, next: &str) -> Result<(), Problem> {
    if let Err(error) = outcome {
        let lost = error == Error::Offline;
        if !(lost && who_am_i().await.is_ok_and(|me| me.user.is_some())) {
            return Err(Problem::of_sent(error));
        }
    }
    go_to(next_page(Some(next)));
    Ok(())
}

#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let next = move || query.get_untracked().get("next").unwrap_or_default();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let button = NodeRef::<html::Button>::new();
    let autofill = Autofill::new(next, busy, problem);
    // Passkeys among the suggestions of the e-mail field, as long as the page is open.
    Effect::new(move |_| autofill.keep_armed());

    let start = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            autofill.disarm().await;
            let outcome = match AbortController::new() {
                Ok(controller) => sign_in(Prompt::Modal, &controller.signal(), &next()).await,
                Err(_) => Err(Failure::Other.into()),
            };
            // While the next page loads the button stays busy.
            if let Err(why) = outcome {
                problem.set(Some(why));
                busy.set(false);
                if let Some(button) = button.get_untracked() {
                    button.focus().ok();
                }
                autofill.arm().await;
            }
        });
    };
    let sign_up = move || with_next("/signup", query);
    view! {
        <div class="card narrow">
            <PageHeading title="Sign in"/>
            <p class="lead">"Use your fingerprint, face or screen lock. There is no password to remember."</p>
            <BusyButton
                label="Sign in with Passkey"
                working="Waiting for device…"
                busy
                wide=true
                node_ref=button
                on:click=move |_| start()
            />
            <Alert problem/>
            <NeedsScripts/>
            <p class="separator"><span>"or continue with"</span></p>
            <label>
                "E-mail"
                <input
                    type="email"
                    autocomplete="username webauthn"
                    placeholder="you@example.com"
                    aria-describedby="autofill-hint"
                    on:focus=move |_| spawn_local(autofill.arm())
                    on:click=move |_| spawn_local(autofill.arm())
                />
            </label>
            <p id="autofill-hint" class="hint">"Your browser can suggest your passkeys here."</p>
            <p class="aside">"New here? " <a href=sign_up>"Create an account"</a></p>
        </div>
    }
}

/// One sign-up from the form to the session.
async fn sign_up(new: StartSignUp, next: &str) -> Result<(), Problem> {
    let options = start_sign_up(new.email, new.name).await?;
    let credential = browser::create(&options).await?;
    arrive(finish_sign_up(credential).await.map(drop), next).await
}

#[component]
pub fn SignUpPage() -> impl IntoView {
    let query = use_query_map();
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
            let next = query.get_untracked().get("next").unwrap_or_default();
            if let Err(why) = sign_up(new, &next).await {
                problem.set(Some(why));
                busy.set(false);
                if let Some(button) = button.get_untracked() {
                    button.focus().ok();
                }
            }
        });
    };
    let sign_in = move || with_next("/signin", query);
    // The same refusal means something else to somebody who has no account yet.
    let problem = Signal::derive(move || {
        problem.get().map(|problem| match problem {
            Problem::Refused(Error::RegistrationFailed) => Problem::SignUpRefused,
            other => other,
        })
    });
    view! {
        <div class="card narrow">
            <PageHeading title="Create an account"/>
            <p class="lead">
                "Your device makes a passkey and keeps it. You get 10,000 in demo money to send around."
            </p>
            <form on:submit=submit>
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
                    <input type="text" name="name" required maxlength="64" autocomplete="name"/>
                </label>
                <BusyButton
                    label="Create account with a passkey"
                    working="Waiting for device…"
                    busy
                    wide=true
                    node_ref=button
                />
            </form>
            <Alert problem/>
            <NeedsScripts/>
            <p class="aside">"Have an account? " <a href=sign_in>"Sign in"</a></p>
        </div>
    }
}

/// The other page's address, which leads on to the same one.
fn with_next(path: &str, query: Memo<ParamsMap>) -> String {
    match query.get().get("next") {
        Some(next) => format!("{path}?next={}", next_page(Some(&next))),
        None => path.to_owned(),
    }
}

/// Whether somebody is signed in, once it is known.
pub fn is_signed_in(me: Resource<Result<Me>>) -> Option<bool> {
    me.get().map(|me| me.is_ok_and(|me| me.user.is_some()))
}
