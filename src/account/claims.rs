//! Addresses that accounts claim: a code goes to one, or its owner is told of the claim. Nobody else can tell
//! which.

use super::addresses::is_taken;
use crate::{
    error::Result,
    mail::{
        Letter,
        codes::{self, CodeMail, Purpose, SentCode, To},
    },
    server::{db::Tx, request::Request},
};
use serde::{Deserialize, Serialize};

/// What is kept with a code that proves an address.
#[derive(Serialize, Deserialize)]
pub struct Claim {
    pub email: String,
}

/// Sends a code to the address that an account claims, or tells its owner if it is another's.
pub async fn ask_to_confirm(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    email: &str,
) -> Result<SentCode> {
    let app = &request.config.rp_name;
    let mail = CodeMail {
        subject: "Confirm your e-mail address",
        why: format!("To use this address for an account at {app}"),
        page: "/settings/account",
        otherwise: "there is nothing to do: without the code nobody can use your address.",
    };
    let claim = Claim { email: email.to_owned() };
    send_unless_taken(request, tx, Purpose::ConfirmAddress, Some(user_id), email, &mail, &claim)
        .await
}

/// Sends a code for an address that an account claims or will claim. If it belongs to another account, its
/// owner reads of it instead, and the visitor cannot tell.
pub async fn send_unless_taken(
    request: &Request,
    tx: &mut Tx,
    purpose: Purpose,
    user_id: Option<&str>,
    email: &str,
    mail: &CodeMail,
    kept: &impl Serialize,
) -> Result<SentCode> {
    let told = tried(&request.config.rp_name);
    let to = if is_taken(request, tx, user_id.unwrap_or_default(), email).await? {
        To::Told(email, &told)
    } else {
        To::Address(email, mail)
    };
    codes::send(request, tx, purpose, user_id, to, kept).await
}

/// What the owner of an address reads when somebody else claims it.
fn tried(name: &str) -> Letter {
    Letter::new("Somebody tried to create an account with your address")
        .text(format!(
            "Somebody tried to create an account with your address at {name}, or to change theirs to it. You have an account already, and nothing about it has changed."
        ))
        .text("If it was you, sign in instead. If not, there is nothing to do: your address stays yours.")
        .link("Sign in", "/signin")
}
