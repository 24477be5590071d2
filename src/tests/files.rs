//! Files that say the same thing twice, held against each other.

use crate::server::config::Config;
use clap::CommandFactory;
use std::collections::BTreeSet;
use toml::{Table, Value};

fn leptos(file: &str) -> Table {
    let file: Table = file.parse().expect("TOML");
    file["package"]["metadata"]["leptos"].as_table().expect("a table").clone()
}

#[test]
fn the_server_reads_what_the_build_was_told() {
    let build = leptos(include_str!("../../Cargo.toml"));
    let server = leptos(include_str!("../../Leptos.toml"));
    for (key, value) in &server {
        assert_eq!(build.get(key), Some(value), "{key}");
    }
    let keys: BTreeSet<_> = server.keys().map(String::as_str).collect();
    assert_eq!(keys, ["env", "hash-files", "output-name", "site-pkg-dir", "site-root"].into());
    assert_eq!(server["output-name"], Value::from(env!("CARGO_PKG_NAME")));
}

#[test]
fn every_setting_is_in_the_example_with_its_default() {
    let example: BTreeSet<_> = include_str!("../../.env.example")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let command = Config::command();
    for argument in command.get_arguments() {
        let Some(name) = argument.get_env() else { continue };
        let default = argument.get_default_values().first().expect("a default");
        let line = format!("{}={}", name.display(), default.display());
        assert!(example.contains(&line), "{line}");
    }
    let settings = command.get_arguments().filter(|argument| argument.get_env().is_some()).count();
    // RUST_LOG is read by the log itself.
    assert_eq!(example.len(), settings + 1);
}
