#![cfg(feature = "ssr")]
//! Runs beside the requests: deletes expired rows, and measures tables. Safety never depends on it,
//! since every reader checks the time itself.

use crate::{
    error::Result,
    server::{ceremony, metrics, state::State},
};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};

/// How often to clean up and measure.
pub const PERIOD: Duration = Duration::from_secs(60);

/// Cleans up now, and then once per `period`.
pub async fn run_every(period: Duration, state: State) {
    every(period, || run(&state)).await;
}

/// Does `work` now and once per `period`. A failure or a panic is counted, logged and tried again.
async fn every<Work: Future<Output = Result<()>>>(period: Duration, work: impl Fn() -> Work) {
    let mut period = tokio::time::interval(period);
    loop {
        period.tick().await;
        match AssertUnwindSafe(work()).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => failed(&error.to_string()),
            Err(_) => failed("a panic"),
        }
    }
}

fn failed(why: &str) {
    metrics::cleanup_failed();
    tracing::warn!(why, "expired rows were not deleted");
}

pub async fn run(state: &State) -> Result<()> {
    state.network_limits.sweep();
    state.clock.agree(&state.db).await?;
    for feature in state.features.all {
        feature.sweep(&state.db, &state.config, state.clock.now()).await?;
    }
    Ok(())
}

/// Measures connections and tables now, and then once per `period`: counting the rows of a large table
/// takes a while, so a scrape does not do it.
pub async fn measure_every(period: Duration, state: State) {
    let mut period = tokio::time::interval(period);
    loop {
        period.tick().await;
        let (open, idle) = state.db.connections();
        metrics::connections(open, idle);
        for table in state.features.all.iter().flat_map(|feature| feature.tables()) {
            measured(table, count(&state, table).await);
        }
        measured("challenges", ceremony::count(&state.db).await);
        for feature in state.features.all {
            if let Err(error) = feature.measure(&state.db, state.clock.now()).await {
                tracing::warn!(%error, "a feature was not measured");
            }
        }
    }
}

fn measured(table: &'static str, rows: Result<i64>) {
    match rows {
        Ok(rows) => metrics::rows(table, rows),
        Err(error) => tracing::warn!(%error, table, "a table was not measured"),
    }
}

async fn count(state: &State, table: &str) -> Result<i64> {
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    let (rows,) = sqlx::query_as(sql).fetch_one(state.db.reader()).await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use std::cell::Cell;
    use tokio::time::timeout;

    #[tokio::test]
    async fn neither_a_failure_nor_a_panic_is_the_last_time() {
        let times = Cell::new(0);
        let work = || async {
            times.set(times.get() + 1);
            assert_ne!(times.get(), 2, "the second time");
            if times.get() == 1 { Err(Error::Unavailable) } else { Ok(()) }
        };
        let working = every(Duration::from_millis(1), work);
        assert!(timeout(Duration::from_millis(500), working).await.is_err());
        assert!(times.get() > 2);
    }
}
