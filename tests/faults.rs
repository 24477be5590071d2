//! What must hold when the machine fails under the program: every acknowledged transfer is there,
//! the ledger balances, and the program works again as soon as its machine does.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "each test program uses a part")]
mod support;

use serde_json::json;
use std::{fs, process::Command, thread::sleep, time::Duration};
use support::{Server, crash::kill_in_mid_transfer, order};

#[test]
fn killed_sixty_times_in_mid_transfer_nothing_acknowledged_is_lost() {
    kill_in_mid_transfer(Server::start(&[]), 60);
}

#[test]
fn sessions_and_open_ceremonies_outlive_a_restart() {
    let mut server = Server::start(&[]);
    let mut ann = server.signed_up("ann");
    let order = order(100);
    ann.confirmed(&order);
    let mut bob = server.visitor();
    bob.passkey = ann.passkey.clone();
    let options = bob.ok("/api/signin/options", &json!({}));
    let answer = bob.passkey.get(&options);
    server.terminate();
    assert!(server.wait().success());
    server.start_again();
    ann.ok("/api/transfers/send", &order);
    bob.ok("/api/signin/verify", &answer);
}

/// The program may write files up to a size only, as on a disk that is full.
#[test]
fn on_a_full_disk_nothing_is_half_done_and_room_mends_it() {
    let mut server = Server::start(&[]);
    let mut ann = server.signed_up("ann");
    server.terminate();
    server.wait();
    let size = fs::metadata(server.database()).expect("a database").len();

    // In blocks of 512 bytes; the signal that goes with the limit is ignored.
    let limit = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\"", size / 512 + 64);
    server.start_by("sh", &["-c", &limit, env!("CARGO_BIN_EXE_latchkey")]);
    let mut visitors = 0;
    while server.get("/readyz").expect("an answer").0 == 200 {
        let answer = server.visitor().post("/api/signin/options", &json!({}));
        if answer.status != 200 {
            assert_eq!((answer.status, &answer.json), (503, &json!({ "code": "unavailable" })));
            assert_eq!(answer.retry_after.as_deref(), Some("1"));
        }
        visitors += 1;
        assert!(visitors < 10_000, "the disk is never full");
    }
    assert_eq!(ann.post("/api/transfers/send", &order(100)).status, 503);
    // What only reads still works.
    assert_eq!(server.get("/healthz").expect("an answer").0, 200);
    assert_eq!(ann.balance(), 1_000_000);

    let process = server.process().to_string();
    let room = Command::new("prlimit").args(["--pid", &process, "--fsize=unlimited:"]).status();
    assert!(room.expect("prlimit").success());
    while server.get("/readyz").expect("an answer").0 != 200 {
        sleep(Duration::from_millis(100));
    }
    let order = order(100);
    ann.confirmed(&order);
    ann.ok("/api/transfers/send", &order);
    let (status, text) = server.run(&["check"]);
    assert!(status.success(), "{text}");
}
