//! The notices above the pages of a signed-in user: what changed in how to sign in, and what would make
//! the account safer. They are plain forms, which work without scripts.

use crate::{
    account::{
        AcknowledgeNotice, DeclineOffer, Notice, Offer, UndoRecovery, current::CurrentAccount,
    },
    date::date_time,
    ui::{Alert, problem_of},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

#[component]
pub fn Suggestions() -> impl IntoView {
    let path = use_location().pathname;
    let account = expect_context::<CurrentAccount>();
    // The outcome of a form that was sent without scripts.
    let decline = problem_of(ServerAction::<DeclineOffer>::new());
    let acknowledge = problem_of(ServerAction::<AcknowledgeNotice>::new());
    let undo = problem_of(ServerAction::<UndoRecovery>::new());
    let problem =
        Signal::derive(move || decline.get().or_else(|| acknowledge.get()).or_else(|| undo.get()));
    let shown = move || {
        let account = account.get().filter(|it| !it.recovering && path.get() != "/")?;
        let notice = account.notice.map(|notice| view! { <Changed notice/> });
        let offer = account.offer.map(|offer| view! { <Suggestion offer/> });
        Some(view! { {notice} {offer} <Alert problem/> })
    };
    view! { <Transition>{shown}</Transition> }
}

/// What changed in how to sign in to the account, and the ways to answer that.
#[component]
fn Changed(notice: Notice) -> impl IntoView {
    let Notice { changes, can_acknowledge, can_undo, quiet_at } = notice;
    let recovered = changes.iter().any(|change| change.kind == "recovery.used");
    let title = if recovered {
        "A recovery code was used."
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
                    <li>{change.text} ", " {date_time(change.at)}</li>
                }).collect_view()}
            </ul>
            <p>
                {advice}
                {(!can_acknowledge).then(|| format!(
                    " This stays here until {}, or until you sign in with a passkey that is older.",
                    date_time(quiet_at),
                ))}
            </p>
            <div class="buttons">
                {can_undo.then(|| view! {
                    <form method="post" action=UndoRecovery::PATH>
                        <button class="danger">
                            {if recovered { "End it and undo what it did" } else { "Undo it" }}
                        </button>
                    </form>
                })}
                {can_acknowledge.then(|| view! {
                    <form method="post" action=AcknowledgeNotice::PATH><button>"It was me"</button></form>
                })}
            </div>
        </section>
    }
}

#[component]
fn Suggestion(offer: Offer) -> impl IntoView {
    let (text, href, link, decline) = match offer {
        Offer::AddPasskey => (
            "Add a passkey: it signs you in without a password, and confirms what a password cannot.",
            "/settings/passkeys",
            "Add a passkey",
            "Don't ask again",
        ),
        Offer::AddHere => (
            "You signed in with a passkey of another device. Add one here to be quicker next time.",
            "/settings/passkeys",
            "Add a passkey here",
            "Not now",
        ),
        Offer::MakeCodes => (
            "You have no recovery codes. They get you back in when your devices are lost.",
            "/settings/security",
            "Make recovery codes",
            "Not now",
        ),
    };
    view! {
        <section class="notice" aria-label="Suggestion">
            <p>{text} " " <a href=href>{link}</a></p>
            <form method="post" action=DeclineOffer::PATH>
                <input type="hidden" name="offer" value=offer.name()/>
                <button>{decline}</button>
            </form>
        </section>
    }
}
