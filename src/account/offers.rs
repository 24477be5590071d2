#![cfg(feature = "ssr")]
//! What the app suggests to a user, and which suggestions the user has declined.

use super::Offer;
use crate::{call::Done, error::Result, server::session::User};

/// The first of the offers that fits and was not declined.
pub async fn first(user: &User, offers: &[(Offer, bool)]) -> Result<Option<Offer>> {
    for (offer, fits) in offers {
        if *fits && !is_declined(user, *offer).await? {
            return Ok(Some(*offer));
        }
    }
    Ok(None)
}

async fn is_declined(user: &User, offer: Offer) -> Result<bool> {
    let row = sqlx::query("select 1 from declined_offers where user_id = $1 and offer = $2")
        .bind(&user.id)
        .bind(offer.name())
        .fetch_optional(user.request.db.reader())
        .await?;
    Ok(row.is_some())
}

/// Never makes this offer again, except that the offers of a passkey on this device and of recovery
/// codes return at the next sign-in.
pub async fn decline(user: &User, offer: Offer) -> Result<Done> {
    let mut tx = user.request.db.begin().await?;
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
