//! Recoveries by mail. Each waits for as long as a weak way to sign in settles, is told everywhere, and can
//! be stopped meanwhile (MAI-08).

use super::notice;
use crate::{
    call::Done,
    date::date_time,
    error::{Error, Result},
    server::{
        activity,
        clock::millis,
        db::{Db, Read, Tx},
        feature::Event,
        request::Request,
        session::User,
    },
};
use std::time::Duration;

pub static RECOVERY_ASKED: Event =
    Event::new("recovery.asked", "Somebody asked to get back in by mail, which goes on from {}")
        .told();
pub static RECOVERY_STOPPED: Event =
    Event::new("recovery.stopped", "Getting back in by mail was stopped").mailed();

/// How long a recovery that has waited can be gone on with.
pub const READY_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Where a recovery is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recovery {
    /// It goes on at this time (milliseconds since 1970 UTC).
    Waits(i64),
    /// Its wait is over, and it is used up.
    Ready,
}

/// Goes on with the recovery of a user that an address has asked for, or begins one. `tx` began with the
/// user's row.
pub async fn go_on(request: &Request, tx: &mut Tx, user_id: &str, email: &str) -> Result<Recovery> {
    let now = request.clock.now();
    let row = sqlx::query("select ready_at from recoveries where user_id = $1 and email = $2")
        .bind(user_id)
        .bind(email)
        .fetch_optional(&mut **tx)
        .await?;
    let ready_at: Option<i64> = row.map(|row| row.read("ready_at")).transpose()?;
    if let Some(ready_at) = ready_at.filter(|at| *at > now) {
        return Ok(Recovery::Waits(ready_at));
    }
    sqlx::query("delete from recoveries where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    if ready_at.is_some_and(|at| at > now - millis(READY_FOR)) {
        return Ok(Recovery::Ready);
    }
    let ready_at = now + millis(request.config.settling());
    sqlx::query(
        "insert into recoveries (user_id, email, asked_at, ready_at) values ($1, $2, $3, $4)",
    )
    .bind(user_id)
    .bind(email)
    .bind(now)
    .bind(ready_at)
    .execute(&mut **tx)
    .await?;
    let from = date_time(ready_at);
    activity::record(request, tx, user_id, &RECOVERY_ASKED, Some(&from)).await?;
    Ok(Recovery::Waits(ready_at))
}

/// Ends the recovery of a user, if there is one.
pub async fn stop(request: &Request, tx: &mut Tx, user_id: &str) -> Result<()> {
    let stopped = sqlx::query("delete from recoveries where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    if stopped.rows_affected() > 0 {
        activity::record(request, tx, user_id, &RECOVERY_STOPPED, None).await?;
    }
    Ok(())
}

/// Stops a recovery by mail that waits. It takes a session by a settled passkey: whoever knows the password
/// must not keep the owner of the mailbox out.
pub async fn stop_by_user(user: &User) -> Result<Done> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    if !notice::is_by_passkey(&mut tx, user).await? {
        return Err(Error::PASSKEY_REQUIRED);
    }
    stop(request, &mut tx, &user.id).await?;
    tx.commit().await?;
    Ok(Done::saying("Nobody gets in by mail now."))
}

/// Deletes the recoveries that nobody went on with.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from recoveries where ready_at <= $1 and user_id in
        (select user_id from recoveries where ready_at <= $1 limit $2)";
    db.sweep(over, now - millis(READY_FOR)).await
}
