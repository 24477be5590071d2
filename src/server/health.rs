//! Whether this process runs, and whether it can do its work: for load balancers and supervisors.

use super::State;
use crate::error::{Error, Result};
use axum::{
    extract::State as Extract,
    http::{HeaderValue, header},
    response::Response,
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, time::timeout};

/// An answer is good for this long, so that asking often costs nothing.
const FRESH: Duration = Duration::from_secs(1);
/// A database that takes longer than this to write one row is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Default)]
pub struct Health {
    stopping: AtomicBool,
    last: Mutex<Option<Probe>>,
}

/// What the last write came to.
#[derive(Clone, Copy)]
struct Probe {
    at: Instant,
    worked: bool,
}

impl Health {
    /// Says from now on that this instance wants no more requests.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database can be written, and this instance is not about to stop (OPS-02).
pub async fn readyz(Extract(state): Extract<State>) -> Result<&'static str> {
    if state.health.is_stopping() {
        return Err(Error::Unavailable);
    }
    let mut last = state.health.last.lock().await;
    let probe = match *last {
        Some(probe) if probe.at.elapsed() < FRESH => probe,
        _ => {
            let written = timeout(PATIENCE, state.clock.agree(&state.db)).await;
            Probe { at: Instant::now(), worked: matches!(written, Ok(Ok(()))) }
        }
    };
    *last = Some(probe);
    if probe.worked { Ok("ok\n") } else { Err(Error::Unavailable) }
}

/// Once this instance is about to stop, each answer tells its client to close the connection: one that
/// we close may have a request on its way, which nobody would answer.
pub async fn tell_to_close(Extract(state): Extract<State>, mut response: Response) -> Response {
    if state.health.is_stopping() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
