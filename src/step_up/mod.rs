#![cfg(feature = "ssr")]
//! Step-up: one assertion confirms one action of one session, once. A server function calls [`require`];
//! its page has a [`GatedForm`](crate::ui::GatedForm), and a guarded action needs nothing else. Confirming
//! never creates or changes a session.

pub mod action;
pub mod by_passkey;
pub mod by_password;
pub mod feature;
pub mod modal;
mod pending;
pub mod receipt;
mod receipt_page;
mod server;
mod typed;
mod verified;

pub use modal::Modal;
pub use pending::STEP_UP_VERIFIED;
pub use {
    action::{Action, Kind, Policy},
    receipt_page::receipt_page,
    server::require,
    typed::confirm_typed,
    verified::Verified,
};

use crate::{
    call::Json,
    error::{Error, Result},
    server::session::signed_in_without_touch,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

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
    /// The names of the methods by which this user can confirm it.
    pub methods: Vec<String>,
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
