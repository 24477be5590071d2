//! The ledger under pressure: many at once, and hands that should not be in it.

use super::{OPENING, SEND, errors::INSUFFICIENT_FUNDS, order};
use crate::tests::support::TestApp;
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_transfers_at_once_with_funds_for_ten_exactly_ten_happen() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for _ in 0..2 {
        let most = order(json!({ "amount_cents": 495_000 }));
        ann.confirmed(SEND, most).await.expect(StatusCode::OK);
    }
    let orders: Vec<Value> = (0..60).map(|_| order(json!({ "amount_cents": 1000 }))).collect();
    for order in &orders {
        ann.post(SEND, order.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        ann.confirm().await.expect(StatusCode::OK);
    }
    let answers = ann.post_all_at_once(SEND, orders).await;
    let (sent, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    refused.iter().for_each(|answer| answer.refused_as(&INSUFFICIENT_FUNDS));
    assert_eq!(sent.len(), 10);
    assert_eq!(ann.balance().await, 0);
    app.assert_ledger_balances().await;
    // A refused transfer does not use its confirmation up.
    assert_eq!(app.count("select count(*) from actions where confirmed_by is not null").await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_confirmed_order_sent_fifty_times_at_once_happens_once() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let order = order(json!({}));
    ann.post(SEND, order.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    let answers = ann.post_at_once(50, SEND, order.clone()).await;
    let (sent, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|answer| answer.json == sent[0].json));
    // Who came while the first was on its way finds the confirmation used up.
    refused.iter().for_each(|answer| answer.refused(StatusCode::FORBIDDEN, "step_up_required"));
    assert_eq!(app.count("select count(*) from transfers where payee = 'bakery'").await, 1);
    assert_eq!(ann.balance().await, 999_000);
    assert_eq!(ann.post(SEND, order).await.json, sent[0].json);
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn a_transfer_that_fails_half_way_moves_nothing_and_keeps_its_confirmation() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let order = ann.confirmed_order(json!({})).await;
    let before = app.dump_all().await;
    app.refuse("insert on entries", "new.amount > 0").await;
    ann.post(SEND, order.clone()).await.refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert_eq!(app.dump_all().await, before);
    app.mend("entries").await;
    ann.post(SEND, order).await.expect(StatusCode::OK);
    assert_eq!(ann.balance().await, OPENING - 1000);
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn transfers_and_entries_are_never_changed_nor_deleted() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let before = app.dump_all().await;
    for attempt in [
        "update entries set amount = amount * 2",
        "delete from entries",
        "update transfers set amount = amount * 2",
        "delete from transfers",
    ] {
        let error = app.execute(attempt).await.expect_err(attempt);
        assert!(error.to_string().contains("append only"), "{error}");
    }
    assert_eq!(app.dump_all().await, before);
}

#[tokio::test]
async fn the_database_itself_refuses_debts_and_senseless_transfers() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    for attempt in [
        "update accounts set balance = -1 where kind = 'user'",
        "update accounts set balance = -1 where kind = 'business'",
        "insert into transfers select 'x', from_account, to_account, 0, payee, note, 0, 0, 'x', null from transfers",
        "insert into transfers select 'x', from_account, to_account, -5, payee, note, 0, 0, 'x', null from transfers",
        "insert into transfers select 'x', from_account, from_account, 5, payee, note, 0, 0, 'x', null from transfers",
        "insert into entries select transfer_id, 'books', 0 from entries limit 1",
        "insert into entries values ('nothing', 'books', 5)",
    ] {
        let error = app.execute(attempt).await.expect_err(attempt);
        assert!(error.to_string().contains("constraint"), "{attempt}: {error}");
    }
}
