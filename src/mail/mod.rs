#![cfg(feature = "ssr")]
//! Mail: an outbox that a worker sends from, and the codes that prove an address. A mail is written in
//! the transaction of the act that it is about, so that neither is ever without the other. No code or
//! link of a mail is ever logged.

pub mod codes;
pub mod feature;
mod letter;
pub mod limits;
pub mod outbox;
pub mod smtp;
pub mod worker;

pub use letter::{Letter, Part};
