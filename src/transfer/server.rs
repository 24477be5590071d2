//! The rules of a transfer, and the verb that carries a confirmed one out.

use super::{
    MAX_NOTE_CHARS, Sent, SentTransfer,
    errors::{AMOUNT, AMOUNT_CENTS, IDEMPOTENCY_CONFLICT, INSUFFICIENT_FUNDS, NOTE, OWN_ACCOUNT},
    ledger, money, payee, payee_name,
};
use crate::{
    error::{Error, Result},
    server::{activity, clock::millis, db::Read, feature::Event, session::User},
    step_up::{Action, Kind, Policy, Verified},
    text::is_deceptive,
};
use serde::Serialize;
use sqlx::AnyExecutor;
use std::time::Duration;

pub static TRANSFER: Kind = Kind {
    event: &Event::new("transfer", "Sent {}")
        .formerly("transfer.sent")
        .former_text("Money sent")
        .noun("a transfer"),
    policy: Policy::by_passkey(),
};
pub static TRANSFER_RECEIVED: Event = Event::new("transfer_received", "Received {}")
    .formerly("transfer.received")
    .former_text("Money received");

/// Limits in cents (TRF-06): of one transfer, and of all in a day.
pub const TRANSFER_LIMIT_CENTS: i64 = 500_000;
pub const DAILY_LIMIT_CENTS: i64 = 2_000_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest idempotency key, in characters.
const MAX_KEY_CHARS: usize = 64;

/// A transfer that passed the checks. All of it is signed.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    /// Account ids, so that the money cannot go elsewhere when an address changes hands.
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

/// What the user confirms: `Send $25.00 to bob@example.com`, and everything that it depends on.
pub fn action(user: &User, order: Order) -> Action<Order> {
    let (amount, payee) = (money::format(order.amount_cents), payee_name(&order.payee));
    // An address has no spaces, so that a name cannot pass for a part of it.
    let to = match &order.payee_name {
        Some(name) => format!("{payee} ({name})"),
        None => payee.to_owned(),
    };
    let (summary, note) = (format!("Send {amount} to {payee}"), order.note.clone());
    TRANSFER
        .action(summary, order)
        .headline("Amount", amount)
        .detail("To", to)
        .detail("From", user.known_as())
        .detail("Note", note)
}

/// The amount of an order in cents. It is given as text or in cents, and not as both.
pub fn read_amount(text: Option<&str>, cents: Option<i64>) -> Result<i64> {
    match (text, cents) {
        (None, Some(cents)) => Ok(cents),
        (Some(text), None) => money::parse(text).ok_or_else(|| Error::from(&AMOUNT)),
        (Some(_), Some(_)) => Err(Error::from(&AMOUNT)),
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
    let note = note.unwrap_or_default().trim().to_owned();
    if !(1..=TRANSFER_LIMIT_CENTS).contains(&amount_cents) {
        return Err(Error::from(&AMOUNT_CENTS));
    }
    if note.chars().count() > MAX_NOTE_CHARS || note.contains(is_deceptive) {
        return Err(Error::from(&NOTE));
    }
    let key_fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if idempotency_key.is_empty()
        || idempotency_key.len() > MAX_KEY_CHARS
        || !idempotency_key.chars().all(key_fits)
    {
        return Err(Error::invalid("idempotency_key"));
    }
    let (from, _) = account(user.request.db.reader(), user).await?;
    let payee = payee::find(user, &from, payee).await?;
    if payee.account == from {
        return Err(Error::from(&OWN_ACCOUNT));
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
pub async fn find_sent(user: &User, order: &Order) -> Result<Option<Sent>> {
    let row =
        sqlx::query("select * from transfers where from_account = $1 and idempotency_key = $2")
            .bind(&order.from)
            .bind(&order.idempotency_key)
            .fetch_optional(user.request.db.reader())
            .await?;
    let Some(row) = row else { return Ok(None) };
    let same = row.read::<&str>("to_account")? == order.to
        && row.read::<i64>("amount")? == order.amount_cents
        && row.read::<&str>("note")? == order.note;
    if !same {
        return Err(Error::from(&IDEMPOTENCY_CONFLICT));
    }
    let transfer = SentTransfer {
        id: row.read("id")?,
        payee: row.read("payee")?,
        amount_cents: row.read("amount")?,
        note: row.read("note")?,
        created_at: row.read("created_at")?,
        balance_cents: row.read("balance_after")?,
    };
    Ok(Some(Sent::of(transfer)))
}

/// Spares the user a confirmation that could come to nothing; [`send`] makes the checks that count.
pub async fn check_funds(user: &User, order: &Order) -> Result<()> {
    let db = user.request.db.reader();
    let (_, balance) = account(db, user).await?;
    if balance < order.amount_cents {
        return Err(Error::from(&INSUFFICIENT_FUNDS));
    }
    check_day(user, db, order).await
}

/// Refuses an order that goes beyond the limit of a day.
async fn check_day(user: &User, db: impl AnyExecutor<'_>, order: &Order) -> Result<()> {
    let row = sqlx::query(
        "select cast(coalesce(sum(amount), 0) as bigint) as sent from transfers
         where from_account = $1 and created_at > $2",
    )
    .bind(order.from.clone())
    .bind(user.request.clock.now() - millis(DAY))
    .fetch_one(db)
    .await?;
    let sent: i64 = row.read("sent")?;
    let fits = sent + order.amount_cents <= DAILY_LIMIT_CENTS;
    fits.then_some(()).ok_or_else(|| Error::from(&AMOUNT_CENTS))
}

/// Carries a confirmed order out, in the transaction that used its confirmation up.
pub async fn send(mut verified: Verified<Order>) -> Result<Sent> {
    let (user, order) = (verified.user().clone(), verified.payload().clone());
    let receipt = verified.receipt().map(str::to_owned);
    let (request, tx) = (&user.request, verified.tx());
    check_day(&user, &mut **tx, &order).await?;
    let posting = ledger::Posting {
        from: &order.from,
        to: &order.to,
        amount: order.amount_cents,
        payee: &order.payee,
        note: &order.note,
        idempotency_key: &order.idempotency_key,
        receipt: receipt.as_deref(),
    };
    let posted = ledger::post(&request.clock, tx, &posting).await?;
    let amount = money::format(order.amount_cents);
    if let Some(payee) = &posted.received_by {
        let detail = format!("{amount} from {}", user.known_as());
        activity::record(request, tx, payee, &TRANSFER_RECEIVED, Some(&detail)).await?;
    }
    verified.record(Some(&format!("{amount} to {}", payee_name(&order.payee)))).await?;
    verified.commit().await?;
    let transfer = SentTransfer {
        id: posted.id,
        payee: order.payee,
        amount_cents: order.amount_cents,
        note: order.note,
        created_at: posted.created_at,
        balance_cents: posted.balance,
    };
    Ok(Sent::of(transfer))
}

impl Sent {
    fn of(transfer: SentTransfer) -> Self {
        let (amount, payee) = (money::format(transfer.amount_cents), payee_name(&transfer.payee));
        Self { message: format!("Sent {amount} to {payee}."), transfer }
    }
}

/// The id and balance (cents) of the user's account, which the user may just have deleted elsewhere.
async fn account(db: impl AnyExecutor<'_>, user: &User) -> Result<(String, i64)> {
    sqlx::query_as("select id, balance from accounts where user_id = $1")
        .bind(user.id.clone())
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotSignedIn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_the_limits_that_hold() {
        let amount = |cents| money::format(cents).trim_start_matches('$').to_owned();
        for (field, limit) in [
            (NOTE, MAX_NOTE_CHARS.to_string()),
            (AMOUNT_CENTS, amount(TRANSFER_LIMIT_CENTS)),
            (AMOUNT_CENTS, amount(DAILY_LIMIT_CENTS)),
        ] {
            assert!(field.text.contains(&limit), "{} {limit}", field.text);
        }
    }
}
