//! What the app suggests, when, and that a "no" is heard.

use super::support::{PASSWORD, TestApp, plain_form};
use crate::account::Offer;
use axum::http::StatusCode;
use serde_json::{Value, json};

const DECLINE: &str = "/api/offers/decline";

#[tokio::test]
async fn an_account_without_a_passkey_is_offered_one_until_it_declines() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["offer"], "add_passkey");
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["offer"], "add_passkey");
    for _ in 0..2 {
        ann.post(DECLINE, json!({ "offer": "add_passkey" })).await.expect(StatusCode::OK);
    }
    assert_eq!(ann.account().await["offer"], "make_codes");
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(elsewhere.account().await["offer"], "make_codes");
    let mut bob = app.visitor();
    bob.sign_up_by_password("bob").await.expect(StatusCode::OK);
    assert_eq!(bob.account().await["offer"], "add_passkey");
}

#[tokio::test]
async fn whoever_needed_a_password_is_offered_a_passkey_where_they_are() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    ann.make_codes().await;
    assert_eq!(ann.account().await["offer"], Value::Null);
    app.wait(1);
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(elsewhere.account().await["offer"], "add_passkey");
    elsewhere.add_passkey().await;
    assert_eq!(elsewhere.account().await["offer"], Value::Null);
}

#[tokio::test]
async fn recovery_codes_are_suggested_whenever_there_are_none() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    assert_eq!(ann.account().await["offer"], "make_codes");
    ann.add_passkey().await;
    ann.set_password(PASSWORD).await;
    assert_eq!(ann.account().await["offer"], "make_codes", "whatever else there is");
    // "Not now" is for a month, wherever its user signs in.
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    ann.post(DECLINE, json!({ "offer": "make_codes" })).await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["offer"], Value::Null);
    assert_eq!(other.account().await["offer"], Value::Null);
    app.wait(30 * 24 * 60 * 60 - 60);
    ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["offer"], Value::Null);
    app.wait(60);
    assert_eq!(ann.account().await["offer"], "make_codes");
    ann.make_codes().await;
    assert_eq!(ann.account().await["offer"], Value::Null);
    app.execute("update recovery_codes set used_at = 1").await.expect("used codes");
    assert_eq!(ann.account().await["offer"], "make_codes");
}

#[tokio::test]
async fn a_passkey_of_another_device_suggests_one_here() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for (attachment, offer) in [
        (json!("cross-platform"), json!("add_here")),
        (json!("platform"), json!("make_codes")),
        (Value::Null, json!("make_codes")),
    ] {
        let mut answer = ann.signed("/api/signin/options").await;
        answer["authenticatorAttachment"] = attachment;
        ann.post("/api/signin/verify", answer).await.expect(StatusCode::OK);
        assert_eq!(ann.account().await["offer"], offer);
    }
    let mut answer = ann.signed("/api/signin/options").await;
    answer["authenticatorAttachment"] = json!("cross-platform");
    ann.post("/api/signin/verify", answer).await.expect(StatusCode::OK);
    ann.post(DECLINE, json!({ "offer": "add_here" })).await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["offer"], "make_codes");
}

#[tokio::test]
async fn whoever_adds_a_passkey_here_is_not_asked_to_any_more() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut answer = ann.signed("/api/signin/options").await;
    answer["authenticatorAttachment"] = json!("cross-platform");
    ann.post("/api/signin/verify", answer).await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["offer"], "add_here");
    ann.add_passkey().await;
    assert_eq!(ann.account().await["offer"], "make_codes");
}

#[tokio::test]
async fn a_no_that_was_not_heard_is_said_on_the_page_without_scripts() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let refused = ann.request(plain_form(DECLINE, "offer=nothing")).await;
    let page = refused.text();
    assert!(page.contains("Something in the form is not right."), "{page}");
}

#[tokio::test]
async fn what_is_not_an_offer_cannot_be_declined() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for wrong in ["", "anything", "add_passkey "] {
        ann.post(DECLINE, json!({ "offer": wrong })).await.refused_field("offer");
    }
    for offer in [Offer::AddPasskey, Offer::AddHere, Offer::MakeCodes] {
        assert_eq!(json!(offer), offer.name());
        ann.post(DECLINE, json!({ "offer": offer.name() })).await.expect(StatusCode::OK);
    }
}
