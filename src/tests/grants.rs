//! What a confirmation is good for: one session, one action, once, for a minute.

use super::{
    act::ACT,
    support::{TestApp, act},
};
use axum::http::StatusCode;
use serde_json::{Value, json};

const ADD: &str = "/api/passkeys/options";
const REQUIRED: (StatusCode, &str) = (StatusCode::FORBIDDEN, "step_up_required");

#[tokio::test]
async fn a_confirmation_is_good_once() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.confirmed(ADD, json!({})).await.expect(StatusCode::OK);
    ann.post(ADD, json!({})).await.refused(REQUIRED.0, REQUIRED.1);
}

#[tokio::test]
async fn waiting_for_a_confirmation_is_not_one() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let act = act(json!({}));
    for _ in 0..3 {
        ann.post(ACT, act.clone()).await.refused(REQUIRED.0, REQUIRED.1);
        ann.step_up_options().await;
    }
    assert_eq!(app.count("select count(*) from actions").await, 1);
}

#[tokio::test]
async fn what_is_confirmed_is_no_longer_pending() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let refused = ann.post(ACT, act(json!({}))).await;
    ann.confirm().await.expect(StatusCode::OK);
    let expires_at = app.count("select expires_at from actions").await;
    app.wait(1);
    for body in [json!({ "action": refused.json["action"] }), json!({})] {
        let pending = ann.post("/api/reauth/pending", body).await;
        pending.refused(StatusCode::NOT_FOUND, "not_found");
    }
    // Confirming again would make it last longer.
    let named = json!({ "action": refused.json["action"] });
    ann.post("/api/reauth/options", named).await.refused(StatusCode::NOT_FOUND, "not_found");
    ann.confirm().await.expect(StatusCode::OK);
    let sql = "select expires_at from actions where kind = 'act'";
    assert_eq!(app.count(sql).await, expires_at);
}

#[tokio::test]
async fn a_confirmation_is_good_for_its_session_only() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    let act = act(json!({}));
    ann.post(ACT, act.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    other.post(ACT, act.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.post(ACT, act).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_confirmation_is_good_for_its_very_action_only() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let confirmed = act(json!({}));
    ann.post(ACT, confirmed.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    for (field, value) in [
        ("what", json!("the laundry")),
        ("what", json!("the dishes ")),
        ("what", json!("")),
        ("note", json!("tomorrow")),
        ("note", json!("")),
        ("note", Value::Null),
        ("key", json!("another")),
    ] {
        let mut altered = confirmed.clone();
        altered[field] = value;
        ann.post(ACT, altered).await.refused(REQUIRED.0, REQUIRED.1);
    }
    ann.post(ADD, json!({})).await.refused(REQUIRED.0, REQUIRED.1);
    assert_eq!(app.acts("ann@example.com").await, 0);
    ann.post(ACT, confirmed).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_confirmation_is_good_for_a_minute_less_one_second() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for (seconds_left, passes) in [(1, true), (0, false)] {
        let act = act(json!({}));
        ann.post(ACT, act.clone()).await.refused(REQUIRED.0, REQUIRED.1);
        ann.confirm().await.expect(StatusCode::OK);
        let confirmed_at = app.count("select max(last_used_at) from passkeys").await;
        let expires_at = app.count("select max(expires_at) from actions").await;
        assert!((60_000..60_500).contains(&(expires_at - confirmed_at)));
        app.wait_until(expires_at - seconds_left * 1000);
        let answer = ann.post(ACT, act).await;
        assert_eq!(answer.status == StatusCode::OK, passes, "{seconds_left}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_action_waits_five_minutes_for_its_confirmation() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let act = act(json!({}));
    let refused = ann.post(ACT, act.clone()).await;
    let action = json!({ "action": refused.json["action"] });
    let created_at = app.count("select created_at from actions").await;
    app.wait_until(created_at + 299_000);
    // The challenge is young, and still comes too late.
    let options = ann.post("/api/reauth/options", action.clone()).await.expect(StatusCode::OK);
    let answer = ann.passkey.get(&options);
    app.wait(1);
    ann.post("/api/reauth/verify", answer).await.refused(StatusCode::CONFLICT, "challenge_expired");
    for path in ["/api/reauth/options", "/api/reauth/pending"] {
        ann.post(path, action.clone()).await.refused(StatusCode::NOT_FOUND, "not_found");
    }
    let again = ann.post(ACT, act).await;
    again.refused(REQUIRED.0, REQUIRED.1);
    assert_ne!(again.json["action"], action["action"]);
}

#[tokio::test]
async fn removing_a_passkey_takes_back_what_it_confirmed() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (added, row) = ann.add_passkey().await;
    let [by_first, by_added] = [act(json!({})), act(json!({}))];
    let mut with_added = ann.clone();
    with_added.passkey = added;
    with_added.post(ACT, by_added.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    with_added.confirm().await.expect(StatusCode::OK);
    ann.post(ACT, by_first.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    ann.confirmed("/api/passkeys/delete", json!({ "id": row["id"] })).await.expect(StatusCode::OK);
    ann.post(ACT, by_added).await.refused(REQUIRED.0, REQUIRED.1);
    ann.post(ACT, by_first).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_actions_confirmations_and_challenges() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(ACT, act(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    ann.post(ACT, act(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    let answer = ann.signed("/api/reauth/options").await;
    assert_eq!(app.count("select count(*) from actions").await, 2);
    ann.post("/api/signout", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from actions").await, 0);
    // Another session of the same user, in the same browser.
    ann.sign_in().await.expect(StatusCode::OK);
    let late = ann.post("/api/reauth/verify", answer).await;
    late.refused(StatusCode::CONFLICT, "challenge_expired");
}

#[tokio::test]
async fn an_act_that_fails_half_way_does_not_use_its_confirmation_up() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let act = act(json!({}));
    ann.post(ACT, act.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    let before = app.dump_all().await;
    app.refuse("insert on activity", "new.kind = 'act'").await;
    ann.post(ACT, act.clone()).await.refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert_eq!(app.dump_all().await, before);
    app.mend("activity").await;
    ann.post(ACT, act).await.expect(StatusCode::OK);
    assert_eq!(app.acts("ann@example.com").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_confirmed_act_sent_fifty_times_at_once_happens_once() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let act = act(json!({}));
    ann.post(ACT, act.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    let answers = ann.post_at_once(50, ACT, act).await;
    let (done, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(done.len(), 1);
    refused.iter().for_each(|answer| answer.refused(REQUIRED.0, REQUIRED.1));
    assert_eq!(app.acts("ann@example.com").await, 1);
}

#[tokio::test]
async fn what_is_over_is_swept_away_however_much_it_is() {
    let app = TestApp::new().await;
    let backlog = "insert into tries (id, times, wait, at)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 2500)
        select 'x' || i, 1, 0, 0 from n";
    assert_eq!(app.execute(backlog).await.expect("rows"), 2500);
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from tries").await, 0);
}

#[tokio::test]
async fn what_nobody_answered_or_carried_out_in_time_is_swept_away() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.visitor().post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
    ann.post(ACT, act(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    ann.post(ACT, act(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    let before = app.dump_all().await;
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.dump_all().await, before);
    app.wait(300);
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from actions").await, 0);
    assert_eq!(app.count("select count(*) from challenges").await, 0);
    assert!(ann.is_signed_in().await);
    app.wait(3600);
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn of_a_flood_of_challenges_the_newest_stay() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(ACT, act(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    let confirming = ann.signed("/api/reauth/options").await;
    let mut early = ann.elsewhere();
    let forgotten = early.signed("/api/signin/options").await;
    let flood = "insert into challenges (browser, kind, challenge, state, expires_at)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 50000)
        select 'x' || i, 'sign_in', c.challenge, c.state, c.expires_at + 1
        from n, challenges c where c.kind = 'sign_in'";
    assert_eq!(app.execute(flood).await.expect("a flood"), 50_000);
    app.wait(1);
    let mut late = ann.elsewhere();
    let answer = late.signed("/api/signin/options").await;
    crate::cleanup::run(&app.state).await.expect("a sweep");
    early
        .post("/api/signin/verify", forgotten)
        .await
        .refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    late.post("/api/signin/verify", answer).await.expect(StatusCode::OK);
    ann.post("/api/reauth/verify", confirming).await.expect(StatusCode::OK);
}
