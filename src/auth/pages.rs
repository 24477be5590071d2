//! The pages for visitors who are not signed in.

use crate::{
    account::undo::{self, Undoable},
    error::Result,
    islands::SignIn,
    text::MAX_NAME_CHARS,
    ui::{
        CallForm, Field, MailedCode, NeedsScripts, Page, PasswordField, Visit, glyph, next_page,
        with_next,
    },
};
use leptos::prelude::*;

pub async fn sign_in(visit: Visit) -> Result<Page> {
    let (next, sign_up) = (visit.next(), with_next("/signup", visit.next().as_deref()));
    let by_mail = with_next("/signin/mail", next.as_deref());
    Ok(Page::new(
        "Sign in",
        "Sign in to Latchkey with a passkey: your fingerprint, face or screen lock. A password or a code by mail works too.",
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
                    <p class="aside"><a href=by_mail>"Mail me a code"</a></p>
                    <p class="aside"><a href="/signin/recovery">"Use a recovery code"</a></p>
                    <p class="aside">"New here? " <a href=sign_up>"Create an account"</a></p>
                </section>
            }
        },
    ))
}

/// The page that was asked for before signing in, as a field of a form.
#[component]
fn Next(next: Option<String>) -> impl IntoView {
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
                        "You can look around with a password. To confirm what matters you add a passkey: one that you add within an hour can do so at once, a later one waits first. We mail you a code to confirm your address."
                    </p>
                    <CallForm
                        action="/api/signup/password"
                        button="Continue"
                        busy="Sending a code…"
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
                    <p class="aside"><a href="/recovery/mail">"Get back in by mail"</a></p>
                    <p class="aside"><a href="/signin">"Other ways to sign in"</a></p>
                </section>
            }
        },
    ))
}

/// A page on which a code from a mail is typed, or is filled in already by the link in the mail.
struct CodePage {
    title: &'static str,
    description: &'static str,
    lead: &'static str,
    action: &'static str,
    button: &'static str,
    /// Where to ask for another code.
    again: &'static str,
}

impl CodePage {
    fn show(self, visit: &Visit) -> Page {
        let code = visit.request.query("code");
        let Self { title, description, lead, action, button, again } = self;
        Page::new(title, description, move || {
            view! {
                <section class="card narrow">
                    <h1 tabindex="-1">{title}</h1>
                    <p class="lead">{lead}</p>
                    <CallForm action button busy="Checking…" class="primary wide">
                        <MailedCode code/>
                    </CallForm>
                    <p class="aside">"No mail? Look among the unwanted ones, or " <a href=again>"ask again"</a> "."</p>
                </section>
            }
        })
    }
}

pub async fn sign_up_code(visit: Visit) -> Result<Page> {
    let page = CodePage {
        title: "Confirm your address",
        description: "Type the code that Latchkey mailed you to create your account.",
        lead: "We have mailed you a code. With it your account is made.",
        action: "/api/signup/code",
        button: "Create account",
        again: "/signup/password",
    };
    Ok(page.show(&visit))
}

pub async fn sign_in_by_mail(visit: Visit) -> Result<Page> {
    let (next, sign_in) = (visit.next(), with_next("/signin", visit.next().as_deref()));
    Ok(Page::new(
        "Sign in by mail",
        "Have a code mailed to you to sign in to Latchkey.",
        move || {
            view! {
                <section class="card narrow">
                    <h1 tabindex="-1">"Sign in by mail"</h1>
                    <p class="lead">"We mail a code to the address that you have confirmed here. It lets you look around; confirming something takes what you have set up for that."</p>
                    <CallForm action="/api/signin/mail" button="Mail me a code" busy="Sending…" class="primary wide">
                        <Next next/>
                        <Field label="E-mail" name="email" kind="email" autocomplete="username"/>
                    </CallForm>
                    <p class="aside"><a href=sign_in>"Other ways to sign in"</a></p>
                </section>
            }
        },
    ))
}

pub async fn sign_in_code(visit: Visit) -> Result<Page> {
    let page = CodePage {
        title: "Type your code",
        description: "Type the code that Latchkey mailed you to sign in.",
        lead: "If this address is confirmed here and lets mail sign you in, a code is on its way.",
        action: "/api/signin/code",
        button: "Sign in",
        again: "/signin/mail",
    };
    Ok(page.show(&visit))
}

/// For users who lost everything but their mailbox.
pub async fn recovery_by_mail(_: Visit) -> Result<Page> {
    Ok(Page::new(
        "Get back in by mail",
        "Get back into your Latchkey account by mail when everything else is lost.",
        || {
            view! {
                <section class="card narrow">
                    <h1 tabindex="-1">"Get back in by mail"</h1>
                    <p class="lead">"If you have lost your passkeys, your password and your recovery codes, your mailbox gets you back in. For your safety it takes a while: a first code begins a wait, of which you are told by mail, and another code after it lets you choose a new way to sign in."</p>
                    <CallForm action="/api/recovery/mail" button="Mail me a code" busy="Sending…" class="primary wide">
                        <Field label="E-mail" name="email" kind="email" autocomplete="username"/>
                    </CallForm>
                    <p class="aside"><a href="/signin">"Other ways to sign in"</a></p>
                </section>
            }
        },
    ))
}

pub async fn recovery_code_by_mail(visit: Visit) -> Result<Page> {
    let page = CodePage {
        title: "Type your code",
        description: "Type the code that Latchkey mailed you to get back in.",
        lead: "If this address is confirmed here, a code is on its way.",
        action: "/api/recovery/mail/code",
        button: "Continue",
        again: "/recovery/mail",
    };
    Ok(page.show(&visit))
}

/// Where the link in a mail about a change leads. Opening it changes nothing.
pub async fn undo(visit: Visit) -> Result<Page> {
    let token = visit.request.query("token").unwrap_or_default();
    let undoable = undo::look(&visit.request, &token).await?;
    let (title, lead) = match undoable {
        Some(Undoable::Changes) => (
            "Undo what was changed",
            "Whatever was added to your account and still waits goes, recovery codes become void, and everybody is signed out. Then you choose a new way to sign in. Your older passkeys stay.",
        ),
        Some(Undoable::Recovery) => (
            "Stop getting back in by mail",
            "Somebody asked to get into your account by mail. If that was not you, stop it.",
        ),
        None => (
            "Nothing to undo",
            "This link was used, is too old, or what it was about has been undone or has settled.",
        ),
    };
    Ok(Page::new(title, "Undo a change of your Latchkey account.", move || {
        view! {
            <section class="card narrow">
                <h1 tabindex="-1">{title}</h1>
                <p class="lead">{lead}</p>
                {undoable.map(|undoable| match undoable {
                    Undoable::Changes => view! {
                        <CallForm action="/api/recovery/undo" button="Undo it" class="danger wide">
                            <input type="hidden" name="token" value=token/>
                        </CallForm>
                    }.into_any(),
                    Undoable::Recovery => view! {
                        <CallForm action="/api/recovery/stop" button="Stop it" class="danger wide">
                            <input type="hidden" name="token" value=token/>
                        </CallForm>
                    }.into_any(),
                })}
                <p class="aside"><a href="/settings/activity">"Look at what happened"</a></p>
            </section>
        }
    }))
}
