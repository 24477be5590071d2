//! What must hold when the database, the clock, the client or the load is not as it should be. The
//! faults that need a process of its own are in `tests/faults.rs`.

use super::support::{TestApp, Visitor, order};
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

const SEND: &str = "/api/transfers/send";

/// An order that its visitor has confirmed.
async fn confirmed(ann: &mut Visitor) -> Value {
    let order = order(json!({}));
    ann.post(SEND, order.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    order
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
    let order = confirmed(&mut ann).await;
    let holder = other.hold_write_lock().await;
    let mut writer = ann.clone();
    let write = pin!(writer.post(SEND, order.clone()));
    let Either::Right((read, write)) = select(write, pin!(reader.balance())).await else {
        panic!("who reads waited for who writes");
    };
    assert_eq!(read, 1_000_000);
    let refused = write.await;
    refused.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    drop(holder);
    ann.post(SEND, order).await.expect(StatusCode::OK);
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_or_on_loses_no_money_and_opens_no_door() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    // With an opening balance of 10,000.00, in both directions, so that only the limit of a day counts.
    let mut bob = app.signed_up("bob").await;
    let large = |payee: &str| {
        let payee = format!("{payee}@example.com");
        order(json!({ "payee": payee, "amount_cents": 500_000 }))
    };
    for _ in 0..4 {
        ann.confirmed(SEND, large("bob")).await.expect(StatusCode::OK);
        bob.confirmed(SEND, large("ann")).await.expect(StatusCode::OK);
    }
    let day = Duration::from_secs(24 * 60 * 60);
    app.state.clock.turn_back(2 * day);
    ann.sign_in().await.expect(StatusCode::OK);
    // What was sent in a time to come counts for this day as well.
    ann.post(SEND, large("bob")).await.refused_field("amount_cents");
    app.state.clock.advance(2 * day);
    ann.sign_in().await.expect(StatusCode::OK);
    let answer = ann.signed("/api/signin/options").await;
    app.state.clock.advance(day);
    ann.post("/api/signin/verify", answer)
        .await
        .refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert!(!ann.is_signed_in().await);
    ann.sign_in().await.expect(StatusCode::OK);
    app.assert_ledger_balances().await;
}

/// Makes a call, and hangs up after the server has got on with it so many times. Whether there was
/// an answer by then.
async fn hang_up_after(ann: &Visitor, app: &TestApp, order: &Value, polls: usize) -> bool {
    let cookie = format!("latchkey={}", ann.cookies["latchkey"]);
    let request = Request::post(SEND)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, cookie)
        .header(header::HOST, "localhost:3000")
        .body(Body::from(order.to_string()))
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

#[tokio::test]
async fn a_client_that_is_gone_in_mid_transfer_has_sent_all_or_nothing() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (mut answered, mut hung_up) = (0, 0);
    // However fast the machine, each call is left a little later than the one before.
    for polls in std::iter::successors(Some(1), |polls| Some(polls * 4 / 3 + 1)) {
        let order = confirmed(&mut ann).await;
        let before = ann.balance().await;
        answered += usize::from(hang_up_after(&ann, &app, &order, polls).await);
        hung_up += 1;
        // A commit that was sent to the database goes on without its request.
        drop(app.hold_write_lock().await);
        app.assert_ledger_balances().await;
        let spent = before - ann.balance().await;
        assert!(spent == 0 || spent == 1000, "{spent}");
        // The same form again: what was confirmed is good still, or was carried out.
        ann.post(SEND, order).await.expect(StatusCode::OK);
        assert_eq!(before - ann.balance().await, 1000);
        if answered == 3 {
            break;
        }
    }
    assert!(hung_up > 6, "it never hung up in the middle: {hung_up}");
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
    ann.send_cents(1000).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up_and_undone() {
    let app = TestApp::with(&["--request-seconds", "1"]).await;
    let mut ann = app.signed_up("ann").await;
    let order = confirmed(&mut ann).await;
    let holder = app.hold_write_lock().await;
    // Earlier than the database would give up by itself.
    let given_up = timeout(Duration::from_secs(4), ann.post(SEND, order.clone())).await;
    let given_up = given_up.expect("an answer");
    given_up.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    drop(holder);
    assert_eq!(ann.balance().await, 1_000_000);
    ann.post(SEND, order).await.expect(StatusCode::OK);
    assert_eq!(ann.balance().await, 1_000_000 - 1000);
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
    let order = confirmed(&mut ann).await;
    only_read("on").await;
    for _ in 0..3 {
        let refused = ann.post(SEND, order.clone()).await;
        refused.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(ann.balance().await, 1_000_000);
    }
    ann.get("/readyz").await.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    only_read("off").await;
    ann.post(SEND, order).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn who_only_reads_need_not_have_the_use_of_the_session_noted() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.wait(2 * 60);
    app.refuse("update on sessions", "true").await;
    assert_eq!(ann.balance().await, 1_000_000);
    app.mend("sessions").await;
    assert_eq!(ann.balance().await, 1_000_000);
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
