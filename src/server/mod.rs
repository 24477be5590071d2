#![cfg(feature = "ssr")]
//! What every feature shares on the server. Nothing in here knows a feature.

pub mod activity;
pub mod ceremony;
pub mod clock;
pub mod config;
pub mod cookies;
pub mod db;
pub mod layers;
pub mod secret;
pub mod session;

use self::{clock::Clock, config::Config, db::Db};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{sync::Arc, time::Duration};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// What a request needs besides itself. Server functions find it in their context.
#[derive(Clone)]
pub struct State {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Clock,
    pub webauthn: Arc<Webauthn>,
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
            options,
        })
    }

    /// The state behind the request that is being answered.
    pub fn current() -> Self {
        leptos::prelude::expect_context()
    }

    /// Deletes what has expired, now and every minute. A failure is logged and tried again.
    pub async fn sweep_forever(self) {
        let mut minute = tokio::time::interval(Duration::from_secs(60));
        loop {
            minute.tick().await;
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "expired rows were not deleted");
            }
        }
    }

    /// Deletes what has expired.
    pub async fn sweep(&self) -> crate::error::Result<()> {
        let mut tx = self.db.begin().await?;
        ceremony::sweep(self, &mut tx).await?;
        session::sweep(self, &mut tx).await?;
        tx.commit().await
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
