//! What a feature tells the server about itself, so that no shared code names a feature.

use super::{
    client::Client,
    clock::Clock,
    config::Config,
    db::{Db, Tx},
    metrics::{Counter, Gauge},
};
use crate::error::Result;
use async_trait::async_trait;
use leptos::prelude::AnyView;
use sqlx::AnyConnection;
use std::collections::HashMap;

/// A kind of event on accounts, which users read in their activity.
pub struct Event {
    /// The name in rows and in answers to clients, such as `change_phone`.
    pub name: &'static str,
    /// The name in rows of earlier releases, which are never rewritten.
    pub former_name: Option<&'static str>,
    /// What such a row says, if its detail is not what the text takes.
    pub former_text: Option<&'static str>,
    /// What happened, such as `Phone number changed`. `{}` stands for the row's detail as it is, and
    /// `{noun}` for the noun of the event that the detail names.
    pub text: &'static str,
    /// What the text of another event calls it, such as `changing the phone number`.
    pub noun: &'static str,
    /// Whether the user is told of it at the next sign-in: it changes how to sign in to the account.
    pub told: bool,
    /// Whether the user gets a mail about it.
    pub mailed: bool,
}

impl Event {
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        let (former_name, former_text, noun) = (None, None, name);
        Self { name, former_name, former_text, text, noun, told: false, mailed: false }
    }

    pub const fn formerly(self, name: &'static str) -> Self {
        Self { former_name: Some(name), ..self }
    }

    pub const fn former_text(self, text: &'static str) -> Self {
        Self { former_text: Some(text), ..self }
    }

    pub const fn noun(self, noun: &'static str) -> Self {
        Self { noun, ..self }
    }

    /// The user is told at the next sign-in, and by mail.
    pub const fn told(self) -> Self {
        Self { told: true, mailed: true, ..self }
    }

    /// The user is told by mail.
    pub const fn mailed(self) -> Self {
        Self { mailed: true, ..self }
    }

    /// The names that rows may have.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name].into_iter().chain(self.former_name)
    }
}

/// The events of all features.
pub struct Events {
    by_name: HashMap<&'static str, &'static Event>,
    /// The names of the rows that users are told of, in alphabetical order.
    pub told: Vec<&'static str>,
}

impl Events {
    pub fn of(features: &[&dyn Feature]) -> Self {
        let (mut by_name, mut told) = (HashMap::new(), Vec::new());
        for event in features.iter().flat_map(|feature| feature.events()) {
            for name in event.names() {
                by_name.insert(name, event);
                if event.told {
                    told.push(name);
                }
            }
        }
        told.sort_unstable();
        Self { by_name, told }
    }

    /// The event whose rows have this name, or had it in an earlier release.
    pub fn find(&self, name: &str) -> Option<&'static Event> {
        self.by_name.get(name).copied()
    }
}

/// What a feature needs of the server and of the client that does something.
#[derive(Clone, Copy)]
pub struct Doing<'a> {
    pub config: &'a Config,
    pub clock: &'a Clock,
    pub client: &'a Client,
    pub methods: &'static [&'static dyn Method],
}

/// An account that is about to be deleted.
pub struct Closing<'a> {
    pub doing: Doing<'a>,
    pub user_id: &'a str,
    /// The address that the account claims.
    pub email: &'a str,
    /// Whether it is the account's own: what is kept about another's stays.
    pub owns_email: bool,
    /// How others know the user.
    pub known_as: String,
}

/// An event that was recorded on an account.
pub struct Recorded<'a> {
    pub doing: Doing<'a>,
    pub user_id: &'a str,
    pub event: &'a Event,
    /// What happened, in words.
    pub text: String,
}

/// A way to confirm an action, and maybe the second factor of a sign-in. The list of methods is in
/// `features.rs`.
#[async_trait]
pub trait Method: Send + Sync {
    /// The name in rows and in answers to clients, such as `passkey`.
    fn name(&self) -> &'static str;

    /// When each credential of this kind that the user has may confirm actions, or ends if it does
    /// (milliseconds since 1970 UTC). What is still to come at `now` can be undone.
    async fn settle_times(&self, tx: &mut Tx, user_id: &str, now: i64) -> Result<Vec<i64>>;

    /// The form in the modal. It has a hidden field `action`.
    fn form(&self) -> AnyView;

    /// The call of that form, if it takes what can be guessed.
    fn guess(&self) -> Option<&'static str> {
        None
    }

    /// What the method is called, such as `one-time code`, if it is asked for after each first factor but a
    /// passkey, on the page `/signin/{name}`.
    fn second_factor(&self) -> Option<&'static str> {
        None
    }
}

/// The list of features is in `features.rs`. A feature leaves out the methods that it does not need.
#[async_trait]
pub trait Feature: Send + Sync {
    /// Calls that only read. Every other call counts towards a limit of its client's network (RTL-01).
    fn reads(&self) -> &'static [&'static str] {
        &[]
    }

    /// Calls that can be used to guess a password or a code; they have a limit of their own.
    fn guesses(&self) -> &'static [&'static str] {
        &[]
    }

    /// The events that this feature records on accounts.
    fn events(&self) -> Vec<&'static Event> {
        Vec::new()
    }

    /// The tables whose size is worth watching.
    fn tables(&self) -> &'static [&'static str] {
        &[]
    }

    /// The tables that are emptied in a database that was restored from a copy, and what their rows are
    /// called.
    fn emptied_by_restore(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// What it keeps of a user, for that user to have: a name, and a statement that reads it for the id `$1`.
    /// Nothing by which somebody could sign in.
    fn exported(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn counters(&self) -> Vec<&'static Counter> {
        Vec::new()
    }

    fn gauges(&self) -> Vec<&'static Gauge> {
        Vec::new()
    }

    /// Sets its gauges, as of `now` (milliseconds since 1970 UTC).
    async fn measure(&self, _: &Db, _now: i64) -> Result<()> {
        Ok(())
    }

    /// Runs when an account is created, in the transaction that creates it.
    async fn opened(&self, _: &Clock, _: &mut Tx, _user_id: &str) -> Result<()> {
        Ok(())
    }

    /// Whether a user may sign in, in the transaction that would open the session.
    async fn may_sign_in(&self, _: &mut Tx, _user_id: &str) -> Result<bool> {
        Ok(true)
    }

    /// Refuses the deletion of an account, before it is confirmed and in the transaction that deletes it.
    async fn check_closing(&self, _: &mut Tx, _user_id: &str) -> Result<()> {
        Ok(())
    }

    /// Runs before an account is deleted, in the transaction that deletes it. Rows that refer to the
    /// user are deleted with it.
    async fn closing(&self, _: &Closing<'_>, _: &mut Tx) -> Result<()> {
        Ok(())
    }

    /// Runs when others know a user by another name or address, in the transaction of the change.
    async fn renamed(&self, _: &mut Tx, _user_id: &str, _before: &str, _now: &str) -> Result<()> {
        Ok(())
    }

    /// Runs when a user takes back what was added and has not settled at `now` (milliseconds since 1970
    /// UTC), in the same transaction.
    async fn taken_back(&self, _: &mut Tx, _user_id: &str, _now: i64) -> Result<()> {
        Ok(())
    }

    /// Runs after an event was recorded of which users are told by mail, in the same transaction.
    async fn recorded(&self, _: &Recorded<'_>, _: &mut Tx) -> Result<()> {
        Ok(())
    }

    /// Adds a history for developers to look at.
    async fn seed(&self, _: &Clock, _: &mut Tx, _user_ids: &[String]) -> Result<()> {
        Ok(())
    }

    /// Deletes the rows that have expired at `now` (milliseconds since 1970 UTC).
    async fn sweep(&self, _: &Db, _: &Config, _now: i64) -> Result<()> {
        Ok(())
    }

    /// Returns what is wrong with the feature's data, in words; nothing if it is sound.
    async fn check(&self, _: &mut AnyConnection) -> Result<Vec<String>, sqlx::Error> {
        Ok(Vec::new())
    }
}
