//! The transfers of a user, and the receipt of one.

use super::{History, Transfer, ledger};
use crate::{
    error::{Error, Result},
    server::{
        db::{Read, end_of_page, from_json, rows_to_read},
        session::User,
    },
    step_up::receipt::Receipt,
    text::known_as,
};
use sqlx::any::AnyRow;

pub async fn list(user: &User, before: Option<String>, limit: Option<u32>) -> Result<History> {
    // Each half reads an index in the order of the ids, so that a long history costs no more. The balance
    // comes with every row, and alone where there is none.
    let rows = sqlx::query(
        "with own as (select id, balance from accounts where user_id = $1)
         select own.balance, t.id, t.payee, t.amount, t.note, t.created_at,
             case when t.to_account = own.id then 1 else 0 end as incoming,
             a.kind, u.email, u.name, p.confirmed_at
         from own left join (
             select * from (select * from transfers
                 where from_account = (select id from own) and id < $2 order by id desc limit $3) as sent
             union all
             select * from (select * from transfers
                 where to_account = (select id from own) and id < $2 order by id desc limit $3) as received
         ) as t on true
         left join accounts a on a.id = t.from_account
         left join users u on u.id = a.user_id
         left join addresses p on p.email = u.email and p.user_id = u.id and p.confirmed_at is not null
         order by t.id desc limit $3",
    )
    .bind(&user.id)
    .bind(end_of_page(before))
    .bind(rows_to_read(limit))
    .fetch_all(user.request.db.reader())
    .await?;
    // The user may just have deleted the account elsewhere.
    let balance_cents = rows.first().ok_or(Error::NotSignedIn)?.read("balance")?;
    let mut transfers = Vec::new();
    for row in &rows {
        if row.read::<Option<&str>>("id")?.is_some() {
            transfers.push(view(row)?);
        }
    }
    Ok(History { balance_cents, transfers })
}

/// A receipt, for people to look at.
pub struct SignedReceipt {
    pub receipt: Receipt,
    /// The name of the passkey that signed, where it is still one of the user's.
    pub passkey: Option<String>,
    /// The receipt as it is stored.
    pub json: String,
}

/// The receipt of a transfer to or from this user.
pub async fn signed_receipt(user: &User, id: &str) -> Result<SignedReceipt> {
    let rows = sqlx::query(
        "select t.receipt, p.name, p.credential from transfers t
         join accounts own on own.id in (t.from_account, t.to_account)
         left join passkeys p on p.user_id = own.user_id
         where t.id = $1 and own.user_id = $2 and t.receipt is not null",
    )
    .bind(id)
    .bind(&user.id)
    .fetch_all(user.request.db.reader())
    .await?;
    let json: String = rows.first().ok_or(Error::NotFound)?.read("receipt")?;
    let receipt: Receipt = from_json(&json)?;
    let mut passkey = None;
    for row in &rows {
        let credential: Option<&str> = row.read("credential")?;
        if let Some(credential) = credential
            && receipt.is_signed_by(&from_json(credential)?)
        {
            passkey = Some(row.read("name")?);
        }
    }
    Ok(SignedReceipt { receipt, passkey, json })
}

/// The name of the user who paid, as others see it; nothing if a business or the treasury paid.
fn payer(row: &AnyRow) -> Result<Option<String>> {
    if row.read::<&str>("kind")? != "user" {
        return Ok(None);
    }
    let email: Option<&str> = row.read("email")?;
    let Some(email) = email else { return Ok(Some(ledger::CLOSED.to_owned())) };
    let is_proven = row.read::<Option<i64>>("confirmed_at")?.is_some();
    Ok(Some(known_as(email, is_proven, row.read("name")?)))
}

fn view(row: &AnyRow) -> Result<Transfer> {
    Ok(Transfer {
        id: row.read("id")?,
        payer: payer(row)?,
        payee: row.read("payee")?,
        amount_cents: row.read("amount")?,
        note: row.read("note")?,
        created_at: row.read("created_at")?,
        incoming: row.read::<i64>("incoming")? == 1,
    })
}
