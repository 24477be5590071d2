//! The signed-in user's passkeys: list, add, rename, remove. Adding and removing need a step-up.
//! Every row is looked up together with its owner, never by its id alone (CRD-01).

pub mod server;

use crate::{
    call::{Ceremony, CredentialJson, Form, Json},
    error::{Error, Result},
    server::{
        metrics::{CEREMONIES, counted},
        session::{signed_in, signed_in_or_recovering},
    },
    step_up,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A passkey as its owner sees it. Times are milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passkey {
    pub id: String,
    /// base64url, as browsers and the signals write it.
    pub credential_id: String,
    pub name: String,
    /// The password manager or make that probably holds it.
    pub provider: Option<String>,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    /// Whether its provider has a backup, so that it is not on this device only.
    pub synced: bool,
    pub transports: Vec<String>,
    /// Whether it opened this session.
    pub current: bool,
    /// When it can confirm actions; nothing if it already can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Passkeys {
    /// The WebAuthn user handle of their account (base64url): a browser has one session for all its
    /// tabs, and this page may have been loaded for another account.
    pub user_handle: String,
    pub passkeys: Vec<Passkey>,
}

/// The credential ids that are still good, for `signalAllAcceptedCredentials`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accepted {
    /// The WebAuthn user handle of their account, base64url.
    pub user_handle: String,
    pub accepted_credentials: Vec<String>,
    /// What happened, as the page says it.
    pub message: String,
}

#[server(prefix = "/api", endpoint = "/passkeys/list", protocol = Json)]
pub async fn list_passkeys() -> Result<Passkeys, Error> {
    server::list(&signed_in().await?).await
}

/// Returns creation options for one more passkey of the signed-in user.
#[server(prefix = "/api", endpoint = "/passkeys/options", protocol = Json)]
pub async fn start_add_passkey() -> Result<Value, Error> {
    let user = signed_in_or_recovering().await?;
    let addition = server::addition(&user).await?;
    server::start_add(step_up::require(&user, addition).await?).await
}

#[server(prefix = "/api", endpoint = "/passkeys/verify", protocol = Ceremony)]
pub async fn finish_add_passkey(credential: CredentialJson) -> Result<Passkey, Error> {
    let user = signed_in_or_recovering().await?;
    counted(&CEREMONIES, "add_passkey", server::finish_add(&user, &credential)).await
}

#[server(prefix = "/api", endpoint = "/passkeys/rename", protocol = Form)]
pub async fn rename_passkey(id: String, name: String) -> Result<Passkey, Error> {
    server::rename(&signed_in().await?, &id, &name).await
}

#[server(prefix = "/api", endpoint = "/passkeys/delete", protocol = Form)]
pub async fn delete_passkey(id: String) -> Result<Accepted, Error> {
    let user = signed_in().await?;
    let removal = server::removal(&user, id).await?;
    server::delete(step_up::require(&user, removal).await?).await
}
