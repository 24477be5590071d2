//! The rows of mails. A worker claims one by a lease, in one statement, and sends it in no transaction:
//! if it dies meanwhile, another one sends the mail again, under the same Message-ID (MAI-01).

use super::Letter;
use crate::{
    error::{Error, Result},
    server::{
        clock::{Clock, millis},
        db::{Db, Kind, Read, Tx, json},
        state::State,
    },
};
use sqlx::any::AnyRow;
use std::time::Duration;

/// How long a mail is tried that does not say how long it is of use.
pub const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a worker has to send a mail before another one may.
pub const LEASE: Duration = Duration::from_secs(2 * 60);
/// The waits between attempts double from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);
/// How long the row of a mail is kept, without what it said.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long one is kept that was never to be sent.
const VOID_KEPT: Duration = Duration::from_secs(60 * 60);

/// Adds a mail in the transaction of the act that it is about, and returns its id. It is sent within
/// `lifetime`, or never.
pub async fn queue(
    clock: &Clock,
    tx: &mut Tx,
    recipient: &str,
    letter: &Letter,
    lifetime: Duration,
) -> Result<String> {
    insert(clock, tx, recipient, &json(letter)?, "waiting", lifetime).await
}

/// Does the work of [`queue`] without a mail, so that the time an answer takes does not tell whether
/// there is one.
pub async fn queue_nothing(clock: &Clock, tx: &mut Tx) -> Result<String> {
    insert(clock, tx, "", "", "void", Duration::ZERO).await
}

async fn insert(
    clock: &Clock,
    tx: &mut Tx,
    recipient: &str,
    letter: &str,
    mail_state: &str,
    lifetime: Duration,
) -> Result<String> {
    let (id, now) = (clock.new_id(), clock.now());
    sqlx::query(
        "insert into mails (id, recipient, letter, state, created_at, due_at, expires_at)
         values ($1, $2, $3, $4, $5, $5, $6)",
    )
    .bind(&id)
    .bind(recipient)
    .bind(letter)
    .bind(mail_state)
    .bind(now)
    .bind(now + millis(lifetime))
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// A mail that is to be sent. Times are milliseconds since 1970 UTC.
pub struct Mail {
    pub id: String,
    pub recipient: String,
    pub letter: Letter,
    pub created_at: i64,
    pub expires_at: i64,
    /// How often it was tried, this time included.
    attempts: i64,
}

impl Mail {
    fn read(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            id: row.read("id")?,
            recipient: row.read("recipient")?,
            // What cannot be read is not logged: it may be a code.
            letter: serde_json::from_str(row.read("letter")?).map_err(|_| Error::Internal)?,
            created_at: row.read("created_at")?,
            expires_at: row.read("expires_at")?,
            attempts: row.read("attempts")?,
        })
    }
}

/// Claims a mail that is due, the one first that is of use for the shortest time: a code does not wait
/// behind notices. Nobody else gets it before the [`LEASE`] is over.
pub async fn claim(state: &State) -> Result<Option<Mail>> {
    // On SQLite there is one writer, which needs no lock.
    let lock = match state.db.kind() {
        Kind::Sqlite => "",
        Kind::Postgres => "for update skip locked",
    };
    let now = state.clock.now();
    let sql = sqlx::AssertSqlSafe(format!(
        "update mails set due_at = $1, attempts = attempts + 1 where id = (
             select id from mails where state = 'waiting' and due_at <= $2
             order by expires_at, id limit 1 {lock})
         returning id, recipient, letter, created_at, expires_at, attempts"
    ));
    let rows =
        sqlx::query(sql).bind(now + millis(LEASE)).bind(now).fetch_all(state.db.writer()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    // Another release may have written it, and an instance of that one sends it.
    Mail::read(row).map(Some).or_else(|_| {
        tracing::error!(mail = row.read::<&str>("id").ok(), "a mail cannot be read");
        Ok(None)
    })
}

/// What became of a mail for good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Sent,
    /// The server does not take it, or nobody took it in time.
    Refused,
}

impl End {
    fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
        }
    }
}

/// Notes what became of a mail, and blanks what it said and to whom.
pub async fn end(state: &State, mail: &Mail, end: End) -> Result<()> {
    sqlx::query(
        "update mails set state = $1, letter = '', recipient = '' where id = $2 and state = 'waiting'",
    )
        .bind(end.name())
        .bind(&mail.id)
        .execute(state.db.writer())
        .await?;
    Ok(())
}

/// Lets a mail wait for its next attempt.
pub async fn defer(state: &State, mail: &Mail) -> Result<()> {
    sqlx::query("update mails set due_at = $1 where id = $2 and state = 'waiting'")
        .bind(state.clock.now() + millis(wait_after(mail.attempts)))
        .bind(&mail.id)
        .execute(state.db.writer())
        .await?;
    Ok(())
}

fn wait_after(attempts: i64) -> Duration {
    let doubled = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    (FIRST_WAIT * 2_u32.pow(doubled)).min(LONGEST_WAIT)
}

/// The mails that wait, newest first, for the mailbox of developers.
pub async fn waiting(state: &State, limit: i64) -> Result<Vec<Mail>> {
    let rows = sqlx::query(
        "select id, recipient, letter, created_at, expires_at, attempts from mails
         where state = 'waiting' order by id desc limit $1",
    )
    .bind(limit)
    .fetch_all(state.db.reader())
    .await?;
    rows.iter().map(Mail::read).collect()
}

/// Drops the mails that wait for an address, since it is no longer the account's.
pub async fn void(tx: &mut Tx, recipient: &str) -> Result<()> {
    sqlx::query(
        "update mails set state = 'void', letter = '', recipient = ''
         where recipient = $1 and state = 'waiting'",
    )
    .bind(recipient)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How many mails wait, and since when the oldest does (milliseconds since 1970 UTC).
pub async fn backlog(db: &Db) -> Result<(i64, Option<i64>)> {
    let sql = "select count(*), min(created_at) from mails where state = 'waiting'";
    Ok(sqlx::query_as(sql).fetch_one(db.reader()).await?)
}

/// Deletes old rows.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from mails where created_at <= $1 and id in
        (select id from mails where created_at <= $1 limit $2)";
    db.sweep(over, now - millis(KEPT)).await?;
    // Strangers can cause as many of these as they like.
    let void = "delete from mails where state = 'void' and created_at <= $1 and id in
        (select id from mails where state = 'void' and created_at <= $1 limit $2)";
    db.sweep(void, now - millis(VOID_KEPT)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_up_to_the_longest() {
        let waits: Vec<_> = (1..=20).map(|attempts| wait_after(attempts).as_secs()).collect();
        assert_eq!(waits[..4], [10, 20, 40, 80]);
        assert_eq!(
            waits[7..],
            [1280, 1800, 1800, 1800, 1800, 1800, 1800, 1800, 1800, 1800, 1800, 1800, 1800]
        );
    }
}
