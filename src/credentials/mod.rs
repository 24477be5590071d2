#![cfg(feature = "ssr")]
//! The credentials of users: passkeys, passwords, recovery codes. Nothing in here opens a session or
//! confirms an action.

pub mod feature;
pub mod method;
pub mod passkeys;
pub mod password;
pub mod password_rules;
pub mod providers;
pub mod recovery_codes;
pub mod response;
pub mod webauthn;

/// The fewest characters of a password that signs in by itself (PWD-01).
pub const MIN_PASSWORD_CHARS: usize = 15;
