//! What this feature tells the server about itself.

use super::{
    passkeys::{COUNTER_REGRESSION, DELETE_PASSKEY, PASSKEY_REGISTERED},
    password::GUESS_ATTEMPT,
    recovery_codes::RECOVERY_CODE_ATTEMPT,
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

    fn exported(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "passkeys",
                "select name, credential_id, aaguid, transports, backed_up, created_at, last_used_at,
                     settled_at
                 from passkeys where user_id = $1 order by id",
            ),
            (
                "password",
                "select password_settled_at as settled_at from users
                 where id = $1 and password is not null",
            ),
            (
                "recovery_codes",
                "select count(*) as made, count(used_at) as used from recovery_codes
                 where user_id = $1",
            ),
        ]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["passkeys"]
    }

    fn emptied_by_restore(&self) -> &'static [(&'static str, &'static str)] {
        &[("recovery_codes", "recovery codes")]
    }

    async fn closing(&self, closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
        attempts::forget(tx, &GUESS_ATTEMPT, closing.user_id).await?;
        if closing.owns_email {
            attempts::forget(tx, &GUESS_ATTEMPT, closing.email).await?;
            attempts::forget(tx, &RECOVERY_CODE_ATTEMPT, closing.email).await?;
        }
        Ok(())
    }
}
