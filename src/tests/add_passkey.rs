//! One more passkey: confirmed with one that is there, and never the same one twice.

use super::{
    authenticator::{Authenticator, BE, BS, Lie, UP, UV},
    support::{TestApp, Visitor, at_once},
};
use crate::{error::Error, server::secret::base64url};
use axum::http::StatusCode;
use serde_json::{Value, json};

const OPTIONS: &str = "/api/passkeys/options";
const VERIFY: &str = "/api/passkeys/verify";

#[tokio::test]
async fn adding_a_passkey_needs_a_confirmation() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(OPTIONS, json!({})).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let pending = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
    assert_eq!(pending["summary"], "Add a passkey to ann@example.com");
    let answer = Authenticator::new().create(&json!({
        "challenge": base64url(&[7; 32]),
        "user": { "id": base64url(&ann.passkey.handle) },
    }));
    ann.post(VERIFY, answer).await.refused(StatusCode::CONFLICT, "challenge_expired");
    ann.confirm().await.expect(StatusCode::OK);
    let options = ann.post(OPTIONS, json!({})).await.expect(StatusCode::OK);
    let mut added = Authenticator::new();
    let answer = added.create(&options);
    let row = ann.post(VERIFY, answer).await.expect(StatusCode::OK);
    assert_eq!(ann.passkeys().await[0], row);
    assert_eq!(row["credential_id"], base64url(&added.credential_id));
    assert_eq!(app.activity("ann@example.com").await.last().expect("a line"), "passkey.registered");

    let mut other = ann.elsewhere();
    other.passkey = added;
    other.sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn options_ask_for_a_verified_discoverable_passkey_of_the_same_account() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let first = ann.confirmed(OPTIONS, json!({})).await.expect(StatusCode::OK);
    let second = ann.confirmed(OPTIONS, json!({})).await.expect(StatusCode::OK);
    for options in [&first, &second] {
        let selection = &options["authenticatorSelection"];
        assert_eq!(selection["residentKey"], "required");
        assert_eq!(selection["requireResidentKey"], true);
        assert_eq!(selection["userVerification"], "required");
        assert_eq!(options["attestation"], "none");
        assert_eq!(options["user"]["id"], base64url(&ann.passkey.handle));
        assert!(options.get("publicKey").is_none() && options.get("mediation").is_none());
    }
    assert_ne!(first["challenge"], second["challenge"]);
}

#[tokio::test]
async fn options_exclude_every_own_passkey_with_its_transports() {
    let app = TestApp::new().await;
    app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    ann.add_passkey().await;
    let options = ann.confirmed(OPTIONS, json!({})).await.expect(StatusCode::OK);
    let own: Vec<Value> = ann
        .passkeys()
        .await
        .iter()
        .map(|row| {
            let (id, transports) = (&row["credential_id"], &row["transports"]);
            json!({ "type": "public-key", "id": id, "transports": transports })
        })
        .collect();
    assert_eq!(own.len(), 2);
    assert_eq!(options["excludeCredentials"], json!(own));
}

#[tokio::test]
async fn transports_are_kept_as_the_browser_says_them_but_no_more_of_them_than_there_are() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut many: Vec<_> = (b'a'..=b'z').map(|it| char::from(it).to_string()).collect();
    for (said, kept) in [
        (
            json!(["smart-card", "internal", "smart-card", "new-kind", "hybrid"]),
            json!(["smart-card", "internal", "new-kind", "hybrid"]),
        ),
        (json!(["", "USB", "usb ", "nfc\n", "<b>", "x".repeat(33), "ble"]), json!(["ble"])),
        (json!(many.clone()), {
            many.truncate(16);
            json!(many)
        }),
        (json!([]), json!([])),
    ] {
        let mut answer = register(&mut ann, &mut Authenticator::new()).await;
        answer["response"]["transports"] = said;
        let passkey = ann.post(VERIFY, answer).await.expect(StatusCode::OK);
        assert_eq!(passkey["transports"], kept);
    }
}

/// Options that the visitor has confirmed, answered by this authenticator.
async fn register(visitor: &mut Visitor, authenticator: &mut Authenticator) -> Value {
    let options = visitor.confirmed(OPTIONS, json!({})).await.expect(StatusCode::OK);
    authenticator.create(&options)
}

#[tokio::test]
async fn a_passkey_is_registered_once_whoever_has_it() {
    let app = TestApp::new().await;
    let bob = app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    let before = app.dump("passkeys").await;
    for mut known in [ann.passkey.clone(), bob.passkey.clone()] {
        let answer = register(&mut ann, &mut known).await;
        ann.post(VERIFY, answer).await.refused(StatusCode::CONFLICT, "passkey_exists");
        let rows = app.dump("passkeys").await;
        assert_eq!(rows.len(), before.len());
    }
    let mut bob = bob.elsewhere();
    bob.sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_account_has_at_most_twenty_passkeys() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    copy_passkeys(&app, 18).await;
    ann.add_passkey().await;
    assert_eq!(ann.passkeys().await.len(), 20);
    ann.post(OPTIONS, json!({})).await.refused(StatusCode::CONFLICT, "too_many_passkeys");
}

#[tokio::test]
async fn the_limit_holds_for_ceremonies_that_are_open_when_it_is_reached() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let answer = register(&mut ann, &mut Authenticator::new()).await;
    copy_passkeys(&app, 19).await;
    ann.post(VERIFY, answer).await.refused(StatusCode::CONFLICT, "too_many_passkeys");
    assert_eq!(ann.passkeys().await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_twentieth_passkeys_at_once_one_is_added() {
    let app = TestApp::new().await;
    let twin = app.twin().await;
    let mut ann = app.signed_up("ann").await;
    let mut adding = Vec::new();
    for n in 0..30 {
        let mut visitor = ann.elsewhere().at(if n % 2 == 0 { &app } else { &twin });
        visitor.sign_in().await.expect(StatusCode::OK);
        let answer = register(&mut visitor, &mut Authenticator::new()).await;
        adding.push(async move { visitor.post(VERIFY, answer).await });
    }
    copy_passkeys(&app, 18).await;
    let mut refused = at_once(adding).await;
    refused.retain(|answer| answer.status != StatusCode::OK);
    assert_eq!(refused.len(), 29);
    for answer in refused {
        answer.refused(StatusCode::CONFLICT, "too_many_passkeys");
    }
    assert_eq!(ann.passkeys().await.len(), 20);
}

/// Gives the only user copies of their only passkey, each with a credential id of its own.
async fn copy_passkeys(app: &TestApp, copies: u8) {
    for copy in 0..copies {
        let mut tx = app.state.db.begin().await.expect("a transaction");
        sqlx::query(
            "insert into passkeys select $1, user_id, $2, credential, counter, backup_eligible,
                 backed_up, transports, aaguid, name, created_at, last_used_at, settled_at
             from passkeys where id not like 'copy-%'",
        )
        .bind(format!("copy-{copy}"))
        .bind([copy; 32].to_vec())
        .execute(&mut *tx)
        .await
        .expect("a copy");
        tx.commit().await.expect("a commit");
    }
}

#[tokio::test]
async fn registrations_that_do_not_hold_are_refused() {
    let lies: [Lie; 7] = [
        ("not verified", |a| a.flags = UP | BE | BS),
        ("not present", |a| a.flags = UV | BE | BS),
        ("a foreign origin", |a| a.origin = "https://evil.test".into()),
        ("cross origin", |a| a.cross_origin = Some(true)),
        ("a top origin", |a| a.top_origin = Some("https://evil.test")),
        ("another relying party", |a| a.rp_id = "evil.test".into()),
        ("a challenge of its own", |a| a.challenge = Some(base64url(&[7; 32]))),
    ];
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for (lie, tell) in lies {
        let mut liar = Authenticator::new();
        tell(&mut liar);
        let answer = register(&mut ann, &mut liar).await;
        let answer = ann.post(VERIFY, answer).await;
        let refusal = (StatusCode::BAD_REQUEST, Error::RegistrationFailed.body());
        assert_eq!((answer.status, answer.json), refusal, "{lie}");
    }
    assert_eq!(ann.passkeys().await.len(), 1);
}

#[tokio::test]
async fn used_old_replaced_and_foreign_challenges_are_refused() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let expired = (StatusCode::CONFLICT, "challenge_expired");

    let answer = register(&mut ann, &mut Authenticator::new()).await;
    ann.post(VERIFY, json!({})).await.refused(StatusCode::BAD_REQUEST, "registration_failed");
    ann.post(VERIFY, answer).await.refused(expired.0, expired.1);

    let replaced = register(&mut ann, &mut Authenticator::new()).await;
    register(&mut ann, &mut Authenticator::new()).await;
    ann.post(VERIFY, replaced).await.refused(StatusCode::BAD_REQUEST, "registration_failed");

    let answer = register(&mut ann, &mut Authenticator::new()).await;
    app.wait(300);
    ann.post(VERIFY, answer).await.refused(expired.0, expired.1);

    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    let answer = register(&mut ann, &mut Authenticator::new()).await;
    other.post(VERIFY, answer.clone()).await.refused(expired.0, expired.1);
    other.cookies.extend(ann.cookies.clone().into_iter().filter(|(name, _)| name != "latchkey"));
    other.post(VERIFY, answer.clone()).await.refused(expired.0, expired.1);

    let new = json!({ "email": "new@example.com", "name": "New" });
    let options = ann.post("/api/signup/options", new).await.expect(StatusCode::OK);
    let answer = Authenticator::new().create(&options);
    ann.post(VERIFY, answer).await.refused(expired.0, expired.1);
    assert_eq!(ann.passkeys().await.len(), 1);
}
