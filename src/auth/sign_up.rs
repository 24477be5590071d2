//! New accounts: by a ceremony, or by password. No account is stored before it is proven, and a refusal
//! does not say why.

use super::{SignedInAs, server::uniform};
use crate::{
    account::{UserView, notice},
    call::CredentialJson,
    credentials::{
        passkeys::{self, SETTLED},
        password_rules,
        webauthn::{self, CredentialOwner},
    },
    error::{Error, Result},
    server::{
        address::{EmailForms, check_email},
        ceremony::{self, Kind},
        db::{OnDuplicate, Tx},
        log::log_refusal,
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
struct NewUser {
    handle: Vec<u8>,
    email: String,
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
    notice::tell(&mut tx, &user.id, request.clock.now()).await?;
    let by = SignedInBy::NewPasskey(&passkey_id);
    let session = session::open_session(request, &mut tx, &user.id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    welcome(request, next.as_deref());
    Ok(SignedInAs { user })
}

/// Leads a new user to the page that they came for, which tells them what comes next.
fn welcome(request: &Request, next: Option<&str>) {
    let page = next_page(next, request.features.home);
    request.go_to(&format!("{page}?done=welcome"));
}

pub async fn with_password(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
    next: Option<&str>,
) -> Result<SignedInAs> {
    let (mut tx, user) = begin_account(request, email, name, password).await?;
    let by = SignedInBy::NewPassword;
    let session = session::open_session(request, &mut tx, &user.id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    welcome(request, next);
    Ok(SignedInAs { user })
}

/// Makes an account with a password, and opens no session.
pub async fn add_account(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
) -> Result<UserView> {
    let (tx, user) = begin_account(request, email, name, password).await?;
    tx.commit().await?;
    Ok(user)
}

/// Makes an account with a password, and returns the transaction that makes it.
async fn begin_account(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
) -> Result<(Tx, UserView)> {
    let (email, name) = (check_email(email)?, check_name(name)?);
    let hash = password_rules::hash_new(request, password, None, &email, &name, "password").await?;
    let mut tx = request.db.begin().await?;
    let user = create(request, &mut tx, NewUser::new(email, name), Some(&hash)).await?;
    notice::tell(&mut tx, &user.id, request.clock.now()).await?;
    Ok((tx, user))
}

/// Makes the account, unless the address is taken, and tells the features about it.
async fn create(
    request: &Request,
    tx: &mut Tx,
    new: NewUser,
    password: Option<&str>,
) -> Result<UserView> {
    // An account of an earlier release may have the address in another form.
    let forms = EmailForms::of(&new.email).ok_or(Error::Internal)?;
    let taken = sqlx::query("select 1 from users where email = $1")
        .bind(forms.unicode)
        .fetch_optional(&mut **tx)
        .await?;
    if taken.is_some() {
        return Err(log_refusal("address_taken", Error::SignUpFailed));
    }
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
    .await
    .on_duplicate(|| log_refusal("address_taken", Error::SignUpFailed))?;
    for feature in request.features.all {
        feature.opened(&request.clock, tx, &id).await?;
    }
    Ok(UserView { id, email: new.email, name: new.name })
}
