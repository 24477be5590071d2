//! The metrics that Prometheus reads. Labels come from closed lists, never from what a client sends, and
//! say nothing of a user. Without METRICS_ADDR nothing is counted.

use crate::error::{Error, Result};
use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
    routing::get,
};
use metrics::{
    Label, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::{Duration, Instant};

const REQUESTS: &str = "latchkey_request_seconds";
const LIMITED: &str = "latchkey_limited_total";
const CLEANUPS_FAILED: &str = "latchkey_cleanups_failed_total";
const CONNECTIONS: &str = "latchkey_database_connections";
const ROWS: &str = "latchkey_rows";

/// Bounds in seconds, from a read out of memory to a wait for the database.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// A counter of the outcomes of something.
pub struct Counter {
    pub name: &'static str,
    pub help: &'static str,
    /// The label that tells its parts apart; none if there is only one part.
    pub label: Option<&'static str>,
}

/// A measure of how much there is of something.
pub struct Gauge {
    pub name: &'static str,
    pub help: &'static str,
}

/// Answers to challenges, whatever the ceremony is for.
pub static CEREMONIES: Counter = Counter {
    name: "latchkey_ceremonies_total",
    help: "Answers to challenges, by kind and outcome.",
    label: Some("kind"),
};

/// Installs the metrics of the server and its features, once for the process.
pub fn start(counters: &[&Counter], gauges: &[&Gauge]) -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(REQUESTS.to_owned()), &BUCKETS)?
        .install_recorder()?;
    describe_histogram!(REQUESTS, "How long requests took, by path and status.");
    for counter in counters {
        describe_counter!(counter.name, counter.help);
    }
    for gauge in gauges {
        describe_gauge!(gauge.name, gauge.help);
    }
    describe_counter!(LIMITED, "Calls refused by a rate limit, by what was counted.");
    describe_counter!(CLEANUPS_FAILED, "Times that expired rows could not be deleted.");
    describe_gauge!(CONNECTIONS, "Database connections, by state.");
    describe_gauge!(ROWS, "Rows of a table, as of the last minute.");
    // An alarm can only see these counters rise if they exist at zero before.
    counter!(LIMITED, "by" => "address").increment(0);
    counter!(LIMITED, "by" => "account").increment(0);
    counter!(LIMITED, "by" => "network").increment(0);
    counter!(LIMITED, "by" => "mail").increment(0); // with: mail
    counter!(CLEANUPS_FAILED).increment(0);
    Ok(handle)
}

/// `GET /metrics`, for an address that only Prometheus reaches.
pub fn router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(async move || handle.render()))
}

/// Times a request under the path of its route, so that ids in addresses are not labels.
pub async fn time(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let began = Instant::now();
    let response = next.run(request).await;
    let path = path.map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let status = response.status().as_u16().to_string();
    histogram!(REQUESTS, "path" => path, "status" => status).record(began.elapsed());
    response
}

/// Does `work` and counts its outcome under `part`: the code of the error, or `ok`.
pub async fn counted<T>(
    counter: &Counter,
    part: &'static str,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let outcome = work.await;
    let code = outcome.as_ref().err().map_or_else(|| "ok".to_owned(), Error::code);
    let part = counter.label.map(|label| Label::new(label, part));
    let labels: Vec<_> = part.into_iter().chain([Label::new("outcome", code)]).collect();
    counter!(counter.name, labels).increment(1);
    outcome
}

/// Counts one outcome of something that has no parts.
pub fn count(counter: &Counter, outcome: &'static str) {
    counter!(counter.name, "outcome" => outcome).increment(1);
}

pub fn set(gauge: &Gauge, value: i64) {
    gauge!(gauge.name).set(value as f64);
}

pub fn limited(by: &'static str) {
    counter!(LIMITED, "by" => by).increment(1);
}

pub fn cleanup_failed() {
    counter!(CLEANUPS_FAILED).increment(1);
}

/// Keeps measurements from piling up while nobody reads them.
pub async fn keep_up(handle: PrometheusHandle) {
    let mut period = tokio::time::interval(Duration::from_secs(5));
    loop {
        period.tick().await;
        handle.run_upkeep();
    }
}

/// Sets how many connections to the database are open, and how many of them are idle.
pub fn connections(open: u32, idle: usize) {
    gauge!(CONNECTIONS, "state" => "open").set(f64::from(open));
    gauge!(CONNECTIONS, "state" => "idle").set(idle as f64);
}

pub fn rows(table: &'static str, rows: i64) {
    gauge!(ROWS, "table" => table).set(rows as f64);
}
