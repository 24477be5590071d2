//! Argon2id: how a password is hashed and compared. Slow on purpose; [`hashing`](super::hashing) says
//! where and how often it runs.

use crate::error::{Error, Result};
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{self, Output, ParamsString, PasswordHash, Salt, SaltString},
};
use std::sync::{Arc, Mutex, PoisonError};
use unicode_normalization::UnicodeNormalization;

/// The hash of a password that nobody knows. It is verified where there is no account, to take as long.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bGF0Y2hrZXktbm9ib2R5$hLoMsUuD1WZ5BYZmAVKmPLVE5tjbDkXg0LmSG4h2kKw";

/// The longest password that is hashed, in bytes (PWD-02).
const MAX_PASSWORD_BYTES: usize = 1024;

/// A password in the form that is hashed: the same however it was typed (Unicode NFC, NIST SP 800-63B-4,
/// 3.1.1.2), and at most 1,024 bytes long.
#[derive(Default)]
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

/// The memory that Argon2 works in, 19 MiB for each worker. It is kept and reused: memory that is freed
/// and allocated again on many threads stays with the process many times over.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Vec<Vec<Block>>>>);

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
pub fn hash(memory: &Memory, password: &Password, salt: Option<Salt<'_>>) -> Result<String> {
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
pub fn find_match(
    memory: &Memory,
    password: &Password,
    stored: &[String],
) -> Result<Option<Match>> {
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

pub fn internal(error: impl std::fmt::Display) -> Error {
    tracing::error!(%error, "a password cannot be hashed");
    Error::Internal
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    #[test]
    fn the_hash_of_nobody_is_by_the_parameters_of_today() {
        assert!(PasswordHash::new(NOBODY).is_ok_and(|nobody| is_current(&nobody)));
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
