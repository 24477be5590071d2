//! The page for users who lost every passkey and have a recovery code.

use super::navigate_on_success;
use crate::{
    auth::SignInWithCode,
    ui::{Alert, BusyButton, CallForm, PageHeading, problem_of},
};
use leptos::prelude::*;

#[component]
pub fn RecoveryPage() -> impl IntoView {
    let sign_in = ServerAction::<SignInWithCode>::new();
    let busy = navigate_on_success(sign_in, || "/settings/security".to_owned());
    view! {
        <div class="card narrow">
            <PageHeading
                title="Use a recovery code"
                description="Get back into your Latchkey account with a recovery code when every passkey is lost."
            />
            <p class="lead">
                "A code works once and signs you out everywhere else. With it you add a passkey or set a password, and then you sign in with that."
            </p>
            <CallForm action=sign_in busy>
                <label>
                    "E-mail"
                    <input type="email" name="email" required autocomplete="username"/>
                </label>
                <label>
                    "Recovery code"
                    <input
                        name="code"
                        required
                        autocomplete="off"
                        autocapitalize="characters"
                        spellcheck="false"
                        placeholder="ABCD-EFGH-…"
                    />
                </label>
                <BusyButton label="Continue" working="Checking…" busy problem=problem_of(sign_in) wide=true needs_scripts=false/>
                <Alert problem=problem_of(sign_in)/>
            </CallForm>
            <p class="aside"><a href="/signin">"Other ways to sign in"</a></p>
        </div>
    }
}
