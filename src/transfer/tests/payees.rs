//! Payees: whether somebody has an account cannot be found out at will.

use super::{
    SEND,
    errors::{AMOUNT_CENTS, OWN_ACCOUNT, PAYEE},
    order,
};
use crate::{
    error::InvalidField,
    tests::{addresses::with_two_in_one, support::TestApp},
};
use axum::http::StatusCode;
use serde_json::json;

const LIMITED: (StatusCode, &str) = (StatusCode::TOO_MANY_REQUESTS, "rate_limited");
const REQUIRED: (StatusCode, &str) = (StatusCode::FORBIDDEN, "step_up_required");

#[tokio::test]
async fn what_is_wrong_with_an_address_is_said_at_the_field_that_it_was_typed_in() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for (address, error) in [("nobody@example.com", PAYEE), ("ann@example.com", OWN_ACCOUNT)] {
        let by_payee = order(json!({ "payee": address }));
        ann.post(SEND, by_payee).await.refused_as(&error);
        let by_email = order(json!({ "payee": "", "email": address }));
        ann.post(SEND, by_email).await.refused_as(&InvalidField { name: "email", ..error });
    }
}

#[tokio::test]
async fn after_five_unknown_payees_in_a_row_the_next_new_one_waits() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    let mut bob = app.signed_up("bob").await;
    let known = order(json!({ "payee": "bob@example.com" }));
    // Those who are known are not counted, and do not start the count anew.
    for n in 0..5 {
        let unknown = order(json!({ "payee": format!("nobody-{n}@example.com") }));
        ann.post(SEND, unknown).await.refused_as(&PAYEE);
        if n < 4 {
            ann.post(SEND, known.clone()).await.refused(REQUIRED.0, REQUIRED.1);
        }
    }
    let unknown = order(json!({ "payee": "nobody@example.com" }));
    for order in [&unknown, &known] {
        let waits = ann.post(SEND, order.clone()).await;
        waits.refused(LIMITED.0, LIMITED.1);
        assert_eq!(waits.header("retry-after"), "2");
    }
    // A business keeps no secret, and neither has anybody else tried.
    ann.post(SEND, order(json!({}))).await.refused(REQUIRED.0, REQUIRED.1);
    bob.post(SEND, unknown.clone()).await.refused_as(&PAYEE);
    app.wait(2);
    ann.post(SEND, known.clone()).await.refused(REQUIRED.0, REQUIRED.1);
    ann.post(SEND, unknown.clone()).await.refused_as(&PAYEE);
    let waits = ann.post(SEND, known).await;
    waits.refused(LIMITED.0, LIMITED.1);
    assert_eq!(waits.header("retry-after"), "4");
    app.wait(24 * 3600);
    ann.sign_in().await.expect(StatusCode::OK);
    for _ in 0..5 {
        ann.post(SEND, unknown.clone()).await.refused_as(&PAYEE);
    }
}

#[tokio::test]
async fn somebody_whom_money_went_to_or_came_from_never_waits() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    let mut bob = app.signed_up("bob").await;
    let to_bob = order(json!({ "payee": "bob@example.com" }));
    ann.confirmed(SEND, to_bob.clone()).await.expect(StatusCode::OK);
    for visitor in [&mut ann, &mut bob] {
        for _ in 0..5 {
            let unknown = order(json!({ "payee": "nobody@example.com" }));
            visitor.post(SEND, unknown).await.refused_as(&PAYEE);
        }
    }
    let to_bob = order(json!({ "payee": "bob@example.com" }));
    ann.post(SEND, to_bob).await.refused(REQUIRED.0, REQUIRED.1);
    let to_ann = order(json!({ "payee": "ann@example.com" }));
    bob.post(SEND, to_ann).await.refused(REQUIRED.0, REQUIRED.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_unknown_payees_at_once_five_are_looked_up() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let ann = app.signed_up("ann").await;
    let orders = (0..30).map(|n| order(json!({ "payee": format!("nobody-{n}@example.com") })));
    let answers = ann.post_all_at_once(SEND, orders.collect()).await;
    let (looked_up, waited): (Vec<_>, Vec<_>) =
        answers.iter().partition(|it| it.status == StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(looked_up.len(), 5);
    looked_up.iter().for_each(|answer| answer.refused_as(&PAYEE));
    waited.iter().for_each(|answer| answer.refused(LIMITED.0, LIMITED.1));
}

#[tokio::test]
async fn an_unknown_payee_is_in_the_activity_but_not_who_was_meant() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for payee in ["somebody-else@example.com", "no address", ""] {
        ann.post(SEND, order(json!({ "payee": payee }))).await.refused_as(&PAYEE);
    }
    // One's own account is no secret, and neither is a slip in another field.
    ann.post(SEND, order(json!({ "payee": "ann@example.com" }))).await.refused_as(&OWN_ACCOUNT);
    let slip = order(json!({ "payee": "nobody@example.com", "amount_cents": 0 }));
    ann.post(SEND, slip).await.refused_as(&AMOUNT_CENTS);
    let kinds = app.activity("ann@example.com").await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "payee.unknown").count(), 3);
    assert!(!app.dump_all().await.join("\n").contains("somebody-else"));
}

#[tokio::test]
async fn tries_at_unknown_payees_are_forgotten_with_the_account() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    let unknown = order(json!({ "payee": "nobody@example.com" }));
    ann.post(SEND, unknown).await.refused_as(&PAYEE);
    assert_eq!(app.count("select count(*) from tries where id not like 'mail%'").await, 1);
    ann.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from tries where id not like 'mail%'").await, 0);
}

#[tokio::test]
async fn a_payee_is_found_however_the_host_is_written() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    app.give_address("ann", "ann@xn--bcher-kva.example").await;
    let mut bob = app.signed_up("bob").await;
    let order = order(json!({ "payee": "ann@b\u{fc}cher.example" }));
    let sent = bob.confirmed(SEND, order).await.expect(StatusCode::OK);
    assert_eq!(sent["transfer"]["payee"], "ann@xn--bcher-kva.example");
}

#[tokio::test]
async fn of_two_payees_whose_addresses_are_now_one_the_one_that_is_typed_is_meant() {
    let app = with_two_in_one().await;
    let mut bob = app.signed_up("bob").await;
    for email in ["x@b\u{fc}cher.example", "X@xn--bcher-kva.example"] {
        let order = order(json!({ "payee": email }));
        let sent = bob.confirmed(SEND, order).await.expect(StatusCode::OK);
        assert_eq!(sent["transfer"]["payee"], email.to_lowercase());
    }
}

// with: mail {
#[tokio::test]
async fn nobody_is_paid_by_an_address_that_is_not_proven() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    let mut bob = app.signed_up("bob").await;
    let to_ann = order(json!({ "payee": "ann@example.com" }));
    bob.post(SEND, to_ann.clone()).await.refused_as(&PAYEE);
    ann.confirm_address("ann@example.com").await;
    bob.confirmed(SEND, to_ann).await.expect(StatusCode::OK);
}
// with: mail }

// with: mail {
#[tokio::test]
async fn a_payer_is_shown_by_name_until_the_address_is_proven_and_by_the_address_from_then_on() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    let mut bob = app.signed_up("bob").await;
    // Somebody whose name ends alike, whom the change must not touch.
    let mut joann = app.visitor();
    joann.sign_up_unconfirmed("joann").await.expect(StatusCode::OK);
    let to_bob = || order(json!({ "payee": "bob@example.com" }));
    joann.confirmed(SEND, to_bob()).await.expect(StatusCode::OK);
    ann.post(SEND, to_bob()).await;
    let pending = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
    let from = json!({ "label": "From", "value": "ann (address not confirmed)" });
    assert!(pending["details"].as_array().expect("details").contains(&from), "{pending}");
    let sent = ann.confirmed(SEND, to_bob()).await.expect(StatusCode::OK);
    let receipt = bob.receipt_of(&sent).await;
    assert!(!receipt.to_string().contains("ann@example.com"), "{receipt}");
    let told = async || {
        app.text("select string_agg(detail, ', ' order by id) from activity where kind = 'transfer_received'").await
    };
    assert_eq!(bob.history(json!({})).await[0]["payer"], "ann (address not confirmed)");
    assert_eq!(
        told().await,
        "$10.00 from joann (address not confirmed), $10.00 from ann (address not confirmed)"
    );
    ann.confirm_address("ann@example.com").await;
    assert_eq!(bob.history(json!({})).await[0]["payer"], "ann@example.com");
    assert_eq!(
        told().await,
        "$10.00 from joann (address not confirmed), $10.00 from ann@example.com"
    );
}
// with: mail }
