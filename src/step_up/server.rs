#![cfg(feature = "ssr")]
//! What refuses an action until it is confirmed, [`require`], and the ceremonies that confirm one.
//! Who may is decided here and in [`super::method`]; no session is opened or changed.

use super::{
    Method, Pending, Reauthenticated,
    action::{self, Action},
    pending::{fail, find_or_ask_who, find_pending, grant, policy, store},
    receipt::Receipt,
};
use crate::{
    auth::password,
    call::Credential,
    error::{Error, Result},
    passkeys::{
        server as passkeys,
        webauthn::{self, Assertion, Stored},
    },
    server::{
        State,
        ceremony::{self, Kind},
        client,
        db::{Read, Tx, json},
        hashing::Verdict,
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
    receipt: Option<String>,
    tx: Tx,
}

impl Verified {
    pub fn user(&self) -> &User {
        &self.user
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
        let verified = Verified { user, receipt: None, tx };
        return allowed.then_some(verified).ok_or(Error::RecoverySession);
    }
    let bytes = action.bytes(&user)?;
    let hash = secret::sha256(&[&bytes]).to_vec();
    // One statement decides that the grant is there and takes it away (STP-06).
    let grant = sqlx::query(
        "delete from actions
         where session_id = $1 and user_id = $2 and hash = $3
             and confirmed_by is not null and expires_at > $4
         returning receipt",
    )
    .bind(&user.session_id)
    .bind(&user.id)
    .bind(hash.clone())
    .bind(state.clock.now())
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(row) = grant {
        let receipt = row.read("receipt")?;
        return Ok(Verified { user, receipt, tx });
    }
    if Method::of(&mut tx, &user, action.policy()).await? == Method::Passkey {
        usable_passkeys(&state, &mut tx, &user, action.policy().settled).await?;
    }
    let action = store(&state, &mut tx, &user, &action, bytes, hash).await?;
    tx.commit().await?;
    Err(Error::StepUpRequired { action })
}

/// The user's passkeys that may confirm: all, or those that are settled. There is at least one, or
/// the error says why not and until when.
async fn usable_passkeys(
    state: &State,
    tx: &mut Tx,
    user: &User,
    settled: bool,
) -> Result<Vec<Stored>> {
    let own = passkeys::find_all(&mut **tx, &user.id).await?;
    let until = own.iter().map(|passkey| passkey.settled_at).min();
    let now = state.clock.now();
    let usable: Vec<_> =
        own.into_iter().filter(|passkey| !settled || passkey.settled_at <= now).collect();
    if usable.is_empty() { Err(Error::PasskeyRequired { until }) } else { Ok(usable) }
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
    Ok(Pending {
        action: row.read("id")?,
        kind: row.read("kind")?,
        summary: row.read("summary")?,
        methods: vec![Method::of(&mut tx, user, &policy(&row)?).await?],
        until: if policy(&row)?.settled {
            unsettled_until(&state, &mut tx, user).await?
        } else {
            None
        },
    })
}

/// What the challenge was made with, kept for the receipt.
#[derive(Serialize, Deserialize)]
struct Nonce(Vec<u8>);

pub async fn start(user: &User, id: Option<&str>) -> Result<Value> {
    let state = State::current()?;
    let mut tx = state.db.begin_for(&user.id).await?;
    limits::count(&state, &mut tx, Tried::StepUp, &user.id).await?;
    let row = find_or_ask_who(&state, &mut tx, user, id).await?;
    let usable = usable_passkeys(&state, &mut tx, user, policy(&row)?.settled).await?;
    let nonce = secret::random();
    let challenge = action::challenge(&nonce, row.read("bytes")?);
    let options = webauthn::request_options(&state, &usable, &challenge)?;
    let id: String = row.read("id")?;
    let kept = Nonce(nonce.to_vec());
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
    let ceremony = ceremony::consume::<Nonce>(&state, Kind::StepUp, Some(user)).await?;
    let id = ceremony.action_id.ok_or(Error::Internal)?;
    let confirmed = confirm(&state, user, &id, &ceremony.challenge, &ceremony.kept, answer).await;
    judge(&state, user, &id, confirmed).await
}

async fn confirm(
    state: &State,
    user: &User,
    id: &str,
    challenge: &[u8],
    Nonce(nonce): &Nonce,
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
    if policy(&row)?.settled && passkey.settled_at > state.clock.now() {
        return Err(Error::PasskeyRequired { until: Some(passkey.settled_at) });
    }
    let receipt =
        Receipt::new(state, row.read("bytes")?, nonce, &passkey.credential.cred, &assertion)?;
    let passkey_and_receipt = Some((passkey.id.as_str(), json(&receipt)?));
    grant(state, tx, user, &row, Method::Passkey, passkey_and_receipt).await
}

/// Confirms by password, which only an account without a passkey can do.
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
    if Method::of(&mut tx, user, &policy(&row)?).await? != Method::Password {
        return Err(Error::PASSKEY_REQUIRED);
    }
    let stored = password::find(&mut *tx, &user.id).await?;
    limits::count(&state, &mut tx, Tried::Password, &user.id).await?;
    let hashing = state.passwords.enter(client::own_address(&state))?;
    tx.commit().await?;
    let id: String = row.read("id")?;
    let confirmed = async {
        if hashing.verify(password, stored.clone()).await? == Verdict::Wrong {
            return Err(refused("wrong_password", Error::VerificationFailed));
        }
        let mut tx = state.db.begin_for(&user.id).await?;
        // While the password was checked the account may have got a passkey or another password.
        let row = find_pending(&state, &mut *tx, user, Some(&id))
            .await?
            .ok_or(Error::ChallengeExpired)?;
        if Method::of(&mut tx, user, &policy(&row)?).await? != Method::Password
            || password::find(&mut *tx, &user.id).await? != stored
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
