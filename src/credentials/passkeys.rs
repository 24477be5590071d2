//! The rows of passkeys: whose they are, their signature counters, and when they may confirm actions.

use super::{
    providers,
    webauthn::{CredentialOwner, NewCredential, StoredPasskey, VerifiedAssertion},
};
use crate::{
    error::{Error, Result},
    server::{
        activity,
        db::{Connection, OnDuplicate, Read, Tx, from_json, json},
        feature::Event,
        log::log_refusal,
        request::Request,
        secret, user_agent,
    },
};
use sqlx::{AnyConnection, AnyExecutor, any::AnyRow};

/// The most passkeys that an account can have (REG-08).
pub const MAX_PASSKEYS: i64 = 20;

pub static PASSKEY_REGISTERED: Event =
    Event::new("passkey.registered", "Passkey “{}” added").told();
pub static DELETE_PASSKEY: Event = Event::new("delete_passkey", "Passkey “{}” removed")
    .formerly("passkey.deleted")
    .noun("removing a passkey")
    .told();
pub static COUNTER_REGRESSION: Event =
    Event::new("passkey.counter_regression", "Passkey “{}” was refused: there may be a copy of it");

/// Stores a registered passkey, named after its provider or else the browser, and returns its id. A credential that any
/// account already has is refused with [`Error::PasskeyExists`] (REG-03).
pub async fn create(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    new: &NewCredential,
    settled_at: i64,
) -> Result<String> {
    let id = request.clock.new_id();
    let credential = &new.credential;
    let device = user_agent::known(request.client.user_agent.as_deref());
    let name = match providers::name(&new.aaguid) {
        Some(provider) => provider,
        None => device.as_deref().unwrap_or("Passkey"),
    };
    sqlx::query(
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
    .bind(request.clock.now())
    .bind(settled_at)
    .execute(&mut **tx)
    .await
    .on_duplicate(|| log_refusal("credential_taken", Error::PasskeyExists))?;
    activity::record(request, tx, user_id, &PASSKEY_REGISTERED, Some(name)).await?;
    Ok(id)
}

/// Finds the passkey with a credential id, in any account, and the ids of all credentials of that
/// account, as base64url. One that is added at this very moment is not among them.
pub async fn find(
    db: &mut AnyConnection,
    credential_id: &[u8],
) -> Result<Option<(StoredPasskey, Vec<String>)>> {
    let rows = sqlx::query(
        "select p.*, u.handle, u.email, u.name as user_name
         from passkeys p join users u on u.id = p.user_id
         where p.user_id = (select user_id from passkeys where credential_id = $1)",
    )
    .bind(credential_id.to_vec())
    .fetch_all(db)
    .await?;
    let (mut found, mut ids) = (None, Vec::new());
    for row in &rows {
        let id: &[u8] = row.read("credential_id")?;
        if id == credential_id {
            found = Some(stored_passkey(row)?);
        }
        ids.push(secret::base64url(id));
    }
    Ok(found.map(|passkey| (passkey, ids)))
}

/// Every passkey of an account, newest first.
pub async fn find_all(db: impl AnyExecutor<'_>, user_id: &str) -> Result<Vec<StoredPasskey>> {
    let rows = sqlx::query(
        "select p.*, u.handle, u.email, u.name as user_name
         from passkeys p join users u on u.id = p.user_id
         where p.user_id = $1 order by p.created_at desc, p.id desc",
    )
    .bind(user_id.to_owned())
    .fetch_all(db)
    .await?;
    rows.iter().map(stored_passkey).collect()
}

pub async fn count(db: impl AnyExecutor<'_>, user_id: &str) -> Result<i64> {
    let row = sqlx::query("select count(*) as n from passkeys where user_id = $1")
        .bind(user_id.to_owned())
        .fetch_one(db)
        .await?;
    row.read("n")
}

/// Updates a passkey after an assertion, and returns the open transaction. The counter must rise, or
/// stay at zero for passkeys that do not count; one statement decides whether it does (CER-14). If it
/// fell back, there may be a copy of the passkey: it is refused, and the user can see it.
pub async fn mark_used(
    request: &Request,
    db: Connection,
    passkey: &StoredPasskey,
    used: Option<VerifiedAssertion>,
    refusal: Error,
) -> Result<Tx> {
    let mut tx = db.begin_for(&passkey.user_id).await?;
    if let Some(used) = used {
        let moved = sqlx::query(
            "update passkeys set counter = $1, backed_up = $2, last_used_at = $3
             where id = $4 and (counter < $1 or (counter = 0 and $1 = 0))",
        )
        .bind(i64::from(used.counter))
        .bind(i64::from(used.backed_up))
        .bind(request.clock.now())
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
    let Some(row) = known else { return Err(log_refusal("unknown_credential", refusal)) };
    let name = Some(row.read("name")?);
    activity::record(request, &mut tx, &passkey.user_id, &COUNTER_REGRESSION, name).await?;
    tx.commit().await?;
    Err(log_refusal("counter", refusal))
}

/// The credential ids of an account that are still good, as base64url.
pub async fn accepted(tx: &mut Tx, user_id: &str) -> Result<Vec<String>> {
    let rows = sqlx::query("select credential_id from passkeys where user_id = $1")
        .bind(user_id)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok(secret::base64url(row.read("credential_id")?))).collect()
}

/// Removes the passkeys of a user that have not settled.
pub async fn remove_unsettled(request: &Request, tx: &mut Tx, user_id: &str) -> Result<()> {
    let removed =
        sqlx::query("delete from passkeys where user_id = $1 and settled_at > $2 returning name")
            .bind(user_id)
            .bind(request.clock.now())
            .fetch_all(&mut **tx)
            .await?;
    let entry = |row| Ok((user_id, &DELETE_PASSKEY, Some(AnyRow::read(row, "name")?)));
    let entries = removed.iter().map(entry).collect::<Result<Vec<_>>>()?;
    activity::record_all(request, tx, &entries).await
}

/// When each of a user's passkeys may confirm actions (milliseconds since 1970 UTC).
pub async fn settle_times(tx: &mut Tx, user_id: &str) -> Result<Vec<i64>> {
    let rows = sqlx::query("select settled_at from passkeys where user_id = $1")
        .bind(user_id)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| row.read("settled_at")).collect()
}

fn stored_passkey(row: &AnyRow) -> Result<StoredPasskey> {
    let mut credential: webauthn_rs::prelude::Credential = from_json(row.read("credential")?)?;
    credential.counter = u32::try_from(row.read::<i64>("counter")?).map_err(|_| Error::Internal)?;
    Ok(StoredPasskey {
        id: row.read("id")?,
        user_id: row.read("user_id")?,
        owner: CredentialOwner {
            handle: row.read("handle")?,
            email: row.read("email")?,
            name: row.read("user_name")?,
        },
        credential,
        transports: from_json(row.read("transports")?)?,
        settled_at: row.read("settled_at")?,
    })
}
