//! What happened on an account, for its owner to read. Written in the transaction of the act, so
//! that there is never one without the other (LOG-04).

use super::{State, client, db::Tx, secret};
use crate::error::Result;
use axum::http::{header, request::Parts};
use leptos::prelude::use_context;

/// Longer user agents are cut; nobody reads that far.
const USER_AGENT: usize = 256;

/// Where a request came from, as far as it says.
#[derive(Clone, Default)]
pub struct Origin {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl Origin {
    pub fn of_request() -> Self {
        let (Some(request), Ok(state)) = (use_context::<Parts>(), State::current()) else {
            return Self::default();
        };
        let address = client::address(&request, &state.config.trusted_proxies);
        let user_agent = request.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
        Self {
            ip: address.map(|address| address.to_string()),
            user_agent: user_agent.map(|line| line.chars().take(USER_AGENT).collect()),
        }
    }
}

/// Adds a row such as `transfer.sent`, with what it was about as `detail`.
pub async fn record(
    state: &State,
    tx: &mut Tx,
    user_id: &str,
    kind: &str,
    detail: Option<&str>,
) -> Result<()> {
    insert(state, tx, &Origin::of_request(), user_id, kind, detail).await
}

/// Adds a row about somebody who is not signed in, after the answer is on its way: how long the
/// answer takes must not tell whether there is an account (PRV-02).
pub fn record_later(state: &State, user_id: String, kind: &'static str, detail: &'static str) {
    let (state, origin) = (state.clone(), Origin::of_request());
    tokio::spawn(async move {
        let written = async {
            let mut tx = state.db.begin().await?;
            insert(&state, &mut tx, &origin, &user_id, kind, Some(detail)).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, kind, "what happened could not be recorded");
        }
    });
}

async fn insert(
    state: &State,
    tx: &mut Tx,
    origin: &Origin,
    user_id: &str,
    kind: &str,
    detail: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "insert into activity (id, user_id, kind, at, ip, user_agent, detail)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(secret::new_id())
    .bind(user_id)
    .bind(kind)
    .bind(state.clock.now())
    .bind(&origin.ip)
    .bind(&origin.user_agent)
    .bind(detail)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
