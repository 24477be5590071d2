//! The e-mail address of the signed-in user: its proof, and its change to another one, which proves itself
//! first.

use super::Email;
use crate::{
    account::{
        addresses,
        claims::{Claim, ask_to_confirm},
    },
    call::Done,
    error::{Error, Result},
    mail::codes::{self, GoodCode, Purpose},
    server::{
        activity,
        address::check_email,
        db::Tx,
        feature::Event,
        log::log_refusal,
        session::{self, User},
    },
    step_up::{self, Action, Kind, Policy},
};

pub static CHANGE_EMAIL: Kind = Kind {
    event: &Event::new("change_email", "E-mail address changed to {}")
        .noun("changing the e-mail address")
        .told(),
    policy: Policy::by_strongest(),
};
pub static EMAIL_CONFIRMED: Event = Event::new("email.confirmed", "E-mail address {} confirmed");

/// Sends a code to an address, or to the one that the account claims. The answer does not tell whether it
/// belongs to somebody.
pub async fn start(user: &User, email: Option<&str>) -> Result<Done> {
    let typed = email.filter(|email| !email.trim().is_empty());
    let email = typed.map_or_else(|| Ok(user.email.clone()), check_email)?;
    let mut tx = user.request.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    let code = ask_to_confirm(&user.request, &mut tx, &user.id, &email).await?;
    tx.commit().await?;
    code.send_cookie(&user.request);
    Ok(Done::default())
}

/// Makes the address the account's own that the code proves. Another one than the account claims takes a
/// confirmation: a session alone must not lead an account to another mailbox.
pub async fn confirm(user: &User, typed: &str) -> Result<Email> {
    let request = &user.request;
    let code =
        codes::check::<Claim>(request, Purpose::ConfirmAddress, typed, Error::WrongCode).await?;
    if code.user_id.as_ref() != Some(&user.id) {
        return Err(log_refusal("code_of_another_account", Error::WrongCode));
    }
    let email = code.kept.email.clone();
    if email != user.email {
        let mut verified = step_up::require(user, change(user, &email)).await?;
        carry_out(user, verified.tx(), &code).await?;
        verified.record(Some(&email)).await?;
        // The one before may have opened them.
        session::end_all(request, verified.tx(), &user.id, Some(&user.session_id)).await?;
        verified.commit().await?;
    } else {
        let mut tx = request.db.begin_for(&user.id).await?;
        session::check_live(&mut tx, user).await?;
        carry_out(user, &mut tx, &code).await?;
        activity::record(request, &mut tx, &user.id, &EMAIL_CONFIRMED, Some(&email)).await?;
        tx.commit().await?;
    }
    Ok(Email { message: format!("Your address {email} is confirmed."), email })
}

fn change(user: &User, email: &str) -> Action<String> {
    let change = CHANGE_EMAIL
        .action(format!("Change your e-mail address to {email}"), email.to_owned())
        .detail("Now", &user.email);
    // One that was never proven is not told and cannot undo it, so a stolen password must not do this.
    if user.email_confirmed { change } else { change.with_policy(Policy::by_passkey()) }
}

async fn carry_out(user: &User, tx: &mut Tx, code: &GoodCode<Claim>) -> Result<()> {
    if !code.use_up(tx).await? {
        return Err(log_refusal("code_used", Error::WrongCode));
    }
    addresses::confirm(&user.request, tx, &user.id, &code.kept.email, Error::WrongCode).await
}
