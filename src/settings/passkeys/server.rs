//! What the calls of the passkeys page do.

use super::{Accepted, Passkey, Passkeys};
use crate::{
    call::CredentialJson,
    credentials::{
        method::SETTLED,
        passkeys::{self, DELETE_PASSKEY, MAX_PASSKEYS},
        password, providers,
        webauthn::{self, CredentialOwner, StoredPasskey},
    },
    error::{Error, Result},
    server::{
        activity,
        ceremony::{self, Kind as CeremonyKind},
        clock::millis,
        db::{Read, from_json},
        feature::Event,
        log::log_refusal,
        secret,
        session::{self, Scope, User},
    },
    step_up::{Action, Kind, Policy, Verified},
    text::check_name,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{AnyExecutor, any::AnyRow};

pub static ADD_PASSKEY: Kind = Kind {
    event: &Event::new("add_passkey", "Passkey addition allowed").noun("adding a passkey"),
    policy: Policy::by_strongest().or_recovery(),
};
static REMOVAL: Kind = Kind { event: &DELETE_PASSKEY, policy: Policy::by_passkey() };
pub static PASSKEY_RENAMED: Event = Event::new("passkey.renamed", "Passkey renamed to “{}”");

pub async fn list(user: &User) -> Result<Passkeys> {
    let rows =
        sqlx::query("select * from passkeys where user_id = $1 order by created_at desc, id desc")
            .bind(&user.id)
            .fetch_all(user.request.db.reader())
            .await?;
    let passkeys = rows.iter().map(|row| view(row, user)).collect::<Result<_>>()?;
    Ok(Passkeys { user_handle: secret::base64url(&user.handle), passkeys })
}

/// The action of adding a passkey, unless the account has as many as it can.
pub async fn addition(user: &User) -> Result<Action<String>> {
    if passkeys::count(user.request.db.reader(), &user.id).await? >= MAX_PASSKEYS {
        return Err(Error::TooManyPasskeys);
    }
    Ok(ADD_PASSKEY.action(format!("Add a passkey to {}", user.email), user.id.clone()))
}

/// What is kept with the challenge for a new passkey: whether a settled passkey allowed it.
#[derive(Serialize, Deserialize)]
struct Addition {
    #[serde(default)]
    by_passkey: bool,
}

pub async fn start_add(mut verified: Verified<String>) -> Result<Value> {
    let user = verified.user().clone();
    let request = &user.request;
    let by_passkey = verified.by_passkey();
    let challenge = secret::random();
    let existing = passkeys::find_all(&mut **verified.tx(), &user.id).await?;
    let options =
        webauthn::creation_options(request, &CredentialOwner::from(&user), &existing, &challenge)?;
    ceremony::begin(
        request,
        &mut **verified.tx(),
        CeremonyKind::AddPasskey,
        &challenge,
        Some(&user),
        None,
        &Addition { by_passkey },
    )
    .await?;
    verified.commit().await?;
    Ok(options)
}

pub async fn finish_add(user: &User, answer: &CredentialJson) -> Result<Passkey> {
    let request = &user.request;
    let ceremony =
        ceremony::consume::<Addition>(request, CeremonyKind::AddPasskey, Some(user)).await?;
    let by_passkey = ceremony.kept.by_passkey;
    let mut tx = ceremony.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    let existing = passkeys::find_all(&mut *tx, &user.id).await?;
    // Something weaker, the strongest method then, allowed this; since then the account has a settled passkey.
    let now = request.clock.now();
    let is_settled = |passkey: &StoredPasskey| passkey.settled_at <= now;
    if user.scope == Scope::Full && !by_passkey && existing.iter().any(is_settled) {
        return Err(log_refusal("not_by_passkey", Error::ChallengeExpired));
    }
    let new = webauthn::register(
        request,
        &CredentialOwner::from(user),
        &existing,
        &ceremony.challenge,
        answer,
    )?;
    if existing.len() as i64 >= MAX_PASSKEYS {
        return Err(Error::TooManyPasskeys);
    }
    let settled_at = if by_passkey || session::is_setup(&mut tx, user).await? {
        SETTLED
    } else {
        now + millis(request.config.settling())
    };
    let id = passkeys::create(request, &mut tx, &user.id, &new, settled_at).await?;
    if settled_at == SETTLED {
        // What something weaker confirmed before this passkey existed needs a new confirmation.
        sqlx::query("delete from actions where user_id = $1 and confirmed_by <> 'passkey'")
            .bind(&user.id)
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query("update sessions set other_device = 0 where id = $1")
        .bind(&user.session_id)
        .execute(&mut *tx)
        .await?;
    let row = find_row(&mut *tx, user, &id).await?;
    // A recovery session makes one change, and none after another session's.
    session::end_recovery(request, &mut tx, &user.id).await?;
    tx.commit().await?;
    if user.scope == Scope::Recovery {
        request.remove_session();
        request.go_to("/signin?done=passkey_added");
    }
    view(&row, user)
}

pub async fn rename(user: &User, id: &str, name: &str) -> Result<Passkey> {
    let name = check_name(name)?;
    let mut tx = user.request.db.begin().await?;
    let row =
        sqlx::query("update passkeys set name = $1 where id = $2 and user_id = $3 returning *")
            .bind(&name)
            .bind(id)
            .bind(&user.id)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(Error::NotFound)?;
    activity::record(&user.request, &mut tx, &user.id, &PASSKEY_RENAMED, Some(&name)).await?;
    tx.commit().await?;
    view(&row, user)
}

/// The action of removing a passkey, if it exists and is not the last way to sign in.
pub async fn removal(user: &User, id: String) -> Result<Action<String>> {
    let db = user.request.db.reader();
    let row = find_row(db, user, &id).await?;
    let others = passkeys::count(db, &user.id).await? > 1 || password::is_set(db, &user.id).await?;
    if !others {
        return Err(Error::LastMethod);
    }
    let summary = format!("Remove the passkey “{}”", row.read::<&str>("name")?);
    // Only a settled passkey removes a settled one; the strongest method removes an unsettled one.
    let is_settled = row.read::<i64>("settled_at")? <= user.request.clock.now();
    let policy = if is_settled { Policy::by_passkey() } else { Policy::by_strongest() };
    Ok(REMOVAL.action(summary, id).with_policy(policy))
}

pub async fn delete(mut verified: Verified<String>) -> Result<Accepted> {
    let (user, id) = (verified.user().clone(), verified.payload().clone());
    let tx = verified.tx();
    // The statement that deletes also counts, or two requests could together remove the last two.
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
    // An addition that this passkey may have confirmed ends with it (CRD-04).
    sqlx::query("delete from challenges where user_id = $1 and kind = 'add_passkey'")
        .bind(&user.id)
        .execute(&mut **tx)
        .await?;
    let accepted_credentials = passkeys::accepted(tx, &user.id).await?;
    let name: &str = row.read("name")?;
    verified.record(Some(name)).await?;
    verified.commit().await?;
    Ok(Accepted {
        user_handle: secret::base64url(&user.handle),
        accepted_credentials,
        message: format!("“{name}” was removed."),
    })
}

async fn find_row(db: impl AnyExecutor<'_>, user: &User, id: &str) -> Result<AnyRow> {
    sqlx::query("select * from passkeys where id = $1 and user_id = $2")
        .bind(id.to_owned())
        .bind(user.id.clone())
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound)
}

fn view(row: &AnyRow, user: &User) -> Result<Passkey> {
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
        settled_at: (settled_at > user.request.clock.now()).then_some(settled_at),
        id,
    })
}
