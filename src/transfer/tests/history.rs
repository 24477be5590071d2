//! Who may read what was sent: the parties, in pages.

use super::{LIST, RECEIPT, SEND, order};
use crate::{
    cleanup,
    step_up::receipt::Receipt,
    tests::support::{TestApp, Visitor, at_once},
};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn history_comes_in_pages_newest_first() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for cents in 1..=22 {
        ann.send_cents(cents).await.expect(StatusCode::OK);
    }
    let amounts = |page: &[Value]| -> Vec<i64> {
        page.iter().map(|transfer| transfer["amount_cents"].as_i64().expect("cents")).collect()
    };
    let page = ann.history(json!({})).await;
    assert_eq!(amounts(&page), (3..=22).rev().collect::<Vec<_>>());
    let page = ann.history(json!({ "before": page[19]["id"] })).await;
    assert_eq!(amounts(&page), [2, 1, 1_000_000]);
    assert_eq!(page[2]["payer"], Value::Null);
    assert_eq!(page[2]["incoming"], true);
    let page = ann.history(json!({ "limit": 2 })).await;
    assert_eq!(amounts(&page), [22, 21]);
    let page = ann.history(json!({ "limit": 2, "before": page[1]["id"] })).await;
    assert_eq!(amounts(&page), [20, 19]);
    assert_eq!(ann.history(json!({ "limit": 0 })).await.len(), 1);
    ann.post(LIST, json!({ "limit": -1 })).await.refused_field("limit");

    let mut bob = app.signed_up("bob").await;
    assert_eq!(amounts(&bob.history(json!({})).await), [1_000_000]);
}

#[tokio::test]
async fn money_is_not_forgotten_with_what_happened_on_an_account() {
    let app = TestApp::with(&["--activity-days", "30"]).await;
    let mut ann = app.signed_up("ann").await;
    app.wait(30 * 24 * 60 * 60);
    cleanup::run(&app.state).await.expect("a clean-up");
    ann.sign_in().await.expect(StatusCode::OK);
    assert!(!app.activity("ann@example.com").await.contains(&"passkey.registered".to_owned()));
    assert_eq!(ann.history(json!({})).await.len(), 1);
}

#[tokio::test]
async fn history_stays_in_order_when_the_clock_was_set_back() {
    let two_hours = Duration::from_secs(2 * 60 * 60);
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for cents in 1..=3 {
        ann.send_cents(cents).await.expect(StatusCode::OK);
    }
    app.state.clock.turn_back(two_hours);
    for cents in 4..=6 {
        ann.send_cents(cents).await.expect(StatusCode::OK);
    }
    cleanup::run(&app.state).await.expect("a clean-up");
    let other = app.twin_behind(two_hours).await;
    let mut ann = ann.at(&other);
    for cents in 7..=9 {
        ann.send_cents(cents).await.expect(StatusCode::OK);
    }
    let history = ann.history(json!({})).await;
    let amounts: Vec<_> = history.iter().map(|transfer| &transfer["amount_cents"]).collect();
    assert_eq!(amounts[..9], [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let times: Vec<_> = history.iter().map(|transfer| transfer["created_at"].as_i64()).collect();
    assert!(times.is_sorted_by(|later, earlier| later >= earlier), "{times:?}");
}

#[tokio::test]
async fn a_page_has_at_most_a_hundred_transfers() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.execute(
        "with recursive n (i) as (select 100 union all select i + 1 from n where i < 220)
         insert into transfers select 'copy-' || i, from_account, to_account, amount, payee, note,
             balance_after, created_at, 'copy-' || i, receipt
         from transfers, n",
    )
    .await
    .expect("copies");
    for (limit, length) in [(99, 99), (100, 100), (101, 100), (4_000_000_000_u32, 100)] {
        assert_eq!(ann.history(json!({ "limit": limit })).await.len(), length);
    }
}

#[tokio::test]
async fn only_a_party_reads_a_receipt() {
    let app = TestApp::new().await;
    let mut bob = app.signed_up("bob").await;
    let mut cem = app.signed_up("cem").await;
    let mut ann = app.signed_up("ann").await;
    let order = order(json!({ "payee": "bob@example.com" }));
    let sent = ann.confirmed(SEND, order).await.expect(StatusCode::OK);
    let id = json!({ "id": sent["transfer"]["id"] });
    let of_ann = ann.post(RECEIPT, id.clone()).await.expect(StatusCode::OK);
    assert_eq!(bob.post(RECEIPT, id.clone()).await.expect(StatusCode::OK), of_ann);
    cem.post(RECEIPT, id).await.refused(StatusCode::NOT_FOUND, "not_found");
    let opening = ann.history(json!({})).await[1]["id"].clone();
    for id in [opening, json!("0"), json!("")] {
        ann.post(RECEIPT, json!({ "id": id })).await.refused(StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn a_receipt_stays_until_the_last_party_goes() {
    let app = TestApp::new().await;
    let mut bob = app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    let mut ids = Vec::new();
    for payee in ["bob@example.com", "ann@example.com", "bakery"] {
        let payer = if payee == "ann@example.com" { &mut bob } else { &mut ann };
        let sent = payer.confirmed(SEND, order(json!({ "payee": payee }))).await;
        ids.push(sent.expect(StatusCode::OK)["transfer"]["id"].clone());
    }
    let kept = "select count(*) from transfers where receipt is not null";
    ann.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    // Nobody could read that of the bakery any more.
    assert_eq!(app.count(kept).await, 2);
    for id in &ids[..2] {
        let receipt = bob.post(RECEIPT, json!({ "id": id })).await.expect(StatusCode::OK);
        let receipt: Receipt = serde_json::from_value(receipt).expect("a receipt");
        receipt.verify().expect("a receipt that holds");
    }
    // What became of somebody else's account changes nothing.
    app.signed_up("cem").await.confirmed("/api/account/delete", json!({})).await;
    assert_eq!(app.count(kept).await, 2);
    bob.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count(kept).await, 0);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_parties_who_go_at_once_neither_leaves_the_receipt() {
    let one = TestApp::new().await;
    let other = one.twin().await;
    for n in 0..10 {
        let mut ann = one.signed_up(&format!("ann-{n}")).await;
        let mut bob = other.signed_up(&format!("bob-{n}")).await;
        let order = order(json!({ "payee": format!("bob-{n}@example.com") }));
        ann.confirmed(SEND, order).await.expect(StatusCode::OK);
        for visitor in [&mut ann, &mut bob] {
            visitor.post("/api/account/delete", json!({})).await;
            visitor.confirm().await.expect(StatusCode::OK);
        }
        let goes = |mut visitor: Visitor| async move {
            visitor.post("/api/account/delete", json!({})).await
        };
        for gone in at_once([goes(ann), goes(bob)]).await {
            gone.expect(StatusCode::OK);
        }
    }
    assert_eq!(one.count("select count(*) from transfers where receipt is not null").await, 0);
    one.assert_ledger_balances().await;
}
