//! Hashes and verifies passwords. This is slow on purpose, so it never runs on the threads that serve
//! requests, and only a few run at once: beyond that the answer is 503, not a longer queue. New
//! passwords have their own slots, so that they take none from users who sign in or confirm an action.

pub use super::argon::{Match, Password};

use super::{
    argon::{Memory, NOBODY, find_match, hash, internal},
    config::Switch,
    slots::{Slot, Slots},
};
use crate::error::Result;
use argon2::password_hash::PasswordHash;
use std::{net::IpAddr, sync::Arc};
use tokio::sync::Semaphore;

/// How many passwords are hashed at once, and how many new ones have their quality judged at once.
const WORKERS: usize = 2;
const JUDGES: usize = 1;
/// How many passwords are being verified or wait for it, in all and from one network.
const CHECKS: usize = 32;
const CHECKS_OF_ONE: usize = 6;
/// The same for new passwords.
const NEW: usize = 16;
const NEW_OF_ONE: usize = 2;

#[derive(Clone, Debug)]
pub struct Passwords {
    workers: Arc<Semaphore>,
    judges: Arc<Semaphore>,
    checks: Slots,
    new: Slots,
    memory: Memory,
}

impl Passwords {
    pub fn new(limited: Switch) -> Self {
        Self {
            workers: Arc::new(Semaphore::new(WORKERS)),
            judges: Arc::new(Semaphore::new(JUDGES)),
            checks: Slots::new(CHECKS, CHECKS_OF_ONE, limited),
            new: Slots::new(NEW, NEW_OF_ONE, limited),
            memory: Memory::default(),
        }
    }

    /// Takes a slot to verify a client's password, or fails with [`Error::Unavailable`].
    pub fn reserve(&self, client: Option<IpAddr>) -> Result<HashingSlot> {
        Ok(HashingSlot { _slot: self.checks.take(client)?, passwords: self.clone() })
    }

    /// Takes a slot for a new password in the same way.
    pub fn reserve_new(&self, client: Option<IpAddr>) -> Result<NewPasswordSlot> {
        Ok(NewPasswordSlot(HashingSlot { _slot: self.new.take(client)?, passwords: self.clone() }))
    }

    /// Takes every slot, for as long as the returned value is kept.
    #[cfg(test)]
    pub fn take_every_slot(&self) -> Vec<Slot> {
        [self.checks.take_all(), self.new.take_all()].into_iter().flatten().collect()
    }

    /// Takes every slot for new passwords in the same way.
    #[cfg(test)]
    pub fn take_every_new_slot(&self) -> Vec<Slot> {
        self.new.take_all()
    }

    /// Takes every worker, so that nothing is hashed while the returned value is kept.
    #[cfg(test)]
    pub fn take_every_worker(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        self.workers.clone().try_acquire_many_owned(WORKERS as u32).ok()
    }
}

/// The right to verify one password.
pub struct HashingSlot {
    _slot: Slot,
    passwords: Passwords,
}

/// The right to judge and hash one new password.
pub struct NewPasswordSlot(HashingSlot);

impl NewPasswordSlot {
    /// Returns the PHC string of a password, or nothing if `is_good` rejects it. A hash that is kept
    /// `beside` another takes that one's salt, so that verifying both costs one hash, and the time that
    /// it takes does not reveal that there are two.
    pub async fn hash(
        self,
        password: Password,
        beside: Option<String>,
        is_good: impl FnOnce(&Password) -> bool + Send + 'static,
    ) -> Result<Option<String>> {
        let Self(slot) = self;
        // Judging costs as much as hashing, and must not keep users waiting who sign in.
        let judges = slot.passwords.judges.clone();
        let judge = move |_: &Memory| is_good(&password).then_some(password);
        let (slot, good) = slot.work(&judges, judge).await?;
        let Some(password) = good else { return Ok(None) };
        let workers = slot.passwords.workers.clone();
        let make = move |memory: &Memory| {
            let salt = beside.as_deref().and_then(|it| PasswordHash::new(it).ok()?.salt);
            hash(memory, &password, salt)
        };
        slot.work(&workers, make).await?.1.map(Some)
    }
}

impl HashingSlot {
    /// Compares the typed password with the stored hashes. It takes the same time if there are none.
    pub async fn verify(self, typed: &str, stored: Vec<String>) -> Result<Option<Match>> {
        let password = Password::read(typed);
        let check = move |memory: &Memory| {
            let known = !stored.is_empty() && password.is_some();
            let stored = if stored.is_empty() { vec![NOBODY.to_owned()] } else { stored };
            let password = password.unwrap_or_default();
            Ok(find_match(memory, &password, &stored)?.filter(|_| known))
        };
        let workers = self.passwords.workers.clone();
        self.work(&workers, check).await?.1
    }

    /// Runs `slow` on a blocking thread. A caller that goes away does not free the slot early.
    async fn work<T: Send + 'static>(
        self,
        workers: &Arc<Semaphore>,
        slow: impl FnOnce(&Memory) -> T + Send + 'static,
    ) -> Result<(Self, T)> {
        let worker = workers.clone().acquire_owned().await.map_err(internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = slow(&self.passwords.memory);
            drop(worker);
            (self, done)
        });
        done.await.map_err(internal)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_is_checked_like_everybody_and_never_right() {
        let passwords = Passwords::new(Switch::On);
        let verdict = async { passwords.reserve(None)?.verify("", Vec::new()).await }.await;
        assert_eq!(verdict, Ok(None));
    }
}
