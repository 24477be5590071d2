//! Command line → configuration → database → router → serve.

use anyhow::Context;
use clap::Parser;
use latchkey::{
    cleanup,
    features::FEATURES,
    mail::{smtp::Smtp, worker::Worker}, // with: mail
    maintenance,
    people, // with: people
    router::router,
    seed::seed,
    server::{
        clock::Clock,
        config::{Command, Config, Listen},
        listen::{self, Stop},
        log, metrics, preflight,
        state::State,
    },
    step_up::receipt::Receipt,
    totp, // with: totp
};
use leptos::config::get_configuration;
use std::{
    future::pending,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::ExitCode,
    time::Duration,
};
use tokio::{
    signal::{
        ctrl_c,
        unix::{Signal, SignalKind, signal},
    },
    time::sleep,
};

/// A request makes many small allocations: this takes a tenth less of the processor than the C library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // A bad line hides the lines after it, and the next could be the address of the database.
    if dotenvy::dotenv().is_err_and(|error| !error.not_found()) {
        eprintln!(".env cannot be read to its end: put values with spaces between quotes");
        return ExitCode::FAILURE;
    }
    let config = Config::parse();
    let outcome = match config.command.clone().unwrap_or(Command::Serve) {
        Command::Serve => serve(config).await,
        Command::Backup { path } => maintenance::backup(&config, &path).await,
        Command::Check => maintenance::check(&config).await,
        Command::Restored => maintenance::restored(&config).await,
        Command::Owner { email } => people::command::make_owner(config, FEATURES, &email).await, // with: people
        Command::Seed => seed(config).await,
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
    preflight::check(&config).map_err(anyhow::Error::msg)?;
    log::start(config.log_format);
    for warning in preflight::warnings(&config) {
        tracing::warn!("{warning}");
    }
    // with: mail {
    let smtp = config.is_https().then(|| Smtp::new(&config)).transpose();
    let smtp = smtp.map_err(anyhow::Error::msg)?;
    // with: mail }
    let options = get_configuration(Some("Leptos.toml"))
        .context("Leptos.toml cannot be read")?
        .leptos_options;
    if let Listen::On(address) = config.metrics_addr {
        let features = FEATURES.all.iter();
        let counters: Vec<_> = features.clone().flat_map(|feature| feature.counters()).collect();
        let gauges: Vec<_> = features.flat_map(|feature| feature.gauges()).collect();
        let handle = metrics::start(&counters, &gauges)?;
        tokio::spawn(metrics::keep_up(handle.clone()));
        let metrics = metrics::router(handle);
        tokio::spawn(listen::serve(bind(address)?, metrics, config.max_connections, pending()));
    }
    let listener = bind(config.site_addr)?;
    let state = State::open(config, options, Clock::default(), FEATURES).await?;
    tracing::info!("open {} (listening on {})", state.config.origin(), state.config.site_addr);
    if state.config.metrics_addr != Listen::Off {
        tokio::spawn(cleanup::measure_every(cleanup::PERIOD, state.clone()));
    }
    tokio::spawn(cleanup::run_every(cleanup::PERIOD, state.clone()));
    totp::rows::check_key(&state).await?; // with: totp
    // with: mail {
    let worker = smtp.map(|smtp| Worker::start(&state, smtp));
    // with: mail }
    let stop = stop(state.clone(), signal(SignalKind::terminate())?);
    let connections = state.config.max_connections;
    listen::serve(listener, router(state.clone()), connections, stop).await?;
    // with: mail {
    if let Some(worker) = worker {
        worker.stop().await;
    }
    // with: mail }
    state.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))
}

/// How long load balancers have to see on /readyz that this instance is about to stop (OPS-01).
const NOTICE: Duration = Duration::from_secs(2);

/// Returns when no more requests are to be taken: on Ctrl-C, or [`NOTICE`] after SIGTERM.
async fn stop(state: State, mut terminated: Signal) -> Stop {
    let by_hand = tokio::select! {
        _ = ctrl_c() => true,
        _ = terminated.recv() => false,
    };
    tracing::info!("stopping");
    state.health.stop();
    if !by_hand {
        sleep(NOTICE).await;
    }
    Stop { hang_up: by_hand, within: state.config.shutdown_timeout() }
}

fn verify_receipt(file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let receipt = Receipt::read(&text).map_err(anyhow::Error::msg)?;
    println!("{}", receipt.explain().map_err(anyhow::Error::msg)?);
    Ok(())
}
