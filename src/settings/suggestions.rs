//! The notices above the pages of a signed-in user: what changed in how to sign in, what would make the
//! account safer, and a welcome.

use crate::{
    account::{MyAccount, Notice, Offer, notice::RECOVERIES},
    credentials::providers,
    ui::{CallForm, Exact, Icon, Visit, glyph},
};
use leptos::prelude::*;

#[component]
pub fn Suggestions(visit: Visit) -> impl IntoView {
    let path = visit.request.path();
    let account = visit.account().filter(|it| !it.recovering && path != "/")?;
    let notice = account.notice.clone().map(|notice| view! { <Changed notice/> });
    // Not on the page that it leads to, nor beside the welcome, which says the same.
    let is_welcome = visit.request.query("done").as_deref() == Some("welcome");
    let offer = account.offer.filter(|it| page_of(*it) != path && !is_welcome);
    let waiting = account.recovery_ready_at.map(|at| view! { <Recovery ready_at=at/> }); // with: mail
    Some(view! {
        {waiting} // with: mail
        {notice}
        {offer.map(|offer| view! { <Suggestion offer/> })}
    })
}

/// What changed in how to sign in to the account, and the ways to answer that.
#[component]
fn Changed(notice: Notice) -> impl IntoView {
    let Notice { changes, can_acknowledge, can_undo, quiet_at } = notice;
    let recovered = changes.iter().any(|change| RECOVERIES.contains(&change.kind.as_str()));
    let title = if recovered {
        "Somebody has recovered this account."
    } else {
        "How you sign in has changed since you were here."
    };
    let advice = if can_undo {
        "If that was not you, undo it: whatever was added and still waits goes, recovery codes become void, and everybody else is signed out."
    } else {
        "If that was not you, remove the passkeys that you do not know, change your password, and make new codes."
    };
    view! {
        <section class="notice warning" aria-label="Notice">
            <p><strong>{title}</strong></p>
            <ul>
                {changes.into_iter().map(|change| view! {
                    <li>{change.text} ", " <Exact at=change.at/></li>
                }).collect_view()}
            </ul>
            <p>
                {advice}
                {(!can_acknowledge).then(|| view! {
                    " This stays here until " <Exact at=quiet_at/> ", or until you sign in with a passkey that is older."
                })}
            </p>
            <div class="buttons">
                {can_undo.then(|| view! {
                    <CallForm
                        action="/api/recovery/undo"
                        button=if recovered { "End it and undo what it did" } else { "Undo it" }
                        class="danger"
                    />
                })}
                {can_acknowledge.then(|| view! { <CallForm action="/api/recovery/seen" button="It was me"/> })}
            </div>
        </section>
    }
}

// with: mail {
/// Somebody has asked to get back in by mail.
#[component]
fn Recovery(ready_at: i64) -> impl IntoView {
    view! {
        <section class="notice warning" aria-label="Recovery by mail">
            <p>
                <strong>"Somebody asked to get into this account by mail."</strong>
                " Whoever reads its mail can choose a new way to sign in from " <Exact at=ready_at/>
                ". If that is not you, stop it: here, if you signed in with a passkey, or by the link in the mail."
            </p>
            <div class="buttons">
                <CallForm action="/api/recovery/stop" button="Stop it" class="danger"/>
            </div>
        </section>
    }
}

// with: mail }
/// The page that an offer leads to.
fn page_of(offer: Offer) -> &'static str {
    match offer {
        Offer::AddPasskey | Offer::AddHere => "/settings/passkeys",
        Offer::ConfirmEmail => "/settings/account", // with: mail
        Offer::MakeCodes => "/settings/security",
    }
}

#[component]
fn Suggestion(offer: Offer) -> impl IntoView {
    let (text, link) = match offer {
        Offer::AddPasskey => {
            ("Sign in without a password, and confirm what one cannot.", "Add a passkey")
        }
        Offer::AddHere => ("You signed in with a passkey of another device.", "Add a passkey here"),
        // with: mail {
        Offer::ConfirmEmail => {
            ("Your e-mail address is not confirmed: it cannot get you back in.", "Confirm it")
        }
        // with: mail }
        Offer::MakeCodes => {
            ("You have no recovery codes for when your devices are lost.", "Make recovery codes")
        }
    };
    view! {
        <section class="notice" aria-label="Suggestion">
            <p>{text} " " <a class="button" href=page_of(offer)>{link}</a></p>
            <CallForm action="/api/offers/decline" button="Not now" class="quiet">
                <input type="hidden" name="offer" value=offer.name()/>
            </CallForm>
        </section>
    }
}

/// For a user who has just signed up: where the passkey is, and what comes next.
#[component]
pub fn Welcome(visit: Visit) -> impl IntoView {
    let account = visit.account()?.clone();
    Some(view! {
        <section class="notice welcome" aria-label="Welcome">
            <span class="glyph"><Icon of=glyph::SAFE/></span>
            <div>
                <h2>"Welcome, " {account.user.name.clone()}</h2>
                <p>{where_kept(&account)}</p>
                {account.email_confirmed.then(|| view! {
                    <p><a href="/settings/security">"Make recovery codes"</a> " next: they get you back in when your devices are lost."</p>
                })}
                // with: mail {
                {(!account.email_confirmed).then(|| view! {
                    <p>"We have mailed you a code: " <a href="/settings/account">"confirm your address"</a> " next. It gets you back in when your devices are lost."</p>
                })}
                // with: mail }
            </div>
        </section>
    })
}

fn where_kept(account: &MyAccount) -> String {
    let Some((aaguid, synced)) = &account.passkey else {
        return "You signed up with a password. Add a passkey within the hour, and it can confirm things at once.".to_owned();
    };
    let keeper = providers::name(aaguid).unwrap_or("this device or its password manager");
    if *synced {
        format!("Your passkey is kept by {keeper} and comes along to your other devices there.")
    } else {
        format!(
            "Your passkey is kept by {keeper} and does not leave it: add another one on your next device."
        )
    }
}
