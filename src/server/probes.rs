//! What load balancers and supervisors ask: whether this process runs, and whether it can do its work.

use super::{health::Probe, state::State};
use crate::error::{Error, Result};
use axum::{
    extract::State as Extract,
    http::{HeaderValue, header},
    response::Response,
};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long the outcome of a probe is reused, so that frequent probes cost nothing.
const FRESH: Duration = Duration::from_secs(1);
/// A database that takes longer than this to write one row is not ready.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database can be written, and this instance is not about to stop (OPS-02).
pub async fn readyz(Extract(state): Extract<State>) -> Result<&'static str> {
    if state.health.is_stopping() {
        return Err(Error::Unavailable);
    }
    let mut last = state.health.last_probe.lock().await;
    let probe = match *last {
        Some(probe) if probe.at.elapsed() < FRESH => probe,
        _ => {
            let written = timeout(WRITE_TIMEOUT, state.clock.agree(&state.db)).await;
            Probe { at: Instant::now(), worked: matches!(written, Ok(Ok(()))) }
        }
    };
    *last = Some(probe);
    if probe.worked { Ok("ok\n") } else { Err(Error::Unavailable) }
}

/// While this instance is stopping, each response tells its client to close the connection. If we closed
/// it, a request that is already on its way would get no answer.
pub async fn tell_to_close(Extract(state): Extract<State>, mut response: Response) -> Response {
    if state.health.is_stopping() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
