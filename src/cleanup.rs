#![cfg(feature = "ssr")]
//! Deletes what has expired: challenges nobody answered, actions nobody carried out, sessions whose
//! time is over, tries and activity long ago. Nothing depends on it for safety; every reader checks the
//! time itself.

use crate::{
    error::Result,
    server::{State, activity, ceremony, devices, limits, metrics, session},
    step_up,
};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};

/// How often it is worth it.
pub const PERIOD: Duration = Duration::from_secs(60);

/// Cleans up now and every so often.
pub async fn run_every(period: Duration, state: State) {
    every(period, || run(&state)).await;
}

/// Does it now and every so often. A failure is counted, logged and tried again, a panic too.
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
    state.limits.sweep();
    state.clock.agree(&state.db).await?;
    ceremony::sweep(state).await?;
    step_up::sweep(state).await?;
    session::sweep(state).await?;
    activity::sweep(state).await?;
    devices::sweep(state).await?;
    limits::sweep(state).await
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
