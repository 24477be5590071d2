//! Signing in by a code that is mailed. The answer and its time are the same whether there is an account or
//! not, and the session confirms nothing.

use super::SignedInAs;
use crate::{
    account::{
        UserView,
        addresses::{AccountByEmail, code_page},
    },
    call::Done,
    error::{Error, Result},
    mail::{
        Letter,
        codes::{self, Purpose, To},
    },
    server::{
        address::EmailForms,
        db::Tx,
        log::log_refusal,
        request::Request,
        session::{self, SignedInBy},
    },
    ui::next_page,
};

/// Sends a code to a proven address whose account lets a mail sign it in.
pub async fn start(request: &Request, email: &str, next: Option<String>) -> Result<Done> {
    let app = request.config.rp_name.clone();
    let letter = |code: &str| {
        Letter::new("Your code to sign in")
            .text(format!("To sign in to {app}, type this code where you asked for it:"))
            .code(code)
            .link("Or open this in the same browser", code_page("/signin/code", code))
            .text("It is good for 15 minutes. If it was not you, there is nothing to do. Do not give it to anybody: we never ask for it.")
    };
    send(request, Purpose::SignIn, email, |account| account.mail_sign_in, &letter, &next).await?;
    request.go_to("/signin/code");
    Ok(Done::default())
}

/// Sends a code to the owner of a proven address, if there is one and `may` says so of their account.
pub async fn send(
    request: &Request,
    purpose: Purpose,
    email: &str,
    may: impl FnOnce(&AccountByEmail) -> bool,
    letter: &(dyn Fn(&str) -> Letter + Sync),
    next: &Option<String>,
) -> Result<()> {
    let forms = EmailForms::of(email).ok_or_else(|| Error::invalid("email"))?;
    let account = AccountByEmail::find(request, &forms).await?;
    let account = account.filter(|account| account.is_confirmed && may(account));
    let (user_id, to) = match &account {
        Some(account) => (Some(account.user.id.as_str()), To::Address(&account.user.email, letter)),
        None => (None, To::Nobody(&forms.one)),
    };
    let mut tx = request.db.begin().await?;
    let code = codes::send(request, &mut tx, purpose, user_id, to, next).await?;
    tx.commit().await?;
    code.send_cookie(request);
    Ok(())
}

pub async fn finish(request: &Request, code: &str) -> Result<SignedInAs> {
    let refusal = Error::SignInFailed;
    let code =
        codes::check::<Option<String>>(request, Purpose::SignIn, code, refusal.clone()).await?;
    let Some(user_id) = code.user_id.clone() else {
        return Err(log_refusal("code_of_nobody", refusal));
    };
    request.name_account(&user_id);
    let mut tx = request.db.begin_for(&user_id).await?;
    // A request from before it was switched off may have written its code after that.
    if !code.use_up(&mut tx).await? || !is_allowed(&mut tx, &user_id).await? {
        return Err(log_refusal("code_used", refusal));
    }
    let user = UserView::find(&mut tx, &user_id).await?;
    let session = session::open_session(request, &mut tx, &user_id, SignedInBy::Mail, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    request.go_to(next_page(code.kept.as_deref(), request.features.home));
    Ok(SignedInAs { user })
}

/// Whether the user lets a code by mail sign them in.
async fn is_allowed(tx: &mut Tx, user_id: &str) -> Result<bool> {
    let row = sqlx::query("select 1 from users where id = $1 and mail_sign_in = 1")
        .bind(user_id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}
