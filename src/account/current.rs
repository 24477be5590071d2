//! The signed-in user's account as a page in the browser knows it.

use super::{Me, MyAccount, who_am_i};
use crate::error::Result;
use leptos::{ev, prelude::*, task::spawn_local};

/// The signed-in user's account as it was when the page loaded, until it is read again. The first
/// reading alone decides whom a page is for, so that no page is replaced while its user reads it.
#[derive(Clone, Copy)]
pub struct CurrentAccount {
    first: Resource<Result<Me>>,
    again: RwSignal<Option<Me>>,
    /// Whether the page shows something that it could not show again.
    kept: StoredValue<bool>,
}

impl CurrentAccount {
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

    /// Whether the account was read again and there is none any more.
    pub fn is_gone(self) -> bool {
        self.again.get().is_some_and(|me| me.account.is_none())
    }

    /// Reads the account again, after something has changed it.
    pub fn read_again(self) {
        spawn_local(async move {
            let Ok(me) = who_am_i().await else { return };
            let is_still = |account: &MyAccount| self.is_still(&account.user_handle);
            // An unchanged account is not shown anew: a part of it may have the focus.
            if me.account.as_ref().is_none_or(is_still)
                && untrack(|| self.me()).as_ref() != Some(&me)
            {
                self.again.try_set(Some(me));
            }
        });
    }

    /// Says that the page now shows something, such as recovery codes, that it could not show again.
    pub fn keep_page(self) {
        self.kept.set_value(true);
    }

    /// Whether an answer is about the account that this page was loaded for. If another tab has signed
    /// in to another account, the page is reloaded, so that it never mixes the two, unless it shows what
    /// would be lost.
    pub fn is_still(self, user_handle: &str) -> bool {
        let first = self.first.get_untracked().and_then(Result::ok).and_then(|me| me.account);
        let is_still = first.is_none_or(|account| account.user_handle == user_handle);
        if !is_still && !self.kept.get_value() {
            window().location().reload().ok();
        }
        is_still
    }
}
