#![cfg(feature = "ssr")]
//! The passwords of users as rows: which of them signs in, and from when on it may confirm something.

use crate::{
    error::Result,
    server::{
        attempts::Attempt,
        db::{Read, Tx},
        state::State,
    },
};
use sqlx::{AnyExecutor, any::AnyRow};

/// A password is tried at an account.
pub static PASSWORD_ATTEMPT: Attempt = Attempt { name: "password", free: 1 };

/// The hashes of the passwords that sign a user in: the one that was set last, and while that one waits
/// before it may confirm anything also the one before.
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

    /// Whether the one at this place of [`Self::all`] may confirm something.
    pub fn is_settled(&self, at: usize) -> bool {
        at > 0 || !self.waits
    }

    /// The one that may confirm something.
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

/// From when on a user's password may confirm something; nothing where there is none. One that stands
/// beside a newer one which waits may.
pub async fn settled_at(tx: &mut Tx, user_id: &str) -> Result<Option<i64>> {
    let row = sqlx::query(
        "select case when password_before is null then password_settled_at else 0 end as at
         from users where id = $1 and password is not null",
    )
    .bind(user_id)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| row.read("at")).transpose()
}

/// Makes it the user's password, from when on it may confirm something, and the one that works beside
/// it until then.
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

/// Keeps another hash of the same password.
pub async fn keep(tx: &mut Tx, user_id: &str, hash: &str) -> Result<()> {
    sqlx::query("update users set password = $1 where id = $2")
        .bind(hash)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes the password away.
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

/// Makes the password before the password again, where the one that replaced it still waits.
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
