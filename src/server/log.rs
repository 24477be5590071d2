//! What is written to the log. Never a secret, whatever RUST_LOG asks for (LOG-01).

use super::config::LogFormat;
use tracing_subscriber::{EnvFilter, fmt};

/// These trace whole ceremonies, statements with their values and headers, so they stay quiet
/// whatever else is asked for (LOG-02).
const QUIET: &str =
    "webauthn_rs_core=warn,webauthn_rs=warn,sqlx=warn,tower_sessions=warn,hyper=warn";

/// Writes the lines that RUST_LOG asks for to the standard output.
pub fn start(format: LogFormat) {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let lines = fmt().with_env_filter(filter(&wanted));
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
}

pub fn filter(wanted: &str) -> EnvFilter {
    EnvFilter::new(format!("{wanted},{QUIET}"))
}
