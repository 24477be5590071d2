//! The pages of what a mailbox can do: type a code, sign in, get back in, undo.

use super::pages::Next;
use crate::{
    account::undo::{self, Undoable},
    error::Result,
    ui::{CallForm, Field, MailedCode, Page, Visit, with_next},
};
use leptos::prelude::*;

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
        Some(Undoable { changes: true, .. }) => (
            "Undo what was changed",
            "Whatever was added to your account and still waits goes, recovery codes become void, and everybody is signed out. Then you choose a new way to sign in. Your older passkeys stay.",
        ),
        Some(_) => (
            "Stop getting back in by mail",
            "Somebody asked to get into your account by mail. If that was not you, stop it.",
        ),
        None => (
            "Nothing to undo",
            "This link was used, is too old, or what it was about has been undone or has settled.",
        ),
    };
    let Undoable { changes, recovery } = undoable.unwrap_or_default();
    let hidden = token.clone();
    Ok(Page::new(title, "Undo a change of your Latchkey account.", move || {
        view! {
            <section class="card narrow">
                <h1 tabindex="-1">{title}</h1>
                <p class="lead">{lead}</p>
                {changes.then(|| view! {
                    <CallForm action="/api/recovery/undo" button="Undo it" class="danger wide">
                        <input type="hidden" name="token" value=token/>
                    </CallForm>
                })}
                {(changes && recovery).then(|| view! {
                    <p>"Or only stop getting back in by mail, which somebody asked for, and leave the rest as it is:"</p>
                })}
                {recovery.then(|| view! {
                    <CallForm action="/api/recovery/stop" button="Stop it" class=if changes { "quiet wide" } else { "danger wide" }>
                        <input type="hidden" name="token" value=hidden/>
                    </CallForm>
                })}
                <p class="aside"><a href="/settings/activity">"Look at what happened"</a></p>
            </section>
        }
    }))
}
