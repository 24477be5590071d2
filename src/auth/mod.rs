#![cfg(feature = "ssr")]
//! Sign-up, sign-in and sign-out, by passkey, password and recovery code. Every failed sign-in looks
//! the same from outside, and options say nothing about who has an account.

pub mod feature;
mod mail; // with: mail
pub mod mail_pages; // with: mail
pub mod pages;
mod password;
mod recovery;
mod recovery_by_mail; // with: mail
pub mod second_factor;
mod server;
pub mod sign_up;
pub mod sign_up_by_password;

use crate::{
    account::UserView,
    call::{Ceremony, CredentialJson, Done, Form, Json},
    error::{Error, Result},
    server::{
        metrics::{CEREMONIES, counted},
        request::Request,
        session::signed_in_or_recovering,
    },
    ui::kept_next,
};
pub use recovery_by_mail::RecoveryByMail; // with: mail

use feature::SIGN_INS;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The user whose session was opened, or what is asked for before that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignedInAs {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserView>,
    /// The name of the method that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<String>,
}

impl SignedInAs {
    fn of(user: UserView) -> Self {
        Self { user: Some(user), second_factor: None }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignedIn {
    pub user: UserView,
    /// The WebAuthn user handle, base64url.
    pub user_handle: String,
    /// The credential ids that are still good, for `signalAllAcceptedCredentials`.
    pub accepted_credentials: Vec<String>,
}

/// Returns creation options for a new account, of which nothing is written yet. `next` is the local path
/// where the browser goes once there is one.
#[server(prefix = "/api", endpoint = "/signup/options", protocol = Json)]
pub async fn start_sign_up(
    email: String,
    name: String,
    #[server(default)] next: Option<String>,
) -> Result<Value, Error> {
    sign_up::start(&Request::current()?, &email, &name, kept_next(next)).await
}

#[server(prefix = "/api", endpoint = "/signup/verify", protocol = Ceremony)]
pub async fn finish_sign_up(credential: CredentialJson) -> Result<SignedInAs, Error> {
    let request = Request::current()?;
    counted(&CEREMONIES, "sign_up", sign_up::finish(&request, &credential)).await
}

/// Returns request options that any discoverable passkey may answer. `next` is the local path where the
/// browser goes once its user is signed in.
#[server(prefix = "/api", endpoint = "/signin/options", protocol = Json)]
pub async fn start_sign_in(#[server(default)] next: Option<String>) -> Result<Value, Error> {
    server::start_sign_in(&Request::current()?, kept_next(next)).await
}

#[server(prefix = "/api", endpoint = "/signin/verify", protocol = Ceremony)]
pub async fn finish_sign_in(credential: CredentialJson) -> Result<SignedIn, Error> {
    let request = Request::current()?;
    let finish = counted(&CEREMONIES, "sign_in", server::finish_sign_in(&request, &credential));
    finish.await.map_err(|error| server::uniform(error, Error::SignInFailed))
}

/// Ends the session. A user whose session is already over is redirected home like everybody else.
#[server(prefix = "/api", endpoint = "/signout", protocol = Form)]
pub async fn sign_out() -> Result<Done, Error> {
    let (request, user) = (Request::current()?, signed_in_or_recovering().await);
    server::sign_out(&request, &user).await?;
    request.go_to("/?done=signed_out");
    user.map(|_| Done::default())
}

// with: mail {
/// Sends a code to the address, if it is proven and its account lets a mail sign it in.
#[server(prefix = "/api", endpoint = "/signin/mail", protocol = Form)]
pub async fn start_sign_in_by_mail(
    email: String,
    #[server(default)] next: Option<String>,
) -> Result<Done, Error> {
    mail::start(&Request::current()?, &email, kept_next(next)).await
}

#[server(prefix = "/api", endpoint = "/signin/code", protocol = Form)]
pub async fn finish_sign_in_by_mail(code: String) -> Result<SignedInAs, Error> {
    let request = Request::current()?;
    counted(&SIGN_INS, "mail", mail::finish(&request, &code)).await
}

/// Sends a code to the address, if it is proven, with which to get back in.
#[server(prefix = "/api", endpoint = "/recovery/mail", protocol = Form)]
pub async fn start_recovery_by_mail(email: String) -> Result<Done, Error> {
    recovery_by_mail::start(&Request::current()?, &email).await
}

/// Begins a wait, or after it opens a recovery session.
#[server(prefix = "/api", endpoint = "/recovery/mail/code", protocol = Form)]
pub async fn finish_recovery_by_mail(code: String) -> Result<RecoveryByMail, Error> {
    let request = Request::current()?;
    counted(&SIGN_INS, "recovery_by_mail", recovery_by_mail::finish(&request, &code)).await
}

// with: mail }
/// `next` is the local path where the browser goes next.
#[server(prefix = "/api", endpoint = "/signin/password", protocol = Form)]
pub async fn sign_in_with_password(
    email: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> Result<SignedInAs, Error> {
    let request = Request::current()?;
    let sign_in = password::sign_in(&request, &email, &password, kept_next(next));
    counted(&SIGN_INS, "password", sign_in).await
}

/// Opens a recovery session.
#[server(prefix = "/api", endpoint = "/signin/recovery", protocol = Form)]
pub async fn sign_in_with_code(email: String, code: String) -> Result<SignedInAs, Error> {
    let request = Request::current()?;
    let sign_in = recovery::sign_in(&request, &email, &code);
    let signed_in = counted(&SIGN_INS, "recovery", sign_in).await?;
    request.go_to("/settings/security");
    Ok(signed_in)
}
