//! One-time codes (TOTP, RFC 6238): six digits of an app, from a secret that it shares with us. The step of
//! the last code is kept, and a code is accepted only if its step is later: each works once.

use crate::{
    error::{Error, Result},
    server::{
        clock::millis,
        db::{Db, Read, Tx},
        log::log_refusal,
        session::User,
        state::State,
    },
};
use sqlx::{AnyExecutor, any::AnyRow};
use std::time::Duration;
use totp_rs::{Builder, Totp};

/// 160 random bits, as RFC 4226 recommends.
type Secret = [u8; 20];
/// How long a secret waits to be switched on.
const SET_UP_WITHIN: Duration = Duration::from_secs(10 * 60);

/// What an app needs to show codes.
pub struct Enrolment {
    /// The secret as people type it, in base32.
    pub secret: String,
    /// The same for a QR code.
    pub uri: String,
}

/// One step of 30 seconds before and one after are accepted: the clock of a phone may be off.
fn totp(secret: Secret, issuer: &str, account: &str) -> Result<Totp> {
    // Neither may hold a colon, which parts them in the address.
    let plain = |text: &str| text.replace(':', " ");
    let built = Builder::new()
        .with_secret(secret.to_vec())
        .with_issuer(Some(plain(issuer)))
        .with_account_name(plain(account))
        .build();
    built.map_err(|error| {
        tracing::error!(%error, "a secret of one-time codes cannot be used");
        Error::Internal
    })
}

/// What a user's secret is sealed for: with another user's id it does not open.
fn about(user_id: &str) -> String {
    format!("totp {user_id}")
}

/// Makes a secret for this session, which is of no use until [`confirm`]. Codes that are on stay so until then.
/// `waits` says whether the new ones will have to settle.
pub async fn begin(tx: &mut Tx, user: &User, waits: bool) -> Result<Enrolment> {
    let (request, secret): (_, Secret) = (&user.request, rand::random());
    let totp = totp(secret, &request.config.rp_name, &user.email)?;
    let uri = totp.to_url().map_err(|_| Error::Internal)?;
    sqlx::query(
        "insert into totps
             (user_id, confirmed, secret, key_id, last_step, created_at, settled_at, session_id)
         values ($1, 0, $2, $3, 0, $4, $5, $6)
         on conflict (user_id, confirmed) do update set
             secret = excluded.secret, key_id = excluded.key_id, created_at = excluded.created_at,
             settled_at = excluded.settled_at, session_id = excluded.session_id",
    )
    .bind(&user.id)
    .bind(request.seal.seal(&secret, &about(&user.id))?)
    .bind(&request.seal.key_id)
    .bind(request.clock.now())
    .bind(i64::from(waits))
    .bind(&user.session_id)
    .execute(&mut **tx)
    .await?;
    Ok(Enrolment { secret: totp.secret().to_base32(), uri })
}

/// Switches on what [`begin`] made, if the code is right, in place of what was on before. The code counts as
/// used, and a wait begins now. In another session, or after [`SET_UP_WITHIN`], there is nothing to switch on:
/// whoever was here once must not switch codes on later.
pub async fn confirm(tx: &mut Tx, user: &User, code: &str) -> Result<()> {
    let (request, now) = (&user.request, user.request.clock.now());
    let row = sqlx::query(
        "select secret, key_id from totps
         where user_id = $1 and confirmed = 0 and session_id = $2 and created_at > $3",
    )
    .bind(&user.id)
    .bind(&user.session_id)
    .bind(now - millis(SET_UP_WITHIN))
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(Error::ChallengeExpired)?;
    let step = matched_step(request, &row, &user.id, code)?;
    remove(tx, &user.id).await?;
    sqlx::query(
        "update totps set confirmed = 1, last_step = $1, session_id = null,
             settled_at = case when settled_at = 0 then 0 else $2 end
         where user_id = $3 and confirmed = 0",
    )
    .bind(step)
    .bind(now + millis(request.config.settling()))
    .bind(&user.id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Accepts a code of a user, once: one statement compares and moves the step.
pub async fn accept(state: &State, tx: &mut Tx, user_id: &str, code: &str) -> Result<()> {
    let row = sqlx::query(
        "select secret, key_id from totps
         where user_id = $1 and confirmed = 1 and (ends_at is null or ends_at > $2)",
    )
    .bind(user_id)
    .bind(state.clock.now())
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(|| log_refusal("no_one_time_codes", Error::WrongCode))?;
    let step = matched_step(state, &row, user_id, code)?;
    let accepted = sqlx::query(
        "update totps set last_step = $1 where user_id = $2 and confirmed = 1 and last_step < $1",
    )
    .bind(step)
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    if accepted.rows_affected() == 0 {
        return Err(log_refusal("used_one_time_code", Error::WrongCode));
    }
    Ok(())
}

/// The step whose code was typed, if it is one of those around now.
fn matched_step(state: &State, row: &AnyRow, user_id: &str, code: &str) -> Result<i64> {
    let wrong = || log_refusal("wrong_one_time_code", Error::WrongCode);
    let secret = state.seal.open_sealed(row.read("secret")?, &about(user_id));
    let Some(secret) = secret.and_then(|it| Secret::try_from(it).ok()) else {
        tracing::error!(
            key_id = row.read::<&str>("key_id")?,
            "SECRET_KEY is not the one with which these one-time codes were set up: none is accepted"
        );
        return Err(wrong());
    };
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return Err(wrong());
    }
    let seconds = u64::try_from(state.clock.now() / 1000).unwrap_or_default();
    let step = totp(secret, "", "")?.check(&digits, seconds);
    step.and_then(|step| i64::try_from(step).ok()).ok_or_else(wrong)
}

/// When the codes of a user begin to count, and when they end, if a recovery has switched them off
/// (milliseconds since 1970 UTC); nothing if there are none.
pub async fn times(
    db: impl AnyExecutor<'_>,
    user_id: &str,
    now: i64,
) -> Result<Option<(i64, Option<i64>)>> {
    let row = sqlx::query(
        "select settled_at, ends_at from totps
         where user_id = $1 and confirmed = 1 and (ends_at is null or ends_at > $2)",
    )
    .bind(user_id.to_owned())
    .bind(now)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((row.read("settled_at")?, row.read("ends_at")?))).transpose()
}

/// Lets a user's codes end at this time (milliseconds since 1970 UTC); returns whether they are on.
pub async fn end_at(tx: &mut Tx, user_id: &str, at: i64) -> Result<bool> {
    let ended = sqlx::query(
        "update totps set ends_at = coalesce(ends_at, $1) where user_id = $2 and confirmed = 1",
    )
    .bind(at)
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Switches a user's codes off; returns whether they were on.
pub async fn remove(tx: &mut Tx, user_id: &str) -> Result<bool> {
    let removed = sqlx::query("delete from totps where user_id = $1 and confirmed = 1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(removed.rows_affected() > 0)
}

/// Takes back what has not settled: codes, their end, and a secret that is being set up.
pub async fn take_back(tx: &mut Tx, user_id: &str, now: i64) -> Result<()> {
    sqlx::query("delete from totps where user_id = $1 and (confirmed = 0 or settled_at > $2)")
        .bind(user_id)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    sqlx::query("update totps set ends_at = null where user_id = $1 and ends_at > $2")
        .bind(user_id)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes codes that have ended, and secrets that nobody has switched on in time.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let ended = "delete from totps where ends_at <= $1 and user_id in
        (select user_id from totps where ends_at <= $1 limit $2)";
    db.sweep(ended, now).await?;
    let unused = "delete from totps where confirmed = 0 and created_at <= $1 and user_id in
        (select user_id from totps where confirmed = 0 and created_at <= $1 limit $2)";
    db.sweep(unused, now - millis(SET_UP_WITHIN)).await
}

/// Says in the log how many users have codes that were set up with another key than ours, and cannot use them.
pub async fn check_key(state: &State) -> Result<i64> {
    let row: AnyRow =
        sqlx::query("select count(*) as n from totps where confirmed = 1 and key_id <> $1")
            .bind(&state.seal.key_id)
            .fetch_one(state.db.reader())
            .await?;
    let locked = row.read("n")?;
    if locked > 0 {
        tracing::error!(
            locked,
            "SECRET_KEY is not the one with which users set up one-time codes: theirs are refused until it is back"
        );
    }
    Ok(locked)
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, for SHA-1: the time in seconds and the last six of the eight digits.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let secret = *b"12345678901234567890";
        for (seconds, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let totp = totp(secret, "", "").expect("a secret");
            assert_eq!(totp.generate(seconds).to_string(), digits);
            assert_eq!(totp.check(digits, seconds), Some(seconds / 30));
            // One step of drift, and no more.
            assert_eq!(totp.check(digits, seconds + 30), Some(seconds / 30));
            assert_eq!(totp.check(digits, seconds + 60), None);
        }
    }
}
