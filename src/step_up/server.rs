//! Refuses an action until it is confirmed ([`require`]), and runs the ceremonies that confirm one. Who
//! may confirm is decided here and by [`Method`]; no session is opened or changed.

use super::{
    Pending, Reauthenticated, Verified,
    action::{self, Action, Signed},
    feature::STEP_UP_ATTEMPT,
    pending::{find_or_create_identity_check, find_pending, grant, methods, record_failure, store},
    receipt::Receipt,
};
use crate::{
    call::CredentialJson,
    credentials::{
        method::Method,
        passkeys,
        password::{PASSWORD_ATTEMPT, UserPasswords},
        response::Assertion,
        totp, webauthn,
    },
    error::{Error, Result},
    server::{
        attempts,
        ceremony::{self, Consumed, Kind},
        db::{Read, Tx, json},
        log::log_refusal,
        secret,
        session::{self, Scope, User},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Lets a confirmed action pass, once. An unconfirmed one is stored for this session and refused with
/// [`Error::StepUpRequired`]; nothing else has changed then. If the user has no method to confirm it, it
/// is refused with [`Error::PasskeyRequired`].
pub async fn require<P: Serialize>(user: &User, action: Action<P>) -> Result<Verified<P>> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    if user.scope == Scope::Recovery {
        let in_recovery = action.policy.in_recovery;
        let verified = verified(user, action, None, None, tx);
        return in_recovery.then_some(verified).ok_or(Error::RecoverySession);
    }
    // One statement checks that the grant exists and deletes it (STP-06).
    let grant = sqlx::query(
        "delete from actions
         where session_id = $1 and user_id = $2 and hash = $3
             and confirmed_by is not null and expires_at > $4
         returning confirmed_by, receipt",
    )
    .bind(&user.session_id)
    .bind(&user.id)
    .bind(action.hash(user)?)
    .bind(request.clock.now())
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(row) = grant {
        let confirmed_by: &str = row.read("confirmed_by")?;
        let method = Method::ALL.into_iter().find(|method| method.name() == confirmed_by);
        // If the action now takes a stronger method than it was confirmed by, it is asked for again.
        if method.is_some_and(|method| action.policy.methods.contains(&method)) {
            return Ok(verified(user, action, method, row.read("receipt")?, tx));
        }
    }
    Method::of(request, &mut tx, &user.id, action.policy.methods).await?;
    let action = store(&mut tx, user, &action).await?;
    tx.commit().await?;
    Err(Error::StepUpRequired { action })
}

fn verified<P>(
    user: &User,
    action: Action<P>,
    method: Option<Method>,
    receipt: Option<String>,
    tx: Tx,
) -> Verified<P> {
    let Action { kind, payload, .. } = action;
    Verified { user: user.clone(), kind, method, receipt, payload, tx }
}

/// When the first of the user's unsettled passkeys settles (milliseconds since 1970 UTC).
async fn unsettled_until(tx: &mut Tx, user: &User) -> Result<Option<i64>> {
    let own = passkeys::find_all(&mut **tx, &user.id).await?;
    let now = user.request.clock.now();
    Ok(own.iter().map(|passkey| passkey.settled_at).filter(|at| *at > now).min())
}

pub async fn pending(user: &User, id: Option<&str>) -> Result<Pending> {
    let request = &user.request;
    let mut tx = request.db.begin_read().await?;
    let row = find_pending(&mut *tx, user, id).await?.ok_or(Error::ActionGone)?;
    let shown = Signed::read(row.read("bytes")?)?;
    Ok(Pending {
        action: row.read("id")?,
        kind: shown.kind,
        summary: shown.summary,
        details: shown.details,
        methods: vec![Method::of(request, &mut tx, &user.id, &methods(&row)?).await?],
        until: unsettled_until(&mut tx, user).await?,
    })
}

/// What the challenge hashes, kept for the receipt: if the action is asked for again meanwhile, its row
/// has another time.
#[derive(Serialize, Deserialize)]
struct Challenged {
    nonce: Vec<u8>,
    action: String,
}

pub async fn start_by_passkey(user: &User, id: Option<&str>) -> Result<Value> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    attempts::take_attempt(request, &mut tx, &STEP_UP_ATTEMPT, &user.id).await?;
    let row = find_or_create_identity_check(&mut tx, user, id).await?;
    if Method::of(request, &mut tx, &user.id, &methods(&row)?).await? != Method::Passkey {
        return Err(Error::PASSKEY_REQUIRED);
    }
    let mut usable = passkeys::find_all(&mut *tx, &user.id).await?;
    usable.retain(|passkey| passkey.settled_at <= request.clock.now());
    let (nonce, action): (_, &[u8]) = (secret::random(), row.read("bytes")?);
    let challenge = action::challenge(&nonce, action);
    let options = webauthn::request_options(request, &usable, &challenge)?;
    let id: String = row.read("id")?;
    let action = String::from_utf8(action.to_vec()).map_err(|_| Error::Internal)?;
    let kept = Challenged { nonce: nonce.to_vec(), action };
    ceremony::begin(request, &mut *tx, Kind::StepUp, &challenge, Some(user), Some(&id), &kept)
        .await?;
    tx.commit().await?;
    Ok(options)
}

pub async fn finish_by_passkey(user: &User, answer: &CredentialJson) -> Result<Reauthenticated> {
    let request = &user.request;
    let ceremony = ceremony::consume::<Challenged>(request, Kind::StepUp, Some(user)).await?;
    let id = ceremony.action_id.clone().ok_or(Error::Internal)?;
    let confirmed = confirm(user, &id, ceremony, answer).await;
    answer_or_count(user, &id, confirmed).await
}

async fn confirm(
    user: &User,
    id: &str,
    Consumed { challenge, kept: Challenged { nonce, action }, mut db, .. }: Consumed<Challenged>,
    answer: &CredentialJson,
) -> Result<()> {
    let request = &user.request;
    let assertion = Assertion::parse(answer, Error::VerificationFailed)?;
    let (passkey, _) = passkeys::find(&mut db, assertion.credential_id())
        .await?
        .ok_or_else(|| log_refusal("unknown_credential", Error::CredentialUnknown))?;
    // The signature is checked first: only a holder of the key learns that it is another user's.
    let refusal = Error::VerificationFailed;
    let used = webauthn::authenticate(request, &assertion, &passkey, &challenge, refusal.clone())?;
    if passkey.user_id != user.id {
        return Err(log_refusal("not_yours", Error::CredentialNotYours));
    }
    let mut tx = passkeys::mark_used(request, db, &passkey, used, refusal).await?;
    attempts::forget(&mut tx, &STEP_UP_ATTEMPT, &user.id).await?;
    if passkey.settled_at > request.clock.now() {
        return Err(Error::PasskeyRequired { until: Some(passkey.settled_at) });
    }
    let receipt =
        Receipt::new(&request.config, &action, &nonce, &passkey.credential.cred, &assertion)?;
    let passkey_and_receipt = Some((passkey.id.as_str(), json(&receipt)?));
    grant(tx, user, id, Method::Passkey, passkey_and_receipt).await
}

/// Confirms by password, which only an account without a settled passkey or one-time code can do.
pub async fn confirm_by_password(
    user: &User,
    password: &str,
    id: Option<&str>,
) -> Result<Reauthenticated> {
    let request = &user.request;
    let (mut tx, id) = begin(user, Method::Password, id).await?;
    let stored = UserPasswords::find(request, &mut *tx, &user.id).await?.settled();
    let slot = request.passwords.reserve(request.client.address)?;
    tx.commit().await?;
    let confirmed = async {
        let stored_hashes = stored.iter().cloned().collect();
        if slot.verify(password, stored_hashes).await?.is_none() {
            return Err(log_refusal("wrong_password", Error::WrongPassword));
        }
        // While the password was hashed, the account may have got another one.
        confirm_in(user, Method::Password, &id, async |tx| {
            let now = UserPasswords::find(request, &mut **tx, &user.id).await?.settled();
            let is_same = now == stored;
            is_same
                .then_some(())
                .ok_or_else(|| log_refusal("password_changed", Error::WrongPassword))
        })
        .await
    };
    let confirmed = confirmed.await;
    answer_or_count(user, &id, confirmed).await
}

/// Confirms by one-time code, which only an account without a settled passkey can do.
pub async fn confirm_by_totp(user: &User, code: &str, id: Option<&str>) -> Result<Reauthenticated> {
    let (tx, id) = begin(user, Method::Totp, id).await?;
    tx.commit().await?;
    let confirmed = confirm_in(user, Method::Totp, &id, async |tx| {
        let is_right = totp::accept(&user.request, tx, &user.id, code).await?;
        is_right.then_some(()).ok_or_else(|| log_refusal("wrong_one_time_code", Error::WrongTotp))
    });
    let confirmed = confirmed.await;
    answer_or_count(user, &id, confirmed).await
}

/// Begins a confirmation by something that is typed, and counts it as a guess. Returns the transaction that
/// has counted it, and the action's id.
async fn begin(user: &User, method: Method, id: Option<&str>) -> Result<(Tx, String)> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    let row = find_or_create_identity_check(&mut tx, user, id).await?;
    if Method::of(request, &mut tx, &user.id, &methods(&row)?).await? != method {
        return Err(Error::PASSKEY_REQUIRED);
    }
    attempts::take_attempt(request, &mut tx, &PASSWORD_ATTEMPT, &user.id).await?;
    let id = row.read("id")?;
    Ok((tx, id))
}

/// Confirms a pending action if what was typed is right, and the method is still the one that it takes.
async fn confirm_in(
    user: &User,
    method: Method,
    id: &str,
    judge: impl AsyncFnOnce(&mut Tx) -> Result<()>,
) -> Result<()> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    let row = find_pending(&mut *tx, user, Some(id)).await?.ok_or(Error::ChallengeExpired)?;
    if Method::of(request, &mut tx, &user.id, &methods(&row)?).await? != method {
        return Err(log_refusal("method_changed", Error::VerificationFailed));
    }
    judge(&mut tx).await?;
    attempts::forget(&mut tx, &PASSWORD_ATTEMPT, &user.id).await?;
    grant(tx, user, id, method, None).await
}

/// Answers a confirmation. A failed one is counted, unless the fault is ours.
async fn answer_or_count(user: &User, id: &str, confirmed: Result<()>) -> Result<Reauthenticated> {
    if let Err(error) = confirmed {
        if !matches!(error, Error::Internal | Error::Unavailable) {
            record_failure(user, id).await?;
        }
        return Err(error);
    }
    Ok(Reauthenticated { verified: true, user_id: user.id.clone() })
}
