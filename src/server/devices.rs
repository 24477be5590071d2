//! Browsers that have signed in to an account before, recognised by a cookie. Attempts in such a browser
//! count towards an allowance of its own: strangers share one, and must not keep the user out (RTL-07).
//! A known browser is allowed nothing else.

use super::{
    clock::millis,
    cookies::Cookie,
    db::{Db, Read, Tx},
    request::Request,
    secret,
};
use crate::error::Result;
use std::time::Duration;

/// How long a browser is known after its last sign-in.
pub const LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The most browsers that an account can have; the one that signed in longest ago makes room.
const MAX_DEVICES: i64 = 20;

/// The hash under which the database knows this browser; empty, as in no row, if it has no cookie.
fn own_hash(request: &Request) -> String {
    request.random_cookie(Cookie::Device).map(|value| secret::digest(&value)).unwrap_or_default()
}

/// Stores this browser as one of a user's, in the transaction of the sign-in. Returns the cookie's value,
/// which is the same for every account that signs in with this browser, and whether it is new to the user.
pub async fn remember(request: &Request, tx: &mut Tx, user_id: &str) -> Result<(String, bool)> {
    let value = request.random_cookie_or_new(Cookie::Device);
    let hash = secret::digest(&value);
    let now = request.clock.now();
    let stored = sqlx::query(
        "insert into devices (user_id, hash, created_at, last_seen_at) values ($1, $2, $3, $3)
         on conflict (user_id, hash) do update set last_seen_at = excluded.last_seen_at
         returning created_at",
    )
    .bind(user_id)
    .bind(&hash)
    .bind(now)
    .fetch_one(&mut **tx)
    .await?;
    if stored.read::<i64>("created_at")? < now {
        return Ok((value, false));
    }
    // A new one may be one too many.
    sqlx::query(
        "delete from devices where user_id = $1 and hash in (
             select hash from devices where user_id = $1 and hash <> $2
             order by last_seen_at desc, hash limit $3 offset $4)",
    )
    .bind(user_id)
    .bind(hash)
    .bind(i64::from(i32::MAX))
    .bind(MAX_DEVICES - 1)
    .execute(&mut **tx)
    .await?;
    Ok((value, true))
}

/// The name under which [`attempts`](super::attempts) counts what this browser tries at an account: its
/// own if it has signed in there before, else the account's, which all strangers share. Where there is
/// no such account `user_id` matches no user, and the same statement runs.
pub async fn allowance(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    account: &str,
) -> Result<String> {
    let hash = own_hash(request);
    let known =
        sqlx::query("select 1 from devices where user_id = $1 and hash = $2 and last_seen_at > $3")
            .bind(user_id)
            .bind(&hash)
            .bind(request.clock.now() - millis(LIFETIME))
            .fetch_optional(&mut **tx)
            .await?;
    Ok(known.map_or_else(|| account.to_owned(), |_| format!("{account}\0{hash}")))
}

/// Forgets every browser of a user but this one: an intruder who signed in by a method that is no longer
/// good must not keep an allowance of their own.
pub async fn forget_others(request: &Request, tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query("delete from devices where user_id = $1 and hash <> $2")
        .bind(user_id)
        .bind(own_hash(request))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes the browsers that have not signed in for too long.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from devices where last_seen_at <= $1 and (user_id, hash) in
        (select user_id, hash from devices where last_seen_at <= $1 limit $2)";
    db.sweep(over, now - millis(LIFETIME)).await
}
