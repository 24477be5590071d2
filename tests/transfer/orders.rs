//! Orders of the demo, for its tests and for the benchmark.

use crate::support::Visitor;
use serde_json::{Value, json};

pub const SEND: &str = "/api/transfers/send";
pub const LIST: &str = "/api/transfers/list";
/// What a new account has, in cents.
pub const OPENING: i64 = 1_000_000;

/// A transfer to a business, each time another one.
pub fn order(cents: i64) -> Value {
    let key = uuid::Uuid::now_v7().to_string();
    json!({ "payee": "bakery", "amount_cents": cents, "note": "", "idempotency_key": key })
}

pub fn balance(visitor: &mut Visitor) -> i64 {
    visitor.ok(LIST, &json!({}))["balance_cents"].as_i64().expect("cents")
}
