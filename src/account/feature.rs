//! What this feature tells the server about itself.

use super::{
    addresses, notice,
    recoveries::{self, RECOVERY_ASKED, RECOVERY_STOPPED},
    told, undo,
};
use crate::{
    error::Result,
    server::{
        config::Config,
        db::{Db, Tx},
        feature::{Closing, Event, Feature, Recorded},
    },
};
use async_trait::async_trait;

pub struct Account;

#[async_trait]
impl Feature for Account {
    fn reads(&self) -> &'static [&'static str] {
        &["/api/me"]
    }

    fn exported(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "addresses",
                "select email, confirmed_at, kept_until from addresses where user_id = $1
                 order by email",
            ),
            ("sign_in_by_mail", "select mail_sign_in as allowed from users where id = $1"),
            (
                "declined_suggestions",
                "select offer, declined_at from declined_offers where user_id = $1 order by offer",
            ),
            (
                "recovery_by_mail",
                "select email, asked_at, ready_at from recoveries where user_id = $1",
            ),
        ]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![&notice::RECOVERY_UNDONE, &RECOVERY_ASKED, &RECOVERY_STOPPED]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["addresses", "recoveries", "undo_links"]
    }

    fn emptied_by_restore(&self) -> &'static [(&'static str, &'static str)] {
        &[("recoveries", "recoveries that waited"), ("undo_links", "links to undo changes")]
    }

    async fn recorded(&self, recorded: &Recorded<'_>, tx: &mut Tx) -> Result<()> {
        told::tell(recorded, tx).await
    }

    async fn closing(&self, closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
        told::tell_of_end(closing, tx).await
    }

    async fn sweep(&self, db: &Db, _: &Config, now: i64) -> Result<()> {
        addresses::sweep(db, now).await?;
        recoveries::sweep(db, now).await?;
        undo::sweep(db, now).await
    }
}
