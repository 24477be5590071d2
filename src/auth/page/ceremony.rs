//! A sign-in by passkey in the browser, whichever prompt it begins with.

use super::arrive;
use crate::{
    auth::{finish_sign_in, start_sign_in},
    browser::{self, Prompt},
    ui::Problem,
};
use web_sys::AbortSignal;

/// Signs in by passkey, from prompt to session. On success the browser loads `next` anew.
pub async fn sign_in(prompt: Prompt, signal: &AbortSignal, next: &str) -> Result<(), Problem> {
    let options = start_sign_in().await?;
    let credential = browser::get(&options, prompt, signal).await?;
    let outcome = finish_sign_in(credential).await;
    if let (Ok(it), Some(rp_id)) = (&outcome, options["rpId"].as_str()) {
        browser::signal_accepted(rp_id, &it.user_handle, &it.accepted_credentials).await;
    }
    arrive(outcome.map(drop), next).await
}
