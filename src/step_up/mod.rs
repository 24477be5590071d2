//! The gate: one assertion confirms one action of one session, once. A server function asks
//! [`require`] for it, a page asks [`resume`] to carry on afterwards; that is all a guarded action
//! needs. Confirming never creates or changes a session.

pub mod action;
pub mod method;
pub mod modal;
mod pending;
pub mod receipt;
pub mod server;

pub use method::Method;
pub use modal::{Resumed, StepUp, StepUpModal, resume};
#[cfg(feature = "ssr")]
pub use {
    action::Action,
    pending::sweep,
    server::{Verified, require},
};

#[cfg(feature = "ssr")]
use crate::server::session::signed_in_unseen;
use crate::{
    call::{Ceremony, Credential, Form, Json},
    error::{Error, Result},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that a user reads of an action before confirming it, such as `Amount` and `$25.00`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    pub label: String,
    pub value: String,
}

/// What waits for a confirmation, in the server's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The action's id.
    pub action: String,
    pub kind: String,
    pub summary: String,
    pub details: Vec<Detail>,
    /// How this user can confirm it.
    pub methods: Vec<Method>,
    /// From when on the user's other passkeys can confirm it too, where some still wait after a
    /// recovery (milliseconds since 1970 UTC).
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
    server::pending(&signed_in_unseen().await?, action.as_deref()).await
}

/// Request options over that action, for the user's own passkeys.
#[server(prefix = "/api", endpoint = "/reauth/options", protocol = Json)]
pub async fn start_step_up(#[server(default)] action: Option<String>) -> Result<Value, Error> {
    server::start(&signed_in_unseen().await?, action.as_deref()).await
}

#[server(prefix = "/api", endpoint = "/reauth/verify", protocol = Ceremony)]
pub async fn finish_step_up(credential: Credential) -> Result<Reauthenticated, Error> {
    server::finish(&signed_in_unseen().await?, &credential).await
}

/// Confirms the named action, or else the newest pending one, by password; for accounts that have
/// no passkey, and where the action's policy takes it.
#[server(prefix = "/api", endpoint = "/reauth/password", protocol = Form)]
pub async fn confirm_by_password(
    password: String,
    #[server(default)] action: Option<String>,
) -> Result<Reauthenticated, Error> {
    server::confirm_by_password(&signed_in_unseen().await?, &password, action.as_deref()).await
}
