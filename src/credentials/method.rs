//! Which of the ways to confirm an action a user has: the strongest settled one of the account.

use crate::{
    error::{Error, Result},
    server::{
        db::Tx,
        feature::{Doing, Method},
    },
};

/// The name of the strongest method, which some actions take alone.
pub const PASSKEY: &str = "passkey";

/// The time from which something may confirm actions that never has to wait.
pub const SETTLED: i64 = 0;

/// Returns how a user confirms an action that takes one of the `accepted` methods: by the strongest settled
/// one of the account, or not at all. So a user with a passkey cannot be talked down to less (STP-10), and
/// what something weaker has added does not reach what takes more (STP-11).
pub async fn choose(
    doing: &Doing<'_>,
    tx: &mut Tx,
    user_id: &str,
    accepted: impl Fn(&str) -> bool,
) -> Result<&'static dyn Method> {
    let (now, mut until) = (doing.clock.now(), None);
    for method in doing.methods {
        let settle_times = method.settle_times(tx, user_id, now).await?;
        let is_accepted = accepted(method.name());
        if settle_times.iter().any(|at| *at <= now) {
            return is_accepted.then_some(*method).ok_or(Error::PasskeyRequired { until });
        }
        if is_accepted {
            until = settle_times.into_iter().chain(until).min();
        }
    }
    Err(Error::PasskeyRequired { until })
}

/// The strongest settled method of an account, if it has one.
pub async fn strongest(
    doing: &Doing<'_>,
    tx: &mut Tx,
    user_id: &str,
) -> Result<Option<&'static dyn Method>> {
    match choose(doing, tx, user_id, |_| true).await {
        Ok(method) => Ok(Some(method)),
        Err(Error::PasskeyRequired { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a user has a method that has settled.
pub async fn is_settled(
    doing: &Doing<'_>,
    tx: &mut Tx,
    user_id: &str,
    method: &dyn Method,
) -> Result<bool> {
    let now = doing.clock.now();
    Ok(method.settle_times(tx, user_id, now).await?.iter().any(|at| *at <= now))
}

/// Whether something that confirms actions has not settled yet, or ends and can be kept.
pub async fn something_waits(doing: &Doing<'_>, tx: &mut Tx, user_id: &str) -> Result<bool> {
    let now = doing.clock.now();
    for method in doing.methods {
        if method.settle_times(tx, user_id, now).await?.into_iter().any(|at| at > now) {
            return Ok(true);
        }
    }
    Ok(false)
}
