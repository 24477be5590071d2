//! Mails to users about what happened on their accounts (MAI-07), queued in the act's transaction. They go to
//! every proven address of the account, the one before a change included.

use super::{addresses, undo};
use crate::{
    date::date_time,
    error::Result,
    mail::{Letter, codes, limits::take_new_browser, outbox},
    server::{
        db::Tx,
        feature::{Closing, Doing, Recorded},
        session::NEW_BROWSER,
        user_agent,
    },
};

/// Queues a mail about an event.
pub async fn queue_mails(recorded: &Recorded<'_>, tx: &mut Tx) -> Result<()> {
    let Recorded { doing, user_id, event, text } = recorded;
    if event.name == NEW_BROWSER.name
        && !take_new_browser(doing.config, doing.clock, tx, user_id).await?
    {
        return Ok(());
    }
    for email in addresses::proven(doing.clock.now(), tx, user_id).await? {
        let letter = about(doing, text, &email);
        let letter = match undo::undoable(doing, tx, user_id, &email).await? {
            Some(undoable) => {
                let (advice, label) = if undoable.changes {
                    (
                        "If this was not you, undo it: whatever was added and still waits goes, everybody is signed out, and you choose a new way to sign in.",
                        "Undo it",
                    )
                } else {
                    (
                        "If this was not you, stop it. Otherwise ask for another code from then on.",
                        "Stop it",
                    )
                };
                letter
                    .text(advice)
                    .link(label, undo::link(doing, tx, user_id, &email, undoable).await?)
            }
            None => letter
                .text("If this was not you, look through your account.")
                .link("Look at what happened", "/settings/activity")
                .link("If you cannot sign in any more, get back in by mail", "/recovery/mail"),
        };
        outbox::queue(doing.clock, tx, &email, &letter, outbox::A_DAY).await?;
    }
    Ok(())
}

/// Drops the mails that wait for a user, and queues one about the end of the account, before it is deleted.
pub async fn queue_mails_of_end(closing: &Closing<'_>, tx: &mut Tx) -> Result<()> {
    let doing = &closing.doing;
    codes::void(tx, closing.user_id).await?;
    for email in addresses::proven(doing.clock.now(), tx, closing.user_id).await? {
        outbox::void(tx, &email).await?;
        let letter = about(doing, "Your account was deleted", &email);
        outbox::queue(doing.clock, tx, &email, &letter, outbox::A_DAY).await?;
    }
    Ok(())
}

/// What happened, on which account, when and where.
fn about(doing: &Doing<'_>, text: &str, email: &str) -> Letter {
    let letter = Letter::new(text)
        .text(format!("This happened on the account of {email} at {}:", doing.config.rp_name))
        .text(text)
        .fact("When", date_time(doing.clock.now()))
        .fact("Browser", user_agent::name(doing.client.user_agent.as_deref()));
    match doing.client.address {
        Some(address) => letter.fact("From", address.to_string()),
        None => letter,
    }
}
