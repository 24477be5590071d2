//! What some accounts ask for after another first factor than a passkey, such as a one-time code. There is
//! no session before it is right, and no passkey is followed by it.

use super::{
    SignedInAs,
    server::{SIGN_IN_FAILED, uniform},
};
use crate::account::addresses::let_in_by_mail; // with: mail
use crate::{
    account::UserView,
    credentials::{
        method,
        password::{GUESS_ATTEMPT, UserPasswords},
    },
    error::{Error, Result},
    server::{
        activity, attempts,
        ceremony::{self, Kind},
        clock::millis,
        db::Tx,
        feature::Method,
        log::log_refusal,
        request::Request,
        secret,
        session::{self, SignedInBy},
        state::CEREMONY_TIMEOUT,
    },
    ui::next_page,
};
use serde::{Deserialize, Serialize};

/// What has proven, in this browser, who somebody is. It must still hold when the second factor is right.
#[derive(Serialize, Deserialize)]
pub enum FirstFactor {
    /// The SHA-256 of the stored hash of the password.
    Password(String),
    // with: mail {
    /// The address that the code went to.
    Mail(String),
    // with: mail }
}

impl FirstFactor {
    pub fn password(hash: &str) -> Self {
        Self::Password(secret::digest(hash))
    }

    /// Whether it would still be accepted.
    async fn holds(&self, request: &Request, tx: &mut Tx, user_id: &str) -> Result<bool> {
        match self {
            Self::Password(digest) => {
                let passwords = UserPasswords::find(request, &mut **tx, user_id).await?;
                Ok(passwords.all().iter().any(|hash| secret::digest(hash) == *digest))
            }
            // with: mail {
            Self::Mail(email) => Ok(let_in_by_mail(tx, user_id).await?
                && UserView::find(tx, user_id).await?.email == *email),
            // with: mail }
        }
    }
}

/// Somebody who has given the first factor.
#[derive(Serialize, Deserialize)]
pub struct PendingSignIn {
    pub user_id: String,
    pub first_factor: FirstFactor,
    /// What guesses at the account count towards.
    pub allowance: String,
    pub next: Option<String>,
    /// When the first factor has to be given again (milliseconds since 1970 UTC).
    pub expires_at: i64,
}

impl PendingSignIn {
    pub fn new(
        request: &Request,
        user_id: String,
        first_factor: FirstFactor,
        allowance: String,
        next: Option<String>,
    ) -> Self {
        let expires_at = request.clock.now() + millis(CEREMONY_TIMEOUT);
        Self { user_id, first_factor, allowance, next, expires_at }
    }
}

/// The second factor of an account, if it has one. One that has not settled is not asked for: whoever stole a
/// password must not shut its owner out with one.
pub async fn of(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
) -> Result<Option<&'static dyn Method>> {
    for method in request.features.methods {
        if method.second_factor().is_some()
            && method::is_settled(&request.doing(), tx, user_id, *method).await?
        {
            return Ok(Some(*method));
        }
    }
    Ok(None)
}

/// Asks for the second factor: the first one was right. The guesses before it stay counted until the second one
/// is right as well, or whoever knows the password could guess on and on.
pub async fn ask(
    request: &Request,
    mut tx: Tx,
    method: &dyn Method,
    pending: &PendingSignIn,
) -> Result<SignedInAs> {
    if !session::may_sign_in(request, &mut tx, &pending.user_id).await? {
        return Err(log_refusal("may_not_sign_in", Error::SignInFailed));
    }
    begin(request, &mut tx, pending).await?;
    tx.commit().await?;
    request.go_to(&format!("/signin/{}", method.name()));
    Ok(SignedInAs { user: None, second_factor: Some(method.name().to_owned()) })
}

async fn begin(request: &Request, tx: &mut Tx, pending: &PendingSignIn) -> Result<()> {
    let challenge = secret::random();
    ceremony::begin(request, &mut **tx, Kind::SecondFactor, &challenge, None, None, pending).await
}

/// Whether this browser has given a first factor, and the second one is asked for.
pub async fn is_open(request: &Request) -> Result<bool> {
    ceremony::is_open(request, Kind::SecondFactor).await
}

/// Signs the user in if `judge` finds the second factor right.
pub async fn finish(
    request: &Request,
    method: &dyn Method,
    judge: impl AsyncFnOnce(&mut Tx, &str) -> Result<()>,
) -> Result<SignedInAs> {
    let refused = |error| uniform(error, Error::SignInFailed);
    let ceremony = ceremony::consume::<PendingSignIn>(request, Kind::SecondFactor, None).await;
    let ceremony = ceremony.map_err(refused)?;
    let pending = ceremony.kept;
    request.name_account(&pending.user_id);
    let mut tx = ceremony.db.begin_for(&pending.user_id).await?;
    if pending.expires_at <= request.clock.now()
        || !pending.first_factor.holds(request, &mut tx, &pending.user_id).await?
    {
        return Err(log_refusal("first_factor_over", Error::SignInFailed));
    }
    // Each try uses the challenge up, so that of many at once one is judged; a wrong one asks again.
    begin(request, &mut tx, &pending).await?;
    let words = method.second_factor().unwrap_or(method.name());
    let judged = async {
        attempts::take_attempt(request, &mut tx, &GUESS_ATTEMPT, &pending.allowance).await?;
        let judged = judge(&mut tx, &pending.user_id).await;
        if matches!(judged, Err(Error::WrongCode)) {
            activity::record_later(request, pending.user_id.clone(), &SIGN_IN_FAILED, words);
        }
        judged.map_err(refused)
    };
    if let Err(error) = judged.await {
        tx.commit().await?;
        return Err(error);
    }
    attempts::forget(&mut tx, &GUESS_ATTEMPT, &pending.allowance).await?;
    ceremony::forget(request, &mut tx, Kind::SecondFactor).await?;
    let user = UserView::find(&mut tx, &pending.user_id).await?;
    let by = SignedInBy::SecondFactor(method.name());
    let session = session::open_session(request, &mut tx, &pending.user_id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    request.go_to(next_page(pending.next.as_deref(), request.features.home));
    Ok(SignedInAs::of(user))
}
