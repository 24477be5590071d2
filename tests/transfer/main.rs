//! The demo in the program as a process of its own: money outlives crashes, an operator's check finds
//! what is wrong with the books, and what is sent is counted.
//!
//!   tools/postgres cargo test --features ssr --test transfer -- --include-ignored
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod crash;
mod orders;
#[allow(dead_code, reason = "each test program uses a part")]
#[path = "../support/mod.rs"]
mod support;

use crash::kill_in_mid_transfer;
use orders::{LIST, OPENING, SEND, balance, order};
use serde_json::json;
use support::{Server, free_port, metrics, new_database};

#[test]
fn killed_sixty_times_in_mid_transfer_nothing_acknowledged_is_lost() {
    kill_in_mid_transfer(Server::start(&[]), 60);
}

#[test]
#[ignore = "needs the PostgreSQL server that TEST_POSTGRES_URL names"]
fn killed_in_mid_transfer_nothing_acknowledged_is_lost() {
    let url = new_database();
    kill_in_mid_transfer(Server::start(&[("DATABASE_URL", &url)]), 20);
}

#[test]
#[ignore = "needs the PostgreSQL server that TEST_POSTGRES_URL names"]
fn an_order_that_another_instance_carried_out_gets_the_same_answer_and_sends_nothing() {
    let url = new_database();
    let first = Server::start(&[("DATABASE_URL", &url)]);
    let second = Server::start(&[("DATABASE_URL", &url), ("PASSKEY_ORIGIN", &first.origin())]);
    let mut ann = first.signed_up("ann");
    let order = order(100);
    ann.confirmed(SEND, &order);
    ann.go_to(&second);
    let sent = ann.ok(SEND, &order);
    ann.go_to(&first);
    assert_eq!(ann.ok(SEND, &order), sent);
    assert_eq!(balance(&mut ann), OPENING - 100);
    let (status, text) = second.run(&["check"]);
    assert!(status.success(), "{text}");
}

#[test]
fn a_check_finds_money_from_nowhere() {
    let server = Server::start(&[]);
    server.signed_up("ann");
    let (status, text) = server.run(&["check"]);
    assert!(status.success(), "{text}");
    server.damage("update accounts set balance = balance + 1 where kind = 'user'");
    let (status, text) = server.run(&["check"]);
    assert!(!status.success() && text.contains("the balances do not add up to zero"), "{text}");
}

#[test]
fn transfers_are_counted() {
    let port = free_port();
    let server = Server::start(&[("METRICS_ADDR", &format!("127.0.0.1:{port}"))]);
    let mut ann = server.signed_up("ann");
    ann.confirmed_call(SEND, &order(100));
    let text = metrics(port);
    for line in [
        r#"latchkey_transfers_total{outcome="ok"} 1"#,
        r#"latchkey_request_seconds_count{path="/api/transfers/send",status="200"} 1"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[test]
fn seeded_people_have_a_history() {
    let server = Server::start(&[]);
    let (status, text) = server.run(&["seed"]);
    assert!(status.success(), "{text}");
    let password = text.trim().rsplit(' ').next().expect("a password");
    let mut ann = server.visitor();
    ann.ok("/api/signin/password", &json!({ "email": "ann@example.com", "password": password }));
    let history = ann.ok(LIST, &json!({}));
    assert!(history["transfers"].as_array().expect("a list").len() > 3);
}
