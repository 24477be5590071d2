//! The pages for visitors who are not signed in.

use crate::{
    error::Result,
    islands::SignIn,
    text::MAX_NAME_CHARS,
    ui::{CallForm, Field, NeedsScripts, Page, PasswordField, Visit, glyph, next_page, with_next},
};
use leptos::prelude::*;

pub async fn sign_in(visit: Visit) -> Result<Page> {
    let (next, sign_up) = (visit.next(), with_next("/signup", visit.next().as_deref()));
    let by_mail = with_next("/signin/mail", next.as_deref()); // with: mail
    Ok(Page::new(
        "Sign in",
        "Sign in to Latchkey with a passkey: your fingerprint, face or screen lock. There are other ways, too.",
        move || {
            let first = next.clone();
            view! {
                <section class="card narrow">
                    <h1 tabindex="-1">"Sign in"</h1>
                    <p class="lead">"Use your fingerprint, face or screen lock. There is no password to remember."</p>
                    <SignIn>
                        <CallForm
                            action="/api/signin/options"
                            button="Sign in with Passkey"
                            busy="Waiting for device…"
                            class="primary wide"
                            icon=glyph::PASSKEY
                            needs_scripts=true
                            autofill=true
                        >
                            <Next next=first/>
                        </CallForm>
                        <NeedsScripts/>
                        <p class="separator"><span>"or continue with"</span></p>
                        <CallForm
                            action="/api/signin/password"
                            button="Sign in with password"
                            busy="Signing in…"
                            class="wide"
                        >
                            <Next next/>
                            <Field label="E-mail" name="email" kind="email" autocomplete="username webauthn" placeholder="you@example.com"/>
                            <PasswordField label="Password" name="password"/>
                        </CallForm>
                    </SignIn>
                    <p class="aside"><a href=by_mail>"Mail me a code"</a></p> // with: mail
                    <p class="aside"><a href="/signin/recovery">"Use a recovery code"</a></p>
                    <p class="aside">"New here? " <a href=sign_up>"Create an account"</a></p>
                </section>
            }
        },
    ))
}

/// The page that was asked for before signing in, as a field of a form.
#[component]
pub fn Next(next: Option<String>) -> impl IntoView {
    let next = next_page(next.as_deref(), "").to_owned();
    (!next.is_empty()).then(|| view! { <input type="hidden" name="next" value=next/> })
}

/// The fields that say whose account it will be.
#[component]
fn NewUser() -> impl IntoView {
    view! {
        <Field label="E-mail" name="email" kind="email" autocomplete="username" placeholder="you@example.com"/>
        <Field label="Your name" name="name" autocomplete="name" maxlength=MAX_NAME_CHARS/>
    }
}

pub async fn sign_up(visit: Visit) -> Result<Page> {
    let next = visit.next();
    let sign_in = with_next("/signin", next.as_deref());
    let by_password = with_next("/signup/password", next.as_deref());
    Ok(Page::new(
        "Create an account",
        "Create your Latchkey account with a passkey. Your device makes it and keeps it.",
        move || {
            view! {
                <section class="card narrow">
                    <h1 tabindex="-1">"Create an account"</h1>
                    <p class="lead">
                        "Your device makes a passkey and keeps it."
                        " You get 10,000 in demo money to send around." // with: transfer
                    </p>
                    <CallForm
                        action="/api/signup/options"
                        button="Create account with a passkey"
                        busy="Waiting for device…"
                        class="primary wide"
                        icon=glyph::PASSKEY
                        needs_scripts=true
                    >
                        <Next next/>
                        <NewUser/>
                    </CallForm>
                    <NeedsScripts/>
                    <p class="separator"><span>"or continue with"</span></p>
                    <a class="button wide" href=by_password>"Password"</a>
                    <p class="aside">"Have an account? " <a href=sign_in>"Sign in"</a></p>
                </section>
            }
        },
    ))
}

pub async fn sign_up_by_password(visit: Visit) -> Result<Page> {
    let (next, by_passkey) = (visit.next(), with_next("/signup", visit.next().as_deref()));
    Ok(Page::new(
        "Create an account with a password",
        "Create your Latchkey account with a password, and add a passkey later.",
        move || {
            view! {
                <section class="card narrow">
                    <h1 tabindex="-1">"Create an account with a password"</h1>
                    <p class="lead">
                        "You can look around with a password. To confirm what matters you add a passkey: one that you add within an hour can do so at once, a later one waits first."
                        " We mail you a code to confirm your address." // with: mail
                    </p>
                    <CallForm
                        action="/api/signup/password"
                        button="Continue"
                        busy="Checking…"
                        class="primary wide"
                    >
                        <Next next/>
                        <NewUser/>
                        <PasswordField label="Password" name="password" new=true/>
                    </CallForm>
                    <p class="aside"><a href=by_passkey>"Use a passkey instead"</a></p>
                </section>
            }
        },
    ))
}

/// For users who lost every passkey and have a recovery code.
pub async fn recovery(_: Visit) -> Result<Page> {
    Ok(Page::new(
        "Use a recovery code",
        "Get back into your Latchkey account with a recovery code when every passkey is lost.",
        || {
            view! {
                <section class="card narrow">
                    <h1 tabindex="-1">"Use a recovery code"</h1>
                    <p class="lead">
                        "A code works once and signs you out everywhere else. With it you add a passkey or set a password, and then you sign in with that."
                    </p>
                    <CallForm action="/api/signin/recovery" button="Continue" busy="Checking…" class="primary wide">
                        <Field label="E-mail" name="email" kind="email" autocomplete="username"/>
                        <Field label="Recovery code" name="code" placeholder="ABCD-EFGH-…" kept=false/>
                    </CallForm>
                    <p class="aside"><a href="/recovery/mail">"Get back in by mail"</a></p> // with: mail
                    <p class="aside"><a href="/signin">"Other ways to sign in"</a></p>
                </section>
            }
        },
    ))
}
