#![cfg(feature = "ssr")]
//! The features of this program, one line each, and the page where its users land.

use crate::{
    account, auth, credentials, mail,
    server::{core, feature::Feature, state::Features},
    settings, step_up,
};

const ALL: &[&dyn Feature] = &[
    &core::Core,
    &credentials::feature::Credentials,
    &account::feature::Account,
    &step_up::feature::Gate,
    &auth::feature::Auth,
    &settings::feature::Settings,
    &crate::transfer::feature::Transfers, // with: transfer
    // Last: whoever makes or deletes an account locks the rows of the others before those that count mails.
    &mail::feature::Mail,
];

pub const FEATURES: Features = Features { all: ALL, home: "/transfer" };
