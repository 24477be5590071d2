//! Hashes and verifies passwords. This is slow on purpose, so it never runs on the threads that serve
//! requests, and only a few run at once: beyond that the answer is 503, not a longer queue. New
//! passwords have their own slots, so that they take none from users who sign in or confirm an action.

use super::{
    config::Switch,
    slots::{Slot, Slots},
};
use crate::error::{Error, Result};
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{self, Output, ParamsString, PasswordHash, Salt, SaltString},
};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

/// How many passwords are hashed at once, and how many new ones have their quality judged at once.
const WORKERS: usize = 2;
const JUDGES: usize = 1;
/// How many passwords are being verified or wait for it, in all and from one network.
const CHECKS: usize = 32;
const CHECKS_OF_ONE: usize = 6;
/// The same for new passwords.
const NEW: usize = 16;
const NEW_OF_ONE: usize = 2;
/// The hash of a password that nobody knows. It is verified where there is no account, to take as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bGF0Y2hrZXktbm9ib2R5$hLoMsUuD1WZ5BYZmAVKmPLVE5tjbDkXg0LmSG4h2kKw";

/// The longest password that is hashed, in bytes (PWD-02).
const MAX_PASSWORD_BYTES: usize = 1024;

/// A password in the form that is hashed: the same however it was typed (Unicode NFC, NIST SP 800-63B-4,
/// 3.1.1.2), and at most 1,024 bytes long.
pub struct Password(String);

impl Password {
    /// Returns nothing for a password that is too long.
    pub fn read(typed: &str) -> Option<Self> {
        let text: String = typed.nfc().collect();
        (text.len() <= MAX_PASSWORD_BYTES).then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The outcome for a correct password.
#[derive(Debug, PartialEq)]
pub struct Match {
    /// The index of the stored hash that it matches.
    pub at: usize,
    /// A new hash to store in place of one that was made with older parameters.
    pub renewed: Option<String>,
}

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
            let password = password.unwrap_or(Password(String::new()));
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

/// The memory that Argon2 works in, 19 MiB for each worker. It is kept and reused: memory that is freed
/// and allocated again on many threads stays with the process many times over.
#[derive(Clone, Debug, Default)]
struct Memory(Arc<Mutex<Vec<Vec<Block>>>>);

impl Memory {
    fn use_blocks<T>(&self, count: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let free = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut blocks = free().pop().unwrap_or_default();
        if blocks.len() < count {
            blocks.resize(count, Block::default());
        }
        let done = work(&mut blocks);
        free().push(blocks);
        done
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

/// A password's hash in the PHC string format, with a salt of its own unless one is given.
fn hash(memory: &Memory, password: &Password, salt: Option<Salt<'_>>) -> Result<String> {
    let new = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(internal)?;
    let salt = salt.unwrap_or(new.as_salt());
    let argon2 = argon2();
    let output = output(memory, &argon2, password, salt, Params::DEFAULT_OUTPUT_LEN);
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params()).map_err(internal)?,
        salt: Some(salt),
        hash: Some(output.map_err(internal)?),
    };
    Ok(hash.to_string())
}

/// Finds the first stored hash that a password matches. Consecutive hashes with the same salt and
/// parameters share one computation.
fn find_match(memory: &Memory, password: &Password, stored: &[String]) -> Result<Option<Match>> {
    let mut made: Option<PasswordHash<'_>> = None;
    for (at, stored) in stored.iter().enumerate() {
        let stored = PasswordHash::new(stored).map_err(internal)?;
        let alike = |it: &PasswordHash<'_>| {
            (it.algorithm, it.version, &it.params, it.salt)
                == (stored.algorithm, stored.version, &stored.params, stored.salt)
        };
        if !made.as_ref().is_some_and(alike) {
            made = Some(hash_like(memory, password, &stored).map_err(internal)?);
        }
        // This comparison takes constant time.
        if made.as_ref().is_some_and(|made| made.hash == stored.hash) {
            let current = is_current(&stored);
            let renewed = (!current).then(|| hash(memory, password, None)).transpose()?;
            return Ok(Some(Match { at, renewed }));
        }
    }
    Ok(None)
}

/// Hashes a password with the salt and the parameters of a stored hash.
fn hash_like<'a>(
    memory: &Memory,
    password: &Password,
    stored: &PasswordHash<'a>,
) -> password_hash::Result<PasswordHash<'a>> {
    let (Some(salt), Some(hash)) = (stored.salt, stored.hash) else {
        return Err(password_hash::Error::Password);
    };
    let algorithm = Algorithm::try_from(stored.algorithm)?;
    let version = stored.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let argon2 = Argon2::new(algorithm, version, Params::try_from(stored)?);
    let hash = output(memory, &argon2, password, salt, hash.len())?;
    Ok(PasswordHash { hash: Some(hash), ..stored.clone() })
}

fn output(
    memory: &Memory,
    argon2: &Argon2<'_>,
    password: &Password,
    salt: Salt<'_>,
    length: usize,
) -> password_hash::Result<Output> {
    let mut bytes = [0; 64];
    let salt = salt.decode_b64(&mut bytes)?;
    memory.use_blocks(argon2.params().block_count(), |blocks| {
        Output::init_with(length, |out| {
            Ok(argon2.hash_password_into_with_memory(password.0.as_bytes(), salt, out, blocks)?)
        })
    })
}

fn internal(error: impl std::fmt::Display) -> Error {
    tracing::error!(%error, "a password cannot be hashed");
    Error::Internal
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    #[tokio::test]
    async fn nobody_is_checked_like_everybody_and_never_right() {
        assert!(PasswordHash::new(NOBODY).is_ok_and(|nobody| is_current(&nobody)));
        let passwords = Passwords::new(Switch::On);
        let verdict = async { passwords.reserve(None)?.verify("", Vec::new()).await }.await;
        assert_eq!(verdict, Ok(None));
    }

    #[test]
    fn hashes_are_the_librarys_own_whatever_the_memory_held_before() {
        let memory = Memory::default();
        let password = Password("violet tractor hums at noon".to_owned());
        for _ in 0..2 {
            let ours = hash(&memory, &password, None).expect("a hash");
            let parsed = PasswordHash::new(&ours).expect("a PHC string");
            argon2().verify_password(password.0.as_bytes(), &parsed).expect("the same hash");
            assert_eq!(
                argon2().hash_password(password.0.as_bytes(), parsed.salt.expect("a salt")),
                Ok(parsed.clone())
            );
            let found = find_match(&memory, &password, std::slice::from_ref(&ours));
            assert_eq!(found, Ok(Some(Match { at: 0, renewed: None })));
            assert_eq!(find_match(&memory, &Password(String::new()), &[ours]), Ok(None));
        }
        assert_eq!(memory.0.lock().expect("a lock").len(), 1, "it was used again");
    }
}
