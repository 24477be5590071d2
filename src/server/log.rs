//! The log. It never holds a secret, whatever RUST_LOG asks for (LOG-01).

use super::config::LogFormat;
use crate::error::Error;
use std::sync::{Arc, OnceLock};
use tracing::{Level, Span, Subscriber};
use tracing_subscriber::{EnvFilter, Layer, filter::filter_fn, fmt, prelude::*, registry};

/// This crate logs authenticator responses, even in errors. Nothing of it is logged, whichever of its
/// modules RUST_LOG names (LOG-02): our own lines say what went wrong.
const SILENT: &str = "webauthn_rs";
/// These crates trace statements with values, headers and the like: only their warnings and errors are logged.
const QUIET: &[&str] = &[
    "sqlx",
    "tower_sessions",
    "hyper",
    "lettre", // with: mail
];

/// Writes the lines that RUST_LOG asks for to the standard output.
pub fn start(format: LogFormat) {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let lines = match format {
        LogFormat::Text => fmt::layer().boxed(),
        LogFormat::Json => fmt::layer().json().boxed(),
    };
    registry().with(filter(&wanted)).with(lines).init();
}

/// Logs why a call was refused, which no client may learn, and returns the refusal. `reason` is a word
/// of ours, never what a client sent (AUT-09).
pub fn log_refusal(reason: &str, refusal: Error) -> Error {
    tracing::info!(reason, code = refusal.code(), "refused");
    refusal
}

/// The span of a request, and the account that the request is about.
#[derive(Clone)]
pub struct RequestLog {
    span: Span,
    account: Arc<OnceLock<String>>,
}

impl RequestLog {
    pub fn of_current_span() -> Self {
        Self { span: Span::current(), account: Arc::default() }
    }

    /// Adds the account to the log lines of this request: by its id, never by its address. Of several
    /// accounts only the first is named, which is the signed-in one.
    pub fn name_account(&self, user_id: &str) {
        if self.account.set(user_id.to_owned()).is_ok() {
            self.span.record("account", user_id);
        }
    }
}

/// Decides what is logged, for all layers together: a filter on one layer loses lines after a library
/// has asked whether another line is enabled.
pub fn filter<S: Subscriber>(wanted: &str) -> impl Layer<S> + 'static {
    let harmless = filter_fn(|line| {
        let is_of = |name: &&str| line.target().starts_with(name);
        !is_of(&SILENT) && (*line.level() <= Level::WARN || !QUIET.iter().any(is_of))
    });
    EnvFilter::new(wanted).and_then(harmless)
}
