//! New accounts: the ceremony that makes one with a passkey, and what it has in common with a sign-up by
//! password.

use super::{SignedInAs, server::uniform};
use crate::{
    account::claims, // with: mail
    account::{UserView, addresses, notice},
    call::CredentialJson,
    credentials::{
        method::SETTLED,
        passkeys, password_rules,
        webauthn::{self, CredentialOwner},
    },
    error::{Error, Result},
    server::{
        address::check_email,
        ceremony::{self, Kind},
        db::Tx,
        request::Request,
        secret,
        session::{self, SignedInBy},
    },
    text::check_name,
    ui::next_page,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The future account, kept with the challenge until a passkey is registered for it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct NewUser {
    handle: Vec<u8>,
    pub email: String,
    name: String,
}

impl NewUser {
    fn new(email: String, name: String) -> Self {
        let handle: [u8; 16] = rand::random();
        Self { handle: handle.to_vec(), email, name }
    }

    fn owner(&self) -> CredentialOwner {
        let Self { handle, email, name } = self.clone();
        CredentialOwner { handle, email, name }
    }
}

/// What is kept with the challenge.
#[derive(Serialize, Deserialize)]
struct SignUp {
    new: NewUser,
    next: Option<String>,
}

pub async fn start(
    request: &Request,
    email: &str,
    name: &str,
    next: Option<String>,
) -> Result<Value> {
    let new = NewUser::new(check_email(email)?, check_name(name)?);
    let challenge = secret::random();
    let options = webauthn::creation_options(request, &new.owner(), &[], &challenge)?;
    let db = request.db.writer();
    let kept = SignUp { new, next };
    ceremony::begin(request, db, Kind::SignUp, &challenge, None, None, &kept).await?;
    Ok(options)
}

pub async fn finish(request: &Request, answer: &CredentialJson) -> Result<SignedInAs> {
    let ceremony = ceremony::consume::<SignUp>(request, Kind::SignUp, None)
        .await
        .map_err(|error| uniform(error, Error::SignUpFailed))?;
    let SignUp { new, next } = ceremony.kept;
    let passkey = webauthn::register(request, &new.owner(), &[], &ceremony.challenge, answer)
        .map_err(|error| uniform(error, Error::SignUpFailed))?;

    let mut tx = ceremony.db.begin().await?;
    let user = create(request, &mut tx, new, None).await?;
    let passkey_id = passkeys::create(request, &mut tx, &user.id, &passkey, SETTLED)
        .await
        .map_err(|error| uniform(error, Error::SignUpFailed))?;
    // The user knows how the account was made and needs no notice of it.
    notice::mark_known(&mut tx, &user.id, request.clock.now()).await?;
    let code = claims::ask_to_confirm(request, &mut tx, &user.id, &user.email).await?; // with: mail
    let by = SignedInBy::NewPasskey(&passkey_id);
    let session = session::open_session(request, &mut tx, &user.id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    code.send_cookie(request); // with: mail
    welcome(request, next.as_deref());
    Ok(SignedInAs::of(user))
}

/// Leads a new user to the page that they came for, which tells them what comes next.
fn welcome(request: &Request, next: Option<&str>) {
    let page = next_page(next, request.features.home);
    request.go_to(&format!("{page}?done=welcome"));
}

/// Makes an account with a password whose address needs no proof, and opens no session.
pub async fn add_account(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
) -> Result<UserView> {
    let (new, hash) = check_with_password(request, email, name, password).await?;
    let mut tx = request.db.begin().await?;
    let taken = Error::SignUpFailed;
    let user = create_with_password(request, &mut tx, new, &hash, taken).await?;
    tx.commit().await?;
    Ok(user)
}

/// The user of a future account, and the hash of the password.
pub(super) async fn check_with_password(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
) -> Result<(NewUser, String)> {
    let (email, name) = (check_email(email)?, check_name(name)?);
    let hash = password_rules::hash_new(request, password, None, &email, &name, "password").await?;
    Ok((NewUser::new(email, name), hash))
}

/// Makes the account, whose address counts as proven, and signs its user in. If the address is another's, the
/// answer is `taken`.
pub(super) async fn finish_with_password(
    request: &Request,
    mut tx: Tx,
    new: NewUser,
    hash: &str,
    next: Option<&str>,
    taken: Error,
) -> Result<SignedInAs> {
    let user = create_with_password(request, &mut tx, new, hash, taken).await?;
    let by = SignedInBy::NewPassword;
    let session = session::open_session(request, &mut tx, &user.id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    welcome(request, next);
    Ok(SignedInAs::of(user))
}

async fn create_with_password(
    request: &Request,
    tx: &mut Tx,
    new: NewUser,
    password: &str,
    taken: Error,
) -> Result<UserView> {
    let user = create(request, tx, new, Some(password)).await?;
    addresses::confirm(request, tx, &user.id, &user.email, taken).await?;
    notice::mark_known(tx, &user.id, request.clock.now()).await?;
    Ok(user)
}

/// Makes the account, and tells the features about it. Its address is a claim until it is proven.
async fn create(
    request: &Request,
    tx: &mut Tx,
    new: NewUser,
    password: Option<&str>,
) -> Result<UserView> {
    let id = request.clock.new_id();
    sqlx::query(
        "insert into users (id, handle, email, name, password, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&id)
    .bind(&new.handle)
    .bind(&new.email)
    .bind(&new.name)
    .bind(password)
    .bind(request.clock.now())
    .execute(&mut **tx)
    .await?;
    for feature in request.features.all {
        feature.opened(&request.clock, tx, &id).await?;
    }
    Ok(UserView { id, email: new.email, name: new.name })
}
