//! Refuses an action until it is confirmed ([`require`]), and tells the modal what waits. No session is
//! opened or changed.

use super::{
    Pending, Verified,
    action::{Action, Signed},
    pending::{find_pending, method_of, store},
};
use crate::{
    credentials::{method, passkeys},
    error::{Error, Result},
    server::{
        db::{Read, Tx},
        session::{self, Scope, User},
    },
};
use serde::Serialize;

/// Lets a confirmed action pass, once. An unconfirmed one is stored for this session and refused with
/// [`Error::StepUpRequired`]; nothing else has changed then. If the user has no method to confirm it, it
/// is refused with [`Error::PasskeyRequired`].
pub async fn require<P: Serialize>(user: &User, action: Action<P>) -> Result<Verified<P>> {
    let request = &user.request;
    let mut tx = request.db.begin().await?;
    let users: Vec<&str> =
        [&user.id].into_iter().chain(&action.target).map(String::as_str).collect();
    tx.lock("users", &users).await?;
    session::check_live(&mut tx, user).await?;
    if user.scope == Scope::Recovery {
        let in_recovery = action.policy.in_recovery;
        let verified = verified(user, action, None, None, tx);
        return in_recovery.then_some(verified).ok_or(Error::RecoverySession);
    }
    // One statement checks that the grant exists and deletes it (STP-06).
    let grant = sqlx::query(
        "delete from actions
         where session_id = $1 and user_id = $2 and hash = $3
             and confirmed_by is not null and expires_at > $4
         returning confirmed_by, receipt",
    )
    .bind(&user.session_id)
    .bind(&user.id)
    .bind(action.hash(user)?)
    .bind(request.clock.now())
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(row) = grant {
        let method: String = row.read("confirmed_by")?;
        // If the action now takes a stronger method than it was confirmed by, it is asked for again.
        if action.policy.takes(&method) {
            return Ok(verified(user, action, Some(method), row.read("receipt")?, tx));
        }
    }
    let doing = request.doing();
    method::choose(&doing, &mut tx, &user.id, |name| action.policy.takes(name)).await?;
    let action = store(&mut tx, user, &action).await?;
    tx.commit().await?;
    Err(Error::StepUpRequired { action })
}

fn verified<P>(
    user: &User,
    action: Action<P>,
    method: Option<String>,
    receipt: Option<String>,
    tx: Tx,
) -> Verified<P> {
    let Action { kind, payload, .. } = action;
    Verified { user: user.clone(), kind, method, receipt, payload, tx }
}

/// When the first of the user's unsettled passkeys settles (milliseconds since 1970 UTC).
async fn unsettled_until(tx: &mut Tx, user: &User) -> Result<Option<i64>> {
    let settle_times = passkeys::settle_times(tx, &user.id).await?;
    let now = user.request.clock.now();
    Ok(settle_times.into_iter().filter(|at| *at > now).min())
}

pub async fn pending(user: &User, id: Option<&str>) -> Result<Pending> {
    let mut tx = user.request.db.begin_read().await?;
    let row = find_pending(&mut *tx, user, id).await?.ok_or(Error::ActionGone)?;
    let shown = Signed::read(row.read("bytes")?)?;
    Ok(Pending {
        action: row.read("id")?,
        kind: shown.kind,
        summary: shown.summary,
        details: shown.details,
        methods: vec![method_of(&mut tx, user, &row).await?.name().to_owned()],
        until: unsettled_until(&mut tx, user).await?,
    })
}
