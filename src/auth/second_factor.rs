//! What some accounts ask for after a password or a code by mail, such as a one-time code. There is no session
//! before it is right, and no passkey is followed by it.

use super::{SignedInAs, server::uniform};
use crate::{
    account::UserView,
    credentials::password::PASSWORD_ATTEMPT,
    error::{Error, Result},
    server::{
        attempts,
        ceremony::{self, Kind},
        db::Tx,
        feature::Method,
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

/// The second factor of an account, if it has one. One that has not settled is not asked for: whoever stole a
/// password must not shut its owner out with one.
pub async fn of(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
) -> Result<Option<&'static dyn Method>> {
    let now = request.clock.now();
    for method in request.features.methods {
        if method.second_factor().is_some()
            && method.settle_times(tx, user_id).await?.iter().any(|at| *at <= now)
        {
            return Ok(Some(*method));
        }
    }
    Ok(None)
}

/// Asks for the second factor: the first one was right. What was counted of it stays counted until the second
/// one is right as well, or whoever knows the password could guess on and on.
pub async fn ask(
    request: &Request,
    mut tx: Tx,
    method: &dyn Method,
    first: &FirstFactor,
) -> Result<SignedInAs> {
    session::check_may_sign_in(request, &mut tx, &first.user_id).await?;
    begin(request, &mut tx, first).await?;
    tx.commit().await?;
    request.go_to(&format!("/signin/{}", method.name()));
    Ok(SignedInAs { user: None, second_factor: Some(method.name().to_owned()) })
}

async fn begin(request: &Request, tx: &mut Tx, first: &FirstFactor) -> Result<()> {
    let challenge = secret::random();
    ceremony::begin(request, &mut **tx, Kind::SecondFactor, &challenge, None, None, first).await
}

/// Signs the user in if `judge` finds the second factor right.
pub async fn finish(
    request: &Request,
    method: &dyn Method,
    judge: impl AsyncFnOnce(&mut Tx, &str) -> Result<()>,
) -> Result<SignedInAs> {
    let refused = |error| uniform(error, Error::SignInFailed);
    let ceremony = ceremony::consume::<FirstFactor>(request, Kind::SecondFactor, None).await;
    let ceremony = ceremony.map_err(refused)?;
    let first = ceremony.kept;
    request.name_account(&first.user_id);
    let mut tx = ceremony.db.begin_for(&first.user_id).await?;
    // Each try uses the challenge up, so that of many at once one is judged; a wrong one asks again.
    begin(request, &mut tx, &first).await?;
    let judged = async {
        attempts::take_attempt(request, &mut tx, &PASSWORD_ATTEMPT, &first.allowance).await?;
        judge(&mut tx, &first.user_id).await.map_err(refused)
    };
    if let Err(error) = judged.await {
        tx.commit().await?;
        return Err(error);
    }
    attempts::forget(&mut tx, &PASSWORD_ATTEMPT, &first.allowance).await?;
    ceremony::forget(request, &mut tx, Kind::SecondFactor).await?;
    let user = UserView::find(&mut tx, &first.user_id).await?;
    let words = method.second_factor().unwrap_or(method.name());
    let by = SignedInBy::SecondFactor { name: method.name(), words };
    let session = session::open_session(request, &mut tx, &first.user_id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    request.go_to(next_page(first.next.as_deref(), request.features.home));
    Ok(SignedInAs::of(user))
}
