//! The database: migrations, one writer and several readers. A write transaction takes the
//! write lock when it begins, so a read inside it can never be overtaken (DB-02).

use crate::error::{Error, Result};
use sqlx::{
    Any, AnyConnection, AnyPool, Executor, Row, Transaction,
    any::{AnyPoolOptions, AnyRow},
    migrate::Migrator,
};
use std::{
    ops::{Deref, DerefMut},
    path::Path,
    time::Duration,
};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// Per connection: durable commits (money), foreign keys, and five seconds of patience (DB-01). What
/// is set, and how SQLite says that it is.
const PRAGMAS: &[(&str, &str, &str)] = &[
    ("busy_timeout", "5000", "5000"),
    ("journal_mode", "wal", "wal"),
    ("synchronous", "full", "2"),
    ("foreign_keys", "on", "1"),
    ("trusted_schema", "off", "0"),
];
const PATIENCE: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

#[derive(Clone)]
pub struct Db {
    writer: AnyPool,
    readers: AnyPool,
}

impl Db {
    /// Opens the database, makes it if it is not there, brings it up to date, and checks that the
    /// safety settings took.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        if let Some(folder) = file(url).and_then(Path::parent) {
            std::fs::create_dir_all(folder)?;
        }
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}mode=rwc");
        let writer = pool(1).connect(&url).await?;
        SQLITE.run(&writer).await?;
        let readers = pool(READERS).connect(&url).await?;
        Ok(Self { writer, readers })
    }

    /// For statements that only read.
    pub fn reader(&self) -> &AnyPool {
        &self.readers
    }

    /// A write transaction; what is not committed is undone.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx(self.writer.begin_with("begin immediate").await?))
    }

    /// A transaction that only reads, and sees one state of the data throughout.
    pub async fn begin_read(&self) -> Result<Tx> {
        Ok(Tx(self.readers.begin().await?))
    }

    /// Lets open connections finish and folds the log back into the database file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// An open write transaction. Statements run on `&mut *tx`.
pub struct Tx(Transaction<'static, Any>);

impl Tx {
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

fn pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| Box::pin(prepare(connection)))
}

/// Sets up a new connection and checks that the settings took.
async fn prepare(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for (pragma, value, wanted) in PRAGMAS {
        let set = sqlx::AssertSqlSafe(format!("pragma {pragma} = {value}"));
        connection.execute(set).await?;
        let read = sqlx::AssertSqlSafe(format!("pragma {pragma}"));
        let row = connection.fetch_one(read).await?;
        let found =
            row.try_get(0).or_else(|_| row.try_get::<i64, _>(0).map(|it| it.to_string()))?;
        if found != *wanted {
            let complaint = format!("SQLite did not take {pragma} = {value}, it is {found}");
            return Err(sqlx::Error::Configuration(complaint.into()));
        }
    }
    Ok(())
}

fn file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?.split('?').next()?;
    Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
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
        let passing = match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
            // SQLITE_BUSY 5, SQLITE_LOCKED 6, SQLITE_FULL 13, each with extended codes above the low byte.
            sqlx::Error::Database(cause) => cause
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| matches!(code & 0xff, 5 | 6 | 13)),
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

/// Whether a statement failed because the value is there already.
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|cause| cause.is_unique_violation())
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
