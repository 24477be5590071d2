//! The password of the signed-in user: setting it and removing it.

use crate::credentials::method::{self, PASSKEY}; // with: mail
use crate::{
    account::addresses,
    call::Done,
    credentials::{
        method::SETTLED,
        password::{self, UserPasswords},
        password_rules::hash_new,
    },
    error::{Error, Result},
    server::{
        clock::millis,
        cookies::Cookie,
        db::Tx,
        devices,
        feature::Event,
        secret,
        session::{self, Scope, User},
    },
    step_up::{Action, Kind, Policy, Verified},
};
use serde::Serialize;

pub static SET_PASSWORD: Kind = Kind {
    event: &Event::new("set_password", "Password set")
        .formerly("password.set")
        .noun("setting a password")
        .told(),
    policy: Policy::by_strongest().or_recovery(),
};
pub static REMOVE_PASSWORD: Kind = Kind {
    event: &Event::new("remove_password", "Password removed")
        .formerly("password.removed")
        .noun("removing the password")
        .told(),
    policy: Policy::by_passkey(),
};

/// A new password. What is signed, and stored meanwhile, is a hash that is keyed with the session's
/// cookie. The database does not know the cookie, so nobody can guess the password from the hash.
#[derive(Serialize)]
#[serde(transparent)]
pub struct NewPassword {
    bound: String,
    /// The PHC string to store, made before anything is locked.
    #[serde(skip)]
    hash: String,
}

/// The action of setting this very password.
pub async fn change(user: &User, typed: &str) -> Result<Action<NewPassword>> {
    let request = &user.request;
    addresses::check_own(user).await?;
    // After a recovery the new password waits beside the one before.
    let beside = match user.scope {
        Scope::Recovery => {
            UserPasswords::find(request, request.db.reader(), &user.id).await?.settled()
        }
        Scope::Full => None,
    };
    let hash = hash_new(request, typed, beside, &user.email, &user.name, "new_password").await?;
    let cookie = request.cookie(Cookie::Session).unwrap_or_default();
    let parts = [b"latchkey password v1\0", cookie.as_bytes(), b"\0", typed.as_bytes()];
    let bound = secret::base64url(&secret::sha256(&parts));
    let summary = format!("Set a new password for {}", user.email);
    Ok(SET_PASSWORD.action(summary, NewPassword { bound, hash }))
}

/// Sets the password, ends every other session (PWD-07), and forgets every other browser. One that a
/// recovery sets waits before it confirms anything, and until then the one before works beside it.
pub async fn set(mut verified: Verified<NewPassword>) -> Result<()> {
    let (user, hash) = (verified.user().clone(), verified.payload().hash.clone());
    let (request, tx) = (&user.request, verified.tx());
    if user.scope == Scope::Recovery {
        let settled_at = request.clock.now() + millis(request.config.settling());
        let before = before(&user, tx).await?;
        password::replace(tx, &user.id, &hash, settled_at, before).await?;
    } else {
        password::replace(tx, &user.id, &hash, SETTLED, None).await?;
    }
    verified.record(None).await?;
    sign_out_elsewhere(&mut verified, &user).await?;
    // A recovery session makes one change.
    session::end_recovery(request, verified.tx(), &user.id).await?;
    verified.commit().await?;
    if user.scope == Scope::Recovery {
        request.remove_session();
    }
    Ok(())
}

/// The password that works beside one that a recovery sets, until that has settled.
async fn before(user: &User, tx: &mut Tx) -> Result<Option<String>> {
    // with: mail {
    // Whoever stole the password could otherwise undo each recovery by mail, which has waited and was told
    // everywhere. Where there is a settled passkey, only that undoes it.
    if session::is_recovery_by_mail(tx, user).await? {
        let strongest = method::strongest(&user.request.doing(), tx, &user.id).await?;
        if strongest.is_none_or(|it| it.name() != PASSKEY) {
            return Ok(None);
        }
    }
    // with: mail }
    Ok(UserPasswords::find(&user.request, &mut **tx, &user.id).await?.settled())
}

/// The action of removing the password, which only a settled passkey confirms.
pub async fn removal(user: &User) -> Result<Action<String>> {
    if !password::is_set(user.request.db.reader(), &user.id).await? {
        return Err(Error::NotFound);
    }
    let summary = format!("Remove the password of {}", user.email);
    Ok(REMOVE_PASSWORD.action(summary, user.id.clone()))
}

/// Removes the password and ends every other session, which the password may have opened.
pub async fn remove(mut verified: Verified<String>) -> Result<Done> {
    let user = verified.user().clone();
    // This grant would be gone if its passkey were, so a passkey is left to sign in with.
    password::remove(verified.tx(), &user.id).await?;
    verified.record(None).await?;
    sign_out_elsewhere(&mut verified, &user).await?;
    verified.commit().await?;
    Ok(Done::saying("Your password is removed. You are signed out everywhere else."))
}

/// Ends every other session of the user and forgets every other browser.
async fn sign_out_elsewhere<P>(verified: &mut Verified<P>, user: &User) -> Result<()> {
    let (request, tx) = (&user.request, verified.tx());
    session::end_all(request, tx, &user.id, Some(&user.session_id)).await?;
    devices::forget_others(request, tx, &user.id).await
}
