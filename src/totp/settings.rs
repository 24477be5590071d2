//! One-time codes of the signed-in user: a secret is shown, a right code switches it on, and both that and
//! its end are confirmed.

use super::{NewTotp, pages, rows};
use crate::{
    call::Done,
    credentials::method::SETTLED,
    error::{Error, Result},
    server::{
        activity,
        clock::millis,
        feature::Event,
        session::{self, User},
    },
    step_up::{Action, Kind, Policy, Verified},
};

pub static ADD_TOTP: Kind = Kind {
    event: &Event::new("add_totp", "Setting up one-time codes allowed")
        .noun("setting up one-time codes"),
    policy: Policy::by_strongest(),
};
pub static REMOVE_TOTP: Kind = Kind {
    event: &Event::new("remove_totp", "One-time codes switched off")
        .noun("switching one-time codes off")
        .told(),
    policy: Policy::by_strongest(),
};
pub static TOTP_ADDED: Event = Event::new("totp.added", "One-time codes switched on").told();

pub fn addition(user: &User) -> Action<String> {
    ADD_TOTP.action(format!("Set up one-time codes for {}", user.email), user.id.clone())
}

/// Makes a secret, which is shown once. It is of no use until [`confirm`].
pub async fn begin(mut verified: Verified<String>) -> Result<NewTotp> {
    let user = verified.user().clone();
    let request = &user.request;
    let is_settled = verified.by_passkey() || session::is_setup(verified.tx(), &user).await?;
    let settled_at =
        if is_settled { SETTLED } else { request.clock.now() + millis(request.config.settling()) };
    let enrolment = rows::begin(request, verified.tx(), &user.id, &user.email, settled_at).await?;
    verified.record(None).await?;
    verified.commit().await?;
    let shown = pages::new_totp(&user, &enrolment)?;
    let rows::Enrolment { secret, uri } = enrolment;
    Ok(NewTotp { secret, uri, shown })
}

/// Switches the codes on, since the app shows the right one.
pub async fn confirm(user: &User, code: &str) -> Result<Done> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    rows::confirm(request, &mut tx, &user.id, code).await?;
    activity::record(request, &mut tx, &user.id, &TOTP_ADDED, None).await?;
    tx.commit().await?;
    Ok(Done::saying("One-time codes are on."))
}

pub fn removal(user: &User) -> Action<String> {
    REMOVE_TOTP.action(format!("Switch the one-time codes of {} off", user.email), user.id.clone())
}

pub async fn remove(mut verified: Verified<String>) -> Result<Done> {
    let (user, _, tx) = verified.parts();
    if !rows::remove(tx, &user.id).await? {
        return Err(Error::NotFound);
    }
    verified.record(None).await?;
    verified.commit().await?;
    Ok(Done::saying("One-time codes are off."))
}
