//! Confirmations by something that is typed, such as a password. What is typed may be guessed: each try is
//! counted before it is judged.

use super::{
    Reauthenticated,
    feature::STEP_UPS,
    pending::{answer_or_count, check_method, find_or_create_identity_check, find_pending, grant},
};
use crate::{
    credentials::password::GUESS_ATTEMPT,
    error::{Error, Result},
    server::{
        attempts,
        db::{Read, Tx},
        feature::Method,
        metrics::counted,
        session::User,
    },
};

/// Confirms the action with this `id`, or else the newest pending one, if `judge` finds that what was typed is
/// right, and the method is the strongest settled one of the account.
pub async fn confirm_typed(
    user: &User,
    method: &dyn Method,
    id: Option<&str>,
    judge: impl AsyncFnOnce(&mut Tx) -> Result<()>,
) -> Result<Reauthenticated> {
    let confirm = async {
        let (tx, id) = begin(user, method, id).await?;
        tx.commit().await?;
        answer_or_count(user, &id, judge_in(user, method, &id, judge).await).await
    };
    counted(&STEP_UPS, method.name(), confirm).await
}

/// Begins a confirmation, and counts it as a guess. Returns the transaction that has counted it, and the
/// action's id.
pub(super) async fn begin(
    user: &User,
    method: &dyn Method,
    id: Option<&str>,
) -> Result<(Tx, String)> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    let row = find_or_create_identity_check(&mut tx, user, id).await?;
    check_method(&mut tx, user, &row, method, Error::PASSKEY_REQUIRED).await?;
    attempts::take_attempt(request, &mut tx, &GUESS_ATTEMPT, &user.id).await?;
    let id = row.read("id")?;
    Ok((tx, id))
}

/// Confirms the action if what was typed is right. Meanwhile the account may have got a stronger method.
pub(super) async fn judge_in(
    user: &User,
    method: &dyn Method,
    id: &str,
    judge: impl AsyncFnOnce(&mut Tx) -> Result<()>,
) -> Result<()> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    let row = find_pending(&mut *tx, user, Some(id)).await?.ok_or(Error::ChallengeExpired)?;
    check_method(&mut tx, user, &row, method, Error::ChallengeExpired).await?;
    judge(&mut tx).await?;
    attempts::forget(&mut tx, &GUESS_ATTEMPT, &user.id).await?;
    grant(tx, user, id, method.name(), None).await
}
