//! What the app suggests to a user, and which suggestions the user has declined.

use super::Offer;
use crate::{
    call::Done,
    error::Result,
    server::{clock::millis, session::User},
};
use std::time::Duration;

/// How long a declined suggestion stays away.
const QUIET: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Whether an offer that was declined at a time (milliseconds since 1970 UTC) may be made again.
pub fn may_return(declined_at: Option<i64>, now: i64) -> bool {
    declined_at.is_none_or(|at| at <= now - millis(QUIET))
}

pub async fn decline(user: &User, offer: Offer) -> Result<Done> {
    let mut tx = user.request.db.begin().await?;
    sqlx::query(
        "insert into declined_offers (user_id, offer, declined_at) values ($1, $2, $3)
         on conflict (user_id, offer) do update set declined_at = excluded.declined_at",
    )
    .bind(&user.id)
    .bind(offer.name())
    .bind(user.request.clock.now())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Done::default())
}
