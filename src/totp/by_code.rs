//! Step-up by one-time code, for accounts that have no settled passkey.

use super::{pages::OneTimeCode, rows};
use crate::{
    call::Form,
    error::{Error, Result},
    server::{db::Tx, feature::Method, session::signed_in_without_touch},
    step_up::{Reauthenticated, confirm_typed},
    ui::CallForm,
};
use async_trait::async_trait;
use leptos::prelude::*;

pub struct Totp;

#[async_trait]
impl Method for Totp {
    fn name(&self) -> &'static str {
        "totp"
    }

    async fn settle_times(&self, tx: &mut Tx, user_id: &str, now: i64) -> Result<Vec<i64>> {
        let times = rows::times(&mut **tx, user_id, now).await?;
        Ok(times.map_or(Vec::new(), |(begin, end)| [begin].into_iter().chain(end).collect()))
    }

    fn form(&self) -> AnyView {
        view! {
            <CallForm action="/api/reauth/totp" button="Confirm with the code" busy="Checking…" class="primary wide">
                <input type="hidden" name="action"/>
                <OneTimeCode/>
            </CallForm>
        }
        .into_any()
    }

    fn guess(&self) -> Option<&'static str> {
        Some("/api/reauth/totp")
    }

    fn second_factor(&self) -> Option<&'static str> {
        Some("one-time code")
    }
}

/// Confirms the named action, or else the newest pending one.
#[server(prefix = "/api", endpoint = "/reauth/totp", protocol = Form)]
pub async fn confirm_by_totp(
    code: String,
    #[server(default)] action: Option<String>,
) -> Result<Reauthenticated, Error> {
    let user = signed_in_without_touch().await?;
    confirm_typed(&user, &Totp, action.as_deref(), async |tx| {
        rows::accept(&user.request, tx, &user.id, &code).await
    })
    .await
}
