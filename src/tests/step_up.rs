//! Step-up: what is shown, what is asked for, what a confirmation changes, and who may make one.

use super::{
    act::ACT,
    support::{TestApp, act},
};
use crate::server::secret::{base64url, sha256};
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

const PENDING: &str = "/api/reauth/pending";
const OPTIONS: &str = "/api/reauth/options";
const VERIFY: &str = "/api/reauth/verify";

#[tokio::test]
async fn a_guarded_call_waits_for_one_confirmation_and_then_happens_once() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let act = act(json!({}));
    let before = app.dump_all().await;

    let refused = ann.post(ACT, act.clone()).await;
    refused.refused(StatusCode::FORBIDDEN, "step_up_required");
    let action = refused.json["action"].as_str().expect("an id");
    let changed: Vec<_> =
        app.dump_all().await.into_iter().filter(|line| !before.contains(line)).collect();
    assert_eq!(changed.len(), 1, "{changed:#?}");
    assert!(changed[0].starts_with("actions: "));

    let pending = ann.post(PENDING, json!({})).await.expect(StatusCode::OK);
    assert_eq!(
        pending,
        json!({
            "action": action,
            "kind": "act",
            "summary": "Do the dishes",
            "details": [
                { "label": "What", "value": "the dishes" },
                { "label": "From", "value": "ann@example.com" },
                { "label": "Note", "value": "tonight" },
            ],
            "methods": ["passkey"],
        })
    );
    let options = ann.step_up_options().await;
    let answer = ann.passkey.get(&options);
    let user = app.text("select id from users").await;
    let verified = ann.post(VERIFY, answer).await.expect(StatusCode::OK);
    assert_eq!(verified, json!({ "verified": true, "userId": user }));

    ann.post(ACT, act.clone()).await.expect(StatusCode::OK);
    for next in [act, super::support::act(json!({}))] {
        ann.post(ACT, next).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    }
    assert_eq!(app.acts("ann@example.com").await, 1);
}

#[tokio::test]
async fn what_is_shown_is_what_is_signed() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for (note, labels) in [("at noon", &["What", "From", "Note"][..]), ("", &["What", "From"])] {
        let act = act(json!({ "note": note }));
        ann.post(ACT, act.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        let shown = ann.post(PENDING, json!({})).await.expect(StatusCode::OK);
        let details = shown["details"].as_array().expect("a list");
        assert_eq!(details.iter().map(|it| &it["label"]).collect::<Vec<_>>(), labels);
        ann.confirm().await.expect(StatusCode::OK);
        let done = ann.post(ACT, act.clone()).await.expect(StatusCode::OK);
        let signed = done["receipt"]["action"].as_str().expect("text");
        let signed: Value = serde_json::from_str(signed).expect("JSON");
        for part in ["kind", "summary", "details"] {
            assert_eq!(signed[part], shown[part]);
        }
        assert_eq!(signed["payload"], act);
    }
}

#[tokio::test]
async fn confirming_leaves_the_sessions_byte_for_byte_as_they_were() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(ACT, act(json!({}))).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let before = app.dump("sessions").await;
    app.wait(600);
    // The first action is too old by now, so this is about the plain one as well.
    for _ in 0..2 {
        let options = ann.post(OPTIONS, json!({})).await;
        ann.post(PENDING, json!({})).await.expect(StatusCode::OK);
        let answer = ann.passkey.get(&options.json);
        let verified = ann.post(VERIFY, answer).await;
        assert!(verified.headers.get(header::SET_COOKIE).is_none());
        assert!(!options.header("set-cookie").starts_with("latchkey="));
        verified.expect(StatusCode::OK);
        ann.post(VERIFY, json!({})).await.refused(StatusCode::CONFLICT, "challenge_expired");
    }
    assert_eq!(app.dump("sessions").await, before);
}

#[tokio::test]
async fn nobody_confirms_without_a_session() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    for path in [PENDING, OPTIONS, VERIFY] {
        let answer = app.visitor().post(path, json!({})).await;
        answer.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
    assert_eq!(app.count("select count(*) from challenges").await, 0);
}

#[tokio::test]
async fn options_name_exactly_the_own_passkeys_with_their_transports() {
    let app = TestApp::new().await;
    app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    let (added, _) = ann.add_passkey().await;
    let options = ann.step_up_options().await;
    let descriptor = |id: &[u8]| json!({ "type": "public-key", "id": base64url(id), "transports": ["internal", "hybrid"] });
    assert_eq!(
        options["allowCredentials"],
        json!([descriptor(&added.credential_id), descriptor(&ann.passkey.credential_id)])
    );
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["rpId"], "localhost");
    assert!(options.get("publicKey").is_none() && options.get("mediation").is_none());
}

#[tokio::test]
async fn with_nothing_pending_the_user_is_asked_who_they_are() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(PENDING, json!({})).await.refused(StatusCode::NOT_FOUND, "not_found");
    ann.step_up_options().await;
    let pending = ann.post(PENDING, json!({})).await.expect(StatusCode::OK);
    assert_eq!(pending["kind"], "verify_identity");
    ann.confirm().await.expect(StatusCode::OK);
    // It stands for nothing else.
    ann.post(ACT, act(json!({}))).await.refused(StatusCode::FORBIDDEN, "step_up_required");
}

#[tokio::test]
async fn a_user_without_a_passkey_is_told_so_before_any_prompt() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    assert_eq!(app.execute("delete from passkeys").await.expect("a deletion"), 1);
    for (path, body) in [(OPTIONS, json!({})), (ACT, act(json!({})))] {
        ann.post(path, body).await.refused(StatusCode::CONFLICT, "passkey_required");
    }
    assert_eq!(app.count("select count(*) from challenges").await, 0);
    assert_eq!(app.count("select count(*) from actions").await, 0);
}

#[tokio::test]
async fn an_action_is_there_for_the_session_that_wanted_it_only() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let refused = ann.post(ACT, act(json!({}))).await;
    let action = json!({ "action": refused.json["action"] });
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    let mut bob = app.signed_up("bob").await;
    for path in [PENDING, OPTIONS] {
        for stranger in [&mut other, &mut bob] {
            stranger.post(path, action.clone()).await.refused(StatusCode::NOT_FOUND, "not_found");
        }
        let unknown = json!({ "action": "0" });
        ann.post(path, unknown).await.refused(StatusCode::NOT_FOUND, "not_found");
        ann.post(path, action.clone()).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn the_named_action_is_confirmed_and_the_newest_one_without_a_name() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (first, second) =
        (act(json!({ "what": "the dishes" })), act(json!({ "what": "the laundry" })));
    let named = ann.post(ACT, first.clone()).await.json["action"].clone();
    app.wait(1);
    ann.post(ACT, second.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let pending = ann.post(PENDING, json!({})).await.expect(StatusCode::OK);
    assert_eq!(pending["summary"], "Do the laundry");
    let pending = ann.post(PENDING, json!({ "action": named })).await.expect(StatusCode::OK);
    assert_eq!(pending["summary"], "Do the dishes");

    let options = ann.post(OPTIONS, json!({ "action": named })).await.expect(StatusCode::OK);
    let answer = ann.passkey.get(&options);
    ann.post(VERIFY, answer).await.expect(StatusCode::OK);
    ann.post(ACT, second).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.post(ACT, first).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_order_that_changes_after_the_options_is_another_action() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let shown = act(json!({}));
    ann.post(ACT, shown.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let answer = ann.signed(OPTIONS).await;
    let mut altered = shown.clone();
    altered["what"] = "the laundry".into();
    ann.post(ACT, altered.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.post(VERIFY, answer).await.expect(StatusCode::OK);
    ann.post(ACT, altered).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let done = ann.post(ACT, shown).await.expect(StatusCode::OK);
    assert_eq!(done["what"], "the dishes");
    assert_eq!(app.acts("ann@example.com").await, 1);
}

#[tokio::test]
async fn the_challenge_is_a_hash_over_the_stored_action() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(ACT, act(json!({ "note": "at noon", "key": "k-1" }))).await;
    let challenge = ann.step_up_options().await["challenge"].clone();
    let bytes = app.bytes("select bytes from actions").await;
    let kept: Value =
        serde_json::from_str(&app.text("select state from challenges").await).expect("JSON");
    let nonce: Vec<u8> = serde_json::from_value(kept["nonce"].clone()).expect("a nonce");
    assert_eq!(nonce.len(), 32);
    assert_eq!(
        challenge,
        base64url(&sha256(&[b"latchkey step-up v1\0", &nonce, &bytes])),
        "over the domain, the nonce and the action"
    );
    assert_ne!(ann.step_up_options().await["challenge"], challenge);

    let signed: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(
        signed,
        json!({
            "kind": "act",
            "summary": "Do the dishes",
            "details": [
                { "label": "What", "value": "the dishes" },
                { "label": "From", "value": "ann@example.com" },
                { "label": "Note", "value": "at noon" },
            ],
            "at": app.count("select created_at from actions").await,
            "payload": { "what": "the dishes", "note": "at noon", "key": "k-1" },
            "user": app.text("select id from users").await,
        })
    );
}

#[tokio::test]
async fn a_confirmation_moves_the_counter_and_the_time_of_last_use() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.passkey.counter = 5;
    ann.sign_up("ann").await.expect(StatusCode::OK);
    let before = app.state.clock.now();
    ann.confirm().await.expect(StatusCode::OK);
    assert_eq!(app.count("select counter from passkeys").await, 6);
    assert!(app.count("select last_used_at from passkeys").await >= before);
}

#[tokio::test]
async fn confirmations_and_failures_are_in_the_activity() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(ACT, act(json!({}))).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.step_up_options().await;
    ann.post(VERIFY, json!({})).await.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    ann.confirm().await.expect(StatusCode::OK);
    let kinds = app.activity("ann@example.com").await;
    assert_eq!(kinds[kinds.len() - 2..], ["step_up.failed", "step_up.verified"]);
    assert_eq!(
        app.count("select count(*) from activity where kind like 'step_up.%' and detail = 'act'")
            .await,
        2
    );
}
