//! Step-up answers that do not count: old, foreign, false, or too many of them.

use super::{
    act::ACT,
    authenticator::{Authenticator, BE, BS, Lie, UP, UV},
    support::{TestApp, Visitor, act},
};
use crate::{error::Error, server::secret::base64url};
use axum::http::StatusCode;
use serde_json::{Value, json};

const OPTIONS: &str = "/api/reauth/options";
const VERIFY: &str = "/api/reauth/verify";

#[tokio::test]
async fn lies_of_an_authenticator_do_not_confirm() {
    let lies: [Lie; 17] = [
        ("a key that is not the passkey's", |a| {
            let (id, handle) = (a.credential_id.clone(), a.handle.clone());
            *a = Authenticator::new();
            (a.credential_id, a.handle, a.counter) = (id, handle, 9);
        }),
        ("not verified", |a| a.flags = UP | BE | BS),
        ("not present", |a| a.flags = UV | BE | BS),
        ("no longer eligible for backup", |a| a.flags = UP | UV),
        ("backed up but not eligible", |a| a.flags = UP | UV | BS),
        ("a foreign origin", |a| a.origin = "https://evil.test".into()),
        ("a subdomain", |a| a.origin = "http://x.localhost:3000".into()),
        ("another port", |a| a.origin = "http://localhost:3001".into()),
        ("another scheme", |a| a.origin = "https://localhost:3000".into()),
        ("cross origin", |a| a.cross_origin = Some(true)),
        ("a top origin", |a| a.top_origin = Some("http://localhost:3000")),
        ("another relying party", |a| a.rp_id = "evil.test".into()),
        ("a challenge of its own", |a| a.challenge = Some(base64url(&[7; 32]))),
        ("another user's handle", |a| a.handle = vec![3; 16]),
        ("the same count", |a| a.counter = 4),
        ("a lower count", |a| a.counter = 3),
        ("no count", |a| a.counter = 0),
    ];
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.passkey.counter = 5;
    ann.sign_up("ann").await.expect(StatusCode::OK);
    let before = (app.dump("passkeys").await, app.dump("sessions").await);
    for (lie, tell) in lies {
        let mut liar = ann.clone();
        tell(&mut liar.passkey);
        let answer = liar.confirm().await;
        let refusal = (StatusCode::UNAUTHORIZED, Error::VerificationFailed.body());
        assert_eq!((answer.status, answer.json), refusal, "{lie}");
        assert_eq!((app.dump("passkeys").await, app.dump("sessions").await), before, "{lie}");
    }
    assert_eq!(app.count("select count(*) from actions where confirmed_by is not null").await, 0);
    ann.confirm().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_passkey_of_one_device_never_confirms_as_a_synced_one() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.passkey.flags = UP | UV;
    ann.sign_up("ann").await.expect(StatusCode::OK);
    for flags in [UP | UV | BE, UP | UV | BS, UP | UV | BE | BS] {
        ann.passkey.flags = flags;
        ann.confirm().await.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    }
    ann.passkey.flags = UP | UV;
    ann.confirm().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn answers_that_contradict_themselves_do_not_confirm() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let bob = app.signed_up("bob").await;
    for (pointer, value) in [
        ("/id", json!(base64url(&bob.passkey.credential_id))),
        ("/rawId", json!(base64url(&bob.passkey.credential_id))),
        ("/type", json!("password")),
        ("/response/userHandle", json!(base64url(&bob.passkey.handle))),
        ("/response/signature", json!("")),
    ] {
        let mut answer = ann.signed(OPTIONS).await;
        *answer.pointer_mut(pointer).expect(pointer) = value;
        let answer = ann.post(VERIFY, answer).await;
        answer.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    }
}

#[tokio::test]
async fn a_challenge_is_used_up_by_its_first_answer() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let answer = ann.signed(OPTIONS).await;
    ann.post(VERIFY, answer.clone()).await.expect(StatusCode::OK);
    assert_expired(&mut ann, answer).await;
    for (garbage, status, code) in [
        ("not JSON", StatusCode::BAD_REQUEST, "bad_request"),
        ("{}", StatusCode::UNAUTHORIZED, "verification_failed"),
        ("", StatusCode::UNAUTHORIZED, "verification_failed"),
    ] {
        let answer = ann.signed(OPTIONS).await;
        ann.send(VERIFY, "application/json", garbage).await.refused(status, code);
        assert_expired(&mut ann, answer).await;
    }
}

#[tokio::test]
async fn missing_expired_replaced_and_foreign_challenges_have_expired() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    assert_expired(&mut ann, json!({})).await;

    let answer = ann.signed(OPTIONS).await;
    app.wait(300);
    assert_expired(&mut ann, answer).await;

    let replaced = ann.signed(OPTIONS).await;
    ann.step_up_options().await;
    let answer = ann.post(VERIFY, replaced).await;
    answer.refused(StatusCode::UNAUTHORIZED, "verification_failed");

    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    let answer = ann.signed(OPTIONS).await;
    assert_expired(&mut other, answer.clone()).await;
    // With the challenge cookie as well it is still the challenge of another session.
    other.cookies.extend(ann.cookies.clone().into_iter().filter(|(name, _)| name != "latchkey"));
    assert_expired(&mut other, answer.clone()).await;
    assert_expired(&mut ann, answer).await;

    let answer = ann.signed("/api/signin/options").await;
    assert_expired(&mut ann, answer).await;
}

async fn assert_expired(visitor: &mut Visitor, answer: Value) {
    let answer = visitor.post(VERIFY, answer).await;
    answer.refused(StatusCode::CONFLICT, "challenge_expired");
}

#[tokio::test]
async fn another_persons_passkey_is_named_as_such_and_is_not_marked_as_used() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let bob = app.signed_up("bob").await;
    let before = app.dump("passkeys").await;
    let options = ann.step_up_options().await;
    let answer = bob.passkey.clone().get(&options);
    ann.post(VERIFY, answer).await.refused(StatusCode::FORBIDDEN, "credential_not_yours");
    assert_eq!(app.dump("passkeys").await, before);
    // Whose it is stays unsaid to somebody who does not hold its key.
    let options = ann.step_up_options().await;
    let mut answer = bob.passkey.clone().get(&options);
    answer["response"]["signature"] = json!("");
    ann.post(VERIFY, answer).await.refused(StatusCode::UNAUTHORIZED, "verification_failed");
}

#[tokio::test]
async fn a_passkey_that_was_removed_meanwhile_is_unknown() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (mut added, row) = ann.add_passkey().await;
    let options = ann.step_up_options().await;
    let answer = added.get(&options);
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    other
        .confirmed("/api/passkeys/delete", json!({ "id": row["id"] }))
        .await
        .expect(StatusCode::OK);
    ann.post(VERIFY, answer).await.refused(StatusCode::NOT_FOUND, "credential_unknown");
}

#[tokio::test]
async fn the_fifth_failure_makes_an_action_void() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let acts = [act(json!({})), act(json!({}))];
    for (act, failures) in acts.into_iter().zip([4, 5]) {
        let action = json!({ "action": ann.post(ACT, act.clone()).await.json["action"] });
        for _ in 0..failures {
            ann.post(OPTIONS, action.clone()).await.expect(StatusCode::OK);
            let answer = ann.post(VERIFY, json!({})).await;
            answer.refused(StatusCode::UNAUTHORIZED, "verification_failed");
        }
        let options = ann.post(OPTIONS, action).await;
        if failures == 5 {
            options.refused(StatusCode::NOT_FOUND, "not_found");
        } else {
            let answer = ann.passkey.get(&options.json);
            ann.post(VERIFY, answer).await.expect(StatusCode::OK);
            ann.post(ACT, act).await.expect(StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn asking_again_does_not_start_the_count_of_failures_anew() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let act = act(json!({}));
    let action = ann.post(ACT, act.clone()).await.json["action"].clone();
    for _ in 0..5 {
        assert_eq!(ann.post(ACT, act.clone()).await.json["action"], action);
        ann.step_up_options().await;
        ann.post(VERIFY, json!({})).await.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    }
    assert_ne!(ann.post(ACT, act).await.json["action"], action);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_sent_fifty_times_at_once_confirms_once() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let answer = ann.signed(OPTIONS).await;
    let answers = ann.post_at_once(50, VERIFY, answer).await;
    let (winners, losers): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(winners.len(), 1);
    losers.iter().for_each(|loser| loser.refused(StatusCode::CONFLICT, "challenge_expired"));
    assert_eq!(app.count("select count(*) from activity where kind = 'step_up.verified'").await, 1);
}

#[tokio::test]
async fn a_challenge_that_another_release_kept_has_expired() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(ACT, act(json!({}))).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let answer = ann.signed(OPTIONS).await;
    app.execute("update challenges set state = '[1,2,3]'").await.expect("another state");
    ann.post(VERIFY, answer).await.refused(StatusCode::CONFLICT, "challenge_expired");
    ann.confirm().await.expect(StatusCode::OK);
}
