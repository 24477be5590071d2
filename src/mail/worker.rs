//! Sends the mails of the outbox, for as long as the program runs. Each instance has a worker of its own.

use super::{
    feature::MAILS,
    outbox::{self, End, Mail},
    smtp::{Failure, Smtp},
};
use crate::{
    error::Result,
    server::{metrics::count, state::State},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

/// How many mails an instance sends at once: a server that hangs holds up one of them.
const AT_ONCE: u32 = 4;
/// How long the worker rests when nothing is due.
const REST: Duration = Duration::from_secs(1);
/// How long it rests when the database cannot be used.
const PAUSE: Duration = Duration::from_secs(5);

/// How long a stop waits for the mails that are being sent.
const GRACE: Duration = Duration::from_secs(5);

/// The worker of this instance.
pub struct Worker {
    /// One permit for each mail that may be sent.
    free: Arc<Semaphore>,
}

impl Worker {
    pub fn start(state: &State, smtp: Smtp) -> Self {
        let (state, smtp) = (state.clone(), Arc::new(smtp));
        let free = Arc::new(Semaphore::new(AT_ONCE as usize));
        let permits = free.clone();
        tokio::spawn(async move {
            loop {
                let run = tokio::spawn(run(state.clone(), smtp.clone(), permits.clone()));
                if run.await.is_ok() {
                    return;
                }
                // It has panicked, as the log says.
                sleep(PAUSE).await;
            }
        });
        Self { free }
    }

    /// Claims no more mails, and waits for those that are being sent, so that what the server has taken
    /// is not sent again by the next one.
    pub async fn stop(self) {
        let all = timeout(GRACE, self.free.acquire_many(AT_ONCE)).await;
        if let Ok(Ok(all)) = all {
            all.forget();
        }
    }
}

async fn run(state: State, smtp: Arc<Smtp>, free: Arc<Semaphore>) {
    while let Ok(permit) = free.clone().acquire_owned().await {
        let rest = match outbox::claim(&state).await {
            Ok(Some(mail)) => {
                let (state, smtp) = (state.clone(), smtp.clone());
                // One that fails or panics here waits for the end of its lease; the others go on.
                tokio::spawn(async move {
                    if let Err(error) = send(&state, &smtp, &mail).await {
                        tracing::warn!(mail = mail.id, %error, "what became of a mail was not kept");
                    }
                    drop(permit);
                });
                continue;
            }
            Ok(None) => REST,
            Err(error) => {
                tracing::warn!(%error, "mail could not be taken from the outbox");
                PAUSE
            }
        };
        sleep(rest).await;
    }
}

/// Sends a claimed mail, or gives it up if its time is over, and keeps what became of it.
pub async fn send(state: &State, smtp: &Smtp, mail: &Mail) -> Result<()> {
    if mail.expires_at <= state.clock.now() {
        return give_up(state, mail, "nobody took it in time", None).await;
    }
    match smtp.send(mail, &state.config.origin()).await {
        Ok(()) => {
            outbox::end(state, mail, End::Sent).await?;
            count(&MAILS, "sent");
        }
        Err(Failure::Permanent(why, code)) => give_up(state, mail, why, code).await?,
        Err(Failure::Passing(why, code)) => {
            // Somebody has to mend what a 5xx is about, or nobody gets any mail.
            if code >= Some(500) {
                tracing::error!(
                    mail = mail.id,
                    why,
                    code,
                    "a mail was not sent, and is tried again"
                );
            } else {
                tracing::warn!(
                    mail = mail.id,
                    why,
                    code,
                    "a mail was not sent, and is tried again"
                );
            }
            outbox::defer(state, mail).await?;
            count(&MAILS, "put_off");
        }
    }
    Ok(())
}

async fn give_up(state: &State, mail: &Mail, why: &str, code: Option<u16>) -> Result<()> {
    tracing::error!(mail = mail.id, why, code, "a mail will not be sent");
    outbox::end(state, mail, End::Refused).await?;
    count(&MAILS, "refused");
    Ok(())
}
