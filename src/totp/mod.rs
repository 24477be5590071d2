#![cfg(feature = "ssr")]
//! One-time codes of an authenticator app: how they are set up, the second factor of a sign-in, and
//! step-up. None is asked for where a passkey is.

pub mod by_code;
pub mod feature;
pub mod pages;
pub mod rows;
mod settings;

use crate::{
    auth::{SignedInAs, feature::SIGN_INS, second_factor},
    call::{Done, Form},
    error::{Error, Result},
    server::{
        metrics::counted,
        request::Request,
        session::{signed_in, signed_in_or_recovering},
    },
    step_up,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A secret for an authenticator app, which is shown only once.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewTotp {
    /// In base32.
    pub secret: String,
    /// The same as an `otpauth` address, which a QR code holds.
    pub uri: String,
    /// What the page shows of them, as HTML.
    pub shown: String,
}

/// Makes a secret for an authenticator app, of no use until [`confirm_totp`].
#[server(prefix = "/api", endpoint = "/totp/start", protocol = Form)]
pub async fn start_totp() -> Result<NewTotp, Error> {
    let user = signed_in().await?;
    settings::begin(step_up::require(&user, settings::addition(&user)).await?).await
}

#[server(prefix = "/api", endpoint = "/totp/confirm", protocol = Form)]
pub async fn confirm_totp(code: String) -> Result<Done, Error> {
    settings::confirm(&signed_in().await?, &code).await
}

#[server(prefix = "/api", endpoint = "/totp/remove", protocol = Form)]
pub async fn remove_totp() -> Result<Done, Error> {
    let user = signed_in_or_recovering().await?;
    settings::remove(step_up::require(&user, settings::removal(&user)).await?).await
}

/// The one-time code after a first factor, in the browser that gave that.
#[server(prefix = "/api", endpoint = "/signin/totp", protocol = Form)]
pub async fn sign_in_with_totp(code: String) -> Result<SignedInAs, Error> {
    let request = Request::current()?;
    let finish = second_factor::finish(&request, &by_code::Totp, async |tx, user_id| {
        rows::accept(&request, tx, user_id, &code).await
    });
    counted(&SIGN_INS, "totp", finish).await
}
