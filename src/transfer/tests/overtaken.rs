//! Orders that are on their way when a session or an account ends.

use super::{LIST, OPENING, SEND, errors::PAYEE, order};
use crate::tests::{overtaken::overtaken, support::TestApp};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn an_order_whose_session_ends_before_it_is_stored_is_not_signed_in() {
    for end in ["delete from sessions", "delete from users"] {
        for payee in ["bakery", "nobody@example.com"] {
            let app = TestApp::new().await;
            let ann = app.signed_up("ann").await;
            let answer = overtaken(&app, &ann, SEND, order(json!({ "payee": payee })), end).await;
            assert_eq!(answer.json["code"], "not_signed_in", "{end}, {payee}");
            assert_eq!(app.count("select count(*) from actions").await, 0);
        }
    }
}

#[tokio::test]
async fn a_confirmed_transfer_whose_session_ends_first_does_not_happen() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let order = ann.confirmed_order(json!({})).await;
    let answer = overtaken(&app, &ann, SEND, order, "delete from sessions").await;
    answer.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(app.count("select count(*) from transfers where payee = 'bakery'").await, 0);
}

#[tokio::test]
async fn a_call_whose_account_goes_while_its_session_is_looked_up_is_not_signed_in() {
    for (path, body) in [(LIST, json!({})), (SEND, order(json!({})))] {
        let app = TestApp::new().await;
        let mut ann = app.signed_up("ann").await;
        // The look-up writes when the session was last seen.
        app.wait(120);
        app.on_event("update on sessions", "delete from users").await;
        ann.post(path, body).await.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
}

#[tokio::test]
async fn money_for_an_account_that_is_deleted_first_stays_where_it_is() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.signed_up("bob").await;
    let order = ann.confirmed_order(json!({ "payee": "bob@example.com" })).await;
    let gone = "delete from users where email = 'bob@example.com'";
    let answer = overtaken(&app, &ann, SEND, order, gone).await;
    answer.refused_as(&PAYEE);
    assert_eq!(ann.balance().await, OPENING);
}
