//! What happened on an account, for its owner to read. What was done is written in the transaction
//! of the act, so that there is never one without the other (LOG-04).

use super::{State, client::Client, db::Tx, secret};
use crate::error::Result;

/// Adds a row such as `transfer.sent`, with what it was about as `detail`.
pub async fn record(
    state: &State,
    tx: &mut Tx,
    user_id: &str,
    kind: &str,
    detail: Option<&str>,
) -> Result<()> {
    insert(state, tx, &Client::of_request(), user_id, kind, detail).await
}

/// Adds a row about somebody who is not signed in, after the answer is on its way: how long the
/// answer takes must not tell whether there is an account (PRV-02).
pub fn record_later(state: &State, user_id: String, kind: &'static str, detail: &'static str) {
    let (state, client) = (state.clone(), Client::of_request());
    tokio::spawn(async move {
        let written = async {
            let mut tx = state.db.begin().await?;
            insert(&state, &mut tx, &client, &user_id, kind, Some(detail)).await?;
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
    client: &Client,
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
    .bind(&client.ip)
    .bind(&client.user_agent)
    .bind(detail)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
