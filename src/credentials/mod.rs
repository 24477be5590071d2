//! The credentials of users: passkeys, passwords, recovery codes. Nothing in here opens a session or
//! confirms an action.

pub mod method;
pub mod passkeys;
pub mod password;
pub mod password_rules;
pub mod providers;
pub mod recovery_codes;
pub mod response;
pub mod webauthn;

#[cfg(feature = "ssr")]
use {
    self::{
        passkeys::{COUNTER_REGRESSION, DELETE_PASSKEY, PASSKEY_REGISTERED},
        password::PASSWORD_ATTEMPT,
        recovery_codes::CODE_ATTEMPT,
    },
    crate::{
        error::Result,
        server::{
            attempts,
            clock::Clock,
            db::Tx,
            feature::{Event, Feature},
        },
    },
};

/// The fewest characters of a password that signs in by itself (PWD-01).
pub const MIN_PASSWORD_CHARS: usize = 15;

#[cfg(feature = "ssr")]
pub struct Credentials;

#[cfg(feature = "ssr")]
#[async_trait::async_trait]
impl Feature for Credentials {
    fn events(&self) -> Vec<&'static Event> {
        vec![&PASSKEY_REGISTERED, &DELETE_PASSKEY, &COUNTER_REGRESSION]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["passkeys"]
    }

    fn emptied_by_restore(&self) -> &'static [(&'static str, &'static str)] {
        &[("recovery_codes", "recovery codes")]
    }

    async fn closing(&self, _: &Clock, tx: &mut Tx, user_id: &str, email: &str) -> Result<()> {
        attempts::forget(tx, &PASSWORD_ATTEMPT, email).await?;
        attempts::forget(tx, &PASSWORD_ATTEMPT, user_id).await?;
        attempts::forget(tx, &CODE_ATTEMPT, email).await
    }
}
