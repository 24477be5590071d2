//! The one clock, for expiry times and for ids that sort by time. It never goes back, whatever the
//! system's clock does: within a process it only counts forwards, and through the row of `probe` a
//! restarted process and every other instance go on from the latest time that any of them knew.

use super::db::{Db, Kind, Read};
use crate::error::Result;
use sqlx::AnyConnection;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use uuid::{ContextV7, Timestamp, Uuid};

/// A time further ahead of the system's clock than this is a mistake, which must not last.
const CREDIBLE: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    started: Instant,
    /// The time at the start, as far as is known by now; only ever corrected forwards.
    base: AtomicI64,
    /// Makes ids of the same millisecond rise as well.
    ids: Mutex<ContextV7>,
    #[cfg(test)]
    faked: Faked,
}

/// What a test has done to the clocks, in milliseconds.
#[cfg(test)]
#[derive(Debug, Default)]
struct Faked {
    /// How far the test has moved the time on.
    passed: AtomicI64,
    /// How far the system's clock was set forwards.
    set: AtomicI64,
    /// The time at which the system's clock stands still, if it does.
    stopped: Option<i64>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            base: AtomicI64::default(),
            ids: Mutex::new(ContextV7::new()),
            #[cfg(test)]
            faked: Faked::default(),
        }
    }
}

impl Clock {
    /// Milliseconds since 1970 UTC.
    pub fn now(&self) -> i64 {
        let elapsed = self.elapsed();
        // The system's clock may jump forwards, such as after the machine slept.
        let base = self.system() - elapsed;
        self.0.base.fetch_max(base, Ordering::Relaxed).max(base) + elapsed
    }

    /// Returns an id that sorts after every id that this clock returned before.
    pub fn new_id(&self) -> String {
        let now = Duration::from_millis(u64::try_from(self.now()).unwrap_or_default());
        let ids = self.0.ids.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*ids, now.as_secs(), now.subsec_nanos())).to_string()
    }

    /// Writes the time to the database, and goes on from the latest time that is known there. Logs a
    /// warning where a clock is too far ahead: that clock has to be set right.
    pub async fn agree(&self, db: &Db) -> Result<()> {
        let mut tx = db.begin().await?;
        self.agree_on(&mut tx).await?;
        tx.commit().await
    }

    pub async fn agree_on(&self, db: &mut AnyConnection) -> Result<()> {
        let credible = self.system() + millis(CREDIBLE);
        let mistaken = sqlx::query("select at from probe where at > $1")
            .bind(credible)
            .fetch_optional(&mut *db)
            .await?;
        if mistaken.is_some() || self.now() > credible {
            tracing::warn!(
                "a clock is more than a day ahead of this machine's: set the wrong one right, and restart what ran on it"
            );
        }
        // Writes as much as the largest transaction, or a full disk would go unnoticed; random bytes,
        // since SQLite does not write what has not changed. PostgreSQL stops when its disk is full.
        let room = match Kind::of_connection(db) {
            Kind::Sqlite => "randomblob(262144)",
            Kind::Postgres => "null",
        };
        let agreed = sqlx::query(sqlx::AssertSqlSafe(format!(
            "insert into probe (id, at, room) values (1, $1, {room})
             on conflict (id) do update set room = excluded.room,
                 at = case when probe.at > excluded.at and probe.at <= $2 then probe.at
                           else excluded.at end
             returning at"
        )))
        .bind(self.now())
        .bind(credible)
        .fetch_one(db)
        .await?;
        let base = agreed.read::<i64>("at")? - self.elapsed();
        self.0.base.fetch_max(base, Ordering::Relaxed);
        Ok(())
    }

    /// The system's clock, in milliseconds since 1970 UTC, which may be set to anything.
    fn system(&self) -> i64 {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let system = millis(since_1970);
        #[cfg(test)]
        let system = self.0.faked.stopped.unwrap_or(system)
            + self.0.faked.passed.load(Ordering::Relaxed)
            + self.0.faked.set.load(Ordering::Relaxed);
        system
    }

    /// Milliseconds since the start, whatever the system's clock is set to.
    pub fn elapsed(&self) -> i64 {
        let elapsed = millis(self.0.started.elapsed());
        #[cfg(test)]
        let elapsed = self.0.faked.stopped.map_or(elapsed, |_| 0)
            + self.0.faked.passed.load(Ordering::Relaxed);
        elapsed
    }
}

#[cfg(test)]
impl Clock {
    /// Makes a clock that moves only when it is told to.
    pub fn stopped() -> Self {
        Self::of_test(Some(Self::default().now()), 0)
    }

    /// Makes the clock of another process, on a machine whose clock is `behind` by so much.
    pub fn of_another_process(&self, behind: Duration) -> Self {
        let Faked { passed, set, stopped } = &self.0.faked;
        let ahead = passed.load(Ordering::Relaxed) + set.load(Ordering::Relaxed) - millis(behind);
        Self::of_test(*stopped, ahead)
    }

    fn of_test(stopped: Option<i64>, set: i64) -> Self {
        let faked = Faked { stopped, set: set.into(), passed: AtomicI64::default() };
        Self(Arc::new(Shared { faked, ..Shared::default() }))
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.0.faked.passed.fetch_add(millis(by), Ordering::Relaxed);
    }

    /// Sets the system's clock back.
    pub fn turn_back(&self, by: Duration) {
        self.0.faked.set.fetch_sub(millis(by), Ordering::Relaxed);
    }
}

/// A duration in milliseconds, as the database stores it.
pub const fn millis(duration: Duration) -> i64 {
    duration.as_millis() as i64
}
