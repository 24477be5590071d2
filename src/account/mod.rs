#![cfg(feature = "ssr")]
//! The signed-in user, and what they have to know of their account. Nothing in here signs anybody in.

pub mod addresses;
pub mod claims; // with: mail
pub mod feature;
pub mod notice;
mod offers;
pub mod recoveries; // with: mail
pub mod server;
mod told; // with: mail
pub mod undo; // with: mail

use crate::server::{request::Request, session::signed_in};
use crate::{
    call::{Done, Form, Json},
    error::{Error, Result},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserView {
    pub id: String,
    pub email: String,
    pub name: String,
}

/// The visitor's account, if they are signed in, and what a browser needs to use passkeys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub account: Option<MyAccount>,
    pub rp_id: String,
    pub origin: String,
    /// The page on which users land once they are signed in.
    pub home: String,
}

/// What the header, the settings and the suggestions show of the signed-in user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MyAccount {
    pub user: UserView,
    /// The WebAuthn user handle, base64url, by which a page tells one account from another.
    pub user_handle: String,
    // with: people {
    /// `member`, `admin` or `owner`.
    pub role: String,
    // with: people }
    /// Whether the account has proven its address.
    pub email_confirmed: bool,
    // with: mail {
    /// Whether a code by mail may sign the user in.
    pub mail_sign_in: bool,
    // with: mail }
    pub phone: Option<String>,
    pub has_password: bool,
    /// How many recovery codes are not used yet.
    pub codes_left: i64,
    /// The AAGUID of the passkey that opened this session, and whether it is synced.
    #[serde(skip)]
    pub passkey: Option<(Vec<u8>, bool)>,
    /// Whether a passkey of the account can confirm something by now.
    pub has_settled_passkey: bool,
    /// Whether this is a recovery session, which makes one change to how its user signs in.
    pub recovering: bool,
    /// When the password may confirm actions (milliseconds since 1970 UTC); nothing if it already may.
    pub password_settled_at: Option<i64>,
    // with: mail {
    /// When a recovery by mail that waits goes on (milliseconds since 1970 UTC).
    pub recovery_ready_at: Option<i64>,
    // with: mail }
    pub notice: Option<Notice>,
    pub offer: Option<Offer>,
}

/// What changed in how to sign in to the account since its user last acknowledged a change. Times are
/// milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Newest first, at least one.
    pub changes: Vec<Change>,
    /// Whether this session may acknowledge the changes.
    pub can_acknowledge: bool,
    /// Whether this session may undo what has not settled, and there is something to undo.
    pub can_undo: bool,
    /// When any session may acknowledge the changes.
    pub quiet_at: i64,
}

/// An event of the activity list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub kind: String,
    pub at: i64,
    pub detail: Option<String>,
    /// What happened, in words.
    pub text: String,
}

/// A suggestion that makes an account safer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// The account has no passkey, or the user signed in by password for want of one here.
    AddPasskey,
    /// The user signed in here with a passkey of another device.
    AddHere,
    // with: mail {
    /// The account has not proven its address.
    ConfirmEmail,
    // with: mail }
    /// The account has no unused recovery codes.
    MakeCodes,
}

impl Offer {
    /// The name in calls and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::AddPasskey => "add_passkey",
            Self::AddHere => "add_here",
            Self::ConfirmEmail => "confirm_email", // with: mail
            Self::MakeCodes => "make_codes",
        }
    }
}

#[server(prefix = "/api", endpoint = "/me", protocol = Json)]
pub async fn who_am_i() -> Result<Me, Error> {
    let request = Request::current()?;
    let account = server::find(&request).await?.map(|(_, account)| account);
    Ok(server::me(&request, account))
}

/// Acknowledges the notice: the user made these changes.
#[server(prefix = "/api", endpoint = "/recovery/seen", protocol = Form)]
pub async fn acknowledge_notice() -> Result<Done, Error> {
    notice::acknowledge(&signed_in().await?).await
}

/// Undoes the changes of a recovery, or of a way to sign in that has not settled. It takes a session by the
/// account's strongest settled way to sign in, or the `token` of a link in a mail.
#[server(prefix = "/api", endpoint = "/recovery/undo", protocol = Form)]
pub async fn undo_recovery(
    #[server(default)] token: Option<String>, // with: mail
) -> Result<Done, Error> {
    // with: mail {
    if let Some(token) = token {
        return undo::undo_by_link(&Request::current()?, &token).await;
    }
    // with: mail }
    notice::undo(&signed_in().await?).await
}

// with: mail {
/// Stops a recovery by mail that waits, by the link in its mail or in a session by a settled passkey.
#[server(prefix = "/api", endpoint = "/recovery/stop", protocol = Form)]
pub async fn stop_recovery(#[server(default)] token: Option<String>) -> Result<Done, Error> {
    match token {
        Some(token) => undo::stop_recovery(&Request::current()?, &token).await,
        None => recoveries::stop_by_user(&signed_in().await?).await,
    }
}

// with: mail }
#[server(prefix = "/api", endpoint = "/offers/decline", protocol = Form)]
pub async fn decline_offer(offer: Offer) -> Result<Done, Error> {
    offers::decline(&signed_in().await?, offer).await
}
