//! Random values and digests. What a client holds is stored as a digest only.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
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

/// Bytes as people copy them: base32 in groups of four.
pub fn grouped_base32(bytes: &[u8]) -> String {
    let text = BASE32_NOPAD.encode(bytes);
    let groups: Vec<_> =
        (0..text.len()).step_by(4).map(|at| &text[at..text.len().min(at + 4)]).collect();
    groups.join("-")
}

/// Reads what [`grouped_base32`] wrote and somebody typed: in any case, with any spaces and dashes, and
/// with the digits that are not in the alphabet for the letters that they look like.
pub fn read_base32(typed: &str) -> Option<Vec<u8>> {
    let clean: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            '0' => 'O',
            '1' => 'I',
            '8' => 'B',
            c => c,
        })
        .collect();
    BASE32_NOPAD.decode(clean.as_bytes()).ok()
}
