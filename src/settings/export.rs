//! The download of everything that is kept of a user. Each feature says what that is.

use crate::{
    error::Result,
    server::{db::row_as_json, feature::Event, session::User},
    step_up::{Action, Kind, Policy, Verified},
};
use serde_json::{Map, Value, json};

pub static EXPORT: Kind = Kind {
    event: &Event::new("export", "Your data was downloaded").noun("downloading your data").mailed(),
    policy: Policy::by_strongest(),
};

pub fn export(user: &User) -> Action<String> {
    EXPORT.action(format!("Download everything that is kept of {}", user.email), user.id.clone())
}

/// Reads all of it in one transaction: a list of rows under each name.
pub async fn carry_out(mut verified: Verified<String>) -> Result<Value> {
    // The file says that it was made.
    verified.record(None).await?;
    let (user, user_id, tx) = verified.parts();
    let request = user.request.clone();
    let mut all = Map::new();
    all.insert("site".to_owned(), request.config.origin().into());
    all.insert("made_at".to_owned(), json!(request.clock.now()));
    for (name, sql) in request.features.all.iter().flat_map(|feature| feature.exported()) {
        let rows = sqlx::query(*sql).bind(user_id).fetch_all(&mut **tx).await?;
        let rows = rows.iter().map(row_as_json).collect::<Result<_>>()?;
        all.insert((*name).to_owned(), Value::Array(rows));
    }
    verified.commit().await?;
    Ok(Value::Object(all))
}
