//! Challenges. Each is made with the options and used up by the first answer. It is bound to its kind,
//! to the browser that asked and, if signed in, to the session and the action. [`consume`] commits
//! before the answer is read, so that no failure keeps a challenge alive. A crash forgets them all: a
//! lost challenge is an expired one.

use super::{
    clock::millis,
    cookies::Cookie,
    db::{Connection, Db, Read, Tx, from_json, json},
    log::log_refusal,
    request::Request,
    secret,
    session::User,
    state::CEREMONY_TIMEOUT,
};
use crate::error::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::AnyExecutor;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    SignUp,
    SignIn,
    AddPasskey,
    StepUp,
    /// Not a passkey's: the one-time code after a first factor.
    SecondFactor,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::SignIn => "sign_in",
            Self::AddPasskey => "add_passkey",
            Self::StepUp => "step_up",
            Self::SecondFactor => "second_factor",
        }
    }
}

/// Stores a challenge for this browser, in place of an open one of the same kind, and sets the challenge
/// cookie. [`consume`] returns what was `kept`.
pub async fn begin(
    request: &Request,
    db: impl AnyExecutor<'_>,
    kind: Kind,
    challenge: &[u8],
    user: Option<&User>,
    action_id: Option<&str>,
    kept: &impl Serialize,
) -> Result<()> {
    let browser = request.random_cookie_or_new(Cookie::Challenge);
    sqlx::query(
        "insert into challenges
             (browser, kind, challenge, session_id, user_id, action_id, state, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (browser, kind) do update set
             challenge = excluded.challenge, session_id = excluded.session_id,
             user_id = excluded.user_id, action_id = excluded.action_id,
             state = excluded.state, expires_at = excluded.expires_at",
    )
    .bind(secret::digest(&browser))
    .bind(kind.name())
    .bind(challenge.to_vec())
    .bind(user.map(|user| user.session_id.clone()))
    .bind(user.map(|user| user.id.clone()))
    .bind(action_id.map(str::to_owned))
    .bind(json(kept)?)
    .bind(request.clock.now() + millis(CEREMONY_TIMEOUT))
    .execute(db)
    .await?;
    request.set_cookie(Cookie::Challenge, &browser, CEREMONY_TIMEOUT);
    Ok(())
}

/// A challenge that is now used up, and what was kept with it.
pub struct Consumed<T> {
    pub challenge: Vec<u8>,
    pub action_id: Option<String>,
    pub kept: T,
    /// The connection that used it up, for the rest of the call; in no transaction.
    pub db: Connection,
}

/// Uses up this browser's challenge of a kind. A missing challenge, an expired one and one of another
/// session all fail with [`Error::ChallengeExpired`].
pub async fn consume<T: DeserializeOwned>(
    request: &Request,
    kind: Kind,
    user: Option<&User>,
) -> Result<Consumed<T>> {
    let browser = request
        .cookie(Cookie::Challenge)
        .ok_or_else(|| log_refusal("no_challenge", Error::ChallengeExpired))?;
    let mut db = request.db.connect().await?;
    let rows = sqlx::query(
        "delete from challenges where browser = $1 and kind = $2
         returning challenge, session_id, action_id, state, expires_at",
    )
    .bind(secret::digest(&browser))
    .bind(kind.name())
    .fetch_all(&mut *db)
    .await?;

    let row = rows.first().ok_or_else(|| log_refusal("no_challenge", Error::ChallengeExpired))?;
    let session_id: Option<String> = row.read("session_id")?;
    let expires_at: i64 = row.read("expires_at")?;
    // These checks follow the deletion, so that an expired row and a stolen one are deleted as well.
    if expires_at <= request.clock.now() {
        return Err(log_refusal("challenge_expired", Error::ChallengeExpired));
    }
    if session_id.as_ref() != user.map(|user| &user.session_id) {
        return Err(log_refusal("challenge_of_another_session", Error::ChallengeExpired));
    }
    Ok(Consumed {
        challenge: row.read("challenge")?,
        action_id: row.read("action_id")?,
        // The server may have been upgraded between the options and the answer.
        kept: from_json(row.read("state")?)
            .map_err(|_| log_refusal("challenge_of_another_release", Error::ChallengeExpired))?,
        db,
    })
}

/// Whether this browser has an open ceremony of a kind.
pub async fn is_open(request: &Request, kind: Kind) -> Result<bool> {
    let Some(browser) = request.cookie(Cookie::Challenge) else { return Ok(false) };
    let sql = "select 1 from challenges where browser = $1 and kind = $2 and expires_at > $3";
    let row = sqlx::query(sql)
        .bind(secret::digest(&browser))
        .bind(kind.name())
        .bind(request.clock.now())
        // Challenges are known to the connection that writes.
        .fetch_optional(request.db.writer())
        .await?;
    Ok(row.is_some())
}

/// Ends this browser's open ceremony of a kind.
pub async fn forget(request: &Request, tx: &mut Tx, kind: Kind) -> Result<()> {
    let Some(browser) = request.cookie(Cookie::Challenge) else { return Ok(()) };
    sqlx::query("delete from challenges where browser = $1 and kind = $2")
        .bind(secret::digest(&browser))
        .bind(kind.name())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How many challenges are kept.
pub async fn count(db: &Db) -> Result<i64> {
    let (rows,) = sqlx::query_as("select count(*) from challenges").fetch_one(db.writer()).await?;
    Ok(rows)
}

/// Deletes the challenges that have expired, and what a flood has left of older ones.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from challenges where expires_at <= $1 and (browser, kind) in
        (select browser, kind from challenges where expires_at <= $1 limit $2)";
    db.sweep(over, now).await?;
    db.sweep_flood(
        "delete from challenges where (browser, kind) in (
             select browser, kind from challenges where kind in ('sign_in', 'sign_up')
             order by expires_at desc limit $1 offset $2)",
    )
    .await
}
