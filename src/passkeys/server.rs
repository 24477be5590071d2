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

/// What is kept with the challenge for a new passkey: whether the account had one by then. Where it
/// had none, a password may have allowed this, which is not enough once there is a first passkey.
#[derive(Serialize, Deserialize)]
struct Addition {
    had_passkey: bool,
}

pub async fn start_add(mut verified: Verified) -> Result<Value> {
    let state = State::current()?;
    let user = verified.user().clone();
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
        &Addition { had_passkey: !existing.is_empty() },
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
    let mut tx = state.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    let existing = find_all(&mut *tx, &user.id).await?;
    if !existing.is_empty() && !ceremony.kept.had_passkey {
        return Err(refused("not_by_passkey", Error::ChallengeExpired));
    }
    let new = webauthn::register(&state, &account(user), &existing, &ceremony.challenge, answer)?;
    if existing.len() as i64 >= MOST {
        return Err(Error::TooManyPasskeys);
    }
    let settled_at = settling(&state, &mut tx, user, &existing).await?;
    let id = create(&state, &mut tx, &user.id, &new, settled_at).await?;
    // What a password confirmed before there was this passkey is not enough any more.
    sqlx::query("delete from actions where user_id = $1 and confirmed_by = 'password'")
        .bind(&user.id)
        .execute(&mut *tx)
        .await?;
    sqlx::query("update sessions set other_device = 0 where id = $1")
        .bind(&user.session_id)
        .execute(&mut *tx)
        .await?;
    let row = find_row(&mut *tx, user, &id).await?;
    tx.commit().await?;
    view(&state, &row, user)
}

/// From when on a passkey that is added now may confirm everything: at once, or a while after a
/// recovery (STP-11). Never before one of the same account that still waits, or that one could add
/// others which do not.
async fn settling(state: &State, tx: &mut Tx, user: &User, existing: &[Stored]) -> Result<i64> {
    let now = state.clock.now();
    let wait = millis(state.config.settling());
    let row = sqlx::query("select recovered_at from users where id = $1")
        .bind(&user.id)
        .fetch_one(&mut **tx)
        .await?;
    let recovered = row.read::<Option<i64>>("recovered_at")?.is_some_and(|at| now < at + wait);
    let own = if recovered || user.scope == Scope::Recovery { now + wait } else { now };
    Ok(existing.iter().map(|passkey| passkey.settled_at).fold(own, i64::max))
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
        || password::find(state.db.reader(), &user.id).await?.is_some();
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
    let id = secret::new_id();
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
