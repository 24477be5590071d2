//! Limits how often something may be tried at an account (RTL-01). The database counts the attempts,
//! where every instance sees them. Nothing is ever locked: a refused client may try again after a while,
//! and guesses at an account's password or codes never keep its passkeys out (RTL-06).

use super::{clock::Clock, config::Config}; // with: mail
use super::{
    clock::millis,
    config::Switch,
    db::{Db, Read, Tx},
    metrics,
    state::State,
};
use crate::error::{Error, Result};
use std::num::NonZeroU32; // with: mail
use std::time::Duration;

/// A kind of attempt at an account. Its name is part of its rows' ids.
pub struct Attempt {
    pub name: &'static str,
    /// How many attempts in a row cost no wait, as a multiple of RATE_LIMIT_ACCOUNT.
    pub free: i64,
}

impl Attempt {
    /// The id of the row of an account, which is named by its e-mail address, its id, or as
    /// [`devices`](super::devices) says. It is hashed, for there may be no such account.
    fn key(&self, account: &str) -> String {
        format!("{}:{}", self.name, super::secret::digest(account))
    }
}

/// How long after the last attempt all are forgotten, and every wait is over.
pub const FORGET_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

const HOUR: Duration = Duration::from_secs(60 * 60); // with: mail

/// Counts an attempt before its outcome is known, so that of many at once no more pass than may
/// (RTL-04), or refuses it. A transaction that is not committed has counted nothing.
///
/// An attempt passes if the one before it set no wait, or if that wait is over. Free attempts set no
/// wait, except that the last of them sets the first wait. Each further attempt doubles the wait, up to
/// the longest. Attempts older than [`FORGET_AFTER`] do not count.
pub async fn take_attempt(
    state: &State,
    tx: &mut Tx,
    attempt: &Attempt,
    account: &str,
) -> Result<()> {
    if state.config.rate_limit == Switch::Off {
        return Ok(());
    }
    let (key, now) = (attempt.key(account), state.clock.now());
    let free = attempt.free * i64::from(state.config.rate_limit_account.get());
    let (first_wait, longest_wait) = state.config.waits();
    let counted = sqlx::query(
        "insert into tries (id, times, wait, at) values ($1, 1, $8, $2)
         on conflict (id) do update set
             times = case when tries.at <= $3 then 1 else tries.times + 1 end,
             wait = case when tries.at <= $3 then $8
                         when tries.times + 1 < $4 then 0
                         when tries.wait = 0 then $5
                         when tries.wait * 2 > $6 then $6
                         else tries.wait * 2 end,
             at = $2
         where tries.wait = 0 or tries.at + tries.wait <= $2 or tries.at > $7
         returning times",
    )
    .bind(&key)
    .bind(now)
    .bind(now - millis(FORGET_AFTER))
    .bind(free)
    .bind(millis(first_wait))
    .bind(millis(longest_wait))
    // After a clock was set back, a row from the future must not keep anybody waiting.
    .bind(now + millis(longest_wait))
    // The wait that the very first attempt sets.
    .bind(if free > 1 { 0 } else { millis(first_wait) })
    .fetch_optional(&mut **tx)
    .await?;
    if counted.is_some() {
        return Ok(());
    }
    metrics::limited("account");
    let row = sqlx::query("select at + wait as until from tries where id = $1")
        .bind(&key)
        .fetch_one(&mut **tx)
        .await?;
    let wait = row.read::<i64>("until")? - now;
    Err(Error::rate_limited(Duration::from_millis(u64::try_from(wait).unwrap_or_default())))
}

/// Takes an attempt back that was right but proved nothing by itself: those before it stay counted, and the
/// wait that it has set is over.
pub async fn give_back(state: &State, tx: &mut Tx, attempt: &Attempt, account: &str) -> Result<()> {
    let (first_wait, _) = state.config.waits();
    sqlx::query(
        "update tries set times = times - 1,
             wait = case when wait > $2 then wait / 2 else 0 end,
             at = $3 - case when wait > $2 then wait / 2 else 0 end
         where id = $1",
    )
    .bind(attempt.key(account))
    .bind(millis(first_wait))
    .bind(state.clock.now())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

// with: mail {
/// Counts one of at most `limit` in an hour that begins with the first of them; returns whether it is one.
pub async fn take_of_hour(
    config: &Config,
    clock: &Clock,
    tx: &mut Tx,
    what: &str,
    who: &str,
    limit: NonZeroU32,
) -> Result<bool> {
    if config.rate_limit == Switch::Off {
        return Ok(true);
    }
    let now = clock.now();
    let counted = sqlx::query(
        "insert into tries (id, times, wait, at) values ($1, 1, 0, $2)
         on conflict (id) do update set
             times = case when tries.at <= $3 or tries.at > $2 then 1 else tries.times + 1 end,
             at = case when tries.at <= $3 or tries.at > $2 then $2 else tries.at end
         where tries.at <= $3 or tries.at > $2 or tries.times < $4
         returning times",
    )
    .bind(hourly_key(what, who))
    .bind(now)
    .bind(now - millis(HOUR))
    .bind(i64::from(limit.get()))
    .fetch_optional(&mut **tx)
    .await?;
    if counted.is_none() {
        metrics::limited("mail");
    }
    Ok(counted.is_some())
}

fn hourly_key(what: &str, who: &str) -> String {
    format!("{what}:{}", super::secret::digest(who))
}

/// Forgets what [`take_of_hour`] has counted.
pub async fn forget_hour(tx: &mut Tx, what: &str, who: &str) -> Result<()> {
    sqlx::query("delete from tries where id = $1")
        .bind(hourly_key(what, who))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

// with: mail }
/// Forgets the attempts at an account, since one of them was right.
pub async fn forget(tx: &mut Tx, attempt: &Attempt, account: &str) -> Result<()> {
    sqlx::query("delete from tries where id = $1")
        .bind(attempt.key(account))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes the attempts that are older than [`FORGET_AFTER`].
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from tries where at <= $1 and id in
        (select id from tries where at <= $1 limit $2)";
    db.sweep(over, now - millis(FORGET_AFTER)).await
}
