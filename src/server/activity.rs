//! What happened on an account, for its user to read. An act is recorded in the transaction that does
//! it, so that there is never one without the other (LOG-04).

use super::{
    client::Client,
    clock::{Clock, millis},
    config::Config,
    db::{Db, Tx},
    feature::{Event, Events, Recorded},
    request::Request,
};
use crate::error::{Error, Result};
use sqlx::AnyConnection;

/// Adds a row for an event that a feature lists, with what it was about as `detail`.
pub async fn record(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    event: &Event,
    detail: Option<&str>,
) -> Result<()> {
    record_all(request, tx, &[(user_id, event, detail)]).await
}

/// A user, an event on their account, and what it was about.
pub type Entry<'a> = (&'a str, &'a Event, Option<&'a str>);

/// Adds a row for each entry, in one statement.
pub async fn record_all(request: &Request, tx: &mut Tx, entries: &[Entry<'_>]) -> Result<()> {
    for (_, event, _) in entries {
        if request.events.find(event.name).is_none_or(|it| it.name != event.name) {
            tracing::error!(event = event.name, "no feature lists this event, so it has no words");
            return Err(Error::Internal);
        }
    }
    insert(&request.clock, tx, &request.client, entries).await?;
    for (user_id, event, detail) in entries.iter().filter(|(_, event, _)| event.mailed) {
        let text = text(&request.events, event.name, *detail);
        let recorded = Recorded { doing: request.doing(), user_id, event, text };
        for feature in request.features.all {
            feature.recorded(&recorded, tx).await?;
        }
    }
    Ok(())
}

/// Adds a row about a user who is not signed in, after the answer is on its way: how long the answer
/// takes must not reveal whether there is an account (PRV-02).
pub fn record_later(
    request: &Request,
    user_id: String,
    event: &'static Event,
    detail: &'static str,
) {
    let request = request.clone();
    tokio::spawn(async move {
        let written = async {
            let mut tx = request.db.begin().await?;
            record(&request, &mut tx, &user_id, event, Some(detail)).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, event = event.name, "an event could not be recorded");
        }
    });
}

/// Adds rows with the address and the user agent of `client`.
pub async fn insert(
    clock: &Clock,
    db: &mut AnyConnection,
    client: &Client,
    entries: &[Entry<'_>],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let row = |at: usize| {
        let [id, user, kind, detail] = [4, 5, 6, 7].map(|first| first + 4 * at);
        format!("(${id}, ${user}, ${kind}, $1, $2, $3, ${detail})")
    };
    let rows: Vec<_> = (0..entries.len()).map(row).collect();
    let insert = sqlx::AssertSqlSafe(format!(
        "insert into activity (id, user_id, kind, at, ip, user_agent, detail) values {}",
        rows.join(", ")
    ));
    let mut insert = sqlx::query(insert)
        .bind(clock.now())
        .bind(client.address.map(|address| address.to_string()))
        .bind(&client.user_agent);
    for (user_id, event, detail) in entries {
        insert = insert.bind(clock.new_id()).bind(*user_id).bind(event.name).bind(*detail);
    }
    insert.execute(db).await?;
    Ok(())
}

/// Returns what happened, in words, from the `kind` and `detail` of a row.
pub fn text(events: &Events, kind: &str, detail: Option<&str>) -> String {
    let detail = detail.unwrap_or_default();
    let Some(event) = events.find(kind) else { return kind.to_owned() };
    if event.name != kind
        && let Some(text) = event.former_text
    {
        return text.to_owned();
    }
    // A detail may hold what looks like the other placeholder, so only one of the two is filled in.
    if event.text.contains("{noun}") {
        let noun = events.find(detail).map_or(detail, |event| event.noun);
        event.text.replace("{noun}", noun)
    } else {
        event.text.replace("{}", detail)
    }
}

/// Deletes the rows that are older than the configuration keeps.
pub async fn sweep(db: &Db, config: &Config, now: i64) -> Result<()> {
    let over = "delete from activity where at <= $1 and id in
        (select id from activity where at <= $1 limit $2)";
    db.sweep(over, now - millis(config.activity_kept())).await
}
