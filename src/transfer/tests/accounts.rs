//! Money when an account begins and ends.

use super::{OPENING, SEND, order};
use crate::tests::{
    account::{assert_deleted_once, delete, with_everything},
    addresses::EARLIER,
    sign_up::sign_up_and_look,
    support::{PASSWORD, TestApp},
};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_deleted_account_leaves_nothing_personal_and_the_ledger_balances() {
    let app = TestApp::new().await;
    let (mut ann, user) = with_everything(&app).await;
    let mut bob = app.signed_up("bob").await;
    let to_bob = order(json!({ "payee": "bob@example.com", "note": "from my secret diary" }));
    let sent = ann.confirmed(SEND, to_bob).await.expect(StatusCode::OK);
    let to_ann = order(json!({ "payee": "ann-lee@example.com" }));
    bob.confirmed(SEND, to_ann).await.expect(StatusCode::OK);
    bob.post(SEND, order(json!({ "payee": "ann-lee@example.com" }))).await;

    delete(&app, &mut ann).await;
    let personal = ["ann-lee", "2079460000", "secret diary", &user];
    let left = app.dump_all().await;
    // The other party keeps the receipts, which stand at the end of a line.
    for line in left.iter().filter_map(|line| line.split(r#"{"action""#).next()) {
        assert!(!personal.iter().any(|personal| line.contains(personal)), "{line}");
    }
    app.assert_ledger_balances().await;
    assert_eq!(
        app.count("select cast(sum(balance) as bigint) from accounts where kind = 'user'").await,
        OPENING
    );

    // The other party's history still tells what moved.
    let history = bob.history(json!({})).await;
    assert_eq!(history[0]["payee"], "Closed account");
    assert_eq!(
        (&history[1]["payer"], &history[1]["amount_cents"]),
        (&json!("Closed account"), &json!(1000))
    );
    bob.receipt_of(&sent).await;
    bob.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    app.send_mails().await; // with: mail
    let left = app.dump_all().await.join("\n");
    assert!(!personal.iter().any(|personal| left.contains(personal)), "{left}");
    // The address is free for somebody new, who gets nothing of the old account.
    app.visitor().sign_up("ann-lee").await.expect(StatusCode::OK);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_deletions_at_once_return_the_money_once() {
    let app = TestApp::new().await;
    assert_deleted_once(&mut app.signed_up("ann").await).await;
    let returned = "select count(*) from transfers where to_account = 'treasury'";
    assert_eq!(app.count(returned).await, 1);
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn a_passkey_makes_user_passkey_balance_activity_and_session() {
    let app = TestApp::new().await;
    let mut ann = sign_up_and_look(&app).await;
    assert_eq!(ann.balance().await, OPENING);
    app.assert_ledger_balances().await;
}

#[tokio::test]
async fn an_account_with_an_address_of_an_earlier_release_signs_in_and_is_paid() {
    for (stored, typed) in EARLIER {
        let app = TestApp::new().await;
        let mut ann = app.signed_up("ann").await;
        ann.set_password(PASSWORD).await;
        app.give_address("ann", stored).await;
        let mut ann = ann.elsewhere();
        let who = json!({ "email": typed, "password": PASSWORD });
        ann.post("/api/signin/password", who).await.expect(StatusCode::OK);
        let mut bob = app.signed_up("bob").await;
        let order = order(json!({ "payee": typed }));
        let sent = bob.confirmed(SEND, order).await.expect(StatusCode::OK);
        assert_eq!(sent["transfer"]["payee"], stored);
        assert_eq!(ann.balance().await, OPENING + 1000);
    }
}

#[tokio::test]
async fn an_account_of_a_password_is_given_the_same() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    assert_eq!(ann.balance().await, OPENING);
    app.assert_ledger_balances().await;
}

// with: mail {
#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_who_type_one_code_none_but_one_is_given_money() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let new = json!({ "email": "ann@example.com", "name": "ann", "password": PASSWORD });
    ann.post("/api/signup/password", new).await.expect(StatusCode::OK);
    let code = json!({ "code": ann.mailed_code("ann@example.com").await });
    ann.post_at_once(30, "/api/signup/code", code).await;
    assert_eq!(app.count("select count(*) from accounts where kind = 'user'").await, 1);
    assert_eq!(app.count("select count(*) from transfers").await, 1);
    app.assert_ledger_balances().await;
}
// with: mail }

#[tokio::test]
async fn an_account_that_does_not_come_about_is_given_nothing() {
    let app = TestApp::new().await;
    // The last thing that sign-up writes is refused.
    app.refuse("insert on sessions", "true").await;
    app.visitor().sign_up("ann").await.refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert!(app.dump("transfers").await.is_empty());
    assert_eq!(app.count("select count(*) from accounts").await, 4);
    app.assert_ledger_balances().await;
}
