//! The database: migrations, reads, and write transactions. On SQLite there is one writer, and a
//! write transaction takes its lock when it begins, so that a read inside it can never be overtaken
//! (DB-02). On PostgreSQL a transaction that decides by what it has read locks the rows that it
//! decides about, with [`Tx::lock`].

use crate::error::{Error, Result};
use anyhow::{Context, ensure};
use rustix::{
    fs::{Access, access},
    io::Errno,
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    Any, AnyConnection, AnyPool, Connection, Executor, Row, Transaction,
    any::{AnyPoolOptions, AnyRow},
    migrate::{MigrateError, Migrator},
    sqlite::SqliteConnectOptions,
};
use std::{
    fs::{File, OpenOptions},
    ops::{Deref, DerefMut},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Per SQLite connection: durable commits (money), foreign keys, and five seconds of patience
/// (DB-01). What is set, and how SQLite says that it is.
const PRAGMAS: &[(&str, &str, &str)] = &[
    ("busy_timeout", "5000", "5000"),
    ("journal_mode", "wal", "wal"),
    ("synchronous", "full", "2"),
    ("foreign_keys", "on", "1"),
    ("trusted_schema", "off", "0"),
];
/// Per PostgreSQL connection: the same patience, and no transaction that is forgotten (DB-07).
const SETTINGS: &[&str] = &[
    "set lock_timeout = '5s'",
    "set statement_timeout = '10s'",
    "set idle_in_transaction_session_timeout = '10s'",
];
/// What connections of servers to a schema of PostgreSQL lock together: a number of ours, and its own.
const SERVED: &str = "1280264011, current_schema()::text::regnamespace::oid::int4";
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections to SQLite beside the writer, and all connections of this instance to PostgreSQL.
const READERS: u32 = 4;
const CONNECTIONS: u32 = 10;

/// As many rows are deleted at once when they are over.
const BATCH: i64 = 1000;

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

pub struct Db {
    kind: Kind,
    writer: AnyPool,
    readers: AnyPool,
}

impl Db {
    /// Opens the database, brings it up to date, and checks that the safety settings took. A SQLite
    /// file is made if it is not there.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        match Kind::of(url) {
            Some(Kind::Postgres) => Self::open_postgres(url).await,
            _ => Self::open_sqlite(url).await,
        }
    }

    async fn open_sqlite(url: &str) -> anyhow::Result<Self> {
        let file = file(url).context("this is not the address of a file")?;
        // SQLite has no lock for migrations: of two instances that start at once, one waits here (DB-06).
        let prepared = file.clone();
        let lock = tokio::task::spawn_blocking(move || prepare(&prepared)).await??;
        let mut connection = AnyConnection::connect(url).await?;
        set_pragmas(&mut connection).await?;
        migrate(&mut connection).await?;
        connection.close().await?;
        drop(lock);
        let writer = sqlite_pool(1, &file).connect(url).await?;
        let readers = sqlite_pool(READERS, &file).connect(url).await?;
        Ok(Self { kind: Kind::Sqlite, writer, readers })
    }

    async fn open_postgres(url: &str) -> anyhow::Result<Self> {
        // Over a connection of their own, on which statements may take as long as they take.
        let mut connection = AnyConnection::connect(url).await?;
        migrate(&mut connection).await?;
        connection.close().await?;
        let writer = pool(CONNECTIONS)
            .after_connect(|connection, _| Box::pin(set_timeouts(connection)))
            .connect(url)
            .await?;
        Ok(Self { kind: Kind::Postgres, readers: writer.clone(), writer })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// For statements that only read.
    pub fn reader(&self) -> &AnyPool {
        &self.readers
    }

    /// For one statement that is a transaction by itself. Read all it returns: only then is it known
    /// to be committed.
    pub fn writer(&self) -> &AnyPool {
        &self.writer
    }

    /// A write transaction; what is not committed is undone.
    pub async fn begin(&self) -> Result<Tx> {
        let begin = match self.kind {
            Kind::Sqlite => "begin immediate",
            Kind::Postgres => "begin",
        };
        self.begin_with(&self.writer, begin).await
    }

    /// Deletes what is over, so few rows at a time that nobody else waits for long. `sql` deletes at
    /// most `$2` of the rows whose time was at `$1` or before, in milliseconds since 1970 UTC. It says
    /// so of each row beside the choice of them: PostgreSQL may find one that was renewed meanwhile.
    pub async fn sweep(&self, sql: &'static str, until: i64) -> Result<()> {
        loop {
            let swept = sqlx::query(sql).bind(until).bind(BATCH).execute(&self.writer).await?;
            if swept.rows_affected() < BATCH as u64 {
                return Ok(());
            }
        }
    }

    /// A write transaction that decides by what it reads of this user: of all such only one is open.
    pub async fn begin_for(&self, user_id: &str) -> Result<Tx> {
        let mut tx = self.begin().await?;
        tx.lock("users", &[user_id]).await?;
        Ok(tx)
    }

    /// A transaction that only reads, and sees one state of the data throughout.
    pub async fn begin_read(&self) -> Result<Tx> {
        let begin = match self.kind {
            Kind::Sqlite => "begin",
            Kind::Postgres => "begin isolation level repeatable read read only",
        };
        self.begin_with(&self.readers, begin).await
    }

    async fn begin_with(&self, pool: &AnyPool, begin: &'static str) -> Result<Tx> {
        let transaction = match self.kind {
            Kind::Sqlite => pool.begin_with(begin).await?,
            // A client that hangs up must not end this half way: sqlx would then take the connection
            // for one without a transaction. Nobody waiting for it, it is rolled back.
            Kind::Postgres => {
                let pool = pool.clone();
                let begun = tokio::spawn(async move { pool.begin_with(begin).await });
                begun.await.map_err(|_| Error::Unavailable)??
            }
        };
        Ok(Tx { transaction, kind: self.kind })
    }

    /// How many connections are open, and how many of them have nothing to do.
    pub fn connections(&self) -> (u32, usize) {
        match self.kind {
            Kind::Sqlite => (
                self.writer.size() + self.readers.size(),
                self.writer.num_idle() + self.readers.num_idle(),
            ),
            Kind::Postgres => (self.writer.size(), self.writer.num_idle()),
        }
    }

    /// Lets open connections finish and folds the log back into the database file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// An open write transaction. Statements run on `&mut *tx`.
pub struct Tx {
    transaction: Transaction<'static, Any>,
    kind: Kind,
}

impl Tx {
    pub async fn commit(self) -> Result<()> {
        Ok(self.transaction.commit().await?)
    }

    /// Has others that lock these rows wait until the transaction ends; always in one order, so that
    /// no two wait for each other. SQLite's only writer has nobody to wait for.
    pub async fn lock(&mut self, table: &'static str, ids: &[&str]) -> Result<()> {
        if self.kind == Kind::Sqlite {
            return Ok(());
        }
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        for id in ids {
            let lock = format!("select 1 from {table} where id = $1 for no key update");
            sqlx::query(sqlx::AssertSqlSafe(lock)).bind(id).execute(&mut **self).await?;
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

fn pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, usage| Box::pin(is_usable(connection, usage.idle_for)))
}

/// All connections are opened at the start and stay, so that reads go on while a file cannot be opened.
fn sqlite_pool(connections: u32, file: &Path) -> AnyPoolOptions {
    let file = file.to_owned();
    pool(connections)
        .min_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            let file = file.clone();
            Box::pin(async move {
                check_writable_files(&file)?;
                set_pragmas(connection).await
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
            let claim = format!("select pg_try_advisory_lock({SERVED})");
            connection.fetch_one(sqlx::AssertSqlSafe(claim)).await?.try_get(0)?
        }
    };
    ensure!(claimed, "a server runs on this database: stop it first");
    Ok(())
}

async fn is_usable(connection: &mut AnyConnection, idle: Duration) -> Result<bool, sqlx::Error> {
    // It answered when it was given back; since then the server may have gone.
    if idle > Duration::from_secs(1) {
        connection.ping().await?;
    }
    // After a failed commit, as on a full disk, SQLite may have rolled back by itself, and sqlx
    // believes that the transaction is still open: such a connection is never used again.
    Ok(!connection.is_in_transaction())
}

async fn set_timeouts(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for setting in SETTINGS {
        connection.execute(*setting).await?;
    }
    let share = format!("select pg_advisory_lock_shared({SERVED})");
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

/// Refuses a connection that could only read: SQLite opens for reading what it must not write, and the
/// connection would go on refusing writes once the files can be written again. Asks without opening a
/// file, since closing it would end SQLite's locks.
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

/// Makes a database file that its owner alone can read, if there is none (OPS-03), and holds its
/// folder, for which others wait until the handle is dropped.
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

impl From<sqlx::Error> for Error {
    /// A database that is locked, full or gone is a state of ours that passes. A row whose session
    /// or user went while the request was on its way means that nobody is signed in any more.
    /// Anything else is a bug.
    fn from(error: sqlx::Error) -> Self {
        if error.as_database_error().is_some_and(|cause| cause.is_foreign_key_violation()) {
            tracing::warn!(%error, "what a row belongs to is gone");
            return Self::NotSignedIn;
        }
        // PostgreSQL has no place in a text for U+0000, which no text of ours needs.
        if error.as_database_error().and_then(|cause| cause.code()).as_deref() == Some("22021") {
            return Self::BadRequest;
        }
        let passing = match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(cause) => cause.code().is_some_and(|code| passes(&code)),
            _ => false,
        };
        if passing {
            tracing::warn!(%error, "the database is not available");
            Self::Unavailable
        } else {
            tracing::error!(%error, "a statement failed");
            Self::Internal
        }
    }
}

/// Whether an error code stands for something that passes.
fn passes(code: &str) -> bool {
    if code.len() == 5 {
        // PostgreSQL (appendix A): connections, transactions rolled back, resources, an operator's
        // doing, a file that could not be written, a lock that took too long, and a server that only reads, as
        // one that is about to take over.
        let class = &code[..2];
        return matches!(class, "08" | "40" | "53" | "57" | "58")
            || matches!(code, "55P03" | "25P03" | "25006");
    }
    // SQLITE_BUSY 5, SQLITE_LOCKED 6, SQLITE_READONLY 8, SQLITE_IOERR 10, SQLITE_FULL 13,
    // SQLITE_CANTOPEN 14, each with extended codes above the low byte.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

/// Whether SQLite refused because somebody else has the database open.
fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|cause| cause.code()).as_deref() == Some("5")
}

/// Whether a statement failed because the value is there already.
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|cause| cause.is_unique_violation())
}

/// A value as a column of text keeps it.
pub fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(unreadable)
}

/// The value that a column of text keeps.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    tracing::error!(%error, "what a column keeps cannot be written or read");
    Error::Internal
}

/// Reads columns by name, as `row.read("email")?`.
pub trait Read {
    fn read<'r, T>(&'r self, column: &str) -> Result<T>
    where
        T: sqlx::Decode<'r, Any> + sqlx::Type<Any>;
}

impl Read for AnyRow {
    fn read<'r, T>(&'r self, column: &str) -> Result<T>
    where
        T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
    {
        Ok(self.try_get(column)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_connection_to_sqlite_is_set_to_be_safe() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let url = url(&folder.path().join("test.db")).context("an address")?;
        let db = Db::open(&url).await?;
        for pool in [&db.writer, &db.readers] {
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

    #[test]
    fn what_passes_is_told_from_what_is_a_bug() {
        // Of SQLite: busy, a stale snapshot, a failed write, full, no file. Of PostgreSQL: a deadlock,
        // a full disk, a statement that took too long, a lock that did, a lost connection.
        // Of both: a database that can only be read for now.
        for passing in [
            "5", "517", "778", "13", "14", "40P01", "53100", "57014", "55P03", "08006", "25P03",
            "8", "1032", "25006",
        ] {
            assert!(passes(passing), "{passing}");
        }
        // An error in the SQL, a broken constraint, a value that is there already.
        for bug in ["1", "19", "2067", "42703", "23505", "42601", ""] {
            assert!(!passes(bug), "{bug}");
        }
    }
}
