//! What must hold for the money when the clock or the client is not as it should be.

use super::{SEND, errors::AMOUNT_CENTS, order};
use crate::tests::{
    faults::{hang_up_after, later_and_later},
    support::TestApp,
};
use axum::http::StatusCode;
use serde_json::json;
use std::time::Duration;

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
    ann.post(SEND, large("bob")).await.refused_as(&AMOUNT_CENTS);
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

#[tokio::test]
async fn a_client_that_is_gone_in_mid_transfer_has_sent_all_or_nothing() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (mut answered, mut hung_up) = (0, 0);
    for polls in later_and_later() {
        let order = ann.confirmed_order(json!({})).await;
        let before = ann.balance().await;
        answered += usize::from(hang_up_after(&app, &ann, SEND, &order, polls).await);
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
    assert!(hung_up > answered, "no call was left in the middle: {hung_up}");
}
