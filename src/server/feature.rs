//! What a feature tells the server about itself, so that nothing shared names a feature.

use super::{
    clock::Clock,
    config::Config,
    db::{Db, Tx},
    metrics::Counter,
};
use crate::error::Result;
use async_trait::async_trait;
use sqlx::AnyConnection;

/// Something that happens on accounts, for their owners to read.
pub struct Event {
    /// As rows and clients know it, such as `change_phone`.
    pub name: &'static str,
    /// The name in rows of earlier releases, which are never rewritten.
    pub former_name: Option<&'static str>,
    /// What happened, such as `Phone number changed`. `{}` stands for the row's detail as it is, and
    /// `{noun}` for the noun of the event that the detail names.
    pub text: &'static str,
    /// How the text of another event names it, such as `changing the phone number`.
    pub noun: &'static str,
    /// Whether the owner is told of it at the next sign-in: it changes how the account is entered.
    pub told: bool,
}

impl Event {
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, former_name: None, text, noun: name, told: false }
    }

    pub const fn formerly(self, name: &'static str) -> Self {
        Self { former_name: Some(name), ..self }
    }

    pub const fn noun(self, noun: &'static str) -> Self {
        Self { noun, ..self }
    }

    pub const fn told(self) -> Self {
        Self { told: true, ..self }
    }

    /// The names that rows may have.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name].into_iter().chain(self.former_name)
    }
}

/// The list of features is in `features.rs`. What a feature does not need it leaves out.
#[async_trait]
pub trait Feature: Send + Sync {
    /// Calls that only read. Every other call counts towards a limit of its client's network (RTL-01).
    fn reads(&self) -> &'static [&'static str] {
        &[]
    }

    /// Calls by which somebody may guess a password or a code; they have a limit of their own.
    fn guesses(&self) -> &'static [&'static str] {
        &[]
    }

    /// What happens on accounts by this feature.
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

    fn counters(&self) -> Vec<&'static Counter> {
        Vec::new()
    }

    /// An account has begun, in the transaction that made it.
    async fn opened(&self, _: &Clock, _: &mut Tx, _user_id: &str) -> Result<()> {
        Ok(())
    }

    /// An account is about to end, in the transaction that ends it. Rows that refer to the user go by
    /// themselves.
    async fn closing(&self, _: &Clock, _: &mut Tx, _user_id: &str, _email: &str) -> Result<()> {
        Ok(())
    }

    /// Adds what makes a history for developers to look at.
    async fn seed(&self, _: &Clock, _: &mut Tx, _user_ids: &[String]) -> Result<()> {
        Ok(())
    }

    /// Deletes what is over at `now` (milliseconds since 1970 UTC).
    async fn sweep(&self, _: &Db, _: &Config, _now: i64) -> Result<()> {
        Ok(())
    }

    /// What is wrong with the feature's data, in words; nothing where it is sound.
    async fn check(&self, _: &mut AnyConnection) -> Result<Vec<String>, sqlx::Error> {
        Ok(Vec::new())
    }
}
