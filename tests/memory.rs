//! How much memory the program takes, and how many bytes it reads, while somebody sends it garbage.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "each test program uses a part")]
mod support;

use serde_json::json;
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};
use support::Server;

/// In KiB: what the program may take at any time beside its own file, which is much larger as tests
/// build it than as it is released.
const MOST: u64 = 52 * 1024;

/// The most memory that a server had so far, in KiB.
fn peak(server: &Server) -> u64 {
    let path = format!("/proc/{}/status", server.process());
    let status = fs::read_to_string(path).expect("the state of a process");
    let kib = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).expect(name);
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number")
    };
    kib("VmHWM:") - kib("RssFile:")
}

#[test]
fn wrong_passwords_leave_no_memory_behind() {
    let server = Server::start(&[]);
    thread::scope(|scope| {
        for n in 0..8 {
            let mut guesser = server.visitor();
            scope.spawn(move || {
                for m in 0..50 {
                    let email = format!("somebody-{n}-{m}@example.com");
                    let guess = json!({ "email": email, "password": "wrong" });
                    assert_eq!(guesser.post("/api/signin/password", &guess).status, 401);
                }
            });
        }
    });
    assert!(peak(&server) < MOST, "{} KiB", peak(&server));
}

/// A call whose body comes in chunks.
fn chunked(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let head = "POST /api/signin/options HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("a head");
    stream
}

#[test]
fn a_body_that_never_begins_is_not_read_for_long() {
    let server = Server::start(&[]);
    // Zeros before the size of a chunk, spaces after it, and a body in chunks of one byte.
    for (start, garbage) in [("", "0"), ("1", " "), ("", "1\r\n0\r\n")] {
        let mut stream = chunked(&server);
        let piece = start.to_owned() + &garbage.repeat(1024 * 1024 / garbage.len());
        // The other side may have hung up by the end of it.
        stream.write_all(piece.as_bytes()).ok();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 413", "{garbage:?}");
    }
    assert!(peak(&server) < MOST, "{} KiB", peak(&server));
}

#[test]
fn a_connection_takes_any_number_of_requests_one_after_the_other() {
    let server = Server::start(&[]);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    let body = "x".repeat(60 * 1024);
    let length = body.len();
    for _ in 0..20 {
        let request = format!(
            "POST /api/signin/options HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.ends_with('}'), "all of the answer is there: {answer}");
    }
}
