//! Who is signed in. Rows are made by [`open_session`] alone, in the transaction that signs the user
//! in, and ended by [`end`]; a request that outlives its session can never bring it back.

mod rows;
mod store;

pub use rows::is_recovery_by_mail; // with: mail
pub use rows::{
    ABSOLUTE, IDLE, NEW_BROWSER, NewSession, SESSION_CREATED, SESSION_ENDED, SignedInBy, end,
    end_all, end_recovery, may_sign_in, method_words, open_session, sweep,
};
pub use store::layer;

use self::rows::row_id;
use super::{
    clock::millis,
    db::{Read, Tx},
    request::Request,
};
use crate::{
    error::{Error, Result},
    text::known_as,
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::time::Duration;
use tokio::time::timeout;

/// `last_seen_at` is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// How long after an account was made the session that made it may add what need not wait.
const SETUP_WINDOW: Duration = Duration::from_secs(60 * 60);
/// How long a request waits for that write.
const TOUCH_TIMEOUT: Duration = Duration::from_secs(1);

/// Proof that a request comes from a signed-in user. Only this module makes one.
#[derive(Clone, Debug)]
#[expect(clippy::manual_non_exhaustive, reason = "no other module of this crate may make one")]
pub struct User {
    pub id: String,
    /// The WebAuthn user handle, by which authenticators know the account.
    pub handle: Vec<u8>,
    /// The address that the account claims.
    pub email: String,
    /// Whether the account has proven it.
    pub email_confirmed: bool,
    pub name: String,
    /// The id of the session's row, under which its actions and challenges are stored.
    pub session_id: String,
    pub scope: Scope,
    /// The passkey that opened the session, while it exists.
    pub passkey_id: Option<String>,
    pub request: Request,
    _private: (),
}

impl User {
    /// How others know the user.
    pub fn known_as(&self) -> String {
        known_as(&self.email, self.email_confirmed, &self.name)
    }
}

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Full,
    /// Opened by a recovery. It may make one change to how its user signs in, and sign out (REC-04).
    Recovery,
}

/// What the store reads of a session and its user, under [`KEY`].
#[derive(Serialize, Deserialize)]
struct SignIn {
    user_id: String,
    handle: Vec<u8>,
    email: String,
    email_confirmed: bool,
    name: String,
    scope: Scope,
    passkey_id: Option<String>,
    last_seen_at: i64,
}
const KEY: &str = "sign_in";

impl SignIn {
    fn read(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            user_id: row.read("user_id")?,
            handle: row.read("handle")?,
            email: row.read("email")?,
            email_confirmed: row.read::<i64>("email_confirmed")? == 1,
            name: row.read("name")?,
            scope: match row.read("scope")? {
                "full" => Scope::Full,
                _ => Scope::Recovery,
            },
            passkey_id: row.read("passkey_id")?,
            last_seen_at: row.read("last_seen_at")?,
        })
    }

    fn into_user(self, session_id: String, request: Request) -> User {
        request.name_account(&self.user_id);
        User {
            id: self.user_id,
            handle: self.handle,
            email: self.email,
            email_confirmed: self.email_confirmed,
            name: self.name,
            session_id,
            scope: self.scope,
            passkey_id: self.passkey_id,
            request,
            _private: (),
        }
    }
}

/// Returns the signed-in user of this request, and notes that the session was used. A recovery
/// session is refused with [`Error::RecoverySession`].
pub async fn signed_in() -> Result<User> {
    full(signed_in_or_recovering().await?)
}

/// Like [`signed_in`], for the few calls that a recovery session may make as well.
pub async fn signed_in_or_recovering() -> Result<User> {
    let (user, last_seen_at) = load(Request::current()?).await?;
    touch_if_due(&user, last_seen_at).await;
    Ok(user)
}

/// The user who looks at a page, if they are signed in, and more columns of their session `s` and their
/// user `u`, in one statement.
pub async fn visiting(request: &Request, columns: &'static str) -> Result<Option<(User, AnyRow)>> {
    let Some(id) = request.session().and_then(tower_sessions::Session::id) else {
        return Ok(None);
    };
    let session_id = row_id(&id);
    let Some(row) = rows::find(request, &session_id, columns).await? else { return Ok(None) };
    let sign_in = SignIn::read(&row)?;
    let last_seen_at = sign_in.last_seen_at;
    let user = sign_in.into_user(session_id, request.clone());
    touch_if_due(&user, last_seen_at).await;
    Ok(Some((user, row)))
}

async fn touch_if_due(user: &User, last_seen_at: i64) {
    let now = user.request.clock.now();
    if last_seen_at <= now - millis(TOUCH_EVERY) {
        // A read must not wait for the writer, nor fail when the database cannot be written.
        let touched = tokio::spawn(touch(user.request.clone(), user.session_id.clone(), now));
        timeout(TOUCH_TIMEOUT, touched).await.ok();
    }
}

/// Several requests may see that it is due; one of them writes.
async fn touch(request: Request, session_id: String, now: i64) {
    let written =
        sqlx::query("update sessions set last_seen_at = $1 where id = $2 and last_seen_at <= $3")
            .bind(now)
            .bind(session_id)
            .bind(now - millis(TOUCH_EVERY))
            .execute(request.db.writer())
            .await;
    if let Err(error) = written {
        tracing::warn!(%error, "the use of a session was not noted");
    }
}

/// Like [`signed_in`], but writes nothing to the sessions table, which re-authentication must not touch
/// (STP-01).
pub async fn signed_in_without_touch() -> Result<User> {
    full(load(Request::current()?).await?.0)
}

fn full(user: User) -> Result<User> {
    match user.scope {
        Scope::Full => Ok(user),
        Scope::Recovery => Err(Error::RecoverySession),
    }
}

async fn load(request: Request) -> Result<(User, i64)> {
    let session = request.session().ok_or(Error::NotSignedIn)?;
    let sign_in = session.get::<SignIn>(KEY).await.map_err(unavailable)?;
    let (Some(sign_in), Some(id)) = (sign_in, session.id()) else {
        return Err(Error::NotSignedIn);
    };
    let last_seen_at = sign_in.last_seen_at;
    Ok((sign_in.into_user(row_id(&id), request), last_seen_at))
}

/// Refuses a user whose session ended since the request came in.
pub async fn check_live(tx: &mut Tx, user: &User) -> Result<()> {
    let live = sqlx::query("select 1 from sessions where id = $1")
        .bind(&user.session_id)
        .fetch_optional(&mut **tx)
        .await?;
    live.map(drop).ok_or(Error::NotSignedIn)
}

/// Whether the session made the account, within the last hour: what its user sets up then need not wait.
pub async fn is_setup(tx: &mut Tx, user: &User) -> Result<bool> {
    let row = sqlx::query(
        "select 1 from sessions where id = $1 and made_account = 1 and created_at > $2",
    )
    .bind(&user.session_id)
    .bind(user.request.clock.now() - millis(SETUP_WINDOW))
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

fn unavailable(error: tower_sessions::session::Error) -> Error {
    tracing::warn!(%error, "sessions cannot be read");
    Error::Unavailable
}
