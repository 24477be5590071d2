//! New accounts: by a ceremony, or by password and a code to the address. Neither tells whether the address
//! belongs to somebody.

use super::{SignedInAs, server::uniform};
use crate::{
    account::{UserView, addresses, notice},
    call::{CredentialJson, Done},
    credentials::{
        method::SETTLED,
        passkeys, password_rules,
        webauthn::{self, CredentialOwner},
    },
    error::{Error, Result},
    mail::codes::{self, CodeMail, Purpose},
    server::{
        address::check_email,
        ceremony::{self, Kind},
        db::Tx,
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
    let code = addresses::ask_to_confirm(request, &mut tx, &user.id, &user.email).await?;
    let by = SignedInBy::NewPasskey(&passkey_id);
    let session = session::open_session(request, &mut tx, &user.id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    code.send_cookie(request);
    welcome(request, next.as_deref());
    Ok(SignedInAs::of(user))
}

/// Leads a new user to the page that they came for, which tells them what comes next.
fn welcome(request: &Request, next: Option<&str>) {
    let page = next_page(next, request.features.home);
    request.go_to(&format!("{page}?done=welcome"));
}

/// What is kept with the code that proves the address of a future account.
#[derive(Serialize, Deserialize)]
struct SignUpByPassword {
    new: NewUser,
    /// The hash of the password.
    password: String,
    next: Option<String>,
}

/// Sends a code to the address of a future account. If it belongs to an account, its owner reads of it
/// instead; the answer and its time are the same.
pub async fn start_by_password(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
    next: Option<String>,
) -> Result<Done> {
    let new = NewUser::new(check_email(email)?, check_name(name)?);
    let (email, name) = (new.email.clone(), new.name.clone());
    let password =
        password_rules::hash_new(request, password, None, &email, &name, "password").await?;
    let mail = CodeMail {
        subject: "Your code to create an account",
        why: format!("To create your account at {}", request.config.rp_name),
        page: "/signup/code",
        otherwise: "there is nothing to do: without the code there is no account.",
    };
    let kept = SignUpByPassword { new, password, next };
    let mut tx = request.db.begin().await?;
    let purpose = Purpose::SignUp;
    let code =
        addresses::send_unless_taken(request, &mut tx, purpose, None, &email, &mail, &kept).await?;
    tx.commit().await?;
    code.send_cookie(request);
    request.go_to("/signup/code");
    Ok(Done::default())
}

/// Makes the account whose address the code proves.
pub async fn finish_by_password(request: &Request, code: &str) -> Result<SignedInAs> {
    let code = codes::check(request, Purpose::SignUp, code, Error::WrongCode).await?;
    let mut tx = request.db.begin().await?;
    if !code.use_up(&mut tx).await? {
        return Err(log_refusal("code_used", Error::WrongCode));
    }
    let SignUpByPassword { new, password, next } = code.kept;
    let user = create_with_password(request, &mut tx, new, &password).await?;
    let by = SignedInBy::NewPassword;
    let session = session::open_session(request, &mut tx, &user.id, by, None).await?;
    tx.commit().await?;
    session.send_cookies(request);
    welcome(request, next.as_deref());
    Ok(SignedInAs::of(user))
}

/// Makes an account with a password whose address needs no proof, and opens no session.
pub async fn add_account(
    request: &Request,
    email: &str,
    name: &str,
    password: &str,
) -> Result<UserView> {
    let (email, name) = (check_email(email)?, check_name(name)?);
    let hash = password_rules::hash_new(request, password, None, &email, &name, "password").await?;
    let mut tx = request.db.begin().await?;
    let user = create_with_password(request, &mut tx, NewUser::new(email, name), &hash).await?;
    tx.commit().await?;
    Ok(user)
}

async fn create_with_password(
    request: &Request,
    tx: &mut Tx,
    new: NewUser,
    password: &str,
) -> Result<UserView> {
    let user = create(request, tx, new, Some(password)).await?;
    addresses::confirm(request, tx, &user.id, &user.email).await?;
    notice::tell(tx, &user.id, request.clock.now()).await?;
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
