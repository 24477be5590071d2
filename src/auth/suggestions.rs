//! What stands above the pages of a signed-in user: what happened behind their back, and what would
//! make the account safer. Plain forms, which work without scripts.

use super::{
    AcknowledgeNotice, DeclineOffer, Me, MyAccount, Notice, Offer, UndoRecovery, who_am_i,
};
use crate::{
    date::date_time,
    error::Result,
    settings::page::words,
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
    /// Whether the page shows something that it could not show again.
    kept: StoredValue<bool>,
}

impl Account {
    pub fn provide(first: Resource<Result<Me>>) {
        let account = Self { first, again: RwSignal::new(None), kept: StoredValue::new(false) };
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

    /// From now on the page shows something, such as recovery codes, that it could not show again.
    pub fn keep_page(self) {
        self.kept.set_value(true);
    }

    /// Whether an answer is about the account that this page was loaded for. Where another tab has
    /// signed in to another one, the page is loaded anew, so that it never mixes the two, unless it
    /// shows what would be lost.
    pub fn is_still(self, user_handle: &str) -> bool {
        let first = self.first.get_untracked().and_then(Result::ok).and_then(|me| me.account);
        let is_still = first.is_none_or(|account| account.user_handle == user_handle);
        if !is_still && !self.kept.get_value() {
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

/// What changed in how the account is entered, and the ways to answer that.
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
                {changes.into_iter().map(|change| {
                    let detail = change.detail.unwrap_or_default();
                    view! { <li>{words(&change.kind, &detail)} ", " {date_time(change.at)}</li> }
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
            "Add a passkey: it signs you in without a password, and confirms transfers.",
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
