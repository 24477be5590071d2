//! Command line → configuration → database → router → serve.

use anyhow::Context;
use clap::Parser;
use latchkey::{
    cleanup,
    router::router,
    server::{
        State,
        clock::Clock,
        config::{Command, Config, LogFormat},
    },
    step_up::receipt::Receipt,
};
use leptos::config::get_configuration;
use std::{path::Path, process::ExitCode};
use tokio::{net::TcpListener, signal};
use tracing_subscriber::EnvFilter;

/// webauthn-rs traces whole ceremonies, so it is quiet whatever else is asked for (LOG-02).
const QUIET: &str = "webauthn_rs_core=warn,webauthn_rs=warn";

#[tokio::main]
async fn main() -> ExitCode {
    dotenvy::dotenv().ok();
    let config = Config::parse();
    let outcome = match config.command.clone().unwrap_or(Command::Serve) {
        Command::Serve => serve(config).await,
        Command::VerifyReceipt { file } => verify_receipt(&file),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let config = config.check().map_err(anyhow::Error::msg)?;
    log(config.log_format);
    let options = get_configuration(Some("Leptos.toml"))
        .context("Leptos.toml cannot be read")?
        .leptos_options;
    let address = config.site_addr;
    let state = State::open(config, options, Clock::default()).await?;
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("{address} is taken"))?;
    tracing::info!("open {} (listening on {address})", state.config.origin());
    tokio::spawn(cleanup::run_forever(state.clone()));
    axum::serve(listener, router(state.clone())).with_graceful_shutdown(stop()).await?;
    state.db.close().await;
    Ok(())
}

fn verify_receipt(file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let receipt: Receipt = serde_json::from_str(&text).context("This is not a receipt")?;
    println!("{}", receipt.explain().map_err(anyhow::Error::msg)?);
    Ok(())
}

fn log(format: LogFormat) {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let lines =
        tracing_subscriber::fmt().with_env_filter(EnvFilter::new(format!("{wanted},{QUIET}")));
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
}

/// Ctrl-C or SIGTERM.
async fn stop() {
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate()).ok();
    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = async { match &mut terminate { Some(signal) => signal.recv().await, None => std::future::pending().await } } => {}
    }
}
