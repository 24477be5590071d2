#![cfg(feature = "ssr")]
//! The features of this program and the ways to confirm an action, one line each, and the page where its
//! users land.

use crate::{
    account, auth, credentials,
    server::{
        core,
        feature::{Feature, Method},
        state::Features,
    },
    settings,
    step_up::{self, by_passkey::Passkey, by_password::Password},
};

const ALL: &[&dyn Feature] = &[
    &core::Core,
    &credentials::feature::Credentials,
    &account::feature::Account,
    &step_up::feature::Gate,
    &auth::feature::Auth,
    &crate::totp::feature::Codes, // with: totp
    &settings::feature::Settings,
    &crate::people::feature::People,      // with: people
    &crate::transfer::feature::Transfers, // with: transfer
    // with: mail {
    // Last: whoever makes or deletes an account locks the rows of the others before those that count mails.
    &crate::mail::feature::Mail,
    // with: mail }
];

/// The strongest first.
const METHODS: &[&dyn Method] = &[
    &Passkey,
    &crate::totp::by_code::Totp, // with: totp
    &Password,
];

pub const FEATURES: Features = Features { all: ALL, methods: METHODS, home: "/transfer" };
