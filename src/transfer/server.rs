#![cfg(feature = "ssr")]
//! The rules of a transfer, and the verb that carries a confirmed one out.

use super::{History, NOTE, Sent, SentTransfer, Transfer, ledger, money, payee, payee_name};
use crate::{
    error::{Error, Result},
    server::{
        State, activity,
        clock::millis,
        db::{Read, from_json},
        metrics,
        session::User,
        text::is_deceptive,
    },
    step_up::{Action, Verified},
    ui::rows_to_read,
};
use serde::Serialize;
use serde_json::Value;
use sqlx::{AnyExecutor, any::AnyRow};
use std::time::Duration;

/// Limits in cents (TRF-06): of one transfer, and of all in a day.
pub(crate) const LIMIT: i64 = 500_000;
pub(crate) const DAILY_LIMIT: i64 = 2_000_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest idempotency key, in characters.
const KEY: usize = 64;

/// A transfer that could be carried out. All of it is signed.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    /// Accounts, so that the money cannot go elsewhere when an address changes hands.
    from: String,
    to: String,
    payee: String,
    /// The name of a payee who is a user. It is shown beside the address, which is what counts.
    #[serde(skip)]
    payee_name: Option<String>,
    amount_cents: i64,
    note: String,
    idempotency_key: String,
}

impl Order {
    /// What the user confirms: `Send $25.00 to bob@example.com`, and everything that it depends on.
    pub fn action(&self, user: &User) -> Action {
        let (amount, payee) = (money::format(self.amount_cents), payee_name(&self.payee));
        // An address has no spaces, so that a name cannot pass for a part of it.
        let to = match &self.payee_name {
            Some(name) => format!("{payee} ({name})"),
            None => payee.to_owned(),
        };
        Action::new("transfer", format!("Send {amount} to {payee}"), self)
            .detail("Amount", amount)
            .detail("To", to)
            .detail("From", &user.email)
            .detail("Note", &self.note)
    }
}

/// The amount of an order, which has it as text or in cents, and not both.
pub fn read_amount(text: Option<&str>, cents: Option<i64>) -> Result<i64> {
    match (text, cents) {
        (None, Some(cents)) => Ok(cents),
        (Some(text), None) => money::parse(text).ok_or_else(|| Error::invalid("amount")),
        (Some(_), Some(_)) => Err(Error::invalid("amount")),
        (None, None) => Err(Error::invalid("amount_cents")),
    }
}

pub async fn check(
    user: &User,
    payee: &str,
    amount_cents: i64,
    note: Option<String>,
    idempotency_key: String,
) -> Result<Order> {
    let state = State::current()?;
    let note = note.unwrap_or_default().trim().to_owned();
    if !(1..=LIMIT).contains(&amount_cents) {
        return Err(Error::invalid("amount_cents"));
    }
    if note.chars().count() > NOTE || note.contains(is_deceptive) {
        return Err(Error::invalid("note"));
    }
    let key_fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if idempotency_key.is_empty()
        || idempotency_key.len() > KEY
        || !idempotency_key.chars().all(key_fits)
    {
        return Err(Error::invalid("idempotency_key"));
    }
    let (from, _) = account(state.db.reader(), user).await?;
    let payee = payee::find(&state, user, &from, payee).await?;
    if payee.account == from {
        return Err(Error::invalid("payee"));
    }
    Ok(Order {
        from,
        to: payee.account,
        payee: payee.address,
        payee_name: payee.name,
        amount_cents,
        note,
        idempotency_key,
    })
}

/// The answer to an order that was carried out before. Another order under its key is refused.
pub async fn find_sent(order: &Order) -> Result<Option<Sent>> {
    let row =
        sqlx::query("select * from transfers where from_account = $1 and idempotency_key = $2")
            .bind(&order.from)
            .bind(&order.idempotency_key)
            .fetch_optional(State::current()?.db.reader())
            .await?;
    let Some(row) = row else { return Ok(None) };
    let same = row.read::<&str>("to_account")? == order.to
        && row.read::<i64>("amount")? == order.amount_cents
        && row.read::<&str>("note")? == order.note;
    if !same {
        return Err(Error::IdempotencyConflict);
    }
    let transfer = SentTransfer {
        id: row.read("id")?,
        payee: row.read("payee")?,
        amount_cents: row.read("amount")?,
        note: row.read("note")?,
        created_at: row.read("created_at")?,
        balance_cents: row.read("balance_after")?,
    };
    Ok(Some(Sent { transfer }))
}

/// Spares the user a confirmation that could come to nothing. What counts is decided by [`send`].
pub async fn check_funds(order: &Order) -> Result<()> {
    let state = State::current()?;
    let row = sqlx::query("select balance from accounts where id = $1")
        .bind(&order.from)
        .fetch_one(state.db.reader())
        .await?;
    if row.read::<i64>("balance")? < order.amount_cents {
        return Err(Error::InsufficientFunds);
    }
    check_day(&state, state.db.reader(), order).await
}

/// Refuses what goes beyond the limit of a day.
async fn check_day(state: &State, db: impl AnyExecutor<'_>, order: &Order) -> Result<()> {
    let row = sqlx::query(
        "select cast(coalesce(sum(amount), 0) as bigint) as sent from transfers
         where from_account = $1 and created_at > $2",
    )
    .bind(order.from.clone())
    .bind(state.clock.now() - millis(DAY))
    .fetch_one(db)
    .await?;
    let sent: i64 = row.read("sent")?;
    let fits = sent + order.amount_cents <= DAILY_LIMIT;
    fits.then_some(()).ok_or_else(|| Error::invalid("amount_cents"))
}

/// Carries a confirmed order out, in the transaction that used its confirmation up.
pub async fn send(verified: Verified, order: Order) -> Result<Sent> {
    let outcome = try_send(verified, order).await;
    metrics::transfer(&outcome);
    outcome
}

async fn try_send(mut verified: Verified, order: Order) -> Result<Sent> {
    let state = State::current()?;
    let user = verified.user().clone();
    let receipt = verified.receipt().map(str::to_owned);
    let tx = verified.tx();
    check_day(&state, &mut **tx, &order).await?;
    let posting = ledger::Posting {
        from: &order.from,
        to: &order.to,
        amount: order.amount_cents,
        payee: &order.payee,
        note: &order.note,
        idempotency_key: &order.idempotency_key,
        receipt: receipt.as_deref(),
    };
    let posted = ledger::post(&state, tx, &posting).await?;
    activity::record(&state, tx, &user.id, "transfer.sent", Some(&posted.id)).await?;
    let payee = sqlx::query("select user_id from accounts where id = $1 and user_id is not null")
        .bind(&order.to)
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(payee) = payee {
        let payee_id: &str = payee.read("user_id")?;
        activity::record(&state, tx, payee_id, "transfer.received", Some(&posted.id)).await?;
    }
    verified.commit().await?;
    let transfer = SentTransfer {
        id: posted.id,
        payee: order.payee,
        amount_cents: order.amount_cents,
        note: order.note,
        created_at: posted.created_at,
        balance_cents: posted.balance,
    };
    Ok(Sent { transfer })
}

pub async fn list(user: &User, before: Option<String>, limit: Option<u32>) -> Result<History> {
    let db = &State::current()?.db;
    let (account, balance_cents) = account(db.reader(), user).await?;
    let rows = sqlx::query(
        "select t.id, t.payee, t.amount, t.note, t.created_at, t.to_account,
             case a.kind when 'user' then coalesce(u.email, $4) end as payer
         from transfers t
         join accounts a on a.id = t.from_account
         left join users u on u.id = a.user_id
         where (t.from_account = $1 or t.to_account = $1) and (t.id < $2 or $2 is null)
         order by t.id desc limit $3",
    )
    .bind(&account)
    .bind(before)
    .bind(rows_to_read(limit))
    .bind(ledger::CLOSED)
    .fetch_all(db.reader())
    .await?;
    let transfers = rows.iter().map(|row| view(row, &account)).collect::<Result<_>>()?;
    Ok(History { balance_cents, transfers })
}

/// The receipt of a transfer to or from this user.
pub async fn receipt(user: &User, id: &str) -> Result<Value> {
    let db = &State::current()?.db;
    let (account, _) = account(db.reader(), user).await?;
    let row = sqlx::query(
        "select receipt from transfers
         where id = $1 and (from_account = $2 or to_account = $2) and receipt is not null",
    )
    .bind(id)
    .bind(&account)
    .fetch_optional(db.reader())
    .await?
    .ok_or(Error::NotFound)?;
    from_json(row.read("receipt")?)
}

/// The user's account and its balance; gone with its user, who may have just ended it elsewhere.
async fn account(db: impl AnyExecutor<'_>, user: &User) -> Result<(String, i64)> {
    sqlx::query_as("select id, balance from accounts where user_id = $1")
        .bind(user.id.clone())
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotSignedIn)
}

fn view(row: &AnyRow, account: &str) -> Result<Transfer> {
    Ok(Transfer {
        id: row.read("id")?,
        payer: row.read("payer")?,
        payee: row.read("payee")?,
        amount_cents: row.read("amount")?,
        note: row.read("note")?,
        created_at: row.read("created_at")?,
        incoming: row.read::<&str>("to_account")? == account,
    })
}
