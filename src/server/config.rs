//! The operator's settings. Each can be given on the command line and in the environment.
//! [`preflight`](super::preflight) refuses settings that cannot work, or not safely.

use super::proxies::Proxies;
use clap::{Parser, Subcommand, ValueEnum};
use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, str::FromStr, time::Duration};
use url::Url;

/// Passkeys for Leptos and axum: sign in, manage them, and confirm one sensitive action with one assertion.
#[derive(Clone, Debug, Parser)]
#[command(name = "latchkey", version)]
pub struct Config {
    /// The domain that passkeys belong to; changing it later makes every passkey useless
    #[arg(long, env = "PASSKEY_RP_ID", default_value = "localhost")]
    pub rp_id: String,

    /// The name that the browser shows when it asks for a passkey
    #[arg(long, env = "PASSKEY_RP_NAME", default_value = "Latchkey")]
    pub rp_name: String,

    /// The address in the browser's address bar, scheme and port included
    #[arg(long, env = "PASSKEY_ORIGIN", default_value = "http://localhost:3000")]
    pub origin: Url,

    /// The address to listen on
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub site_addr: SocketAddr,

    /// The address to serve metrics on for Prometheus, such as 127.0.0.1:9464, or off
    #[arg(long, env = "METRICS_ADDR", default_value = "off")]
    pub metrics_addr: Listen,

    /// Where the data is: sqlite://… for a file, postgres://… for more than one instance
    // The address may hold a password, which `--help` must not show.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite://data/latchkey.db",
        hide_env_values = true
    )]
    pub database_url: String,

    // with: mail {
    /// The server that sends mail, such as smtps://user:password@mail.example.com or
    /// smtp://mail.example.com:587?tls=required; on http://localhost nothing is sent, and /mailbox shows it
    // The address may hold a password, which `--help` must not show.
    #[arg(long, env = "SMTP_URL", default_value = "", hide_env_values = true)]
    pub smtp_url: String,

    /// Who mail comes from, such as Latchkey <no-reply@example.com>
    #[arg(long, env = "MAIL_FROM", default_value = "")]
    pub mail_from: String,
    // with: mail }

    // with: totp {
    /// Seals what the database must not know, at least 32 random characters; on SQLite, where it is not set, a
    /// file beside the database takes its place
    #[arg(long, env = "SECRET_KEY", default_value = "", hide_env_values = true)]
    pub secret_key: String,
    // with: totp }
    /// How many hours a way to sign in that was added by something weaker, or after a recovery, waits before
    /// it can confirm anything
    #[arg(long, env = "SETTLING_HOURS", default_value_t = 24)]
    pub settling_hours: u32,

    /// How many days what happened on an account is kept for its owner to read
    #[arg(long, env = "ACTIVITY_DAYS", default_value = "400")]
    pub activity_days: NonZeroU32,

    /// Networks whose X-Forwarded-For is believed, such as 127.0.0.0/8,10.0.0.0/8
    #[arg(long, env = "TRUSTED_PROXIES", default_value = "")]
    pub trusted_proxies: Proxies,

    /// Whether calls are limited; off is for load tests alone
    #[arg(long, env = "RATE_LIMIT", default_value = "on")]
    pub rate_limit: Switch,

    /// How many calls a minute a client address may make of each kind: passwords and codes, ceremonies,
    /// and all others that write; a /56 of IPv6 may make 4 times as many, and a /48 16 times
    #[arg(long, env = "RATE_LIMIT_ADDRESS", default_value = "120")]
    pub rate_limit_address: NonZeroU32,

    /// How many wrong passwords or codes in a row an account takes before each next one has to wait
    #[arg(long, env = "RATE_LIMIT_ACCOUNT", default_value = "5")]
    pub rate_limit_account: NonZeroU32,

    /// How long that one waits, in seconds; each further one waits twice as long as the one before
    #[arg(long, env = "RATE_LIMIT_WAIT_SECONDS", default_value = "2")]
    pub rate_limit_wait_seconds: NonZeroU32,

    /// How long such a wait is at most, in seconds
    #[arg(long, env = "RATE_LIMIT_LONGEST_WAIT_SECONDS", default_value = "900")]
    pub rate_limit_longest_wait_seconds: NonZeroU32,

    // with: mail {
    /// How many mails an hour strangers can cause to one address; a browser that has signed in to its account
    /// has as many again
    #[arg(long, env = "MAILS_PER_ADDRESS", default_value = "5")]
    pub mails_per_address: NonZeroU32,

    /// How many they can cause from one network
    #[arg(long, env = "MAILS_PER_NETWORK", default_value = "30")]
    pub mails_per_network: NonZeroU32,

    /// How many in all
    #[arg(long, env = "MAILS_IN_ALL", default_value = "1000")]
    pub mails_in_all: NonZeroU32,
    // with: mail }
    /// How many requests are worked on at once; those above are refused
    #[arg(long, env = "MAX_REQUESTS", default_value = "512")]
    pub max_requests: NonZeroU32,

    /// How many connections are open at once; those above are hung up on
    #[arg(long, env = "MAX_CONNECTIONS", default_value = "900")]
    pub max_connections: NonZeroU32,

    /// How long a request may take, in seconds
    #[arg(long, env = "REQUEST_SECONDS", default_value = "30")]
    pub request_seconds: NonZeroU32,

    /// How long requests under way may go on after SIGTERM, in seconds
    #[arg(long, env = "SHUTDOWN_SECONDS", default_value = "20")]
    pub shutdown_seconds: NonZeroU32,

    /// How log lines are written; RUST_LOG says which
    #[arg(long, env = "LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

/// An address to listen on, if any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Listen {
    Off,
    On(SocketAddr),
}

impl FromStr for Listen {
    type Err = <SocketAddr as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" { Ok(Self::Off) } else { text.parse().map(Self::On) }
    }
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Serve the app (the default)
    Serve,
    /// Copy the live SQLite database to a new file
    Backup {
        /// The file to write; it must not be there yet
        path: PathBuf,
    },
    /// Verify the database: its integrity, its references and what each feature keeps
    Check,
    /// Put in order what a restored copy has brought back: end all sessions, void all recovery codes
    /// and what was under way, and tell every account
    Restored,
    // with: people {
    /// Make the user an owner who has confirmed this address
    Owner { email: String },
    // with: people }
    /// Fill an empty database on localhost with people and a history, and print a way to sign in
    Seed,
    /// Check a receipt offline and say what was signed, or what does not fit
    VerifyReceipt {
        /// The receipt, as JSON
        file: PathBuf,
    },
}

impl Config {
    /// The origin as browsers write it: scheme, host and a port that is not the scheme's own.
    pub fn origin(&self) -> String {
        self.origin.origin().ascii_serialization()
    }

    pub fn settling(&self) -> Duration {
        Duration::from_secs(u64::from(self.settling_hours) * 60 * 60)
    }

    pub fn activity_kept(&self) -> Duration {
        Duration::from_secs(u64::from(self.activity_days.get()) * 24 * 60 * 60)
    }

    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.request_seconds.get()))
    }

    /// The first wait after too many attempts at an account, and the longest.
    pub fn waits(&self) -> (Duration, Duration) {
        let seconds = |it: NonZeroU32| Duration::from_secs(u64::from(it.get()));
        (seconds(self.rate_limit_wait_seconds), seconds(self.rate_limit_longest_wait_seconds))
    }

    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.shutdown_seconds.get()))
    }

    pub fn is_https(&self) -> bool {
        self.origin.scheme() == "https"
    }
}
