//! Who is signed in, and what they have to know of their account. Nothing in here signs anybody in.

pub mod current;
mod notice;
mod offers;
mod server;

#[cfg(feature = "ssr")]
use crate::server::{
    feature::{Event, Feature},
    request::Request,
    session::{signed_in, signed_in_or_recovering},
};
use crate::{
    call::{Done, Form, Json},
    error::{Error, Result},
};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
pub use notice::tell;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserView {
    pub id: String,
    pub email: String,
    pub name: String,
}

/// Who is asking, and what a browser needs to speak of their passkeys.
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
    /// What authenticators know the account by, base64url; for the signals.
    pub user_handle: String,
    pub phone: Option<String>,
    pub has_password: bool,
    /// Whether a passkey of the account can confirm something by now.
    pub has_settled_passkey: bool,
    /// Whether a recovery code opened this session, which can then only mend how its user signs in.
    pub recovering: bool,
    /// From when on the password may confirm something (milliseconds since 1970 UTC), where it waits.
    pub password_settled_at: Option<i64>,
    pub notice: Option<Notice>,
    pub offer: Option<Offer>,
}

/// What changed in how the account is entered since its owner last said that they know. Times are
/// milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Newest first, at least one.
    pub changes: Vec<Change>,
    /// Whether this session may say that it was its user.
    pub can_acknowledge: bool,
    /// Whether this session may undo what waits, and there is something to undo.
    pub can_undo: bool,
    /// From when on any session may say so.
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

/// What would make an account safer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// There is none, or a password was needed for want of one here.
    AddPasskey,
    /// The one that signed in here is another device's.
    AddHere,
    /// There are no recovery codes that could still be used.
    MakeCodes,
}

impl Offer {
    /// The name as it travels and is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::AddPasskey => "add_passkey",
            Self::AddHere => "add_here",
            Self::MakeCodes => "make_codes",
        }
    }
}

#[server(prefix = "/api", endpoint = "/me", protocol = Json)]
pub async fn who_am_i() -> Result<Me, Error> {
    match signed_in_or_recovering().await {
        Ok(user) => server::of_user(&user).await,
        Err(Error::NotSignedIn) => Ok(server::of_stranger(&Request::current()?)),
        Err(error) => Err(error),
    }
}

/// The user says that what the notice tells was them.
#[server(prefix = "/api", endpoint = "/recovery/seen", protocol = Form)]
pub async fn acknowledge_notice() -> Result<Done, Error> {
    notice::acknowledge(&signed_in().await?).await
}

/// Undoes what a recovery, or a way to sign in that still waits, has changed.
#[server(prefix = "/api", endpoint = "/recovery/undo", protocol = Form)]
pub async fn undo_recovery() -> Result<Done, Error> {
    notice::undo(&signed_in().await?).await
}

#[server(prefix = "/api", endpoint = "/offers/decline", protocol = Form)]
pub async fn decline_offer(offer: Offer) -> Result<Done, Error> {
    offers::decline(&signed_in().await?, offer).await
}

#[cfg(feature = "ssr")]
pub struct Account;

#[cfg(feature = "ssr")]
impl Feature for Account {
    fn reads(&self) -> &'static [&'static str] {
        &["/api/me"]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![&notice::RECOVERY_UNDONE]
    }
}
