//! Answers that no authenticator gives: each is refused, and none breaks anything.

use super::{
    act::ACT,
    support::{PASSWORD, TestApp, Visitor, act},
};
use crate::server::secret::base64url;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Values that fit nowhere.
fn odd_values() -> Vec<Value> {
    let nested = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let mut values = vec![
        Value::Null,
        json!(true),
        json!(7),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!([]),
        json!({}),
        json!([[]]),
        json!({ "a": {} }),
        nested,
    ];
    for text in
        ["", "=", "A", "AA==", "A A", "+/+/", "!!!!", "\u{0}", "\u{202e}ü", "__proto__", "ÿÿ"]
    {
        values.push(json!(text));
    }
    values.push(json!("A".repeat(40_000)));
    values.extend(odd_bytes().iter().map(|bytes| json!(base64url(bytes))));
    values
}

/// CBOR, JSON and authenticator data gone wrong.
fn odd_bytes() -> Vec<Vec<u8>> {
    let mut all = vec![
        vec![0x00],
        vec![0xff; 100],
        vec![0xa0],
        vec![0x80],
        vec![0xf6],
        // Nested too deeply, without an end, and longer than anything.
        vec![0x81; 10_000],
        vec![0x9f; 10_000],
        vec![0xbf; 1000],
        [vec![0x5b], vec![0xff; 8]].concat(),
        [vec![0x9b], vec![0xff; 8]].concat(),
        [vec![0xbb], vec![0xff; 8]].concat(),
        vec![0xc0; 5000],
        // {"fmt": "none", "attStmt": {}} without, and with too short an authData
        b"\xa2\x63fmt\x64none\x67attStmt\xa0".to_vec(),
        b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x40".to_vec(),
        b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x44\x00\x00\x00\x00".to_vec(),
        b"\xa3\x63fmt\x67unheard\x67attStmt\xa0\x68authData\x40".to_vec(),
        b"{".to_vec(),
        b"{}".to_vec(),
        b"\xc3\x28".to_vec(),
        b"[".repeat(10_000),
        br#"{"type":"webauthn.get"}"#.to_vec(),
        br#"{"type":7,"challenge":7,"origin":7}"#.to_vec(),
        br#"{"type":"webauthn.get","challenge":"AAAA","origin":"not an origin"}"#.to_vec(),
    ];
    // Authenticator data of every length up to a whole one, all flags set.
    all.extend((0..60).step_by(7).map(|length| vec![0xff; length]));
    all
}

/// Every place in an answer, as JSON pointers.
fn places(value: &Value, at: &str) -> Vec<String> {
    let mut all = vec![at.to_owned()];
    if let Value::Object(fields) = value {
        all.extend(fields.iter().flat_map(|(name, value)| places(value, &format!("{at}/{name}"))));
    }
    all
}

/// Sends the answer with an odd value in each place; each time there is an open challenge.
async fn break_each_place(
    visitor: &mut Visitor,
    options: (&str, Value),
    verify: &str,
    answer: fn(&mut Visitor, &Value) -> Value,
    harmless: &[&str],
) {
    let given = visitor.post(options.0, options.1.clone()).await.expect(StatusCode::OK);
    for place in places(&answer(visitor, &given), "") {
        for value in odd_values() {
            let given = visitor.post(options.0, options.1.clone()).await.expect(StatusCode::OK);
            let mut broken = answer(visitor, &given);
            *broken.pointer_mut(&place).expect("a place") = value.clone();
            let refused = visitor.post(verify, broken).await;
            let what = || {
                let value: String = value.to_string().chars().take(60).collect();
                format!("{verify} {place} = {value}: {}", refused.text())
            };
            assert!(!refused.status.is_server_error(), "{}", what());
            let harmless = harmless.iter().any(|harmless| place.starts_with(harmless));
            assert!(harmless || refused.status.is_client_error(), "{}", what());
        }
    }
}

#[tokio::test]
async fn a_broken_answer_to_a_sign_in_is_refused() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await.elsewhere();
    let before = app.dump("passkeys").await;
    break_each_place(
        &mut ann,
        ("/api/signin/options", json!({})),
        "/api/signin/verify",
        |ann, options| ann.passkey.get(options),
        &["/clientExtensionResults"],
    )
    .await;
    assert_eq!(app.dump("passkeys").await.len(), before.len());
}

#[tokio::test]
async fn a_broken_answer_to_a_step_up_is_refused() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    break_each_place(
        &mut ann,
        ("/api/reauth/options", json!({})),
        "/api/reauth/verify",
        |ann, options| ann.passkey.get(options),
        // Whoever is signed in need not be named again.
        &["/clientExtensionResults", "/response/userHandle"],
    )
    .await;
}

#[tokio::test]
async fn a_broken_answer_to_a_sign_up_is_refused() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    break_each_place(
        &mut ann,
        ("/api/signup/options", json!({ "email": "ann@example.com", "name": "Ann" })),
        "/api/signup/verify",
        |ann, options| ann.passkey.create(options),
        &["/clientExtensionResults", "/authenticatorAttachment", "/response/transports"],
    )
    .await;
}

#[tokio::test]
async fn a_body_that_is_no_answer_at_all_is_refused() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let bodies: Vec<Vec<u8>> = vec![
        b"null".to_vec(),
        b"\"\"".to_vec(),
        b"\xff\xfe{}".to_vec(),
        b"{\"id\":\"\xc3\x28\"}".to_vec(),
        b"{\"id\":1e999999}".to_vec(),
        format!("{{\"id\":{}}}", "9".repeat(1000)).into_bytes(),
        b"[".repeat(60_000),
        b"{\"a\":".repeat(10_000),
        b"{\"response\":".repeat(5000),
        b"{\"id\":\"a\",\"id\":\"b\"}".to_vec(),
        b"{\"id\":\"\\ud800\"}".to_vec(),
        vec![0; 1000],
        b"\x1f\x8b\x08".to_vec(),
    ];
    for (options, verify) in [
        ("/api/signup/options", "/api/signup/verify"),
        ("/api/signin/options", "/api/signin/verify"),
        ("/api/reauth/options", "/api/reauth/verify"),
        ("/api/passkeys/list", "/api/passkeys/verify"),
    ] {
        for body in &bodies {
            let new = json!({ "email": "new@example.com", "name": "New" });
            ann.post(options, new).await.expect(StatusCode::OK);
            let refused = ann.send(verify, "application/json", body.clone()).await;
            let body: String = String::from_utf8_lossy(body).chars().take(40).collect();
            assert!(refused.status.is_client_error(), "{verify} {body}: {}", refused.text());
        }
    }
    assert_eq!(app.count("select count(*) from users").await, 1);
}

/// PostgreSQL has no place for it in a text.
#[tokio::test]
async fn a_nul_in_any_text_is_refused_or_means_nothing() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let nul = "a\u{0}b";
    let (email, password) = ("bob@example.com", PASSWORD);
    for (path, body) in [
        ("/api/signup/options", json!({ "email": nul, "name": "Bob" })),
        ("/api/signup/options", json!({ "email": email, "name": nul })),
        ("/api/signup/password", json!({ "email": nul, "name": "Bob", "password": password })),
        ("/api/signup/password", json!({ "email": email, "name": nul, "password": password })),
        ("/api/signin/password", json!({ "email": nul, "password": nul })),
        ("/api/signin/recovery", json!({ "email": nul, "code": nul })),
        ("/api/signin/recovery", json!({ "email": "ann@example.com", "code": nul })),
        ("/api/passkeys/rename", json!({ "id": nul, "name": "Mine" })),
        ("/api/passkeys/delete", json!({ "id": nul })),
        ("/api/reauth/options", json!({ "action": nul })),
        ("/api/reauth/pending", json!({ "action": nul })),
        ("/api/reauth/password", json!({ "action": nul, "password": nul })),
        (ACT, act(json!({ "what": nul }))),
        (ACT, act(json!({ "note": nul }))),
        (ACT, act(json!({ "key": nul }))),
        ("/api/sessions/revoke", json!({ "id": nul })),
        ("/api/activity/list", json!({ "before": nul })),
        ("/api/account/phone", json!({ "phone": nul })),
    ] {
        assert_nul_is_harmless(&mut ann, path, body).await;
    }
    assert_eq!(app.count("select count(*) from users").await, 1);
    assert_eq!(app.acts("ann@example.com").await, 0);
}

pub(crate) async fn assert_nul_is_harmless(ann: &mut Visitor, path: &str, body: Value) {
    let answer = ann.post(path, body.clone()).await;
    let harmless = answer.status.is_client_error() || path.ends_with("/list");
    assert!(harmless && !answer.status.is_server_error(), "{path} {body}: {}", answer.text());
}
