//! Hashes passwords and checks them. Slow on purpose, so never on the threads that serve requests,
//! and only a few at a time: beyond that the answer is 503 and not a longer queue. New passwords have
//! slots of their own, so that they take none from those who sign in or confirm something.

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

/// Passwords that are hashed at once, and new ones whose quality is judged at once.
const WORKERS: usize = 2;
const JUDGES: usize = 1;
/// Passwords that are checked or wait for it, in all and of one network.
const CHECKS: usize = 32;
const CHECKS_OF_ONE: usize = 6;
/// The same for new passwords.
const NEW: usize = 16;
const NEW_OF_ONE: usize = 2;
/// A hash of nothing anybody knows, checked where there is no account so that it takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bGF0Y2hrZXktbm9ib2R5$hLoMsUuD1WZ5BYZmAVKmPLVE5tjbDkXg0LmSG4h2kKw";

/// The most bytes that are hashed (PWD-02).
const MAX_PASSWORD_BYTES: usize = 1024;

/// A password as it is compared: one form of a text however it was typed (Unicode NFC, NIST
/// SP 800-63B-4, 3.1.1.2), and never more than 1,024 bytes.
pub struct Password(String);

impl Password {
    /// Nothing for one that is too long.
    pub fn read(typed: &str) -> Option<Self> {
        let text: String = typed.nfc().collect();
        (text.len() <= MAX_PASSWORD_BYTES).then_some(Self(text))
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

    /// A slot for a client's password to be checked, or [`Error::Unavailable`].
    pub fn reserve(&self, client: Option<IpAddr>) -> Result<HashingSlot> {
        Ok(HashingSlot { _slot: self.checks.take(client)?, passwords: self.clone() })
    }

    /// The same for a new password.
    pub fn reserve_new(&self, client: Option<IpAddr>) -> Result<NewPasswordSlot> {
        Ok(NewPasswordSlot(HashingSlot { _slot: self.new.take(client)?, passwords: self.clone() }))
    }

    /// Leaves no slot for anybody, as long as what is returned is kept.
    #[cfg(test)]
    pub fn take_every_slot(&self) -> Vec<Slot> {
        [self.checks.take_all(), self.new.take_all()].into_iter().flatten().collect()
    }

    /// The same for new passwords alone.
    #[cfg(test)]
    pub fn take_every_new_slot(&self) -> Vec<Slot> {
        self.new.take_all()
    }

    /// Lets nobody hash anything, as long as what is returned is kept.
    #[cfg(test)]
    pub fn take_every_worker(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        self.workers.clone().try_acquire_many_owned(WORKERS as u32).ok()
    }
}

/// Room for one password to be checked.
pub struct HashingSlot {
    _slot: Slot,
    passwords: Passwords,
}

/// Room for one new password to be judged and hashed.
pub struct NewPasswordSlot(HashingSlot);

impl NewPasswordSlot {
    /// The PHC string to keep of a password that is good, or nothing. One that is kept beside another
    /// has that one's salt, so that both together cost one hash to check, and how long it takes tells
    /// nobody that there are two.
    pub async fn hash(
        self,
        password: Password,
        beside: Option<String>,
        is_good: impl FnOnce(&Password) -> bool + Send + 'static,
    ) -> Result<Option<String>> {
        let Self(slot) = self;
        // Judging costs as much as hashing, and must not keep those waiting who sign in.
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
    /// Compares what was typed, in the same time whether there is something stored or not.
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

    /// Runs it on a thread that may be slow. A caller who goes away does not free the slot early.
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

/// What Argon2 works in, 19 MiB for each worker, kept and used again: memory that is given back and
/// taken anew on many threads stays with the process many times over.
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

/// The first of the stored hashes that a password fits. Those of one salt and the same parameters take
/// one computation together.
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
        // Compared in constant time.
        if made.as_ref().is_some_and(|made| made.hash == stored.hash) {
            let current = is_current(&stored);
            let renewed = (!current).then(|| hash(memory, password, None)).transpose()?;
            return Ok(Some(Match { at, renewed }));
        }
    }
    Ok(None)
}

/// A password's hash with the salt and by the parameters of a stored one.
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
