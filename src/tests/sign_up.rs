//! Sign-up: what is asked for, what is written, and that nothing is until a passkey answers.

use super::{
    addresses::TOLD, // with: mail
    authenticator::{BE, BS, Lie, UP, UV},
    support::at_once, // with: mail
    support::{TestApp, Visitor},
};
use crate::mail::Part; // with: mail
use crate::server::secret::{base64url, from_base64url};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;

fn ann() -> Value {
    json!({ "email": "ann@example.com", "name": "Ann" })
}

#[tokio::test]
async fn options_ask_for_a_verified_discoverable_unattested_passkey() {
    let app = TestApp::new().await;
    let options = app.visitor().post("/api/signup/options", ann()).await.expect(StatusCode::OK);
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["requireResidentKey"], true);
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["rp"], json!({ "id": "localhost", "name": "Latchkey" }));
    assert_eq!(options["user"]["name"], "ann@example.com");
    let handle = from_base64url(options["user"]["id"].as_str().expect("text")).expect("base64url");
    assert_eq!(handle.len(), 16);
    assert!(options.get("publicKey").is_none() && options.get("mediation").is_none());
}

#[tokio::test]
async fn options_write_no_user_and_challenges_never_repeat() {
    let app = TestApp::new().await;
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let options = app.visitor().post("/api/signup/options", ann()).await.expect(StatusCode::OK);
        let challenge = options["challenge"].as_str().expect("text").to_owned();
        assert_eq!(from_base64url(&challenge).expect("base64url").len(), 32);
        assert!(seen.insert(challenge));
    }
    assert_eq!(app.count("select count(*) from users").await, 0);
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

/// Signs somebody up by passkey, and looks at what that made.
pub(crate) async fn sign_up_and_look(app: &TestApp) -> Visitor {
    let mut ann = app.visitor();
    let user = ann.sign_up("ann").await.expect(StatusCode::OK);
    assert_eq!(user["user"]["email"], "ann@example.com");
    assert_eq!(user["user"]["name"], "ann");
    assert!(ann.is_signed_in().await);
    assert_eq!(
        app.activity("ann@example.com").await,
        [
            "passkey.registered",
            "session.created",
            "email.confirmed", // with: mail
        ]
    );
    assert_eq!(ann.passkey.handle.len(), 16);
    assert_eq!(app.count("select count(*) from challenges").await, 0);
    ann
}

#[tokio::test]
async fn a_passkey_makes_user_passkey_activity_and_session() {
    sign_up_and_look(&TestApp::new().await).await;
}

#[tokio::test]
async fn what_fails_half_way_leaves_nothing() {
    let app = TestApp::new().await;
    // The last thing that sign-up writes is refused; everything before must go with it.
    app.refuse("insert on sessions", "true").await;
    let before = app.dump_all().await;
    let answer = app.visitor().sign_up("ann").await;
    answer.refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert!(answer.headers.get("set-cookie").is_none());
    for table in ["users", "passkeys", "activity", "sessions"] {
        assert!(app.dump(table).await.is_empty(), "{table}");
    }
    assert_eq!(app.dump_all().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_sent_thirty_times_at_once_makes_one_account() {
    let app = TestApp::new().await;
    let mut visitor = app.visitor();
    let options = visitor.post("/api/signup/options", ann()).await.expect(StatusCode::OK);
    let answer = visitor.passkey.create(&options);
    let answers = visitor.post_at_once(30, "/api/signup/verify", answer).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(made.len(), 1);
    refused.iter().for_each(|it| it.refused(StatusCode::BAD_REQUEST, "registration_failed"));
    assert_eq!(app.count("select count(*) from users").await, 1);
}

// with: mail {
#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_accounts_may_claim_an_address_at_once_and_it_is_nobodys() {
    let app = TestApp::new().await;
    let mut calls = Vec::new();
    for _ in 0..30 {
        let mut visitor = app.visitor();
        let options = visitor.post("/api/signup/options", ann()).await.expect(StatusCode::OK);
        let answer = visitor.passkey.create(&options);
        calls.push(async move { visitor.post("/api/signup/verify", answer).await });
    }
    for answer in at_once(calls).await {
        answer.expect(StatusCode::OK);
    }
    assert_eq!(app.count("select count(*) from users").await, 30);
    assert_eq!(app.count("select count(*) from addresses").await, 0);
}
// with: mail }

// with: mail {
#[tokio::test]
async fn a_taken_address_looks_like_a_free_one_and_its_owner_is_told() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut mallory = app.visitor();
    let taken = mallory.post("/api/signup/options", ann()).await.expect(StatusCode::OK);
    let free = mallory
        .post("/api/signup/options", json!({ "email": "new@example.com", "name": "Ann" }))
        .await
        .expect(StatusCode::OK);
    let shape = |options: &Value| {
        let mut options = options.clone();
        options["challenge"].take();
        options["user"].take();
        options
    };
    assert_eq!(shape(&taken), shape(&free));
    for email in ["ann@example.com", " ANN@Example.com "] {
        let mut mallory = app.visitor();
        let options = mallory
            .post("/api/signup/options", json!({ "email": email, "name": "Ann" }))
            .await
            .expect(StatusCode::OK);
        let answer = mallory.passkey.create(&options);
        mallory.post("/api/signup/verify", answer).await.expect(StatusCode::OK);
        let told = mallory.mails("ann@example.com").await;
        assert_eq!(told[0].letter.subject, TOLD);
        assert!(!told[0].letter.parts.iter().any(|part| matches!(part, Part::Code(_))));
    }
    assert_eq!(app.count("select count(*) from addresses").await, 1);
    assert!(!mallory.is_signed_in().await);
}
// with: mail }

#[tokio::test]
async fn a_credential_that_is_somebodys_already_is_refused() {
    let app = TestApp::new().await;
    let ann = app.signed_up("ann").await;
    let before = app.dump("passkeys").await;
    let mut mallory = app.visitor();
    mallory.passkey.credential_id = ann.passkey.credential_id.clone();
    mallory.sign_up("mallory").await.refused(StatusCode::BAD_REQUEST, "registration_failed");
    assert_eq!(app.dump("passkeys").await, before);
    assert_eq!(app.count("select count(*) from users").await, 1);
}

#[tokio::test]
async fn registrations_that_do_not_hold_are_refused() {
    let lies: [Lie; 13] = [
        ("not verified", |a| a.flags = UP | BE | BS),
        ("not present", |a| a.flags = UV | BE | BS),
        ("backed up but not eligible", |a| a.flags = UP | UV | BS),
        ("a foreign origin", |a| a.origin = "https://evil.test".into()),
        ("a subdomain", |a| a.origin = "http://x.localhost:3000".into()),
        ("another port", |a| a.origin = "http://localhost:3001".into()),
        ("another scheme", |a| a.origin = "https://localhost:3000".into()),
        ("cross origin", |a| a.cross_origin = Some(true)),
        ("a top origin", |a| a.top_origin = Some("https://evil.test")),
        ("another relying party", |a| a.rp_id = "evil.test".into()),
        ("a challenge of its own", |a| a.challenge = Some(base64url(&[7; 32]))),
        ("a short credential id", |a| a.credential_id.truncate(15)),
        ("a long credential id", |a| a.credential_id = vec![1; 1024]),
    ];
    let app = TestApp::new().await;
    for (lie, tell) in lies {
        let mut mallory = app.visitor();
        tell(&mut mallory.passkey);
        let answer = mallory.sign_up("mallory").await;
        assert_eq!(
            (answer.status, &answer.json["code"]),
            (StatusCode::BAD_REQUEST, &json!("registration_failed")),
            "{lie}"
        );
    }
    assert_eq!(app.count("select count(*) from users").await, 0);
}

#[tokio::test]
async fn cross_origin_false_is_no_lie() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.passkey.cross_origin = Some(false);
    ann.sign_up("ann").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn ids_that_contradict_each_other_are_refused() {
    let app = TestApp::new().await;
    for (field, value) in [("id", json!("AAAAAAAAAAAAAAAAAAAAAA")), ("type", json!("password"))] {
        let mut mallory = app.visitor();
        let options = mallory.post("/api/signup/options", ann()).await.expect(StatusCode::OK);
        let mut answer = mallory.passkey.create(&options);
        answer[field] = value;
        mallory
            .post("/api/signup/verify", answer)
            .await
            .refused(StatusCode::BAD_REQUEST, "registration_failed");
    }
}

#[tokio::test]
async fn a_used_an_expired_and_a_missing_challenge_are_refused_alike() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let options = ann.post("/api/signup/options", self::ann()).await.expect(StatusCode::OK);
    let answer = ann.passkey.create(&options);
    ann.post("/api/signup/verify", json!({ "nonsense": true }))
        .await
        .refused(StatusCode::BAD_REQUEST, "registration_failed");
    ann.post("/api/signup/verify", answer)
        .await
        .refused(StatusCode::BAD_REQUEST, "registration_failed");

    let options = ann.post("/api/signup/options", self::ann()).await.expect(StatusCode::OK);
    let answer = ann.passkey.create(&options);
    app.wait(300);
    ann.post("/api/signup/verify", answer)
        .await
        .refused(StatusCode::BAD_REQUEST, "registration_failed");
    assert_eq!(app.count("select count(*) from challenges").await, 0);
    assert_eq!(app.count("select count(*) from users").await, 0);
}

#[tokio::test]
async fn names_and_addresses_must_be_sound() {
    let app = TestApp::new().await;
    for (field, value) in [
        ("email", json!("ann")),
        ("email", json!(format!("{}@example.com", "a".repeat(250)))),
        ("name", json!("   ")),
        ("name", json!("x".repeat(65))),
        ("name", json!("a\nb")),
        ("name", json!(7)),
        ("email", Value::Null),
    ] {
        let mut new = ann();
        new[field] = value.clone();
        let answer = app.visitor().post("/api/signup/options", new).await;
        answer.refused(StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(answer.json["field"], field, "{value}");
    }
    let answer = app.visitor().post("/api/signup/options", json!({ "name": "Ann" })).await;
    answer.refused_field("email");
}
