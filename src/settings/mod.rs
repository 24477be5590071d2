//! What users see and change of their account besides how they sign in: sessions, activity, the
//! phone number, and its end. Rows are looked up together with their owner, never by id alone.

pub mod device;
pub mod page;
pub mod security;
pub mod server;

use crate::{
    auth::Done,
    call::{Form, Json},
    error::{Error, Result},
};
#[cfg(feature = "ssr")]
use crate::{
    server::session::signed_in,
    step_up::{self, Action},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// An open session as its user sees it. Times are milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenSession {
    pub id: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub user_agent: Option<String>,
    /// `passkey`, `password` or `recovery`.
    pub method: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Those that are open now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sessions {
    pub sessions: Vec<OpenSession>,
}

/// Something that happened on the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub kind: String,
    pub at: i64,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub detail: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// Newest first.
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phone {
    pub phone: String,
}

#[server(prefix = "/api", endpoint = "/sessions/list", protocol = Json)]
pub async fn list_sessions() -> Result<Sessions, Error> {
    server::list_sessions(&signed_in().await?).await
}

#[server(prefix = "/api", endpoint = "/sessions/revoke", protocol = Form)]
pub async fn end_session(id: String) -> Result<Sessions, Error> {
    server::end_session(&signed_in().await?, &id).await
}

#[server(prefix = "/api", endpoint = "/sessions/revoke-others", protocol = Form)]
pub async fn end_other_sessions() -> Result<Sessions, Error> {
    server::end_other_sessions(&signed_in().await?).await
}

/// The latest events, or those before the one with the id `before`; `limit` is at most 100.
#[server(prefix = "/api", endpoint = "/activity/list", protocol = Json)]
pub async fn list_activity(
    #[server(default)] before: Option<String>,
    #[server(default)] limit: Option<u32>,
) -> Result<Events, Error> {
    server::list_activity(&signed_in().await?, before, limit).await
}

#[server(prefix = "/api", endpoint = "/account/phone", protocol = Form)]
pub async fn change_phone(phone: String) -> Result<Phone, Error> {
    signed_in().await?;
    let phone = server::check_phone(&phone)?;
    let change =
        Action::new("change_phone", format!("Change your phone number to {phone}"), &phone);
    let verified = step_up::require(change.by_strongest()).await?;
    server::change_phone(verified, phone).await
}

#[server(prefix = "/api", endpoint = "/account/delete", protocol = Form)]
pub async fn delete_account() -> Result<Done, Error> {
    let user = signed_in().await?;
    let summary = format!("Delete the account {} and everything in it", user.email);
    let delete = Action::new("delete_account", summary, &user.id);
    let verified = step_up::require(delete.by_strongest()).await?;
    server::delete_account(verified).await
}
