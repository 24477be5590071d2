//! Requests that are on their way when their session ends: they change nothing and bring nothing back.

use super::{
    act::ACT,
    authenticator::Authenticator,
    support::{Answer, PASSWORD, TestApp, Visitor, act},
};
use crate::server::session;
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    middleware::from_fn_with_state,
    routing::post,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{join, sync::Notify, time::sleep};
use tower::ServiceExt;
use tower_sessions::Session;

/// A route that reads its session, waits, and then writes to it.
struct Slow {
    router: Router,
    started: Arc<Notify>,
    go: Arc<Notify>,
}

impl Slow {
    fn new(app: &TestApp) -> Self {
        let (started, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (started.clone(), go.clone());
        let write = move |session: Session| async move {
            let before = session.get::<i64>("written").await.expect("a session");
            tell.notify_one();
            wait.notified().await;
            session.insert("written", before.unwrap_or(0) + 1).await.expect("a write");
            StatusCode::OK
        };
        let layer = from_fn_with_state(app.state.clone(), session::layer);
        Self { router: Router::new().route("/slow", post(write)).layer(layer), started, go }
    }

    /// Its answer, when `meanwhile` happens between its reading and its writing.
    async fn write(&self, visitor: &Visitor, meanwhile: impl Future<Output = ()>) -> Answer {
        let cookie = format!("latchkey={}", visitor.cookies["latchkey"]);
        let request = Request::post("/slow").header(header::COOKIE, cookie);
        let request = request.body(Body::empty()).expect("a request");
        let writing = tokio::spawn(self.router.clone().oneshot(request));
        self.started.notified().await;
        meanwhile.await;
        self.go.notify_one();
        Answer::read(writing.await.expect("no panic").expect("an answer")).await
    }
}

#[tokio::test]
async fn a_slow_write_cannot_bring_an_ended_session_back() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let slow = Slow::new(&app);
    assert_eq!(slow.write(&ann, async {}).await.status, StatusCode::OK);
    let saved = app.text("select data from sessions").await;
    assert_eq!(saved, r#"{"written":1}"#);

    let mut signing_out = ann.clone();
    let answer = slow
        .write(&ann, async {
            signing_out.post("/api/signout", json!({})).await.expect(StatusCode::OK);
        })
        .await;
    answer.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert!(answer.headers.get(header::SET_COOKIE).is_none());
    assert_eq!(app.count("select count(*) from sessions").await, 0);
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn a_slow_write_touches_neither_owner_nor_times_of_a_session() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let seen = "select last_seen_at from sessions";
    let before = app.count(seen).await;
    app.wait(600);
    let mut reading = ann.clone();
    let answer = Slow::new(&app)
        .write(&ann, async {
            assert!(reading.is_signed_in().await);
        })
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(app.count(seen).await >= before + 600_000);
    assert!(ann.is_signed_in().await);
}

/// The answer to a call that has read its session and waits to write when `end` is carried out.
pub(crate) async fn overtaken(
    app: &TestApp,
    ann: &Visitor,
    path: &'static str,
    body: Value,
    end: &'static str,
) -> Answer {
    let mut writer = app.hold_write_lock().await;
    let mut ann = ann.clone();
    let call = tokio::spawn(async move { ann.post(path, body).await });
    sleep(Duration::from_millis(200)).await;
    sqlx::query(end).execute(&mut *writer).await.expect(end);
    writer.commit().await.expect("a commit");
    call.await.expect("no panic")
}

#[tokio::test]
async fn a_call_whose_session_ends_before_it_writes_is_not_signed_in() {
    for end in ["delete from sessions", "delete from users"] {
        for (path, body) in [
            (ACT, act(json!({}))),
            ("/api/passkeys/options", json!({})),
            ("/api/reauth/options", json!({})),
        ] {
            let app = TestApp::new().await;
            let ann = app.signed_up("ann").await;
            let answer = overtaken(&app, &ann, path, body, end).await;
            assert_eq!(answer.json["code"], "not_signed_in", "{end}, {path}");
            assert_eq!(app.count("select count(*) from actions").await, 0);
            assert_eq!(app.count("select count(*) from challenges").await, 0);
        }
    }
}

#[tokio::test]
async fn a_confirmed_act_whose_session_ends_first_does_not_happen() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let act = act(json!({}));
    ann.post(ACT, act.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    let answer = overtaken(&app, &ann, ACT, act, "delete from sessions").await;
    answer.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(app.acts("ann@example.com").await, 0);
}

#[tokio::test]
async fn an_act_whose_account_goes_while_its_session_is_looked_up_does_not_happen() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    // The look-up writes when the session was last seen.
    app.wait(120);
    app.on_event("update on sessions", "delete from users").await;
    let answer = ann.post(ACT, act(json!({}))).await;
    answer.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(app.count("select count(*) from actions").await, 0);
}

#[tokio::test]
async fn a_passkey_is_not_added_to_a_session_that_ended_after_its_challenge_was_used() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let options = ann.confirmed("/api/passkeys/options", json!({})).await.expect(StatusCode::OK);
    let answer = Authenticator::new().create(&options);
    app.on_event("delete on challenges", "delete from sessions").await;
    let late = ann.post("/api/passkeys/verify", answer).await;
    late.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(app.count("select count(*) from passkeys").await, 1);
}

#[tokio::test]
async fn removing_a_passkey_ends_the_addition_that_it_confirmed() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let id = ann.passkeys().await[0]["id"].clone();
    let (second, _) = ann.add_passkey().await;
    let options = ann.confirmed("/api/passkeys/options", json!({})).await.expect(StatusCode::OK);
    let answer = Authenticator::new().create(&options);
    let mut elsewhere = ann.elsewhere();
    elsewhere.passkey = second;
    elsewhere.sign_in().await.expect(StatusCode::OK);
    elsewhere.confirmed("/api/passkeys/delete", json!({ "id": id })).await.expect(StatusCode::OK);
    ann.post("/api/passkeys/verify", answer)
        .await
        .refused(StatusCode::CONFLICT, "challenge_expired");
    assert_eq!(app.count("select count(*) from passkeys").await, 1);
}

#[tokio::test]
async fn a_recovery_session_that_is_ended_first_sets_no_password() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let codes = ann.make_codes().await;
    ann.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    let new = json!({ "new_password": PASSWORD });
    let answer = overtaken(&app, &ann, "/api/password/set", new, "delete from sessions").await;
    answer.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(app.count("select count(*) from users where password is not null").await, 0);
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_checked_signs_nobody_in() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let mut elsewhere = ann.elsewhere();
    // Nothing is hashed before the change.
    let all = app.state.passwords.take_every_worker();
    let change = async {
        sleep(Duration::from_millis(300)).await;
        app.execute("update users set password = password || ' '").await.expect("a change");
        drop(all);
    };
    let (answer, ()) = join!(elsewhere.sign_in_by_password("ann", PASSWORD), change);
    answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert_eq!(app.count("select count(*) from sessions").await, 1);
}

#[tokio::test]
async fn a_sign_in_whose_passkey_is_removed_first_fails_like_any_other() {
    for end in ["delete from passkeys", "delete from users"] {
        let app = TestApp::new().await;
        let mut ann = app.signed_up("ann").await.elsewhere();
        let answer = ann.signed("/api/signin/options").await;
        let answer = overtaken(&app, &ann, "/api/signin/verify", answer, end).await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
        assert_eq!(
            app.count("select count(*) from sessions where passkey_id is not null").await,
            0
        );
    }
}
