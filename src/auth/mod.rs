//! Sign-up, sign-in and sign-out. Every failed sign-in looks the same from outside, and options
//! say nothing about who has an account.

mod autofill;
pub mod page;
pub mod server;

#[cfg(feature = "ssr")]
use crate::server::session::signed_in;
use crate::{
    call::{Ceremony, Credential, Form, Json},
    error::{Error, Result},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserView {
    pub id: String,
    pub email: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedUp {
    pub user: UserView,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedIn {
    pub user: UserView,
    /// The credential ids that are still good, for `signalAllAcceptedCredentials`.
    pub accepted_credentials: Vec<String>,
}

/// Who is asking, and what a browser needs to speak of their passkeys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub user: Option<UserView>,
    /// What authenticators know the account by, base64url; for the signals.
    pub user_handle: Option<String>,
    pub rp_id: String,
    pub origin: String,
}

/// An answer that says no more than that it worked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Done {}

/// Creation options for a new account, of which nothing is written yet.
#[server(prefix = "/api", endpoint = "/signup/options", protocol = Json)]
pub async fn start_sign_up(email: String, name: String) -> Result<Value, Error> {
    server::start_sign_up(&email, &name).await
}

#[server(prefix = "/api", endpoint = "/signup/verify", protocol = Ceremony)]
pub async fn finish_sign_up(credential: Credential) -> Result<SignedUp, Error> {
    server::finish_sign_up(&credential).await
}

/// Request options that any discoverable passkey may answer.
#[server(prefix = "/api", endpoint = "/signin/options", protocol = Json)]
pub async fn start_sign_in() -> Result<Value, Error> {
    server::start_sign_in().await
}

#[server(prefix = "/api", endpoint = "/signin/verify", protocol = Ceremony)]
pub async fn finish_sign_in(credential: Credential) -> Result<SignedIn, Error> {
    server::finish_sign_in(&credential).await
}

#[server(prefix = "/api", endpoint = "/signout", protocol = Form)]
pub async fn sign_out() -> Result<Done, Error> {
    server::sign_out(signed_in().await).await
}

#[server(prefix = "/api", endpoint = "/me", protocol = Json)]
pub async fn who_am_i() -> Result<Me, Error> {
    server::me(signed_in().await).await
}
