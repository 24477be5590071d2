//! Step-up by password, for accounts that have nothing stronger which has settled.

use super::{
    Reauthenticated,
    feature::STEP_UPS,
    pending::answer_or_count,
    typed::{begin, judge_in},
};
use crate::{
    call::Form,
    credentials::password::{self, UserPasswords},
    error::{Error, Result},
    server::{
        db::Tx,
        feature::Method,
        log::log_refusal,
        metrics::counted,
        session::{User, signed_in_without_touch},
    },
    ui::{CallForm, PasswordField},
};
use async_trait::async_trait;
use leptos::prelude::*;

pub struct Password;

#[async_trait]
impl Method for Password {
    fn name(&self) -> &'static str {
        "password"
    }

    async fn settle_times(&self, tx: &mut Tx, user_id: &str, _: i64) -> Result<Vec<i64>> {
        password::settle_times(tx, user_id).await
    }

    fn form(&self) -> AnyView {
        view! {
            <CallForm
                action="/api/reauth/password"
                button="Confirm with password"
                busy="Checking…"
                class="primary wide"
            >
                <input type="hidden" name="action"/>
                <PasswordField label="Password" name="password"/>
            </CallForm>
        }
        .into_any()
    }

    fn guess(&self) -> Option<&'static str> {
        Some("/api/reauth/password")
    }
}

/// Confirms the named action, or else the newest pending one.
#[server(prefix = "/api", endpoint = "/reauth/password", protocol = Form)]
pub async fn confirm_by_password(
    password: String,
    #[server(default)] action: Option<String>,
) -> Result<Reauthenticated, Error> {
    let user = signed_in_without_touch().await?;
    counted(&STEP_UPS, Password.name(), confirm(&user, &password, action.as_deref())).await
}

async fn confirm(user: &User, password: &str, id: Option<&str>) -> Result<Reauthenticated> {
    let request = &user.request;
    let (mut tx, id) = begin(user, &Password, id).await?;
    let stored = UserPasswords::find(request, &mut *tx, &user.id).await?.settled();
    let slot = request.passwords.reserve(request.client.address)?;
    tx.commit().await?;
    let confirm = async {
        let stored_hashes = stored.iter().cloned().collect();
        if slot.verify(password, stored_hashes).await?.is_none() {
            return Err(log_refusal("wrong_password", Error::WrongPassword));
        }
        // While the password was hashed, the account may have got another one.
        judge_in(user, &Password, &id, async |tx| {
            if UserPasswords::find(request, &mut **tx, &user.id).await?.settled() != stored {
                return Err(log_refusal("password_changed", Error::WrongPassword));
            }
            Ok(())
        })
        .await
    };
    answer_or_count(user, &id, confirm.await).await
}
