//! What this feature tells the server about itself.

use super::{addresses, notice};
use super::{recoveries, told, undo}; // with: mail
use crate::{
    error::Result,
    server::{
        config::Config,
        db::Db,
        db::Tx,                       // with: mail
        feature::{Closing, Recorded}, // with: mail
        feature::{Event, Feature},
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
            ("sign_in_by_mail", "select mail_sign_in as allowed from users where id = $1"), // with: mail
            (
                "declined_suggestions",
                "select offer, declined_at from declined_offers where user_id = $1 order by offer",
            ),
            // with: mail {
            (
                "recovery_by_mail",
                "select email, asked_at, ready_at from recoveries where user_id = $1",
            ),
            // with: mail }
        ]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![
            &notice::RECOVERY_UNDONE,
            &recoveries::RECOVERY_ASKED,   // with: mail
            &recoveries::RECOVERY_STOPPED, // with: mail
        ]
    }

    fn tables(&self) -> &'static [&'static str] {
        &[
            "addresses",
            "recoveries", // with: mail
            "undo_links", // with: mail
        ]
    }

    // with: mail {
    fn emptied_by_restore(&self) -> &'static [(&'static str, &'static str)] {
        &[("recoveries", "recoveries that waited"), ("undo_links", "links to undo changes")]
    }

    async fn recorded(&self, recorded: &Recorded<'_>, tx: &mut Tx) -> Result<()> {
        told::queue_mails(recorded, tx).await
    }

    async fn closing(&self, closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
        told::queue_mails_of_end(closing, tx).await
    }
    // with: mail }

    async fn sweep(&self, db: &Db, _: &Config, now: i64) -> Result<()> {
        recoveries::sweep(db, now).await?; // with: mail
        undo::sweep(db, now).await?; // with: mail
        addresses::sweep(db, now).await
    }
}
