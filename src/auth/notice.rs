#![cfg(feature = "ssr")]
//! What changed in how an account is entered, told to whoever signs in next, until its owner says that
//! it was them or undoes it. Nothing weaker than what stood before can silence it.

use super::{Change, Done, Notice};
use crate::{
    error::{Error, Result},
    server::{
        State, activity,
        clock::millis,
        db::{Read, Tx},
        devices,
        session::{self, User},
    },
    step_up::Method,
};
use sqlx::any::AnyRow;

/// As many changes are told; the activity page has them all.
const MAX_CHANGES: i64 = 5;

/// What a session knows of how it began.
struct Beginning {
    created_at: i64,
    /// The method that opened it, if it could confirm something by then and is still there.
    method: Option<Method>,
}

impl Beginning {
    async fn of(tx: &mut Tx, user: &User) -> Result<Self> {
        let row = sqlx::query(
            "select created_at, case when settled = 0 then '' when method <> 'passkey' then method
                 when passkey_id is null then '' else method end as method
             from sessions where id = $1",
        )
        .bind(&user.session_id)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(Error::NotSignedIn)?;
        let method: &str = row.read("method")?;
        let method = Method::ALL.into_iter().find(|it| it.name() == method);
        Ok(Self { created_at: row.read("created_at")?, method })
    }

    /// Whether the session was opened by the strongest that the account has.
    async fn is_strongest(&self, state: &State, tx: &mut Tx, user: &User) -> Result<bool> {
        match Method::of(state, tx, &user.id, &Method::ALL).await {
            Ok(strongest) => Ok(self.method == Some(strongest)),
            Err(Error::PasskeyRequired { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What the user of this session has to know, if anything.
pub async fn find(state: &State, user: &User) -> Result<Option<Notice>> {
    let mut tx = state.db.begin_read().await?;
    let beginning = Beginning::of(&mut tx, user).await?;
    find_in(state, &mut tx, user, &beginning).await
}

async fn find_in(
    state: &State,
    tx: &mut Tx,
    user: &User,
    beginning: &Beginning,
) -> Result<Option<Notice>> {
    let rows = sqlx::query(
        "select a.kind, a.at, a.detail from activity a join users u on u.id = a.user_id
         where a.user_id = $1 and a.at > u.told_at and a.at < $2 and a.kind in
             ('passkey.registered', 'passkey.deleted', 'password.set', 'password.removed',
              'recovery.generated', 'recovery.used', 'recovery.undone', 'database.restored')
         order by a.at desc limit $3",
    )
    .bind(&user.id)
    .bind(beginning.created_at)
    .bind(MAX_CHANGES)
    .fetch_all(&mut **tx)
    .await?;
    let changes: Vec<_> = rows.iter().map(change).collect::<Result<_>>()?;
    let Some(newest) = changes.first() else { return Ok(None) };
    let quiet_at = newest.at + millis(state.config.settling());
    let is_strongest = beginning.is_strongest(state, tx, user).await?;
    Ok(Some(Notice {
        can_acknowledge: quiet_at <= state.clock.now()
            || is_strongest && beginning.method == Some(Method::Passkey),
        can_undo: is_strongest
            && (changes.iter().any(|it| it.kind == "recovery.used")
                || something_waits(state, tx, user).await?),
        quiet_at,
        changes,
    }))
}

fn change(row: &AnyRow) -> Result<Change> {
    Ok(Change { kind: row.read("kind")?, at: row.read("at")?, detail: row.read("detail")? })
}

/// Whether a passkey or a password of the account waits before it may confirm anything.
async fn something_waits(state: &State, tx: &mut Tx, user: &User) -> Result<bool> {
    let row = sqlx::query(
        "select 1 from users u where u.id = $1 and (u.password_settled_at > $2
             or exists (select 1 from passkeys where user_id = u.id and settled_at > $2))",
    )
    .bind(&user.id)
    .bind(state.clock.now())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// The owner says that what they were told was them. Whoever came in by something weaker or newer
/// cannot say so before it has settled.
pub async fn acknowledge(user: &User) -> Result<Done> {
    let state = State::current()?;
    let mut tx = state.db.begin_for(&user.id).await?;
    let beginning = Beginning::of(&mut tx, user).await?;
    let Some(notice) = find_in(&state, &mut tx, user, &beginning).await? else {
        return Ok(Done {});
    };
    if !notice.can_acknowledge {
        return Err(Error::PasskeyRequired { until: Some(notice.quiet_at) });
    }
    session::end_recovery(&state, &mut tx, &user.id).await?;
    tell(&mut tx, &user.id, beginning.created_at).await?;
    tx.commit().await?;
    Ok(Done {})
}

/// Ends a recovery and undoes what it, or a weaker way to sign in, has added: what still waits goes, the
/// password before is the password again, recovery codes are void, all other sessions end, and every other browser is a
/// stranger's again.
pub async fn undo(user: &User) -> Result<Done> {
    let state = State::current()?;
    let mut tx = state.db.begin_for(&user.id).await?;
    let beginning = Beginning::of(&mut tx, user).await?;
    if !beginning.is_strongest(&state, &mut tx, user).await? {
        return Err(Error::PASSKEY_REQUIRED);
    }
    let now = state.clock.now();
    let removed =
        sqlx::query("delete from passkeys where user_id = $1 and settled_at > $2 returning name")
            .bind(&user.id)
            .bind(now)
            .fetch_all(&mut *tx)
            .await?;
    for passkey in &removed {
        let name = Some(passkey.read("name")?);
        activity::record(&state, &mut tx, &user.id, "passkey.deleted", name).await?;
    }
    sqlx::query(
        "update users set password = password_before, password_before = null,
             password_settled_at = 0
         where id = $1 and password_settled_at > $2",
    )
    .bind(&user.id)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sqlx::query("delete from recovery_codes where user_id = $1")
        .bind(&user.id)
        .execute(&mut *tx)
        .await?;
    session::end_all(&state, &mut tx, &user.id, Some(&user.session_id)).await?;
    devices::forget_others(&state, &mut tx, &user.id).await?;
    activity::record(&state, &mut tx, &user.id, "recovery.undone", None).await?;
    tell(&mut tx, &user.id, beginning.created_at).await?;
    tx.commit().await?;
    Ok(Done {})
}

/// The user knows what changed up to this time (milliseconds since 1970 UTC).
pub async fn tell(tx: &mut Tx, user_id: &str, until: i64) -> Result<()> {
    sqlx::query("update users set told_at = $1 where id = $2 and told_at < $1")
        .bind(until)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
