//! Command line → configuration → database → router → serve.

use anyhow::Context;
use clap::Parser;
use latchkey::{
    cleanup,
    router::router,
    server::{
        State,
        clock::Clock,
        config::{Command, Config},
        log,
    },
    step_up::receipt::Receipt,
};
use leptos::config::get_configuration;
use std::{net::SocketAddr, path::Path, process::ExitCode};
use tokio::{net::TcpListener, signal};

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
    log::start(config.log_format);
    let options = get_configuration(Some("Leptos.toml"))
        .context("Leptos.toml cannot be read")?
        .leptos_options;
    let address = config.site_addr;
    let state = State::open(config, options, Clock::default()).await?;
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("{address} is taken"))?;
    tracing::info!("open {} (listening on {address})", state.config.origin());
    tokio::spawn(cleanup::run_forever(state.clone()));
    let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop()).await?;
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

/// Ctrl-C or SIGTERM.
async fn stop() {
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate()).ok();
    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = async { match &mut terminate { Some(signal) => signal.recv().await, None => std::future::pending().await } } => {}
    }
}
