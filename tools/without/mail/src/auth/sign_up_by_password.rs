//! New accounts by password. An address belongs to whoever signs up with it first: nobody proves it.

use super::{
    SignedInAs,
    feature::SIGN_INS,
    sign_up::{check_with_password, finish_with_password},
};
use crate::{
    call::Form,
    error::{Error, Result},
    server::{metrics::counted, request::Request},
};
use leptos::prelude::*;

/// Makes the account, and opens a session. `next` is the local path where the browser goes then.
#[server(prefix = "/api", endpoint = "/signup/password", protocol = Form)]
pub async fn sign_up_with_password(
    email: String,
    name: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> Result<SignedInAs, Error> {
    let request = Request::current()?;
    let sign_up = sign_up(&request, &email, &name, &password, next.as_deref());
    counted(&SIGN_INS, "new_password", sign_up).await
}

async fn sign_up(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
    next: Option<&str>,
) -> Result<SignedInAs> {
    let (new, hash) = check_with_password(request, email, name, password).await?;
    let tx = request.db.begin().await?;
    finish_with_password(request, tx, new, &hash, next, Error::SignUpFailed).await
}
