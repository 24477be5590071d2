#![cfg(feature = "ssr")]
//! Actions on their way: pending, confirmed by one assertion, gone with the act. The confirmed row
//! is the grant: of one session, one user and one action, good once and for a minute.

use super::{
    Pending, Reauthenticated,
    action::{self, Action},
    receipt::Receipt,
};
use crate::{
    call::Credential,
    error::{Error, Result},
    passkeys::{
        server as passkeys,
        webauthn::{self, Assertion},
    },
    server::{
        State, activity,
        ceremony::{self, Kind},
        clock::millis,
        db::{Read, Tx},
        secret,
        session::{User, signed_in},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{AnyExecutor, any::AnyRow};
use std::time::Duration;

/// How long an action waits to be confirmed, and a confirmed one to be carried out.
const PENDING: Duration = Duration::from_secs(5 * 60);
const CONFIRMED: Duration = Duration::from_secs(60);
/// An action is void after as many failed confirmations (STP-13).
const FAILURES: i64 = 5;

/// Proof that the signed-in user has confirmed this very action, and the transaction that used the
/// confirmation up. What is done with [`Verified::tx`] becomes real with [`Verified::commit`];
/// dropped, the act and the use of the grant are both undone. Only [`require`] makes one.
pub struct Verified {
    user: User,
    receipt: String,
    tx: Tx,
}

impl Verified {
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The [`Receipt`] as JSON.
    pub fn receipt(&self) -> &str {
        &self.receipt
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
    let user = signed_in().await?;
    let state = State::current();
    let bytes = action.bytes(&user)?;
    let hash = secret::sha256(&[&bytes]).to_vec();
    let mut tx = state.db.begin().await?;
    // One statement decides that the grant is there and takes it away (STP-06).
    let grant = sqlx::query(
        "delete from actions
         where session_id = $1 and user_id = $2 and hash = $3
             and receipt is not null and expires_at > $4
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
    if passkeys::count(&mut *tx, &user.id).await? == 0 {
        return Err(Error::PasskeyRequired);
    }
    let action = store(&state, &mut tx, &user, &action, bytes, hash).await?;
    tx.commit().await?;
    Err(Error::StepUpRequired { action })
}

/// Keeps an action as pending and returns its id; the same action again keeps its id and failures.
/// An old one makes room, and so does one that was confirmed for nothing.
async fn store(
    state: &State,
    tx: &mut Tx,
    user: &User,
    action: &Action,
    bytes: Vec<u8>,
    hash: Vec<u8>,
) -> Result<String> {
    let now = state.clock.now();
    sqlx::query(
        "delete from actions where session_id = $1 and hash = $2
             and (expires_at <= $3 or receipt is not null)",
    )
    .bind(&user.session_id)
    .bind(hash.clone())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query(
        "insert into actions (id, session_id, user_id, kind, summary, methods, bytes, hash,
             created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (session_id, hash) do update set
             created_at = excluded.created_at, expires_at = excluded.expires_at
         returning id",
    )
    .bind(secret::new_id())
    .bind(&user.session_id)
    .bind(&user.id)
    .bind(action.kind())
    .bind(action.summary())
    .bind(json(&action.methods())?)
    .bind(bytes)
    .bind(hash)
    .bind(now)
    .bind(now + millis(PENDING))
    .fetch_one(&mut **tx)
    .await?;
    row.read("id")
}

pub async fn pending(user: &User, id: Option<&str>) -> Result<Pending> {
    let state = State::current();
    let row = find_pending(&state, state.db.reader(), user, id).await?.ok_or(Error::NotFound)?;
    Ok(Pending {
        action: row.read("id")?,
        kind: row.read("kind")?,
        summary: row.read("summary")?,
        methods: serde_json::from_str(row.read("methods")?).map_err(|_| Error::Internal)?,
    })
}

/// What the challenge was made with, kept for the receipt.
#[derive(Serialize, Deserialize)]
struct Nonce(Vec<u8>);

pub async fn start(user: &User, id: Option<&str>) -> Result<Value> {
    let state = State::current();
    let mut tx = state.db.begin().await?;
    let own = passkeys::find_all(&mut *tx, &user.id).await?;
    if own.is_empty() {
        return Err(Error::PasskeyRequired);
    }
    let row = match find_pending(&state, &mut *tx, user, id).await? {
        Some(row) => row,
        None if id.is_some() => return Err(Error::NotFound),
        None => {
            let plain = Action::new("verify_identity", "Confirm that it is you", &()).by_passkey();
            let bytes = plain.bytes(user)?;
            let hash = secret::sha256(&[&bytes]).to_vec();
            let id = store(&state, &mut tx, user, &plain, bytes, hash).await?;
            find_pending(&state, &mut *tx, user, Some(&id)).await?.ok_or(Error::NotFound)?
        }
    };
    let nonce = secret::random();
    let challenge = action::challenge(&nonce, row.read("bytes")?);
    let options = webauthn::request_options(&state, &own, &challenge)?;
    let id: String = row.read("id")?;
    let kept = Nonce(nonce.to_vec());
    ceremony::begin(&state, &mut tx, Kind::StepUp, &challenge, Some(user), Some(&id), &kept)
        .await?;
    tx.commit().await?;
    Ok(options)
}

pub async fn finish(user: &User, answer: &Credential) -> Result<Reauthenticated> {
    let state = State::current();
    let ceremony = ceremony::consume::<Nonce>(&state, Kind::StepUp, Some(user)).await?;
    let id = ceremony.action_id.ok_or(Error::Internal)?;
    let confirmed = confirm(&state, user, &id, &ceremony.challenge, &ceremony.kept, answer).await;
    if let Err(error) = confirmed {
        // A fault of ours is no failure of the user's.
        if !matches!(error, Error::Internal | Error::Unavailable) {
            fail(&state, user, &id).await?;
        }
        return Err(error);
    }
    Ok(Reauthenticated { verified: true, user_id: user.id.clone() })
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
        .ok_or(Error::CredentialUnknown)?;
    // The signature first: only a holder of the key learns whose it is not.
    let refusal = Error::VerificationFailed;
    let used = webauthn::authenticate(state, &assertion, &passkey, challenge, refusal.clone())?;
    if passkey.user_id != user.id {
        return Err(Error::CredentialNotYours);
    }
    let mut tx = passkeys::mark_used(state, &passkey, used, refusal).await?;
    let row =
        find_pending(state, &mut *tx, user, Some(id)).await?.ok_or(Error::ChallengeExpired)?;
    let receipt =
        Receipt::new(state, row.read("bytes")?, nonce, &passkey.credential.cred, &assertion)?;
    let now = state.clock.now();
    sqlx::query("update actions set receipt = $1, passkey_id = $2, expires_at = $3 where id = $4")
        .bind(json(&receipt)?)
        .bind(&passkey.id)
        .bind(now + millis(CONFIRMED))
        .bind(id)
        .execute(&mut *tx)
        .await?;
    let kind: &str = row.read("kind")?;
    activity::record(state, &mut tx, &user.id, "step_up.verified", Some(kind)).await?;
    tx.commit().await
}

/// Counts a failed confirmation; the last one allowed makes the action void.
async fn fail(state: &State, user: &User, id: &str) -> Result<()> {
    let mut tx = state.db.begin().await?;
    let row = sqlx::query(
        "update actions set failures = failures + 1 where id = $1 returning kind, failures",
    )
    .bind(id)
    .fetch_optional(&mut *tx)
    .await?;
    let mut kind = None;
    if let Some(row) = &row {
        kind = Some(row.read::<&str>("kind")?);
        if row.read::<i64>("failures")? >= FAILURES {
            sqlx::query("delete from actions where id = $1").bind(id).execute(&mut *tx).await?;
        }
    }
    activity::record(state, &mut tx, &user.id, "step_up.failed", kind).await?;
    tx.commit().await
}

/// A pending action of this session: the named one, or the newest.
async fn find_pending(
    state: &State,
    db: impl AnyExecutor<'_>,
    user: &User,
    id: Option<&str>,
) -> Result<Option<AnyRow>> {
    Ok(sqlx::query(
        "select id, kind, summary, methods, bytes from actions
         where session_id = $1 and user_id = $2 and receipt is null and expires_at > $3
             and (id = $4 or $4 is null)
         order by created_at desc, id desc limit 1",
    )
    .bind(user.session_id.clone())
    .bind(user.id.clone())
    .bind(state.clock.now())
    .bind(id.map(str::to_owned))
    .fetch_optional(db)
    .await?)
}

/// Deletes the actions that nobody confirmed or carried out.
pub async fn sweep(state: &State, tx: &mut Tx) -> Result<()> {
    sqlx::query("delete from actions where expires_at <= $1")
        .bind(state.clock.now())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::Internal)
}
