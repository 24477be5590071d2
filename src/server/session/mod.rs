//! Who is signed in. Rows are made by [`establish`] alone, in the transaction that signs the user
//! in, and ended by [`end`]; a request that outlives its session can never bring it back.

mod store;

pub use store::layer;

use super::{
    State, activity,
    client::Client,
    clock::millis,
    cookies::{self, Name},
    db::{Read, Tx},
    devices,
    log::name_account,
    secret,
};
use crate::error::{Error, Result};
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::time::Duration;
use tokio::time::timeout;
use tower_sessions::{Session, session::Id};

/// Limits of an AAL2 session (SES-05): without use, and in all.
pub const IDLE: Duration = Duration::from_secs(60 * 60);
pub const ABSOLUTE: Duration = Duration::from_secs(24 * 60 * 60);
/// As many as an account can have; the one that was not used for longest makes room.
const MOST: i64 = 50;
/// `last_seen_at` is written at most this often.
const SEEN: Duration = Duration::from_secs(60);
/// How long a request waits for that.
const PATIENCE: Duration = Duration::from_secs(1);

/// Proof that a request comes from a signed-in user. Only this module makes one.
#[derive(Clone, Debug)]
#[expect(clippy::manual_non_exhaustive, reason = "no other module of this crate may make one")]
pub struct User {
    pub id: String,
    /// What authenticators know the account by.
    pub handle: Vec<u8>,
    pub email: String,
    pub name: String,
    /// The row of the session, under which actions and challenges are kept.
    pub session_id: String,
    pub scope: Scope,
    /// The passkey that opened the session, while it exists.
    pub passkey_id: Option<String>,
    _private: (),
}

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Full,
    /// Opened by a recovery code: add a passkey, set a password and sign out, nothing else (REC-04).
    Recovery,
}

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
        /// Whether it may confirm something by now.
        settled: bool,
    },
    Password {
        settled: bool,
    },
    Recovery,
}

impl<'a> SignedInBy<'a> {
    fn scope(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            _ => "full",
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::NewPasskey(_) | Self::Passkey { .. } => "passkey",
            Self::NewPassword | Self::Password { .. } => "password",
            Self::Recovery => "recovery",
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
            Self::NewPasskey(_) | Self::NewPassword => true,
            Self::Passkey { settled, .. } | Self::Password { settled } => settled,
            Self::Recovery => false,
        }
    }
}

/// What the store keeps in a session, under [`KEY`].
#[derive(Serialize, Deserialize)]
struct SignIn {
    user_id: String,
    scope: Scope,
    passkey_id: Option<String>,
    last_seen_at: i64,
}
const KEY: &str = "sign_in";

/// The signed-in user of this request, whose session has now been used. Whoever came in by a
/// recovery code is refused with [`Error::RecoverySession`].
pub async fn signed_in() -> Result<User> {
    full(signed_in_or_recovering().await?)
}

/// The same for the few things that a recovery session may do as well.
pub async fn signed_in_or_recovering() -> Result<User> {
    let state = State::current()?;
    let (user, last_seen_at) = load(&state).await?;
    let now = state.clock.now();
    if last_seen_at <= now - millis(SEEN) {
        // Who only reads need not be able to write, nor wait for who does.
        let noted = tokio::spawn(note_use(state.clone(), user.session_id.clone(), now));
        timeout(PATIENCE, noted).await.ok();
    }
    Ok(user)
}

/// Once for all the requests that see it is due.
async fn note_use(state: State, session_id: String, now: i64) {
    let written =
        sqlx::query("update sessions set last_seen_at = $1 where id = $2 and last_seen_at <= $3")
            .bind(now)
            .bind(session_id)
            .bind(now - millis(SEEN))
            .execute(state.db.writer())
            .await;
    if let Err(error) = written {
        tracing::warn!(%error, "the use of a session was not noted");
    }
}

/// [`signed_in`] without a trace in the sessions table, which re-authentication must not touch
/// (STP-01).
pub async fn signed_in_unseen() -> Result<User> {
    full(load(&State::current()?).await?.0)
}

fn full(user: User) -> Result<User> {
    match user.scope {
        Scope::Full => Ok(user),
        Scope::Recovery => Err(Error::RecoverySession),
    }
}

async fn load(state: &State) -> Result<(User, i64)> {
    let request = use_context::<axum::http::request::Parts>().ok_or(Error::NotSignedIn)?;
    let session = request.extensions.get::<Session>().ok_or(Error::NotSignedIn)?;
    let sign_in = session.get::<SignIn>(KEY).await.map_err(unavailable)?;
    let (Some(sign_in), Some(id)) = (sign_in, session.id()) else {
        return Err(Error::NotSignedIn);
    };
    name_account(&sign_in.user_id);
    let row = sqlx::query("select handle, email, name from users where id = $1")
        .bind(&sign_in.user_id)
        .fetch_optional(state.db.reader())
        .await?
        .ok_or(Error::NotSignedIn)?;
    let user = User {
        id: sign_in.user_id,
        handle: row.read("handle")?,
        email: row.read("email")?,
        name: row.read("name")?,
        session_id: row_id(&id),
        scope: sign_in.scope,
        passkey_id: sign_in.passkey_id,
        _private: (),
    };
    Ok((user, sign_in.last_seen_at))
}

/// Refuses whose session ended since the request came in.
pub async fn check_live(tx: &mut Tx, user: &User) -> Result<()> {
    let live = sqlx::query("select 1 from sessions where id = $1")
        .bind(&user.session_id)
        .fetch_optional(&mut **tx)
        .await?;
    live.map(drop).ok_or(Error::NotSignedIn)
}

/// A session that exists once its transaction is committed.
#[must_use = "the browser gets its cookies from `send_cookie`"]
pub struct NewSession {
    value: String,
    device: String,
}

impl NewSession {
    pub fn send_cookie(self, state: &State) {
        cookies::send(state, Name::Session, &self.value, ABSOLUTE);
        cookies::send(state, Name::Device, &self.device, devices::LIFE);
    }
}

/// Signs a user in: a new session with a new id (AUT-03), in place of the one that this browser
/// may have had. Every way to sign in ends here (AUT-05), in a transaction that made the user or
/// began with [`begin_for`](super::db::Db::begin_for).
pub async fn establish(
    state: &State,
    tx: &mut Tx,
    user_id: &str,
    by: SignedInBy<'_>,
) -> Result<NewSession> {
    make_room(state, tx, user_id).await?;
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
    .bind(Client::of_request().user_agent)
    .bind(state.clock.now())
    .execute(&mut **tx)
    .await?;
    activity::record(state, tx, user_id, "session.created", Some(by.method())).await?;
    Ok(NewSession { value, device: devices::remember(state, tx, user_id).await? })
}

/// Ends the session that this browser had, and where a new one would be one too many, those of the
/// user that were not used for longest.
async fn make_room(state: &State, tx: &mut Tx, user_id: &str) -> Result<()> {
    let previous = cookies::read_own(state, Name::Session).map(|value| secret::digest(&value));
    let ended = sqlx::query(
        "delete from sessions where id = $1 or id in (
             select id from sessions where user_id = $2 and id <> $1
             order by last_seen_at desc, id limit $3 offset $4)
         returning user_id",
    )
    .bind(previous.unwrap_or_default())
    .bind(user_id)
    .bind(i64::from(i32::MAX))
    .bind(MOST - 1)
    .fetch_all(&mut **tx)
    .await?;
    record_ended(state, tx, &ended).await
}

/// Ends a session, if it is there: the row, and with it every challenge and action of the session.
pub async fn end(state: &State, tx: &mut Tx, session_id: &str) -> Result<()> {
    let ended = sqlx::query("delete from sessions where id = $1 returning user_id")
        .bind(session_id)
        .fetch_all(&mut **tx)
        .await?;
    record_ended(state, tx, &ended).await
}

/// Ends every session of a user, but for the one that is kept.
pub async fn end_all(state: &State, tx: &mut Tx, user_id: &str, kept: Option<&str>) -> Result<()> {
    let ended =
        sqlx::query("delete from sessions where user_id = $1 and id <> $2 returning user_id")
            .bind(user_id)
            .bind(kept.unwrap_or_default())
            .fetch_all(&mut **tx)
            .await?;
    record_ended(state, tx, &ended).await
}

/// Ends the recovery session of a user, if one is open: its one mend is made, or the owner has mended
/// the account without it (REC-08).
pub async fn end_recovery(state: &State, tx: &mut Tx, user_id: &str) -> Result<()> {
    let ended = sqlx::query(
        "delete from sessions where user_id = $1 and scope = 'recovery' returning user_id",
    )
    .bind(user_id)
    .fetch_all(&mut **tx)
    .await?;
    record_ended(state, tx, &ended).await
}

/// Each session that ended is in the activity of its user.
async fn record_ended(state: &State, tx: &mut Tx, ended: &[AnyRow]) -> Result<()> {
    for row in ended {
        activity::record(state, tx, row.read("user_id")?, "session.ended", None).await?;
    }
    Ok(())
}

/// Deletes the sessions whose time is over.
pub async fn sweep(state: &State) -> Result<()> {
    let now = state.clock.now();
    let unused = "delete from sessions where last_seen_at <= $1 and id in
        (select id from sessions where last_seen_at <= $1 limit $2)";
    state.db.sweep(unused, now - millis(IDLE)).await?;
    let old = "delete from sessions where created_at <= $1 and id in
        (select id from sessions where created_at <= $1 limit $2)";
    state.db.sweep(old, now - millis(ABSOLUTE)).await
}

/// The row of a session whose cookie holds this id.
fn row_id(id: &Id) -> String {
    secret::digest(&id.to_string())
}

fn unavailable(error: tower_sessions::session::Error) -> Error {
    tracing::warn!(%error, "sessions cannot be read");
    Error::Unavailable
}
