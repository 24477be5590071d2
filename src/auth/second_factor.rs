//! The one-time code after a password or a code by mail, for accounts that have it. There is no session
//! before it is right.

use super::{SignedInAs, server::uniform};
use crate::{
    account::UserView,
    credentials::{password::PASSWORD_ATTEMPT, totp},
    error::{Error, Result},
    server::{
        attempts,
        ceremony::{self, Kind},
        db::Tx,
        log::log_refusal,
        request::Request,
        secret,
        session::{self, SignedInBy},
    },
    ui::next_page,
};
use serde::{Deserialize, Serialize};

/// Who has given the first factor in this browser.
#[derive(Serialize, Deserialize)]
pub struct FirstFactor {
    pub user_id: String,
    /// What guesses at the account count towards.
    pub allowance: String,
    pub next: Option<String>,
}

/// Asks for the one-time code: the first factor was right. What was counted of it stays counted until the
/// code is right as well, or whoever knows the password could guess on and on.
pub async fn ask(request: &Request, mut tx: Tx, first: &FirstFactor) -> Result<SignedInAs> {
    begin(request, &mut tx, first).await?;
    tx.commit().await?;
    request.go_to("/signin/totp");
    Ok(SignedInAs { user: None, second_factor: Some("totp".to_owned()) })
}

async fn begin(request: &Request, tx: &mut Tx, first: &FirstFactor) -> Result<()> {
    let challenge = secret::random();
    ceremony::begin(request, &mut **tx, Kind::SecondFactor, &challenge, None, None, first).await
}

pub async fn finish(request: &Request, code: &str) -> Result<SignedInAs> {
    let refusal = Error::SignInFailed;
    let ceremony = ceremony::consume::<FirstFactor>(request, Kind::SecondFactor, None).await;
    let ceremony = ceremony.map_err(|error| uniform(error, refusal.clone()))?;
    let first = ceremony.kept;
    request.name_account(&first.user_id);
    let mut tx = ceremony.db.begin_for(&first.user_id).await?;
    // Each try uses the challenge up, so that of many at once one is judged; a wrong one asks again.
    begin(request, &mut tx, &first).await?;
    let taken = attempts::take_attempt(request, &mut tx, &PASSWORD_ATTEMPT, &first.allowance).await;
    if let Err(error) = taken {
        tx.commit().await?;
        return Err(error);
    }
    if !totp::accept(request, &mut tx, &first.user_id, code).await? {
        tx.commit().await?;
        return Err(log_refusal("wrong_one_time_code", refusal));
    }
    attempts::forget(&mut tx, &PASSWORD_ATTEMPT, &first.allowance).await?;
    ceremony::forget(request, &mut tx, Kind::SecondFactor).await?;
    let user = UserView::find(&mut tx, &first.user_id).await?;
    let session =
        session::open_session(request, &mut tx, &first.user_id, SignedInBy::Totp, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    request.go_to(next_page(first.next.as_deref(), request.features.home));
    Ok(SignedInAs::of(user))
}
