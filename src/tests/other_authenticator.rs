//! The same ceremonies with an authenticator that others wrote.

use super::{authenticator::ORIGIN, support::TestApp};
use axum::http::StatusCode;
use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::rust_crypto::RustCryptoBackend,
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error},
    },
};
use serde_json::{Value, json};
use url::Url;

struct Willing;

#[async_trait::async_trait]
impl UserValidationMethod for Willing {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

#[tokio::test]
async fn an_independent_authenticator_signs_up_signs_in_and_confirms() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let origin = Url::parse(ORIGIN).expect("an origin");
    let store: Option<Passkey> = None;
    let authenticator = Authenticator::new(Aaguid::new_empty(), store, Willing, RustCryptoBackend);
    let mut client = Client::new(authenticator).allows_insecure_localhost(true);
    let asked = |options: Value| {
        serde_json::from_value(json!({ "publicKey": options })).expect("request options")
    };

    let options = ann
        .post("/api/signup/options", json!({ "email": "ann@example.com", "name": "Ann" }))
        .await
        .expect(StatusCode::OK);
    let request =
        serde_json::from_value(json!({ "publicKey": options })).expect("creation options");
    let created = client.register(&origin, request, DefaultClientData).await.expect("a passkey");
    ann.post("/api/signup/verify", serde_json::to_value(&created).expect("JSON"))
        .await
        .expect(StatusCode::OK);
    ann.post("/api/signout", json!({})).await.expect(StatusCode::OK);

    for (options, verify) in [
        ("/api/signin/options", "/api/signin/verify"),
        ("/api/reauth/options", "/api/reauth/verify"),
    ] {
        let options = ann.post(options, json!({})).await.expect(StatusCode::OK);
        let signed = client
            .authenticate(&origin, asked(options), DefaultClientData)
            .await
            .expect("an assertion");
        ann.post(verify, serde_json::to_value(&signed).expect("JSON")).await.expect(StatusCode::OK);
    }
}
