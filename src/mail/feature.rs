//! What this feature tells the server about itself.

use super::{codes, limits, outbox};
use crate::{
    error::Result,
    server::{
        config::Config,
        db::{Db, Tx},
        feature::{Closing, Feature},
        metrics::{self, Counter, Gauge},
    },
};
use async_trait::async_trait;

pub(super) static MAILS: Counter = Counter {
    name: "latchkey_mails_total",
    help: "Attempts to send a mail, by outcome: sent, put off, or refused for good.",
    label: None,
};

/// How many mails wait, and how many seconds the oldest of them has waited.
const BACKLOG: &Gauge =
    &Gauge { name: "latchkey_mails_waiting", help: "Mails that are not sent yet." };
const OLDEST: &Gauge = &Gauge {
    name: "latchkey_oldest_mail_seconds",
    help: "How long the oldest of these has waited.",
};

pub struct Mail;

#[async_trait]
impl Feature for Mail {
    fn tables(&self) -> &'static [&'static str] {
        &["mails", "mail_codes"]
    }

    fn emptied_by_restore(&self) -> &'static [(&'static str, &'static str)] {
        &[("mails", "mails"), ("mail_codes", "open codes")]
    }

    fn gauges(&self) -> Vec<&'static Gauge> {
        vec![BACKLOG, OLDEST]
    }

    fn counters(&self) -> Vec<&'static Counter> {
        vec![&MAILS]
    }

    async fn taken_back(&self, tx: &mut Tx, user_id: &str, _: i64) -> Result<()> {
        codes::void(tx, user_id).await
    }

    async fn closing(&self, closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
        if closing.owns_email { limits::forget(tx, closing.email).await } else { Ok(()) }
    }

    async fn measure(&self, db: &Db, now: i64) -> Result<()> {
        let (waiting, oldest) = outbox::backlog(db).await?;
        metrics::set(BACKLOG, waiting);
        metrics::set(OLDEST, oldest.map_or(0, |at| (now - at).max(0) / 1000));
        Ok(())
    }

    async fn sweep(&self, db: &Db, _: &Config, now: i64) -> Result<()> {
        outbox::sweep(db, now).await?;
        codes::sweep(db, now).await
    }
}
