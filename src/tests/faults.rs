//! What must hold when the database, the clock, the client or the load is not as it should be. The
//! faults that need a process of its own are in `tests/faults.rs`.

use super::{
    act::ACT,
    support::{TestApp, Visitor, act},
};
use crate::server::db::Kind;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use futures::future::{Either, select};
use serde_json::{Value, json};
use std::{pin::pin, time::Duration};
use tokio::time::timeout;
use tower::ServiceExt;

/// An act that its visitor has confirmed.
async fn confirmed(ann: &mut Visitor) -> Value {
    let act = act(json!({}));
    ann.post(ACT, act.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    act
}

#[tokio::test]
async fn while_another_process_holds_the_database_writes_are_refused_and_reads_answered() {
    let app = TestApp::new().await;
    let other = app.twin().await;
    let mut ann = app.signed_up("ann").await;
    let mut reader = ann.elsewhere();
    reader.sign_in().await.expect(StatusCode::OK);
    // So long ago that the use of the session is due to be noted.
    app.wait(120);
    let act = confirmed(&mut ann).await;
    let holder = other.hold_write_lock().await;
    let mut writer = ann.clone();
    let write = pin!(writer.post(ACT, act.clone()));
    let Either::Right((read, write)) = select(write, pin!(reader.passkeys())).await else {
        panic!("who reads waited for who writes");
    };
    assert_eq!(read.len(), 1);
    let refused = write.await;
    refused.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    drop(holder);
    assert_eq!(app.acts("ann@example.com").await, 0);
    ann.post(ACT, act).await.expect(StatusCode::OK);
    assert_eq!(app.acts("ann@example.com").await, 1);
}

/// Makes a call, and hangs up after the server has got on with it so many times. Whether there was
/// an answer by then.
pub(crate) async fn hang_up_after(
    app: &TestApp,
    ann: &Visitor,
    path: &str,
    body: &Value,
    polls: usize,
) -> bool {
    let cookie = format!("latchkey={}", ann.cookies["latchkey"]);
    let request = Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, cookie)
        .header(header::HOST, "localhost:3000")
        .body(Body::from(body.to_string()))
        .expect("a request");
    let mut call = Box::pin(app.router.clone().oneshot(request));
    for _ in 0..polls {
        if futures::poll!(&mut call).is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// How many times the server gets on with a call before its client hangs up: however fast the machine,
/// each call is left a little later than the one before.
pub(crate) fn later_and_later() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1), |polls| Some(polls + 1 + polls / 12))
}

#[tokio::test]
async fn a_client_that_is_gone_in_mid_act_has_done_all_or_nothing() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (mut answered, mut hung_up) = (0, 0);
    for polls in later_and_later() {
        let act = confirmed(&mut ann).await;
        answered += usize::from(hang_up_after(&app, &ann, ACT, &act, polls).await);
        // A commit that was sent to the database goes on without its request.
        drop(app.hold_write_lock().await);
        let done = app.acts("ann@example.com").await - hung_up;
        hung_up += 1;
        // What was confirmed is good still, or was carried out.
        let again = ann.post(ACT, act).await;
        match done {
            0 => drop(again.expect(StatusCode::OK)),
            1 => again.refused(StatusCode::FORBIDDEN, "step_up_required"),
            _ => panic!("done {done} times"),
        }
        assert_eq!(app.acts("ann@example.com").await, hung_up);
        if answered == 3 {
            break;
        }
    }
    assert!(hung_up > answered, "no call was left in the middle: {hung_up}");
}

#[tokio::test]
async fn beyond_its_capacity_the_server_refuses_and_stays_well() {
    let app = TestApp::with(&["--max-requests", "4"]).await;
    let mut ann = app.signed_up("ann").await;
    let holder = app.hold_write_lock().await;
    let crowd = ann.clone();
    let calls =
        tokio::spawn(
            async move { crowd.post_at_once(200, "/api/reauth/options", json!({})).await },
        );
    tokio::time::sleep(Duration::from_millis(300)).await;
    ann.get("/signin").await.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(ann.get("/healthz").await.text(), "ok\n");
    drop(holder);
    let answers = calls.await.expect("no panic");
    let passed = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(passed, 4);
    for answer in answers.iter().filter(|answer| answer.status != StatusCode::OK) {
        answer.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(answer.header("retry-after"), "1");
    }
    ann.confirmed_act().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up_and_undone() {
    let app = TestApp::with(&["--request-seconds", "1"]).await;
    let mut ann = app.signed_up("ann").await;
    let act = confirmed(&mut ann).await;
    let holder = app.hold_write_lock().await;
    // Earlier than the database would give up by itself.
    let given_up = timeout(Duration::from_secs(4), ann.post(ACT, act.clone())).await;
    let given_up = given_up.expect("an answer");
    given_up.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    drop(holder);
    assert_eq!(app.acts("ann@example.com").await, 0);
    ann.post(ACT, act).await.expect(StatusCode::OK);
    assert_eq!(app.acts("ann@example.com").await, 1);
}

#[tokio::test]
async fn readiness_is_whether_the_database_can_be_written() {
    let app = TestApp::new().await;
    let mut visitor = app.visitor();
    assert_eq!(visitor.get("/readyz").await.text(), "ok\n");
    app.state.health.stop();
    visitor.get("/readyz").await.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(visitor.get("/healthz").await.text(), "ok\n");

    let app = TestApp::new().await;
    app.state.db.close().await;
    let mut visitor = app.visitor();
    visitor.get("/readyz").await.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(visitor.get("/healthz").await.text(), "ok\n");
}

/// As after a failover: the server that is reached only reads, until it takes over.
#[tokio::test]
async fn a_server_that_only_reads_for_a_while_is_unavailable_for_writes_alone() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    if app.state.db.kind() == Kind::Sqlite {
        // A file that only can be read needs a process of its own: tests/faults.rs.
        return;
    }
    let only_read = async |on: &str| {
        let mut all = Vec::new();
        for _ in 0..10 {
            let mut connection = app.state.db.writer().acquire().await.expect("a connection");
            let set = format!("set default_transaction_read_only = {on}");
            sqlx::query(sqlx::AssertSqlSafe(set)).execute(&mut *connection).await.expect("set");
            all.push(connection);
        }
    };
    let act = confirmed(&mut ann).await;
    only_read("on").await;
    for _ in 0..3 {
        let refused = ann.post(ACT, act.clone()).await;
        refused.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(ann.passkeys().await.len(), 1);
        assert_eq!(app.acts("ann@example.com").await, 0);
    }
    ann.get("/readyz").await.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    only_read("off").await;
    ann.post(ACT, act).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_read_succeeds_when_the_use_of_the_session_cannot_be_noted() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.wait(2 * 60);
    app.refuse("update on sessions", "true").await;
    assert_eq!(ann.passkeys().await.len(), 1);
    app.mend("sessions").await;
    assert_eq!(ann.passkeys().await.len(), 1);
    assert!(app.count("select last_seen_at - created_at from sessions").await >= 120_000);
}

#[tokio::test]
async fn a_cleanup_outlives_its_failures() {
    let app = TestApp::new().await;
    app.visitor().post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
    app.wait(10 * 60);
    app.refuse("delete on challenges", "true").await;
    let period = Duration::from_millis(20);
    let cleaning = tokio::spawn(crate::cleanup::run_every(period, app.state.clone()));
    tokio::time::sleep(5 * period).await;
    assert_eq!(app.count("select count(*) from challenges").await, 1);
    app.mend("challenges").await;
    for _ in 0..200 {
        if app.count("select count(*) from challenges").await == 0 {
            break;
        }
        tokio::time::sleep(period).await;
    }
    assert_eq!(app.count("select count(*) from challenges").await, 0);
    assert!(!cleaning.is_finished());
    cleaning.abort();
}
