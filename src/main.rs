//! Command line → configuration → database → router → serve.

use anyhow::Context;
use axum_server::Handle;
use clap::Parser;
use latchkey::{
    cleanup, maintenance,
    router::router,
    server::{
        State,
        clock::Clock,
        config::{Command, Config, Listen, Switch},
        listen, log, metrics,
    },
    step_up::receipt::Receipt,
};
use leptos::config::get_configuration;
use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::ExitCode,
};
use tokio::signal::{
    ctrl_c,
    unix::{SignalKind, signal},
};

#[tokio::main]
async fn main() -> ExitCode {
    dotenvy::dotenv().ok();
    let config = Config::parse();
    let outcome = match config.command.clone().unwrap_or(Command::Serve) {
        Command::Serve => serve(config).await,
        Command::Backup { path } => maintenance::backup(&config, &path).await,
        Command::Check => maintenance::check(&config).await,
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
    if config.rate_limit == Switch::Off {
        tracing::warn!(
            "RATE_LIMIT is off: anybody may try passwords and codes as often as they like"
        );
    }
    let options = get_configuration(Some("Leptos.toml"))
        .context("Leptos.toml cannot be read")?
        .leptos_options;
    if let Listen::On(address) = config.metrics_addr {
        let handle = metrics::start()?;
        tokio::spawn(metrics::keep_up(handle.clone()));
        let metrics = metrics::router(handle);
        let stays = Handle::new();
        tokio::spawn(listen::serve(bind(address)?, metrics, config.max_connections, stays));
    }
    let listener = bind(config.site_addr)?;
    let state = State::open(config, options, Clock::default()).await?;
    tracing::info!("open {} (listening on {})", state.config.origin(), state.config.site_addr);
    if state.config.metrics_addr != Listen::Off {
        tokio::spawn(metrics::measure_every(cleanup::PERIOD, state.clone()));
    }
    tokio::spawn(cleanup::run_every(cleanup::PERIOD, state.clone()));
    let handle = Handle::new();
    tokio::spawn(stop(state.clone(), handle.clone()));
    let connections = state.config.max_connections;
    listen::serve(listener, router(state.clone()), connections, handle).await?;
    state.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))
}

/// Upon Ctrl-C or SIGTERM takes no more requests, and ends those under way at the deadline.
async fn stop(state: State, handle: Handle<SocketAddr>) {
    let mut terminate = signal(SignalKind::terminate()).ok();
    tokio::select! {
        _ = ctrl_c() => {}
        _ = async { match &mut terminate { Some(signal) => signal.recv().await, None => std::future::pending().await } } => {}
    }
    tracing::info!("stopping");
    state.health.stop();
    handle.graceful_shutdown(Some(state.config.shutdown_timeout()));
}

fn verify_receipt(file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let receipt: Receipt = serde_json::from_str(&text).context("This is not a receipt")?;
    println!("{}", receipt.explain().map_err(anyhow::Error::msg)?);
    Ok(())
}
