//! How connections are opened, what is set on each, and what a database file must be.

use anyhow::{Context, ensure};
use rustix::{
    fs::{Access, access},
    io::Errno,
};
use sqlx::{
    AnyConnection, AnyPool, Connection, Executor, Row,
    any::AnyPoolOptions,
    migrate::{MigrateError, Migrator},
    sqlite::SqliteConnectOptions,
};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::sleep;
use url::Url;

/// Settings of each SQLite connection: durable commits, foreign keys, and five seconds to wait
/// for locks (DB-01). A line holds the pragma, the value to set, and the value that SQLite reports.
const PRAGMAS: &[(&str, &str, &str)] = &[
    ("busy_timeout", "5000", "5000"),
    ("journal_mode", "wal", "wal"),
    ("synchronous", "full", "2"),
    ("foreign_keys", "on", "1"),
    ("trusted_schema", "off", "0"),
];
/// Settings of each PostgreSQL connection: the same wait, and an end to forgotten transactions (DB-07).
const SETTINGS: &[&str] = &[
    "set lock_timeout = '5s'",
    "set statement_timeout = '10s'",
    "set idle_in_transaction_session_timeout = '10s'",
];
/// The lock that servers share on a schema of PostgreSQL: a number of ours, and the schema's own.
const SERVER_LOCK: &str = "1280264011, current_schema()::text::regnamespace::oid::int4";
const DB_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections to SQLite beside the writer, and all connections of this instance to PostgreSQL.
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;

/// Run on the writer's connection alone: every statement about challenges goes through it.
const CHALLENGES: &str = include_str!("challenges.sql");

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, _) = url.split_once(':')?;
        match scheme {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }

    pub fn of_connection(connection: &AnyConnection) -> Self {
        if connection.backend_name() == "SQLite" { Self::Sqlite } else { Self::Postgres }
    }
}

/// Opens the writer and the readers of a SQLite file, which is created if there is none.
pub async fn connect_sqlite(url: &str) -> anyhow::Result<(AnyPool, AnyPool)> {
    let file = file(url).context("this is not the address of a file")?;
    // SQLite has no lock for migrations: of two instances that start at once, one waits here (DB-06).
    let prepared = file.clone();
    let lock = tokio::task::spawn_blocking(move || prepare(&prepared)).await??;
    let mut connection = AnyConnection::connect(url).await?;
    set_pragmas(&mut connection).await?;
    migrate(&mut connection).await?;
    connection.close().await?;
    drop(lock);
    let writer = sqlite_pool(1, &file, CHALLENGES).connect(url).await?;
    let readers = sqlite_pool(SQLITE_READERS, &file, "").connect(url).await?;
    Ok((writer, readers))
}

/// Opens the connections to a PostgreSQL server.
pub async fn connect_postgres(url: &str) -> anyhow::Result<AnyPool> {
    // Migrations have a connection of their own, on which statements may take as long as they need.
    let mut connection = AnyConnection::connect(url).await?;
    migrate(&mut connection).await?;
    connection.close().await?;
    Ok(pool(POSTGRES_CONNECTIONS)
        .after_connect(|connection, _| Box::pin(set_timeouts(connection)))
        .connect(url)
        .await?)
}

fn pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(DB_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, usage| Box::pin(is_usable(connection, usage.idle_for)))
}

/// All connections are opened at the start and stay, so that reads go on while a file cannot be opened.
/// `then` is run on each.
fn sqlite_pool(connections: u32, file: &Path, then: &'static str) -> AnyPoolOptions {
    let file = file.to_owned();
    pool(connections)
        .min_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            let file = file.clone();
            Box::pin(async move {
                check_writable_files(&file)?;
                set_pragmas(connection).await?;
                connection.execute(then).await?;
                Ok(())
            })
        })
}

/// Brings the database of a connection up to date.
pub async fn migrate(connection: &mut AnyConnection) -> Result<(), MigrateError> {
    let migrations = match Kind::of_connection(connection) {
        Kind::Sqlite => &SQLITE,
        Kind::Postgres => &POSTGRES,
    };
    // `run` is the same, but its future cannot be sent to another thread.
    migrations.run_direct(None, connection, false).await
}

/// Makes a connection the only one to its database until it is closed, or fails because a server has
/// the database open.
pub async fn claim(connection: &mut AnyConnection) -> anyhow::Result<()> {
    let claimed = match Kind::of_connection(connection) {
        Kind::Sqlite => {
            connection.execute("pragma busy_timeout = 0").await?;
            connection.execute("pragma locking_mode = exclusive").await?;
            match connection.execute("begin exclusive; commit").await {
                Ok(_) => true,
                Err(error) if is_busy(&error) => false,
                Err(error) => return Err(error.into()),
            }
        }
        Kind::Postgres => {
            let claim = format!("select pg_try_advisory_lock({SERVER_LOCK})");
            let mut claimed = false;
            // PostgreSQL needs a moment to end the connections of a server that has just stopped.
            for _ in 0..20 {
                let claim = sqlx::AssertSqlSafe(claim.clone());
                claimed = connection.fetch_one(claim).await?.try_get(0)?;
                if claimed {
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
            claimed
        }
    };
    ensure!(claimed, "a server runs on this database: stop it first");
    Ok(())
}

async fn is_usable(connection: &mut AnyConnection, idle: Duration) -> Result<bool, sqlx::Error> {
    // The connection worked when it was returned; since then the server may have gone away.
    if idle > Duration::from_secs(1) {
        connection.ping().await?;
    }
    // After a failed commit, such as on a full disk, SQLite may have rolled back by itself while sqlx
    // believes that the transaction is still open. Such a connection is never used again.
    Ok(!connection.is_in_transaction())
}

async fn set_timeouts(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for setting in SETTINGS {
        connection.execute(*setting).await?;
    }
    let share = format!("select pg_advisory_lock_shared({SERVER_LOCK})");
    connection.execute(sqlx::AssertSqlSafe(share)).await?;
    Ok(())
}

/// Sets up a new connection and checks that the settings took.
async fn set_pragmas(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for (pragma, value, wanted) in PRAGMAS {
        let set = sqlx::AssertSqlSafe(format!("pragma {pragma} = {value}"));
        connection.execute(set).await?;
        let found = read_pragma(connection, pragma).await?;
        if found != *wanted {
            let complaint = format!("SQLite did not take {pragma} = {value}, it is {found}");
            return Err(sqlx::Error::Configuration(complaint.into()));
        }
    }
    Ok(())
}

async fn read_pragma(connection: &mut AnyConnection, pragma: &str) -> Result<String, sqlx::Error> {
    let row = connection.fetch_one(sqlx::AssertSqlSafe(format!("pragma {pragma}"))).await?;
    row.try_get(0).or_else(|_| row.try_get::<i64, _>(0).map(|it| it.to_string()))
}

/// The file of a SQLite address.
pub fn file(url: &str) -> Option<PathBuf> {
    let options = (Kind::of(url)? == Kind::Sqlite).then(|| url.parse::<SqliteConnectOptions>());
    Some(options?.ok()?.get_filename().to_owned())
}

/// The address of a SQLite file.
pub fn url(file: &Path) -> Option<String> {
    let url = Url::from_file_path(std::path::absolute(file).ok()?).ok()?;
    Some(url.as_str().replacen("file", "sqlite", 1))
}

/// Refuses a read-only connection. SQLite opens a file that it may not write for reading, and would go
/// on refusing writes once the file can be written again. This asks without opening a file, since
/// closing one would end SQLite's locks.
fn check_writable_files(file: &Path) -> Result<(), sqlx::Error> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        match access(path, Access::WRITE_OK) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(sqlx::Error::Io(error.into())),
        }
    }
    Ok(())
}

/// Creates a database file that only its owner can read, if there is none (OPS-03), and locks its
/// folder: other instances wait until the returned handle is dropped.
fn prepare(file: &Path) -> anyhow::Result<File> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let (name, folder_name) = (file.display(), folder.display());
    std::fs::create_dir_all(folder).with_context(|| format!("{folder_name} cannot be made"))?;
    access(folder, Access::WRITE_OK).with_context(|| {
        format!(
            "the folder {folder_name} cannot be written, and SQLite keeps its log there beside the database: let the user that runs this program write to it"
        )
    })?;
    let handle = File::open(folder)?;
    handle.lock()?;
    let options =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).to_owned();
    let mode =
        options.open(file).with_context(|| format!("{name} cannot be opened"))?.metadata()?.mode();
    ensure!(mode & 0o007 == 0, "everybody on this machine can read {name}: chmod 600 {name}");
    Ok(handle)
}

/// Whether SQLite refused because another process has the database open.
fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|cause| cause.code()).as_deref() == Some("5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_connection_to_sqlite_is_set_to_be_safe() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let url = url(&folder.path().join("test.db")).context("an address")?;
        sqlx::any::install_default_drivers();
        let (writer, readers) = connect_sqlite(&url).await?;
        for pool in [&writer, &readers] {
            let mut held = Vec::new();
            for _ in 0..pool.options().get_max_connections() {
                let mut connection = pool.acquire().await?;
                for (pragma, value) in [
                    ("journal_mode", "wal"),
                    ("synchronous", "2"),
                    ("foreign_keys", "1"),
                    ("trusted_schema", "0"),
                    ("busy_timeout", "5000"),
                ] {
                    let found = read_pragma(&mut connection, pragma).await?;
                    assert_eq!(found, value, "{pragma}");
                }
                held.push(connection);
            }
        }
        Ok(())
    }

    #[tokio::test]
    async fn challenges_are_kept_in_memory_and_a_flood_of_them_is_refused() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("test.db");
        sqlx::any::install_default_drivers();
        let (writer, readers) = connect_sqlite(&url(&file).context("an address")?).await?;
        let before = file_sizes(folder.path())?;
        let flood = "insert into challenges values
            (hex(randomblob(16)), 'sign_in', randomblob(32), null, null, null, hex(zeroblob(2000000)), 0)";
        let mut kept = 0;
        let refused = loop {
            match sqlx::query(flood).execute(&writer).await {
                Ok(_) => kept += 1,
                Err(refused) => break crate::error::Error::from(refused),
            }
        };
        assert_eq!(refused, crate::error::Error::Unavailable);
        assert!((60..=67).contains(&kept), "{kept}");
        assert_eq!(file_sizes(folder.path())?, before);
        let of_readers: (i64,) =
            sqlx::query_as("select count(*) from challenges").fetch_one(&readers).await?;
        assert_eq!(of_readers, (0,));
        Ok(())
    }

    fn file_sizes(folder: &Path) -> anyhow::Result<Vec<u64>> {
        let mut sizes = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            sizes.push(entry?.metadata()?.len());
        }
        sizes.sort_unstable();
        Ok(sizes)
    }
}
