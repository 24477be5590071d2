//! Seals what the database keeps but must not know, such as the secrets of one-time codes. The key is in
//! the configuration, or in a file beside a SQLite database, and never in the database.

use super::{
    config::Config,
    db::{self, Kind},
    secret,
};
use crate::error::{Error, Result};
use aes_gcm::{
    Aes256Gcm, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use anyhow::{Context, bail, ensure};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// The fewest characters of a key; 32 random bytes have more as base64.
const MIN_KEY_CHARS: usize = 32;
const NONCE_BYTES: usize = 12;

/// Returns what is wrong with the setting of the key, in words.
pub fn check(config: &Config) -> Result<(), String> {
    let key = config.secret_key.trim();
    let is_shared = Kind::of(&config.database_url) == Some(Kind::Postgres);
    let wrong = match key.len() {
        0 if is_shared => "is not set, and every instance needs the same",
        1..MIN_KEY_CHARS => "is so short that it could be guessed",
        _ => return Ok(()),
    };
    Err(format!(
        "SECRET_KEY {wrong}: set it to 32 random bytes, such as `openssl rand -base64 32` prints."
    ))
}

pub struct Seal {
    cipher: Aes256Gcm,
    /// Tells keys apart, and says nothing about them.
    pub key_id: String,
}

impl Seal {
    /// With SECRET_KEY, or else with the file beside the SQLite database, which is made if it is not there.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        if !config.secret_key.trim().is_empty() {
            return Ok(Self::with(&config.secret_key));
        }
        let Some(database) = db::file(&config.database_url) else {
            bail!("SECRET_KEY is not set");
        };
        Ok(Self::with(&key_of_file(&database.with_extension("key"))?))
    }

    fn with(text: &str) -> Self {
        let key = secret::sha256(&[b"latchkey secret key v1\0", text.trim().as_bytes()]);
        let id = secret::sha256(&[b"latchkey secret key id v1\0", &key]);
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key));
        Self { cipher, key_id: secret::base64url(&id[..9]) }
    }

    /// Seals a text for one purpose and one owner: with another `about` it does not open.
    pub fn seal(&self, text: &[u8], about: &str) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: text, aad: about.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| {
            tracing::error!("a text cannot be sealed");
            Error::Internal
        })?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`Self::seal`] made; nothing if the key is another one by now.
    pub fn open_sealed(&self, sealed: &[u8], about: &str) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: about.as_bytes() };
        self.cipher.decrypt(&Nonce::from(nonce), payload).ok()
    }
}

/// The key in a file that only its owner can read. The file gets its name only once it is complete.
fn key_of_file(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    if !path.exists() {
        let unfinished = path.with_extension(format!("key.{}", std::process::id()));
        make_key(&unfinished)
            .and_then(|()| fs::hard_link(&unfinished, path))
            // Another start was quicker: its key is as good.
            .or_else(|error| if path.exists() { Ok(()) } else { Err(error) })
            .with_context(|| format!("{shown} cannot be made"))?;
        fs::remove_file(&unfinished).ok();
    }
    let mode = fs::metadata(path)?.permissions().mode();
    ensure!(mode & 0o077 == 0, "others can read {shown}: run chmod 600 {shown}");
    let key = fs::read_to_string(path).with_context(|| format!("{shown} cannot be read"))?;
    ensure!(key.trim().len() >= MIN_KEY_CHARS, "{shown} holds no key: restore it from a copy");
    Ok(key)
}

fn make_key(path: &Path) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(secret::base64url(&secret::random()).as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn what_is_sealed_opens_for_its_owner_with_the_same_key_alone() {
        let seal = Seal::with("a key of at least thirty-two characters");
        let sealed = seal.seal(b"secret", "ann").expect("a seal");
        assert_ne!(sealed, seal.seal(b"secret", "ann").expect("another nonce"));
        assert_eq!(seal.open_sealed(&sealed, "ann").as_deref(), Some(&b"secret"[..]));
        assert_eq!(seal.open_sealed(&sealed, "bob"), None);
        let other = Seal::with("another key of at least thirty-two characters");
        assert_eq!(other.open_sealed(&sealed, "ann"), None);
        assert_ne!(seal.key_id, other.key_id);
        for broken in [&sealed[..5], &sealed[..20], &[]] {
            assert_eq!(seal.open_sealed(broken, "ann"), None);
        }
    }

    #[test]
    fn a_key_is_long_and_on_postgresql_there_is_one() {
        let check_with = |url, key| {
            check(&Config::parse_from(["latchkey", "--database-url", url, "--secret-key", key]))
        };
        let long = "a key of thirty-two characters at least";
        assert_eq!(check_with("sqlite://data/x.db", ""), Ok(()));
        assert_eq!(check_with("sqlite://data/x.db", long), Ok(()));
        assert_eq!(check_with("postgres://localhost/x", long), Ok(()));
        let refusal = check_with("postgres://localhost/x", " ").expect_err("a refusal");
        assert!(
            refusal.starts_with("SECRET_KEY is not set, and every instance needs"),
            "{refusal}"
        );
        let refusal = check_with("sqlite://data/x.db", &long[..31]).expect_err("a refusal");
        assert!(refusal.starts_with("SECRET_KEY is so short"), "{refusal}");
    }

    #[test]
    fn the_key_of_a_file_is_made_once_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("latchkey.key");
        let key = key_of_file(&path).expect("a key");
        assert_eq!(key.len(), 43);
        assert_eq!(key_of_file(&path).expect("the same"), key);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a mode");
        assert!(key_of_file(&path).expect_err("a refusal").to_string().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
        fs::write(&path, "").expect("a file");
        assert!(key_of_file(&path).expect_err("a refusal").to_string().contains("holds no key"));
    }
}
