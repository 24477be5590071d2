#![cfg(feature = "ssr")]
//! What every feature shares on the server. Nothing in here knows a feature.

pub mod activity;
pub mod ceremony;
pub mod clock;
pub mod config;
pub mod cookies;
pub mod db;
pub mod layers;
pub mod log;
pub mod password;
pub mod secret;
pub mod session;

use self::{clock::Clock, config::Config, db::Db, password::Passwords};
use crate::error::{Error, Result};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::sync::Arc;
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// What a request needs besides itself. Server functions find it in their context.
#[derive(Clone)]
pub struct State {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Clock,
    pub webauthn: Arc<Webauthn>,
    pub passwords: Passwords,
    /// Where the browser's half is.
    pub options: LeptosOptions,
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
        Ok(Self {
            db: Db::open(&config.database_url).await?,
            config: Arc::new(config),
            clock,
            webauthn: Arc::new(webauthn),
            passwords: Passwords::default(),
            options,
        })
    }

    /// The state behind the request that is being answered. There is none once nobody waits for the
    /// answer: a page's calls may outlive it.
    pub fn current() -> Result<Self> {
        leptos::prelude::use_context().ok_or(Error::Unavailable)
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
