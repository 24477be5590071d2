//! The rows of sessions: how one begins and how it ends.

use super::User; // with: mail
use crate::{
    error::{Error, Result},
    server::{
        activity::{self, Entry},
        clock::millis,
        cookies::Cookie,
        db::{Db, Read, Tx},
        devices,
        feature::Event,
        log::log_refusal,
        request::Request,
        secret,
        state::{Features, State},
    },
};
use sqlx::any::AnyRow;
use std::time::Duration;
use tower_sessions::session::Id;

/// How long an AAL2 session lasts (SES-05): without use, and in all.
pub const IDLE: Duration = Duration::from_secs(60 * 60);
pub const ABSOLUTE: Duration = Duration::from_secs(24 * 60 * 60);
/// The most sessions that an account can have; the one that was unused for longest makes room.
const MAX_SESSIONS: i64 = 50;

pub static SESSION_CREATED: Event = Event::new("session.created", "Session started with a {}");
pub static SESSION_ENDED: Event = Event::new("session.ended", "Session ended");
pub static NEW_BROWSER: Event =
    Event::new("session.new_browser", "Signed in from a new browser").mailed();

/// How a user signed in.
#[derive(Clone, Copy, Debug)]
pub enum SignedInBy<'a> {
    /// With the passkey or the password that the account was made with just now.
    NewPasskey(&'a str),
    NewPassword,
    Passkey {
        id: &'a str,
        /// Whether the passkey is on another device than the browser, such as a phone beside it.
        other_device: bool,
        /// Whether the passkey has settled, so that it may confirm actions.
        settled: bool,
    },
    Password {
        settled: bool,
    },
    // with: mail {
    /// With a code by mail, which confirms nothing.
    Mail,
    // with: mail }
    /// With a second factor after another first factor than a passkey: the name of its method.
    SecondFactor(&'static str),
    Recovery,
    // with: mail {
    /// By mail, after a wait that was announced.
    RecoveryByMail,
    // with: mail }
}

impl<'a> SignedInBy<'a> {
    fn scope(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::RecoveryByMail => "recovery", // with: mail
            _ => "full",
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::NewPasskey(_) | Self::Passkey { .. } => "passkey",
            Self::NewPassword | Self::Password { .. } => "password",
            Self::Mail => "mail", // with: mail
            Self::SecondFactor(name) => name,
            Self::Recovery => "recovery",
            Self::RecoveryByMail => BY_MAIL, // with: mail
        }
    }

    fn passkey_id(self) -> Option<&'a str> {
        match self {
            Self::NewPasskey(id) | Self::Passkey { id, .. } => Some(id),
            _ => None,
        }
    }

    fn is_settled(self) -> bool {
        match self {
            Self::NewPasskey(_) | Self::NewPassword | Self::SecondFactor(_) => true,
            Self::Passkey { settled, .. } | Self::Password { settled } => settled,
            Self::Mail | Self::RecoveryByMail => false, // with: mail
            Self::Recovery => false,
        }
    }
}

/// A way to sign in as users read it, by its name in rows.
pub fn method_words<'a>(features: &Features, method: &'a str) -> &'a str {
    let second_factor = features.methods.iter().find(|it| it.name() == method);
    match (second_factor.and_then(|it| it.second_factor()), method) {
        (Some(words), _) => words,
        (None, "mail") => "code by mail",      // with: mail
        (None, BY_MAIL) => "recovery by mail", // with: mail
        (None, name) => name,
    }
}

// with: mail {
const BY_MAIL: &str = "recovery_by_mail";

/// Whether a recovery by mail opened the session of a user.
pub async fn is_recovery_by_mail(tx: &mut Tx, user: &User) -> Result<bool> {
    let row = sqlx::query("select 1 from sessions where id = $1 and method = $2")
        .bind(&user.session_id)
        .bind(BY_MAIL)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

// with: mail }
/// A session that exists once its transaction is committed.
#[must_use = "the browser gets its cookies from `send_cookies`"]
pub struct NewSession {
    value: String,
    device: String,
}

impl NewSession {
    pub fn send_cookies(self, request: &Request) {
        request.set_cookie(Cookie::Session, &self.value, ABSOLUTE);
        request.set_cookie(Cookie::Device, &self.device, devices::LIFETIME);
    }
}

/// Signs a user in: opens a session with a new id (AUT-03), in place of the one that this browser may
/// have had. Every way to sign in ends here (AUT-05), in a transaction that made the user or began with
/// [`begin_for`](super::db::Db::begin_for). `event` is recorded with it: what the user did to sign in.
pub async fn open_session(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    by: SignedInBy<'_>,
    event: Option<&Event>,
) -> Result<NewSession> {
    if !may_sign_in(request, tx, user_id).await? {
        return Err(log_refusal("may_not_sign_in", Error::SignInFailed));
    }
    let ended = make_room(request, tx, user_id).await?;
    let value = Id::default().to_string();
    let other_device = matches!(by, SignedInBy::Passkey { other_device: true, .. });
    let made_account = matches!(by, SignedInBy::NewPasskey(_) | SignedInBy::NewPassword);
    sqlx::query(
        "insert into sessions (id, user_id, scope, method, passkey_id, other_device, made_account,
             settled, user_agent, data, created_at, last_seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', $10, $10)",
    )
    .bind(secret::digest(&value))
    .bind(user_id)
    .bind(by.scope())
    .bind(by.method())
    .bind(by.passkey_id())
    .bind(i64::from(other_device))
    .bind(i64::from(made_account))
    .bind(i64::from(by.is_settled()))
    .bind(&request.client.user_agent)
    .bind(request.clock.now())
    .execute(&mut **tx)
    .await?;
    let mut entries = ended_entries(&ended)?;
    entries.extend(event.map(|event| (user_id, event, None)));
    let words = method_words(&request.features, by.method());
    entries.push((user_id, &SESSION_CREATED, Some(words)));
    let (device, is_new) = devices::remember(request, tx, user_id).await?;
    if is_new && !made_account {
        entries.push((user_id, &NEW_BROWSER, None));
    }
    activity::record_all(request, tx, &entries).await?;
    Ok(NewSession { value, device })
}

/// Whether every feature lets a user sign in.
pub async fn may_sign_in(state: &State, tx: &mut Tx, user_id: &str) -> Result<bool> {
    for feature in state.features.all {
        if !feature.may_sign_in(tx, user_id).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Ends the session that this browser had and, if the new one would be one too many, the user's sessions
/// that were unused for longest. Returns what has ended.
async fn make_room(request: &Request, tx: &mut Tx, user_id: &str) -> Result<Vec<AnyRow>> {
    let previous = request.cookie(Cookie::Session).map(|value| secret::digest(&value));
    Ok(sqlx::query(
        "delete from sessions where id = $1 or id in (
             select id from sessions where user_id = $2 and id <> $1
             order by last_seen_at desc, id limit $3 offset $4)
         returning user_id",
    )
    .bind(previous.unwrap_or_default())
    .bind(user_id)
    .bind(i64::from(i32::MAX))
    .bind(MAX_SESSIONS - 1)
    .fetch_all(&mut **tx)
    .await?)
}

/// Ends a session, if it exists: deletes its row, and with it its actions. Its challenges are of no
/// use without it.
pub async fn end(request: &Request, tx: &mut Tx, session_id: &str) -> Result<()> {
    let ended = sqlx::query("delete from sessions where id = $1 returning user_id")
        .bind(session_id)
        .fetch_all(&mut **tx)
        .await?;
    record_ended(request, tx, &ended).await
}

/// Ends every session of a user except `kept`, the id of a row.
pub async fn end_all(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    kept: Option<&str>,
) -> Result<()> {
    let ended =
        sqlx::query("delete from sessions where user_id = $1 and id <> $2 returning user_id")
            .bind(user_id)
            .bind(kept.unwrap_or_default())
            .fetch_all(&mut **tx)
            .await?;
    record_ended(request, tx, &ended).await
}

/// Ends the recovery session of a user, if one is open: it has made its one change, or the user has made
/// one without it (REC-08).
pub async fn end_recovery(request: &Request, tx: &mut Tx, user_id: &str) -> Result<()> {
    let ended = sqlx::query(
        "delete from sessions where user_id = $1 and scope = 'recovery' returning user_id",
    )
    .bind(user_id)
    .fetch_all(&mut **tx)
    .await?;
    record_ended(request, tx, &ended).await
}

/// Records each ended session in the activity of its user.
async fn record_ended(request: &Request, tx: &mut Tx, ended: &[AnyRow]) -> Result<()> {
    activity::record_all(request, tx, &ended_entries(ended)?).await
}

fn ended_entries(ended: &[AnyRow]) -> Result<Vec<Entry<'_>>> {
    ended.iter().map(|row| Ok((row.read("user_id")?, &SESSION_ENDED, None))).collect()
}

/// Reads a live session `s` and its user `u`, with more `columns` of either; `$4` in these is the time
/// now (milliseconds since 1970 UTC).
pub async fn find(state: &State, id: &str, columns: &'static str) -> sqlx::Result<Option<AnyRow>> {
    let now = state.clock.now();
    let sql = sqlx::AssertSqlSafe(format!(
        "select s.user_id, s.scope, s.passkey_id, s.last_seen_at, s.data, s.id,
             u.handle, u.email, u.name,
             case when exists (select 1 from addresses a where a.email = u.email
                 and a.user_id = u.id and a.confirmed_at is not null) then 1 else 0 end
                 as email_confirmed {columns}
         from sessions s join users u on u.id = s.user_id
         where s.id = $1 and s.last_seen_at > $2 and s.created_at > $3"
    ));
    let mut query = sqlx::query(sql).bind(id).bind(now - millis(IDLE)).bind(now - millis(ABSOLUTE));
    if !columns.is_empty() {
        query = query.bind(now);
    }
    query.fetch_optional(state.db.reader()).await
}

/// Deletes the sessions that have expired.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let unused = "delete from sessions where last_seen_at <= $1 and id in
        (select id from sessions where last_seen_at <= $1 limit $2)";
    db.sweep(unused, now - millis(IDLE)).await?;
    let old = "delete from sessions where created_at <= $1 and id in
        (select id from sessions where created_at <= $1 limit $2)";
    db.sweep(old, now - millis(ABSOLUTE)).await
}

/// The id of the row of the session whose cookie holds `id`.
pub fn row_id(id: &Id) -> String {
    secret::digest(&id.to_string())
}
