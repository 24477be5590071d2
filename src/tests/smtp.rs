//! A real mail server for the tests, which says what it got. What becomes of a mail depends on what its
//! address begins with: end2end/support/smtp.mjs.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, sleep},
    time::{Duration, Instant},
};

pub struct SmtpServer {
    child: Child,
    pub port: u16,
    mails: Arc<Mutex<Vec<Value>>>,
}

impl SmtpServer {
    pub fn start() -> Self {
        Self::start_on(0, &[])
    }

    /// On a port, or a free one if it is 0. With the files of a key and of a certificate it speaks TLS.
    pub fn start_on(port: u16, files: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/end2end/support/smtp.mjs");
        let mut child = Command::new("node")
            .args([script, &port.to_string()])
            .args(files)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = lines.next().and_then(Result::ok).and_then(|line| line.parse().ok());
        let port = port.expect("a mail server: `tools/setup test` installs it");
        let mails = Arc::new(Mutex::new(Vec::new()));
        let heard = mails.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mail = serde_json::from_str(&line).expect("JSON");
                heard.lock().expect("mails").push(mail);
            }
        });
        Self { child, port, mails }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What arrived for an address, oldest first: the mails as they were sent, headers and all.
    pub fn mails(&self, to: &str) -> Vec<String> {
        let mails = self.mails.lock().expect("mails");
        let mails = mails.iter().filter(|mail| mail["to"] == to);
        mails.map(|mail| mail["text"].as_str().expect("text").to_owned()).collect()
    }

    /// Waits until so many mails have arrived for an address.
    pub fn wait_for(&self, to: &str, count: usize) -> Vec<String> {
        let began = Instant::now();
        loop {
            let mails = self.mails(to);
            if mails.len() >= count {
                return mails;
            }
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "{} of {count} for {to}",
                mails.len()
            );
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The value of a header of a mail.
pub fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let line = mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {mail}"))
}
