//! The sessions of the signed-in user.

use super::{OpenSession, Sessions};
use crate::{
    error::{Error, Result},
    server::{
        clock::millis,
        db::Read,
        session::{self, User},
    },
};
use sqlx::AnyExecutor;

pub async fn list(user: &User) -> Result<Sessions> {
    open_sessions(user.request.db.reader(), user).await
}

async fn open_sessions(db: impl AnyExecutor<'_>, user: &User) -> Result<Sessions> {
    let now = user.request.clock.now();
    let rows = sqlx::query(
        "select id, created_at, last_seen_at, user_agent, method from sessions
         where user_id = $1 and last_seen_at > $2 and created_at > $3
         order by last_seen_at desc, id",
    )
    .bind(user.id.clone())
    .bind(now - millis(session::IDLE))
    .bind(now - millis(session::ABSOLUTE))
    .fetch_all(db)
    .await?;
    let view = |row: &sqlx::any::AnyRow| {
        let id: String = row.read("id")?;
        Ok(OpenSession {
            created_at: row.read("created_at")?,
            last_seen_at: row.read("last_seen_at")?,
            user_agent: row.read("user_agent")?,
            method: row.read("method")?,
            current: id == user.session_id,
            id,
        })
    };
    Ok(Sessions { sessions: rows.iter().map(view).collect::<Result<_>>()?, message: None })
}

/// Ends one of the user's own sessions. Ending the current one signs the user out.
pub async fn end(user: &User, id: &str) -> Result<Sessions> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    sqlx::query("select 1 from sessions where id = $1 and user_id = $2")
        .bind(id)
        .bind(&user.id)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::NotFound)?;
    session::end(request, &mut tx, id).await?;
    let left = open_sessions(&mut *tx, user).await?;
    tx.commit().await?;
    if id == user.session_id {
        request.remove_session();
    }
    Ok(Sessions { message: Some("That session has ended.".to_owned()), ..left })
}

pub async fn end_others(user: &User) -> Result<Sessions> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    session::end_all(request, &mut tx, &user.id, Some(&user.session_id)).await?;
    let left = open_sessions(&mut *tx, user).await?;
    tx.commit().await?;
    Ok(Sessions { message: Some("You are signed out everywhere else.".to_owned()), ..left })
}
