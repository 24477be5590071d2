//! What happened on an account, for its owner to read. Written in the transaction of the act, so
//! that there is never one without the other (LOG-04).

use super::{State, db::Tx, secret};
use crate::error::Result;
use axum::http::{header, request::Parts};
use leptos::prelude::use_context;

/// Longer user agents are cut; nobody reads that far.
const USER_AGENT: usize = 256;

/// Adds a row such as `transfer.sent`, with what it was about as `detail`.
pub async fn record(
    state: &State,
    tx: &mut Tx,
    user_id: &str,
    kind: &str,
    detail: Option<&str>,
) -> Result<()> {
    let user_agent = use_context::<Parts>().and_then(|request| {
        let line = request.headers.get(header::USER_AGENT)?.to_str().ok()?;
        Some(line.chars().take(USER_AGENT).collect::<String>())
    });
    sqlx::query(
        "insert into activity (id, user_id, kind, at, user_agent, detail) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(secret::new_id())
    .bind(user_id)
    .bind(kind)
    .bind(state.clock.now())
    .bind(user_agent)
    .bind(detail)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
