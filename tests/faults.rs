//! What must hold when the machine fails under the program: what was acknowledged is there, nothing is
//! half done, and the program works again as soon as its machine does.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "each test program uses a part")]
mod support;

use serde_json::json;
use sqlx::Connection;
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::Command,
    sync::mpsc::{self, Sender},
    thread::{self, sleep},
    time::Duration,
};
use support::{ACT, Server, Visitor, act};

/// Changes the phone number, each time to the next, until the server is gone, and tells of every change
/// that was acknowledged. Returns the number at which it ended, and whether nobody knows what became of
/// that one.
fn change_until_the_end(visitor: &mut Visitor, first: u32, told: Sender<()>) -> (u32, bool) {
    let mut n = first;
    loop {
        let phone = act(n);
        if visitor.try_confirmed(ACT, &phone).is_none() {
            return (n, false);
        }
        let Some(answer) = visitor.try_post(ACT, &phone) else { return (n, true) };
        assert_eq!(answer.status, 200, "{}", answer.json);
        told.send(()).expect("a listener");
        n += 1;
    }
}

#[test]
fn killed_again_and_again_what_was_acknowledged_is_there() {
    let mut server = Server::start(&[]);
    let mut ann = server.signed_up("ann");
    let mut first = 0;
    for round in 0..15 {
        let (told, hears) = mpsc::channel();
        let (last, doubtful) = thread::scope(|scope| {
            let changing = scope.spawn(|| change_until_the_end(&mut ann, first, told));
            // Something must be there to lose, however slow the machine; then a different moment of a
            // change each time.
            hears.recv().expect("a change that was acknowledged");
            sleep(Duration::from_millis(round * 37 % 60));
            server.kill();
            changing.join().expect("no panic")
        });
        let (status, text) = server.run(&["check"]);
        assert!(status.success(), "round {round}: {text}");
        server.start_again();
        let phone = ann.phone();
        let expected = phone == act(last - 1)["phone"] || doubtful && phone == act(last)["phone"];
        assert!(expected, "round {round}: {phone} after {last}, in doubt: {doubtful}");
        first = last + 1;
    }
}

#[test]
fn sessions_and_confirmations_outlive_a_restart_and_challenges_have_expired() {
    let mut server = Server::start(&[]);
    let mut ann = server.signed_up("ann");
    ann.confirmed(ACT, &act(1));
    let mut bob = server.visitor();
    bob.passkey = ann.passkey.clone();
    let options = bob.ok("/api/signin/options", &json!({}));
    let answer = bob.passkey.get(&options);
    server.stop();
    server.start_again();
    ann.ok(ACT, &act(1));
    let late = bob.post("/api/signin/verify", &answer);
    assert_eq!((late.status, &late.json["code"]), (401, &json!("sign_in_failed")));
    bob.sign_in();
}

/// Changes how large the files are that a program may write, in bytes, by a command as its user.
fn limit_files(server: &Server, size: &str, mut as_its_user: Command) {
    let (process, limit) = (server.process().to_string(), format!("--fsize={size}:"));
    let status = as_its_user.args(["prlimit", "--pid", &process, &limit]).status();
    assert!(status.expect("prlimit").success());
}

/// When the database was last seen to take a write.
fn probed_at(server: &Server) -> i64 {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let url = server.database_url();
        let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
        sqlx::query_scalar("select at from probe").fetch_one(&mut connection).await.expect("a time")
    })
}

/// The program may write files up to a size only, as on a disk that is full.
#[test]
fn on_a_full_disk_nothing_is_half_done_and_room_mends_it() {
    let mut server = Server::start(&[]);
    let mut ann = server.signed_up("ann");
    ann.confirmed_call(ACT, &act(0));
    server.stop();
    let size = fs::metadata(server.database()).expect("a database").len();

    // In blocks of 512 bytes; the signal that goes with the limit is ignored.
    let limit = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\"", size / 512 + 2048);
    server.start_by("sh", &["-c", &limit, env!("CARGO_BIN_EXE_latchkey")]);
    let mut visitors = 0;
    loop {
        let mut visitor = server.visitor();
        let new = json!({ "email": format!("{visitors}@example.com"), "name": "Visitor" });
        let mut answer = visitor.post("/api/signup/options", &new);
        if answer.status == 200 {
            let made = visitor.passkey.create(&answer.json);
            answer = visitor.post("/api/signup/verify", &made);
        }
        if answer.status != 200 {
            assert_eq!((answer.status, &answer.json["code"]), (503, &json!("unavailable")));
            assert_eq!(answer.retry_after.as_deref(), Some("1"));
            break;
        }
        visitors += 1;
        assert!(visitors < 10_000, "the disk is never full");
    }
    // From when on a sign-up does not fit, no probe does.
    let probed = probed_at(&server);
    while server.get("/readyz").expect("an answer").0 == 200 {
        sleep(Duration::from_millis(100));
    }
    assert_eq!(probed_at(&server), probed);
    // What is smaller still fits a few times.
    let mut n = 1;
    while ann.post(ACT, &act(n)).status != 503 {
        n += 1;
        assert!(n < 10_000, "the disk is never full");
    }
    // What only reads still works.
    assert_eq!(server.get("/healthz").expect("an answer").0, 200);
    assert_eq!(ann.phone(), act(0)["phone"]);

    limit_files(&server, "unlimited", Command::new("env"));
    while server.get("/readyz").expect("an answer").0 != 200 {
        sleep(Duration::from_millis(100));
    }
    ann.confirmed_call(ACT, &act(n));
    assert_eq!(ann.phone(), act(n)["phone"]);
    let (status, text) = server.run(&["check"]);
    assert!(status.success(), "{text}");
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_latchkey");
/// A user whom permissions bind, unlike root.
const NOBODY: &str = "65534";
/// Runs what follows, with the signal ignored that goes with a limit on files.
const WITHOUT_SIGNAL: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// A command that runs what follows it as a user whom permissions bind, who has what is in the folder
/// of the server. None where there can be no such user.
fn bound_by_permissions(server: &Server) -> Option<Vec<String>> {
    if fs::metadata("/proc/self").expect("a process").uid() != 0 {
        return Some(vec!["env".to_owned()]);
    }
    let (user, group) = (format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"));
    let user = vec!["setpriv".to_owned(), user, group, "--clear-groups".to_owned()];
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Leptos.toml");
    let reads = ["sh", "-c", "test -x \"$0\" && test -r \"$1\"", PROGRAM, file];
    let tried = server.command(&user[0]).args(&user[1..]).args(reads).status();
    if !tried.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no user here is bound by permissions and can read this folder");
        return None;
    }
    let owner = format!("{NOBODY}:{NOBODY}");
    let given = Command::new("chown").args(["-R", &owner]).arg(server.folder()).status();
    assert!(given.expect("chown").success());
    Some(user)
}

/// Lets nobody write what is in the folder of a database, or its owner again.
fn set_writable(server: &Server, writable: bool) {
    let (folder, file) = if writable { (0o700, 0o600) } else { (0o500, 0o400) };
    let set = |path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    for name in ["latchkey.db", "latchkey.db-wal", "latchkey.db-shm"] {
        let path = server.folder().join(name);
        if path.exists() {
            set(path, file);
        }
    }
    set(server.folder().to_owned(), folder);
}

#[test]
fn a_database_that_was_read_only_for_a_while_takes_the_next_write() {
    let mut server = Server::start(&[]);
    let mut ann = server.signed_up("ann");
    server.stop();
    let Some(user) = bound_by_permissions(&server) else { return };
    let arguments = user[1..].iter().map(String::as_str).chain(WITHOUT_SIGNAL).chain([PROGRAM]);
    server.start_by(&user[0], &arguments.collect::<Vec<_>>());
    let limit = |server: &Server, size: &str| {
        let mut as_its_user = Command::new(&user[0]);
        as_its_user.args(&user[1..]);
        limit_files(server, size, as_its_user);
    };
    ann.confirmed_call(ACT, &act(0));
    ann.confirmed(ACT, &act(1));
    // A commit that fails has the writing connection replaced, by one that could only read.
    limit(&server, "1");
    assert_eq!(ann.post(ACT, &act(1)).status, 503);
    set_writable(&server, false);
    limit(&server, "unlimited");
    for _ in 0..2 {
        let answer = ann.post(ACT, &act(1));
        assert_eq!((answer.status, &answer.json["code"]), (503, &json!("unavailable")));
        assert_eq!(ann.phone(), act(0)["phone"]);
    }
    assert_eq!(server.get("/readyz").expect("an answer").0, 503);
    set_writable(&server, true);
    ann.ok(ACT, &act(1));
    assert_eq!(ann.phone(), act(1)["phone"]);
}

#[test]
fn a_start_on_what_cannot_be_written_says_so() {
    let mut server = Server::start(&[]);
    server.stop();
    let Some(user) = bound_by_permissions(&server) else { return };
    let start = || {
        let output = server.command(&user[0]).args(&user[1..]).arg(PROGRAM).output();
        let output = output.expect("the program");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    set_writable(&server, false);
    let said = start();
    let folder = format!("the folder {} cannot be written", server.folder().display());
    assert!(said.contains(&folder) && said.contains("Permission denied"), "{said}");
    fs::set_permissions(server.folder(), Permissions::from_mode(0o700)).expect("a mode");
    let said = start();
    assert!(said.contains("latchkey.db cannot be opened: Permission denied"), "{said}");
}
