#![cfg(feature = "ssr")]
//! Accounts and the ceremonies that open one: what is written, in which transaction, and that no
//! failure tells a stranger more than that it failed.

use super::{
    Done, Entered, Me, MyAccount, Offer, SignedIn, UserView, notice, offers,
    password::UserPasswords,
};
use crate::{
    call::Credential,
    error::{Error, Result},
    passkeys::{
        server as passkeys,
        webauthn::{self, Account, Assertion, Stored},
    },
    server::{
        State, activity,
        address::{EmailForms, check_email},
        ceremony::{self, Kind},
        cookies,
        db::{Read, Tx, is_duplicate},
        log::{name_account, refused},
        metrics, secret,
        session::{self, NewSession, Scope, SignedInBy, User},
    },
    transfer,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The account-to-be, kept with the challenge until a passkey answers for it.
#[derive(Serialize, Deserialize)]
pub(super) struct NewUser {
    handle: Vec<u8>,
    email: String,
    name: String,
}

impl NewUser {
    pub(super) fn new(email: String, name: String) -> Self {
        let handle: [u8; 16] = rand::random();
        Self { handle: handle.to_vec(), email, name }
    }

    fn account(&self) -> Account<'_> {
        Account { handle: &self.handle, email: &self.email, name: &self.name }
    }
}

pub async fn start_sign_up(email: &str, name: &str) -> Result<Value> {
    let state = State::current()?;
    let new = NewUser::new(check_email(email)?, passkeys::check_name(name)?);
    let challenge = secret::random();
    let options = webauthn::creation_options(&state, &new.account(), &[], &challenge)?;
    ceremony::begin(&state, state.db.writer(), Kind::SignUp, &challenge, None, None, &new).await?;
    Ok(options)
}

pub async fn finish_sign_up(answer: &Credential) -> Result<Entered> {
    let outcome = try_sign_up(answer).await;
    metrics::ceremony(Kind::SignUp, &outcome);
    outcome
}

async fn try_sign_up(answer: &Credential) -> Result<Entered> {
    let state = State::current()?;
    let ceremony = ceremony::consume::<NewUser>(&state, Kind::SignUp, None)
        .await
        .map_err(|error| uniform(error, Error::RegistrationFailed))?;
    let new = ceremony.kept;
    let passkey = webauthn::register(&state, &new.account(), &[], &ceremony.challenge, answer)?;

    let mut tx = state.db.begin().await?;
    let user = create(&state, &mut tx, new, None).await?;
    let passkey_id = passkeys::create(&state, &mut tx, &user.id, &passkey, passkeys::SETTLED)
        .await
        .map_err(|error| uniform(error, Error::RegistrationFailed))?;
    let session = open(&state, &mut tx, &user, SignedInBy::NewPasskey(&passkey_id)).await?;
    tx.commit().await?;
    session.send_cookie(&state);
    Ok(Entered { user })
}

/// Opens a new account, which knows how it was made, and its first session.
pub(super) async fn open(
    state: &State,
    tx: &mut Tx,
    user: &UserView,
    by: SignedInBy<'_>,
) -> Result<NewSession> {
    transfer::ledger::open_account(state, tx, &user.id).await?;
    notice::tell(tx, &user.id, state.clock.now()).await?;
    session::establish(state, tx, &user.id, by).await
}

pub(super) async fn create(
    state: &State,
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
        return Err(refused("address_taken", Error::RegistrationFailed));
    }
    let id = state.clock.new_id();
    let inserted = sqlx::query(
        "insert into users (id, handle, email, name, password, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&id)
    .bind(&new.handle)
    .bind(&new.email)
    .bind(&new.name)
    .bind(password)
    .bind(state.clock.now())
    .execute(&mut **tx)
    .await;
    match inserted {
        Err(error) if is_duplicate(&error) => {
            Err(refused("address_taken", Error::RegistrationFailed))
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(UserView { id, email: new.email, name: new.name }),
    }
}

pub async fn start_sign_in() -> Result<Value> {
    let state = State::current()?;
    let challenge = secret::random();
    let options = webauthn::request_options(&state, &[], &challenge)?;
    ceremony::begin(&state, state.db.writer(), Kind::SignIn, &challenge, None, None, &()).await?;
    Ok(options)
}

pub async fn finish_sign_in(answer: &Credential) -> Result<SignedIn> {
    let outcome = try_sign_in(answer).await;
    metrics::ceremony(Kind::SignIn, &outcome);
    outcome.map_err(|error| uniform(error, Error::SignInFailed))
}

async fn try_sign_in(answer: &Credential) -> Result<SignedIn> {
    let state = State::current()?;
    let ceremony = ceremony::consume::<()>(&state, Kind::SignIn, None).await?;
    let assertion = Assertion::parse(answer, Error::SignInFailed)?;
    let passkey = passkeys::find(state.db.reader(), assertion.credential_id())
        .await?
        .ok_or_else(|| refused("unknown_credential", Error::SignInFailed))?;
    name_account(&passkey.user.id);
    let signed_in = enter(&state, &assertion, &passkey, &ceremony.challenge).await;
    if signed_in == Err(Error::SignInFailed) {
        activity::record_later(&state, passkey.user.id, "sign_in.failed", "passkey");
    }
    signed_in
}

/// Opens a session for a passkey that holds.
async fn enter(
    state: &State,
    assertion: &Assertion,
    passkey: &Stored,
    challenge: &[u8],
) -> Result<SignedIn> {
    // A discoverable passkey names its account, and that account must own it (AUT-01).
    if assertion.user_handle() != Some(passkey.handle.as_slice()) {
        return Err(refused("user_handle", Error::SignInFailed));
    }
    let refusal = Error::SignInFailed;
    let used = webauthn::authenticate(state, assertion, passkey, challenge, refusal.clone())?;
    let mut tx = passkeys::mark_used(state, passkey, used, refusal).await?;
    activity::record(state, &mut tx, &passkey.user.id, "passkey.authenticated", None).await?;
    let by = SignedInBy::Passkey {
        id: &passkey.id,
        other_device: assertion.is_of_another_device(),
        settled: passkey.settled_at <= state.clock.now(),
    };
    let session = session::establish(state, &mut tx, &passkey.user.id, by).await?;
    let accepted_credentials = passkeys::accepted(&mut tx, &passkey.user.id).await?;
    tx.commit().await?;
    session.send_cookie(state);
    let user_handle = secret::base64url(&passkey.handle);
    Ok(SignedIn { user: passkey.user.clone(), user_handle, accepted_credentials })
}

/// An account as somebody finds it who only claims to be its user.
pub(super) struct AccountByEmail {
    pub user: UserView,
    pub passwords: UserPasswords,
}

impl AccountByEmail {
    pub async fn find(state: &State, email: &EmailForms) -> Result<Option<Self>> {
        let row = sqlx::query(
            "select * from users where email in ($1, $2, $3)
             order by email = $3 desc, email limit 1",
        )
        .bind(&email.one)
        .bind(&email.unicode)
        .bind(&email.typed)
        .fetch_optional(state.db.reader())
        .await?;
        let account = |row: sqlx::any::AnyRow| {
            let user = UserView {
                id: row.read("id")?,
                email: row.read("email")?,
                name: row.read("name")?,
            };
            name_account(&user.id);
            Ok(Self { user, passwords: UserPasswords::read(state, &row)? })
        };
        row.map(account).transpose()
    }
}

/// Whoever has no session any more is led home like everybody else.
pub async fn sign_out(user: Result<User>) -> Result<Done> {
    let state = State::current()?;
    match &user {
        Ok(user) => {
            let mut tx = state.db.begin_for(&user.id).await?;
            session::end(&state, &mut tx, &user.session_id).await?;
            tx.commit().await?;
        }
        Err(Error::NotSignedIn) => {}
        Err(error) => return Err(error.clone()),
    }
    // Not before the session is gone: without its cookie nobody could end it any more.
    cookies::remove_session(&state);
    // For the form without JavaScript; other clients get the answer itself.
    leptos_axum::redirect("/");
    user.map(|_| Done {})
}

pub async fn me(user: Result<User>) -> Result<Me> {
    let state = State::current()?;
    let (rp_id, origin) = (state.config.rp_id.clone(), state.config.origin());
    match user {
        Ok(user) => Ok(Me { account: Some(account(&state, user).await?), rp_id, origin }),
        Err(Error::NotSignedIn) => Ok(Me { account: None, rp_id, origin }),
        Err(error) => Err(error),
    }
}

async fn account(state: &State, user: User) -> Result<MyAccount> {
    let row = sqlx::query(
        "select u.phone, s.other_device, s.codes_declined, u.password_settled_at,
             case when u.password is null then 0 else 1 end as has_password,
             (select count(*) from passkeys p where p.user_id = u.id) as passkeys,
             (select count(*) from passkeys p where p.user_id = u.id and p.settled_at <= $2)
                 as settled_passkeys,
             case when s.method = 'password' and not exists
                 (select 1 from passkeys p where p.user_id = u.id and p.created_at >= s.created_at)
                 then 1 else 0 end as by_password,
             (select count(*) from recovery_codes r where r.user_id = u.id and r.used_at is null) as codes
         from users u join sessions s on s.user_id = u.id where s.id = $1",
    )
    .bind(&user.session_id)
    .bind(state.clock.now())
    .fetch_optional(state.db.reader())
    .await?
    .ok_or(Error::NotSignedIn)?;
    let is = |column: &str| Ok::<_, Error>(row.read::<i64>(column)? == 1);
    // There may be a passkey elsewhere, but not where this password was typed.
    let without_passkey = row.read::<i64>("passkeys")? == 0 || is("by_password")?;
    let offers = [
        (Offer::AddPasskey, without_passkey),
        (Offer::AddHere, is("other_device")?),
        (Offer::MakeCodes, row.read::<i64>("codes")? == 0 && !is("codes_declined")?),
    ];
    let recovering = user.scope == Scope::Recovery;
    let password_settled_at: i64 = row.read("password_settled_at")?;
    Ok(MyAccount {
        recovering,
        offer: offers::first(state, &user, &offers).await?,
        notice: if recovering { None } else { notice::find(state, &user).await? },
        user_handle: secret::base64url(&user.handle),
        phone: if recovering { None } else { row.read("phone")? },
        has_password: is("has_password")?,
        has_settled_passkey: row.read::<i64>("settled_passkeys")? > 0,
        password_settled_at: (password_settled_at > state.clock.now())
            .then_some(password_settled_at),
        user: UserView { id: user.id, email: user.email, name: user.name },
    })
}

/// One answer for everything that can go wrong before somebody is signed in (CER-15). What is
/// ours to mend, and a body that is not JSON, keep their own.
fn uniform(error: Error, answer: Error) -> Error {
    match error {
        Error::Internal | Error::Unavailable | Error::BadRequest => error,
        _ => answer,
    }
}
