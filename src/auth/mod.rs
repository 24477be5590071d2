//! Sign-up, sign-in and sign-out, by passkey, password and recovery code. Every failed sign-in looks
//! the same from outside, and options say nothing about who has an account.

mod notice;
mod offers;
pub mod page;
pub mod password;
mod recovery;
pub mod server;
pub mod suggestions;

use crate::{
    call::{Ceremony, Credential, Form, Json},
    error::{Error, Result},
};
#[cfg(feature = "ssr")]
use crate::{
    server::session::{Scope, signed_in, signed_in_or_recovering},
    step_up::{self, Action},
    ui::next_page,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The fewest characters of a password that signs in by itself (PWD-01).
pub const SHORTEST_PASSWORD: usize = 15;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserView {
    pub id: String,
    pub email: String,
    pub name: String,
}

/// Whose session was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entered {
    pub user: UserView,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignedIn {
    pub user: UserView,
    /// What authenticators know the account by, base64url.
    pub user_handle: String,
    /// The credential ids that are still good, for `signalAllAcceptedCredentials`.
    pub accepted_credentials: Vec<String>,
}

/// Who is asking, and what a browser needs to speak of their passkeys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub account: Option<MyAccount>,
    pub rp_id: String,
    pub origin: String,
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

/// Recovery codes, shown this once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Codes {
    pub codes: Vec<String>,
    /// Whose they are: the page that made them may have been loaded for another account.
    pub email: String,
    pub created_at: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodesLeft {
    /// How many codes are not used yet.
    pub remaining: i64,
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
pub async fn finish_sign_up(credential: Credential) -> Result<Entered, Error> {
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
    server::sign_out(signed_in_or_recovering().await).await
}

/// `next` is where the form without JavaScript leads on to; a local path.
#[server(prefix = "/api", endpoint = "/signup/password", protocol = Form)]
pub async fn sign_up_with_password(
    email: String,
    name: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> Result<Entered, Error> {
    let entered = password::sign_up(&email, &name, &password).await?;
    leptos_axum::redirect(next_page(next.as_deref()));
    Ok(entered)
}

#[server(prefix = "/api", endpoint = "/signin/password", protocol = Form)]
pub async fn sign_in_with_password(
    email: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> Result<Entered, Error> {
    let entered = password::sign_in(&email, &password).await?;
    leptos_axum::redirect(next_page(next.as_deref()));
    Ok(entered)
}

/// Opens a recovery session.
#[server(prefix = "/api", endpoint = "/signin/recovery", protocol = Form)]
pub async fn sign_in_with_code(email: String, code: String) -> Result<Entered, Error> {
    let entered = recovery::sign_in(&email, &code).await?;
    leptos_axum::redirect("/settings/security");
    Ok(entered)
}

#[server(prefix = "/api", endpoint = "/password/set", protocol = Form)]
pub async fn set_password(new_password: String) -> Result<Done, Error> {
    let user = signed_in_or_recovering().await?;
    let password = password::NewPassword::new(&user, &new_password).await?;
    let verified = step_up::require(password::setting(&user, &new_password)?).await?;
    password::set(verified, password).await?;
    if user.scope == Scope::Recovery {
        leptos_axum::redirect("/signin?mended=password");
    }
    Ok(Done {})
}

#[server(prefix = "/api", endpoint = "/password/remove", protocol = Form)]
pub async fn remove_password() -> Result<Done, Error> {
    let remove = password::removing(&signed_in().await?).await?;
    password::remove(step_up::require(remove).await?).await?;
    Ok(Done {})
}

#[server(prefix = "/api", endpoint = "/recovery/status", protocol = Json)]
pub async fn count_codes() -> Result<CodesLeft, Error> {
    Ok(CodesLeft { remaining: recovery::remaining(&signed_in().await?).await? })
}

/// Makes new recovery codes and voids the old ones.
#[server(prefix = "/api", endpoint = "/recovery/generate", protocol = Form)]
pub async fn generate_codes() -> Result<Codes, Error> {
    let user = signed_in().await?;
    let make = Action::new(
        "recovery_codes",
        format!("Make new recovery codes for {}", user.email),
        &user.id,
    );
    recovery::generate(step_up::require(make.by_strongest()).await?).await
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

#[server(prefix = "/api", endpoint = "/me", protocol = Json)]
pub async fn who_am_i() -> Result<Me, Error> {
    server::me(signed_in_or_recovering().await).await
}
