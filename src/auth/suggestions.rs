//! What stands above the pages of a signed-in user: what happened behind their back, and what would
//! make the account safer. Plain forms, which work without scripts.

use super::{DeclineOffer, Me, Offer, RecoverySeen};
use crate::{date::date_time, error::Result};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

#[component]
pub fn Suggestions(visitor: Resource<Result<Me>>) -> impl IntoView {
    let path = use_location().pathname;
    let account = move || {
        let account = visitor.get()?.ok()?.account?;
        (!account.recovering && path.get() != "/").then_some(account)
    };
    let shown = move || {
        let account = account()?;
        let recovered = account.recovered_at.map(|at| view! { <Recovered at/> });
        let offer = account.offer.map(|offer| view! { <Suggestion offer/> });
        Some(view! { {recovered} {offer} })
    };
    view! { <Transition>{shown}</Transition> }
}

#[component]
fn Recovered(at: i64) -> impl IntoView {
    view! {
        <section class="notice warning" aria-label="Notice">
            <p>
                {format!("A recovery code was used on {}. ", date_time(at))}
                "If that was not you, remove the passkeys that you do not know, change your password, and make new codes."
            </p>
            <form method="post" action=RecoverySeen::PATH><button>"It was me"</button></form>
        </section>
    }
}

#[component]
fn Suggestion(offer: Offer) -> impl IntoView {
    let (name, text, href, link, decline) = match offer {
        Offer::AddPasskey => (
            "add_passkey",
            "Add a passkey: it signs you in without a password, and confirms transfers.",
            "/settings/passkeys",
            "Add a passkey",
            "Don't ask again",
        ),
        Offer::AddSecond => (
            "add_second",
            "One passkey is your only way in. Add a second one on another device, or make recovery codes.",
            "/settings/security",
            "Make recovery codes",
            "Don't ask again",
        ),
        Offer::AddHere => (
            "add_here",
            "You signed in with a passkey of another device. Add one here to be quicker next time.",
            "/settings/passkeys",
            "Add a passkey here",
            "Not now",
        ),
    };
    view! {
        <section class="notice" aria-label="Suggestion">
            <p>{text} " " <a href=href>{link}</a></p>
            <form method="post" action=DeclineOffer::PATH>
                <input type="hidden" name="offer" value=name/>
                <button>{decline}</button>
            </form>
        </section>
    }
}
