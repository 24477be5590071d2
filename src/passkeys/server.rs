#![cfg(feature = "ssr")]
//! The passkeys table: whose a credential is, how often it was used, and what its owner calls it.

use super::{
    Accepted, NAME, Passkey, Passkeys, providers,
    webauthn::{self, Account, Asserted, Registered, Stored},
};
use crate::{
    auth::{UserView, password},
    call::Credential,
    error::{Error, Result},
    server::{
        State, activity,
        ceremony::{self, Kind},
        clock::millis,
        cookies,
        db::{Read, Tx, from_json, is_duplicate, json},
        log::refused,
        metrics, secret,
        session::{self, Scope, User},
        text::{is_deceptive, is_modifier},
    },
    step_up::Verified,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{AnyExecutor, any::AnyRow};
use std::time::Duration;

/// As many as an account can have (REG-08).
const MOST: i64 = 20;

/// A name that people see, trimmed: 1 to [`NAME`] characters, of which none deceives.
pub fn check_name(name: &str) -> Result<String> {
    let name = name.trim();
    let fits = (1..=NAME).contains(&name.chars().count())
        && !name.contains(is_deceptive)
        && !name.chars().all(|c| is_modifier(c) || c.is_whitespace());
    fits.then(|| name.to_owned()).ok_or_else(|| Error::invalid("name"))
}

pub async fn list(user: &User) -> Result<Passkeys> {
    let state = State::current()?;
    let rows =
        sqlx::query("select * from passkeys where user_id = $1 order by created_at desc, id desc")
            .bind(&user.id)
            .fetch_all(state.db.reader())
            .await?;
    let passkeys = rows.iter().map(|row| view(&state, row, user)).collect::<Result<_>>()?;
    Ok(Passkeys { user_handle: secret::base64url(&user.handle), passkeys })
}

/// Refuses when the account has as many passkeys as it can.
pub async fn check_room(user: &User) -> Result<()> {
    let room = count(State::current()?.db.reader(), &user.id).await? < MOST;
    room.then_some(()).ok_or(Error::TooManyPasskeys)
}

/// What is kept with the challenge for a new passkey: whether a settled passkey allowed it.
#[derive(Serialize, Deserialize)]
struct Addition {
    #[serde(default)]
    by_passkey: bool,
}

pub async fn start_add(mut verified: Verified) -> Result<Value> {
    let state = State::current()?;
    let user = verified.user().clone();
    let by_passkey = verified.by_passkey();
    let challenge = secret::random();
    let existing = find_all(&mut **verified.tx(), &user.id).await?;
    let options = webauthn::creation_options(&state, &account(&user), &existing, &challenge)?;
    ceremony::begin(
        &state,
        &mut **verified.tx(),
        Kind::AddPasskey,
        &challenge,
        Some(&user),
        None,
        &Addition { by_passkey },
    )
    .await?;
    verified.commit().await?;
    Ok(options)
}

pub async fn finish_add(user: &User, answer: &Credential) -> Result<Passkey> {
    let outcome = try_add(user, answer).await;
    metrics::ceremony(Kind::AddPasskey, &outcome);
    outcome
}

async fn try_add(user: &User, answer: &Credential) -> Result<Passkey> {
    let state = State::current()?;
    let ceremony = ceremony::consume::<Addition>(&state, Kind::AddPasskey, Some(user)).await?;
    let by_passkey = ceremony.kept.by_passkey;
    let mut tx = state.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    let existing = find_all(&mut *tx, &user.id).await?;
    // A password allowed it, which was the strongest then; since then there is a settled passkey.
    let now = state.clock.now();
    let is_settled = |passkey: &Stored| passkey.settled_at <= now;
    if user.scope == Scope::Full && !by_passkey && existing.iter().any(is_settled) {
        return Err(refused("not_by_passkey", Error::ChallengeExpired));
    }
    let new = webauthn::register(&state, &account(user), &existing, &ceremony.challenge, answer)?;
    if existing.len() as i64 >= MOST {
        return Err(Error::TooManyPasskeys);
    }
    let settled_at = if by_passkey || is_beginning(&state, &mut tx, user).await? {
        SETTLED
    } else {
        now + millis(state.config.settling())
    };
    let id = create(&state, &mut tx, &user.id, &new, settled_at).await?;
    if settled_at == SETTLED {
        // What a password confirmed before there was this passkey is not enough any more.
        sqlx::query("delete from actions where user_id = $1 and confirmed_by = 'password'")
            .bind(&user.id)
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query("update sessions set other_device = 0 where id = $1")
        .bind(&user.session_id)
        .execute(&mut *tx)
        .await?;
    let row = find_row(&mut *tx, user, &id).await?;
    // A recovery makes one mend, and none after somebody else's.
    session::end_recovery(&state, &mut tx, &user.id).await?;
    tx.commit().await?;
    if user.scope == Scope::Recovery {
        cookies::remove_session(&state);
    }
    view(&state, &row, user)
}

/// What never has to wait settled before there was time.
pub const SETTLED: i64 = 0;
/// Who makes an account may set up how they sign in for so long without a wait.
const BEGINNING: Duration = Duration::from_secs(60 * 60);

/// Whether this session made the account, a while ago at most.
async fn is_beginning(state: &State, tx: &mut Tx, user: &User) -> Result<bool> {
    let row = sqlx::query(
        "select 1 from sessions where id = $1 and made_account = 1 and created_at > $2",
    )
    .bind(&user.session_id)
    .bind(state.clock.now() - millis(BEGINNING))
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// From when on the first of a user's passkeys may confirm something; nothing where there is none.
pub async fn settled_at(tx: &mut Tx, user_id: &str) -> Result<Option<i64>> {
    let row = sqlx::query("select min(settled_at) as at from passkeys where user_id = $1")
        .bind(user_id)
        .fetch_one(&mut **tx)
        .await?;
    row.read("at")
}

pub async fn rename(user: &User, id: &str, name: &str) -> Result<Passkey> {
    let name = check_name(name)?;
    let state = State::current()?;
    let mut tx = state.db.begin().await?;
    let row =
        sqlx::query("update passkeys set name = $1 where id = $2 and user_id = $3 returning *")
            .bind(&name)
            .bind(id)
            .bind(&user.id)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(Error::NotFound)?;
    activity::record(&state, &mut tx, &user.id, "passkey.renamed", Some(&name)).await?;
    tx.commit().await?;
    view(&state, &row, user)
}

/// A passkey that could be removed now: it is there, and not the last way to sign in.
pub struct Removable {
    pub name: String,
    pub settled: bool,
}

pub async fn find_removable(user: &User, id: &str) -> Result<Removable> {
    let state = State::current()?;
    let row = find_row(state.db.reader(), user, id).await?;
    let others = count(state.db.reader(), &user.id).await? > 1
        || password::is_set(state.db.reader(), &user.id).await?;
    if !others {
        return Err(Error::LastMethod);
    }
    let settled = row.read::<i64>("settled_at")? <= state.clock.now();
    Ok(Removable { name: row.read("name")?, settled })
}

pub async fn delete(mut verified: Verified, id: &str) -> Result<Accepted> {
    let state = State::current()?;
    let user = verified.user().clone();
    let tx = verified.tx();
    // Counted by the statement that deletes, or two requests could each remove the other's last but one.
    let row = sqlx::query(
        "delete from passkeys where id = $1 and user_id = $2
             and ((select count(*) from passkeys where user_id = $2) > 1
                  or exists (select 1 from users where id = $2 and password is not null))
         returning name",
    )
    .bind(id)
    .bind(&user.id)
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(Error::LastMethod)?;
    let name: String = row.read("name")?;
    // An addition that this passkey may have confirmed ends with it (CRD-04).
    sqlx::query("delete from challenges where user_id = $1 and kind = 'add_passkey'")
        .bind(&user.id)
        .execute(&mut **tx)
        .await?;
    activity::record(&state, tx, &user.id, "passkey.deleted", Some(&name)).await?;
    let accepted_credentials = accepted(tx, &user.id).await?;
    verified.commit().await?;
    Ok(Accepted { user_handle: secret::base64url(&user.handle), accepted_credentials })
}

/// Stores a registered passkey, named after its provider. A credential that is somebody's already
/// is refused, whoever's it is (REG-03).
pub async fn create(
    state: &State,
    tx: &mut Tx,
    user_id: &str,
    new: &Registered,
    settled_at: i64,
) -> Result<String> {
    let id = state.clock.new_id();
    let credential = &new.credential;
    let name = providers::name(&new.aaguid).unwrap_or("Passkey");
    let inserted = sqlx::query(
        "insert into passkeys (id, user_id, credential_id, credential, counter, backup_eligible,
             backed_up, transports, aaguid, name, created_at, settled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&id)
    .bind(user_id)
    .bind(credential.cred_id.clone())
    .bind(json(credential)?)
    .bind(i64::from(credential.counter))
    .bind(i64::from(credential.backup_eligible))
    .bind(i64::from(credential.backup_state))
    .bind(json(&new.transports)?)
    .bind(new.aaguid.to_vec())
    .bind(name)
    .bind(state.clock.now())
    .bind(settled_at)
    .execute(&mut **tx)
    .await;
    match inserted {
        Err(error) if is_duplicate(&error) => {
            return Err(refused("credential_taken", Error::PasskeyExists));
        }
        inserted => inserted?,
    };
    activity::record(state, tx, user_id, "passkey.registered", Some(name)).await?;
    Ok(id)
}

/// The passkey of a credential id, whoever's it is.
pub async fn find(db: impl AnyExecutor<'_>, credential_id: &[u8]) -> Result<Option<Stored>> {
    let row = sqlx::query(
        "select p.*, u.handle, u.email, u.name as user_name
         from passkeys p join users u on u.id = p.user_id where p.credential_id = $1",
    )
    .bind(credential_id.to_vec())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(stored).transpose()
}

/// Every passkey of an account, newest first.
pub async fn find_all(db: impl AnyExecutor<'_>, user_id: &str) -> Result<Vec<Stored>> {
    let rows = sqlx::query(
        "select p.*, u.handle, u.email, u.name as user_name
         from passkeys p join users u on u.id = p.user_id
         where p.user_id = $1 order by p.created_at desc, p.id desc",
    )
    .bind(user_id.to_owned())
    .fetch_all(db)
    .await?;
    rows.iter().map(stored).collect()
}

pub async fn count(db: impl AnyExecutor<'_>, user_id: &str) -> Result<i64> {
    let row = sqlx::query("select count(*) as n from passkeys where user_id = $1")
        .bind(user_id.to_owned())
        .fetch_one(db)
        .await?;
    row.read("n")
}

/// Moves a passkey on after an assertion, and returns the transaction in which that happened. The
/// counter must rise, or stay at zero for passkeys that do not count; whether it does is decided by
/// one statement (CER-14). One that fell back may be a copy: it is refused, and the owner can see it.
pub async fn mark_used(
    state: &State,
    passkey: &Stored,
    used: Option<Asserted>,
    refusal: Error,
) -> Result<Tx> {
    let mut tx = state.db.begin_for(&passkey.user.id).await?;
    if let Some(used) = used {
        let moved = sqlx::query(
            "update passkeys set counter = $1, backed_up = $2, last_used_at = $3
             where id = $4 and (counter < $1 or (counter = 0 and $1 = 0))",
        )
        .bind(i64::from(used.counter))
        .bind(i64::from(used.backed_up))
        .bind(state.clock.now())
        .bind(&passkey.id)
        .execute(&mut *tx)
        .await?;
        if moved.rows_affected() == 1 {
            return Ok(tx);
        }
    }
    let known = sqlx::query("select name from passkeys where id = $1")
        .bind(&passkey.id)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = known else { return Err(refused("unknown_credential", refusal)) };
    let (kind, name) = ("passkey.counter_regression", row.read("name")?);
    activity::record(state, &mut tx, &passkey.user.id, kind, Some(name)).await?;
    tx.commit().await?;
    Err(refused("counter", refusal))
}

/// The credential ids of an account that are still good, as base64url.
pub async fn accepted(tx: &mut Tx, user_id: &str) -> Result<Vec<String>> {
    let rows = sqlx::query("select credential_id from passkeys where user_id = $1")
        .bind(user_id)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok(secret::base64url(row.read("credential_id")?))).collect()
}

fn account(user: &User) -> Account<'_> {
    Account { handle: &user.handle, email: &user.email, name: &user.name }
}

async fn find_row(db: impl AnyExecutor<'_>, user: &User, id: &str) -> Result<AnyRow> {
    sqlx::query("select * from passkeys where id = $1 and user_id = $2")
        .bind(id.to_owned())
        .bind(user.id.clone())
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound)
}

fn stored(row: &AnyRow) -> Result<Stored> {
    let mut credential: webauthn_rs::prelude::Credential = from_json(row.read("credential")?)?;
    credential.counter = u32::try_from(row.read::<i64>("counter")?).map_err(|_| Error::Internal)?;
    Ok(Stored {
        id: row.read("id")?,
        user: UserView {
            id: row.read("user_id")?,
            email: row.read("email")?,
            name: row.read("user_name")?,
        },
        handle: row.read("handle")?,
        credential,
        transports: from_json(row.read("transports")?)?,
        settled_at: row.read("settled_at")?,
    })
}

fn view(state: &State, row: &AnyRow, user: &User) -> Result<Passkey> {
    let id: String = row.read("id")?;
    let settled_at: i64 = row.read("settled_at")?;
    Ok(Passkey {
        credential_id: secret::base64url(row.read("credential_id")?),
        name: row.read("name")?,
        provider: providers::name(row.read("aaguid")?).map(str::to_owned),
        created_at: row.read("created_at")?,
        last_used_at: row.read("last_used_at")?,
        synced: row.read::<i64>("backed_up")? == 1,
        transports: from_json(row.read("transports")?)?,
        current: user.passkey_id.as_ref() == Some(&id),
        settled_at: (settled_at > state.clock.now()).then_some(settled_at),
        id,
    })
}
