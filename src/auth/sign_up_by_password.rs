//! New accounts by password: a code goes to the address, and with the code the account is made. Nobody can
//! tell whether the address belongs to somebody.

use super::{
    SignedInAs,
    feature::SIGN_INS,
    sign_up::{NewUser, check_with_password, finish_with_password},
};
use crate::{
    account::claims::send_unless_taken,
    call::{Done, Form},
    error::{Error, Result},
    mail::codes::{self, CodeMail, Purpose},
    server::{log::log_refusal, metrics::counted, request::Request},
    ui::kept_next,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Sends a code to the address, with which [`finish_sign_up_with_password`] makes the account. `next` is the
/// local path where the browser goes once there is one.
#[server(prefix = "/api", endpoint = "/signup/password", protocol = Form)]
pub async fn start_sign_up_with_password(
    email: String,
    name: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> Result<Done, Error> {
    start(&Request::current()?, &email, &name, &password, kept_next(next)).await
}

#[server(prefix = "/api", endpoint = "/signup/code", protocol = Form)]
pub async fn finish_sign_up_with_password(code: String) -> Result<SignedInAs, Error> {
    let request = Request::current()?;
    counted(&SIGN_INS, "new_password", finish(&request, &code)).await
}

/// What is kept with the code that proves the address of a future account.
#[derive(Serialize, Deserialize)]
struct SignUpByPassword {
    new: NewUser,
    /// The hash of the password.
    password: String,
    next: Option<String>,
}

/// Sends a code to the address of a future account. If it belongs to an account, its owner reads of it
/// instead; the answer and its time are the same.
async fn start(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
    next: Option<String>,
) -> Result<Done> {
    let (new, password) = check_with_password(request, email, name, password).await?;
    let email = new.email.clone();
    let mail = CodeMail {
        subject: "Your code to create an account",
        why: format!("To create your account at {}", request.config.rp_name),
        page: "/signup/code",
        otherwise: "there is nothing to do: without the code there is no account.",
    };
    let kept = SignUpByPassword { new, password, next };
    let mut tx = request.db.begin().await?;
    let code =
        send_unless_taken(request, &mut tx, Purpose::SignUp, None, &email, &mail, &kept).await?;
    tx.commit().await?;
    code.send_cookie(request);
    request.go_to("/signup/code");
    Ok(Done::default())
}

/// Makes the account whose address the code proves.
async fn finish(request: &Request, code: &str) -> Result<SignedInAs> {
    let code = codes::check(request, Purpose::SignUp, code, Error::WrongCode).await?;
    let mut tx = request.db.begin().await?;
    if !code.use_up(&mut tx).await? {
        return Err(log_refusal("code_used", Error::WrongCode));
    }
    let SignUpByPassword { new, password, next } = code.kept;
    finish_with_password(request, tx, new, &password, next.as_deref(), Error::WrongCode).await
}
