//! Signing in by recovery code, for users who have lost their other ways. It opens a recovery
//! session.

use super::{SignedInAs, server::SIGN_IN_FAILED};
use crate::{
    account::addresses::AccountByEmail,
    credentials::recovery_codes::{self, RECOVERY_CODE_ATTEMPT},
    error::{Error, Result},
    server::{
        activity,
        address::EmailForms,
        attempts, devices,
        feature::Event,
        log::log_refusal,
        request::Request,
        session::{self, SignedInBy},
    },
};

pub static RECOVERY_USED: Event = Event::new("recovery.used", "Recovery code used").told();

/// Opens a recovery session, ends all others, and tells the user at the next sign-in (REC-05).
pub async fn sign_in(request: &Request, email: &str, code: &str) -> Result<SignedInAs> {
    let email =
        EmailForms::of(email).ok_or_else(|| log_refusal("no_address", Error::SignInFailed))?;
    let account = AccountByEmail::find(request, &email).await?;
    let user_id = account.as_ref().map(|it| it.user.id.clone()).unwrap_or_default();
    let mut tx = request.db.begin_for(&user_id).await?;
    let used = session::may_sign_in(request, &mut tx, &user_id).await?
        && recovery_codes::use_up(&mut tx, &user_id, code, request.clock.now()).await?;
    let (Some(AccountByEmail { user, .. }), true) = (&account, used) else {
        drop(tx);
        // Only wrong codes wait. Nobody can guess a right one, and it may be all that the user has left.
        let mut tx = request.db.begin().await?;
        let allowance = devices::allowance(request, &mut tx, &user_id, &email.one).await?;
        attempts::take_attempt(request, &mut tx, &RECOVERY_CODE_ATTEMPT, &allowance).await?;
        tx.commit().await?;
        let Some(account) = account else {
            return Err(log_refusal("unknown_address", Error::SignInFailed));
        };
        activity::record_later(request, account.user.id, &SIGN_IN_FAILED, "recovery code");
        return Err(log_refusal("wrong_code", Error::SignInFailed));
    };
    let allowance = devices::allowance(request, &mut tx, &user.id, &email.one).await?;
    attempts::forget(&mut tx, &RECOVERY_CODE_ATTEMPT, &allowance).await?;
    session::end_all(request, &mut tx, &user.id, None).await?;
    let (by, event) = (SignedInBy::Recovery, Some(&RECOVERY_USED));
    let session = session::open_session(request, &mut tx, &user.id, by, event).await?;
    tx.commit().await?;
    session.send_cookies(request);
    Ok(SignedInAs::of(user.clone()))
}
