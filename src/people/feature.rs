//! What this feature tells the server about itself.

use super::{
    acts::{
        CHANGE_ROLE, END_SESSIONS, RESTORE, RESTORED, ROLE_CHANGED, SESSIONS_ENDED, SUSPEND,
        SUSPENDED,
    },
    receipts,
    role::{Role, Standing},
    rows::{check_not_last_owner, find, put},
};
use crate::{
    error::Result,
    server::{
        clock::Clock,
        config::Config,
        db::{Db, Tx},
        feature::{Event, Feature},
    },
};
use async_trait::async_trait;

pub struct People;

#[async_trait]
impl Feature for People {
    fn reads(&self) -> &'static [&'static str] {
        &["/api/people/list"]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![
            CHANGE_ROLE.event,
            SUSPEND.event,
            RESTORE.event,
            END_SESSIONS.event,
            &ROLE_CHANGED,
            &SUSPENDED,
            &RESTORED,
            &SESSIONS_ENDED,
        ]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["acts_on_people"]
    }

    fn exported(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("role", "select role, suspended_at from users where id = $1"),
            (
                "acts_on_people",
                "select actor_name, receipt, created_at from acts_on_people
                 where actor_id = $1 or target_id = $1 order by id",
            ),
        ]
    }

    async fn may_sign_in(&self, tx: &mut Tx, user_id: &str) -> Result<bool> {
        let suspended =
            sqlx::query("select 1 from users where id = $1 and suspended_at is not null")
                .bind(user_id)
                .fetch_optional(&mut **tx)
                .await?;
        Ok(suspended.is_none())
    }

    async fn check_closing(&self, tx: &mut Tx, user_id: &str) -> Result<()> {
        let person = find(tx, user_id).await?;
        if person.is_some_and(|it| it.standing().is_owner()) {
            check_not_last_owner(tx, user_id).await?;
        }
        Ok(())
    }

    async fn seed(&self, clock: &Clock, tx: &mut Tx, user_ids: &[String]) -> Result<()> {
        for (id, role) in user_ids.iter().zip([Role::Owner, Role::Admin]) {
            put(tx, id, Standing { role, suspended: false }, clock.now()).await?;
        }
        Ok(())
    }

    async fn sweep(&self, db: &Db, config: &Config, now: i64) -> Result<()> {
        receipts::sweep(db, config, now).await
    }
}
