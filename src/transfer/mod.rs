#![cfg(feature = "ssr")]
//! The demo of step-up: sending play money, each transfer confirmed by a passkey that signs its amount
//! and payee.

pub mod errors;
pub mod feature;
mod history;
pub mod ledger;
pub mod money;
pub mod pages;
mod payee;
mod server;
#[cfg(test)]
pub(crate) mod tests;

use crate::{
    call::{Form, Json},
    error::{Error, Result},
    server::{db::from_json, metrics::counted, session::signed_in},
    step_up,
};
use feature::TRANSFERS;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The payees that are not users: the name in calls, and the name for people.
pub const BUSINESSES: [(&str, &str); 3] =
    [("bakery", "Corner Bakery"), ("power", "City Power"), ("books", "Second Story Books")];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    pub transfer: SentTransfer,
    /// What happened, as the page says it.
    pub message: String,
}

/// The longest note, in characters.
pub const MAX_NOTE_CHARS: usize = 140;

/// A payee as people know it: the business's name, or the e-mail address itself.
pub fn payee_name(payee: &str) -> &str {
    BUSINESSES.iter().find(|(id, _)| *id == payee).map_or(payee, |(_, name)| name)
}

/// Amounts in cents, times in milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentTransfer {
    pub id: String,
    pub payee: String,
    pub amount_cents: i64,
    pub note: String,
    pub created_at: i64,
    /// The sender's balance right after.
    pub balance_cents: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub balance_cents: i64,
    /// Newest first.
    pub transfers: Vec<Transfer>,
}

/// A transfer as one of its parties sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    pub id: String,
    /// The sender's e-mail address; none for an opening balance.
    pub payer: Option<String>,
    pub payee: String,
    pub amount_cents: i64,
    pub note: String,
    pub created_at: i64,
    /// Whether the money came in.
    pub incoming: bool,
}

/// `payee` is a user's e-mail address or a business, and `email` takes its place where that is empty, as
/// in the form of the page. The amount is `amount`, as the user wrote it, or
/// `amount_cents`; `idempotency_key` is the form's own, so that a repeat of the same form sends nothing
/// twice.
#[server(prefix = "/api", endpoint = "/transfers/send", protocol = Form)]
pub async fn send_transfer(
    payee: String,
    #[server(default)] amount: Option<String>,
    #[server(default)] amount_cents: Option<i64>,
    #[server(default)] note: Option<String>,
    #[server(default)] email: Option<String>,
    idempotency_key: String,
) -> Result<Sent, Error> {
    let user = signed_in().await?;
    let email = email.filter(|_| payee.is_empty());
    let is_by_email = email.is_some();
    let payee = email.unwrap_or(payee);
    let cents = server::read_amount(amount.as_deref(), amount_cents)?;
    let order = server::check(&user, &payee, cents, note, idempotency_key).await;
    let order = order.map_err(|error| match error {
        // What is wrong is said at the field that was filled in.
        Error::Invalid { field, text } if field == "payee" && is_by_email => {
            Error::Invalid { field: "email".to_owned(), text }
        }
        error => error,
    })?;
    if let Some(sent) = server::find_sent(&user, &order).await? {
        return Ok(sent);
    }
    server::check_funds(&user, &order).await?;
    let verified = step_up::require(&user, server::action(&user, order)).await?;
    counted(&TRANSFERS, "", server::send(verified)).await
}

/// The latest transfers, or those before the one with the id `before`; `limit` is at most 100.
#[server(prefix = "/api", endpoint = "/transfers/list", protocol = Json)]
pub async fn list_transfers(
    #[server(default)] before: Option<String>,
    #[server(default)] limit: Option<u32>,
) -> Result<History, Error> {
    history::list(&signed_in().await?, before, limit).await
}

/// What the sender signed: a [`crate::step_up::receipt`].
#[server(prefix = "/api", endpoint = "/transfers/receipt", protocol = Json)]
pub async fn transfer_receipt(id: String) -> Result<Value, Error> {
    let signed = history::signed_receipt(&signed_in().await?, &id).await?;
    from_json(&signed.json)
}
