//! What this feature tells the server about itself.

use super::{
    rows,
    settings::{ADD_TOTP, REMOVE_TOTP, TOTP_ADDED, TOTP_ENDS},
};
use crate::{
    error::Result,
    server::{
        config::Config,
        db::{Db, Tx},
        feature::{Event, Feature},
    },
};
use async_trait::async_trait;

pub struct Codes;

#[async_trait]
impl Feature for Codes {
    fn guesses(&self) -> &'static [&'static str] {
        &["/api/signin/totp", "/api/totp/confirm"]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![ADD_TOTP.event, &TOTP_ADDED, &TOTP_ENDS, REMOVE_TOTP.event]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["totps"]
    }

    fn exported(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "one_time_codes",
            "select created_at, settled_at from totps where user_id = $1 and confirmed = 1",
        )]
    }

    async fn taken_back(&self, tx: &mut Tx, user_id: &str, now: i64) -> Result<()> {
        rows::take_back(tx, user_id, now).await
    }

    async fn sweep(&self, db: &Db, _: &Config, now: i64) -> Result<()> {
        rows::sweep(db, now).await
    }
}
