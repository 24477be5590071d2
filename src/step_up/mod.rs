#![cfg(feature = "ssr")]
//! Step-up: one assertion confirms one action of one session, once. A server function calls [`require`];
//! its page has a [`GatedForm`](crate::ui::GatedForm), and a guarded action needs nothing else. Confirming
//! never creates or changes a session.

pub mod action;
pub mod feature;
pub mod modal;
mod pending;
pub mod receipt;
mod server;
mod verified;

pub use modal::Modal;
pub use pending::STEP_UP_VERIFIED;
pub use {
    action::{Action, Kind, Policy},
    server::require,
    verified::Verified,
};

use crate::{
    call::{Ceremony, CredentialJson, Form, Json},
    credentials::method::Method,
    error::{Error, Result},
    server::{
        metrics::{CEREMONIES, counted},
        session::signed_in_without_touch,
    },
};
use feature::STEP_UPS;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that a user reads of an action before confirming it, such as `Place` and `Room 5`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    pub label: String,
    pub value: String,
    /// Whether it is what the action is about, and stands above the rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub large: bool,
}

/// An action that waits for its confirmation, in the server's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The action's id.
    pub action: String,
    pub kind: String,
    pub summary: String,
    pub details: Vec<Detail>,
    /// The methods by which this user can confirm it.
    pub methods: Vec<Method>,
    /// When the next of the user's unsettled passkeys can confirm it too, if there is one (milliseconds
    /// since 1970 UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reauthenticated {
    pub verified: bool,
    #[serde(rename = "userId")]
    pub user_id: String,
}

/// What the modal shows: the named action, or else the newest pending one of this session.
#[server(prefix = "/api", endpoint = "/reauth/pending", protocol = Json)]
pub async fn pending_action(#[server(default)] action: Option<String>) -> Result<Pending, Error> {
    server::pending(&signed_in_without_touch().await?, action.as_deref()).await
}

/// Returns request options over that action, for the user's own passkeys.
#[server(prefix = "/api", endpoint = "/reauth/options", protocol = Json)]
pub async fn start_step_up(#[server(default)] action: Option<String>) -> Result<Value, Error> {
    server::start_by_passkey(&signed_in_without_touch().await?, action.as_deref()).await
}

#[server(prefix = "/api", endpoint = "/reauth/verify", protocol = Ceremony)]
pub async fn finish_step_up(credential: CredentialJson) -> Result<Reauthenticated, Error> {
    let user = signed_in_without_touch().await?;
    let finish = server::finish_by_passkey(&user, &credential);
    counted(&CEREMONIES, "step_up", counted(&STEP_UPS, "passkey", finish)).await
}

/// Confirms the named action, or else the newest pending one, by password; for accounts that have no
/// settled passkey, and if the action's policy accepts it.
#[server(prefix = "/api", endpoint = "/reauth/password", protocol = Form)]
pub async fn confirm_by_password(
    password: String,
    #[server(default)] action: Option<String>,
) -> Result<Reauthenticated, Error> {
    let user = signed_in_without_touch().await?;
    let confirm = server::confirm_by_password(&user, &password, action.as_deref());
    counted(&STEP_UPS, "password", confirm).await
}

/// Confirms the named action, or else the newest pending one, by one-time code; for accounts whose strongest
/// settled method that is, and if the action's policy accepts it.
#[server(prefix = "/api", endpoint = "/reauth/totp", protocol = Form)]
pub async fn confirm_by_totp(
    code: String,
    #[server(default)] action: Option<String>,
) -> Result<Reauthenticated, Error> {
    let user = signed_in_without_touch().await?;
    let confirm = server::confirm_by_totp(&user, &code, action.as_deref());
    counted(&STEP_UPS, "totp", confirm).await
}
