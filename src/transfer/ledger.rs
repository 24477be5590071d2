//! Double-entry bookkeeping in cents. Every movement is two entries that add up to zero, appended and
//! never changed, and no balance but the treasury's goes below zero. Money moves through [`post`] only.

use super::{
    BUSINESSES,
    errors::{IDEMPOTENCY_CONFLICT, INSUFFICIENT_FUNDS, PAYEE},
};
use crate::{
    error::{Error, Result},
    server::{
        clock::{Clock, millis},
        db::{OnDuplicate, Read, Tx},
        feature::Closing,
    },
};
use sqlx::AnyConnection;
use std::{collections::BTreeSet, time::Duration};

/// What a new account is given, in cents: 10,000.00.
const OPENING_CENTS: i64 = 1_000_000;
const TREASURY: &str = "treasury";
/// How far apart the rows of one transaction can be in time.
const ONE_ACT: Duration = Duration::from_secs(5);
/// The name that remains of a party whose account is gone.
pub const CLOSED: &str = "Closed account";

/// One movement of money, in cents, and what is known of it.
pub struct Posting<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub amount: i64,
    pub payee: &'a str,
    pub note: &'a str,
    pub idempotency_key: &'a str,
    pub receipt: Option<&'a str>,
}

pub struct Posted {
    pub id: String,
    pub created_at: i64,
    /// The id of the user who got it; none if that is no user.
    pub received_by: Option<String>,
    /// The sender's balance right after, in cents.
    pub balance: i64,
}

/// Gives a new user an account and its opening balance.
pub async fn open_account(clock: &Clock, tx: &mut Tx, user_id: &str) -> Result<()> {
    let account = clock.new_id();
    sqlx::query("insert into accounts (id, user_id, kind, balance) values ($1, $2, 'user', 0)")
        .bind(&account)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    let opening = Posting {
        from: TREASURY,
        to: &account,
        amount: OPENING_CENTS,
        payee: "Opening balance",
        note: "",
        idempotency_key: &account,
        receipt: None,
    };
    post(clock, tx, &opening).await?;
    Ok(())
}

/// Moves some money between users and businesses, for developers to look at.
pub async fn seed(clock: &Clock, tx: &mut Tx, user_ids: &[String]) -> Result<()> {
    let mut users = Vec::new();
    for id in user_ids {
        let user: (String, String) = sqlx::query_as(
            "select a.id, u.email from accounts a join users u on u.id = a.user_id where u.id = $1",
        )
        .bind(id)
        .fetch_one(&mut **tx)
        .await?;
        users.push(user);
    }
    for (round, (from, _)) in users.iter().cycle().take(6 * users.len()).enumerate() {
        let (friend, email) = &users[(round * 3 + 1) % users.len()];
        let (business, _) = BUSINESSES[round % BUSINESSES.len()];
        let (to, payee, note) = if friend == from {
            (business, business, "")
        } else {
            (friend.as_str(), email.as_str(), "Lunch")
        };
        let posting = Posting {
            from,
            to,
            amount: 425 + 1_310 * round as i64,
            payee,
            note,
            idempotency_key: &clock.new_id(),
            receipt: None,
        };
        post(clock, tx, &posting).await?;
    }
    Ok(())
}

/// Removes a user from the ledger: their balance goes back to the treasury. Their transfers stay,
/// without their name and notes. A receipt, which has both, stays while the other party has an account.
pub async fn close_account(closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
    let clock = closing.doing.clock;
    let account = sqlx::query("select id from accounts where user_id = $1")
        .bind(closing.user_id)
        .fetch_one(&mut **tx)
        .await?;
    let id: String = account.read("id")?;
    // Nothing may change the balance between reading and taking it.
    tx.lock("accounts", &[&id, TREASURY]).await?;
    let account = sqlx::query("select balance from accounts where id = $1")
        .bind(&id)
        .fetch_one(&mut **tx)
        .await?;
    let balance: i64 = account.read("balance")?;
    if balance > 0 {
        let returned = Posting {
            from: &id,
            to: TREASURY,
            amount: balance,
            payee: CLOSED,
            note: "",
            idempotency_key: &clock.new_id(),
            receipt: None,
        };
        post(clock, tx, &returned).await?;
    }
    sqlx::query("update transfers set note = '' where from_account = $1")
        .bind(&id)
        .execute(&mut **tx)
        .await?;
    // What the others know them by: the addresses to which they were paid, and how they were shown as payer.
    let paid = sqlx::query("select distinct payee from transfers where to_account = $1")
        .bind(&id)
        .fetch_all(&mut **tx)
        .await?;
    let mut names = BTreeSet::from([closing.known_as.clone(), closing.email.to_owned()]);
    for row in &paid {
        names.insert(row.read("payee")?);
    }
    sqlx::query("update transfers set payee = $1 where to_account = $2")
        .bind(CLOSED)
        .bind(&id)
        .execute(&mut **tx)
        .await?;
    // Nor does the activity of the other parties name them.
    for name in names {
        rename(tx, closing.user_id, &name, CLOSED).await?;
    }
    // If both parties leave at once, the second finds no other one: both lock the treasury.
    sqlx::query(
        "update transfers set receipt = null
         where receipt is not null and (from_account = $1 or to_account = $1) and not exists (
             select 1 from accounts a
             where a.id in (from_account, to_account) and a.id <> $1 and a.user_id is not null)",
    )
    .bind(&id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Has the activity of those whom a user has paid, or who have paid them, name the user otherwise.
pub async fn rename(tx: &mut Tx, user_id: &str, before: &str, now: &str) -> Result<()> {
    // A name is the end of a detail, so that one within another's is left alone, and no name has a line break.
    // Somebody else may have the same name: the row is of the time of a transfer with this user.
    sqlx::query(
        "update activity set detail = rtrim(replace(replace(detail || $1,
             ' from ' || $2 || $1, ' from ' || $3 || $1), ' to ' || $2 || $1, ' to ' || $3 || $1), $1)
         where kind in ('transfer', 'transfer_received') and exists (
             select 1 from accounts own
             join transfers t on own.id in (t.from_account, t.to_account)
             join accounts other on other.id in (t.from_account, t.to_account)
             where own.user_id = $4 and other.user_id = activity.user_id
                 and t.created_at between activity.at - $5 and activity.at + $5)",
    )
    .bind("\n")
    .bind(before)
    .bind(now)
    .bind(user_id)
    .bind(millis(ONE_ACT))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Returns what is wrong with the books, in words; nothing if they are sound.
pub async fn complaints(db: &mut AnyConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut complaints = Vec::new();
    for (wrong, complaint) in [
        (
            "select cast(abs(coalesce(sum(balance), 0)) as bigint) as n from accounts",
            "the balances do not add up to zero but to cents",
        ),
        (
            "select count(*) as n from transfers t
             where (select count(*) from entries where transfer_id = t.id) <> 2
                or (select sum(amount) from entries where transfer_id = t.id) <> 0",
            "transfers without two entries that add up to zero",
        ),
        (
            "select count(*) as n from transfers t
             where not exists (select 1 from entries
                 where transfer_id = t.id and account_id = t.to_account and amount = t.amount)",
            "transfers whose payee did not get the amount",
        ),
        (
            "select count(*) as n from accounts a
             where balance <> (select coalesce(sum(amount), 0) from entries where account_id = a.id)",
            "accounts whose balance is not the sum of their entries",
        ),
        (
            "select count(*) as n from accounts where kind = 'user' and user_id is null and balance <> 0",
            "closed accounts that were left with money",
        ),
    ] {
        let (found,): (i64,) = sqlx::query_as(wrong).fetch_one(&mut *db).await?;
        if found > 0 {
            complaints.push(format!("{complaint}: {found}"));
        }
    }
    Ok(complaints)
}

/// Moves money if the balance allows it: one statement checks the balance and takes it (TRF-03).
pub async fn post(clock: &Clock, tx: &mut Tx, posting: &Posting<'_>) -> Result<Posted> {
    tx.lock("accounts", &[posting.from, posting.to]).await?;
    let debited = sqlx::query(
        "update accounts set balance = balance - $1
         where id = $2 and (balance >= $1 or kind = 'treasury') returning balance",
    )
    .bind(posting.amount)
    .bind(posting.from)
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(|| Error::from(&INSUFFICIENT_FUNDS))?;
    // A payee whose account is gone by now gets nothing.
    let credited = sqlx::query(
        "update accounts set balance = balance + $1
         where id = $2 and (kind <> 'user' or user_id is not null) returning user_id",
    )
    .bind(posting.amount)
    .bind(posting.to)
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(|| Error::from(&PAYEE))?;
    let posted = Posted {
        id: clock.new_id(),
        created_at: clock.now(),
        received_by: credited.read("user_id")?,
        balance: debited.read("balance")?,
    };
    sqlx::query(
        "insert into transfers (id, from_account, to_account, amount, payee, note, balance_after,
             created_at, idempotency_key, receipt)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&posted.id)
    .bind(posting.from)
    .bind(posting.to)
    .bind(posting.amount)
    .bind(posting.payee)
    .bind(posting.note)
    .bind(posted.balance)
    .bind(posted.created_at)
    .bind(posting.idempotency_key)
    .bind(posting.receipt)
    .execute(&mut **tx)
    .await
    .on_duplicate(|| Error::from(&IDEMPOTENCY_CONFLICT))?;
    sqlx::query(
        "insert into entries (transfer_id, account_id, amount) values ($1, $2, -$4), ($1, $3, $4)",
    )
    .bind(&posted.id)
    .bind(posting.from)
    .bind(posting.to)
    .bind(posting.amount)
    .execute(&mut **tx)
    .await?;
    Ok(posted)
}
