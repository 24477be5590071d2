//! Latchkey: passkeys for Leptos and axum. Sign in with one, manage them, and confirm a sensitive
//! action with one: one assertion, one action, no new session.

#![recursion_limit = "256"]

/// The signed-in user, and what they have to know.
pub mod account;
/// The document, the pages and what is around them.
pub mod app;
/// The files for the browser.
pub mod assets;
/// Sign-up, sign-in, sign-out.
pub mod auth;
/// The browser's half: forms, passkeys and the page.
pub mod browser;
/// How calls read their bodies.
pub mod call;
/// Deletes what has expired.
pub mod cleanup;
/// The credentials of users: passkeys, passwords, recovery codes.
pub mod credentials;
/// Times as people read them.
pub mod date;
/// The errors, in the user's words.
pub mod error;
/// The list of features.
pub mod features;
/// The components that hydrate in the browser.
pub mod islands;
// with: mail {
/// The outbox of mail, and codes that prove an address.
pub mod mail;
// with: mail }
/// Copies and checks a database.
pub mod maintenance;
/// Every address the server answers.
pub mod router;
/// Fills a database for developers.
pub mod seed;
/// What features share on the server: configuration, database, sessions, ceremonies, layers.
pub mod server;
// with: people {
/// The people who have an account, and what owners and admins may do to them.
pub mod people;
// with: people }
/// Passkeys, password, recovery codes, sessions, activity, phone number, deletion of the account.
pub mod settings;
/// Step-up: the confirmation of sensitive actions.
pub mod step_up;
/// What a text that people see may hold.
pub mod text;
// with: totp {
/// One-time codes of an authenticator app.
pub mod totp;
// with: totp }
// with: transfer {
/// The demo: sending money.
pub mod transfer;
// with: transfer }
/// Small pieces of pages that features share.
pub mod ui;

// The tests of the whole process share a file with those in here.
#[cfg(all(test, feature = "ssr"))]
extern crate self as latchkey;
#[cfg(all(test, feature = "ssr"))]
mod tests;

#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
    browser::start();
}
