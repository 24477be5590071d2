//! What a confirmation is good for: one session, one action, once, for a minute.

use super::support::{TestApp, order};
use axum::http::StatusCode;
use serde_json::json;

const SEND: &str = "/api/transfers/send";
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
    let order = order(json!({}));
    for _ in 0..3 {
        ann.post(SEND, order.clone()).await.refused(REQUIRED.0, REQUIRED.1);
        ann.step_up_options().await;
    }
    assert_eq!(app.count("select count(*) from actions").await, 1);
}

#[tokio::test]
async fn what_is_confirmed_is_no_longer_pending() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let refused = ann.post(SEND, order(json!({}))).await;
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
    let sql = "select expires_at from actions where kind = 'transfer'";
    assert_eq!(app.count(sql).await, expires_at);
}

#[tokio::test]
async fn a_confirmation_is_good_for_its_session_only() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    let order = order(json!({}));
    ann.post(SEND, order.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    other.post(SEND, order.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.post(SEND, order).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_confirmation_is_good_for_its_very_action_only() {
    let app = TestApp::new().await;
    app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    let confirmed = order(json!({}));
    ann.post(SEND, confirmed.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    for (field, value) in [
        ("amount_cents", json!(1001)),
        ("amount_cents", json!(999)),
        ("payee", json!("power")),
        ("payee", json!("bob@example.com")),
        ("note", json!("cake")),
        ("note", json!("")),
        ("idempotency_key", json!("another")),
    ] {
        let mut altered = confirmed.clone();
        altered[field] = value;
        ann.post(SEND, altered).await.refused(REQUIRED.0, REQUIRED.1);
    }
    ann.post(ADD, json!({})).await.refused(REQUIRED.0, REQUIRED.1);
    assert_eq!(ann.balance().await, 1_000_000);
    ann.post(SEND, confirmed).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_confirmation_is_good_for_a_minute_less_one_second() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for (seconds_left, passes) in [(1, true), (0, false)] {
        let order = order(json!({}));
        ann.post(SEND, order.clone()).await.refused(REQUIRED.0, REQUIRED.1);
        ann.confirm().await.expect(StatusCode::OK);
        let confirmed_at = app.count("select max(last_used_at) from passkeys").await;
        let expires_at = app.count("select max(expires_at) from actions").await;
        assert!((60_000..60_500).contains(&(expires_at - confirmed_at)));
        app.wait_until(expires_at - seconds_left * 1000);
        let answer = ann.post(SEND, order).await;
        assert_eq!(answer.status == StatusCode::OK, passes, "{seconds_left}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_action_waits_five_minutes_for_its_confirmation() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let order = order(json!({}));
    let refused = ann.post(SEND, order.clone()).await;
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
    let again = ann.post(SEND, order).await;
    again.refused(REQUIRED.0, REQUIRED.1);
    assert_ne!(again.json["action"], action["action"]);
}

#[tokio::test]
async fn removing_a_passkey_takes_back_what_it_confirmed() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (added, row) = ann.add_passkey().await;
    let [by_first, by_added] = [order(json!({})), order(json!({}))];
    let mut with_added = ann.clone();
    with_added.passkey = added;
    with_added.post(SEND, by_added.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    with_added.confirm().await.expect(StatusCode::OK);
    ann.post(SEND, by_first.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    ann.confirmed("/api/passkeys/delete", json!({ "id": row["id"] })).await.expect(StatusCode::OK);
    ann.post(SEND, by_added).await.refused(REQUIRED.0, REQUIRED.1);
    ann.post(SEND, by_first).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn signing_out_takes_actions_confirmations_and_challenges_along() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(SEND, order(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    ann.post(SEND, order(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    ann.step_up_options().await;
    assert_eq!(app.count("select count(*) from actions").await, 2);
    ann.post("/api/signout", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from actions").await, 0);
    assert_eq!(app.count("select count(*) from challenges").await, 0);
}

#[tokio::test]
async fn an_act_that_fails_half_way_does_not_use_its_confirmation_up() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let order = order(json!({}));
    ann.post(SEND, order.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    let before = app.dump_all().await;
    app.refuse("insert on entries", "new.amount > 0").await;
    ann.post(SEND, order.clone()).await.refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert_eq!(app.dump_all().await, before);
    app.mend("entries").await;
    ann.post(SEND, order).await.expect(StatusCode::OK);
    app.assert_ledger_balances().await;
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
    ann.post(SEND, order(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    ann.confirm().await.expect(StatusCode::OK);
    ann.post(SEND, order(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
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
