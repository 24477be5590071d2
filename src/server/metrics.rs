//! What Prometheus reads. Labels come from closed lists: never from what a client sends, and nothing
//! of a user. Without METRICS_ADDR nothing is counted.

use super::{State, ceremony::Kind};
use crate::error::{Error, Result};
use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
    routing::get,
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::{Duration, Instant};

const REQUESTS: &str = "latchkey_request_seconds";
const CEREMONIES: &str = "latchkey_ceremonies_total";
const SIGN_INS: &str = "latchkey_sign_ins_total";
const STEP_UPS: &str = "latchkey_step_ups_total";
const TRANSFERS: &str = "latchkey_transfers_total";
const LIMITED: &str = "latchkey_limited_total";
const CLEANUPS_FAILED: &str = "latchkey_cleanups_failed_total";
const CONNECTIONS: &str = "latchkey_database_connections";
const ROWS: &str = "latchkey_rows";

/// Bounds in seconds: from a read out of memory to a database that is waited for.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The tables whose size is worth watching.
const TABLES: [&str; 9] = [
    "users",
    "passkeys",
    "sessions",
    "devices",
    "challenges",
    "actions",
    "tries",
    "activity",
    "transfers",
];

/// Starts counting, once for the process.
pub fn start() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(REQUESTS.to_owned()), &BUCKETS)?
        .install_recorder()?;
    describe_histogram!(REQUESTS, "How long requests took, by path and status.");
    describe_counter!(CEREMONIES, "Answers to challenges, by kind and outcome.");
    describe_counter!(SIGN_INS, "Sign-ins, by method and outcome.");
    describe_counter!(STEP_UPS, "Answers that should confirm an action, by method and outcome.");
    describe_counter!(TRANSFERS, "Transfers that were confirmed, by outcome.");
    describe_counter!(LIMITED, "Calls refused by a rate limit, by what was counted.");
    describe_counter!(CLEANUPS_FAILED, "Times that expired rows could not be deleted.");
    describe_gauge!(CONNECTIONS, "Database connections, by state.");
    describe_gauge!(ROWS, "Rows of a table, as of the last minute.");
    // What is never counted before it is alarming must be there to rise from.
    counter!(LIMITED, "by" => "address").increment(0);
    counter!(LIMITED, "by" => "account").increment(0);
    counter!(LIMITED, "by" => "network").increment(0);
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

/// An answer to a challenge of a kind.
pub fn ceremony<T>(kind: Kind, outcome: &Result<T>) {
    counter!(CEREMONIES, "kind" => kind.name(), "outcome" => code(outcome)).increment(1);
}

/// A sign-in or sign-up that is no ceremony.
pub fn sign_in<T>(method: &'static str, outcome: &Result<T>) {
    counter!(SIGN_INS, "method" => method, "outcome" => code(outcome)).increment(1);
}

pub fn step_up<T>(method: &'static str, outcome: &Result<T>) {
    counter!(STEP_UPS, "method" => method, "outcome" => code(outcome)).increment(1);
}

pub fn transfer<T>(outcome: &Result<T>) {
    counter!(TRANSFERS, "outcome" => code(outcome)).increment(1);
}

pub fn limited(by: &'static str) {
    counter!(LIMITED, "by" => by).increment(1);
}

pub fn cleanup_failed() {
    counter!(CLEANUPS_FAILED).increment(1);
}

/// Keeps what is counted from piling up while nobody reads it.
pub async fn keep_up(handle: PrometheusHandle) {
    let mut period = tokio::time::interval(Duration::from_secs(5));
    loop {
        period.tick().await;
        handle.run_upkeep();
    }
}

/// Reads what changes slowly, so often. Counting rows takes a while on large tables, so a scrape
/// does not.
pub async fn measure_every(period: Duration, state: State) {
    let mut period = tokio::time::interval(period);
    loop {
        period.tick().await;
        let (open, idle) = state.db.connections();
        gauge!(CONNECTIONS, "state" => "open").set(f64::from(open));
        gauge!(CONNECTIONS, "state" => "idle").set(idle as f64);
        for table in TABLES {
            match count(&state, table).await {
                Ok(rows) => gauge!(ROWS, "table" => table).set(rows as f64),
                Err(error) => tracing::warn!(%error, table, "a table was not measured"),
            }
        }
    }
}

async fn count(state: &State, table: &str) -> Result<i64> {
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    let (rows,) = sqlx::query_as(sql).fetch_one(state.db.reader()).await?;
    Ok(rows)
}

fn code<T>(outcome: &Result<T>) -> String {
    outcome.as_ref().err().map_or_else(|| "ok".to_owned(), Error::code)
}
