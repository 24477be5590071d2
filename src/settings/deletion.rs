//! The deletion of an account.

use crate::{
    account::addresses,
    call::Done,
    error::Result,
    server::{
        db::Tx,
        feature::{Closing, Event},
        session::User,
    },
    step_up::{Action, Kind, Policy, Verified},
};

pub static DELETE_ACCOUNT: Kind = Kind {
    event: &Event::new("delete_account", "Account deleted").noun("deleting the account"),
    policy: Policy::by_strongest(),
};

pub async fn deletion(user: &User) -> Result<Action<String>> {
    check(user, &mut user.request.db.begin_read().await?).await?;
    let summary = format!("Delete the account {} and everything in it", user.email);
    Ok(DELETE_ACCOUNT.action(summary, user.id.clone()))
}

async fn check(user: &User, tx: &mut Tx) -> Result<()> {
    for feature in user.request.features.all {
        feature.check_closing(tx, &user.id).await?;
    }
    Ok(())
}

/// Runs each feature's `closing`, then deletes the user's row and with it every row that refers to it.
pub async fn carry_out(mut verified: Verified<String>) -> Result<Done> {
    let user = verified.user().clone();
    let request = &user.request;
    check(&user, verified.tx()).await?;
    let closing = Closing {
        doing: request.doing(),
        user_id: &user.id,
        email: &user.email,
        owns_email: addresses::is_own(verified.tx(), &user).await?,
        known_as: user.known_as(),
    };
    for feature in request.features.all {
        feature.closing(&closing, verified.tx()).await?;
    }
    sqlx::query("delete from users where id = $1")
        .bind(verified.payload().clone())
        .execute(&mut **verified.tx())
        .await?;
    verified.commit().await?;
    request.remove_session();
    request.go_to("/?done=account_deleted");
    Ok(Done::default())
}
