//! Tests over the router: no port, a database of their own, a clock they move, and authenticators
//! that really sign. One file a topic; a test's name is the rule it holds.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

pub(crate) mod account;
mod act;
mod add_passkey;
pub(crate) mod addresses;
mod authenticator;
mod bodies;
mod clock;
mod cross_site;
mod devices;
mod events;
mod export;
mod factors;
pub(crate) mod faults;
mod files;
mod grants;
mod headers;
pub(crate) mod http;
pub(crate) mod instances;
pub(crate) mod last_release; // with: template
mod limits;
mod load;
mod logs;
mod mail_codes; // with: mail
pub(crate) mod malformed;
mod offers;
mod other_authenticator;
mod outbox; // with: mail
pub(crate) mod overtaken;
mod passkeys;
mod passwords;
mod people; // with: people
mod plain_forms;
mod proven_addresses; // with: mail
mod receipts;
mod recovery;
mod restored;
mod schema;
mod sessions;
mod sign_in;
mod sign_in_failures;
pub(crate) mod sign_up;
mod site;
mod smtp; // with: mail
mod step_up;
mod step_up_failures;
pub(crate) mod support;
mod told_by_mail; // with: mail
mod totp; // with: totp
