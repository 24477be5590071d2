//! Checks the configuration. One that cannot work, or would leave something open that nobody asked for,
//! is refused with a sentence that mends it (OPS-03); a setting that only a developer may want is warned
//! of at every start (OPS-04).

use super::{
    attempts::FORGET_AFTER,
    config::{Config, Switch},
    db::Kind,
    relying_party,
    sealing, // with: totp
};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::net::IpAddr;

pub fn check(config: &Config) -> Result<(), String> {
    relying_party::check(config)?;
    let (first_wait, longest_wait) = config.waits();
    if first_wait > longest_wait || longest_wait > FORGET_AFTER {
        return Err(
            "RATE_LIMIT_LONGEST_WAIT_SECONDS must be between RATE_LIMIT_WAIT_SECONDS and a day: set it to 900."
                .to_owned(),
        );
    }
    let url = &config.database_url;
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    if Kind::of(url).is_none() || in_memory {
        return Err("DATABASE_URL is neither a SQLite file nor a PostgreSQL server: set it to an address such as sqlite://data/latchkey.db or postgres://latchkey@localhost/latchkey.".to_owned());
    }
    check_transport(url)?;
    if let Some(network) = config.trusted_proxies.too_wide() {
        return Err(format!(
            "TRUSTED_PROXIES holds {network}, which is so wide that clients are in it and could write an address of their choice: name the addresses of your proxies, such as 127.0.0.1."
        ));
    }
    // with: mail {
    if config.is_https() && config.smtp_url.is_empty() {
        return Err("SMTP_URL is not set, so that nobody could confirm an address, be told of changes or get back in: set it to the server that sends mail, such as smtps://user:password@mail.example.com, and MAIL_FROM to the sender's address.".to_owned());
    }
    // with: mail }
    sealing::check(config)?; // with: totp
    if config.settling_hours == 0 {
        return Err(
            "SETTLING_HOURS is 0, so whoever stole a password or a recovery code could confirm anything at once: set it to 24."
                .to_owned(),
        );
    }
    Ok(())
}

/// Refuses a PostgreSQL server on another machine that is not reached over TLS: an attacker on the
/// network could read the password and all data.
pub fn check_transport(url: &str) -> Result<(), String> {
    if Kind::of(url) != Some(Kind::Postgres) {
        return Ok(());
    }
    let options: PgConnectOptions =
        url.parse().map_err(|error| format!("DATABASE_URL cannot be read: {error}."))?;
    let host = options.get_host().trim_matches(['[', ']']);
    let is_here = options.get_socket().is_some() || is_this_machine(host);
    let is_private = matches!(
        options.get_ssl_mode(),
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
    );
    if is_here || is_private {
        return Ok(());
    }
    Err(format!(
        "DATABASE_URL names a PostgreSQL server on another machine, {host}, without TLS, so that its password can be read on the way: add ?sslmode=verify-full to it."
    ))
}

/// Whether a host, without brackets, is this machine.
pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Warns of settings that work, but are unsafe for a server that strangers can reach.
pub fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if config.rate_limit == Switch::Off {
        warnings.push(
            "RATE_LIMIT is off: anybody may try passwords and codes as often as they like"
                .to_owned(),
        );
    }
    if !config.is_https() && !config.site_addr.ip().is_loopback() {
        warnings.push(format!(
            "LEPTOS_SITE_ADDR is {}, which other machines reach, but PASSKEY_ORIGIN is {}: without https passwords and cookies can be read on the way. Listen on 127.0.0.1, or set PASSKEY_ORIGIN to an https address",
            config.site_addr,
            config.origin()
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn check_with(options: &[&str]) -> Result<Config, String> {
        let usual = [
            "latchkey",
            "--secret-key=a key of thirty-two characters at least", // with: totp
        ];
        let config = Config::try_parse_from(usual.iter().chain(options));
        let config = config.map_err(|error| error.to_string())?;
        check(&config).map(|()| config)
    }

    #[test]
    fn proxies_are_named_by_networks_that_hold_no_clients() {
        for wide in [
            "0.0.0.0/0",
            "127.0.0.1,0.0.0.0/1,128.0.0.0/1",
            "10.0.0.0/7",
            "::/0",
            "2000::/3",
            "2a00::/16",
            "fc00::/6",
        ] {
            let sentence = check_with(&["--trusted-proxies", wide]).err().unwrap_or_default();
            assert!(sentence.starts_with("TRUSTED_PROXIES holds "), "{wide}: {sentence}");
            assert!(sentence.ends_with("such as 127.0.0.1."), "{wide}: {sentence}");
        }
        for networks in [
            "",
            "127.0.0.1",
            "10.0.0.0/8,172.16.0.0/12",
            "104.16.0.0/13",
            "2a06:98c0::/29",
            "fc00::/7",
        ] {
            assert!(check_with(&["--trusted-proxies", networks]).is_ok(), "{networks}");
        }
    }

    #[test]
    fn a_passkey_that_must_wait_waits_for_an_hour_at_least() {
        let sentence = check_with(&["--settling-hours", "0"]).err().unwrap_or_default();
        assert!(sentence.ends_with("set it to 24."), "{sentence}");
        assert!(check_with(&["--settling-hours", "1"]).is_ok());
    }

    #[test]
    fn a_database_on_another_machine_is_reached_over_tls() {
        for open in [
            "postgres://latchkey@db.internal/latchkey",
            "postgres://latchkey@10.0.0.5/latchkey?sslmode=prefer",
            "postgresql://latchkey@db.internal/latchkey?sslmode=disable",
            "postgres://latchkey@localhost.example.com/latchkey",
            "postgres:///latchkey?host=db.internal",
        ] {
            let sentence = check_with(&["--database-url", open]).err().unwrap_or_default();
            assert!(sentence.ends_with("add ?sslmode=verify-full to it."), "{open}: {sentence}");
            // The address may hold a password.
            assert!(!sentence.contains("latchkey@"), "{sentence}");
        }
        for safe in [
            "postgres://latchkey@db.internal/latchkey?sslmode=require",
            "postgres://latchkey@db.internal/latchkey?sslmode=verify-ca",
            "postgres://latchkey@db.internal/latchkey?sslmode=verify-full",
            "postgres://latchkey@localhost/latchkey",
            "postgres://latchkey@127.0.0.2:5433/latchkey",
            "postgres://latchkey@[::1]/latchkey",
            "postgres://%2Fvar%2Frun%2Fpostgresql/latchkey",
            "postgres:///latchkey?host=/var/run/postgresql",
        ] {
            assert_eq!(check_with(&["--database-url", safe]).err(), None, "{safe}");
        }
    }

    #[test]
    fn what_only_a_developer_wants_is_said_at_every_start() {
        for (options, warned) in [
            (&["--site-addr", "127.0.0.1:3000"][..], None),
            (&["--site-addr", "[::1]:3000"], None),
            (&["--site-addr", "0.0.0.0:3000"], Some("LEPTOS_SITE_ADDR is 0.0.0.0:3000")),
            (&["--site-addr", "[::]:3000"], Some("LEPTOS_SITE_ADDR is [::]:3000")),
            (&["--site-addr", "192.168.1.5:3000"], Some("LEPTOS_SITE_ADDR is 192.168.1.5:3000")),
            (
                &[
                    "--site-addr",
                    "0.0.0.0:3000",
                    "--rp-id",
                    "example.com",
                    "--origin",
                    "https://example.com",
                ],
                None,
            ),
            (&["--rate-limit", "off"], Some("RATE_LIMIT is off")),
        ] {
            let warnings = check_with(options).map(|config| warnings(&config));
            let warnings = warnings.unwrap_or_default();
            assert_eq!(warnings.len(), usize::from(warned.is_some()), "{options:?}: {warnings:?}");
            assert!(warnings.iter().all(|line| line.starts_with(warned.unwrap_or_default())));
        }
    }

    #[test]
    fn waits_grow_and_are_over_in_a_day() {
        for (first, longest, works) in
            [("2", "900", true), ("900", "900", true), ("901", "900", false), ("2", "86401", false)]
        {
            let waits =
                ["--rate-limit-wait-seconds", first, "--rate-limit-longest-wait-seconds", longest];
            assert_eq!(check_with(&waits).is_ok(), works, "{first} {longest}");
        }
    }

    #[test]
    fn another_database_and_one_in_memory_are_refused() {
        for url in ["sqlite://data/x.db", "postgres://localhost/x", "postgresql://localhost/x"] {
            assert!(check_with(&["--database-url", url]).is_ok(), "{url}");
        }
        for url in ["mysql://localhost/x", "sqlite::memory:", "sqlite://file?mode=memory"] {
            assert!(check_with(&["--database-url", url]).is_err(), "{url}");
        }
    }
}
