//! The program as an operator meets it: signals, slow clients, logs, metrics, copies and checks.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "each test program uses a part")]
mod support;

use serde_json::{Value, json};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    thread::{self, JoinHandle, sleep},
    time::{Duration, Instant},
};
use support::{ACT, Server, act, free_port, metrics};

/// The head of a call whose body has so many bytes.
fn head(length: usize) -> String {
    format!(
        "POST /api/signin/options HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream
}

#[test]
fn files_are_sent_compressed_and_kept_for_ever_under_the_name_of_their_content() {
    let site = tempfile::tempdir().expect("a folder");
    fs::create_dir(site.path().join("pkg")).expect("a folder");
    for (file, text) in [
        ("pkg/latchkey.abc.css", "body {}"),
        ("pkg/latchkey.abc.css.br", "as brotli"),
        ("pkg/latchkey.abc.css.gz", "as gzip"),
        ("favicon.svg", "<svg/>"),
    ] {
        fs::write(site.path().join(file), text).expect("a file");
    }
    let server = Server::start(&[("LEPTOS_SITE_ROOT", site.path().to_str().expect("text"))]);
    let get = |path: &str, accepts: &str| {
        let mut stream = connect(&server);
        let request = format!("GET {path} HTTP/1.0\r\nAccept-Encoding: {accepts}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        rest(&mut stream)
    };
    for (accepts, encoding, text) in [
        ("gzip, deflate, br", "content-encoding: br\r\n", "as brotli"),
        ("gzip", "content-encoding: gzip\r\n", "as gzip"),
        ("identity", "", "body {}"),
    ] {
        let answer = get("/pkg/latchkey.abc.css", accepts);
        assert!(answer.starts_with("HTTP/1.0 200") && answer.ends_with(text), "{answer}");
        assert!(answer.contains(encoding), "{answer}");
        assert!(answer.contains("cache-control: public, max-age=31536000, immutable"), "{answer}");
        assert!(answer.contains("content-security-policy: default-src 'none'"), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    }
    assert!(get("/pkg/latchkey.old.css", "br").starts_with("HTTP/1.0 404"));
    assert!(!get("/pkg/latchkey.old.css", "br").contains("immutable"));
    assert!(get("/pkg/latchkey.old.css", "br").contains("cache-control: no-store"));
    let plain = get("/favicon.svg", "br");
    assert!(plain.starts_with("HTTP/1.0 200") && !plain.contains("immutable"), "{plain}");
    assert!(plain.contains("cache-control: public, max-age=3600"), "{plain}");
    // What the browser has already stays as long.
    let asked_again = "br\r\nIf-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT";
    let unchanged = get("/pkg/latchkey.abc.css", asked_again);
    assert!(unchanged.starts_with("HTTP/1.0 304"), "{unchanged}");
    assert!(unchanged.contains("immutable"), "{unchanged}");
    for outside in ["/pkg/../../Cargo.toml", "/pkg/%2e%2e/%2e%2e/Cargo.toml", "/pkg/", "/pkg"] {
        let answer = get(outside, "identity");
        assert!(!answer.contains("[package]") && !answer.contains("abc.css\n"), "{answer}");
    }
}

/// All that comes until the server ends the connection, which it must.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes something each second until the other side hangs up, which it must.
fn drip(stream: &TcpStream, drop: &'static [u8]) -> JoinHandle<()> {
    let mut stream = stream.try_clone().expect("a handle");
    thread::spawn(move || {
        for _ in 0..40 {
            sleep(Duration::from_secs(1));
            if stream.write_all(drop).is_err() {
                return;
            }
        }
        panic!("a slow client was never hung up on");
    })
}

#[test]
fn clients_that_are_slow_to_send_are_hung_up_on() {
    let server = Server::start(&[]);
    let mut slow_head = connect(&server);
    slow_head.write_all(b"POST /api/signin/options HTTP/1.1\r\nX-Slow: ").expect("a start");
    let mut slow_body = connect(&server);
    slow_body.write_all(head(100).as_bytes()).expect("a head");
    let mut idle = connect(&server);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a request");
    let mut silent = connect(&server);
    let drips = [drip(&slow_head, b"x"), drip(&slow_body, b" ")];

    let answer = rest(&mut slow_body);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains(r#"{"code":"request_timeout","message":"#), "{answer}");
    assert!(answer.contains("content-security-policy: default-src 'none'"), "{answer}");
    rest(&mut slow_head);
    assert!(rest(&mut idle).starts_with("HTTP/1.1 200"));
    assert_eq!(rest(&mut silent), "");
    for drip in drips {
        drip.join().expect("a hang-up");
    }
}

#[test]
fn so_many_connections_and_no_more() {
    let server = Server::start(&[("MAX_CONNECTIONS", "2")]);
    let is_served = |stream: &mut TcpStream| {
        let mut first = [0; 12];
        let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        asked.is_ok() && stream.read_exact(&mut first).is_ok() && first == *b"HTTP/1.1 200"
    };
    // What the start of the server asked for may still be open for a moment.
    let served = || {
        let mut streams: Vec<_> = (0..3).map(|_| connect(&server)).collect();
        streams.iter_mut().map(is_served).filter(|served| *served).count()
    };
    let most = (0..20).map(|_| {
        sleep(Duration::from_millis(50));
        served()
    });
    assert_eq!(most.max(), Some(2));
    // Those that hung up leave their places.
    assert!((0..20).any(|_| {
        sleep(Duration::from_millis(50));
        is_served(&mut connect(&server))
    }));
}

#[test]
fn slow_bodies_keep_nobody_else_out() {
    let server = Server::start(&[("MAX_REQUESTS", "4")]);
    let slow: Vec<_> = (0..8)
        .map(|_| {
            let mut stream = connect(&server);
            stream.write_all(head(100).as_bytes()).expect("a head");
            stream
        })
        .collect();
    sleep(Duration::from_millis(300));
    assert_eq!(server.get("/").expect("an answer").0, 200);
    server.visitor().ok("/api/signin/options", &json!({}));
    drop(slow);
}

#[test]
fn a_client_that_does_not_read_is_hung_up_on() {
    const SIZE: u64 = 64 * 1024 * 1024;
    let site = tempfile::tempdir().expect("a folder");
    fs::create_dir(site.path().join("pkg")).expect("a folder");
    let file = fs::File::create(site.path().join("pkg/large.css")).expect("a file");
    file.set_len(SIZE).expect("a large file");
    let server = Server::start(&[("LEPTOS_SITE_ROOT", site.path().to_str().expect("text"))]);
    let mut stream = connect(&server);
    stream.write_all(b"GET /pkg/large.css HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a request");
    sleep(Duration::from_secs(33));
    let came = rest(&mut stream).len() as u64;
    assert!(came < SIZE, "all of it was kept for a client that did not read");
}

#[test]
fn a_stop_lets_what_is_under_way_end_and_takes_nothing_new() {
    let mut server = Server::start(&[]);
    let mut stream = connect(&server);
    stream.write_all(head(2).as_bytes()).expect("a head");
    sleep(Duration::from_millis(300));
    server.terminate();
    sleep(Duration::from_millis(300));
    // First balancers are told, then nobody new is let in.
    assert_eq!(server.get("/readyz").expect("an answer").0, 503);
    assert_eq!(server.get("/healthz").expect("an answer").0, 200);
    sleep(Duration::from_secs(2));
    assert!(TcpStream::connect(("127.0.0.1", server.port)).is_err(), "still listening");
    stream.write_all(b"{}").expect("a body");
    let answer = rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("challenge"), "{answer}");
    assert!(server.wait().success());
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let mut server = Server::start(&[("SHUTDOWN_SECONDS", "1")]);
    let mut stream = connect(&server);
    stream.write_all(head(2).as_bytes()).expect("a head");
    sleep(Duration::from_millis(300));
    server.terminate();
    assert!(server.wait().success());
    // Without the deadline there would have been the answer to a slow body.
    assert_eq!(rest(&mut stream), "");
    // What SQLite keeps beside the file is folded into it.
    assert!(!server.folder().join("latchkey.db-wal").exists());
}

/// The answer to a request on a connection that may go on, or what came of it.
fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    if let Err(error) = stream.write_all(request.as_bytes()) {
        return error.to_string();
    }
    let (mut answer, mut next) = (Vec::new(), [0; 4096]);
    while !answer.ends_with(b"ok\n") && !answer.ends_with(b"}") {
        match stream.read(&mut next) {
            Ok(0) => break,
            Ok(length) => answer.extend(&next[..length]),
            Err(error) => return error.to_string(),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn says_close(answer: &str) -> bool {
    answer.contains("\r\nconnection: close\r\n")
}

#[test]
fn before_a_stop_every_answer_says_that_its_connection_ends() {
    let mut server = Server::start(&[]);
    let mut kept = connect(&server);
    assert!(!says_close(&ask(&mut kept, "/healthz")));
    server.terminate();
    while server.get("/readyz").expect("an answer").0 == 200 {}
    for (path, status) in
        [("/healthz", "HTTP/1.1 200"), ("/readyz", "HTTP/1.1 503"), ("/api/me", "HTTP/1.1 403")]
    {
        let answer = ask(&mut connect(&server), path);
        assert!(answer.starts_with(status) && says_close(&answer), "{answer}");
    }
    // One that had nothing to ask meanwhile has one answer more.
    while TcpStream::connect(("127.0.0.1", server.port)).is_ok() {
        sleep(Duration::from_millis(50));
    }
    let answer = ask(&mut kept, "/healthz");
    assert!(answer.starts_with("HTTP/1.1 200") && says_close(&answer), "{answer}");
    assert!(server.wait().success());
}

#[test]
fn no_stop_leaves_a_request_unanswered() {
    let stops: Vec<_> = (0..6)
        .map(|_| {
            thread::spawn(|| {
                let mut server = Server::start(&[]);
                // Each asks again after another pause, until it is told that the connection ends.
                let clients: Vec<_> = (0..12)
                    .map(|n: u64| {
                        let mut stream = connect(&server);
                        thread::spawn(move || {
                            loop {
                                let answer = ask(&mut stream, "/healthz");
                                assert!(answer.ends_with("ok\n"), "{n}: {answer:?}");
                                if says_close(&answer) {
                                    return;
                                }
                                sleep(Duration::from_millis(n * n * 25));
                            }
                        })
                    })
                    .collect();
                sleep(Duration::from_millis(100));
                server.terminate();
                for client in clients {
                    client.join().expect("an answer to each request");
                }
                assert!(server.wait().success());
            })
        })
        .collect();
    for stop in stops {
        stop.join().expect("no request without an answer");
    }
}

#[test]
fn every_head_however_odd_is_answered_without_a_panic() {
    let server = Server::start(&[]);
    let send = |head: &[u8]| {
        let mut stream = connect(&server);
        // The server may answer, and hang up, before it has read all.
        stream.write_all(head).ok();
        rest(&mut stream)
    };
    let methods = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "QUERY",
        "PROPFIND", "get", "A",
    ];
    let targets = [
        "/",
        "/signin",
        "/api/signin/options",
        "/healthz",
        "/pkg/nothing.css",
        "/favicon.svg",
        "*",
        "//",
        "/%00",
        "/%ff%fe",
        "/?%",
        "/../..",
        "localhost:443",
        "http://localhost/signin",
        "http://evil.test",
        "https://a:b@evil.test:1/?x",
    ];
    for method in methods {
        for target in targets {
            let head = format!(
                "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            );
            let answer = send(head.as_bytes());
            let status = answer.get(9..12).unwrap_or_default();
            assert!(("200".."500").contains(&status), "{head}{answer}");
            if method == "CONNECT" && answer.contains("x-request-id") {
                assert_eq!(status, "405", "{head}{answer}");
            }
        }
    }
    let long = "a".repeat(40_000);
    for head in [
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a, b\r\nConnection: close\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "G\u{c9}T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{0}\r\n\r\n",
        &format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"),
        &format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"),
    ] {
        let answer = send(head.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{head}{answer}");
    }
    let log = server.log_text();
    assert!(!log.contains("panic"), "{log}");
    assert_eq!(server.get("/healthz").expect("an answer").0, 200);
}

#[test]
fn two_that_start_at_once_share_a_new_database() {
    let first = Server::start(&[("SHUTDOWN_SECONDS", "1")]);
    let url = format!("sqlite://{}", first.folder().join("new.db").display());
    let ports = [free_port(), free_port()];
    let mut both = ports.map(|port| {
        first
            .command(env!("CARGO_BIN_EXE_latchkey"))
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
            .env("DATABASE_URL", &url)
            .spawn()
            .expect("the program")
    });
    let began = Instant::now();
    for port in ports {
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "it does not start");
            sleep(Duration::from_millis(20));
        }
    }
    sleep(Duration::from_millis(500));
    for child in &mut both {
        assert!(child.try_wait().expect("a state").is_none(), "one gave up");
        child.kill().expect("a signal");
        child.wait().expect("an end");
    }
}

#[test]
fn log_lines_are_json_with_the_request_id_of_the_answer() {
    let server = Server::start(&[("LOG_FORMAT", "json"), ("RUST_LOG", "info")]);
    let answer = server.visitor().post("/api/signin/options", &json!({}));
    let id = answer.request_id.expect("an id");
    let log = server.log_text();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of_request = |line: &&Value| line["span"]["id"] == id.as_str();
    let line = lines.iter().find(of_request).expect("a line of the request");
    assert_eq!(line["span"]["path"], "/api/signin/options");
    assert!(lines.iter().any(|line| {
        line["level"] == "WARN"
            && line["fields"]["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("RATE_LIMIT is off"))
    }));
}

#[test]
fn lines_have_the_id_of_their_request_however_few_are_wanted() {
    let server = Server::start(&[("LOG_FORMAT", "json"), ("RUST_LOG", "error")]);
    server.damage("drop table devices");
    let guess = json!({ "email": "ann@example.com", "password": "wrong" });
    let answer = server.visitor().post("/api/signin/password", &guess);
    assert_eq!(answer.status, 500);
    let id = answer.request_id.expect("an id");
    let log = server.log_text();
    // The cleanup of that minute fails as well, and belongs to no request.
    let of_request = |line: &&str| line.contains("a statement failed") && line.contains(&id);
    let failed = log.lines().find(of_request).unwrap_or_else(|| panic!("{log}"));
    let line: Value = serde_json::from_str(failed).expect("JSON");
    assert_eq!((&line["level"], &line["span"]["id"]), (&json!("ERROR"), &json!(id)), "{log}");
}

#[test]
fn refusals_of_an_account_and_cleanups_that_fail_are_counted() {
    let port = free_port();
    let mut server = Server::start(&[
        ("METRICS_ADDR", &format!("127.0.0.1:{port}")),
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_ACCOUNT", "1"),
    ]);
    server.stop();
    server.damage(
        "create trigger mine before delete on tries begin select raise(abort, 'no'); end;
         insert into tries (id, times, wait, at) values ('long ago', 1, 0, 0)",
    );
    server.start_again();
    let guess = json!({ "email": "ann@example.com", "password": "wrong" });
    assert_eq!(server.visitor().post("/api/signin/password", &guess).status, 401);
    assert_eq!(server.visitor().post("/api/signin/password", &guess).status, 429);
    let text = metrics(port);
    for line in [r#"latchkey_limited_total{by="account"} 1"#, "latchkey_cleanups_failed_total 1"] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[test]
fn metrics_are_on_their_own_address_and_count() {
    let port = free_port();
    let server = Server::start(&[
        ("METRICS_ADDR", &format!("127.0.0.1:{port}")),
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_ADDRESS", "12"),
    ]);
    let mut ann = server.signed_up("ann");
    ann.sign_in();
    ann.confirmed_call(ACT, &act(1));
    let options = ann.ok("/api/signin/options", &json!({}));
    let mut answer = ann.passkey.get(&options);
    answer["response"]["signature"] = json!("AAAA");
    assert_eq!(ann.post("/api/signin/verify", &answer).status, 401);
    // At as many accounts, so that none of them refuses before the address does.
    let guess = |n| json!({ "email": format!("nobody-{n}@example.com"), "password": "wrong" });
    assert!((0..20).any(|n| ann.post("/api/signin/password", &guess(n)).status == 429));

    assert_eq!(server.get("/metrics").expect("an answer").0, 404);
    let text = metrics(port);
    for line in [
        r#"latchkey_ceremonies_total{kind="sign_up",outcome="ok"} 1"#,
        r#"latchkey_ceremonies_total{kind="sign_in",outcome="ok"} 1"#,
        r#"latchkey_ceremonies_total{kind="sign_in",outcome="sign_in_failed"} 1"#,
        r#"latchkey_ceremonies_total{kind="step_up",outcome="ok"} 1"#,
        r#"latchkey_step_ups_total{method="passkey",outcome="ok"} 1"#,
        r#"latchkey_sign_ins_total{method="password",outcome="sign_in_failed"}"#,
        r#"latchkey_limited_total{by="address"} 1"#,
        r#"latchkey_limited_total{by="account"} 0"#,
        "latchkey_cleanups_failed_total 0",
        r#"latchkey_request_seconds_count{path="/api/account/phone",status="200"} 1"#,
        r#"latchkey_database_connections{state="open"}"#,
        r#"latchkey_rows{table="users"}"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("example.com"));
}

#[test]
fn a_copy_that_is_being_made_is_left_alone_by_another() {
    let mut server = Server::start(&[]);
    server.stop();
    let copy = server.folder().join("copy.db");
    let unfinished = server.folder().join("copy.db.part");
    fs::write(&unfinished, "half a copy").expect("a file");
    let (status, text) = server.run(&["backup", &copy.display().to_string()]);
    assert!(!status.success() && text.contains("copy.db.part cannot be made"), "{text}");
    assert_eq!(fs::read_to_string(&unfinished).expect("the file"), "half a copy");
    fs::remove_file(&unfinished).expect("the file");
    let (status, text) = server.run(&["backup", &copy.display().to_string()]);
    assert!(status.success() && copy.exists(), "{text}");
}

#[test]
fn a_copy_made_under_load_is_whole_and_takes_over() {
    let mut server = Server::start(&[]);
    let mut ann = server.signed_up("ann");
    let mut writer = ann.clone();
    let writing = thread::spawn(move || {
        for n in 0..30 {
            writer.confirmed_call(ACT, &act(n));
        }
    });
    sleep(Duration::from_millis(100));
    let copy = server.folder().join("copy at 50%25.db");
    let path = copy.to_str().expect("text");
    let (status, text) = server.run(&["backup", path]);
    assert!(status.success(), "{text}");
    assert_eq!(fs::metadata(&copy).expect("a copy").permissions().mode() & 0o777, 0o600);
    let (status, text) = server.run(&["backup", path]);
    assert!(!status.success() && text.contains("cannot be made"), "{text}");
    writing.join().expect("no panic");
    assert_eq!(ann.phone(), act(29)["phone"]);

    // The drill of a restore: stop, put the copy in place, start.
    server.stop();
    fs::rename(&copy, server.database()).expect("the copy in place");
    let (status, text) = server.run(&["check"]);
    assert!(status.success() && text == "The database is sound.\n", "{text}");
    server.start_again();
    ann.sign_in();
    let phone = ann.phone();
    assert!(phone.is_null() || (0..30).any(|n| phone == act(n)["phone"]), "{phone}");
}

/// What was done since the copy is undone by it: what was used works again, what was taken away is back.
#[test]
fn what_a_restored_copy_brings_back_is_void_once_it_is_put_in_order() {
    let mut server = Server::start(&[]);
    let mut ann = server.signed_up("ann");
    ann.confirm_address(); // with: mail
    let options = ann.confirmed_call("/api/passkeys/options", &json!({}));
    let mut lost = server.visitor();
    let added = ann.ok("/api/passkeys/verify", &lost.passkey.create(&options));
    let codes = ann.confirmed_call("/api/recovery/generate", &json!({}))["codes"].clone();
    let copy = server.folder().join("copy.db");
    let (status, text) = server.run(&["backup", copy.to_str().expect("text")]);
    assert!(status.success(), "{text}");
    ann.confirmed_call("/api/passkeys/delete", &json!({ "id": added["id"] }));
    assert_eq!(server.visitor().sign_in_by_code("ann", &codes[0]).status, 200);

    let (status, text) = server.run(&["restored"]);
    assert!(!status.success(), "{text}");
    assert_eq!(text, "a server runs on this database: stop it first\n");
    server.stop();
    fs::copy(&copy, server.database()).expect("the copy in place");
    let (status, text) = server.run(&["restored"]);
    assert!(status.success(), "{text}");
    for line in ["1 sessions removed", "10 recovery codes removed", "1 accounts told"] {
        assert!(text.lines().any(|it| it == line), "{line} is not in\n{text}");
    }
    let (status, text) = server.run(&["check"]);
    assert!(status.success(), "{text}");
    server.start_again();

    for code in codes.as_array().expect("codes") {
        assert_eq!(server.visitor().sign_in_by_code("ann", code).status, 401);
    }
    assert_eq!(ann.post("/api/passkeys/list", &json!({})).status, 401);
    // A user with only one passkey must get in, so the passkeys of the copy work, the removed one as well.
    lost.sign_in();
    ann.sign_in();
    let list = ann.ok("/api/activity/list", &json!({}));
    let kinds = list["events"].as_array().expect("a list").iter().map(|event| &event["kind"]);
    assert!(kinds.into_iter().any(|kind| kind == "database.restored"), "{list}");
}

#[test]
fn a_check_finds_references_to_nothing_and_values_that_cannot_be() {
    let server = Server::start(&[]);
    server.signed_up("ann");
    let (status, text) = server.run(&["check"]);
    assert!(status.success(), "{text}");
    for (statements, complaint) in [
        (
            "pragma foreign_keys = off; delete from users",
            "a row of passkeys refers to a row of users that is gone",
        ),
        (
            "pragma ignore_check_constraints = on; update sessions set scope = 'any'",
            "CHECK constraint failed in sessions",
        ),
    ] {
        server.damage(statements);
        let (status, text) = server.run(&["check"]);
        assert!(!status.success() && text.contains(complaint), "{text}");
    }
}

#[test]
fn a_check_finds_pages_that_are_damaged() {
    let mut server = Server::start(&[]);
    server.signed_up("ann");
    server.stop();
    let (status, text) = server.run(&["check"]);
    assert!(status.success(), "{text}");
    // The root of the second table, wherever that is, and not the schema before it.
    let mut bytes = fs::read(server.database()).expect("a database");
    bytes[4096 * 2..4096 * 8].fill(0x5a);
    fs::write(server.database(), bytes).expect("a damaged database");
    let (status, text) = server.run(&["check"]);
    assert!(!status.success() && !text.contains("sound."), "{text}");
}

#[test]
fn a_database_is_its_owners_alone() {
    let mut server = Server::start(&[]);
    for file in ["latchkey.db", "latchkey.db-wal", "latchkey.db-shm"] {
        let mode = fs::metadata(server.folder().join(file)).expect(file).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    server.kill();
    fs::set_permissions(server.database(), fs::Permissions::from_mode(0o644)).expect("a mode");
    let (status, text) = server.run(&["serve"]);
    assert!(!status.success() && text.contains("everybody on this machine can read"), "{text}");
}

#[test]
fn a_file_of_settings_is_read_to_its_end_or_not_at_all() {
    let server = Server::start(&[]);
    let settings = server.folder().join(".env");
    let run = |text: &str| {
        fs::write(&settings, text).expect("a file");
        let mut command = server.command(env!("CARGO_BIN_EXE_latchkey"));
        command.current_dir(server.folder()).env_remove("PASSKEY_ORIGIN").arg("serve");
        let output = command.output().expect("the program");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).expect("text")
    };
    let unread = run("PASSKEY_RP_NAME=Example Bank\nPASSKEY_ORIGIN=http://example.com\n");
    assert!(unread.contains(".env cannot be read") && !unread.contains("Example"), "{unread}");
    let read = run("PASSKEY_RP_NAME=\"Example Bank\"\nPASSKEY_ORIGIN=http://example.com\n");
    assert!(read.contains("over https only"), "{read}");
}

#[test]
fn the_help_shows_no_password() {
    let server = Server::start(&[]);
    let (status, text) = server.run(&["--help"]);
    assert!(status.success() && text.contains("DATABASE_URL"), "{text}");
    assert!(!text.contains(&server.database_url()), "{text}");
}

#[test]
fn what_cannot_work_is_said_in_a_sentence() {
    let server = Server::start(&[]);
    for (arguments, complaint) in [
        (
            &["--database-url", "sqlite:///nowhere/at/all.db", "check"][..],
            "there is no database at",
        ),
        (&["--database-url", "postgres://localhost/x", "backup", "x"], "use pg_dump"),
        (&["--origin", "http://example.com", "serve"], "over https only"),
        (&["--trusted-proxies", "0.0.0.0/0", "serve"], "name the addresses of your proxies"),
        (&["--database-url", "postgres://db.test/x", "serve"], "add ?sslmode=verify-full"),
        (&["--database-url", "postgres://db.test/x", "check"], "add ?sslmode=verify-full"),
        (&[], "cannot listen on 127.0.0.1"),
    ] {
        let (status, text) = server.run(arguments);
        assert!(!status.success() && text.contains(complaint), "{arguments:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[test]
fn a_localhost_database_is_seeded_once_and_its_people_can_sign_in() {
    let server = Server::start(&[]);
    let (status, text) = server.run(&["--rp-id", "a.test", "--origin", "https://a.test", "seed"]);
    assert!(!status.success() && text.contains("seed is for http://localhost"), "{text}");
    let (status, text) = server.run(&["--rp-id", "a.test", "--origin", "http://a.test", "seed"]);
    assert!(!status.success() && text.contains("PASSKEY_ORIGIN"), "{text}");
    let (status, text) = server.run(&["seed"]);
    assert!(status.success(), "{text}");
    let password = text.trim().rsplit(' ').next().expect("a password").to_owned();
    let (status, text) = server.run(&["seed"]);
    assert!(!status.success() && text.contains("there are accounts already"), "{text}");
    let (status, text) = server.run(&["check"]);
    assert!(status.success(), "{text}");
    let mut ann = server.visitor();
    let who = json!({ "email": "ann@example.com", "password": password });
    assert_eq!(ann.post("/api/signin/password", &who).status, 200);
}
