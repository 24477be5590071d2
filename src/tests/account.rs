//! Settings: sessions, activity, phone number, and the end of an account.

use super::support::{PASSWORD, TestApp, Visitor};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use std::net::SocketAddr;

async fn sessions(visitor: &mut Visitor) -> Vec<Value> {
    let list = visitor.post("/api/sessions/list", json!({})).await.expect(StatusCode::OK);
    list["sessions"].as_array().expect("a list").clone()
}

async fn events(visitor: &mut Visitor, page: Value) -> Vec<Value> {
    let list = visitor.post("/api/activity/list", page).await.expect(StatusCode::OK);
    list["events"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_user_sees_their_own_sessions_and_which_one_this_is() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    app.signed_up("bob").await;
    app.wait(10);
    let mut other = ann.elsewhere();
    other.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let list = sessions(&mut ann).await;
    let shown: Vec<_> =
        list.iter().map(|it| (it["method"].clone(), it["current"].clone())).collect();
    assert_eq!(shown, [(json!("password"), json!(false)), (json!("passkey"), json!(true))]);
    let fields: Vec<_> = list[0].as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["id", "created_at", "last_seen_at", "user_agent", "method", "current"]);
    // What would sign somebody in is not among it.
    let cookie = &ann.cookies["latchkey"];
    assert!(!list.iter().any(|it| it.to_string().contains(cookie)));
    // Those whose time is over are not there, swept or not.
    app.wait(3590);
    assert_eq!(sessions(&mut other).await.len(), 1);
}

#[tokio::test]
async fn one_session_is_ended_or_all_others() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut bob = app.signed_up("bob").await;
    let mut others = [ann.elsewhere(), ann.elsewhere(), ann.elsewhere()];
    for other in &mut others {
        other.sign_in().await.expect(StatusCode::OK);
    }
    let id = sessions(&mut others[0]).await.into_iter().find(|it| it["current"] == true);
    let id = json!({ "id": id.expect("a session")["id"] });
    bob.post("/api/sessions/revoke", id.clone()).await.refused(StatusCode::NOT_FOUND, "not_found");
    assert!(others[0].is_signed_in().await);
    let left = ann.post("/api/sessions/revoke", id.clone()).await.expect(StatusCode::OK);
    assert_eq!(left["sessions"], json!(sessions(&mut ann).await));
    assert_eq!(left["message"], "That session has ended.");
    assert_eq!(left["sessions"].as_array().map(Vec::len), Some(3));
    assert!(!others[0].is_signed_in().await);
    ann.post("/api/sessions/revoke", id).await.refused(StatusCode::NOT_FOUND, "not_found");
    let left = ann.post("/api/sessions/revoke-others", json!({})).await.expect(StatusCode::OK);
    assert_eq!(left["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(left["sessions"][0]["current"], true);
    assert!(!others[1].is_signed_in().await && !others[2].is_signed_in().await);
    assert!(ann.is_signed_in().await && bob.is_signed_in().await);
    // Ending the one that asks is signing out.
    let own = json!({ "id": sessions(&mut ann).await[0]["id"] });
    ann.post("/api/sessions/revoke", own).await.expect(StatusCode::OK);
    assert!(!ann.cookies.contains_key("latchkey"));
    let ended = app.activity("ann@example.com").await;
    assert_eq!(ended.iter().filter(|kind| *kind == "session.ended").count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_by_thirty_requests_at_once_ends_once() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    let id = sessions(&mut ann).await.into_iter().find(|it| it["current"] == false);
    let id = json!({ "id": id.expect("a session")["id"] });
    let answers = ann.post_at_once(30, "/api/sessions/revoke", id).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    let ended = app.activity("ann@example.com").await;
    assert_eq!(ended.iter().filter(|kind| *kind == "session.ended").count(), 1);
}

#[tokio::test]
async fn events_are_the_users_own_newest_first_and_paged() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut bob = app.signed_up("bob").await;
    bob.confirmed_act().await.expect(StatusCode::OK);
    let id = ann.passkeys().await[0]["id"].clone();
    for number in 0..30 {
        let rename = json!({ "id": id, "name": format!("Key {number}") });
        ann.post("/api/passkeys/rename", rename).await.expect(StatusCode::OK);
    }
    let first = events(&mut ann, json!({})).await;
    assert_eq!(first.len(), 20);
    assert_eq!(
        (&first[0]["kind"], &first[0]["detail"]),
        (&json!("passkey.renamed"), &json!("Key 29"))
    );
    let rest = events(&mut ann, json!({ "before": first[19]["id"] })).await;
    let all = app.activity("ann@example.com").await.len();
    assert_eq!(rest.len(), all - 20);
    assert_eq!(rest[rest.len() - 1]["kind"], "passkey.registered");
    assert_eq!(events(&mut ann, json!({ "limit": 1000 })).await.len(), all);
    assert_eq!(events(&mut ann, json!({ "limit": 0 })).await.len(), 1);
    assert!(first.iter().chain(&rest).all(|event| event["kind"] != "act"));
}

#[tokio::test]
async fn what_happened_is_not_rewritten() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let error = app.execute("update activity set kind = 'nothing'").await.expect_err("a refusal");
    assert!(error.to_string().contains("append only"), "{error}");
}

#[tokio::test]
async fn an_event_says_from_where_and_by_which_device() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut request = Request::post("/api/signin/password")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "Browser/1 (\u{7f}Machine)".replace('\u{7f}', ""))
        .header("x-forwarded-for", "9.9.9.9")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(r#"{"email":"ann@example.com","password":"wrong"}"#))
        .expect("a request");
    let address: SocketAddr = "203.0.113.7:4711".parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(address));
    app.visitor().request(request).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert!(app.has_activity("ann@example.com", "sign_in.failed").await);
    let event = events(&mut ann, json!({})).await.remove(0);
    assert_eq!(event["ip"], "203.0.113.7");
    assert_eq!(event["user_agent"], "Browser/1 (Machine)");
    assert_eq!(event["detail"], "password");
}

#[tokio::test]
async fn a_phone_number_is_changed_after_confirming_that_very_number() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let phone = "/api/account/phone";
    ann.post(phone, json!({ "phone": "12" })).await.refused_field("phone");
    let spelled = json!({ "phone": "+44 20 7946 0000" });
    ann.post(phone, spelled.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let shown = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
    assert_eq!(shown["summary"], "Change your phone number to +442079460000");
    ann.confirm().await.expect(StatusCode::OK);
    let other = json!({ "phone": "+44 20 7946 0001" });
    ann.post(phone, other).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    // However it is spelled, it is the same number.
    let changed = ann.post(phone, json!({ "phone": "+44(20)79460000" })).await;
    assert_eq!(
        changed.expect(StatusCode::OK),
        json!({
            "phone": "+442079460000",
            "message": "Your number is +442079460000.",
        })
    );
    ann.post(phone, spelled).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    assert_eq!(ann.account().await["phone"], "+442079460000");
}

/// Ann Lee, with everything that an account may have, and her user's id.
pub(crate) async fn with_everything(app: &TestApp) -> (Visitor, String) {
    let mut ann = app.signed_up("ann-lee").await;
    ann.set_password(PASSWORD).await;
    ann.make_codes().await;
    ann.confirmed("/api/account/phone", json!({ "phone": "+442079460000" }))
        .await
        .expect(StatusCode::OK);
    let id = app.text("select id from users where name = 'ann-lee'").await;
    (ann, id)
}

/// Deletes that account, from which nobody is signed in any more.
pub(crate) async fn delete(app: &TestApp, ann: &mut Visitor) {
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in().await.expect(StatusCode::OK);
    ann.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert!(!ann.cookies.contains_key("latchkey"));
    assert!(!elsewhere.is_signed_in().await);
    ann.sign_in().await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    app.send_mails().await; // with: mail
    app.wait(15 * 60 + 1);
    crate::cleanup::run(&app.state).await.expect("a sweep");
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_personal() {
    let app = TestApp::new().await;
    let (mut ann, id) = with_everything(&app).await;
    ann.confirmed_act().await.expect(StatusCode::OK);
    delete(&app, &mut ann).await;
    for line in app.dump_all().await {
        let personal = ["ann-lee", "2079460000", "the dishes", &id];
        assert!(!personal.iter().any(|personal| line.contains(personal)), "{line}");
    }
    // The address is free for somebody new.
    app.visitor().sign_up("ann-lee").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn what_was_tried_at_an_account_is_forgotten_with_it() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    app.visitor().sign_in_by_password("ann", "wrong").await;
    app.visitor().recover("ann", "wrong").await;
    // A password mistyped by its own user counts apart, and goes on to with a passkey.
    let mut eve = app.visitor();
    eve.sign_up_by_password("eve").await.expect(StatusCode::OK);
    let options = eve.confirmed_by_password("/api/passkeys/options", json!({})).await;
    eve.post("/api/reauth/password", json!({ "password": "wrong" })).await;
    let answer = eve.passkey.create(&options.expect(StatusCode::OK));
    eve.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from tries where id not like 'mail%'").await, 3);
    eve.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from tries where id not like 'mail%'").await, 2);

    ann.post("/api/account/delete", json!({})).await;
    ann.confirm().await.expect(StatusCode::OK);
    ann.step_up_options().await;
    assert_eq!(app.count("select count(*) from tries where id not like 'mail%'").await, 3);
    ann.post("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from tries where id not like 'mail%'").await, 0);
}

#[tokio::test]
async fn deleting_an_account_is_confirmed_and_undone_as_a_whole() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let before = app.dump("users").await;
    ann.post("/api/account/delete", json!({}))
        .await
        .refused(StatusCode::FORBIDDEN, "step_up_required");
    assert_eq!(app.dump("users").await, before);
    ann.confirm().await.expect(StatusCode::OK);
    app.refuse("delete on users", "true").await;
    let before = app.dump_all().await;
    ann.post("/api/account/delete", json!({}))
        .await
        .refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert_eq!(app.dump_all().await, before);
}

#[tokio::test]
async fn what_happened_on_an_account_is_kept_for_a_while_and_no_longer() {
    const DAY: u64 = 24 * 60 * 60;
    let kinds = async |ann: &mut Visitor| {
        let list = ann.post("/api/activity/list", json!({})).await.expect(StatusCode::OK);
        let events = list["events"].as_array().expect("a list").clone();
        events.iter().map(|event| event["kind"].clone()).collect::<Vec<_>>()
    };
    for (options, days) in [(&[][..], 400), (&["--activity-days", "30"], 30)] {
        let app = TestApp::with(options).await;
        let mut ann = app.signed_up("ann").await;
        app.wait(days * DAY - 60);
        crate::cleanup::run(&app.state).await.expect("a clean-up");
        ann.sign_in().await.expect(StatusCode::OK);
        assert!(kinds(&mut ann).await.contains(&json!("passkey.registered")));
        app.wait(60);
        crate::cleanup::run(&app.state).await.expect("a clean-up");
        let kept = kinds(&mut ann).await;
        assert!(!kept.contains(&json!("passkey.registered")), "{kept:?}");
        assert!(kept.contains(&json!("passkey.authenticated")), "{kept:?}");
    }
}

/// A deletion that is confirmed once and sent thirty times at once: one of them happens.
pub(crate) async fn assert_deleted_once(ann: &mut Visitor) {
    ann.post("/api/account/delete", json!({}))
        .await
        .refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    let answers = ann.post_at_once(30, "/api/account/delete", json!({})).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != StatusCode::OK) {
        answer.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_deletions_at_once_one_happens() {
    let app = TestApp::new().await;
    assert_deleted_once(&mut app.signed_up("ann").await).await;
    assert_eq!(app.count("select count(*) from users").await, 0);
}
