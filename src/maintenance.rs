#![cfg(feature = "ssr")]
//! What an operator runs beside the server: a copy of the live database, and a check of one.

use crate::{
    server::{
        config::Config,
        db::{Db, Kind, Read, file},
    },
    transfer::ledger,
};
use anyhow::{Context, bail, ensure};
use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Copies a live SQLite database to a new file that only its owner can read, as of one moment
/// (DB-05). The copy is checked before it is called one.
pub async fn backup(config: &Config, path: &Path) -> anyhow::Result<()> {
    let url = &config.database_url;
    if Kind::of(url) == Some(Kind::Postgres) {
        bail!("this copies SQLite databases; for PostgreSQL use pg_dump");
    }
    let db = open(url).await?;
    let target = path.to_str().context("the path is not UTF-8")?;
    // Made first, so that no moment passes in which others can read it.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("{target} cannot be made"))?;
    let copied = copy(&db, target).await;
    db.close().await;
    if copied.is_err() {
        fs::remove_file(path).ok();
    }
    copied?;
    println!("{target}: {} bytes", fs::metadata(path)?.len());
    Ok(())
}

async fn copy(db: &Db, target: &str) -> anyhow::Result<()> {
    sqlx::query("vacuum into $1").bind(target).execute(db.reader()).await?;
    fs::set_permissions(target, fs::Permissions::from_mode(0o600))?;
    let copy = Db::open(&format!("sqlite://{target}")).await?;
    let complaints = complaints(&copy).await;
    copy.close().await;
    let complaints = complaints?;
    ensure!(complaints.is_empty(), "the copy is not sound: {}", complaints.join("; "));
    Ok(())
}

/// Verifies that the database is whole, that nothing refers to what is gone, and that the ledger
/// adds up.
pub async fn check(config: &Config) -> anyhow::Result<()> {
    let db = open(&config.database_url).await?;
    let complaints = complaints(&db).await;
    db.close().await;
    let complaints = complaints?;
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    println!("The database is sound.");
    Ok(())
}

/// Opens a database that is there already.
async fn open(url: &str) -> anyhow::Result<Db> {
    if let Some(file) = file(url) {
        ensure!(file.exists(), "there is no database at {}", file.display());
    }
    Db::open(url).await
}

async fn complaints(db: &Db) -> anyhow::Result<Vec<String>> {
    let mut complaints = ledger::complaints(db.reader()).await?;
    if db.kind() == Kind::Sqlite {
        for row in sqlx::query("pragma integrity_check").fetch_all(db.reader()).await? {
            let line: String = row.read("integrity_check")?;
            if line != "ok" {
                complaints.push(line);
            }
        }
        for row in sqlx::query("pragma foreign_key_check").fetch_all(db.reader()).await? {
            let (table, parent): (String, String) = (row.read("table")?, row.read("parent")?);
            complaints.push(format!("a row of {table} refers to a row of {parent} that is gone"));
        }
    }
    Ok(complaints)
}
