#![cfg(feature = "ssr")]
//! Deletes what has expired: challenges nobody answered, actions nobody carried out, sessions whose
//! time is over. Nothing depends on it for safety; every reader checks the time itself.

use crate::{
    error::Result,
    server::{State, ceremony, session},
    step_up,
};
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(60);

/// Cleans up now and every minute. A failure is logged and tried again.
pub async fn run_forever(state: State) {
    let mut period = tokio::time::interval(PERIOD);
    loop {
        period.tick().await;
        if let Err(error) = run(&state).await {
            tracing::warn!(%error, "expired rows were not deleted");
        }
    }
}

pub async fn run(state: &State) -> Result<()> {
    let mut tx = state.db.begin().await?;
    ceremony::sweep(state, &mut tx).await?;
    step_up::sweep(state, &mut tx).await?;
    session::sweep(state, &mut tx).await?;
    tx.commit().await
}
