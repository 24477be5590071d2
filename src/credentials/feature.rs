//! What this feature tells the server about itself.

use super::{
    passkeys::{COUNTER_REGRESSION, DELETE_PASSKEY, PASSKEY_REGISTERED},
    password::PASSWORD_ATTEMPT,
    recovery_codes::CODE_ATTEMPT,
};
use crate::{
    error::Result,
    server::{
        attempts,
        clock::Clock,
        db::Tx,
        feature::{Event, Feature},
    },
};
use async_trait::async_trait;

pub struct Credentials;

#[async_trait]
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
