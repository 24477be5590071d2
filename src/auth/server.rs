#![cfg(feature = "ssr")]
//! Accounts and the ceremonies that open one: what is written, in which transaction, and that no
//! failure tells a stranger more than that it failed.

use super::{Done, Me, SignedIn, SignedUp, UserView};
use crate::{
    call::Credential,
    error::{Error, Result},
    passkeys::{
        server as passkeys,
        webauthn::{self, Account, Assertion},
    },
    server::{
        State, activity,
        ceremony::{self, Kind},
        cookies::{self, Name},
        db::{Tx, is_duplicate},
        secret,
        session::{self, User},
    },
    transfer,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// The account-to-be, kept with the challenge until a passkey answers for it.
#[derive(Serialize, Deserialize)]
struct NewUser {
    handle: Vec<u8>,
    email: String,
    name: String,
}

impl NewUser {
    fn account(&self) -> Account<'_> {
        Account { handle: &self.handle, email: &self.email, name: &self.name }
    }
}

/// One form of an address for one account (INP-06): trimmed and lower case, at most 254 bytes.
pub fn check_email(email: &str) -> Result<String> {
    let email = email.trim().to_lowercase();
    let parts = email.split_once('@');
    let well_formed = parts.is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.')
    });
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if well_formed && email.len() <= 254 && !email.contains(odd) {
        Ok(email)
    } else {
        Err(Error::invalid("email"))
    }
}

pub async fn start_sign_up(email: &str, name: &str) -> Result<Value> {
    let state = State::current();
    let handle: [u8; 16] = rand::random();
    let new = NewUser {
        handle: handle.to_vec(),
        email: check_email(email)?,
        name: passkeys::check_name(name)?,
    };
    let challenge = secret::random();
    let options = webauthn::creation_options(&state, &new.account(), &[], &challenge)?;
    let mut tx = state.db.begin().await?;
    ceremony::begin(&state, &mut tx, Kind::SignUp, &challenge, None, None, &new).await?;
    tx.commit().await?;
    Ok(options)
}

pub async fn finish_sign_up(answer: &Credential) -> Result<SignedUp> {
    let state = State::current();
    let ceremony = ceremony::consume::<NewUser>(&state, Kind::SignUp, None)
        .await
        .map_err(|error| uniform(error, Error::RegistrationFailed))?;
    let new = ceremony.kept;
    let passkey = webauthn::register(&state, &new.account(), &[], &ceremony.challenge, answer)?;

    let mut tx = state.db.begin().await?;
    let user = create(&state, &mut tx, new).await?;
    let passkey_id = passkeys::create(&state, &mut tx, &user.id, &passkey)
        .await
        .map_err(|error| uniform(error, Error::RegistrationFailed))?;
    transfer::ledger::open_account(&state, &mut tx, &user.id).await?;
    let session = session::establish(&state, &mut tx, &user.id, &passkey_id).await?;
    tx.commit().await?;
    session.send_cookie();
    Ok(SignedUp { user })
}

async fn create(state: &State, tx: &mut Tx, new: NewUser) -> Result<UserView> {
    let id = secret::new_id();
    let inserted = sqlx::query(
        "insert into users (id, handle, email, name, created_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(&id)
    .bind(&new.handle)
    .bind(&new.email)
    .bind(&new.name)
    .bind(state.clock.now())
    .execute(&mut **tx)
    .await;
    match inserted {
        Err(error) if is_duplicate(&error) => Err(Error::RegistrationFailed),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(UserView { id, email: new.email, name: new.name }),
    }
}

pub async fn start_sign_in() -> Result<Value> {
    let state = State::current();
    let challenge = secret::random();
    let options = webauthn::request_options(&state, &[], &challenge)?;
    let mut tx = state.db.begin().await?;
    ceremony::begin(&state, &mut tx, Kind::SignIn, &challenge, None, None, &()).await?;
    tx.commit().await?;
    Ok(options)
}

pub async fn finish_sign_in(answer: &Credential) -> Result<SignedIn> {
    try_sign_in(answer).await.map_err(|error| uniform(error, Error::SignInFailed))
}

async fn try_sign_in(answer: &Credential) -> Result<SignedIn> {
    let state = State::current();
    let ceremony = ceremony::consume::<()>(&state, Kind::SignIn, None).await?;
    let assertion = Assertion::parse(answer, Error::SignInFailed)?;
    let passkey = passkeys::find(state.db.reader(), assertion.credential_id())
        .await?
        .ok_or(Error::SignInFailed)?;
    // A discoverable passkey names its account, and that account must own it (AUT-01).
    if assertion.user_handle() != Some(passkey.handle.as_slice()) {
        return Err(Error::SignInFailed);
    }
    let refusal = Error::SignInFailed;
    let challenge = &ceremony.challenge;
    let used = webauthn::authenticate(&state, &assertion, &passkey, challenge, refusal.clone())?;
    let mut tx = passkeys::mark_used(&state, &passkey, used, refusal).await?;
    activity::record(&state, &mut tx, &passkey.user_id, "passkey.authenticated", None).await?;
    let session = session::establish(&state, &mut tx, &passkey.user_id, &passkey.id).await?;
    let accepted_credentials = passkeys::accepted(&mut tx, &passkey.user_id).await?;
    let user = find(&mut tx, &passkey.user_id).await?;
    tx.commit().await?;
    session.send_cookie();
    Ok(SignedIn { user, accepted_credentials })
}

async fn find(tx: &mut Tx, id: &str) -> Result<UserView> {
    let (id, email, name) = sqlx::query_as("select id, email, name from users where id = $1")
        .bind(id)
        .fetch_one(&mut **tx)
        .await?;
    Ok(UserView { id, email, name })
}

/// Whoever has no session any more is led home like everybody else.
pub async fn sign_out(user: Result<User>) -> Result<Done> {
    let state = State::current();
    if !matches!(user, Ok(_) | Err(Error::NotSignedIn)) {
        return user.map(|_| Done {});
    }
    cookies::send(&state, Name::Session, "", Duration::ZERO);
    // For the form without JavaScript; other clients get the answer itself.
    leptos_axum::redirect("/");
    let mut tx = state.db.begin().await?;
    session::end(&state, &mut tx, &user?.session_id).await?;
    tx.commit().await?;
    Ok(Done {})
}

pub async fn me(user: Result<User>) -> Result<Me> {
    let user = match user {
        Ok(user) => Some(user),
        Err(Error::NotSignedIn) => None,
        Err(error) => return Err(error),
    };
    let config = State::current().config;
    Ok(Me {
        user_handle: user.as_ref().map(|user| secret::base64url(&user.handle)),
        user: user.map(|user| UserView { id: user.id, email: user.email, name: user.name }),
        rp_id: config.rp_id.clone(),
        origin: config.origin(),
    })
}

/// One answer for everything that can go wrong before somebody is signed in (CER-15). What is
/// ours to mend, and a body that is not JSON, keep their own.
fn uniform(error: Error, answer: Error) -> Error {
    match error {
        Error::Internal | Error::Unavailable | Error::BadRequest => error,
        _ => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        assert_eq!(check_email(" Ann@Example.COM ").as_deref(), Ok("ann@example.com"));
        for wrong in ["", "ann", "@example.com", "ann@", "a@b@c", "an n@example.com", "a\u{0}@b.c"]
        {
            assert_eq!(check_email(wrong), Err(Error::invalid("email")), "{wrong:?}");
        }
        assert!(check_email(&format!("{}@example.com", "a".repeat(243))).is_err());
    }
}
