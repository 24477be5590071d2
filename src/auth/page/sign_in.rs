//! The sign-in page: the passkey button, suggestions in the e-mail field, and other ways to sign in.

use super::{autofill::Autofill, ceremony::sign_in, navigate_on_success, wanted, with_next};
use crate::{
    auth::SignInWithPassword,
    browser::{Failure, Prompt},
    ui::{Alert, BusyButton, CallForm, NeedsScripts, PageHeading, Problem, problem_of},
};
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use web_sys::AbortController;

#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let next = StoredValue::new(wanted());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let button = NodeRef::<html::Button>::new();
    let autofill = Autofill::new(move || next.get_value(), busy, problem);
    // Passkeys are among the suggestions of the e-mail field as long as the page is open.
    Effect::new(move |_| autofill.keep_armed());

    let by_password = ServerAction::<SignInWithPassword>::new();
    let start = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        by_password.clear();
        spawn_local(async move {
            autofill.disarm().await;
            let next = next.get_value();
            let outcome = match AbortController::new() {
                Ok(controller) => sign_in(Prompt::Modal, &controller.signal(), &next).await,
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
    Effect::new(move |_| {
        if by_password.input().get().is_some() {
            problem.set(None);
        }
    });
    let wrong_password = problem_of(by_password);
    let refused = Signal::derive(move || problem.get().or_else(|| wrong_password.get()));
    let sign_up = move || with_next("/signup", query);
    // A user who comes from a recovery has just added a way to sign in.
    let mended = move || match query.get().get("mended").as_deref() {
        Some("passkey") => Some("Your passkey is added. Sign in with it."),
        Some("password") => Some("Your password is set. Sign in with it."),
        _ => None,
    };
    view! {
        <div class="card narrow">
            <PageHeading
                title="Sign in"
                description="Sign in to Latchkey with a passkey: your fingerprint, face or screen lock. A password works too."
            />
            <p class="lead">"Use your fingerprint, face or screen lock. There is no password to remember."</p>
            <p role="status" class="success">{mended}</p>
            <BusyButton
                label="Sign in with Passkey"
                working="Waiting for device…"
                busy
                problem
                wide=true
                node_ref=button
                on:click=move |_| start()
            />
            <Alert problem=refused/>
            <NeedsScripts/>
            <p class="separator"><span>"or continue with"</span></p>
            <ByPassword sign_in=by_password next arm=move || spawn_local(autofill.arm())/>
            <p class="aside"><a href="/signin/recovery">"Use a recovery code"</a></p>
            <p class="aside">"New here? " <a href=sign_up>"Create an account"</a></p>
        </div>
    }
}

/// E-mail and password. The e-mail field is also where the browser suggests passkeys.
#[component]
fn ByPassword(
    sign_in: ServerAction<SignInWithPassword>,
    next: StoredValue<String>,
    /// Makes the suggestions ready.
    arm: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let busy = navigate_on_success(sign_in, move || next.get_value());
    view! {
        <CallForm action=sign_in busy>
            <input type="hidden" name="next" value=next.get_value()/>
            <label>
                "E-mail"
                <input
                    type="email"
                    name="email"
                    required
                    autocomplete="username webauthn"
                    placeholder="you@example.com"
                    on:focus=move |_| arm()
                    on:click=move |_| arm()
                />
            </label>
            <label>
                "Password"
                <input type="password" name="password" required autocomplete="current-password"/>
            </label>
            <BusyButton
                label="Sign in with password"
                working="Signing in…"
                busy
                problem=problem_of(sign_in)
                wide=true
                class=""
                needs_scripts=false
            />
        </CallForm>
    }
}
