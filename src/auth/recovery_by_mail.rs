//! Getting back in by mail, for users who have lost everything but their mailbox. A first code begins a
//! wait, during which the user is told everywhere and can stop it; a code after it opens a recovery session.

use super::mail;
use crate::{
    account::recoveries::{self, Recovery},
    call::Done,
    error::{Error, Result},
    mail::codes::{CodeMail, Purpose},
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
    let mail = CodeMail {
        subject: "Your code to get back in",
        why: format!("To get back into your account at {}", request.config.rp_name),
        page: "/recovery/mail/code",
        otherwise: "there is nothing to do.",
    };
    mail::send(request, Purpose::Recovery, email, |_| true, &mail, None).await?;
    request.go_to("/recovery/mail/code");
    Ok(Done::default())
}

pub async fn finish(request: &Request, code: &str) -> Result<RecoveryByMail> {
    let (user, mut tx, _) = mail::use_up(request, Purpose::Recovery, code).await?;
    // Nobody could stop it whom a suspension keeps out.
    if !session::may_sign_in(request, &mut tx, &user.id).await? {
        return Err(log_refusal("may_not_sign_in", Error::SignInFailed));
    }
    match recoveries::go_on(request, &mut tx, &user.id, &user.email).await? {
        Recovery::Waits(ready_at) => {
            tx.commit().await?;
            request.go_to("/signin?done=recovery_waits");
            Ok(RecoveryByMail { ready_at: Some(ready_at) })
        }
        Recovery::Ready => {
            session::end_all(request, &mut tx, &user.id, None).await?;
            let (by, event) = (SignedInBy::RecoveryByMail, Some(&RECOVERED_BY_MAIL));
            let session = session::open_session(request, &mut tx, &user.id, by, event).await?;
            tx.commit().await?;
            session.send_cookies(request);
            request.go_to("/settings/security");
            Ok(RecoveryByMail::default())
        }
    }
}
