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
        db::Tx,
        feature::{Closing, Event, Feature},
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

    async fn closing(&self, closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
        attempts::forget(tx, &PASSWORD_ATTEMPT, closing.user_id).await?;
        if closing.owns_email {
            attempts::forget(tx, &PASSWORD_ATTEMPT, closing.email).await?;
            attempts::forget(tx, &CODE_ATTEMPT, closing.email).await?;
        }
        Ok(())
    }
}
