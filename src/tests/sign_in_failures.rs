//! Every failed sign-in looks like every other one, down to the byte, and leaves nothing behind.

use super::{
    authenticator::{Authenticator, BE, BS, Lie, UP, UV},
    support::{Answer, TestApp, Visitor},
};
use crate::{error::Error, server::secret::base64url};
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

const OPTIONS: &str = "/api/signin/options";
const VERIFY: &str = "/api/signin/verify";

/// An app with Ann, and what a failed sign-in looks like and leaves.
struct Scene {
    app: TestApp,
    ann: Visitor,
    before: Vec<String>,
}

impl Scene {
    /// Ann's passkey has these flags and this counter.
    async fn new(flags: u8, counter: u32) -> Self {
        let app = TestApp::new().await;
        let mut ann = app.visitor();
        ann.passkey.flags = flags;
        ann.passkey.counter = counter;
        ann.sign_up("ann").await.expect(StatusCode::OK);
        let before = app.dump_all().await;
        Self { app, ann, before }
    }

    async fn assert_refused(&self, why: &str, answer: &Answer) {
        let (status, headers, text) = answer.observable();
        let refusal = (StatusCode::UNAUTHORIZED, Error::SignInFailed.body().to_string());
        assert_eq!((status, text), refusal, "{why}");
        let mut names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
        names.retain(|name| !ON_EVERYTHING.contains(name));
        names.sort_unstable();
        assert_eq!(names, ["cache-control", "content-length", "content-type"], "{why}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/json", "{why}");
        // Nothing is written but what the owner can read of it.
        let mut after = self.app.dump_all().await;
        after.retain(|line| !FOR_THE_OWNER.iter().any(|kind| line.contains(kind)));
        assert_eq!(after, self.before, "{why}");
    }

    async fn refuses(&self, why: &str, tell: fn(&mut Authenticator)) {
        let mut ann = self.ann.elsewhere();
        tell(&mut ann.passkey);
        let answer = ann.sign_in().await;
        self.assert_refused(why, &answer).await;
    }
}

const ON_EVERYTHING: [&str; 5] = [
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
];
const FOR_THE_OWNER: [&str; 2] = ["sign_in.failed", "passkey.counter_regression"];
const ALL: u8 = UP | UV | BE | BS;

#[tokio::test]
async fn lies_of_an_authenticator_are_refused_alike() {
    let scene = Scene::new(ALL, 0).await;
    let lies: [Lie; 16] = [
        ("an unknown credential", |a| a.credential_id = vec![9; 32]),
        ("a key that is not the passkey's", |a| {
            let (id, handle) = (a.credential_id.clone(), a.handle.clone());
            *a = Authenticator::new();
            (a.credential_id, a.handle) = (id, handle);
        }),
        ("not verified", |a| a.flags = UP | BE | BS),
        ("not present", |a| a.flags = UV | BE | BS),
        ("no longer eligible for backup", |a| a.flags = UP | UV),
        ("backed up but not eligible", |a| a.flags = UP | UV | BS),
        ("a foreign origin", |a| a.origin = "https://evil.test".into()),
        ("a subdomain", |a| a.origin = "http://x.localhost:3000".into()),
        ("a longer name", |a| a.origin = "http://evillocalhost:3000".into()),
        ("another port", |a| a.origin = "http://localhost:3001".into()),
        ("no port", |a| a.origin = "http://localhost".into()),
        ("another scheme", |a| a.origin = "https://localhost:3000".into()),
        ("cross origin", |a| a.cross_origin = Some(true)),
        ("a top origin", |a| a.top_origin = Some("http://localhost:3000")),
        ("another relying party", |a| a.rp_id = "evil.test".into()),
        ("a challenge of its own", |a| a.challenge = Some(base64url(&[7; 32]))),
    ];
    for (why, tell) in lies {
        scene.refuses(why, tell).await;
    }
    scene.ann.elsewhere().sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_passkey_of_one_device_never_becomes_a_synced_one() {
    let scene = Scene::new(UP | UV, 0).await;
    scene.refuses("eligible all of a sudden", |a| a.flags = UP | UV | BE).await;
    scene.refuses("backed up but not eligible", |a| a.flags = UP | UV | BS).await;
    scene.refuses("both", |a| a.flags = ALL).await;
    scene.ann.elsewhere().sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_counter_that_does_not_rise_is_refused() {
    let scene = Scene::new(ALL, 5).await;
    scene.refuses("the same count", |a| a.counter = 4).await;
    scene.refuses("a lower count", |a| a.counter = 3).await;
    scene.refuses("no count", |a| a.counter = 0).await;
    let activity = scene.app.activity("ann@example.com").await;
    assert_eq!(activity.iter().filter(|kind| *kind == FOR_THE_OWNER[1]).count(), 3);
    scene.ann.elsewhere().sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn answers_that_contradict_themselves_are_refused_alike() {
    let scene = Scene::new(ALL, 0).await;
    let bob = scene.app.signed_up("bob").await;
    let scene = Scene { before: scene.app.dump_all().await, ..scene };
    let handle_of_bob = base64url(&bob.passkey.handle);
    let edits: [(&str, &str, Value); 12] = [
        ("another user's handle", "/response/userHandle", json!(handle_of_bob)),
        ("no handle", "/response/userHandle", Value::Null),
        ("an empty handle", "/response/userHandle", json!("")),
        ("a handle of nobody's", "/response/userHandle", json!(base64url(&[3; 16]))),
        ("an id that is not the raw id", "/id", json!(base64url(&bob.passkey.credential_id))),
        ("a raw id that is not the id", "/rawId", json!(base64url(&bob.passkey.credential_id))),
        ("another type", "/type", json!("password")),
        ("a broken signature", "/response/signature", json!(base64url(&[1; 70]))),
        ("an empty signature", "/response/signature", json!("")),
        ("no authenticator data", "/response/authenticatorData", json!("")),
        ("client data that is no JSON", "/response/clientDataJSON", json!(base64url(b"{"))),
        ("a text in the place of the response", "/response", json!("x")),
    ];
    for (why, pointer, value) in edits {
        let mut ann = scene.ann.elsewhere();
        let mut answer = ann.signed(OPTIONS).await;
        *answer.pointer_mut(pointer).expect(pointer) = value;
        let answer = ann.post(VERIFY, answer).await;
        scene.assert_refused(why, &answer).await;
    }
    let mut ann = scene.ann.elsewhere();
    let mut answer = ann.signed(OPTIONS).await;
    answer["response"].as_object_mut().expect("an object").remove("userHandle");
    let answer = ann.post(VERIFY, answer).await;
    scene.assert_refused("a handle that is not there", &answer).await;
}

#[tokio::test]
async fn missing_used_and_expired_challenges_are_refused_alike() {
    let scene = Scene::new(ALL, 0).await;
    let mut ann = scene.ann.elsewhere();
    let options = json!({ "challenge": base64url(&[7; 32]) });
    let answer = ann.passkey.get(&options);
    let answer = ann.post(VERIFY, answer).await;
    scene.assert_refused("no challenge at all", &answer).await;

    let answer = ann.signed(OPTIONS).await;
    ann.post(VERIFY, json!({})).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    let answer = ann.post(VERIFY, answer).await;
    scene.assert_refused("a used challenge", &answer).await;

    let answer = ann.signed(OPTIONS).await;
    scene.app.wait(300);
    let answer = ann.post(VERIFY, answer).await;
    scene.assert_refused("an expired challenge", &answer).await;
}

#[tokio::test]
async fn a_challenge_is_good_for_five_minutes_less_one_second() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await.elsewhere();
    let answer = ann.signed(OPTIONS).await;
    let expires = app.count("select expires_at from challenges").await;
    app.wait_until(expires - 1000);
    ann.post(VERIFY, answer).await.expect(StatusCode::OK);
}
