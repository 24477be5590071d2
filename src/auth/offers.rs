#![cfg(feature = "ssr")]
//! What the app suggests to a user, and what they declined to be asked again.

use super::{Done, Offer};
use crate::{
    error::Result,
    server::{State, session::User},
};

/// The first of the offers that fits and was not declined.
pub(super) async fn first(
    state: &State,
    user: &User,
    offers: &[(Offer, bool)],
) -> Result<Option<Offer>> {
    for (offer, fits) in offers {
        if *fits && !is_declined(state, user, *offer).await? {
            return Ok(Some(*offer));
        }
    }
    Ok(None)
}

async fn is_declined(state: &State, user: &User, offer: Offer) -> Result<bool> {
    let row = sqlx::query("select 1 from declined_offers where user_id = $1 and offer = $2")
        .bind(&user.id)
        .bind(offer.name())
        .fetch_optional(state.db.reader())
        .await?;
    Ok(row.is_some())
}

/// Never asks this again. What is about one device, and recovery codes, are asked for again at the
/// next sign-in.
pub async fn decline(user: &User, offer: Offer) -> Result<Done> {
    let mut tx = State::current()?.db.begin().await?;
    let declined = match offer {
        Offer::AddHere => sqlx::query("update sessions set other_device = 0 where id = $1")
            .bind(user.session_id.clone()),
        Offer::MakeCodes => sqlx::query("update sessions set codes_declined = 1 where id = $1")
            .bind(user.session_id.clone()),
        Offer::AddPasskey => sqlx::query(
            "insert into declined_offers (user_id, offer) values ($1, $2) on conflict do nothing",
        )
        .bind(user.id.clone())
        .bind(offer.name()),
    };
    declined.execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(Done {})
}
