//! Hashes passwords and checks them. Slow on purpose, so never on the threads that serve requests,
//! and only a few at a time: beyond that the answer is 503 and not a longer queue.

use crate::error::{Error, Result};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

/// At work at once, and in all with those that wait.
const WORKERS: usize = 2;
const PLACES: usize = 16;
/// A hash of nothing anybody knows, checked where there is no account so that it takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bGF0Y2hrZXktbm9ib2R5$hLoMsUuD1WZ5BYZmAVKmPLVE5tjbDkXg0LmSG4h2kKw";

/// The most bytes that are hashed (PWD-02).
const LONGEST: usize = 1024;

/// A password as it is compared: one form of a text however it was typed (Unicode NFC, NIST
/// SP 800-63B-4, 3.1.1.2), and never more than 1,024 bytes.
pub struct Password(String);

impl Password {
    /// Nothing for one that is too long.
    pub fn read(typed: &str) -> Option<Self> {
        let text: String = typed.nfc().collect();
        (text.len() <= LONGEST).then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a password compares with what is stored.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    Right,
    /// Right, and here is a hash by today's parameters to keep instead.
    Outdated(String),
    Wrong,
}

#[derive(Clone, Debug)]
pub struct Passwords {
    workers: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            workers: Arc::new(Semaphore::new(WORKERS)),
            places: Arc::new(Semaphore::new(PLACES)),
        }
    }
}

impl Passwords {
    /// A place for one hash, or [`Error::Unavailable`].
    pub fn enter(&self) -> Result<Place> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Error::Unavailable)?;
        Ok(Place { place, workers: self.workers.clone() })
    }

    /// Leaves no place for anybody, as long as what is returned is kept.
    #[cfg(test)]
    pub fn take_every_place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_many_owned(PLACES as u32).ok()
    }

    /// Lets nobody hash anything, as long as what is returned is kept.
    #[cfg(test)]
    pub fn take_every_worker(&self) -> Option<OwnedSemaphorePermit> {
        self.workers.clone().try_acquire_many_owned(WORKERS as u32).ok()
    }
}

/// Room for one hash to be made.
pub struct Place {
    place: OwnedSemaphorePermit,
    workers: Arc<Semaphore>,
}

impl Place {
    /// The PHC string to keep of a password that is good, or nothing. Whether it is takes its time
    /// as well.
    pub async fn hash(
        self,
        password: Password,
        is_good: impl FnOnce(&Password) -> bool + Send + 'static,
    ) -> Result<Option<String>> {
        self.work(move || is_good(&password).then(|| hash(&password)).transpose()).await?
    }

    /// Compares what was typed, in the same time whether there is something stored or not.
    pub async fn verify(self, typed: &str, stored: Option<String>) -> Result<Verdict> {
        let password = Password::read(typed);
        self.work(move || {
            let known = stored.is_some() && password.is_some();
            let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
            let password = password.unwrap_or(Password(String::new()));
            let parsed = PasswordHash::new(&stored).map_err(internal)?;
            let fits = argon2().verify_password(password.0.as_bytes(), &parsed).is_ok();
            Ok(match (known && fits, is_current(&parsed)) {
                (false, _) => Verdict::Wrong,
                (true, true) => Verdict::Right,
                (true, false) => Verdict::Outdated(hash(&password)?),
            })
        })
        .await?
    }

    /// Runs it on a thread that may be slow. A caller who goes away does not free its place early.
    async fn work<T: Send + 'static>(self, slow: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let worker = self.workers.clone().acquire_owned().await.map_err(internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = (self.place, worker);
            slow()
        });
        done.await.map_err(internal)
    }
}

/// Argon2id with 19 MiB, two passes, one lane (PWD-03).
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

fn is_current(stored: &PasswordHash<'_>) -> bool {
    stored.algorithm == Algorithm::Argon2id.ident()
        && Params::try_from(stored).is_ok_and(|params| {
            let now = Params::default();
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (now.m_cost(), now.t_cost(), now.p_cost())
        })
}

fn hash(password: &Password) -> Result<String> {
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(internal)?;
    let hash = argon2().hash_password(password.0.as_bytes(), &salt).map_err(internal)?;
    Ok(hash.to_string())
}

fn internal(error: impl std::fmt::Display) -> Error {
    tracing::error!(%error, "a password cannot be hashed");
    Error::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_is_checked_like_everybody_and_never_right() {
        assert!(PasswordHash::new(NOBODY).is_ok_and(|nobody| is_current(&nobody)));
        let verdict = async { Passwords::default().enter()?.verify("", None).await }.await;
        assert_eq!(verdict, Ok(Verdict::Wrong));
    }
}
