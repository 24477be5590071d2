//! Hashes passwords and checks them. Slow on purpose, so never on the threads that serve requests,
//! and only a few at a time: beyond that the answer is 503 and not a longer queue.

use crate::error::{Error, Result};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher, Salt, SaltString},
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

/// A password that is right.
#[derive(Debug, PartialEq)]
pub struct Match {
    /// Which of the stored hashes it fits.
    pub at: usize,
    /// A hash by today's parameters to keep instead, where that one is by older ones.
    pub renewed: Option<String>,
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
    /// as well. One that is kept beside another has that one's salt, so that both together cost one
    /// hash to check, and how long it takes tells nobody that there are two.
    pub async fn hash(
        self,
        password: Password,
        beside: Option<String>,
        is_good: impl FnOnce(&Password) -> bool + Send + 'static,
    ) -> Result<Option<String>> {
        self.work(move || {
            let salt = beside.as_deref().and_then(|it| PasswordHash::new(it).ok()?.salt);
            is_good(&password).then(|| hash(&password, salt)).transpose()
        })
        .await?
    }

    /// Compares what was typed, in the same time whether there is something stored or not.
    pub async fn verify(self, typed: &str, stored: Vec<String>) -> Result<Option<Match>> {
        let password = Password::read(typed);
        self.work(move || {
            let known = !stored.is_empty() && password.is_some();
            let stored = if stored.is_empty() { vec![NOBODY.to_owned()] } else { stored };
            let password = password.unwrap_or(Password(String::new()));
            Ok(find_match(&password, &stored)?.filter(|_| known))
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

fn hash(password: &Password, salt: Option<Salt<'_>>) -> Result<String> {
    let new = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(internal)?;
    let salt = salt.unwrap_or(new.as_salt());
    let hash = argon2().hash_password(password.0.as_bytes(), salt).map_err(internal)?;
    Ok(hash.to_string())
}

/// The first of the stored hashes that a password fits. Those of one salt and the same parameters take
/// one computation together.
fn find_match(password: &Password, stored: &[String]) -> Result<Option<Match>> {
    let mut made: Option<PasswordHash<'_>> = None;
    for (at, stored) in stored.iter().enumerate() {
        let stored = PasswordHash::new(stored).map_err(internal)?;
        let alike = |it: &PasswordHash<'_>| {
            (it.algorithm, it.version, &it.params, it.salt)
                == (stored.algorithm, stored.version, &stored.params, stored.salt)
        };
        if !made.as_ref().is_some_and(alike) {
            let params = Params::try_from(&stored).map_err(internal)?;
            let salt = stored.salt.ok_or_else(|| internal("a hash without a salt"))?;
            let version = stored.version;
            let hashed = argon2().hash_password_customized(
                password.0.as_bytes(),
                Some(stored.algorithm),
                version,
                params,
                salt,
            );
            made = Some(hashed.map_err(internal)?);
        }
        if made.as_ref().is_some_and(|made| made.hash == stored.hash) {
            let renewed = if is_current(&stored) { None } else { Some(hash(password, None)?) };
            return Ok(Some(Match { at, renewed }));
        }
    }
    Ok(None)
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
        let verdict = async { Passwords::default().enter()?.verify("", Vec::new()).await }.await;
        assert_eq!(verdict, Ok(None));
    }
}
