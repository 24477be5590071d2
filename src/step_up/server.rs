#![cfg(feature = "ssr")]
//! What refuses an action until it is confirmed, [`require`], and the ceremonies that confirm one.
//! Who may is decided here and in [`super::method`]; no session is opened or changed.

use super::{
    Method, Pending, Reauthenticated,
    action::{self, Action, Signed},
    pending::{fail, find_or_ask_who, find_pending, grant, methods, store},
    receipt::Receipt,
};
use crate::{
    auth::password::UserPasswords,
    call::Credential,
    error::{Error, Result},
    passkeys::{
        server as passkeys,
        webauthn::{self, Assertion},
    },
    server::{
        State,
        ceremony::{self, Kind},
        client,
        db::{Read, Tx, json},
        limits::{self, Tried},
        log::refused,
        metrics, secret,
        session::{self, Scope, User, signed_in_or_recovering},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Proof that the signed-in user has confirmed this very action, and the transaction that used the
/// confirmation up. What is done with [`Verified::tx`] becomes real with [`Verified::commit`];
/// dropped, the act and the use of the grant are both undone. Only [`require`] makes one.
pub struct Verified {
    user: User,
    /// Nothing in a recovery session, whose code was the confirmation.
    method: Option<Method>,
    receipt: Option<String>,
    tx: Tx,
}

impl Verified {
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Whether a settled passkey confirmed, so that what it adds need not wait.
    pub fn by_passkey(&self) -> bool {
        self.method == Some(Method::Passkey)
    }

    /// The [`Receipt`] as JSON, where a passkey signed.
    pub fn receipt(&self) -> Option<&str> {
        self.receipt.as_deref()
    }

    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await
    }
}

/// Lets a confirmed action pass, once. An unconfirmed one is stored for this session and refused
/// with [`Error::StepUpRequired`]; nothing else has changed then. Without a way to confirm it is
/// refused with [`Error::PasskeyRequired`].
pub async fn require(action: Action) -> Result<Verified> {
    let user = signed_in_or_recovering().await?;
    let state = State::current()?;
    let mut tx = state.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, &user).await?;
    if user.scope == Scope::Recovery {
        let allowed = action.policy().in_recovery;
        let verified = Verified { user, method: None, receipt: None, tx };
        return allowed.then_some(verified).ok_or(Error::RecoverySession);
    }
    let hash = action.hash(&user)?;
    // One statement decides that the grant is there and takes it away (STP-06).
    let grant = sqlx::query(
        "delete from actions
         where session_id = $1 and user_id = $2 and hash = $3
             and confirmed_by is not null and expires_at > $4
         returning confirmed_by, receipt",
    )
    .bind(&user.session_id)
    .bind(&user.id)
    .bind(hash.clone())
    .bind(state.clock.now())
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(row) = grant {
        let confirmed_by: &str = row.read("confirmed_by")?;
        let method = Method::ALL.into_iter().find(|method| method.name() == confirmed_by);
        // What takes more by now than when it was confirmed is asked for again.
        if method.is_some_and(|method| action.policy().methods.contains(&method)) {
            let receipt = row.read("receipt")?;
            return Ok(Verified { user, method, receipt, tx });
        }
    }
    Method::of(&state, &mut tx, &user.id, &action.policy().methods).await?;
    let action = store(&state, &mut tx, &user, &action, hash).await?;
    tx.commit().await?;
    Err(Error::StepUpRequired { action })
}

/// When the first of the user's passkeys that still wait has waited enough.
async fn unsettled_until(state: &State, tx: &mut Tx, user: &User) -> Result<Option<i64>> {
    let own = passkeys::find_all(&mut **tx, &user.id).await?;
    let now = state.clock.now();
    Ok(own.iter().map(|passkey| passkey.settled_at).filter(|at| *at > now).min())
}

pub async fn pending(user: &User, id: Option<&str>) -> Result<Pending> {
    let state = State::current()?;
    let mut tx = state.db.begin_read().await?;
    let row = find_pending(&state, &mut *tx, user, id).await?.ok_or(Error::NotFound)?;
    let shown = Signed::read(row.read("bytes")?)?;
    Ok(Pending {
        action: row.read("id")?,
        kind: shown.kind,
        summary: shown.summary,
        details: shown.details,
        methods: vec![Method::of(&state, &mut tx, &user.id, &methods(&row)?).await?],
        until: unsettled_until(&state, &mut tx, user).await?,
    })
}

/// What the challenge is a hash over, kept for the receipt: the row of an action that is asked for
/// again has another time by then.
#[derive(Serialize, Deserialize)]
struct Challenged {
    nonce: Vec<u8>,
    action: String,
}

pub async fn start(user: &User, id: Option<&str>) -> Result<Value> {
    let state = State::current()?;
    let mut tx = state.db.begin_for(&user.id).await?;
    limits::count(&state, &mut tx, Tried::StepUp, &user.id).await?;
    let row = find_or_ask_who(&state, &mut tx, user, id).await?;
    if Method::of(&state, &mut tx, &user.id, &methods(&row)?).await? != Method::Passkey {
        return Err(Error::PASSKEY_REQUIRED);
    }
    let mut usable = passkeys::find_all(&mut *tx, &user.id).await?;
    usable.retain(|passkey| passkey.settled_at <= state.clock.now());
    let (nonce, action): (_, &[u8]) = (secret::random(), row.read("bytes")?);
    let challenge = action::challenge(&nonce, action);
    let options = webauthn::request_options(&state, &usable, &challenge)?;
    let id: String = row.read("id")?;
    let action = String::from_utf8(action.to_vec()).map_err(|_| Error::Internal)?;
    let kept = Challenged { nonce: nonce.to_vec(), action };
    ceremony::begin(&state, &mut *tx, Kind::StepUp, &challenge, Some(user), Some(&id), &kept)
        .await?;
    tx.commit().await?;
    Ok(options)
}

pub async fn finish(user: &User, answer: &Credential) -> Result<Reauthenticated> {
    let outcome = try_finish(user, answer).await;
    metrics::ceremony(Kind::StepUp, &outcome);
    metrics::step_up(Method::Passkey.name(), &outcome);
    outcome
}

async fn try_finish(user: &User, answer: &Credential) -> Result<Reauthenticated> {
    let state = State::current()?;
    let ceremony = ceremony::consume::<Challenged>(&state, Kind::StepUp, Some(user)).await?;
    let id = ceremony.action_id.ok_or(Error::Internal)?;
    let confirmed = confirm(&state, user, &id, &ceremony.challenge, &ceremony.kept, answer).await;
    judge(&state, user, &id, confirmed).await
}

async fn confirm(
    state: &State,
    user: &User,
    id: &str,
    challenge: &[u8],
    challenged: &Challenged,
    answer: &Credential,
) -> Result<()> {
    let assertion = Assertion::parse(answer, Error::VerificationFailed)?;
    let passkey = passkeys::find(state.db.reader(), assertion.credential_id())
        .await?
        .ok_or_else(|| refused("unknown_credential", Error::CredentialUnknown))?;
    // The signature first: only a holder of the key learns whose it is not.
    let refusal = Error::VerificationFailed;
    let used = webauthn::authenticate(state, &assertion, &passkey, challenge, refusal.clone())?;
    if passkey.user.id != user.id {
        return Err(refused("not_yours", Error::CredentialNotYours));
    }
    let mut tx = passkeys::mark_used(state, &passkey, used, refusal).await?;
    limits::forget(&mut tx, Tried::StepUp, &user.id).await?;
    let row =
        find_pending(state, &mut *tx, user, Some(id)).await?.ok_or(Error::ChallengeExpired)?;
    if passkey.settled_at > state.clock.now() {
        return Err(Error::PasskeyRequired { until: Some(passkey.settled_at) });
    }
    let Challenged { nonce, action } = challenged;
    let receipt = Receipt::new(state, action, nonce, &passkey.credential.cred, &assertion)?;
    let passkey_and_receipt = Some((passkey.id.as_str(), json(&receipt)?));
    grant(state, tx, user, &row, Method::Passkey, passkey_and_receipt).await
}

/// Confirms by password, which only an account without a settled passkey can do.
pub async fn confirm_by_password(
    user: &User,
    password: &str,
    id: Option<&str>,
) -> Result<Reauthenticated> {
    let outcome = try_password(user, password, id).await;
    metrics::step_up(Method::Password.name(), &outcome);
    outcome
}

async fn try_password(user: &User, password: &str, id: Option<&str>) -> Result<Reauthenticated> {
    let state = State::current()?;
    let mut tx = state.db.begin_for(&user.id).await?;
    let row = find_or_ask_who(&state, &mut tx, user, id).await?;
    if Method::of(&state, &mut tx, &user.id, &methods(&row)?).await? != Method::Password {
        return Err(Error::PASSKEY_REQUIRED);
    }
    let stored = UserPasswords::find(&state, &mut *tx, &user.id).await?.settled();
    limits::count(&state, &mut tx, Tried::Password, &user.id).await?;
    let hashing = state.passwords.enter(client::own_address(&state))?;
    tx.commit().await?;
    let id: String = row.read("id")?;
    let confirmed = async {
        let stored_hashes = stored.iter().cloned().collect();
        if hashing.verify(password, stored_hashes).await?.is_none() {
            return Err(refused("wrong_password", Error::VerificationFailed));
        }
        let mut tx = state.db.begin_for(&user.id).await?;
        // While the password was checked the account may have got a passkey or another password.
        let row = find_pending(&state, &mut *tx, user, Some(&id))
            .await?
            .ok_or(Error::ChallengeExpired)?;
        if Method::of(&state, &mut tx, &user.id, &methods(&row)?).await? != Method::Password
            || UserPasswords::find(&state, &mut *tx, &user.id).await?.settled() != stored
        {
            return Err(refused("password_changed", Error::VerificationFailed));
        }
        limits::forget(&mut tx, Tried::Password, &user.id).await?;
        grant(&state, tx, user, &row, Method::Password, None).await
    };
    let confirmed = confirmed.await;
    judge(&state, user, &id, confirmed).await
}

/// The answer to a confirmation. One that failed is counted, unless the fault is ours.
async fn judge(
    state: &State,
    user: &User,
    id: &str,
    confirmed: Result<()>,
) -> Result<Reauthenticated> {
    if let Err(error) = confirmed {
        if !matches!(error, Error::Internal | Error::Unavailable) {
            fail(state, user, id).await?;
        }
        return Err(error);
    }
    Ok(Reauthenticated { verified: true, user_id: user.id.clone() })
}
