//! Step-up by passkey: an assertion over the action.

use super::{
    Reauthenticated, action,
    feature::{STEP_UP_ATTEMPT, STEP_UPS},
    pending::{answer_or_count, check_method, find_or_create_identity_check, grant},
    receipt::Receipt,
};
use crate::{
    call::{Ceremony, CredentialJson, Json},
    credentials::{method::PASSKEY, passkeys, response::Assertion, webauthn},
    error::{Error, Result},
    server::{
        attempts,
        ceremony::{self, Consumed, Kind},
        db::{Read, Tx, json},
        feature::Method,
        log::log_refusal,
        metrics::{CEREMONIES, counted},
        secret,
        session::{User, signed_in_without_touch},
    },
    ui::{CallForm, glyph},
};
use async_trait::async_trait;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct Passkey;

#[async_trait]
impl Method for Passkey {
    fn name(&self) -> &'static str {
        PASSKEY
    }

    async fn settle_times(&self, tx: &mut Tx, user_id: &str, _: i64) -> Result<Vec<i64>> {
        passkeys::settle_times(tx, user_id).await
    }

    fn form(&self) -> AnyView {
        view! {
            <CallForm
                action="/api/reauth/options"
                button="Confirm with passkey"
                busy="Waiting for device…"
                class="primary wide"
                icon=glyph::PASSKEY
            >
                <input type="hidden" name="action"/>
            </CallForm>
        }
        .into_any()
    }
}

/// Returns request options over the named action, or else the newest pending one, for the user's own
/// passkeys.
#[server(prefix = "/api", endpoint = "/reauth/options", protocol = Json)]
pub async fn start_step_up(#[server(default)] action: Option<String>) -> Result<Value, Error> {
    start(&signed_in_without_touch().await?, action.as_deref()).await
}

#[server(prefix = "/api", endpoint = "/reauth/verify", protocol = Ceremony)]
pub async fn finish_step_up(credential: CredentialJson) -> Result<Reauthenticated, Error> {
    let user = signed_in_without_touch().await?;
    let finish = counted(&STEP_UPS, PASSKEY, finish(&user, &credential));
    counted(&CEREMONIES, "step_up", finish).await
}

/// What the challenge hashes, kept for the receipt: if the action is asked for again meanwhile, its row
/// has another time.
#[derive(Serialize, Deserialize)]
struct Challenged {
    nonce: Vec<u8>,
    action: String,
}

async fn start(user: &User, id: Option<&str>) -> Result<Value> {
    let request = &user.request;
    let mut tx = request.db.begin_for(&user.id).await?;
    attempts::take_attempt(request, &mut tx, &STEP_UP_ATTEMPT, &user.id).await?;
    let row = find_or_create_identity_check(&mut tx, user, id).await?;
    check_method(&mut tx, user, &row, &Passkey, Error::PASSKEY_REQUIRED).await?;
    let mut usable = passkeys::find_all(&mut *tx, &user.id).await?;
    usable.retain(|passkey| passkey.settled_at <= request.clock.now());
    let (nonce, action): (_, &[u8]) = (secret::random(), row.read("bytes")?);
    let challenge = action::challenge(&nonce, action);
    let options = webauthn::request_options(request, &usable, &challenge)?;
    let id: String = row.read("id")?;
    let action = String::from_utf8(action.to_vec()).map_err(|_| Error::Internal)?;
    let kept = Challenged { nonce: nonce.to_vec(), action };
    ceremony::begin(request, &mut *tx, Kind::StepUp, &challenge, Some(user), Some(&id), &kept)
        .await?;
    tx.commit().await?;
    Ok(options)
}

async fn finish(user: &User, answer: &CredentialJson) -> Result<Reauthenticated> {
    let request = &user.request;
    let ceremony = ceremony::consume::<Challenged>(request, Kind::StepUp, Some(user)).await?;
    let id = ceremony.action_id.clone().ok_or(Error::Internal)?;
    let confirmed = confirm(user, &id, ceremony, answer).await;
    answer_or_count(user, &id, confirmed).await
}

async fn confirm(
    user: &User,
    id: &str,
    Consumed { challenge, kept: Challenged { nonce, action }, mut db, .. }: Consumed<Challenged>,
    answer: &CredentialJson,
) -> Result<()> {
    let request = &user.request;
    let assertion = Assertion::parse(answer, Error::VerificationFailed)?;
    let (passkey, _) = passkeys::find(&mut db, assertion.credential_id())
        .await?
        .ok_or_else(|| log_refusal("unknown_credential", Error::CredentialUnknown))?;
    // The signature is checked first: only a holder of the key learns that it is another user's.
    let refusal = Error::VerificationFailed;
    let used = webauthn::authenticate(request, &assertion, &passkey, &challenge, refusal.clone())?;
    if passkey.user_id != user.id {
        return Err(log_refusal("not_yours", Error::CredentialNotYours));
    }
    let mut tx = passkeys::mark_used(request, db, &passkey, used, refusal).await?;
    attempts::forget(&mut tx, &STEP_UP_ATTEMPT, &user.id).await?;
    if passkey.settled_at > request.clock.now() {
        return Err(Error::PasskeyRequired { until: Some(passkey.settled_at) });
    }
    let receipt =
        Receipt::new(&request.config, &action, &nonce, &passkey.credential.cred, &assertion)?;
    let passkey_and_receipt = Some((passkey.id.as_str(), json(&receipt)?));
    grant(tx, user, id, PASSKEY, passkey_and_receipt).await
}
