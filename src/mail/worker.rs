//! Sends the mails of the outbox, for as long as the program runs. Each instance has workers of its own.

use super::{
    feature::MAILS,
    outbox::{self, End, Mail},
    smtp::{Failure, Smtp},
};
use crate::{
    error::Result,
    server::{metrics::count, state::State},
};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::time::sleep;

/// How many mails an instance sends at once: a server that hangs holds up one of them.
const WORKERS: usize = 4;
/// How long a worker rests when nothing is due.
const REST: Duration = Duration::from_secs(1);
/// How long it rests when the database cannot be used.
const PAUSE: Duration = Duration::from_secs(5);

/// Starts the workers.
pub fn start(state: &State, smtp: Smtp) {
    let smtp = Arc::new(smtp);
    for _ in 0..WORKERS {
        let (state, smtp) = (state.clone(), smtp.clone());
        tokio::spawn(async move {
            loop {
                // A mail that makes us panic waits for the end of its lease; the others go on.
                let rest = match AssertUnwindSafe(send_next(&state, &smtp)).catch_unwind().await {
                    Ok(Ok(true)) => continue,
                    Ok(Ok(false)) => REST,
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "mail could not be taken from the outbox");
                        PAUSE
                    }
                    Err(_) => PAUSE,
                };
                sleep(rest).await;
            }
        });
    }
}

/// Sends the mail that is due for longest; returns whether there was one.
pub async fn send_next(state: &State, smtp: &Smtp) -> Result<bool> {
    let Some(mail) = outbox::claim(state).await? else { return Ok(false) };
    let is_over = |at| mail.expires_at <= at;
    if is_over(state.clock.now()) {
        give_up(state, &mail, "nobody took it in time", None).await?;
        return Ok(true);
    }
    match smtp.send(&mail, &state.config.origin()).await {
        Ok(()) => {
            outbox::end(state, &mail, End::Sent).await?;
            count(&MAILS, "sent");
        }
        Err(Failure::Permanent(why, code)) => give_up(state, &mail, why, code).await?,
        Err(Failure::Passing(why, code)) => {
            tracing::warn!(mail = mail.id, why, code, "a mail was not sent, and is tried again");
            outbox::defer(state, &mail).await?;
            count(&MAILS, "put_off");
        }
    }
    Ok(true)
}

async fn give_up(state: &State, mail: &Mail, why: &str, code: Option<u16>) -> Result<()> {
    tracing::error!(mail = mail.id, why, code, "a mail will not be sent");
    outbox::end(state, mail, End::Refused).await?;
    count(&MAILS, "refused");
    Ok(())
}
