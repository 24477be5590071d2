//! What this feature tells the server about itself.

use super::{ledger, payee, server};
use crate::{
    error::Result,
    server::{
        attempts,
        clock::Clock,
        db::Tx,
        feature::{Closing, Event, Feature},
        metrics::Counter,
    },
};
use async_trait::async_trait;
use sqlx::AnyConnection;

pub(super) static TRANSFERS: Counter = Counter {
    name: "latchkey_transfers_total",
    help: "Transfers that were confirmed, by outcome.",
    label: None,
};

pub struct Transfers;

#[async_trait]
impl Feature for Transfers {
    fn reads(&self) -> &'static [&'static str] {
        &["/api/transfers/list", "/api/transfers/receipt"]
    }

    fn exported(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("balance", "select balance as cents from accounts where user_id = $1"),
            (
                "transfers",
                "select t.id, case when t.to_account = own.id then 1 else 0 end as incoming, t.payee,
                     t.amount as amount_cents, t.note, t.created_at, t.receipt
                 from transfers t join accounts own on own.id in (t.from_account, t.to_account)
                 where own.user_id = $1 order by t.id",
            ),
        ]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![server::TRANSFER.event, &server::TRANSFER_RECEIVED, &payee::PAYEE_UNKNOWN]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["transfers"]
    }

    fn counters(&self) -> Vec<&'static Counter> {
        vec![&TRANSFERS]
    }

    async fn opened(&self, clock: &Clock, tx: &mut Tx, user_id: &str) -> Result<()> {
        ledger::open_account(clock, tx, user_id).await
    }

    async fn closing(&self, closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
        attempts::forget(tx, &payee::PAYEE_ATTEMPT, closing.user_id).await?;
        ledger::close_account(closing, tx).await
    }

    async fn renamed(&self, tx: &mut Tx, user_id: &str, before: &str, now: &str) -> Result<()> {
        ledger::rename(tx, user_id, before, now).await
    }

    async fn seed(&self, clock: &Clock, tx: &mut Tx, user_ids: &[String]) -> Result<()> {
        ledger::seed(clock, tx, user_ids).await
    }

    async fn check(&self, db: &mut AnyConnection) -> Result<Vec<String>, sqlx::Error> {
        ledger::complaints(db).await
    }
}
