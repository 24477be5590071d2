//! What happened on an account, for its owner to read. What was done is written in the transaction
//! of the act, so that there is never one without the other (LOG-04).

use super::{
    State,
    client::Client,
    clock::{Clock, millis},
    db::Tx,
};
use crate::error::Result;
use sqlx::AnyConnection;

/// Adds a row such as `transfer.sent`, with what it was about as `detail`.
pub async fn record(
    state: &State,
    tx: &mut Tx,
    user_id: &str,
    kind: &str,
    detail: Option<&str>,
) -> Result<()> {
    insert(&state.clock, tx, &Client::of_request(), user_id, kind, detail).await
}

/// Adds a row about somebody who is not signed in, after the answer is on its way: how long the
/// answer takes must not tell whether there is an account (PRV-02).
pub fn record_later(state: &State, user_id: String, kind: &'static str, detail: &'static str) {
    let (state, client) = (state.clone(), Client::of_request());
    tokio::spawn(async move {
        let written = async {
            let mut tx = state.db.begin().await?;
            insert(&state.clock, &mut tx, &client, &user_id, kind, Some(detail)).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, kind, "what happened could not be recorded");
        }
    });
}

/// Adds a row for a client that is known.
pub async fn insert(
    clock: &Clock,
    db: &mut AnyConnection,
    client: &Client,
    user_id: &str,
    kind: &str,
    detail: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "insert into activity (id, user_id, kind, at, ip, user_agent, detail)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(clock.new_id())
    .bind(user_id)
    .bind(kind)
    .bind(clock.now())
    .bind(&client.ip)
    .bind(&client.user_agent)
    .bind(detail)
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes what happened longer ago than is kept.
pub async fn sweep(state: &State) -> Result<()> {
    let over = "delete from activity where at <= $1 and id in
        (select id from activity where at <= $1 limit $2)";
    state.db.sweep(over, state.clock.now() - millis(state.config.activity_kept())).await
}
