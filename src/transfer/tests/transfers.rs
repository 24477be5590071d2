//! Transfers: the rules of an order, what is booked.

use super::{
    LIST, OPENING, RECEIPT, SEND,
    errors::{
        AMOUNT, AMOUNT_CENTS, IDEMPOTENCY_CONFLICT, INSUFFICIENT_FUNDS, NOTE, OWN_ACCOUNT, PAYEE,
    },
    order,
};
use crate::{
    step_up::receipt::Receipt,
    tests::{malformed::assert_nul_is_harmless, support::TestApp},
};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_transfer_is_two_entries_and_a_line_for_both_sides() {
    let app = TestApp::new().await;
    let mut bob = app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    let order =
        order(json!({ "payee": " Bob@Example.COM ", "amount_cents": 2500, "note": " rent " }));
    let before = app.state.clock.now();
    let sent = ann.confirmed(SEND, order).await.expect(StatusCode::OK);
    let transfer = &sent["transfer"];
    let created_at = transfer["created_at"].as_i64().expect("a time");
    assert!((before..=app.state.clock.now()).contains(&created_at));
    assert_eq!(
        sent,
        json!({
            "transfer": {
                "id": transfer["id"],
                "payee": "bob@example.com",
                "amount_cents": 2500,
                "note": "rent",
                "created_at": created_at,
                "balance_cents": 997_500,
            },
            "message": "Sent $25.00 to bob@example.com.",
        })
    );
    assert_eq!((ann.balance().await, bob.balance().await), (997_500, 1_002_500));
    let entries = "select count(*) from entries e join transfers t on t.id = e.transfer_id where t.note = 'rent' and e.amount in (-2500, 2500)";
    assert_eq!(app.count(entries).await, 2);
    app.assert_ledger_balances().await;

    assert_eq!(app.activity("ann@example.com").await.last().expect("a line"), "transfer");
    assert_eq!(app.activity("bob@example.com").await.last().expect("a line"), "transfer_received");
    let seen = |incoming: bool| {
        json!({
            "id": transfer["id"],
            "payer": "ann@example.com",
            "payee": "bob@example.com",
            "amount_cents": 2500,
            "note": "rent",
            "created_at": created_at,
            "incoming": incoming,
        })
    };
    assert_eq!(ann.history(json!({})).await[0], seen(false));
    assert_eq!(bob.history(json!({})).await[0], seen(true));
}

#[tokio::test]
async fn an_amount_is_a_whole_number_of_cents_from_one_to_the_limit() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let before = app.dump_all().await;
    for amount in [json!(0), json!(-1), json!(500_001), json!(i64::MAX), json!(i64::MIN)] {
        let answer = ann.post(SEND, order(json!({ "amount_cents": amount }))).await;
        answer.refused_as(&AMOUNT_CENTS);
    }
    for amount in [
        json!(u64::MAX),
        json!("1000"),
        json!(10.5),
        json!(1000.0),
        json!(1e300),
        json!(true),
        json!([1000]),
        Value::Null,
    ] {
        let answer = ann.post(SEND, order(json!({ "amount_cents": amount }))).await;
        answer.refused_field("amount_cents");
    }
    let mut without = order(json!({}));
    without.as_object_mut().expect("an object").remove("amount_cents");
    ann.post(SEND, without).await.refused_field("amount_cents");
    assert_eq!(app.dump_all().await, before);
    for (amount, balance) in [(1, 999_999), (500_000, 499_999)] {
        let order = order(json!({ "amount_cents": amount }));
        let sent = ann.confirmed(SEND, order).await.expect(StatusCode::OK);
        assert_eq!(sent["transfer"]["balance_cents"], balance);
    }
}

#[tokio::test]
async fn an_amount_is_read_as_people_write_it() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let typed = |amount: Value| {
        let mut order = order(json!({ "amount": amount }));
        order.as_object_mut().expect("an object").remove("amount_cents");
        order
    };
    for (amount, cents) in [
        ("10.50", 1050),
        ("10,50", 1050),
        ("1,234", 123_400),
        ("1,234.56", 123_456),
        ("1.234,56", 123_456),
        (" $12 ", 1200),
    ] {
        let sent = ann.confirmed(SEND, typed(json!(amount))).await.expect(StatusCode::OK);
        assert_eq!(sent["transfer"]["amount_cents"], cents, "{amount}");
    }
    let before = app.dump_all().await;
    for amount in ["1.234", "1,23,4", "1,2345", "1.234.5", "", "ten", "-1", "1e3"] {
        ann.post(SEND, typed(json!(amount))).await.refused_as(&AMOUNT);
    }
    // Read, and then too little or too much.
    for amount in ["0", "5,000.01", "92,233,720,368,547,758.07"] {
        ann.post(SEND, typed(json!(amount))).await.refused_as(&AMOUNT_CENTS);
    }
    for amount in [json!(12), json!(["12"])] {
        ann.post(SEND, typed(amount)).await.refused_field("amount");
    }
    // One of the two, not both and not neither.
    ann.post(SEND, typed(Value::Null)).await.refused_field("amount_cents");
    let both = order(json!({ "amount": "10.00", "amount_cents": 1000 }));
    ann.post(SEND, both).await.refused_as(&AMOUNT);
    assert_eq!(app.dump_all().await, before);
}

#[tokio::test]
async fn a_repeated_order_is_the_same_however_its_amount_is_written() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut order = order(json!({ "amount": "1,234.50" }));
    order.as_object_mut().expect("an object").remove("amount_cents");
    let first = ann.confirmed(SEND, order.clone()).await.expect(StatusCode::OK);
    for (amount, cents) in [(json!("1234,5"), Value::Null), (Value::Null, json!(123_450))] {
        order["amount"] = amount;
        order["amount_cents"] = cents;
        assert_eq!(ann.post(SEND, order.clone()).await.expect(StatusCode::OK), first);
    }
}

#[tokio::test]
async fn a_transfer_shows_amount_payee_paying_account_and_note_and_signs_all_of_it() {
    let app = TestApp::new().await;
    app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    let detail = |label: &str, value: &str| json!({ "label": label, "value": value });
    let amount = |value: &str| json!({ "label": "Amount", "value": value, "large": true });
    for (payee, note, shown) in [
        (
            "Bob@example.com",
            " rye bread ",
            json!([
                amount("$10.00"),
                detail("To", "bob@example.com (bob)"),
                detail("From", "ann@example.com"),
                detail("Note", "rye bread"),
            ]),
        ),
        (
            "bakery",
            "",
            json!([
                amount("$10.00"),
                detail("To", "Corner Bakery"),
                detail("From", "ann@example.com"),
            ]),
        ),
    ] {
        let order = order(json!({ "payee": payee, "note": note }));
        ann.post(SEND, order.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        let pending = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
        assert_eq!(pending["details"], shown);
        ann.confirm().await.expect(StatusCode::OK);
        let sent = ann.post(SEND, order).await.expect(StatusCode::OK);
        let receipt = ann.receipt_of(&sent).await;
        let action = receipt["action"].as_str().expect("text");
        let signed: Value = serde_json::from_str(action).expect("JSON");
        assert_eq!(signed["details"], shown);
        assert_eq!(signed["summary"], pending["summary"]);
    }
}

#[tokio::test]
async fn all_that_a_transfer_uses_is_in_what_is_signed() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let account = app.text("select id from accounts where kind = 'user'").await;
    let order = order(json!({ "note": "rye", "idempotency_key": "k-1" }));
    let sent = ann.confirmed(SEND, order).await.expect(StatusCode::OK);
    let receipt: Receipt = serde_json::from_value(ann.receipt_of(&sent).await).expect("a receipt");
    let signed = receipt.verify().expect("a receipt that holds");
    assert_eq!(
        (signed.kind.as_str(), signed.summary.as_str()),
        ("transfer", "Send $10.00 to Corner Bakery")
    );
    assert_eq!(signed.user, app.text("select id from users").await);
    assert_eq!(
        signed.payload,
        json!({
            "from": account,
            "to": "bakery",
            "payee": "bakery",
            "amount_cents": 1000,
            "note": "rye",
            "idempotency_key": "k-1",
        })
    );
}

#[tokio::test]
async fn a_confirmed_transfer_with_one_field_changed_is_another() {
    let app = TestApp::new().await;
    app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    let confirmed = ann.confirmed_order(json!({})).await;
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
        ann.post(SEND, altered).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    }
    assert_eq!(ann.balance().await, OPENING);
    ann.post(SEND, confirmed).await.expect(StatusCode::OK);
    assert_eq!(ann.balance().await, OPENING - 1000);
}

/// PostgreSQL has no place for it in a text.
#[tokio::test]
async fn a_nul_in_an_order_is_refused_or_means_nothing() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let nul = "a\u{0}b";
    for (path, body) in [
        (SEND, order(json!({ "payee": nul }))),
        (SEND, order(json!({ "note": nul }))),
        (SEND, order(json!({ "idempotency_key": nul }))),
        (LIST, json!({ "before": nul })),
        (RECEIPT, json!({ "id": nul })),
    ] {
        assert_nul_is_harmless(&mut ann, path, body).await;
    }
    assert_eq!(ann.balance().await, OPENING);
}

#[tokio::test]
async fn an_order_whose_payee_or_amount_is_said_twice_or_of_another_kind_is_refused() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let twice = r#"{"payee":"bakery","payee":"power","amount_cents":1,"idempotency_key":"k"}"#;
    ann.send(SEND, "application/json", twice).await.refused_field("payee");
    let form = [("payee", "bakery"), ("payee", "power"), ("amount_cents", "1")];
    ann.form(SEND, &form).await.refused_field("payee");
    ann.post(LIST, json!({ "limit": "many" })).await.refused_field("limit");
    let unknown = json!({ "admin": true, "user_id": "0", "__proto__": {} });
    ann.post(LIST, unknown).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn money_goes_to_users_and_businesses_but_not_to_oneself() {
    let app = TestApp::new().await;
    app.signed_up("bob").await;
    let mut ann = app.signed_up("ann").await;
    let account = app.text("select id from accounts where kind = 'user' limit 1").await;
    for payee in ["", "nobody@example.com", "treasury", "bob", "%", account.as_str()] {
        ann.post(SEND, order(json!({ "payee": payee }))).await.refused_as(&PAYEE);
    }
    for payee in ["ann@example.com", " ANN@example.com "] {
        ann.post(SEND, order(json!({ "payee": payee }))).await.refused_as(&OWN_ACCOUNT);
    }
    for (payee, summary) in [
        ("bakery", "Send $10.00 to Corner Bakery"),
        ("power", "Send $10.00 to City Power"),
        ("books", "Send $10.00 to Second Story Books"),
        ("  BOB@example.com ", "Send $10.00 to bob@example.com"),
    ] {
        let order = order(json!({ "payee": payee }));
        ann.post(SEND, order.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        let pending = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
        assert_eq!(pending["summary"], summary);
        ann.confirm().await.expect(StatusCode::OK);
        ann.post(SEND, order).await.expect(StatusCode::OK);
    }
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn notes_and_keys_have_their_limits() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for note in ["x".repeat(141), "ü".repeat(141), "a\nb".to_owned(), "a\u{202e}b".to_owned()] {
        ann.post(SEND, order(json!({ "note": note }))).await.refused_as(&NOTE);
    }
    for key in [String::new(), "k".repeat(65), "a b".to_owned(), "ü".to_owned()] {
        let order = order(json!({ "idempotency_key": key }));
        ann.post(SEND, order).await.refused_field("idempotency_key");
    }
    for (field, value) in [
        ("note", json!("ü".repeat(140))),
        ("note", json!("")),
        ("note", Value::Null),
        ("idempotency_key", json!("k".repeat(64))),
        ("idempotency_key", json!("A-9")),
    ] {
        let answer = ann.post(SEND, order(json!({ field: value }))).await;
        answer.refused(StatusCode::FORBIDDEN, "step_up_required");
    }
}

#[tokio::test]
async fn a_repeated_order_has_the_same_answer_without_another_confirmation() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let order = order(json!({}));
    let first = ann.confirmed(SEND, order.clone()).await;
    let again = ann.post(SEND, order.clone()).await;
    assert_eq!((again.status, again.text()), (StatusCode::OK, first.text()));
    for (field, value) in
        [("amount_cents", json!(1001)), ("payee", json!("power")), ("note", json!("x"))]
    {
        let mut other = order.clone();
        other[field] = value;
        ann.post(SEND, other).await.refused_as(&IDEMPOTENCY_CONFLICT);
    }
    assert_eq!(ann.balance().await, 999_000);
    // Another user's key is another key.
    let mut bob = app.signed_up("bob").await;
    bob.post(SEND, order).await.refused(StatusCode::FORBIDDEN, "step_up_required");
}

#[tokio::test]
async fn more_than_there_is_cannot_be_sent() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for _ in 0..2 {
        ann.send_cents(499_999).await.expect(StatusCode::OK);
    }
    ann.post(SEND, order(json!({ "amount_cents": 3 }))).await.refused_as(&INSUFFICIENT_FUNDS);
    ann.send_cents(2).await.expect(StatusCode::OK);
    assert_eq!(ann.balance().await, 0);
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn a_day_has_a_limit() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for name in ["bob", "cem"] {
        let mut friend = app.signed_up(name).await;
        for _ in 0..2 {
            let order = order(json!({ "payee": "ann@example.com", "amount_cents": 500_000 }));
            friend.confirmed(SEND, order).await.expect(StatusCode::OK);
        }
    }
    for cents in [500_000, 500_000, 500_000, 499_999] {
        ann.send_cents(cents).await.expect(StatusCode::OK);
    }
    let first = app.count("select min(created_at) from transfers where payee = 'bakery'").await;
    // Said before anybody is asked to confirm.
    let too_much = order(json!({ "amount_cents": 2 }));
    ann.post(SEND, too_much).await.refused_as(&AMOUNT_CENTS);
    // And again when it is carried out: two that fit by themselves do not fit together.
    let [first_cent, second_cent] = [(); 2].map(|()| order(json!({ "amount_cents": 1 })));
    for order in [&first_cent, &second_cent] {
        ann.post(SEND, order.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        ann.confirm().await.expect(StatusCode::OK);
    }
    ann.post(SEND, first_cent).await.expect(StatusCode::OK);
    ann.post(SEND, second_cent).await.refused_as(&AMOUNT_CENTS);
    app.wait_until(first + 24 * 3600 * 1000);
    ann.sign_in().await.expect(StatusCode::OK);
    ann.send_cents(500_000).await.expect(StatusCode::OK);
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn a_plain_form_sends_as_well() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let form = [
        ("payee", "bakery"),
        ("amount_cents", "1234"),
        ("note", "1 + 1 = 2 & more"),
        ("idempotency_key", "k-1"),
    ];
    ann.form(SEND, &form).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    let sent = ann.form(SEND, &form).await.expect(StatusCode::OK);
    assert_eq!(sent["transfer"]["amount_cents"], 1234);
    assert_eq!(sent["transfer"]["note"], "1 + 1 = 2 & more");
    for (wrong, field) in [("12.5", "amount_cents"), ("ten", "amount_cents"), ("", "amount_cents")]
    {
        let form = [("payee", "bakery"), ("amount_cents", wrong), ("idempotency_key", "k-2")];
        ann.form(SEND, &form).await.refused_field(field);
    }
    let typed = [("payee", "bakery"), ("amount", "12,5"), ("idempotency_key", "k-3")];
    ann.form(SEND, &typed).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    let sent = ann.form(SEND, &typed).await.expect(StatusCode::OK);
    assert_eq!(sent["transfer"]["amount_cents"], 1250);
    ann.form(SEND, &[("payee", "bakery"), ("amount_cents", "1")])
        .await
        .refused_field("idempotency_key");
}
