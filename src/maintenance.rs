#![cfg(feature = "ssr")]
//! Commands that an operator runs beside the server. Backing up or checking a database changes nothing
//! in it; a restored copy is put in order before it is served.

use crate::{
    error::Result,
    features::FEATURES,
    server::{
        activity,
        client::Client,
        clock::Clock,
        config::Config,
        core::DATABASE_RESTORED,
        db::{self, Kind, Read},
        preflight,
    },
};
use anyhow::{Context, bail, ensure};
use sqlx::{AnyConnection, Connection, Row, any::AnyRow};
use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// How many users one statement tells: each takes four of the parameters that a statement can have.
const USERS_AT_ONCE: usize = 1000;

/// Copies a live SQLite database to a new file that only its owner can read, as of one moment (DB-05).
/// The file gets its name only once it is complete and checked.
pub async fn backup(config: &Config, path: &Path) -> anyhow::Result<()> {
    let url = &config.database_url;
    if Kind::of(url) == Some(Kind::Postgres) {
        bail!("this copies SQLite databases; for PostgreSQL use pg_dump");
    }
    let target = path.to_str().context("the path is not UTF-8")?;
    ensure!(!path.exists(), "{target} cannot be made: it is there already");
    let unfinished = format!("{target}.part");
    // The file is made first, so that others can never read it and two copies never write to one file.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .with_context(|| format!("{unfinished} cannot be made"))?;
    let copied = copy(url, &unfinished).await;
    if copied.is_ok() {
        fs::rename(&unfinished, path)?;
        println!("{target}: {} bytes", fs::metadata(path)?.len());
    } else {
        fs::remove_file(&unfinished).ok();
    }
    copied
}

async fn copy(url: &str, target: &str) -> anyhow::Result<()> {
    let mut db = connect(url).await?;
    sqlx::query("vacuum into $1").bind(target).execute(&mut db).await?;
    db.close().await?;
    let copy = db::url(Path::new(target)).context("the path has no address")?;
    sound(&copy).await.context("the copy is not sound")
}

/// Verifies that the database is intact, that no row refers to one that is gone, and that the data of
/// each feature is sound.
pub async fn check(config: &Config) -> anyhow::Result<()> {
    sound(&config.database_url).await?;
    println!("The database is sound.");
    Ok(())
}

async fn sound(url: &str) -> anyhow::Result<()> {
    let mut db = connect(url).await?;
    let mut complaints = Vec::new();
    if Kind::of(url) == Some(Kind::Sqlite) {
        for row in sqlx::query("pragma integrity_check").fetch_all(&mut db).await? {
            complaints.push(row.try_get::<String, _>(0)?);
        }
        complaints.retain(|line| line != "ok");
        ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
        for row in sqlx::query("pragma foreign_key_check").fetch_all(&mut db).await? {
            let (table, parent): (String, String) = (row.try_get("table")?, row.try_get("parent")?);
            complaints.push(format!("a row of {table} refers to a row of {parent} that is gone"));
        }
    }
    for feature in FEATURES.all {
        complaints.extend(feature.check(&mut db).await?);
    }
    db.close().await?;
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

/// Puts a restored database in order before it is served. Passkeys and passwords stay as they were,
/// since users must be able to sign in; every account is told to look through them.
pub async fn restored(config: &Config) -> anyhow::Result<()> {
    let mut db = connect(&config.database_url).await?;
    db::claim(&mut db).await?;
    db::migrate(&mut db).await?;
    let clock = Clock::default();
    clock.agree_on(&mut db).await?;
    let mut tx = db.begin().await?;
    let mut done = Vec::new();
    // A copy must not bring back sessions, recovery codes that may be used by now, and what was under
    // way.
    for (table, what) in FEATURES.all.iter().flat_map(|feature| feature.emptied_by_restore()) {
        let sql = sqlx::AssertSqlSafe(format!("delete from {table}"));
        let removed = sqlx::query(sql).execute(&mut *tx).await?;
        done.push(format!("{} {what} removed", removed.rows_affected()));
    }
    let users = sqlx::query("select id from users").fetch_all(&mut *tx).await?;
    for users in users.chunks(USERS_AT_ONCE) {
        let told = |user| Ok((AnyRow::read(user, "id")?, &DATABASE_RESTORED, None));
        let told = users.iter().map(told).collect::<Result<Vec<_>>>()?;
        activity::insert(&clock, &mut tx, &Client::default(), &told).await?;
    }
    done.push(format!("{} accounts told", users.len()));
    tx.commit().await?;
    db.close().await?;
    println!("{}", done.join("\n"));
    Ok(())
}

/// Opens an existing database, for statements that may take as long as they need.
async fn connect(url: &str) -> anyhow::Result<AnyConnection> {
    preflight::check_transport(url).map_err(anyhow::Error::msg)?;
    sqlx::any::install_default_drivers();
    if let Some(file) = db::file(url) {
        ensure!(file.exists(), "there is no database at {}", file.display());
    }
    Ok(AnyConnection::connect(url).await?)
}
