//! Tests over the router: no port, a database of their own, a clock they move, and authenticators
//! that really sign. One file a topic; a test's name is the rule it holds.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod account;
mod add_passkey;
mod addresses;
mod authenticator;
mod bodies;
mod clock;
mod cross_site;
mod devices;
mod factors;
mod faults;
mod files;
mod grants;
mod headers;
mod history;
mod http;
mod instances;
mod last_release;
mod ledger;
mod limits;
mod load;
mod logs;
mod malformed;
mod offers;
mod other_authenticator;
mod overtaken;
mod passkeys;
mod passwords;
mod payees;
mod receipts;
mod recovery;
mod restored;
mod schema;
mod sessions;
mod sign_in;
mod sign_in_failures;
mod sign_up;
mod site;
mod step_up;
mod step_up_failures;
mod support;
mod transfers;
