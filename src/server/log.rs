//! What is written to the log. Never a secret, whatever RUST_LOG asks for (LOG-01).

use super::config::LogFormat;
use crate::error::Error;
use std::sync::{Arc, OnceLock};
use tracing::{Level, Span, Subscriber};
use tracing_subscriber::{EnvFilter, Layer, filter::filter_fn, fmt, prelude::*, registry};

/// This crate writes what authenticators answer, as errors too. Of it nothing is written, whichever
/// of its modules is asked for (LOG-02): what went wrong is said by our own lines.
const SILENT: &str = "webauthn_rs";
/// These trace statements with their values, and headers: of them nothing but warnings is written.
const QUIET: [&str; 3] = ["sqlx", "tower_sessions", "hyper"];

/// Writes the lines that RUST_LOG asks for to the standard output.
pub fn start(format: LogFormat) {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let lines = match format {
        LogFormat::Text => fmt::layer().boxed(),
        LogFormat::Json => fmt::layer().json().boxed(),
    };
    registry().with(filter(&wanted)).with(lines).init();
}

/// Writes to the log why a call was refused, which no client may know, and returns the refusal.
/// `reason` is a word of ours, never what a client sent (AUT-09).
pub fn log_refusal(reason: &str, refusal: Error) -> Error {
    tracing::info!(reason, code = refusal.code(), "refused");
    refusal
}

/// The span of a request, and which account it is about.
#[derive(Clone)]
pub struct RequestLog {
    span: Span,
    account: Arc<OnceLock<String>>,
}

impl RequestLog {
    pub fn of_current_span() -> Self {
        Self { span: Span::current(), account: Arc::default() }
    }

    /// Has the lines of this request say which account it is about: by its id, never by its address. Of
    /// several accounts the first counts, which is the one that is signed in.
    pub fn name_account(&self, user_id: &str) {
        if self.account.set(user_id.to_owned()).is_ok() {
            self.span.record("account", user_id);
        }
    }
}

/// What may be written. For all layers together: a filter of one layer loses lines after a library has
/// asked whether another one would be.
pub fn filter<S: Subscriber>(wanted: &str) -> impl Layer<S> + 'static {
    let harmless = filter_fn(|line| {
        let is_of = |name: &&str| line.target().starts_with(name);
        !is_of(&SILENT) && (*line.level() <= Level::WARN || !QUIET.iter().any(is_of))
    });
    EnvFilter::new(wanted).and_then(harmless)
}
