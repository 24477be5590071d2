//! One-time codes of the signed-in user: a secret is shown, a right code switches it on, and both that and
//! its end are confirmed.

use super::{NewTotp, by_code::Totp, pages, rows};
use crate::{
    call::Done,
    credentials::password::GUESS_ATTEMPT,
    date::date_time,
    error::{Error, Result},
    server::{
        activity, attempts,
        clock::millis,
        feature::{Event, Method},
        session::{self, Scope, User},
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
    policy: Policy::by_strongest().or_recovery(),
};
pub static TOTP_ADDED: Event = Event::new("totp.added", "One-time codes set up").told();
pub static TOTP_ENDS: Event =
    Event::new("totp.ends", "One-time codes are switched off after a recovery, from {} on").told();

pub fn addition(user: &User) -> Action<String> {
    ADD_TOTP.action(format!("Set up one-time codes for {}", user.email), user.id.clone())
}

/// Makes a secret, which is shown once. It is of no use until [`confirm`]. What a passkey or the codes before
/// have confirmed need not settle.
pub async fn begin(mut verified: Verified<String>) -> Result<NewTotp> {
    let user = verified.user().clone();
    let is_as_strong = verified.by_passkey() || verified.method() == Some(Totp.name());
    let waits = !is_as_strong && !session::is_setup(verified.tx(), &user).await?;
    let enrolment = rows::begin(verified.tx(), &user, waits).await?;
    verified.record(None).await?;
    verified.commit().await?;
    let shown = pages::new_totp(&user, &enrolment)?;
    let rows::Enrolment { secret, uri } = enrolment;
    Ok(NewTotp { secret, uri, shown })
}

/// Switches the codes on, since the app shows the right one. Wrong ones count with the account's other guesses.
pub async fn confirm(user: &User, code: &str) -> Result<Done> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    attempts::take_attempt(request, &mut tx, &GUESS_ATTEMPT, &user.id).await?;
    if let Err(error) = rows::confirm(&mut tx, user, code).await {
        tx.commit().await?;
        return Err(error);
    }
    attempts::forget(&mut tx, &GUESS_ATTEMPT, &user.id).await?;
    activity::record(request, &mut tx, &user.id, &TOTP_ADDED, None).await?;
    tx.commit().await?;
    Ok(Done::saying("One-time codes are on."))
}

pub fn removal(user: &User) -> Action<String> {
    REMOVE_TOTP.action(format!("Switch the one-time codes of {} off", user.email), user.id.clone())
}

/// Switches the codes off. In a recovery, which a stolen code may have opened, that waits, and can be undone
/// meanwhile; it is the one change that the session makes.
pub async fn remove(mut verified: Verified<String>) -> Result<Done> {
    let user = verified.user().clone();
    let (request, tx) = (&user.request, verified.tx());
    if user.scope == Scope::Full {
        rows::remove(tx, &user.id).await?.then_some(()).ok_or(Error::NotFound)?;
        verified.record(None).await?;
        verified.commit().await?;
        return Ok(Done::saying("One-time codes are off."));
    }
    let at = request.clock.now() + millis(request.config.settling());
    rows::end_at(tx, &user.id, at).await?.then_some(()).ok_or(Error::NotFound)?;
    activity::record(request, tx, &user.id, &TOTP_ENDS, Some(&date_time(at))).await?;
    session::end_recovery(request, tx, &user.id).await?;
    verified.commit().await?;
    request.remove_session();
    request.go_to("/signin?done=codes_end");
    Ok(Done::default())
}
