//! One-time codes: how they are set up, that each works once, and where they count.

use super::{
    act::ACT,
    authenticator::Authenticator,
    support::{Answer, PASSWORD, TestApp, Visitor, act},
};
use crate::text::percent_encoded;
use axum::http::StatusCode;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

const SIGN_IN: &str = "/api/signin/totp";
const SIGN_IN_PAGE: &str = "/signin/totp";

/// An authenticator app.
pub(super) struct App(Totp);

impl App {
    fn with(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret).expect("a secret");
        Self(Builder::new().with_secret(secret).build().expect("an app"))
    }

    /// The code that it shows, so many steps from now.
    fn code(&self, app: &TestApp, steps: i64) -> String {
        let seconds = app.state.clock.now() / 1000 + 30 * steps;
        self.0.generate(seconds.try_into().expect("a time")).to_string()
    }
}

/// Sets one-time codes up, confirmed by passkey.
pub(super) async fn set_up(app: &TestApp, ann: &mut Visitor) -> App {
    let begun = ann.confirmed("/api/totp/start", json!({})).await.expect(StatusCode::OK);
    finish(app, ann, begun["secret"].as_str().expect("a secret")).await
}

async fn finish(app: &TestApp, ann: &mut Visitor, secret: &str) -> App {
    let authenticator = App::with(secret);
    let code = json!({ "code": authenticator.code(app, 0) });
    ann.post("/api/totp/confirm", code).await.expect(StatusCode::OK);
    authenticator
}

/// Ann has a passkey, a password and one-time codes.
async fn with_codes(app: &TestApp) -> (Visitor, App) {
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    let authenticator = set_up(app, &mut ann).await;
    (ann, authenticator)
}

async fn by_password(visitor: &mut Visitor) {
    let asked = visitor.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(asked, json!({ "second_factor": "totp" }));
    assert!(!visitor.is_signed_in().await);
}

/// Another browser of somebody's, in which the password was right and the code is asked for.
async fn after_password(ann: &Visitor) -> Visitor {
    let mut elsewhere = ann.elsewhere();
    by_password(&mut elsewhere).await;
    elsewhere
}

async fn answer(visitor: &mut Visitor, code: &str) -> Answer {
    visitor.post(SIGN_IN, json!({ "code": code })).await
}

fn refused(answer: &Answer) {
    answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
}

#[tokio::test]
async fn codes_are_on_once_a_right_one_was_typed_which_counts_as_used() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    ann.post("/api/totp/start", json!({})).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let begun = ann.confirmed("/api/totp/start", json!({})).await.expect(StatusCode::OK);
    let uri = begun["uri"].as_str().expect("an address");
    let app_name = percent_encoded(&app.state.config.rp_name);
    let beginning = format!("otpauth://totp/{app_name}:ann%40example.com?secret=");
    assert!(uri.starts_with(&beginning), "{uri}");
    assert!(begun["shown"].as_str().expect("HTML").contains("<svg"));
    let wrong = ann.post("/api/totp/confirm", json!({ "code": "000000" })).await;
    wrong.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    // Not on yet: a password signs in as before.
    assert_eq!(app.count("select count(*) from totps where confirmed = 1").await, 0);
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert!(elsewhere.is_signed_in().await);
    let authenticator = finish(&app, &mut ann, begun["secret"].as_str().expect("text")).await;
    assert_eq!(app.count("select count(*) from totps where confirmed = 1").await, 1);
    let mut elsewhere = after_password(&ann).await;
    refused(&answer(&mut elsewhere, &authenticator.code(&app, 0)).await);
    answer(&mut elsewhere, &authenticator.code(&app, 1)).await.expect(StatusCode::OK);
    assert!(elsewhere.is_signed_in().await);
}

#[tokio::test]
async fn a_password_asks_for_the_code_and_a_passkey_does_not() {
    let app = TestApp::new().await;
    let (ann, authenticator) = with_codes(&app).await;
    app.wait(30);
    let mut elsewhere = after_password(&ann).await;
    let user = answer(&mut elsewhere, &authenticator.code(&app, 0)).await.expect(StatusCode::OK);
    assert_eq!(user["user"]["email"], "ann@example.com");
    let mut by_passkey = ann.elsewhere();
    by_passkey.sign_in().await.expect(StatusCode::OK);
    assert!(by_passkey.is_signed_in().await);
}

// with: mail {
#[tokio::test]
async fn a_mail_asks_for_the_code_and_leads_to_the_page_that_was_asked_for() {
    let app = TestApp::new().await;
    let (ann, authenticator) = with_codes(&app).await;
    app.wait(30);
    let mut elsewhere = ann.elsewhere();
    let who = json!({ "email": "ann@example.com", "next": "/settings/sessions" });
    elsewhere.post("/api/signin/mail", who).await.expect(StatusCode::OK);
    let code = elsewhere.mailed_code("ann@example.com").await;
    let asked = elsewhere.post("/api/signin/code", json!({ "code": code })).await;
    assert_eq!(asked.expect(StatusCode::OK), json!({ "second_factor": "totp" }));
    assert!(!elsewhere.is_signed_in().await);
    let signed_in = answer(&mut elsewhere, &authenticator.code(&app, 0)).await;
    assert_eq!(signed_in.header("location"), "/settings/sessions");
    assert!(elsewhere.is_signed_in().await);
}
// with: mail }

#[tokio::test]
async fn a_code_is_for_the_browser_that_gave_the_password_and_works_once() {
    let app = TestApp::new().await;
    let (ann, authenticator) = with_codes(&app).await;
    app.wait(30);
    let code = authenticator.code(&app, 0);
    refused(&answer(&mut ann.elsewhere(), &code).await);
    let (mut first, mut second) = (ann.elsewhere(), ann.elsewhere());
    by_password(&mut first).await;
    by_password(&mut second).await;
    answer(&mut first, &code).await.expect(StatusCode::OK);
    refused(&answer(&mut second, &code).await);
    // Nor does an earlier one, though it would be in time.
    refused(&answer(&mut second, &authenticator.code(&app, -1)).await);
    answer(&mut second, &authenticator.code(&app, 1)).await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_who_type_one_code_at_once_one_is_signed_in() {
    let app = TestApp::new().await;
    let (ann, authenticator) = with_codes(&app).await;
    app.wait(30);
    let mut visitors = Vec::new();
    for _ in 0..30 {
        let mut visitor = ann.elsewhere();
        // Places to hash a password are few: one after the other.
        by_password(&mut visitor).await;
        visitors.push(visitor);
    }
    let code = authenticator.code(&app, 0);
    let calls = visitors.into_iter().map(|mut visitor| {
        let code = code.clone();
        async move { answer(&mut visitor, &code).await }
    });
    let answers = super::support::at_once(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(app.count("select count(*) from sessions where method = 'totp'").await, 1);
}

#[tokio::test]
async fn wrong_codes_wait_with_the_accounts_other_guesses_and_a_right_password_forgives_none() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let (ann, authenticator) = with_codes(&app).await;
    app.wait(30);
    let mut thief = app.visitor();
    let mut waits = false;
    for _ in 0..6 {
        let asked = thief.sign_in_by_password("ann", PASSWORD).await;
        waits |= asked.status == StatusCode::TOO_MANY_REQUESTS;
        let tried = answer(&mut thief, "000000").await;
        waits |= tried.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(waits, "who knows the password cannot guess on and on");
    // The owner's passkey is not held up, and neither is a browser that is known.
    let mut owner = ann.clone();
    owner.cookies.retain(|name, _| name == "latchkey-device");
    by_password(&mut owner).await;
    answer(&mut owner, &authenticator.code(&app, 0)).await.expect(StatusCode::OK);
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
}

/// Ann has a password and one-time codes, which have settled, and no passkey.
async fn without_passkey(app: &TestApp) -> (Visitor, App) {
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let begun = ann.confirmed_by_password("/api/totp/start", json!({})).await;
    let begun = begun.expect(StatusCode::OK);
    let authenticator = finish(app, &mut ann, begun["secret"].as_str().expect("text")).await;
    (ann, authenticator)
}

#[tokio::test]
async fn a_code_confirms_what_takes_the_strongest_method_once_and_never_what_takes_a_passkey() {
    let app = TestApp::new().await;
    let (mut ann, authenticator) = without_passkey(&app).await;
    app.wait(30);
    let phone = json!({ "phone": "+442079460000" });
    let call = "/api/account/phone";
    ann.post(call, phone.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let pending = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
    assert_eq!(pending["methods"], json!(["totp"]));
    // Nobody is talked down to the password.
    let weaker = ann.post("/api/reauth/password", json!({ "password": PASSWORD })).await;
    weaker.refused(StatusCode::CONFLICT, "passkey_required");
    let wrong = ann.post("/api/reauth/totp", json!({ "code": "000000" })).await;
    wrong.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    let code = json!({ "code": authenticator.code(&app, 0) });
    let verified = ann.post("/api/reauth/totp", code.clone()).await.expect(StatusCode::OK);
    assert_eq!(verified["verified"], true);
    ann.post(call, phone.clone()).await.expect(StatusCode::OK);
    // Neither the confirmation nor the code works again.
    ann.post(call, phone).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let again = ann.post("/api/reauth/totp", code).await;
    again.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    let act = ann.post(ACT, act(json!({}))).await;
    act.refused(StatusCode::CONFLICT, "passkey_required");
    // With a settled passkey no code confirms anything.
    let (mut bob, his) = {
        let mut bob = app.signed_up("bob").await;
        let his = set_up(&app, &mut bob).await;
        (bob, his)
    };
    app.wait(30);
    bob.post(call, json!({ "phone": "+442079460001" })).await;
    let weaker = bob.post("/api/reauth/totp", json!({ "code": his.code(&app, 0) })).await;
    weaker.refused(StatusCode::CONFLICT, "passkey_required");
}

#[tokio::test]
async fn codes_that_a_stolen_password_sets_up_wait_and_shut_nobody_out() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(2 * 60 * 60);
    let mut thief = app.visitor();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    app.send_mails().await; // with: mail
    let begun = thief.confirmed_by_password("/api/totp/start", json!({})).await;
    let begun = begun.expect(StatusCode::OK);
    finish(&app, &mut thief, begun["secret"].as_str().expect("text")).await;
    // The owner's password signs in as before.
    let mut owner = app.visitor();
    owner.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert!(owner.is_signed_in().await);
    // with: mail {
    // The mail about it undoes it.
    let token = json!({ "token": owner.undo_token("ann@example.com").await });
    owner.post("/api/recovery/undo", token).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from totps").await, 0);
    assert!(!thief.is_signed_in().await);
    // with: mail }
}

#[tokio::test]
async fn a_secret_is_switched_on_by_the_session_that_made_it_and_within_ten_minutes() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(2 * 60 * 60);
    let mut thief = app.visitor();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let expired = |answer: &Answer| answer.refused(StatusCode::CONFLICT, "challenge_expired");
    let begin = async |thief: &mut Visitor| {
        let begun = thief.confirmed_by_password("/api/totp/start", json!({})).await;
        App::with(begun.expect(StatusCode::OK)["secret"].as_str().expect("a secret"))
    };
    let code = |it: &App| json!({ "code": it.code(&app, 0) });
    let secret = begin(&mut thief).await;
    let mut elsewhere = app.visitor();
    elsewhere.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    expired(&elsewhere.post("/api/totp/confirm", code(&secret)).await);
    app.wait(10 * 60);
    expired(&thief.post("/api/totp/confirm", code(&secret)).await);
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from totps").await, 0);
    // A wait begins when they are switched on, not when they are begun.
    let secret = begin(&mut thief).await;
    app.wait(9 * 60);
    thief.post("/api/totp/confirm", code(&secret)).await.expect(StatusCode::OK);
    app.wait(23 * 60 * 60 + 55 * 60);
    let mut owner = app.visitor();
    owner.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert!(owner.is_signed_in().await);
}

#[tokio::test]
async fn codes_that_the_codes_before_have_confirmed_need_not_settle() {
    let app = TestApp::new().await;
    let (mut ann, first) = without_passkey(&app).await;
    app.wait(2 * 60 * 60);
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    answer(&mut ann, &first.code(&app, 0)).await.expect(StatusCode::OK);
    ann.post("/api/totp/start", json!({})).await;
    let code = json!({ "code": first.code(&app, 1) });
    ann.post("/api/reauth/totp", code).await.expect(StatusCode::OK);
    let begun = ann.post("/api/totp/start", json!({})).await.expect(StatusCode::OK);
    let second = finish(&app, &mut ann, begun["secret"].as_str().expect("text")).await;
    let mut elsewhere = after_password(&ann).await;
    refused(&answer(&mut elsewhere, &first.code(&app, 1)).await);
    answer(&mut elsewhere, &second.code(&app, 1)).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn guesses_at_a_secret_that_is_being_set_up_wait_like_any_others() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    ann.confirmed("/api/totp/start", json!({})).await.expect(StatusCode::OK);
    let mut waits = false;
    for _ in 0..6 {
        let tried = ann.post("/api/totp/confirm", json!({ "code": "000000" })).await;
        waits |= tried.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(waits);
}

#[tokio::test]
async fn a_first_factor_that_is_no_longer_right_leads_nowhere() {
    let app = TestApp::new().await;
    let (mut ann, authenticator) = with_codes(&app).await;
    let mut thief = ann.elsewhere();
    by_password(&mut thief).await;
    ann.set_password("another violet tractor at noon").await;
    refused(&answer(&mut thief, &authenticator.code(&app, 1)).await);
    assert!(!thief.is_signed_in().await);
    // Trying on and on does not keep it, either.
    ann.set_password(PASSWORD).await;
    by_password(&mut thief).await;
    for _ in 0..2 {
        app.wait(4 * 60);
        refused(&answer(&mut thief, "000000").await);
    }
    refused(&answer(&mut thief, &authenticator.code(&app, 0)).await);
}

// with: mail {
#[tokio::test]
async fn a_code_by_mail_is_no_first_factor_once_the_address_has_changed() {
    let app = TestApp::new().await;
    let (ann, authenticator) = with_codes(&app).await;
    let by_mail = async || {
        let mut visitor = ann.elsewhere();
        app.send_mails().await;
        let who = json!({ "email": "ann@example.com" });
        visitor.post("/api/signin/mail", who).await.expect(StatusCode::OK);
        let code = json!({ "code": visitor.mailed_code("ann@example.com").await });
        visitor.post("/api/signin/code", code).await.expect(StatusCode::OK);
        visitor
    };
    let (mut thief, mut owner) = (by_mail().await, by_mail().await);
    app.execute("update users set email = 'ann@new.example'").await.expect("a change");
    refused(&answer(&mut thief, &authenticator.code(&app, 1)).await);
    app.execute("update users set email = 'ann@example.com'").await.expect("a change");
    answer(&mut owner, &authenticator.code(&app, 1)).await.expect(StatusCode::OK);
}

// with: mail }
#[tokio::test]
async fn after_many_wrong_guesses_a_right_password_and_a_right_code_still_meet() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let (ann, authenticator) = with_codes(&app).await;
    let mut elsewhere = ann.elsewhere();
    for _ in 0..16 {
        elsewhere.sign_in_by_password("ann", "wrong tractor hums at noon").await;
        app.wait(15 * 60);
    }
    by_password(&mut elsewhere).await;
    answer(&mut elsewhere, &authenticator.code(&app, 0)).await.expect(StatusCode::OK);
    // A right password alone resets nothing.
    let mut thief = ann.elsewhere();
    for _ in 0..16 {
        thief.sign_in_by_password("ann", "wrong tractor hums at noon").await;
        app.wait(15 * 60);
    }
    by_password(&mut thief).await;
    refused(&answer(&mut thief, "000000").await);
    app.wait(14 * 60);
    let waits = thief.sign_in_by_password("ann", PASSWORD).await;
    waits.refused(StatusCode::TOO_MANY_REQUESTS, "rate_limited");
}

#[tokio::test]
async fn a_wrong_code_after_a_right_password_is_in_the_activity() {
    let app = TestApp::new().await;
    let (ann, _) = with_codes(&app).await;
    let mut thief = ann.elsewhere();
    by_password(&mut thief).await;
    refused(&answer(&mut thief, "000000").await);
    assert!(app.has_activity("ann@example.com", "sign_in.failed").await);
}

#[tokio::test]
async fn the_page_for_a_code_says_when_the_password_has_to_be_given_again() {
    let app = TestApp::new().await;
    let (ann, _) = with_codes(&app).await;
    let mut elsewhere = ann.elsewhere();
    assert!(elsewhere.get(SIGN_IN_PAGE).await.text().contains("Sign in again"));
    by_password(&mut elsewhere).await;
    assert!(elsewhere.get(SIGN_IN_PAGE).await.text().contains("Six digits from your app"));
    app.wait(5 * 60);
    assert!(elsewhere.get(SIGN_IN_PAGE).await.text().contains("Sign in again"));
}

#[tokio::test]
async fn what_takes_a_passkey_promises_nothing_of_codes_that_wait() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(2 * 60 * 60);
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let begun = ann.confirmed_by_password("/api/totp/start", json!({})).await;
    let begun = begun.expect(StatusCode::OK);
    finish(&app, &mut ann, begun["secret"].as_str().expect("text")).await;
    let refused = ann.post(ACT, act(json!({}))).await;
    refused.refused(StatusCode::CONFLICT, "passkey_required");
    assert_eq!(refused.json.get("until"), None);
}

#[tokio::test]
async fn in_a_recovery_switching_codes_off_waits_is_told_and_can_be_undone() {
    let app = TestApp::new().await;
    let (mut ann, authenticator) = with_codes(&app).await;
    let codes = ann.make_codes().await;
    let mut lost = ann.elsewhere();
    lost.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    let done = lost.post("/api/totp/remove", json!({})).await;
    assert_eq!(done.header("location"), "/signin?done=codes_end");
    assert!(!lost.is_signed_in().await);
    app.wait(60);
    let mut elsewhere = after_password(&ann).await;
    answer(&mut elsewhere, &authenticator.code(&app, 0)).await.expect(StatusCode::OK);
    // The owner reads of it at the next sign-in, and keeps the codes.
    let mut owner = ann.elsewhere();
    owner.sign_in().await.expect(StatusCode::OK);
    let notice = owner.account().await["notice"].clone();
    assert!(notice["changes"].to_string().contains("totp.ends"), "{notice}");
    owner.post("/api/recovery/undo", json!({})).await.expect(StatusCode::OK);
    app.wait(25 * 60 * 60);
    after_password(&ann).await;
    // Where nobody does, they end a day later.
    let mut lost = ann.elsewhere();
    ann.sign_in().await.expect(StatusCode::OK);
    let codes = ann.make_codes().await;
    lost.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    lost.post("/api/totp/remove", json!({})).await.expect(StatusCode::OK);
    app.wait(24 * 60 * 60 + 1);
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert!(elsewhere.is_signed_in().await);
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from totps").await, 0);
}

#[tokio::test]
async fn codes_are_renewed_and_switched_off_with_a_confirmation() {
    let app = TestApp::new().await;
    let (mut ann, first) = with_codes(&app).await;
    app.wait(60);
    // While another app is being set up the first one works on.
    let begun = ann.confirmed("/api/totp/start", json!({})).await.expect(StatusCode::OK);
    let mut elsewhere = after_password(&ann).await;
    answer(&mut elsewhere, &first.code(&app, 0)).await.expect(StatusCode::OK);
    let second = finish(&app, &mut ann, begun["secret"].as_str().expect("text")).await;
    app.wait(60);
    let mut elsewhere = after_password(&ann).await;
    refused(&answer(&mut elsewhere, &first.code(&app, 0)).await);
    answer(&mut elsewhere, &second.code(&app, 0)).await.expect(StatusCode::OK);
    ann.post("/api/totp/remove", json!({}))
        .await
        .refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirmed("/api/totp/remove", json!({})).await.expect(StatusCode::OK);
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert!(elsewhere.is_signed_in().await);
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_a_lost_app() {
    let app = TestApp::new().await;
    let (mut ann, _) = with_codes(&app).await;
    let codes = ann.make_codes().await;
    let mut lost = ann.elsewhere();
    by_password(&mut lost).await;
    lost.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    assert_eq!(lost.account().await["recovering"], true);
    assert!(
        lost.get("/settings/security").await.text().contains("your authenticator app that is lost")
    );
    // The passkey of the recovery signs in without a code, and switches the codes off once it has settled.
    let options = lost.post("/api/passkeys/options", json!({})).await.expect(StatusCode::OK);
    let mut found = Authenticator::new();
    let answer = found.create(&options);
    lost.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    let mut back = ann.elsewhere();
    back.passkey = found;
    app.wait(25 * 60 * 60);
    back.sign_in().await.expect(StatusCode::OK);
    back.confirmed("/api/totp/remove", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from totps").await, 0);
}

#[tokio::test]
async fn with_another_key_no_code_is_accepted_and_nobody_signs_in_without_one() {
    let key = ["--secret-key", "a key of at least thirty-two characters"];
    let app = TestApp::with(&key).await;
    let (ann, authenticator) = with_codes(&app).await;
    app.wait(30);
    let other = TestApp::on(
        &app.state.config.database_url,
        &["--secret-key", "another key of at least thirty-two characters"],
        std::sync::Arc::new(tempfile::tempdir().expect("a folder")),
        app.state.clock.clone(),
    )
    .await;
    let mut elsewhere = ann.elsewhere().at(&other);
    by_password(&mut elsewhere).await;
    refused(&answer(&mut elsewhere, &authenticator.code(&app, 0)).await);
    let locked = crate::totp::rows::check_key(&other.state).await;
    assert_eq!(locked.expect("a number"), 1);
    let mut back = ann.elsewhere();
    by_password(&mut back).await;
    answer(&mut back, &authenticator.code(&app, 0)).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn the_database_does_not_know_the_secret() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let begun = ann.confirmed("/api/totp/start", json!({})).await.expect(StatusCode::OK);
    let secret = begun["secret"].as_str().expect("text");
    let bytes = Secret::try_from_base32(secret).expect("a secret");
    let hex: String = bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let dump = app.dump_all().await.join("\n").to_lowercase();
    assert!(!dump.contains(&hex) && !dump.contains(&secret.to_lowercase()));
}
