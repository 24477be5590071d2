//! The rows of actions: pending, then confirmed, then deleted. A confirmed row is the grant, of one
//! session, user and action, good once and for a minute. This module does not decide who may confirm.

use super::{
    Reauthenticated,
    action::{Action, Kind, Policy},
};
use crate::{
    credentials::method,
    error::{Error, Result},
    server::{
        activity,
        clock::millis,
        db::{Db, Read, Tx, from_json, json},
        feature::{Event, Method},
        log::log_refusal,
        session::User,
    },
};
use serde::Serialize;
use sqlx::{AnyExecutor, any::AnyRow};
use std::time::Duration;

pub static STEP_UP_VERIFIED: Event = Event::new("step_up.verified", "Confirmed: {noun}");
pub static STEP_UP_FAILED: Event = Event::new("step_up.failed", "Confirmation failed: {noun}");
/// The action to confirm where none is pending: it says no more than who the user is.
pub static VERIFY_IDENTITY: Kind = Kind {
    event: &Event::new("verify_identity", "Identity confirmed").noun("that it was you"),
    policy: Policy::by_strongest(),
};

/// How long an action waits to be confirmed, and a confirmed one to be carried out.
const PENDING_FOR: Duration = Duration::from_secs(5 * 60);
const CONFIRMED_FOR: Duration = Duration::from_secs(60);
/// After this many failed confirmations an action is void (STP-13).
const MAX_FAILURES: i64 = 5;

/// Stores an action as pending and returns its id. The same action keeps its id and failures, and gets
/// the new time. An expired action is replaced, and so is one that was confirmed but never carried out.
pub(super) async fn store<P: Serialize>(
    tx: &mut Tx,
    user: &User,
    action: &Action<P>,
) -> Result<String> {
    let (now, hash) = (user.request.clock.now(), action.hash(user)?);
    sqlx::query(
        "delete from actions where session_id = $1 and hash = $2
             and (expires_at <= $3 or confirmed_by is not null)",
    )
    .bind(&user.session_id)
    .bind(hash.clone())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query(
        "insert into actions (id, session_id, user_id, kind, summary, methods, settled, bytes,
             hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10)
         on conflict (session_id, hash) do update set
             bytes = excluded.bytes, created_at = excluded.created_at, expires_at = excluded.expires_at
         returning id",
    )
    .bind(user.request.clock.new_id())
    .bind(&user.session_id)
    .bind(&user.id)
    .bind(action.kind.event.name)
    .bind(&action.summary)
    .bind(json(&action.policy.names(user.request.features.methods))?)
    .bind(action.bytes(user, now)?)
    .bind(hash)
    .bind(now)
    .bind(now + millis(PENDING_FOR))
    .fetch_one(&mut **tx)
    .await?;
    row.read("id")
}

/// Finds the named pending action, or the newest. If none is pending and none is named, it stores an
/// action that says no more than who the user is.
pub(super) async fn find_or_create_identity_check(
    tx: &mut Tx,
    user: &User,
    id: Option<&str>,
) -> Result<AnyRow> {
    if let Some(row) = find_pending(&mut **tx, user, id).await? {
        return Ok(row);
    }
    if id.is_some() {
        return Err(Error::ActionGone);
    }
    let id = store(tx, user, &VERIFY_IDENTITY.action("Confirm that it is you", ())).await?;
    find_pending(&mut **tx, user, Some(&id)).await?.ok_or(Error::ActionGone)
}

/// Turns the pending action with this id into a confirmed one: the grant. Where it is not pending any
/// more, the answer is [`Error::ChallengeExpired`].
pub(super) async fn grant(
    mut tx: Tx,
    user: &User,
    id: &str,
    method: &str,
    passkey_and_receipt: Option<(&str, String)>,
) -> Result<()> {
    let (passkey_id, receipt) = passkey_and_receipt.unzip();
    let now = user.request.clock.now();
    let confirmed = sqlx::query(
        "update actions set confirmed_by = $1, passkey_id = $2, receipt = $3, expires_at = $4
         where id = $5 and session_id = $6 and user_id = $7
             and confirmed_by is null and expires_at > $8
         returning kind",
    )
    .bind(method)
    .bind(passkey_id)
    .bind(receipt)
    .bind(now + millis(CONFIRMED_FOR))
    .bind(id)
    .bind(&user.session_id)
    .bind(&user.id)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::ChallengeExpired)?;
    let kind: &str = confirmed.read("kind")?;
    activity::record(&user.request, &mut tx, &user.id, &STEP_UP_VERIFIED, Some(kind)).await?;
    tx.commit().await
}

/// Counts a failed confirmation. The last one that is allowed makes the action void.
async fn record_failure(user: &User, id: &str) -> Result<()> {
    let mut tx = user.request.db.begin().await?;
    let row = sqlx::query(
        "update actions set failures = failures + 1 where id = $1 returning kind, failures",
    )
    .bind(id)
    .fetch_optional(&mut *tx)
    .await?;
    // The action is void or carried out by now: there is nothing left to fail.
    let Some(row) = row else { return Ok(()) };
    if row.read::<i64>("failures")? >= MAX_FAILURES {
        sqlx::query("delete from actions where id = $1").bind(id).execute(&mut *tx).await?;
    }
    let kind = Some(row.read("kind")?);
    activity::record(&user.request, &mut tx, &user.id, &STEP_UP_FAILED, kind).await?;
    tx.commit().await
}

/// A pending action of this session: the named one, or the newest.
pub(super) async fn find_pending(
    db: impl AnyExecutor<'_>,
    user: &User,
    id: Option<&str>,
) -> Result<Option<AnyRow>> {
    Ok(sqlx::query(
        "select id, kind, methods, bytes from actions
         where session_id = $1 and user_id = $2 and confirmed_by is null and expires_at > $3
             and (id = $4 or $4 is null)
         order by created_at desc, id desc limit 1",
    )
    .bind(user.session_id.clone())
    .bind(user.id.clone())
    .bind(user.request.clock.now())
    .bind(id.map(str::to_owned))
    .fetch_optional(db)
    .await?)
}

/// The method that confirms a stored action.
pub(super) async fn method_of(
    tx: &mut Tx,
    user: &User,
    action: &AnyRow,
) -> Result<&'static dyn Method> {
    let accepted: Vec<String> = from_json(action.read("methods")?)?;
    let accepts = |name: &str| accepted.iter().any(|it| it == name);
    method::choose(&user.request.doing(), tx, &user.id, accepts).await
}

/// Refuses a method by which a stored action is not confirmed.
pub(super) async fn check_method(
    tx: &mut Tx,
    user: &User,
    action: &AnyRow,
    method: &dyn Method,
    refusal: Error,
) -> Result<()> {
    if method_of(tx, user, action).await?.name() != method.name() {
        return Err(log_refusal("another_method", refusal));
    }
    Ok(())
}

/// Answers a confirmation. A failed one is counted, unless the fault is ours.
pub(super) async fn answer_or_count(
    user: &User,
    id: &str,
    confirmed: Result<()>,
) -> Result<Reauthenticated> {
    if let Err(error) = confirmed {
        if !matches!(error, Error::Internal | Error::Unavailable) {
            record_failure(user, id).await?;
        }
        return Err(error);
    }
    Ok(Reauthenticated { verified: true, user_id: user.id.clone() })
}

/// Deletes the actions that have expired before they were confirmed or carried out.
pub(super) async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from actions where expires_at <= $1 and id in
        (select id from actions where expires_at <= $1 limit $2)";
    db.sweep(over, now).await
}
