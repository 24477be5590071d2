//! Mail as an operator runs it: the program as a process, and a mail server beside it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "each test program uses a part")]
mod support;

use std::{fs, thread::sleep, time::Duration};
use support::{
    Server, Visitor, free_port, metrics,
    smtp::{SmtpServer, header},
};

const ORIGIN: &str = "https://localhost";

/// A server on https whose mail goes to a port.
fn server(smtp_url: &str, more: &[(&str, &str)]) -> Server {
    let settings = [("PASSKEY_ORIGIN", ORIGIN), ("SMTP_URL", smtp_url), ("RUST_LOG", "trace")];
    Server::start(&[&settings, more].concat())
}

fn sign_up(server: &Server, name: &str) -> Visitor {
    let mut visitor = server.visitor();
    visitor.passkey.origin = ORIGIN.to_owned();
    visitor.sign_up(name);
    visitor
}

/// The code in a mail.
fn code(mail: &str) -> &str {
    let line = mail.lines().find(|line| line.starts_with("    ") && line.trim().len() == 9);
    line.expect("a code").trim()
}

#[test]
fn killed_between_the_act_and_its_mail_the_mail_is_sent_afterwards_and_its_code_is_in_no_line() {
    let (port, metrics_port) = (free_port(), free_port());
    let address = format!("127.0.0.1:{metrics_port}");
    let mut server = server(&format!("smtp://127.0.0.1:{port}"), &[("METRICS_ADDR", &address)]);
    sign_up(&server, "ann");
    // The line in the log comes before the count.
    while !metrics(metrics_port).contains(r#"latchkey_mails_total{outcome="put_off"} 1"#) {
        sleep(Duration::from_millis(20));
    }
    let text = metrics(metrics_port);
    for line in [
        "latchkey_mails_waiting",
        "latchkey_oldest_mail_seconds",
        r#"latchkey_limited_total{by="mail"} 0"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    server.kill();
    let smtp = SmtpServer::start_on(port, &[]);
    server.damage("update mails set due_at = 0");
    server.start_again();
    let mails = smtp.wait_for("ann@example.com", 1);
    let code = code(&mails[0]);
    let text = mails[0].replace("=\r\n", "").replace("=3D", "=");
    assert!(text.contains(&format!("https://localhost/settings/account?code={code}")), "{text}");
    let log = server.log_text();
    assert!(!log.contains(code) && !log.contains(&code.replace('-', "")), "{log}");
    assert!(!log.contains("ann@example.com"), "{log}");
}

#[test]
fn killed_after_the_server_has_taken_a_mail_it_is_sent_again_under_the_same_id() {
    let smtp = SmtpServer::start();
    let mut server = server(&smtp.url(), &[]);
    sign_up(&server, "slow");
    smtp.wait_for("slow@example.com", 1);
    server.kill();
    // As after the time that a worker has for a mail.
    server.damage("update mails set due_at = 0");
    server.start_again();
    let mails = smtp.wait_for("slow@example.com", 2);
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    assert_eq!(code(&mails[0]), code(&mails[1]));
    sleep(Duration::from_secs(4));
    assert_eq!(smtp.mails("slow@example.com").len(), 2, "that was the last time");
}

#[test]
fn a_stop_waits_for_the_mail_that_is_being_sent() {
    let smtp = SmtpServer::start();
    let mut server = server(&smtp.url(), &[]);
    sign_up(&server, "slow");
    smtp.wait_for("slow@example.com", 1);
    server.stop();
    // What was not marked is due at once.
    server.damage("update mails set due_at = 0");
    server.start_again();
    sleep(Duration::from_secs(3));
    assert_eq!(smtp.mails("slow@example.com").len(), 1);
}

#[test]
fn a_mail_that_hangs_at_the_server_holds_up_no_other() {
    let smtp = SmtpServer::start();
    let server = server(&smtp.url(), &[]);
    sign_up(&server, "hang");
    sign_up(&server, "ann");
    smtp.wait_for("ann@example.com", 1);
}

#[test]
fn a_mail_server_is_reached_over_tls_with_a_password_and_must_be_the_right_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let made =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_str().expect("text").to_owned()
    };
    let key = file("key.pem", made.signing_key.serialize_pem());
    let certificate = file("certificate.pem", made.cert.pem());
    let smtp = SmtpServer::start_on(0, &[&key, &certificate]);
    let url = format!("smtps://latchkey:canary-of-smtp@localhost:{}", smtp.port);
    let trusting = server(&url, &[("SSL_CERT_FILE", &certificate)]);
    sign_up(&trusting, "ann");
    let mails = smtp.wait_for("ann@example.com", 1);
    assert!(mails[0].contains("Confirm your e-mail address"), "{}", mails[0]);
    let doubting = server(&url, &[]);
    sign_up(&doubting, "bob");
    while !doubting.log_text().contains("a mail was not sent, and is tried again") {
        sleep(Duration::from_millis(50));
    }
    assert!(smtp.mails("bob@example.com").is_empty());
    assert!(
        !trusting.log_text().contains("canary-of-smtp")
            && !doubting.log_text().contains("canary-of-smtp")
    );
}

#[test]
fn on_https_the_start_is_refused_without_a_mail_server() {
    let server = Server::start(&[]);
    for (url, from, sentence) in [
        ("", "app@example.com", "SMTP_URL is not set"),
        ("smtp://mail.example.com", "app@example.com", "without TLS"),
        ("smtps://mail.example.com", "", "MAIL_FROM is not an address"),
    ] {
        let arguments =
            ["--origin", "https://localhost", "--smtp-url", url, "--mail-from", from, "serve"];
        let (status, text) = server.run(&arguments);
        assert!(!status.success() && text.contains(sentence), "{url} {from}: {text}");
    }
}
