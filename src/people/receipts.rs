//! What was done to people, with the receipt of whoever did it. It outlives their accounts, for as long as
//! activity is kept.

use super::rows::check_may_look;
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
use sqlx::{AnyExecutor, any::AnyRow};

/// How many of the latest acts are shown.
const SHOWN: i64 = 20;

/// An act that was done.
pub struct KeptAct {
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

/// The ids of the actor and of the target, and the name by which others know the actor.
pub struct Parties<'a> {
    pub actor: &'a str,
    pub actor_name: &'a str,
    pub target: &'a str,
}

/// Keeps the receipt of an act.
pub async fn keep(
    clock: &Clock,
    tx: &mut Tx,
    parties: Parties<'_>,
    receipt: Option<String>,
) -> Result<()> {
    sqlx::query(
        "insert into acts_on_people (id, actor_id, actor_name, target_id, receipt, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(clock.new_id())
    .bind(parties.actor)
    .bind(parties.actor_name)
    .bind(parties.target)
    .bind(receipt.ok_or(Error::Internal)?)
    .bind(clock.now())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The latest acts, for admins and owners.
pub async fn latest(db: impl AnyExecutor<'_>) -> Result<Vec<KeptAct>> {
    let rows = sqlx::query("select * from acts_on_people order by id desc limit $1")
        .bind(SHOWN)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// One act, for admins, owners and whoever did it or had it done to them.
pub async fn find(user: &User, id: &str) -> Result<KeptAct> {
    let mut tx = user.request.db.begin_read().await?;
    let row = sqlx::query("select * from acts_on_people where id = $1")
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::NotFound)?;
    let parties: [&str; 2] = [row.read("actor_id")?, row.read("target_id")?];
    if !parties.contains(&user.id.as_str()) && check_may_look(&mut tx, user).await.is_err() {
        return Err(Error::NotFound);
    }
    read(&row)
}

fn read(row: &AnyRow) -> Result<KeptAct> {
    let json: String = row.read("receipt")?;
    let receipt: Receipt = from_json(&json)?;
    Ok(KeptAct {
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
