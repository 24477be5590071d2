//! Whether this instance can do its work, as far as it knows.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};
use tokio::sync::Mutex;

#[derive(Default)]
pub struct Health {
    stopping: AtomicBool,
    pub last_probe: Mutex<Option<Probe>>,
}

/// The last write that was tried, and whether it worked.
#[derive(Clone, Copy)]
pub struct Probe {
    pub at: Instant,
    pub worked: bool,
}

impl Health {
    /// Reports from now on that this instance takes no more requests.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
