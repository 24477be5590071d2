//! Getting back in by mail, for users who have lost everything but their mailbox. A first code begins a
//! wait, during which the user is told everywhere and can stop it; a code after it opens a recovery session.

use super::mail;
use crate::{
    account::{
        UserView,
        addresses::code_page,
        recoveries::{self, Recovery},
    },
    call::Done,
    error::{Error, Result},
    mail::{
        Letter,
        codes::{self, Purpose},
    },
    server::{
        feature::Event,
        log::log_refusal,
        request::Request,
        session::{self, SignedInBy},
    },
};
use serde::{Deserialize, Serialize};

pub static RECOVERED_BY_MAIL: Event =
    Event::new("recovery.by_mail", "Somebody got back in by mail").told();

/// What came of a code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecoveryByMail {
    /// While it waits: when another code opens a recovery session (milliseconds since 1970 UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<i64>,
}

pub async fn start(request: &Request, email: &str) -> Result<Done> {
    let app = request.config.rp_name.clone();
    let letter = |code: &str| {
        Letter::new("Your code to get back in")
            .text(format!("To get back into your account at {app}, type this code where you asked for it:"))
            .code(code)
            .link("Or open this in the same browser", code_page("/recovery/mail/code", code))
            .text("It is good for 15 minutes. If it was not you, there is nothing to do. Do not give it to anybody: we never ask for it.")
    };
    mail::send(request, Purpose::Recovery, email, |_| true, &letter, &None).await?;
    request.go_to("/recovery/mail/code");
    Ok(Done::default())
}

pub async fn finish(request: &Request, code: &str) -> Result<RecoveryByMail> {
    let refusal = Error::SignInFailed;
    let code =
        codes::check::<Option<String>>(request, Purpose::Recovery, code, refusal.clone()).await?;
    let Some(user_id) = code.user_id.clone() else {
        return Err(log_refusal("code_of_nobody", refusal));
    };
    request.name_account(&user_id);
    let mut tx = request.db.begin_for(&user_id).await?;
    if !code.use_up(&mut tx).await? {
        return Err(log_refusal("code_used", refusal));
    }
    // A change of address voids its codes, so this is the address that was mailed.
    let email = UserView::find(&mut tx, &user_id).await?.email;
    match recoveries::go_on(request, &mut tx, &user_id, &email).await? {
        Recovery::Waits(ready_at) => {
            tx.commit().await?;
            request.go_to("/signin?done=recovery_waits");
            Ok(RecoveryByMail { ready_at: Some(ready_at) })
        }
        Recovery::Ready => {
            session::end_all(request, &mut tx, &user_id, None).await?;
            let (by, event) = (SignedInBy::Recovery, Some(&RECOVERED_BY_MAIL));
            let session = session::open_session(request, &mut tx, &user_id, by, event).await?;
            tx.commit().await?;
            session.send_cookies(request);
            request.go_to("/settings/security");
            Ok(RecoveryByMail::default())
        }
    }
}
