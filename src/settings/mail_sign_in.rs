//! Whether a code by mail may sign the user in. Without it a stolen mailbox opens nothing at once.

use crate::{
    call::Done,
    error::{Error, Result},
    mail::codes,
    server::{
        feature::Event,
        session::{self, User},
    },
    step_up::{Action, Kind, Policy, Verified},
};

pub static MAIL_SIGN_IN: Kind = Kind {
    event: &Event::new("mail_sign_in", "Signing in by mail switched {}")
        .noun("switching signing in by mail")
        .told(),
    policy: Policy::by_strongest(),
};

pub fn change(user: &User, enabled: bool) -> Result<Action<bool>> {
    if enabled && !user.email_confirmed {
        return Err(Error::EmailUnconfirmed);
    }
    let (what, email) = (if enabled { "Let" } else { "Do not let" }, &user.email);
    Ok(MAIL_SIGN_IN.action(format!("{what} a code by mail to {email} sign you in"), enabled))
}

pub async fn carry_out(mut verified: Verified<bool>) -> Result<Done> {
    let (user, enabled, tx) = verified.parts();
    let enabled = *enabled;
    sqlx::query("update users set mail_sign_in = $1 where id = $2")
        .bind(i64::from(enabled))
        .bind(&user.id)
        .execute(&mut **tx)
        .await?;
    // One that was asked for before must not sign anybody in.
    codes::void(tx, &user.id).await?;
    if !enabled {
        session::end_all(&user.request, tx, &user.id, Some(&user.session_id)).await?;
    }
    verified.record(Some(if enabled { "on" } else { "off" })).await?;
    verified.commit().await?;
    Ok(Done::saying(if enabled {
        "A code by mail can sign you in."
    } else {
        "No mail signs you in any more. You are signed out everywhere else."
    }))
}
