//! Processes on one PostgreSQL database: two that are one, and one whose database hangs up.
//!
//!   tools/postgres cargo test --features ssr --test postgres -- --ignored
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "each test program uses a part")]
mod support;

use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor};
use std::{
    thread::{self, sleep},
    time::Duration,
};
use support::{ACT, Server, act, new_database};

/// What both instances have in the address bar, wherever they listen.
const ORIGIN: &str = "http://localhost:3000";

#[test]
#[ignore = "needs the PostgreSQL server that TEST_POSTGRES_URL names"]
fn two_that_start_at_once_on_an_empty_database_are_one() {
    let url = new_database();
    let start = || Server::start(&[("DATABASE_URL", &url), ("PASSKEY_ORIGIN", ORIGIN)]);
    let (mut first, second) = thread::scope(|scope| {
        let second = scope.spawn(start);
        (start(), second.join().expect("no panic"))
    });
    let mut ann = first.visitor();
    ann.passkey.origin = ORIGIN.to_owned();
    ann.sign_up("ann");

    let options = ann.ok("/api/signin/options", &json!({}));
    let answer = ann.passkey.get(&options);
    ann.go_to(&second);
    ann.ok("/api/signin/verify", &answer);
    ann.go_to(&first);
    ann.confirmed(ACT, &act(1));
    ann.go_to(&second);
    ann.ok(ACT, &act(1));
    ann.go_to(&first);
    assert_eq!(ann.phone(), act(1)["phone"]);
    // One confirmation is good once, at either.
    assert_eq!(ann.post(ACT, &act(1)).status, 403);

    let mut left = ann.clone();
    ann.ok("/api/signout", &json!({}));
    left.go_to(&second);
    assert_eq!(left.post(ACT, &act(2)).status, 401);

    first.terminate();
    assert!(first.wait().success());
    left.sign_in();
    assert_eq!(left.phone(), act(1)["phone"]);
    let (status, text) = second.run(&["check"]);
    assert!(status.success(), "{text}");
}

#[test]
#[ignore = "needs the PostgreSQL server that TEST_POSTGRES_URL names"]
fn connections_that_the_database_has_ended_are_made_anew() {
    let url = format!("{}&application_name=hung-up", new_database());
    let server = Server::start(&[("DATABASE_URL", &url)]);
    let mut ann = server.signed_up("ann");
    ann.confirmed_call(ACT, &act(1));
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let mut database = AnyConnection::connect(&url).await.expect("a connection");
        let end = "select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'hung-up' and pid <> pg_backend_pid()";
        assert!(!database.fetch_all(end).await.expect("an end").is_empty());
    });
    // As long as a connection is trusted without being asked.
    sleep(Duration::from_millis(1500));
    for _ in 0..10 {
        assert_eq!(ann.phone(), act(1)["phone"]);
    }
}
