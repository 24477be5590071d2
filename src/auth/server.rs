//! Signing in by passkey, signing out, and what every way to sign in shares: no failure tells a stranger
//! more than that it failed.

use super::SignedIn;
use crate::{
    account::UserView,
    call::CredentialJson,
    credentials::{
        passkeys,
        response::Assertion,
        webauthn::{self, CredentialOwner, StoredPasskey},
    },
    error::{Error, Result},
    server::{
        activity,
        ceremony::{self, Consumed, Kind},
        feature::Event,
        log::log_refusal,
        request::Request,
        secret,
        session::{self, SignedInBy, User},
    },
    ui::next_page,
};
use serde_json::Value;

pub static PASSKEY_AUTHENTICATED: Event =
    Event::new("passkey.authenticated", "Signed in with a passkey");
pub static SIGN_IN_FAILED: Event = Event::new("sign_in.failed", "Sign-in with a {} failed");

pub async fn start_sign_in(request: &Request, next: Option<String>) -> Result<Value> {
    let challenge = secret::random();
    let options = webauthn::request_options(request, &[], &challenge)?;
    let db = request.db.writer();
    ceremony::begin(request, db, Kind::SignIn, &challenge, None, None, &next).await?;
    Ok(options)
}

pub async fn finish_sign_in(request: &Request, answer: &CredentialJson) -> Result<SignedIn> {
    let mut ceremony = ceremony::consume::<Option<String>>(request, Kind::SignIn, None).await?;
    let assertion = Assertion::parse(answer, Error::SignInFailed)?;
    let (passkey, accepted_credentials) =
        passkeys::find(&mut ceremony.db, assertion.credential_id())
            .await?
            .ok_or_else(|| log_refusal("unknown_credential", Error::SignInFailed))?;
    request.name_account(&passkey.user_id);
    let signed_in =
        open_for_passkey(request, &assertion, &passkey, ceremony).await.map(|user| SignedIn {
            user,
            user_handle: secret::base64url(&passkey.owner.handle),
            accepted_credentials,
        });
    if signed_in == Err(Error::SignInFailed) {
        activity::record_later(request, passkey.user_id, &SIGN_IN_FAILED, "passkey");
    }
    signed_in
}

/// Opens a session if the assertion is valid.
async fn open_for_passkey(
    request: &Request,
    assertion: &Assertion,
    passkey: &StoredPasskey,
    Consumed { challenge, db, kept: next, .. }: Consumed<Option<String>>,
) -> Result<UserView> {
    // A discoverable passkey names its account, and that account must own it (AUT-01).
    if assertion.user_handle() != Some(passkey.owner.handle.as_slice()) {
        return Err(log_refusal("user_handle", Error::SignInFailed));
    }
    let refusal = Error::SignInFailed;
    let used = webauthn::authenticate(request, assertion, passkey, &challenge, refusal.clone())?;
    let mut tx = passkeys::mark_used(request, db, passkey, used, refusal).await?;
    let by = SignedInBy::Passkey {
        id: &passkey.id,
        other_device: assertion.is_of_another_device(),
        settled: passkey.settled_at <= request.clock.now(),
    };
    let event = Some(&PASSKEY_AUTHENTICATED);
    let session = session::open_session(request, &mut tx, &passkey.user_id, by, event).await?;
    tx.commit().await?;
    session.send_cookies(request);
    request.go_to(next_page(next.as_deref(), request.features.home));
    let CredentialOwner { email, name, .. } = passkey.owner.clone();
    Ok(UserView { id: passkey.user_id.clone(), email, name })
}

pub async fn sign_out(request: &Request, user: &Result<User>) -> Result<()> {
    match user {
        Ok(user) => {
            let mut tx = request.db.begin_for(&user.id).await?;
            session::end(request, &mut tx, &user.session_id).await?;
            tx.commit().await?;
        }
        Err(Error::NotSignedIn) => {}
        Err(error) => return Err(error.clone()),
    }
    // The session is deleted first: without its cookie nobody could end it any more.
    request.remove_session();
    Ok(())
}

/// Gives one answer to everything that can go wrong before a user is signed in (CER-15). Faults of ours,
/// and a body that is not JSON, keep their own errors.
pub fn uniform(error: Error, answer: Error) -> Error {
    match error {
        Error::Internal | Error::Unavailable | Error::BadRequest => error,
        _ => answer,
    }
}
