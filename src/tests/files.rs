//! Files that say the same thing twice, held against each other.

use crate::server::config::Config;
use clap::CommandFactory;
use std::{collections::BTreeSet, fs, path::Path};
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

/// A migration without its comments, its triggers, and what moved the challenges, in the words of
/// PostgreSQL.
fn tables(migration: &str) -> String {
    let lines = migration.lines().map(|line| line.split("--").next().unwrap_or_default());
    let sql = lines.collect::<Vec<_>>().join(" ");
    let sql = sql.split("create trigger").next().unwrap_or_default();
    let sql = sql.split("drop trigger").next().unwrap_or_default();
    let sql = sql.split("create function").next().unwrap_or_default();
    let words = sql.split_whitespace().map(|word| match word.trim_end_matches([',', ';']) {
        "blob" => word.replace("blob", "bytea"),
        "integer" => word.replace("integer", "bigint"),
        _ => word.to_owned(),
    });
    let sql = words.collect::<Vec<_>>().join(" ").replace(") strict;", ");");
    let moved = ["delete from challenges", "alter table challenges set unlogged"];
    // Each database has its own words for the time now.
    let is_shared = |it: &&str| !moved.contains(it) && !it.trim().starts_with("update ");
    sql.split(';').filter(is_shared).collect::<Vec<_>>().join(";")
}

#[test]
fn both_databases_have_the_same_tables() {
    let (mut count, mut made) = (0, 0);
    for file in fs::read_dir("migrations/sqlite").expect("a folder") {
        let sqlite = file.expect("a file").path();
        let postgres = sqlite.to_string_lossy().replace("sqlite", "postgres");
        let read = |path: &Path| tables(&fs::read_to_string(path).expect("a file"));
        count += 1;
        // What SQLite cannot change it makes again, and PostgreSQL does not.
        if sqlite.ends_with("15_claims.sql") || sqlite.ends_with("16_methods.sql") {
            continue;
        }
        let (sqlite, postgres) = (read(&sqlite), read(postgres.as_ref()));
        assert_eq!(sqlite, postgres);
        made += sqlite.matches("create table").count();
    }
    assert!(made > 10, "{made}");
    assert_eq!(count, fs::read_dir("migrations/postgres").expect("a folder").count());
}

#[test]
fn every_setting_is_in_the_example_with_its_default() {
    let example: BTreeSet<_> = include_str!("../../.env.example")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.replace('"', ""))
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

/// All the Rust below a folder.
fn source(folder: &Path) -> String {
    let paths = fs::read_dir(folder).expect("a folder").map(|it| it.expect("a file").path());
    let texts = paths.map(|path| match path.is_dir() {
        true => source(&path),
        false => fs::read_to_string(path).expect("text"),
    });
    texts.collect()
}

/// Such as `STP-06`.
fn is_requirement(word: &str) -> bool {
    word.split_once('-').is_some_and(|(part, number)| {
        (2..=4).contains(&part.len())
            && part.bytes().all(|it| it.is_ascii_uppercase())
            && number.len() == 2
            && number.bytes().all(|it| it.is_ascii_digit())
    })
}

#[test]
fn every_requirement_in_the_code_is_explained_and_its_test_is_there() {
    let code = source("src".as_ref()) + &source("tests".as_ref());
    let explained = include_str!("../../docs/requirements.md");
    let rows = explained.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    let ids: BTreeSet<_> = rows.map(|(id, _)| id).filter(|id| is_requirement(id)).collect();
    let words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    for id in words.filter(|word| is_requirement(word)) {
        assert!(ids.contains(id), "{id}");
    }
    let quoted = explained.split('`').skip(1).step_by(2);
    let is_test = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let mut count = 0;
    for test in quoted.filter(|name| name.contains('_') && !name.contains(|c| !is_test(c))) {
        assert!(code.contains(&format!("fn {test}(")), "{test}");
        count += 1;
    }
    assert!(count >= ids.len(), "{count}");
}
