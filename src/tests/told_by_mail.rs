//! Mails about what happened on an account, the links in them that undo it, and getting back in by mail.

use super::support::{PASSWORD, TestApp, Visitor};
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

const ANN: &str = "ann@example.com";
const DAY: u64 = 24 * 60 * 60;

/// The subjects of the mails that wait for Ann, oldest first; they are sent now.
async fn subjects(app: &TestApp) -> Vec<String> {
    let mails = app.visitor().mails(ANN).await;
    app.send_mails().await;
    mails.into_iter().rev().map(|mail| mail.letter.subject).collect()
}

async fn add_passkey_by_password(visitor: &mut Visitor) -> super::authenticator::Authenticator {
    let options = visitor.confirmed_by_password("/api/passkeys/options", json!({})).await;
    let mut added = super::authenticator::Authenticator::new();
    let answer = added.create(&options.expect(StatusCode::OK));
    visitor.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    added
}

#[tokio::test]
async fn each_change_of_a_way_to_sign_in_is_told_by_mail() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    assert_eq!(subjects(&app).await, ["Confirm your e-mail address"]);
    ann.set_password(PASSWORD).await;
    assert_eq!(subjects(&app).await, ["Password set"]);
    let codes = ann.make_codes().await;
    assert_eq!(subjects(&app).await, ["New recovery codes made"]);
    let (_, passkey) = ann.add_passkey().await;
    assert_eq!(subjects(&app).await.len(), 1);
    let removal = json!({ "id": passkey["id"] });
    ann.confirmed("/api/passkeys/delete", removal).await.expect(StatusCode::OK);
    assert_eq!(subjects(&app).await.len(), 1);
    ann.confirmed("/api/password/remove", json!({})).await.expect(StatusCode::OK);
    assert_eq!(subjects(&app).await, ["Password removed"]);
    let off = json!({ "enabled": false });
    ann.confirmed("/api/account/mail-sign-in", off).await.expect(StatusCode::OK);
    assert_eq!(subjects(&app).await, ["Signing in by mail switched off"]);
    let mut elsewhere = ann.elsewhere();
    elsewhere.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    let told = subjects(&app).await;
    assert!(told.contains(&"Recovery code used".to_owned()), "{told:?}");
    ann.sign_in().await.expect(StatusCode::OK);
    ann.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(subjects(&app).await, ["Your account was deleted"]);
}

#[tokio::test]
async fn a_mail_says_when_and_where_and_a_known_browser_causes_none() {
    let app = TestApp::new().await;
    let mut ann = app.visitor_from("192.0.2.7".parse().expect("an address"));
    ann.sign_up("ann").await.expect(StatusCode::OK);
    app.send_mails().await;
    ann.sign_in().await.expect(StatusCode::OK);
    assert!(subjects(&app).await.is_empty());
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in().await.expect(StatusCode::OK);
    let mails = app.visitor().mails(ANN).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].letter.subject, "Signed in from a new browser");
    let text = mails[0].letter.to_text("http://localhost:3000");
    assert!(text.contains("When: ") && text.contains(" UTC"), "{text}");
    assert!(text.contains("From: 192.0.2.7"), "{text}");
    assert!(!text.contains("/undo"), "nothing waits: {text}");
    assert!(text.contains("http://localhost:3000/settings/activity"), "{text}");
}

#[tokio::test]
async fn five_mails_an_hour_tell_of_new_browsers_and_no_more() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let ann = app.signed_up("ann").await;
    app.send_mails().await;
    for _ in 0..8 {
        ann.elsewhere().sign_in().await.expect(StatusCode::OK);
    }
    assert_eq!(app.visitor().mails(ANN).await.len(), 5);
    let told = "select count(*) from activity where kind = 'session.new_browser'";
    assert_eq!(app.count(told).await, 8, "the activity has them all");
    app.wait(60 * 60);
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
    assert_eq!(app.visitor().mails(ANN).await.len(), 6);
}

#[tokio::test]
async fn the_host_of_a_request_is_in_no_link() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    app.send_mails().await;
    let request = Request::post("/api/signin/mail")
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .header(header::HOST, "evil.test")
        .header("x-forwarded-host", "evil.test")
        .body(json!({ "email": ANN }).to_string().into())
        .expect("a request");
    app.visitor().request(request).await.expect(StatusCode::OK);
    let mails = app.visitor().mails(ANN).await;
    let origin = app.state.config.origin();
    for text in [mails[0].letter.to_text(&origin), mails[0].letter.to_html(&origin)] {
        assert!(text.contains("http://localhost:3000/signin/code?code="), "{text}");
        assert!(!text.contains("evil"), "{text}");
    }
}

#[tokio::test]
async fn an_act_that_is_undone_is_told_to_nobody() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.send_mails().await;
    app.refuse("insert on activity", "new.kind = 'set_password'").await;
    let new = json!({ "new_password": PASSWORD });
    ann.post("/api/password/set", new.clone()).await;
    ann.confirm().await.expect(StatusCode::OK);
    ann.post("/api/password/set", new).await.refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert!(subjects(&app).await.is_empty());
}

/// Ann has a password; a thief who knows it adds a passkey, two hours after she began.
async fn with_a_thief(app: &TestApp) -> (Visitor, Visitor, super::authenticator::Authenticator) {
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(2 * 60 * 60);
    let mut thief = app.visitor();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    app.send_mails().await;
    let passkey = add_passkey_by_password(&mut thief).await;
    (ann, thief, passkey)
}

#[tokio::test]
async fn a_link_takes_back_what_waits_ends_all_sessions_and_opens_one_of_recovery() {
    let app = TestApp::new().await;
    let (ann, mut thief, passkey) = with_a_thief(&app).await;
    let mut owner = ann.elsewhere();
    let token = owner.undo_token(ANN).await;
    let before = app.dump_all().await;
    owner.get(&format!("/undo?token={token}")).await.expect(StatusCode::OK);
    assert_eq!(app.dump_all().await, before, "a page changes nothing");
    owner.post("/api/recovery/undo", json!({ "token": token })).await.expect(StatusCode::OK);
    assert!(!thief.is_signed_in().await);
    thief.passkey = passkey;
    thief.sign_in().await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert_eq!(owner.account().await["recovering"], true);
    let new = json!({ "new_password": "amber lighthouse under snow" });
    owner.post("/api/password/set", new).await.expect(StatusCode::OK);
    assert!(subjects(&app).await.contains(&"Password set".to_owned()));
}

#[tokio::test]
async fn a_settled_passkey_is_out_of_the_reach_of_a_link() {
    let app = TestApp::new().await;
    let (mut ann, ..) = with_a_thief(&app).await;
    let mut settled = app.visitor();
    settled.sign_up("bob").await.expect(StatusCode::OK);
    let token = ann.undo_token(ANN).await;
    app.wait(DAY);
    // By now the passkey has settled, and the link with it.
    let late = ann.post("/api/recovery/undo", json!({ "token": token })).await;
    late.refused(StatusCode::NOT_FOUND, "not_found");
    assert_eq!(app.count("select count(*) from passkeys").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_used_thirty_times_at_once_works_once() {
    let app = TestApp::new().await;
    let (ann, ..) = with_a_thief(&app).await;
    let token = json!({ "token": ann.undo_token(ANN).await });
    let answers = ann.elsewhere().post_at_once(30, "/api/recovery/undo", token).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == StatusCode::OK);
    assert_eq!(good.len(), 1);
    bad.iter().for_each(|answer| answer.refused(StatusCode::NOT_FOUND, "not_found"));
}

/// Asks to get back in by mail, and types the code.
async fn ask_back_in(app: &TestApp, visitor: &mut Visitor) -> Value {
    app.send_mails().await;
    visitor.post("/api/recovery/mail", json!({ "email": ANN })).await.expect(StatusCode::OK);
    let code = json!({ "code": visitor.mailed_code(ANN).await });
    visitor.post("/api/recovery/mail/code", code).await.expect(StatusCode::OK)
}

#[tokio::test]
async fn getting_back_in_by_mail_waits_a_day_and_then_makes_one_mend() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut lost = ann.elsewhere();
    let ready_at = ask_back_in(&app, &mut lost).await["ready_at"].as_i64().expect("a time");
    assert_eq!((ready_at - app.state.clock.now()) / 3_600_000, 23);
    assert!(!lost.is_signed_in().await);
    let told = subjects(&app).await;
    assert!(
        told.iter().any(|it| it.starts_with("Somebody asked to get back in by mail")),
        "{told:?}"
    );
    // To ask again neither shortens nor restarts the wait.
    app.wait(DAY / 2);
    assert_eq!(ask_back_in(&app, &mut lost).await["ready_at"], ready_at);
    // Whoever is signed in, or signs in meanwhile, reads of it.
    app.wait(60);
    assert_eq!(ann.elsewhere().account().await, Value::Null);
    ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["recovery_ready_at"], ready_at);
    ann.sign_in().await.expect(StatusCode::OK);
    let changes = ann.account().await["notice"]["changes"].clone();
    assert_eq!(changes[0]["kind"], "recovery.asked", "{changes}");
    app.wait(DAY / 2);
    assert!(ask_back_in(&app, &mut lost).await.get("ready_at").is_none());
    assert_eq!(lost.account().await["recovering"], true);
    assert!(!ann.is_signed_in().await);
    let new = json!({ "new_password": PASSWORD });
    lost.post("/api/password/set", new).await.expect(StatusCode::OK);
    lost.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    // It is used up.
    assert!(ask_back_in(&app, &mut app.visitor()).await["ready_at"].is_i64());
}

#[tokio::test]
async fn a_settled_passkey_or_the_link_stops_it_and_a_password_does_not() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    let waits = async || app.count("select count(*) from recoveries").await;
    ask_back_in(&app, &mut app.visitor()).await;
    let mut by_password = ann.elsewhere();
    by_password.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let stop = "/api/recovery/stop";
    by_password.post(stop, json!({})).await.refused(StatusCode::CONFLICT, "passkey_required");
    assert_eq!(waits().await, 1);
    ann.post(stop, json!({})).await.expect(StatusCode::OK);
    assert_eq!(waits().await, 0);
    ask_back_in(&app, &mut app.visitor()).await;
    let token = app.visitor().undo_token(ANN).await;
    let page = app.visitor().get(&format!("/undo?token={token}")).await.text();
    assert!(page.contains("action=\"/api/recovery/stop\""), "{page}");
    app.visitor().post(stop, json!({ "token": token })).await.expect(StatusCode::OK);
    assert_eq!(waits().await, 0);
    let wrong = app.visitor().post(stop, json!({ "token": "AAAA" })).await;
    wrong.refused(StatusCode::NOT_FOUND, "not_found");
    assert!(ann.is_signed_in().await, "only the recovery has ended");
}

#[tokio::test]
async fn a_recovery_that_nobody_goes_on_with_is_over_after_a_week() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    ask_back_in(&app, &mut app.visitor()).await;
    app.wait(8 * DAY + 1);
    assert!(ask_back_in(&app, &mut app.visitor()).await["ready_at"].is_i64(), "it begins anew");
    app.wait(9 * DAY);
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from recoveries").await, 0);
}

#[tokio::test]
async fn no_link_is_in_a_mail_to_somebody_who_only_claims_the_address() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    app.send_mails().await;
    ann.add_passkey().await;
    assert!(app.visitor().mails(ANN).await.is_empty(), "it may be a stranger's");
}

#[tokio::test]
async fn the_mailbox_is_on_localhost_alone() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    app.visitor().post("/api/signin/mail", json!({ "email": ANN })).await.expect(StatusCode::OK);
    let page = app.visitor().get("/mailbox").await.text();
    let newest = page.split("<article").nth(1).expect("a mail");
    assert!(newest.contains("data-to=\"ann@example.com\""), "{newest}");
    assert!(newest.contains("Your code to sign in"), "{newest}");
    assert!(app.visitor().get("/").await.text().contains("href=\"/mailbox\""));
    // Neither over https, nor where other machines reach it.
    let https = ["--rp-id", "example.com", "--origin", "https://example.com"];
    for options in [&https[..], &["--site-addr", "0.0.0.0:3000"]] {
        let app = TestApp::with(options).await;
        let page = app.visitor().get("/mailbox").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{options:?}");
        assert!(!page.text().contains("href=\"/mailbox\""), "{options:?}");
    }
}

#[tokio::test]
async fn a_recovery_by_mail_ends_the_password_that_a_thief_has_set() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(2 * 60 * 60);
    let stolen = "the password of a thief now";
    let mut thief = app.visitor();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let set = json!({ "new_password": stolen });
    thief.confirmed_by_password("/api/password/set", set).await.expect(StatusCode::OK);
    let told = app.visitor().mails(ANN).await;
    let text = told[0].letter.to_text("http://localhost:3000");
    assert!(text.contains("http://localhost:3000/recovery/mail"), "{text}");
    ask_back_in(&app, &mut ann).await;
    app.wait(DAY);
    ask_back_in(&app, &mut ann).await;
    assert!(!thief.is_signed_in().await);
    let new = json!({ "new_password": "amber lighthouse under snow" });
    ann.post("/api/password/set", new).await.expect(StatusCode::OK);
    let late = thief.sign_in_by_password("ann", stolen).await;
    late.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    let owner = ann.sign_in_by_password("ann", "amber lighthouse under snow").await;
    owner.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_settled_passkey_takes_back_the_password_of_a_recovery_by_mail() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    app.wait(2 * 60 * 60);
    let mut thief = app.visitor();
    ask_back_in(&app, &mut thief).await;
    app.wait(DAY);
    ask_back_in(&app, &mut thief).await;
    let new = json!({ "new_password": "amber lighthouse under snow" });
    thief.post("/api/password/set", new).await.expect(StatusCode::OK);
    // Until it has settled the one before works beside it, and what is older undoes it.
    ann.elsewhere().sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    ann.sign_in().await.expect(StatusCode::OK);
    ann.post("/api/recovery/undo", json!({})).await.expect(StatusCode::OK);
    let late = thief.sign_in_by_password("ann", "amber lighthouse under snow").await;
    late.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    ann.elsewhere().sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_link_about_a_change_stops_a_recovery_alone_for_as_long_as_it_can_be_gone_on_with() {
    let app = TestApp::new().await;
    let (mut ann, ..) = with_a_thief(&app).await;
    ask_back_in(&app, &mut app.visitor()).await;
    let token = ann.undo_token(ANN).await;
    let page = ann.get(&format!("/undo?token={token}")).await.text();
    for call in ["/api/recovery/undo", "/api/recovery/stop"] {
        assert!(page.contains(&format!("action=\"{call}\"")), "{page}");
    }
    app.wait(DAY + 60);
    ann.post("/api/recovery/stop", json!({ "token": token })).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from recoveries").await, 0);
    assert_eq!(app.count("select count(*) from passkeys").await, 1, "the rest is as it was");
}

#[tokio::test]
async fn no_mail_about_an_undoing_has_a_link_to_undo_what_its_owner_does_next() {
    let app = TestApp::new().await;
    let (ann, ..) = with_a_thief(&app).await;
    ask_back_in(&app, &mut app.visitor()).await;
    let mut owner = ann.elsewhere();
    let token = json!({ "token": owner.undo_token(ANN).await });
    owner.post("/api/recovery/undo", token).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from undo_links").await, 0);
}

#[tokio::test]
async fn a_link_removes_a_passkey_that_waits_and_no_settled_one() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    let codes = ann.make_codes().await;
    app.wait(2 * 60 * 60);
    let mut thief = app.visitor();
    thief.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    app.send_mails().await;
    let options = thief.post("/api/passkeys/options", json!({})).await.expect(StatusCode::OK);
    let added = super::authenticator::Authenticator::new().create(&options);
    thief.post("/api/passkeys/verify", added).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from passkeys").await, 2);
    let token = json!({ "token": ann.undo_token(ANN).await });
    ann.elsewhere().post("/api/recovery/undo", token).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from passkeys").await, 1);
    ann.sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn the_link_stops_a_recovery_for_as_long_as_it_can_be_gone_on_with() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    ask_back_in(&app, &mut app.visitor()).await;
    let token = app.visitor().undo_token(ANN).await;
    app.wait(6 * DAY);
    let stopped = app.visitor().post("/api/recovery/stop", json!({ "token": token })).await;
    stopped.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from recoveries").await, 0);
}

#[tokio::test]
async fn another_address_of_the_account_has_a_wait_of_its_own() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ask_back_in(&app, &mut app.visitor()).await;
    let new = "ann@new.example";
    ann.post("/api/email/start", json!({ "email": new })).await.expect(StatusCode::OK);
    let code = json!({ "code": ann.mailed_code(new).await });
    ann.confirmed("/api/email/confirm", code).await.expect(StatusCode::OK);
    app.wait(DAY);
    app.send_mails().await;
    let mut thief = app.visitor();
    thief.post("/api/recovery/mail", json!({ "email": new })).await.expect(StatusCode::OK);
    let code = json!({ "code": thief.mailed_code(new).await });
    let asked = thief.post("/api/recovery/mail/code", code).await.expect(StatusCode::OK);
    assert!(asked["ready_at"].is_i64(), "{asked}");
}

#[tokio::test]
async fn the_owner_ends_a_recovery_by_mail_and_what_it_did_in_one_call() {
    let app = TestApp::new().await;
    let ann = app.signed_up("ann").await;
    ask_back_in(&app, &mut app.visitor()).await;
    app.wait(DAY);
    let mut thief = app.visitor();
    ask_back_in(&app, &mut thief).await;
    assert_eq!(thief.account().await["recovering"], true);
    let mut owner = ann.elsewhere();
    owner.sign_in().await.expect(StatusCode::OK);
    assert_eq!(owner.account().await["notice"]["can_undo"], true);
    owner.post("/api/recovery/undo", json!({})).await.expect(StatusCode::OK);
    assert_eq!(thief.account().await, Value::Null);
}
