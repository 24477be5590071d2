//! The money in a database that the program of the last release made and filled.

use super::{OPENING, RECEIPT};
use crate::{
    step_up::receipt::Receipt,
    tests::{
        last_release::{last_release, visitor},
        support::PASSWORD,
    },
};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn balances_of_then_are_what_they_were_and_money_moves_on() {
    let (app, _) = last_release().await;
    let mut ann = visitor(&app, "ann@example.com", "ann").await;
    ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(ann.balance().await, OPENING - 2500 - 1000 + 500);
    ann.send_cents(1000).await.expect(StatusCode::OK);
    let mut bob = visitor(&app, "bob@example.com", "bob").await;
    bob.sign_in().await.expect(StatusCode::OK);
    bob.send_cents(1000).await.expect(StatusCode::OK);
    let mut eve = app.visitor();
    let who = json!({ "email": "J\u{fc}rgen@ex\u{e4}mple.com", "password": PASSWORD });
    eve.post("/api/signin/password", who).await.expect(StatusCode::OK);
    assert_eq!(eve.balance().await, OPENING);
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn receipts_of_then_verify_and_are_explained() {
    let (app, _) = last_release().await;
    let mut ann = visitor(&app, "ann@example.com", "ann").await;
    ann.sign_in().await.expect(StatusCode::OK);
    for transfer in ann.history(json!({})).await {
        if transfer["payer"].is_null() {
            continue;
        }
        let receipt = ann.post(RECEIPT, json!({ "id": transfer["id"] })).await;
        let receipt: Receipt =
            serde_json::from_value(receipt.expect(StatusCode::OK)).expect("a receipt");
        assert!(receipt.verify().expect("a receipt that holds").summary.starts_with("Send $"));
        assert!(receipt.explain().is_ok());
    }
}
