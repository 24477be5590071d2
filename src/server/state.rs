//! What all requests share.

use super::{
    clock::Clock,
    config::Config,
    db::Db,
    feature::{Events, Feature, Method},
    hashing::Passwords,
    health::Health,
    network_limits::NetworkLimits,
    sealing::Seal, // with: totp
    slots::Slots,
};
use anyhow::Context;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc, time::Duration};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// How long a challenge waits for its answer (CER-04).
pub const CEREMONY_TIMEOUT: Duration = Duration::from_secs(5 * 60);

#[derive(Clone)]
pub struct State(Arc<Shared>);

pub struct Shared {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    pub webauthn: Webauthn,
    pub passwords: Passwords,
    pub seal: Seal, // with: totp
    pub network_limits: NetworkLimits,
    pub health: Health,
    /// Each request that is being handled holds one.
    pub request_slots: Slots,
    /// Where the browser's files are, on this machine and by address.
    pub options: LeptosOptions,
    pub features: Features,
    pub events: Events,
}

/// The features of this program, the ways to confirm an action, and the page where users land once they are
/// signed in.
#[derive(Clone, Copy)]
pub struct Features {
    pub all: &'static [&'static dyn Feature],
    /// The strongest first.
    pub methods: &'static [&'static dyn Method],
    pub home: &'static str,
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
        features: Features,
    ) -> anyhow::Result<Self> {
        let webauthn = WebauthnBuilder::new(&config.rp_id, &config.origin)?
            .rp_name(&config.rp_name)
            .timeout(CEREMONY_TIMEOUT)
            .build()?;
        let db = Db::open(&config.database_url).await?;
        clock.agree(&db).await.context("the database cannot be written")?;
        Ok(Self(Arc::new(Shared {
            db,
            network_limits: NetworkLimits::new(&config, clock.clone()),
            health: Health::default(),
            request_slots: request_slots(&config),
            seal: Seal::open(&config)?, // with: totp
            passwords: Passwords::new(config.rate_limit),
            config,
            clock,
            webauthn,
            options,
            features,
            events: Events::of(features.all),
        })))
    }
}

/// One network gets an eighth of the slots, but no fewer than a browser needs to load a page.
fn request_slots(config: &Config) -> Slots {
    let all = config.max_requests.get() as usize;
    Slots::new(all, all.min((all / 8).max(16)), config.rate_limit)
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
