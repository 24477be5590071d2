//! One-time codes (TOTP, RFC 6238): six digits of an app, from a secret that it shares with us. The step of
//! the last code is kept, and a code is accepted only if its step is later: each works once.

use crate::{
    error::{Error, Result},
    server::{
        db::{Read, Tx},
        log::log_refusal,
        request::Request,
        state::State,
    },
};
use sqlx::any::AnyRow;
use totp_rs::{Builder, Totp};

/// 160 random bits, as RFC 4226 recommends.
type Secret = [u8; 20];

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

/// What seals a user's secret, so that no row is of use in another's place.
fn about(user_id: &str) -> String {
    format!("totp {user_id}")
}

/// Makes a secret that is of no use until [`confirm`]. One that is in use stays so until then.
pub async fn begin(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    email: &str,
    settled_at: i64,
) -> Result<Enrolment> {
    let secret: Secret = rand::random();
    let totp = totp(secret, &request.config.rp_name, email)?;
    let uri = totp.to_url().map_err(|_| Error::Internal)?;
    sqlx::query(
        "insert into totps (user_id, confirmed, secret, key_id, last_step, created_at, settled_at)
         values ($1, 0, $2, $3, 0, $4, $5)
         on conflict (user_id, confirmed) do update set
             secret = excluded.secret, key_id = excluded.key_id, created_at = excluded.created_at,
             settled_at = excluded.settled_at",
    )
    .bind(user_id)
    .bind(request.seal.seal(&secret, &about(user_id))?)
    .bind(&request.seal.key_id)
    .bind(request.clock.now())
    .bind(settled_at)
    .execute(&mut **tx)
    .await?;
    Ok(Enrolment { secret: totp.secret().to_base32(), uri })
}

/// Switches on what [`begin`] made, if the code is right, in place of what was on before. The code counts
/// as used.
pub async fn confirm(state: &State, tx: &mut Tx, user_id: &str, code: &str) -> Result<()> {
    let step = matched_step(state, tx, user_id, false, code).await?;
    remove(tx, user_id).await?;
    sqlx::query(
        "update totps set confirmed = 1, last_step = $1 where user_id = $2 and confirmed = 0",
    )
    .bind(step)
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Accepts a code of a user, once: one statement compares and moves the step.
pub async fn accept(state: &State, tx: &mut Tx, user_id: &str, code: &str) -> Result<()> {
    let step = matched_step(state, tx, user_id, true, code).await?;
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
async fn matched_step(
    state: &State,
    tx: &mut Tx,
    user_id: &str,
    confirmed: bool,
    code: &str,
) -> Result<i64> {
    let wrong = || log_refusal("wrong_one_time_code", Error::WrongCode);
    let row = sqlx::query("select secret, key_id from totps where user_id = $1 and confirmed = $2")
        .bind(user_id)
        .bind(i64::from(confirmed))
        .fetch_optional(&mut **tx)
        .await?;
    let row = row.ok_or_else(wrong)?;
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

/// When a user can confirm by one-time code (milliseconds since 1970 UTC); nothing if there is none.
pub async fn settled_at(tx: &mut Tx, user_id: &str) -> Result<Option<i64>> {
    let row = sqlx::query("select settled_at from totps where user_id = $1 and confirmed = 1")
        .bind(user_id)
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| row.read("settled_at")).transpose()
}

/// Switches a user's codes off; returns whether they were on.
pub async fn remove(tx: &mut Tx, user_id: &str) -> Result<bool> {
    let removed = sqlx::query("delete from totps where user_id = $1 and confirmed = 1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(removed.rows_affected() > 0)
}

/// Switches off codes that have not settled, and forgets a secret that was never confirmed.
pub async fn remove_unsettled(tx: &mut Tx, user_id: &str, now: i64) -> Result<()> {
    sqlx::query("delete from totps where user_id = $1 and (confirmed = 0 or settled_at > $2)")
        .bind(user_id)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
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
