//! Sessions for tower-sessions: the layer that gives each request its session, and the store behind it,
//! which changes existing rows and never makes one.

use super::{
    KEY, SignIn,
    rows::{IDLE, find, row_id},
};
use crate::{
    error::Error,
    server::{
        cookies::{self, Cookie},
        db::{Db, Read},
        log::RequestLog,
        state::State,
    },
};
use async_trait::async_trait;
use axum::{
    extract::{Request, State as Extract},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tower_sessions::{
    Session, SessionStore,
    session::{Id, Record},
    session_store,
};

/// Gives each request its [`Session`] and saves what a handler changed in it. Unlike the layer of
/// tower-sessions it answers a lost session with 401 instead of 500, and never sends a removal
/// cookie that could overtake the cookie of a new session (SES-11).
pub async fn layer(Extract(state): Extract<State>, mut request: Request, next: Next) -> Response {
    let id = cookies::read(request.headers(), Cookie::Session, state.config.is_https());
    let store = Arc::new(Store { state });
    let session = Session::new(id.and_then(|id| id.parse().ok()), store, None);
    request.extensions_mut().insert(session.clone());
    request.extensions_mut().insert(RequestLog::of_current_span());
    let response = next.run(request).await;
    if session.is_modified()
        && !response.status().is_server_error()
        && let Err(error) = session.save().await
    {
        tracing::warn!(%error, "a session was gone before its request ended");
        return Error::NotSignedIn.into_response();
    }
    response
}

#[derive(Clone, Debug)]
struct Store {
    state: State,
}

impl Store {
    fn db(&self) -> &Db {
        &self.state.db
    }
}

fn backend(error: impl ToString) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Store {
    /// Always refuses: an anonymous visitor has no row, and signing in makes its own.
    async fn create(&self, _: &mut Record) -> session_store::Result<()> {
        Err(backend("sessions are made by signing in"))
    }

    /// Changes an existing row. It never inserts one, or a slow request would revive a session that was
    /// ended meanwhile (SES-03).
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let mut data = record.data.clone();
        data.remove(KEY);
        let data = serde_json::to_string(&data).map_err(backend)?;
        let mut tx = self.db().begin().await.map_err(backend)?;
        let saved = sqlx::query("update sessions set data = $1 where id = $2")
            .bind(data)
            .bind(row_id(&record.id))
            .execute(&mut *tx)
            .await
            .map_err(backend)?;
        if saved.rows_affected() != 1 {
            return Err(backend("the session has ended"));
        }
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let row = find(&self.state, &row_id(id), "").await.map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let data: String = row.read("data").map_err(backend)?;
        let mut record = Record {
            id: *id,
            data: serde_json::from_str(&data).map_err(backend)?,
            // The limits in the query are the rule; this date is here because the type asks for one.
            expiry_date: time::OffsetDateTime::now_utc() + IDLE,
        };
        let sign_in = SignIn::read(&row).map_err(backend)?;
        record.data.insert(KEY.to_owned(), serde_json::to_value(sign_in).map_err(backend)?);
        Ok(Some(record))
    }

    /// Always refuses: a session is ended by [`end`](super::end), which records it for its user.
    async fn delete(&self, _: &Id) -> session_store::Result<()> {
        Err(backend("sessions are ended by signing out"))
    }
}
