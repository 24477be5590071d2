//! The stored passwords of users: which of them sign in, and when they may confirm actions.

use super::method::SETTLED;
use crate::{
    error::Result,
    server::{
        attempts::Attempt,
        db::{Read, Tx},
        state::State,
    },
};
use sqlx::{AnyExecutor, any::AnyRow};

/// A guess at what the user of an account types, which is the password or a one-time code: they share a count.
pub static GUESS_ATTEMPT: Attempt = Attempt { name: "password", free: 1 };

/// The hashes of the passwords that sign a user in: the current one and, until that has settled, also
/// the one before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserPasswords {
    current: Option<String>,
    before: Option<String>,
    waits: bool,
}

impl UserPasswords {
    /// Reads them from a row of `users`.
    pub fn read(state: &State, row: &AnyRow) -> Result<Self> {
        let waits = row.read::<i64>("password_settled_at")? > state.clock.now();
        let before = if waits { row.read("password_before")? } else { None };
        Ok(Self { current: row.read("password")?, before, waits })
    }

    pub async fn find(state: &State, db: impl AnyExecutor<'_>, user_id: &str) -> Result<Self> {
        let row = sqlx::query(
            "select password, password_before, password_settled_at from users where id = $1",
        )
        .bind(user_id.to_owned())
        .fetch_optional(db)
        .await?;
        row.map_or(Ok(Self::default()), |row| Self::read(state, &row))
    }

    pub fn all(&self) -> Vec<String> {
        self.current.iter().chain(&self.before).cloned().collect()
    }

    /// Whether the password at this index of [`Self::all`] may confirm actions.
    pub fn is_settled(&self, at: usize) -> bool {
        at > 0 || !self.waits
    }

    /// The password that may confirm actions.
    pub fn settled(self) -> Option<String> {
        if self.waits { self.before } else { self.current }
    }
}

/// Whether a user has a password.
pub async fn is_set(db: impl AnyExecutor<'_>, user_id: &str) -> Result<bool> {
    let row = sqlx::query("select 1 from users where id = $1 and password is not null")
        .bind(user_id.to_owned())
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// When each password of a user may confirm actions (milliseconds since 1970 UTC): the current one, and the
/// one before it, which may already, while the current one waits.
pub async fn settle_times(tx: &mut Tx, user_id: &str) -> Result<Vec<i64>> {
    let row = sqlx::query(
        "select password_settled_at, case when password_before is null then 0 else 1 end as before
         from users where id = $1 and password is not null",
    )
    .bind(user_id)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let before = (row.read::<i64>("before")? == 1).then_some(SETTLED);
    Ok(before.into_iter().chain([row.read("password_settled_at")?]).collect())
}

/// Stores the `hash` of the user's password, when it settles (milliseconds since 1970 UTC), and the
/// password `before` that works beside it until then.
pub async fn replace(
    tx: &mut Tx,
    user_id: &str,
    hash: &str,
    settled_at: i64,
    before: Option<String>,
) -> Result<()> {
    sqlx::query(
        "update users set password = $1, password_settled_at = $2, password_before = $3 where id = $4",
    )
    .bind(hash)
    .bind(settled_at)
    .bind(before)
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Stores another hash of the same password.
pub async fn keep(tx: &mut Tx, user_id: &str, hash: &str) -> Result<()> {
    sqlx::query("update users set password = $1 where id = $2")
        .bind(hash)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes the user's password.
pub async fn remove(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(
        "update users set password = null, password_before = null, password_settled_at = 0
         where id = $1",
    )
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Restores the password before, if the one that replaced it has not settled.
pub async fn take_back_unsettled(tx: &mut Tx, user_id: &str, now: i64) -> Result<()> {
    sqlx::query(
        "update users set password = password_before, password_before = null,
             password_settled_at = 0
         where id = $1 and password_settled_at > $2",
    )
    .bind(user_id)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
