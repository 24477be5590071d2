//! The download of everything that is kept of a user.

use super::support::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;
use std::collections::BTreeSet;

const EXPORT: &str = "/api/account/export";

#[tokio::test]
async fn a_user_downloads_what_is_kept_of_them_after_confirming_it() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let bob = app.signed_up("bob").await;
    ann.set_password(PASSWORD).await;
    ann.make_codes().await;
    ann.post(EXPORT, json!({})).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let all = ann.confirmed(EXPORT, json!({})).await.expect(StatusCode::OK);
    assert_eq!(all["site"], app.state.config.origin());
    assert_eq!(all["account"][0]["email"], "ann@example.com");
    assert_eq!(all["addresses"][0]["email"], "ann@example.com");
    assert_eq!(all["passkeys"].as_array().map(Vec::len), Some(1));
    assert_eq!(all["passkeys"][0]["credential_id"], ann.passkeys().await[0]["credential_id"]);
    assert_eq!(all["recovery_codes"], json!([{ "made": 10, "used": 0 }]));
    assert_eq!(all["sessions"].as_array().map(Vec::len), Some(1));
    let kinds: BTreeSet<_> = all["activity"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["kind"].as_str().expect("a kind").to_owned())
        .collect();
    assert!(kinds.contains("export") && kinds.contains("set_password"), "{kinds:?}");
    let text = all.to_string();
    assert!(!text.contains("bob@example.com"), "{text}");
    drop(bob);
}

#[tokio::test]
async fn every_feature_says_what_it_keeps_and_nothing_in_it_signs_anybody_in() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    ann.make_codes().await;
    // with: totp {
    ann.confirmed("/api/totp/start", json!({})).await.expect(StatusCode::OK);
    // with: totp }
    let all = ann.confirmed(EXPORT, json!({})).await.expect(StatusCode::OK);
    let names: BTreeSet<_> = all.as_object().expect("an object").keys().cloned().collect();
    for feature in app.state.features.all {
        for (name, _) in feature.exported() {
            assert!(names.contains(*name), "{name}");
        }
    }
    let text = all.to_string();
    for secret in [
        "select password from users",
        "select min(id) from sessions",
        "select min(hash) from devices",
    ] {
        let secret = app.text(secret).await;
        assert!(secret.len() > 20 && !text.contains(&secret), "{secret}");
    }
    let handle = ann.account().await["user_handle"].as_str().expect("a handle").to_owned();
    assert!(!text.contains(&handle));
}
