#![cfg(feature = "ssr")]
//! What users see and change of their account: ways to sign in, sessions, activity, phone number, and
//! its deletion. Rows are looked up together with their user, never by id alone (CRD-01).

mod activity;
mod codes;
mod deletion;
mod email; // with: mail
mod export;
pub mod feature;
mod mail_sign_in; // with: mail
mod name;
pub mod pages;
pub mod passkeys;
mod password;
mod phone;
mod sessions;
pub mod suggestions;

use crate::{
    call::YesNo, // with: mail
    call::{Done, Form, Json},
    error::{Error, Result},
    server::session::{Scope, signed_in, signed_in_or_recovering},
    step_up,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An open session as its user sees it. Times are milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenSession {
    pub id: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub user_agent: Option<String>,
    /// `passkey`, `password`, `mail`, `recovery`, or the name of a second factor.
    pub method: String,
    /// Whether it is the session that asks.
    pub current: bool,
}

/// The sessions that are open now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sessions {
    pub sessions: Vec<OpenSession>,
    /// What happened, as the page says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
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
    /// What happened, in words.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// Newest first.
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phone {
    pub phone: String,
    /// What happened, as the page says it.
    pub message: String,
}

// with: mail {
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Email {
    pub email: String,
    /// What happened, as the page says it.
    pub message: String,
}

// with: mail }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Name {
    pub name: String,
    /// What happened, as the page says it.
    pub message: String,
}

/// Recovery codes, which are shown only once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Codes {
    pub codes: Vec<String>,
    /// What the page shows of them, as HTML.
    pub shown: String,
    /// What happened, as the page says it.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodesLeft {
    /// How many codes are not used yet.
    pub remaining: i64,
}

#[server(prefix = "/api", endpoint = "/sessions/list", protocol = Json)]
pub async fn list_sessions() -> Result<Sessions, Error> {
    sessions::list(&signed_in().await?).await
}

#[server(prefix = "/api", endpoint = "/sessions/revoke", protocol = Form)]
pub async fn end_session(id: String) -> Result<Sessions, Error> {
    sessions::end(&signed_in().await?, &id).await
}

#[server(prefix = "/api", endpoint = "/sessions/revoke-others", protocol = Form)]
pub async fn end_other_sessions() -> Result<Sessions, Error> {
    sessions::end_others(&signed_in().await?).await
}

/// The latest events, or those before the one with the id `before`; `limit` is at most 100.
#[server(prefix = "/api", endpoint = "/activity/list", protocol = Json)]
pub async fn list_activity(
    #[server(default)] before: Option<String>,
    #[server(default)] limit: Option<u32>,
) -> Result<Events, Error> {
    activity::list(&signed_in().await?, before, limit).await
}

#[server(prefix = "/api", endpoint = "/account/phone", protocol = Form)]
pub async fn change_phone(phone: String) -> Result<Phone, Error> {
    let user = signed_in().await?;
    let verified = step_up::require(&user, phone::change(&phone)?).await?;
    phone::carry_out(verified).await
}

// with: mail {
/// Sends a code to an address that is to be the account's, or to the one that it claims.
#[server(prefix = "/api", endpoint = "/email/start", protocol = Form)]
pub async fn start_email(#[server(default)] email: Option<String>) -> Result<Done, Error> {
    email::start(&signed_in().await?, email.as_deref()).await
}

#[server(prefix = "/api", endpoint = "/email/confirm", protocol = Form)]
pub async fn confirm_email(code: String) -> Result<Email, Error> {
    email::confirm(&signed_in().await?, &code).await
}

// with: mail }
#[server(prefix = "/api", endpoint = "/account/name", protocol = Form)]
pub async fn change_name(name: String) -> Result<Name, Error> {
    name::change(&signed_in().await?, &name).await
}

// with: mail {
/// Whether a code by mail may sign the user in.
#[server(prefix = "/api", endpoint = "/account/mail-sign-in", protocol = Form)]
pub async fn switch_mail_sign_in(enabled: YesNo) -> Result<Done, Error> {
    let user = signed_in().await?;
    let change = mail_sign_in::change(&user, enabled.0)?;
    mail_sign_in::carry_out(step_up::require(&user, change).await?).await
}

// with: mail }
/// Everything that is kept of the user, for their own files.
#[server(prefix = "/api", endpoint = "/account/export", protocol = Json)]
pub async fn export_account() -> Result<Value, Error> {
    let user = signed_in().await?;
    export::carry_out(step_up::require(&user, export::export(&user)).await?).await
}

#[server(prefix = "/api", endpoint = "/account/delete", protocol = Form)]
pub async fn delete_account() -> Result<Done, Error> {
    let user = signed_in().await?;
    let verified = step_up::require(&user, deletion::deletion(&user).await?).await?;
    deletion::carry_out(verified).await
}

#[server(prefix = "/api", endpoint = "/password/set", protocol = Form)]
pub async fn set_password(new_password: String) -> Result<Done, Error> {
    let user = signed_in_or_recovering().await?;
    let change = password::change(&user, &new_password).await?;
    password::set(step_up::require(&user, change).await?).await?;
    if user.scope == Scope::Recovery {
        user.request.go_to("/signin?done=password_set");
    }
    Ok(Done::saying("Your password is set. You are signed out everywhere else."))
}

#[server(prefix = "/api", endpoint = "/password/remove", protocol = Form)]
pub async fn remove_password() -> Result<Done, Error> {
    let user = signed_in().await?;
    let removal = password::removal(&user).await?;
    password::remove(step_up::require(&user, removal).await?).await
}

#[server(prefix = "/api", endpoint = "/recovery/status", protocol = Json)]
pub async fn count_codes() -> Result<CodesLeft, Error> {
    codes::count(&signed_in().await?).await
}

/// Makes new recovery codes and voids the old ones.
#[server(prefix = "/api", endpoint = "/recovery/generate", protocol = Form)]
pub async fn generate_codes() -> Result<Codes, Error> {
    let user = signed_in().await?;
    codes::generate(step_up::require(&user, codes::generation(&user).await?).await?).await
}
