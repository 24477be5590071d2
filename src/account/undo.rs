//! Links in mails, by which whoever holds a mailbox undoes what has not settled. A link works once, until
//! what it undoes has settled, and reaches no settled passkey. Opening it changes nothing: its page has a
//! button.

use super::{addresses, notice, recoveries};
use crate::{
    call::Done,
    credentials::method::something_waits,
    error::{Error, Result},
    server::{
        clock::millis,
        db::{Db, Read, Tx},
        feature::Doing,
        log::log_refusal,
        request::Request,
        secret,
        session::{self, SignedInBy},
    },
};
use std::time::Duration;

/// What the link can undo.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Undoable {
    /// Whether something was added or changed that has not settled.
    pub changes: bool,
    /// Whether there is a recovery, which the link can stop without the rest.
    pub recovery: bool,
}

/// What of a user's account a link to `email` would undo now, if anything. Of several proven addresses only
/// the oldest has links: whoever changed the address must not undo the change of their own.
pub async fn undoable(
    doing: &Doing<'_>,
    tx: &mut Tx,
    user_id: &str,
    email: &str,
) -> Result<Option<Undoable>> {
    let now = doing.clock.now();
    let row = sqlx::query(
        "select
             case when kept_until > $3 then 1 else 0 end as replaced,
             case when exists (select 1 from recoveries where user_id = $1) then 1 else 0 end as recovery
         from addresses own
         where user_id = $1 and email = $2 and confirmed_at is not null
             and (kept_until is null or kept_until > $3)
             and not exists (select 1 from addresses older
                 where older.user_id = $1 and older.confirmed_at < own.confirmed_at
                     and (older.kept_until is null or older.kept_until > $3))",
    )
    .bind(user_id)
    .bind(email)
    .bind(now)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let is = |column: &str| row.read::<i64>(column).map(|it| it == 1);
    let undoable = Undoable {
        changes: is("replaced")? || something_waits(doing, tx, user_id).await?,
        recovery: is("recovery")?,
    };
    Ok((undoable.changes || undoable.recovery).then_some(undoable))
}

/// Makes a link for the mail to an address, and returns its path. It is good for as long as what it undoes.
pub async fn link(
    doing: &Doing<'_>,
    tx: &mut Tx,
    user_id: &str,
    email: &str,
    undoable: Undoable,
) -> Result<String> {
    let settling = doing.config.settling();
    let lifetime =
        settling + if undoable.recovery { recoveries::READY_FOR } else { Duration::ZERO };
    let token = secret::base64url(&secret::random());
    sqlx::query(
        "insert into undo_links (hash, user_id, email, expires_at) values ($1, $2, $3, $4)",
    )
    .bind(secret::digest(&token))
    .bind(user_id)
    .bind(email)
    .bind(doing.clock.now() + millis(lifetime))
    .execute(&mut **tx)
    .await?;
    Ok(format!("/undo?token={token}"))
}

/// Whose a link is, and the address that it was sent to.
async fn find(request: &Request, token: &str) -> Result<(String, String)> {
    let row =
        sqlx::query("select user_id, email from undo_links where hash = $1 and expires_at > $2")
            .bind(secret::digest(token))
            .bind(request.clock.now())
            .fetch_optional(request.db.reader())
            .await?;
    let row = row.ok_or_else(|| log_refusal("no_link", Error::NotFound))?;
    Ok((row.read("user_id")?, row.read("email")?))
}

/// What a link can undo now; nothing if it was used, is too old, or everything has settled.
pub async fn look(request: &Request, token: &str) -> Result<Option<Undoable>> {
    let (user_id, email) = match find(request, token).await {
        Err(Error::NotFound) => return Ok(None),
        found => found?,
    };
    let mut tx = request.db.begin_read().await?;
    undoable(&request.doing(), &mut tx, &user_id, &email).await
}

/// Uses a link up, and returns its user, the address that it was sent to, and the transaction.
async fn use_up(request: &Request, token: &str) -> Result<(String, String, Tx)> {
    let (user_id, email) = find(request, token).await?;
    request.name_account(&user_id);
    let mut tx = request.db.begin_for(&user_id).await?;
    let used = sqlx::query("delete from undo_links where hash = $1")
        .bind(secret::digest(token))
        .execute(&mut *tx)
        .await?;
    if used.rows_affected() == 0 {
        return Err(log_refusal("link_used", Error::NotFound));
    }
    Ok((user_id, email, tx))
}

/// Takes back what has not settled, ends all sessions and a recovery that waits, and opens a recovery
/// session for whoever holds the mailbox.
pub async fn undo_by_link(request: &Request, token: &str) -> Result<Done> {
    let (user_id, email, mut tx) = use_up(request, token).await?;
    let undoable = undoable(&request.doing(), &mut tx, &user_id, &email).await?;
    if !undoable.is_some_and(|it| it.changes) {
        return Err(log_refusal("nothing_to_undo", Error::NotFound));
    }
    addresses::restore(request, &mut tx, &user_id, &email).await?;
    recoveries::stop(request, &mut tx, &user_id).await?;
    notice::take_back(request, &mut tx, &user_id, None).await?;
    // Those of the mails about this as well: what is left to undo is what its owner does next.
    forget(&mut tx, &user_id).await?;
    // What a thief added must not settle while nobody may sign in.
    if !session::may_sign_in(request, &mut tx, &user_id).await? {
        tx.commit().await?;
        request.go_to("/signin?done=undone");
        return Ok(Done::default());
    }
    let session =
        session::open_session(request, &mut tx, &user_id, SignedInBy::Recovery, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    request.go_to("/settings/security");
    Ok(Done::default())
}

/// Ends a recovery that waits, and nothing else.
pub async fn stop_recovery(request: &Request, token: &str) -> Result<Done> {
    let (user_id, email, mut tx) = use_up(request, token).await?;
    let undoable = undoable(&request.doing(), &mut tx, &user_id, &email).await?;
    if !undoable.is_some_and(|it| it.recovery) {
        return Err(log_refusal("nothing_to_undo", Error::NotFound));
    }
    recoveries::stop(request, &mut tx, &user_id).await?;
    tx.commit().await?;
    request.go_to("/signin?done=recovery_stopped");
    Ok(Done::default())
}

/// Voids the links of a user.
async fn forget(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query("delete from undo_links where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes the links that have expired.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from undo_links where expires_at <= $1 and hash in
        (select hash from undo_links where expires_at <= $1 limit $2)";
    db.sweep(over, now).await
}
