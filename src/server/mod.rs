#![cfg(feature = "ssr")]
//! What every feature shares on the server. Nothing in here calls a feature.

pub mod activity;
pub mod address;
pub mod ceremony;
pub mod client;
pub mod clock;
pub mod config;
pub mod cookies;
pub mod db;
pub mod devices;
pub mod exposure;
pub mod hashing;
pub mod headers;
pub mod health;
pub mod layers;
pub mod limits;
pub mod listen;
pub mod log;
pub mod metrics;
pub mod network_limits;
pub mod secret;
pub mod session;
pub mod slots;
pub mod text;
mod wire;

use self::{
    clock::Clock, config::Config, db::Db, hashing::Passwords, health::Health,
    network_limits::Limits, slots::Slots,
};
use crate::{
    assets::Assets,
    error::{Error, Result},
};
use anyhow::Context;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// What a request needs besides itself. Server functions find it in their context.
#[derive(Clone)]
pub struct State(Arc<Shared>);

pub struct Shared {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    pub webauthn: Webauthn,
    pub passwords: Passwords,
    pub limits: Limits,
    pub health: Health,
    /// One for each request that is worked on.
    pub places: Slots,
    /// Where the browser's half is, here and for the browser.
    pub options: LeptosOptions,
    pub assets: Assets,
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<State> for LeptosOptions {
    fn from_ref(state: &State) -> Self {
        state.options.clone()
    }
}

impl State {
    pub async fn open(
        config: Config,
        options: LeptosOptions,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let webauthn = WebauthnBuilder::new(&config.rp_id, &config.origin)?
            .rp_name(&config.rp_name)
            .timeout(ceremony::TTL)
            .build()?;
        let db = Db::open(&config.database_url).await?;
        clock.agree(&db).await.context("the database cannot be written")?;
        Ok(Self(Arc::new(Shared {
            db,
            limits: Limits::new(&config, clock.clone()),
            health: Health::default(),
            places: request_slots(&config),
            passwords: Passwords::new(config.rate_limit),
            config,
            clock,
            webauthn,
            assets: Assets::find(&options),
            options,
        })))
    }

    /// The state behind the request that is being answered. There is none once nobody waits for the
    /// answer: a page's calls may outlive it.
    pub fn current() -> Result<Self> {
        leptos::prelude::use_context().ok_or(Error::Unavailable)
    }
}

/// One for each request that is worked on. A client has an eighth of them, but no fewer than a browser
/// that loads a page has under way.
fn request_slots(config: &Config) -> Slots {
    let most = config.max_requests.get() as usize;
    Slots::new(most, most.min((most / 8).max(16)), config.rate_limit)
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
