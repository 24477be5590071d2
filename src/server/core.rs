//! What the server itself needs, declared as a feature.

use super::{
    activity, attempts, ceremony,
    config::Config,
    db::Db,
    devices,
    feature::{Event, Feature},
    metrics::{CEREMONIES, Counter},
    session::{self, NEW_BROWSER, SESSION_CREATED, SESSION_ENDED},
};
use crate::error::Result;
use async_trait::async_trait;

/// Recorded on every account of a restored database, so that its user is told.
pub static DATABASE_RESTORED: Event = Event::new(
    "database.restored",
    "This service was restored from a copy: look through your passkeys, change your password if it is an old one, and make new recovery codes",
)
.told();

pub struct Core;

#[async_trait]
impl Feature for Core {
    fn events(&self) -> Vec<&'static Event> {
        vec![&SESSION_CREATED, &SESSION_ENDED, &NEW_BROWSER, &DATABASE_RESTORED]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["users", "sessions", "devices", "tries", "activity"]
    }

    fn emptied_by_restore(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("challenges", "open ceremonies"),
            ("sessions", "sessions"),
            ("devices", "known browsers"),
        ]
    }

    fn exported(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("account", "select id, name, email, phone, created_at from users where id = $1"),
            (
                "sessions",
                "select method, user_agent, created_at, last_seen_at from sessions where user_id = $1
                 order by created_at",
            ),
            (
                "browsers",
                "select created_at, last_seen_at from devices where user_id = $1 order by created_at",
            ),
            (
                "activity",
                "select kind, detail, at, ip, user_agent from activity where user_id = $1 order by id",
            ),
        ]
    }

    fn counters(&self) -> Vec<&'static Counter> {
        vec![&CEREMONIES]
    }

    async fn sweep(&self, db: &Db, config: &Config, now: i64) -> Result<()> {
        ceremony::sweep(db, now).await?;
        session::sweep(db, now).await?;
        activity::sweep(db, config, now).await?;
        devices::sweep(db, now).await?;
        attempts::sweep(db, now).await
    }
}
