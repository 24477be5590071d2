//! Tests of the demo over the router. What they have in common with those of the gate is in
//! `crate::tests`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod accounts;
mod calls;
mod faults;
mod history;
mod instances;
mod last_release; // with: template
mod ledger;
mod overtaken;
mod payees;
mod transfers;

pub(crate) use calls::{CALLS, READS};

use super::{errors, ledger::complaints};
use crate::tests::support::{Answer, TestApp, Visitor, changed, new_key};
use axum::http::StatusCode;
use serde_json::{Value, json};

const SEND: &str = "/api/transfers/send";
const LIST: &str = "/api/transfers/list";
const RECEIPT: &str = "/api/transfers/receipt";

/// What each account is given, in cents.
const OPENING: i64 = 1_000_000;

/// A transfer of ten dollars to a business, unless told otherwise.
fn order(changes: Value) -> Value {
    let key = new_key();
    let order =
        json!({ "payee": "bakery", "amount_cents": 1000, "note": "bread", "idempotency_key": key });
    changed(order, changes)
}

impl Visitor {
    /// A confirmed transfer to a business.
    async fn send_cents(&mut self, cents: i64) -> Answer {
        self.confirmed(SEND, order(json!({ "amount_cents": cents }))).await
    }

    /// An order that this visitor has confirmed.
    async fn confirmed_order(&mut self, changes: Value) -> Value {
        let order = order(changes);
        let asked = self.post(SEND, order.clone()).await;
        asked.refused(StatusCode::FORBIDDEN, "step_up_required");
        self.confirm().await.expect(StatusCode::OK);
        order
    }

    /// A page of this visitor's transfers.
    async fn history(&mut self, page: Value) -> Vec<Value> {
        let list = self.post(LIST, page).await.expect(StatusCode::OK);
        list["transfers"].as_array().expect("a list").clone()
    }

    async fn balance(&mut self) -> i64 {
        let list = self.post(LIST, json!({})).await.expect(StatusCode::OK);
        list["balance_cents"].as_i64().expect("cents")
    }

    /// The receipt of the transfer that an answer tells of.
    async fn receipt_of(&mut self, sent: &Value) -> Value {
        let id = json!({ "id": sent["transfer"]["id"] });
        self.post(RECEIPT, id).await.expect(StatusCode::OK)
    }
}

impl TestApp {
    async fn assert_ledger_balances(&self) {
        let mut db = self.state.db.reader().acquire().await.expect("a connection");
        let complaints = complaints(&mut db).await.expect("an answer");
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}
