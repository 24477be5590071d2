//! Signing in by a code that is mailed. The answer and its time are the same whether there is an account or
//! not, and the session confirms nothing.

use super::{
    SignedInAs,
    second_factor::{self, FirstFactor, PendingSignIn},
};
use crate::{
    account::{
        UserView,
        addresses::{AccountByEmail, let_in_by_mail},
    },
    call::Done,
    error::{Error, Result},
    mail::codes::{self, CodeMail, Purpose, To},
    server::{
        address::EmailForms,
        db::Tx,
        devices,
        log::log_refusal,
        request::Request,
        session::{self, SignedInBy},
    },
    ui::next_page,
};
use serde::{Deserialize, Serialize};

/// Sends a code to a proven address whose account lets a mail sign it in.
pub async fn start(request: &Request, email: &str, next: Option<String>) -> Result<Done> {
    let mail = CodeMail {
        subject: "Your code to sign in",
        why: format!("To sign in to {}", request.config.rp_name),
        page: "/signin/code",
        otherwise: "there is nothing to do.",
    };
    send(request, Purpose::SignIn, email, |account| account.mail_sign_in, &mail, next).await?;
    request.go_to("/signin/code");
    Ok(Done::default())
}

/// What is kept with a code that signs somebody in.
#[derive(Serialize, Deserialize)]
struct ToSignIn {
    /// The address that the code went to.
    email: String,
    next: Option<String>,
}

/// Sends a code to the owner of a proven address, if there is one and `may` says so of their account.
pub async fn send(
    request: &Request,
    purpose: Purpose,
    email: &str,
    may: impl FnOnce(&AccountByEmail) -> bool,
    mail: &CodeMail,
    next: Option<String>,
) -> Result<()> {
    let forms = EmailForms::of(email).ok_or_else(|| Error::invalid("email"))?;
    let account = AccountByEmail::find(request, &forms).await?;
    let account = account.filter(|account| account.is_confirmed && may(account));
    let (user_id, to) = match &account {
        Some(account) => (Some(account.user.id.as_str()), To::Address(&account.user.email, mail)),
        None => (None, To::Nobody(&forms.one)),
    };
    let kept = ToSignIn { email: to.address().to_owned(), next };
    let mut tx = request.db.begin().await?;
    let code = codes::send(request, &mut tx, purpose, user_id, to, &kept).await?;
    tx.commit().await?;
    code.send_cookie(request);
    Ok(())
}

/// Uses up the code that was typed, and returns its user, the transaction that has used it up, and what was
/// kept with it.
pub async fn use_up(
    request: &Request,
    purpose: Purpose,
    typed: &str,
) -> Result<(UserView, Tx, Option<String>)> {
    let refusal = Error::SignInFailed;
    let code = codes::check::<ToSignIn>(request, purpose, typed, refusal.clone()).await?;
    let Some(user_id) = code.user_id.clone() else {
        return Err(log_refusal("code_of_nobody", refusal));
    };
    request.name_account(&user_id);
    let mut tx = request.db.begin_for(&user_id).await?;
    if !code.use_up(&mut tx).await? {
        return Err(log_refusal("code_used", refusal));
    }
    let user = UserView::find(&mut tx, &user_id).await?;
    // A request that was under way during a change of address sends its code to the one before.
    if user.email != code.kept.email {
        return Err(log_refusal("code_of_another_address", refusal));
    }
    Ok((user, tx, code.kept.next))
}

pub async fn finish(request: &Request, code: &str) -> Result<SignedInAs> {
    let (user, mut tx, next) = use_up(request, Purpose::SignIn, code).await?;
    // A request from before it was switched off may have written its code after that.
    if !let_in_by_mail(&mut tx, &user.id).await? {
        return Err(log_refusal("mail_sign_in_off", Error::SignInFailed));
    }
    if let Some(method) = second_factor::of(request, &mut tx, &user.id).await? {
        let allowance = devices::allowance(request, &mut tx, &user.id, &user.email).await?;
        let pending =
            PendingSignIn::new(request, user.id, FirstFactor::Mail(user.email), allowance, next);
        return second_factor::ask(request, tx, method, &pending).await;
    }
    let by = SignedInBy::Mail;
    let session = session::open_session(request, &mut tx, &user.id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    request.go_to(next_page(next.as_deref(), request.features.home));
    Ok(SignedInAs::of(user))
}
