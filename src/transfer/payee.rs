//! Finds the payee of a transfer. Who has an account is not public, so no user can look up as many
//! addresses as they like.

use super::errors::PAYEE;
use crate::{
    error::{Error, Result},
    server::{
        activity,
        address::EmailForms,
        attempts::{self, Attempt},
        db::Read,
        feature::Event,
        session::{self, User},
        state::State,
    },
};

/// An attempt of a signed-in user to pay somebody unknown to them.
pub static PAYEE_ATTEMPT: Attempt = Attempt { name: "payee", free: 1 };
pub static PAYEE_UNKNOWN: Event =
    Event::new("payee.unknown", "Money for somebody unknown was not sent");

pub struct Payee {
    pub account: String,
    /// A business, or the e-mail address of a user.
    pub address: String,
    /// The user's name.
    pub name: Option<String>,
    /// Whether the payer already knows that there is such an account.
    known: bool,
}

/// Finds the payee that `user` typed; `from` is the user's account. A payee that does not exist counts
/// towards the user's limit. While the user has to wait, an existing payee looks like a missing one,
/// unless it is a business or a party of an earlier transfer of theirs.
pub async fn find(user: &User, from: &str, typed: &str) -> Result<Payee> {
    let request = &user.request;
    let payee = match look_up(request, from, typed).await? {
        Some(payee) if payee.known => return Ok(payee),
        payee => payee,
    };
    // Each user's look-ups run one after the other. If the payee exists, nothing is counted.
    let mut tx = request.db.begin_for(&user.id).await?;
    session::check_live(&mut tx, user).await?;
    attempts::take_attempt(request, &mut tx, &PAYEE_ATTEMPT, &user.id).await?;
    if payee.is_none() {
        // The row leaves out what was typed: that is about another person.
        activity::record(request, &mut tx, &user.id, &PAYEE_UNKNOWN, None).await?;
        tx.commit().await?;
    }
    payee.ok_or_else(|| Error::from(&PAYEE))
}

async fn look_up(state: &State, from: &str, typed: &str) -> Result<Option<Payee>> {
    let business = typed.trim().to_lowercase();
    let email = EmailForms::of(typed);
    let email = email.as_ref();
    let row = sqlx::query(
        "with payee as (
             select id, id as address, cast(null as text) as name from accounts
             where id = $2 and kind = 'business'
             union all
             select a.id, p.email, u.name from addresses p
             join users u on u.id = p.user_id and u.email = p.email
             join accounts a on a.user_id = u.id
             where p.email in ($3, $4, $5) and p.confirmed_at is not null)
         select id, address, name,
             case when name is null or id = $1 or exists (
                 select 1 from transfers t
                 where t.from_account in ($1, payee.id) and t.to_account in ($1, payee.id)
             ) then 1 else 0 end as known
         from payee order by address = $5 desc, address limit 1",
    )
    .bind(from)
    .bind(business)
    .bind(email.map(|email| &email.one))
    .bind(email.map(|email| &email.unicode))
    .bind(email.map(|email| &email.typed))
    .fetch_optional(state.db.reader())
    .await?;
    let payee = |row: sqlx::any::AnyRow| {
        Ok(Payee {
            account: row.read("id")?,
            address: row.read("address")?,
            name: row.read("name")?,
            known: row.read::<i64>("known")? == 1,
        })
    };
    row.map(payee).transpose()
}
