//! Money that moves at two instances on one database.

use super::{
    OPENING, SEND,
    errors::{AMOUNT_CENTS, PAYEE},
};
use crate::tests::{
    instances::{thirty, two},
    support::at_once,
};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn one_confirmation_sends_money_once_at_either() {
    let (one, other, mut ann) = two().await;
    let order = ann.confirmed_order(json!({})).await;
    thirty(&ann, &other, SEND, &order).await;
    assert_eq!(one.count("select count(*) from transfers where payee = 'bakery'").await, 1);
    assert_eq!(ann.balance().await, OPENING - 1000);
    one.assert_ledger_balances().await;
}

#[tokio::test]
async fn money_that_crosses_arrives_and_nobody_waits_for_ever() {
    let (one, other, mut ann) = two().await;
    let mut bob = other.signed_up("bob").await;
    for _ in 0..10 {
        let to_bob = json!({ "payee": "bob@example.com", "amount_cents": 300 });
        let to_ann = json!({ "payee": "ann@example.com", "amount_cents": 200 });
        let (to_bob, to_ann) =
            (ann.confirmed_order(to_bob).await, bob.confirmed_order(to_ann).await);
        let (sent, back) = futures::join!(ann.post(SEND, to_bob), bob.post(SEND, to_ann));
        sent.expect(StatusCode::OK);
        back.expect(StatusCode::OK);
    }
    assert_eq!(ann.balance().await, OPENING - 1000);
    assert_eq!(bob.balance().await, OPENING + 1000);
    one.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_transfers_at_once_a_day_takes_as_many_as_fit() {
    let (one, other, mut ann) = two().await;
    one.execute("update accounts set balance = 5000000 where kind = 'user'").await.expect("money");
    for _ in 0..3 {
        ann.send_cents(500_000).await.expect(StatusCode::OK);
    }
    let mut sending = Vec::new();
    for n in 0..10 {
        let order = ann.confirmed_order(json!({ "amount_cents": 300_000 })).await;
        let mut visitor = ann.at(if n % 2 == 0 { &one } else { &other });
        sending.push(async move { visitor.post(SEND, order).await });
    }
    let mut refused = at_once(sending).await;
    refused.retain(|answer| answer.status != StatusCode::OK);
    assert_eq!(refused.len(), 9);
    refused.iter().for_each(|answer| answer.refused_as(&AMOUNT_CENTS));
    assert_eq!(ann.balance().await, 5_000_000 - 1_500_000 - 300_000);
}

#[tokio::test]
async fn money_for_an_account_that_is_closed_meanwhile_strands_nowhere() {
    let (one, other, mut ann) = two().await;
    let close = json!({});
    for n in 0..10 {
        let name = format!("bob-{n}");
        let mut bob = other.signed_up(&name).await;
        let order = ann.confirmed_order(json!({ "payee": format!("{name}@example.com") })).await;
        bob.post("/api/account/delete", close.clone()).await;
        bob.confirm().await.expect(StatusCode::OK);
        let before = ann.balance().await;
        let (sent, closed) =
            futures::join!(ann.post(SEND, order), bob.post("/api/account/delete", close.clone()));
        closed.expect(StatusCode::OK);
        let spent = before - ann.balance().await;
        match sent.status {
            StatusCode::OK => assert_eq!(spent, 1000),
            _ => {
                sent.refused_as(&PAYEE);
                assert_eq!(spent, 0);
            }
        }
    }
    let stranded = "select count(*) from accounts
        where kind = 'user' and user_id is null and balance <> 0";
    assert_eq!(one.count(stranded).await, 0);
    one.assert_ledger_balances().await;
}
