//! Sign-in: what is asked for, the session that it opens, and that nothing opens one twice.

use super::support::{TestApp, Visitor};
use crate::{
    credentials::{passkeys, webauthn::VerifiedAssertion},
    error::Error,
    server::{
        request::Request as Call,
        secret::{base64url, from_base64url},
    },
};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use std::collections::HashSet;

const OPTIONS: &str = "/api/signin/options";
const VERIFY: &str = "/api/signin/verify";
const SESSION: &str = "latchkey";

#[tokio::test]
async fn options_ask_for_any_verified_discoverable_passkey() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let options = app.visitor().post(OPTIONS, json!({})).await.expect(StatusCode::OK);
    assert_eq!(options["allowCredentials"], json!([]));
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["rpId"], "localhost");
    assert!(options.get("publicKey").is_none() && options.get("mediation").is_none());
}

#[tokio::test]
async fn options_open_no_session_and_challenges_never_repeat() {
    let app = TestApp::new().await;
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let options = app.visitor().post(OPTIONS, json!({})).await.expect(StatusCode::OK);
        let challenge = options["challenge"].as_str().expect("text").to_owned();
        assert_eq!(from_base64url(&challenge).expect("base64url").len(), 32);
        assert!(seen.insert(challenge));
    }
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn the_relying_party_comes_from_the_configuration_and_from_no_header() {
    let app = TestApp::new().await;
    let mut request = Request::post(OPTIONS);
    for name in ["host", "x-forwarded-host", "x-original-host", "x-forwarded-proto", "forwarded"] {
        request = request.header(name, "evil.test");
    }
    let request = request
        .header("sec-fetch-site", "same-origin")
        .header("origin", "https://evil.test")
        .body(Body::empty())
        .expect("a request");
    let options = app.visitor().request(request).await.expect(StatusCode::OK);
    assert_eq!(options["rpId"], "localhost");
}

#[tokio::test]
async fn a_passkey_signs_its_owner_in() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await.elsewhere();
    assert!(!ann.is_signed_in().await);
    let answer = ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(answer["user"]["email"], "ann@example.com");
    assert_eq!(answer["user"]["name"], "ann");
    assert_eq!(answer["user_handle"], base64url(&ann.passkey.handle));
    assert_eq!(answer["accepted_credentials"], json!([base64url(&ann.passkey.credential_id)]));
    assert!(ann.is_signed_in().await);
    let kinds = app.activity("ann@example.com").await;
    assert_eq!(
        kinds[kinds.len() - 3..],
        ["passkey.authenticated", "session.created", "session.new_browser"]
    );
    assert_eq!(app.count("select count(*) from challenges").await, 0);
}

/// A browser has one session for all its tabs, and a tab may still show the account before.
#[tokio::test]
async fn answers_name_the_account_that_their_passkeys_belong_to() {
    let app = TestApp::new().await;
    let mut bob = app.signed_up("bob").await;
    let mut browser = app.signed_up("ann").await;
    let list = browser.post("/api/passkeys/list", json!({})).await.expect(StatusCode::OK);
    assert_eq!(list["user_handle"], base64url(&browser.passkey.handle));
    browser.passkey = bob.passkey.clone();
    let signed_in = browser.sign_in().await.expect(StatusCode::OK);
    let list = browser.post("/api/passkeys/list", json!({})).await.expect(StatusCode::OK);
    let (added, _) = bob.add_passkey().await;
    let id = bob.passkeys().await[1]["id"].clone();
    bob.passkey = added;
    let removed = bob.confirmed("/api/passkeys/delete", json!({ "id": id })).await;
    for answer in [signed_in, list, removed.expect(StatusCode::OK)] {
        assert_eq!(answer["user_handle"], base64url(&browser.passkey.handle), "{answer}");
    }
}

#[tokio::test]
async fn every_sign_in_has_a_new_session_and_ends_the_one_of_its_browser() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut before = ann.clone();
    ann.sign_in().await.expect(StatusCode::OK);
    assert_ne!(ann.cookies[SESSION], before.cookies[SESSION]);
    assert!(ann.is_signed_in().await);
    assert!(!before.is_signed_in().await);
    assert_eq!(app.count("select count(*) from sessions").await, 1);
}

#[tokio::test]
async fn a_planted_session_is_never_adopted() {
    let app = TestApp::new().await;
    let ann = app.signed_up("ann").await;
    let mallory = app.signed_up("mallory").await;
    for planted in ["AAAAAAAAAAAAAAAAAAAAAA", "", "x", mallory.cookies[SESSION].as_str()] {
        let mut planter = ann.elsewhere();
        planter.cookies.insert(SESSION.to_owned(), planted.to_owned());
        let mut victim = planter.clone();
        victim.sign_in().await.expect(StatusCode::OK);
        assert_ne!(victim.cookies[SESSION], planted);
        assert!(victim.is_signed_in().await, "{planted:?}");
        assert!(!planter.is_signed_in().await, "{planted:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_sent_fifty_times_at_once_opens_one_session() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await.elsewhere();
    let before = app.count("select count(*) from sessions").await;
    let answer = ann.signed(OPTIONS).await;
    let answers = ann.post_at_once(50, VERIFY, answer).await;
    let (winners, losers): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(winners.len(), 1);
    losers.iter().for_each(|loser| loser.refused(StatusCode::UNAUTHORIZED, "sign_in_failed"));
    assert_eq!(app.count("select count(*) from sessions").await, before + 1);
}

#[tokio::test]
async fn a_new_challenge_replaces_the_open_one() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await.elsewhere();
    let first = ann.signed(OPTIONS).await;
    ann.signed(OPTIONS).await;
    assert_eq!(app.count("select count(*) from challenges").await, 1);
    ann.post(VERIFY, first).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    ann.signed(OPTIONS).await;
    let second = ann.signed(OPTIONS).await;
    ann.post(VERIFY, second).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn the_first_attempt_uses_the_challenge_up_whatever_it_was() {
    let app = TestApp::new().await;
    let ann = app.signed_up("ann").await;
    for (garbage, status, code) in [
        ("{}", StatusCode::UNAUTHORIZED, "sign_in_failed"),
        ("[]", StatusCode::UNAUTHORIZED, "sign_in_failed"),
        (r#"{"id":7}"#, StatusCode::UNAUTHORIZED, "sign_in_failed"),
        ("", StatusCode::UNAUTHORIZED, "sign_in_failed"),
        ("not JSON", StatusCode::BAD_REQUEST, "bad_request"),
        ("{", StatusCode::BAD_REQUEST, "bad_request"),
    ] {
        let mut ann = ann.elsewhere();
        let answer = ann.signed(OPTIONS).await;
        ann.send(VERIFY, "application/json", garbage).await.refused(status, code);
        assert_eq!(app.count("select count(*) from challenges").await, 0, "{garbage}");
        ann.post(VERIFY, answer).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
}

#[tokio::test]
async fn a_challenge_belongs_to_the_browser_that_asked() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await.elsewhere();
    let answer = ann.signed(OPTIONS).await;
    let mut mallory = app.visitor();
    mallory.post(OPTIONS, json!({})).await.expect(StatusCode::OK);
    mallory.post(VERIFY, answer.clone()).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert!(!mallory.is_signed_in().await);
    ann.post(VERIFY, answer).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_challenge_is_good_for_its_kind_of_ceremony_only() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let before = app.dump("passkeys").await;
    let step_up = ann.signed("/api/reauth/options").await;
    ann.post(VERIFY, step_up).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    let sign_in = ann.signed(OPTIONS).await;
    let step_up = ann.signed("/api/reauth/options").await;
    // Both are open: each answer at the other's address.
    ann.post(VERIFY, step_up).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    ann.post("/api/reauth/verify", sign_in)
        .await
        .refused(StatusCode::UNAUTHORIZED, "verification_failed");
    assert_eq!(app.dump("passkeys").await, before);
    assert_eq!(app.count("select count(*) from sessions").await, 1);
}

#[tokio::test]
async fn a_registration_does_not_answer_a_sign_in() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await.elsewhere();
    let mut options = ann.post(OPTIONS, json!({})).await.expect(StatusCode::OK);
    options["user"] = json!({ "id": base64url(&ann.passkey.handle) });
    let answer = ann.passkey.create(&options);
    ann.post(VERIFY, answer).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
}

#[tokio::test]
async fn signing_in_moves_the_time_of_last_use_even_without_a_counter() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    assert_eq!(ann.passkey.counter, 0);
    assert_eq!(ann.passkeys().await[0]["last_used_at"], Value::Null);
    let mut last = 0;
    for _ in 0..2 {
        app.wait(10);
        ann.sign_in().await.expect(StatusCode::OK);
        let used = ann.passkeys().await[0]["last_used_at"].as_i64().expect("a time");
        assert!(used >= last + 10_000);
        last = used;
    }
}

#[tokio::test]
async fn two_open_ceremonies_cannot_roll_a_counter_back() {
    let app = TestApp::new().await;
    let mut ann = counting(&app, 5).await;
    let mut other = ann.elsewhere();
    let (first, second) = (with_counter(&mut ann, 10).await, with_counter(&mut other, 7).await);
    ann.post(VERIFY, first).await.expect(StatusCode::OK);
    other.post(VERIFY, second).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert_eq!(app.count("select counter from passkeys").await, 10);
    assert!(app.has_activity("ann@example.com", "passkey.counter_regression").await);
}

#[tokio::test]
async fn the_counter_is_compared_by_the_statement_that_moves_it() {
    let app = TestApp::new().await;
    let ann = counting(&app, 5).await;
    let connect = async || app.state.db.connect().await.expect("a connection");
    let mut db = connect().await;
    let (read_before, _) = passkeys::find(&mut db, &ann.passkey.credential_id)
        .await
        .expect("a row")
        .expect("a passkey");
    drop(db);
    let request = Call::of_command(app.state.clone());
    for (counter, moves) in [(10, true), (7, false), (10, false), (0, false), (11, true)] {
        let used = Some(VerifiedAssertion { counter, backed_up: true });
        let db = connect().await;
        match passkeys::mark_used(&request, db, &read_before, used, Error::SignInFailed).await {
            Ok(tx) => {
                assert!(moves, "{counter}");
                tx.commit().await.expect("a commit");
            }
            Err(error) => assert_eq!((error, moves), (Error::SignInFailed, false), "{counter}"),
        }
    }
    assert_eq!(app.count("select counter from passkeys").await, 11);
}

/// Ann at a new browser, with a passkey that counts.
async fn counting(app: &TestApp, counter: u32) -> Visitor {
    let mut ann = app.visitor();
    ann.passkey.counter = counter;
    ann.sign_up("ann").await.expect(StatusCode::OK);
    ann.elsewhere()
}

/// An answer to new options that says this count.
async fn with_counter(visitor: &mut Visitor, counter: u32) -> Value {
    visitor.passkey.counter = counter - 1;
    visitor.signed(OPTIONS).await
}
