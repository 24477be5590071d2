//! Recovery codes of the signed-in user.

use super::{Codes, CodesLeft, pages::security as pages};
use crate::{
    account::addresses,
    credentials::recovery_codes,
    error::Result,
    server::{
        feature::Event,
        session::{self, User},
    },
    step_up::{Action, Kind, Policy, Verified},
};

pub static RECOVERY_CODES: Kind = Kind {
    event: &Event::new("recovery_codes", "New recovery codes made")
        .formerly("recovery.generated")
        .noun("making recovery codes")
        .told(),
    policy: Policy::by_strongest(),
};

pub async fn count(user: &User) -> Result<CodesLeft> {
    Ok(CodesLeft { remaining: recovery_codes::remaining(&user.request, &user.id).await? })
}

pub async fn generation(user: &User) -> Result<Action<String>> {
    addresses::check_own(user).await?;
    let summary = format!("Make new recovery codes for {}", user.email);
    Ok(RECOVERY_CODES.action(summary, user.id.clone()))
}

pub async fn generate(mut verified: Verified<String>) -> Result<Codes> {
    let user = verified.user().clone();
    let codes = recovery_codes::replace(verified.tx(), &user.id).await?;
    verified.record(None).await?;
    // A session that an old code opened must not outlive the old codes.
    session::end_recovery(&user.request, verified.tx(), &user.id).await?;
    verified.commit().await?;
    let shown = pages::codes(&user, &codes);
    Ok(Codes { codes, shown, message: "Your new codes are below.".to_owned() })
}
