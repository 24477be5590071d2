//! What this feature tells the server about itself.

use super::pending::{self, STEP_UP_FAILED, STEP_UP_VERIFIED, VERIFY_IDENTITY};
use crate::{
    error::Result,
    server::{
        attempts::{self, Attempt},
        config::Config,
        db::{Db, Tx},
        feature::{Closing, Event, Feature},
        metrics::Counter,
    },
};
use async_trait::async_trait;

pub(super) static STEP_UPS: Counter = Counter {
    name: "latchkey_step_ups_total",
    help: "Answers that should confirm an action, by method and outcome.",
    label: Some("method"),
};

/// A step-up is counted when it begins, since it may never be answered. More attempts are free than
/// elsewhere: the user is signed in and may change their mind.
pub(super) static STEP_UP_ATTEMPT: Attempt = Attempt { name: "step_up", free: 4 };

pub struct Gate;

#[async_trait]
impl Feature for Gate {
    fn reads(&self) -> &'static [&'static str] {
        &["/api/reauth/pending"]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![&STEP_UP_VERIFIED, &STEP_UP_FAILED, VERIFY_IDENTITY.event]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["actions"]
    }

    fn emptied_by_restore(&self) -> &'static [(&'static str, &'static str)] {
        &[("actions", "open confirmations")]
    }

    fn counters(&self) -> Vec<&'static Counter> {
        vec![&STEP_UPS]
    }

    async fn closing(&self, closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
        attempts::forget(tx, &STEP_UP_ATTEMPT, closing.user_id).await
    }

    async fn sweep(&self, db: &Db, _: &Config, now: i64) -> Result<()> {
        pending::sweep(db, now).await
    }
}
