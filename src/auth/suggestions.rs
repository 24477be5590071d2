//! What stands above the pages of a signed-in user: what happened behind their back, and what would
//! make the account safer. Plain forms, which work without scripts.

use super::{DeclineOffer, Me, MyAccount, Offer, RecoverySeen, who_am_i};
use crate::{
    date::date_time,
    error::Result,
    ui::{Alert, problem_of},
};
use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::hooks::use_location;

/// The signed-in user's account: as the page was loaded with it, until it is read again. Whom a page
/// is for is decided by the first reading alone, so that none is thrown away under its reader.
#[derive(Clone, Copy)]
pub struct Account {
    first: Resource<Result<Me>>,
    again: RwSignal<Option<Me>>,
}

impl Account {
    pub fn provide(first: Resource<Result<Me>>) {
        let account = Self { first, again: RwSignal::new(None) };
        // Another tab may have changed the account, or signed in to another one, meanwhile.
        Effect::new(move |_| {
            window_event_listener(ev::visibilitychange, move |_| {
                if !document().hidden() && untrack(|| account.get()).is_some() {
                    account.read_again();
                }
            });
        });
        provide_context(account);
    }

    pub fn get(self) -> Option<MyAccount> {
        self.me()?.account
    }

    fn me(self) -> Option<Me> {
        self.again.get().or_else(|| self.first.get()?.ok())
    }

    /// Whether it was read again and there is none any more.
    pub fn is_gone(self) -> bool {
        self.again.get().is_some_and(|me| me.account.is_none())
    }

    /// After something that changes what it shows.
    pub fn read_again(self) {
        spawn_local(async move {
            let Ok(me) = who_am_i().await else { return };
            let is_still = |account: &MyAccount| self.is_still(&account.user_handle);
            // What is the same is not shown anew: it may have the focus.
            if me.account.as_ref().is_none_or(is_still)
                && untrack(|| self.me()).as_ref() != Some(&me)
            {
                self.again.try_set(Some(me));
            }
        });
    }

    /// Whether an answer is about the account that this page was loaded for. Where another tab has
    /// signed in to another one, the page is loaded anew, so that it never mixes the two.
    pub fn is_still(self, user_handle: &str) -> bool {
        let first = self.first.get_untracked().and_then(Result::ok).and_then(|me| me.account);
        let is_still = first.is_none_or(|account| account.user_handle == user_handle);
        if !is_still {
            window().location().reload().ok();
        }
        is_still
    }
}

#[component]
pub fn Suggestions() -> impl IntoView {
    let path = use_location().pathname;
    let account = expect_context::<Account>();
    // What a form that was sent without scripts came back with.
    let decline = problem_of(ServerAction::<DeclineOffer>::new());
    let put_away = problem_of(ServerAction::<RecoverySeen>::new());
    let problem = Signal::derive(move || decline.get().or_else(|| put_away.get()));
    let shown = move || {
        let account = account.get().filter(|it| !it.recovering && path.get() != "/")?;
        let recovered = account
            .recovered_at
            .map(|at| view! { <Recovered at can_put_away=account.can_put_away/> });
        let offer = account.offer.map(|offer| view! { <Suggestion offer/> });
        Some(view! { {recovered} {offer} <Alert problem/> })
    };
    view! { <Transition>{shown}</Transition> }
}

#[component]
fn Recovered(at: i64, can_put_away: bool) -> impl IntoView {
    view! {
        <section class="notice warning" aria-label="Notice">
            <p>
                {format!("A recovery code was used on {}. ", date_time(at))}
                "If that was not you, remove the passkeys that you do not know, change your password, and make new codes."
            </p>
            {can_put_away.then(|| view! {
                <form method="post" action=RecoverySeen::PATH><button>"It was me"</button></form>
            })}
        </section>
    }
}

#[component]
fn Suggestion(offer: Offer) -> impl IntoView {
    let (text, href, link, decline) = match offer {
        Offer::AddPasskey => (
            "Add a passkey: it signs you in without a password, and confirms transfers.",
            "/settings/passkeys",
            "Add a passkey",
            "Don't ask again",
        ),
        Offer::AddSecond => (
            "One passkey is your only way in. Add a second one on another device, or make recovery codes.",
            "/settings/security",
            "Make recovery codes",
            "Don't ask again",
        ),
        Offer::AddHere => (
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
                <input type="hidden" name="offer" value=offer.name()/>
                <button>{decline}</button>
            </form>
        </section>
    }
}
