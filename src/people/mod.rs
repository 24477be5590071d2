#![cfg(feature = "ssr")]
//! Who has an account, and what owners and admins may do to others: change a role, suspend, end sessions. Each
//! act is confirmed by passkey. Nothing in here adds a credential, reads what is behind an account, or acts as
//! somebody.

pub mod acts;
pub mod command;
pub mod feature;
pub mod pages;
mod receipts;
mod role;
pub mod rows;

pub use role::{Act, Role};

use crate::{
    call::{Form, Json},
    error::{Error, Result},
    server::session::signed_in,
    step_up,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Whether somebody of the role of this name sees who has an account.
pub fn may_look(role: &str) -> bool {
    Role::of(role).is_some_and(Role::may_look)
}

/// Somebody who has an account. Times are milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub id: String,
    pub name: String,
    /// The address that the account claims.
    pub email: String,
    /// Whether it has proven the address.
    pub confirmed: bool,
    pub role: Role,
    pub created_at: i64,
    /// When they last signed in or used a session; nothing if that was too long ago to be known.
    pub last_seen_at: Option<i64>,
    /// How many passkeys they have.
    pub passkeys: i64,
    pub has_password: bool,
    pub has_totp: bool, // with: totp
    /// Since when they cannot sign in, if that is so.
    pub suspended_at: Option<i64>,
    /// What was done, as the page says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// Whoever came last is first.
    pub people: Vec<Person>,
}

/// The people whose name or address holds the text of `search`: the latest, or those before the one with the
/// id `before`; `limit` is at most 100.
#[server(prefix = "/api", endpoint = "/people/list", protocol = Json)]
pub async fn list_people(
    #[server(default)] search: Option<String>,
    #[server(default)] before: Option<String>,
    #[server(default)] limit: Option<u32>,
) -> Result<People, Error> {
    let user = signed_in().await?;
    let mut tx = user.request.db.begin_read().await?;
    rows::check_may_look(&mut tx, &user).await?;
    rows::list(&mut *tx, search, before, limit).await
}

#[server(prefix = "/api", endpoint = "/people/role", protocol = Form)]
pub async fn change_role(id: String, role: String) -> Result<Person, Error> {
    let to = Role::of(&role).ok_or_else(|| Error::invalid("role"))?;
    act(Act::ChangeRole { to }, &id).await
}

/// Ends the sessions of a person, and lets them open none until [`restore`].
#[server(prefix = "/api", endpoint = "/people/suspend", protocol = Form)]
pub async fn suspend(id: String) -> Result<Person, Error> {
    act(Act::Suspend, &id).await
}

#[server(prefix = "/api", endpoint = "/people/restore", protocol = Form)]
pub async fn restore(id: String) -> Result<Person, Error> {
    act(Act::Restore, &id).await
}

#[server(prefix = "/api", endpoint = "/people/end-sessions", protocol = Form)]
pub async fn end_sessions(id: String) -> Result<Person, Error> {
    act(Act::EndSessions, &id).await
}

async fn act(act: Act, id: &str) -> Result<Person> {
    let user = signed_in().await?;
    let verified = step_up::require(&user, acts::prepare(&user, act, id).await?).await?;
    acts::carry_out(verified).await
}
