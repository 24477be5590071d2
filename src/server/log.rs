//! What is written to the log. Never a secret, whatever RUST_LOG asks for (LOG-01).

use super::config::LogFormat;
use tracing::{Level, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, filter::FilterExt, filter::filter_fn, fmt, layer::Filter, prelude::*,
    registry,
};

/// These crates trace whole ceremonies, statements with their values, and headers: of them nothing
/// but warnings is written, whichever of their modules is asked for (LOG-02).
const QUIET: [&str; 4] = ["webauthn_rs", "sqlx", "tower_sessions", "hyper"];

/// Writes the lines that RUST_LOG asks for to the standard output.
pub fn start(format: LogFormat) {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let lines = match format {
        LogFormat::Text => fmt::layer().boxed(),
        LogFormat::Json => fmt::layer().json().boxed(),
    };
    registry().with(lines.with_filter(filter(&wanted))).init();
}

pub fn filter<S: Subscriber>(wanted: &str) -> impl Filter<S> + 'static {
    let harmless = filter_fn(|line| {
        *line.level() <= Level::WARN || !QUIET.iter().any(|name| line.target().starts_with(name))
    });
    EnvFilter::new(wanted).and(harmless)
}
