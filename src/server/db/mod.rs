//! The database: migrations, reads, and write transactions. On SQLite there is one writer, and a
//! write transaction takes its lock when it begins, so that a read inside it can never be overtaken
//! (DB-02). On PostgreSQL a transaction that decides by what it has read locks the rows that it
//! decides about, with [`Tx::lock`].

mod connection;
mod errors;
mod rows;

pub use connection::{Kind, claim, file, migrate, url};
pub use errors::OnDuplicate;
pub use rows::{Read, end_of_page, from_json, json, row_as_json, rows_to_read};

use self::connection::{connect_postgres, connect_sqlite};
use crate::error::{Error, Result};
use sqlx::{Any, AnyConnection, AnyPool, SqlSafeStr, Transaction, pool::PoolConnection};
use std::ops::{Deref, DerefMut};

/// How many expired rows one statement deletes at most.
const SWEEP_ROWS: i64 = 1000;
/// The most rows of strangers that outlast a sweep. The oldest go first: whoever is signing in right now has
/// one of the newest, however many others there are.
const MAX_OF_STRANGERS: i64 = 50_000;

pub struct Db {
    kind: Kind,
    writer: AnyPool,
    readers: AnyPool,
    /// How often a pool was asked for a connection, each of which is a trip to the database or more; a
    /// transaction that reads takes two more, to begin and to end.
    #[cfg(test)]
    pub trips: std::sync::atomic::AtomicUsize,
}

impl Db {
    /// Opens the database, brings it up to date, and checks that the safety settings took. A SQLite
    /// file is made if it is not there.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        match Kind::of(url) {
            Some(Kind::Postgres) => {
                let pool = connect_postgres(url).await?;
                Ok(Self::new(Kind::Postgres, pool.clone(), pool))
            }
            _ => {
                let (writer, readers) = connect_sqlite(url).await?;
                Ok(Self::new(Kind::Sqlite, writer, readers))
            }
        }
    }

    fn new(kind: Kind, writer: AnyPool, readers: AnyPool) -> Self {
        Self {
            kind,
            writer,
            readers,
            #[cfg(test)]
            trips: Default::default(),
        }
    }

    fn note_trip(&self) {
        #[cfg(test)]
        self.trips.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The pool for statements that only read.
    pub fn reader(&self) -> &AnyPool {
        self.note_trip();
        &self.readers
    }

    /// The pool for a single statement that is a transaction by itself. Read all that it returns: only
    /// then is it known to be committed.
    pub fn writer(&self) -> &AnyPool {
        self.note_trip();
        &self.writer
    }

    /// Takes a connection that may write, for a call that does more than one thing.
    pub async fn connect(&self) -> Result<Connection> {
        self.take(&self.writer).await
    }

    async fn take(&self, pool: &AnyPool) -> Result<Connection> {
        self.note_trip();
        Ok(Connection { connection: pool.acquire().await?, kind: self.kind })
    }

    /// Begins a write transaction; what is not committed is undone.
    pub async fn begin(&self) -> Result<Tx> {
        self.connect().await?.begin().await
    }

    /// Deletes expired rows, so few at a time that no other statement waits for long. `sql` deletes at
    /// most `$2` of the rows whose time is at or before `$1`, in milliseconds since 1970 UTC. It repeats
    /// that condition outside its subquery: on PostgreSQL a chosen row may have been renewed meanwhile.
    pub async fn sweep(&self, sql: &'static str, until: i64) -> Result<()> {
        loop {
            let swept = sqlx::query(sql).bind(until).bind(SWEEP_ROWS).execute(&self.writer).await?;
            if swept.rows_affected() < SWEEP_ROWS as u64 {
                return Ok(());
            }
        }
    }

    /// Deletes what a flood of strangers has left, but for the newest: `sql` takes how many rows it deletes
    /// at most, and how many are kept (RTL-06).
    pub async fn sweep_flood(&self, sql: &'static str) -> Result<()> {
        let all = i64::from(i32::MAX);
        sqlx::query(sql).bind(all).bind(MAX_OF_STRANGERS).execute(&self.writer).await?;
        Ok(())
    }

    /// Begins a write transaction that decides by what it reads of a user; each user has one at a time.
    pub async fn begin_for(&self, user_id: &str) -> Result<Tx> {
        self.connect().await?.begin_for(user_id).await
    }

    /// Begins a transaction that only reads, and sees one state of the data throughout.
    pub async fn begin_read(&self) -> Result<Tx> {
        let begin = match self.kind {
            Kind::Sqlite => "begin",
            Kind::Postgres => "begin isolation level repeatable read read only",
        };
        self.note_trip();
        self.note_trip();
        self.take(&self.readers).await?.begin_with(begin).await
    }

    /// How many connections are open, and how many of them are idle.
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

/// A connection outside a transaction. Each statement on `&mut *connection` is a transaction by itself.
pub struct Connection {
    connection: PoolConnection<Any>,
    kind: Kind,
}

impl Connection {
    /// Like [`Db::begin`], on this connection.
    pub async fn begin(self) -> Result<Tx> {
        let begin = match self.kind {
            Kind::Sqlite => "begin immediate",
            Kind::Postgres => "begin",
        };
        self.begin_with(begin).await
    }

    /// Like [`Db::begin_for`], on this connection.
    pub async fn begin_for(self, user_id: &str) -> Result<Tx> {
        let mut tx = self.begin().await?;
        tx.lock("users", &[user_id]).await?;
        Ok(tx)
    }

    async fn begin_with(self, begin: &'static str) -> Result<Tx> {
        let begun = Transaction::begin(self.connection, Some(begin.into_sql_str()));
        let transaction = match self.kind {
            Kind::Sqlite => begun.await?,
            // A client that hangs up must not cancel this half way: sqlx would then take the connection
            // for one without a transaction. A transaction that nobody waits for is rolled back.
            Kind::Postgres => tokio::spawn(begun).await.map_err(|_| Error::Unavailable)??,
        };
        Ok(Tx { transaction, kind: self.kind })
    }
}

impl Deref for Connection {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

/// An open transaction. Statements run on `&mut *tx`.
pub struct Tx {
    transaction: Transaction<'static, Any>,
    kind: Kind,
}

impl Tx {
    pub async fn commit(self) -> Result<()> {
        Ok(self.transaction.commit().await?)
    }

    /// Locks rows until the transaction ends, always in one order, so that no two transactions wait for
    /// each other. SQLite needs no locks, since it has only one writer.
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

    /// Locks a name that stands for more than one row, until the transaction ends. Take it after all rows.
    pub async fn lock_name(&mut self, name: &'static str) -> Result<()> {
        if self.kind == Kind::Postgres {
            sqlx::query("select pg_advisory_xact_lock(hashtext(current_schema()), hashtext($1))")
                .bind(name)
                .execute(&mut **self)
                .await?;
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
