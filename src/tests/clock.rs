//! A clock that is set back, or is behind at one instance: nothing lives longer than its time, nothing
//! that is valid becomes invalid, and what happened stays in order.

use super::{
    act::ACT,
    support::{PASSWORD, TestApp, Visitor, act},
};
use crate::{cleanup, server::clock::Clock};
use axum::http::StatusCode;
use serde_json::json;
use std::time::Duration;

const HOUR: u64 = 60 * 60;
const TWO_HOURS: Duration = Duration::from_secs(2 * HOUR);
const DAY: Duration = Duration::from_secs(24 * HOUR);

/// Everything of one visitor that ends by itself, made at one instance and held against its time at
/// another, or at the same one after its clock was set back.
async fn ends_on_time(ann: &Visitor, one: &TestApp, other: impl AsyncFn() -> Option<TestApp>) {
    let mut asked = ann.elsewhere();
    let answer = asked.signed("/api/signin/options").await;
    let mut ann = ann.elsewhere();
    ann.sign_in().await.expect(StatusCode::OK);
    let (pending, confirmed) = (act(json!({})), act(json!({ "what": "the laundry" })));
    ann.post(ACT, confirmed.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    let pending = ann.post(ACT, pending).await.json["action"].clone();

    let other = other().await;
    let now = other.as_ref().unwrap_or(one);
    let (mut ann, mut asked) = (ann.at(now), asked.at(now));
    now.wait(60);
    ann.post(ACT, confirmed).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    now.wait(4 * 60);
    asked
        .post("/api/signin/verify", answer)
        .await
        .refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    let action = json!({ "action": pending });
    ann.post("/api/reauth/options", action).await.refused(StatusCode::NOT_FOUND, "not_found");
    let mut unused = ann.clone();
    assert!(ann.is_signed_in().await);
    now.wait(HOUR);
    assert!(!unused.is_signed_in().await);
}

#[tokio::test]
async fn nothing_lives_longer_because_the_clock_was_set_back() {
    let app = TestApp::new().await;
    let ann = app.signed_up("ann").await;
    ends_on_time(&ann, &app, async || {
        app.state.clock.turn_back(TWO_HOURS);
        None
    })
    .await;
}

#[tokio::test]
async fn nothing_lives_longer_because_of_a_restart_after_the_clock_was_set_back() {
    let app = TestApp::new().await;
    let ann = app.signed_up("ann").await;
    ends_on_time(&ann, &app, async || {
        cleanup::run(&app.state).await.expect("a clean-up");
        Some(app.twin_behind(TWO_HOURS).await)
    })
    .await;
}

#[tokio::test]
async fn nothing_lives_longer_at_an_instance_whose_clock_is_behind() {
    let app = TestApp::new().await;
    let other = app.twin().await;
    other.state.clock.turn_back(TWO_HOURS);
    let ann = app.signed_up("ann").await;
    app.wait(2 * HOUR);
    let other = &other;
    let app = &app;
    ends_on_time(&ann, app, async move || {
        for one_of_both in [app, other] {
            cleanup::run(&one_of_both.state).await.expect("a clean-up");
        }
        assert!(app.state.clock.now() - other.state.clock.now() < 1000);
        None
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_after_a_day_though_the_clock_is_set_back_again_and_again() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for _ in 0..23 {
        app.wait(HOUR - 60);
        app.state.clock.turn_back(TWO_HOURS);
        assert!(ann.is_signed_in().await);
    }
    app.wait(HOUR - 60);
    assert!(ann.is_signed_in().await);
    app.wait(24 * 60);
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn nobody_waits_longer_because_the_clock_was_set_back() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let refused = loop {
        let answer = ann.sign_in_by_password("ann", "wrong").await;
        if answer.status != StatusCode::UNAUTHORIZED {
            break answer;
        }
    };
    refused.refused(StatusCode::TOO_MANY_REQUESTS, "rate_limited");
    app.state.clock.turn_back(TWO_HOURS);
    let other = app.twin_behind(Duration::ZERO).await;
    let seconds = refused.json["retry_after"].as_u64().expect("seconds");
    for now in [&app, &other] {
        now.wait(seconds);
    }
    let mut there = ann.elsewhere().at(&other);
    there.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn what_happened_stays_in_order_when_the_clock_was_set_back() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for what in ["1", "2", "3"] {
        ann.confirmed(ACT, act(json!({ "what": what }))).await.expect(StatusCode::OK);
    }
    app.state.clock.turn_back(TWO_HOURS);
    for what in ["4", "5", "6"] {
        ann.confirmed(ACT, act(json!({ "what": what }))).await.expect(StatusCode::OK);
    }
    cleanup::run(&app.state).await.expect("a clean-up");
    let other = app.twin_behind(TWO_HOURS).await;
    let mut ann = ann.at(&other);
    for what in ["7", "8", "9"] {
        ann.confirmed(ACT, act(json!({ "what": what }))).await.expect(StatusCode::OK);
    }
    let list = ann.post("/api/activity/list", json!({ "limit": 100 })).await;
    let events = list.expect(StatusCode::OK)["events"].as_array().expect("a list").clone();
    let acts: Vec<_> =
        events.iter().filter(|it| it["kind"] == "act").map(|it| &it["detail"]).collect();
    assert_eq!(acts, ["9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    let times: Vec<_> = events.iter().map(|event| event["at"].as_i64()).collect();
    assert!(times.is_sorted_by(|later, earlier| later >= earlier), "{times:?}");
    let out_of_order =
        "select count(*) from activity a join activity b on b.id > a.id and b.at < a.at";
    assert_eq!(app.count(out_of_order).await, 0);
}

#[test]
fn ids_rise_whatever_the_clock_does() {
    let clock = Clock::default();
    let ids: Vec<_> = (0..3000)
        .map(|n| {
            if n % 1000 == 500 {
                clock.turn_back(TWO_HOURS);
            }
            clock.new_id()
        })
        .collect();
    assert!(ids.is_sorted_by(|earlier, later| earlier < later));
    // It is this clock that they are in the order of.
    let ahead = Clock::default();
    ahead.advance(DAY);
    let later = ahead.new_id();
    assert!(clock.new_id() < later);
}

#[tokio::test]
async fn a_clock_that_is_more_than_a_day_ahead_moves_no_other() {
    let app = TestApp::new().await;
    let before = app.state.clock.now();
    for ahead in [DAY - TWO_HOURS / 2, DAY] {
        app.state.clock.advance(ahead);
        app.state.clock.agree(&app.state.db).await.expect("an agreement");
        let ahead = app.state.clock.now() - before;
        let other = app.twin_behind(Duration::from_millis(ahead.unsigned_abs())).await;
        let follows = other.state.clock.now() - before > 23 * 60 * 60 * 1000;
        assert_eq!(follows, ahead < 24 * 60 * 60 * 1000, "{ahead}");
    }
    // What it wrote does not stay.
    assert!(app.count("select at from probe").await - before < 60 * 60 * 1000);
}
