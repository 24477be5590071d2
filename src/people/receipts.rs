//! What was done to people, with the receipt of whoever did it. It outlives their accounts, for as long as
//! activity is kept.

use super::{Role, acts::Order};
use crate::{
    error::{Error, Result},
    server::{
        clock::{Clock, millis},
        config::Config,
        db::{Db, Read, Tx, from_json},
        session::User,
    },
    step_up::receipt::Receipt,
};
use sqlx::any::AnyRow;

/// How many of the latest acts are shown.
const SHOWN: i64 = 20;

/// An act that was done.
pub struct Done {
    pub id: String,
    /// The sentence that was confirmed.
    pub summary: String,
    /// How others knew whoever did it.
    pub actor_name: String,
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    pub receipt: Receipt,
    /// The receipt as it is stored.
    pub json: String,
}

/// Keeps the receipt of an act.
pub async fn keep(
    clock: &Clock,
    tx: &mut Tx,
    order: &Order,
    receipt: Option<String>,
) -> Result<()> {
    sqlx::query(
        "insert into acts_on_people (id, actor_id, actor_name, target_id, receipt, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(clock.new_id())
    .bind(&order.actor)
    .bind(&order.actor_name)
    .bind(&order.target)
    .bind(receipt.ok_or(Error::Internal)?)
    .bind(clock.now())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The latest acts, for admins and owners.
pub async fn latest(user: &User) -> Result<Vec<Done>> {
    let rows = sqlx::query(
        "select a.* from acts_on_people a, users u
         where u.id = $1 and u.role <> $2 order by a.id desc limit $3",
    )
    .bind(&user.id)
    .bind(Role::Member.name())
    .bind(SHOWN)
    .fetch_all(user.request.db.reader())
    .await?;
    rows.iter().map(read).collect()
}

/// One act, for admins, owners and whoever did it or had it done to them.
pub async fn find(user: &User, id: &str) -> Result<Done> {
    let row = sqlx::query(
        "select a.* from acts_on_people a, users u
         where a.id = $1 and u.id = $2 and (u.role <> $3 or u.id in (a.actor_id, a.target_id))",
    )
    .bind(id)
    .bind(&user.id)
    .bind(Role::Member.name())
    .fetch_optional(user.request.db.reader())
    .await?;
    read(&row.ok_or(Error::NotFound)?)
}

fn read(row: &AnyRow) -> Result<Done> {
    let json: String = row.read("receipt")?;
    let receipt: Receipt = from_json(&json)?;
    Ok(Done {
        id: row.read("id")?,
        summary: receipt.signed()?.summary,
        actor_name: row.read("actor_name")?,
        at: row.read("created_at")?,
        receipt,
        json,
    })
}

/// Deletes the acts that are older than activity is kept.
pub async fn sweep(db: &Db, config: &Config, now: i64) -> Result<()> {
    let over = "delete from acts_on_people where created_at <= $1 and id in
        (select id from acts_on_people where created_at <= $1 limit $2)";
    db.sweep(over, now - millis(config.activity_kept())).await
}
