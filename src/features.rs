#![cfg(feature = "ssr")]
//! The features of this program, one line each, and the page where its users land.

use crate::{
    account, auth, credentials,
    server::{core, feature::Feature, state::Features},
    settings, step_up,
};

const ALL: &[&dyn Feature] = &[
    &core::Core,
    &credentials::Credentials,
    &account::Account,
    &step_up::Gate,
    &auth::Auth,
    &settings::Settings,
    &crate::transfer::Transfers, // with: transfer
];

pub const FEATURES: Features = Features { all: ALL, home: "/transfer" };
