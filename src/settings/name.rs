//! The name of the signed-in user.

use super::Name;
use crate::{
    account::addresses,
    error::Result,
    server::{
        activity,
        feature::Event,
        session::{self, User},
    },
    text::check_name,
};

pub static NAME_CHANGED: Event = Event::new("name.changed", "Name changed to {}");

pub async fn change(user: &User, typed: &str) -> Result<Name> {
    let (request, name) = (&user.request, check_name(typed)?);
    let mut tx = request.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    let before = addresses::known_as(&mut tx, &user.id).await?;
    sqlx::query("update users set name = $1 where id = $2")
        .bind(&name)
        .bind(&user.id)
        .execute(&mut *tx)
        .await?;
    addresses::tell_renamed(request, &mut tx, &user.id, &before).await?;
    activity::record(request, &mut tx, &user.id, &NAME_CHANGED, Some(&name)).await?;
    tx.commit().await?;
    Ok(Name { message: format!("Your name is {name}."), name })
}
