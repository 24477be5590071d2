//! Signing in by password. Neither an answer nor its time reveals whether an account exists.

use super::{
    SignedInAs,
    second_factor::{self, FirstFactor, PendingSignIn},
    server::SIGN_IN_FAILED,
};
use crate::{
    account::addresses::AccountByEmail,
    credentials::password::{self, GUESS_ATTEMPT, UserPasswords},
    error::{Error, Result},
    server::{
        activity,
        address::EmailForms,
        attempts, devices,
        hashing::Match,
        log::log_refusal,
        request::Request,
        session::{self, SignedInBy},
    },
    ui::next_page,
};

pub async fn sign_in(
    request: &Request,
    email: &str,
    typed: &str,
    next: Option<String>,
) -> Result<SignedInAs> {
    let client = request.client.address;
    let Some(email) = EmailForms::of(email) else {
        request.passwords.reserve(client)?.verify(typed, Vec::new()).await?;
        return Err(log_refusal("no_address", Error::SignInFailed));
    };
    let account = AccountByEmail::find(request, &email).await?;
    let user_id = account.as_ref().map_or("", |account| &account.user.id);
    let mut tx = request.db.begin().await?;
    let allowance = devices::allowance(request, &mut tx, user_id, &email.one).await?;
    attempts::take_attempt(request, &mut tx, &GUESS_ATTEMPT, &allowance).await?;
    // A refused attempt takes no hashing slot, and an attempt without a slot is not counted.
    let slot = request.passwords.reserve(client)?;
    tx.commit().await?;
    let Some(AccountByEmail { user, passwords, .. }) = account else {
        // This is as much work as for an existing account.
        slot.verify(typed, Vec::new()).await?;
        return Err(log_refusal("unknown_address", Error::SignInFailed));
    };
    let Some(right) = slot.verify(typed, passwords.all()).await? else {
        activity::record_later(request, user.id, &SIGN_IN_FAILED, "password");
        return Err(log_refusal("wrong_password", Error::SignInFailed));
    };
    let mut tx = request.db.begin_for(&user.id).await?;
    // While it was hashed, the password may have been changed: then this one is no longer right.
    if UserPasswords::find(request, &mut *tx, &user.id).await? != passwords {
        return Err(log_refusal("password_changed", Error::SignInFailed));
    }
    let mut hash = passwords.all().swap_remove(right.at);
    if let Match { at: 0, renewed: Some(renewed) } = &right {
        password::keep(&mut tx, &user.id, renewed).await?;
        hash.clone_from(renewed);
    }
    if let Some(method) = second_factor::of(request, &mut tx, &user.id).await? {
        attempts::give_back(request, &mut tx, &GUESS_ATTEMPT, &allowance).await?;
        let pending =
            PendingSignIn::new(request, user.id, FirstFactor::password(&hash), allowance, next);
        return second_factor::ask(request, tx, method, &pending).await;
    }
    attempts::forget(&mut tx, &GUESS_ATTEMPT, &allowance).await?;
    let by = SignedInBy::Password { settled: passwords.is_settled(right.at) };
    let session = session::open_session(request, &mut tx, &user.id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    request.go_to(next_page(next.as_deref(), request.features.home));
    Ok(SignedInAs::of(user))
}
