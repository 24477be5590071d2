//! Random values and digests. What a client holds is stored as a digest only.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// 32 bytes that nobody can guess.
pub fn random() -> [u8; 32] {
    rand::random()
}

pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
}

pub fn base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

/// The digest under which the database knows a cookie's value.
pub fn digest(value: &str) -> String {
    base64url(&sha256(&[value.as_bytes()]))
}
