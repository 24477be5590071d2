//! What happened on the account of the signed-in user.

use super::{Event, Events};
use crate::{
    error::Result,
    server::{
        activity,
        db::{Read, end_of_page, rows_to_read},
        session::User,
    },
};

pub async fn list(user: &User, before: Option<String>, limit: Option<u32>) -> Result<Events> {
    let rows = sqlx::query(
        "select id, kind, at, ip, user_agent, detail from activity
         where user_id = $1 and id < $2 order by id desc limit $3",
    )
    .bind(&user.id)
    .bind(end_of_page(before))
    .bind(rows_to_read(limit))
    .fetch_all(user.request.db.reader())
    .await?;
    let view = |row: &sqlx::any::AnyRow| {
        let (kind, detail): (String, Option<String>) = (row.read("kind")?, row.read("detail")?);
        Ok(Event {
            id: row.read("id")?,
            at: row.read("at")?,
            ip: row.read("ip")?,
            user_agent: row.read("user_agent")?,
            text: activity::text(&user.request.events, &kind, detail.as_deref()),
            kind,
            detail,
        })
    };
    Ok(Events { events: rows.iter().map(view).collect::<Result<_>>()? })
}
