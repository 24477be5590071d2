//! The one clock. Everything that expires asks it, so that tests can move time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    /// Milliseconds ahead of the system's clock; zero outside tests.
    ahead: Arc<AtomicI64>,
    /// The time at which a test has stopped it, apart from what it is moved by.
    #[cfg(test)]
    stopped: Option<i64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            ahead: Arc::default(),
            #[cfg(test)]
            stopped: None,
        }
    }
}

impl Clock {
    /// Milliseconds since 1970 UTC.
    pub fn now(&self) -> i64 {
        #[cfg(test)]
        if let Some(stopped) = self.stopped {
            return stopped + self.ahead.load(Ordering::Relaxed);
        }
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        millis(since_1970) + self.ahead.load(Ordering::Relaxed)
    }

    /// Milliseconds since the start: time as it passes, whatever the system's clock is set to.
    pub fn elapsed(&self) -> i64 {
        let ahead = self.ahead.load(Ordering::Relaxed).max(0);
        #[cfg(test)]
        if self.stopped.is_some() {
            return ahead;
        }
        millis(self.started.elapsed()) + ahead
    }

    /// One that moves only when it is told to.
    #[cfg(test)]
    pub fn stopped() -> Self {
        Self { stopped: Some(Self::default().now()), ..Self::default() }
    }

    #[cfg(test)]
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(millis(by), Ordering::Relaxed);
    }

    #[cfg(test)]
    pub fn turn_back(&self, by: Duration) {
        self.ahead.fetch_sub(millis(by), Ordering::Relaxed);
    }
}

/// A duration as the database keeps it.
pub const fn millis(duration: Duration) -> i64 {
    duration.as_millis() as i64
}
