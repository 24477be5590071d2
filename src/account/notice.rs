//! The notice of changes in how to sign in to an account. Later sessions show it until the user
//! acknowledges or undoes the changes. Nothing weaker than what stood before can silence it.

use super::{Change, Notice};
use crate::{
    call::Done,
    credentials::{
        method::{self, PASSKEY, something_waits},
        passkeys, password, recovery_codes,
    },
    error::{Error, Result},
    server::{
        activity,
        clock::millis,
        db::{Read, Tx},
        devices,
        feature::Event,
        request::Request,
        session::{self, User},
    },
};
use sqlx::any::AnyRow;

pub static RECOVERY_UNDONE: Event =
    Event::new("recovery.undone", "What was added and still waited was undone").told();

/// The events of a recovery, whose session may still be open.
pub const RECOVERIES: &[&str] = &[
    "recovery.used",
    "recovery.by_mail", // with: mail
];
/// The most changes that a notice lists; the activity page has them all.
const MAX_CHANGES: i64 = 5;

/// Whether a settled passkey opened the session of this user.
pub async fn is_by_passkey(tx: &mut Tx, user: &User) -> Result<bool> {
    Ok(Beginning::of(tx, user).await?.method == PASSKEY)
}

/// How a session began.
struct Beginning {
    created_at: i64,
    /// The name of the method that opened it; empty if that had not settled by then or is gone.
    method: String,
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
        Ok(Self { created_at: row.read("created_at")?, method: row.read("method")? })
    }

    /// Whether the account's strongest settled method opened the session.
    async fn is_strongest(&self, tx: &mut Tx, user: &User) -> Result<bool> {
        let strongest = method::strongest(&user.request.doing(), tx, &user.id).await?;
        Ok(strongest.is_some_and(|method| method.name() == self.method))
    }
}

/// The notice for the user of this session, if there is one.
pub async fn find(user: &User) -> Result<Option<Notice>> {
    let mut tx = user.request.db.begin_read().await?;
    let beginning = Beginning::of(&mut tx, user).await?;
    find_in(&mut tx, user, &beginning).await
}

async fn find_in(tx: &mut Tx, user: &User, beginning: &Beginning) -> Result<Option<Notice>> {
    let request = &user.request;
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select a.kind, a.at, a.detail from activity a join users u on u.id = a.user_id
         where a.user_id = $1 and a.at > u.told_at and a.at < $2 and a.kind in ('{}')
         order by a.at desc limit $3",
        // As the index `activity_told` has them.
        request.events.told.join("', '")
    )))
    .bind(&user.id)
    .bind(beginning.created_at)
    .bind(MAX_CHANGES)
    .fetch_all(&mut **tx)
    .await?;
    let changes: Vec<_> = rows.iter().map(|row| change(request, row)).collect::<Result<_>>()?;
    let Some(newest) = changes.first() else { return Ok(None) };
    let quiet_at = newest.at + millis(request.config.settling());
    let is_strongest = beginning.is_strongest(tx, user).await?;
    Ok(Some(Notice {
        can_acknowledge: quiet_at <= request.clock.now()
            || is_strongest && beginning.method == PASSKEY,
        can_undo: is_strongest
            && (changes.iter().any(|it| RECOVERIES.contains(&it.kind.as_str()))
                || something_waits(&request.doing(), tx, &user.id).await?),
        quiet_at,
        changes,
    }))
}

fn change(request: &Request, row: &AnyRow) -> Result<Change> {
    let (kind, detail): (String, Option<String>) = (row.read("kind")?, row.read("detail")?);
    let text = activity::text(&request.events, &kind, detail.as_deref());
    Ok(Change { kind, at: row.read("at")?, detail, text })
}

/// Acknowledges the notice: the user made the changes. A session that something weaker or newer opened
/// cannot do so before that has settled.
pub async fn acknowledge(user: &User) -> Result<Done> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    let beginning = Beginning::of(&mut tx, user).await?;
    let Some(notice) = find_in(&mut tx, user, &beginning).await? else {
        return Ok(Done::default());
    };
    if !notice.can_acknowledge {
        return Err(Error::PasskeyRequired { until: Some(notice.quiet_at) });
    }
    session::end_recovery(request, &mut tx, &user.id).await?;
    mark_known(&mut tx, &user.id, beginning.created_at).await?;
    tx.commit().await?;
    Ok(Done::default())
}

/// Ends a recovery and undoes what it, or a weaker way to sign in, has added: unsettled passkeys are
/// removed, the password before is restored, recovery codes are void, all other sessions end, and all
/// other browsers are forgotten.
pub async fn undo(user: &User) -> Result<Done> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    let beginning = Beginning::of(&mut tx, user).await?;
    if !beginning.is_strongest(&mut tx, user).await? {
        return Err(Error::PASSKEY_REQUIRED);
    }
    take_back(request, &mut tx, &user.id, Some(&user.session_id)).await?;
    mark_known(&mut tx, &user.id, beginning.created_at).await?;
    tx.commit().await?;
    Ok(Done::saying("What was added and still waited is undone."))
}

/// Takes back what has not settled, and ends every session but the one that is `kept`.
pub async fn take_back(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    kept: Option<&str>,
) -> Result<()> {
    passkeys::remove_unsettled(request, tx, user_id).await?;
    password::take_back_unsettled(tx, user_id, request.clock.now()).await?;
    for feature in request.features.all {
        feature.taken_back(tx, user_id, request.clock.now()).await?;
    }
    recovery_codes::remove(tx, user_id).await?;
    session::end_all(request, tx, user_id, kept).await?;
    devices::forget_others(request, tx, user_id).await?;
    activity::record(request, tx, user_id, &RECOVERY_UNDONE, None).await
}

/// Notes that the user knows what changed up to this time (milliseconds since 1970 UTC).
pub async fn mark_known(tx: &mut Tx, user_id: &str, until: i64) -> Result<()> {
    sqlx::query("update users set told_at = $1 where id = $2 and told_at < $1")
        .bind(until)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
