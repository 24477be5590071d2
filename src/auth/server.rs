#![cfg(feature = "ssr")]
//! Accounts and the ceremonies that open one: what is written, in which transaction, and that no
//! failure tells a stranger more than that it failed.

use super::{Done, Entered, Me, MyAccount, Offer, SignedIn, UserView, offers, recovery};
use crate::{
    call::Credential,
    error::{Error, Result},
    passkeys::{
        server as passkeys,
        webauthn::{self, Account, Assertion, Stored},
    },
    server::{
        State, activity,
        ceremony::{self, Kind},
        cookies,
        db::{Read, Tx, is_duplicate},
        log::refused,
        metrics, secret,
        session::{self, Scope, SignedInBy, User},
        text::{is_deceptive, is_modifier},
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

/// One form of an address for one account (INP-06): trimmed and lower case, at most 254 bytes.
pub fn check_email(email: &str) -> Result<String> {
    let email = email.trim().to_lowercase();
    let parts = email.split_once('@');
    let well_formed = parts.is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.')
    });
    let odd = |c: char| c.is_whitespace() || is_deceptive(c) || is_modifier(c);
    if well_formed && email.len() <= 254 && !email.contains(odd) {
        Ok(email)
    } else {
        Err(Error::invalid("email"))
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
    let settled_at = state.clock.now();
    let passkey_id = passkeys::create(&state, &mut tx, &user.id, &passkey, settled_at)
        .await
        .map_err(|error| uniform(error, Error::RegistrationFailed))?;
    transfer::ledger::open_account(&state, &mut tx, &user.id).await?;
    let by = SignedInBy::Passkey { id: &passkey_id, other_device: false };
    let session = session::establish(&state, &mut tx, &user.id, by).await?;
    tx.commit().await?;
    session.send_cookie(&state);
    Ok(Entered { user })
}

pub(super) async fn create(
    state: &State,
    tx: &mut Tx,
    new: NewUser,
    password: Option<&str>,
) -> Result<UserView> {
    let id = secret::new_id();
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
    let other_device = assertion.is_of_another_device();
    let by = SignedInBy::Passkey { id: &passkey.id, other_device };
    let session = session::establish(state, &mut tx, &passkey.user.id, by).await?;
    let accepted_credentials = passkeys::accepted(&mut tx, &passkey.user.id).await?;
    tx.commit().await?;
    session.send_cookie(state);
    let user_handle = secret::base64url(&passkey.handle);
    Ok(SignedIn { user: passkey.user.clone(), user_handle, accepted_credentials })
}

/// An account as somebody finds it who only claims to be its user.
pub(super) struct Door {
    pub user: UserView,
    pub password: Option<String>,
}

impl Door {
    /// The account of an address in its one form.
    pub async fn find(state: &State, email: &str) -> Result<Option<Self>> {
        let row = sqlx::query("select id, email, name, password from users where email = $1")
            .bind(email)
            .fetch_optional(state.db.reader())
            .await?;
        let door = |row: sqlx::any::AnyRow| {
            let user = UserView {
                id: row.read("id")?,
                email: row.read("email")?,
                name: row.read("name")?,
            };
            Ok(Self { user, password: row.read("password")? })
        };
        row.map(door).transpose()
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
        "select u.phone, s.other_device,
             case when u.password is null then 0 else 1 end as has_password,
             (select count(*) from passkeys p where p.user_id = u.id) as passkeys,
             case when s.method = 'password' and not exists
                 (select 1 from passkeys p where p.user_id = u.id and p.created_at >= s.created_at)
                 then 1 else 0 end as by_password,
             (select count(*) from recovery_codes r where r.user_id = u.id and r.used_at is null) as codes
         from users u join sessions s on s.user_id = u.id where s.id = $1",
    )
    .bind(&user.session_id)
    .fetch_optional(state.db.reader())
    .await?
    .ok_or(Error::NotSignedIn)?;
    let has_password = row.read::<i64>("has_password")? == 1;
    let offer = match (row.read::<i64>("passkeys")?, row.read::<i64>("codes")?) {
        (0, _) => Some(Offer::AddPasskey),
        // There is one elsewhere, but not where this password was typed.
        _ if row.read::<i64>("by_password")? == 1 => Some(Offer::AddPasskey),
        _ if row.read::<i64>("other_device")? == 1 => Some(Offer::AddHere),
        (1, 0) if !has_password => Some(Offer::AddSecond),
        _ => None,
    };
    let recovering = user.scope == Scope::Recovery;
    let notice = recovery::notice(state, &user).await?;
    Ok(MyAccount {
        recovering,
        offer: match offer {
            Some(offer) if !offers::is_declined(state, &user, offer).await? => Some(offer),
            _ => None,
        },
        can_put_away: notice.as_ref().is_some_and(|notice| notice.can_be_put_away(state)),
        recovered_at: notice.map(|notice| notice.at),
        user_handle: secret::base64url(&user.handle),
        phone: if recovering { None } else { row.read("phone")? },
        has_password,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        assert_eq!(check_email(" Ann@Example.COM ").as_deref(), Ok("ann@example.com"));
        for wrong in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a@b@c",
            "an n@example.com",
            "a\u{0}@b.c",
            "\u{202e}a@b.c",
            "a\u{200b}@b.c",
            "a\u{200d}@b.c",
            "a\u{fe0f}@b.c",
            "a\u{34f}@b.c",
        ] {
            assert_eq!(check_email(wrong), Err(Error::invalid("email")), "{wrong:?}");
        }
        assert!(check_email(&format!("{}@example.com", "a".repeat(243))).is_err());
    }
}
