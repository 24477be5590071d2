//! No secret reaches the log, whatever the log is told to show.

use super::{
    act::ACT,
    authenticator::{BE, BS, Lie, UV},
    support::{PASSWORD, TestApp, act},
};
use crate::server::{
    log::filter,
    secret::{base64url, from_base64url},
};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex},
};
use tracing::{Dispatch, level_filters::LevelFilter, subscriber::DefaultGuard};
use tracing_subscriber::{
    fmt::{self, MakeWriter},
    prelude::*,
    registry,
};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lines").write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// As long as there is one log alone, the thread that writes a line first decides for all threads
/// whether anybody wants it, and those of other tests have no log. This is a second one.
static ANOTHER_LOG: LazyLock<Dispatch> =
    LazyLock::new(|| Dispatch::new(registry().with(LevelFilter::OFF)));

/// Has what RUST_LOG asks for written to the lines.
fn show(wanted: &str, lines: &Lines) -> DefaultGuard {
    LazyLock::force(&ANOTHER_LOG);
    let layer = fmt::layer().with_writer(lines.clone()).with_ansi(false);
    registry().with(filter(wanted)).with(layer).set_default()
}

/// Every text in an answer of an authenticator that is as secret as the whole.
fn parts(answer: &Value) -> Vec<String> {
    let response = answer["response"].as_object().expect("a response");
    let texts = response.values().filter_map(Value::as_str).map(str::to_owned);
    texts.filter(|text| text.len() > 20).collect()
}

/// A secret as it could be written: the text, and the bytes that it stands for.
fn forms(secret: &str) -> Vec<String> {
    let bytes = from_base64url(secret).filter(|bytes| bytes.len() >= 16);
    let list = bytes.map(|bytes| format!("{bytes:?}").trim_matches(['[', ']']).to_owned());
    list.into_iter().chain([secret.to_owned()]).collect()
}

#[tokio::test]
async fn secrets_are_in_no_line_even_if_everything_is_shown() {
    let lines = Lines::default();
    // By module too, which tells more than its crate.
    let all =
        "trace,webauthn_rs_core::core=trace,sqlx::query=trace,tower_sessions_core::session=trace";
    let _shown = show(all, &lines);
    let app = TestApp::new().await;
    let mut secrets = vec![PASSWORD.to_owned(), "wrong horse battery staple".to_owned()];
    // Nor who it is, but by an id of ours.
    secrets.extend(["ann@example.com".to_owned(), "bob@example.com".to_owned()]);

    let mut ann = app.visitor();
    let new = json!({ "email": "ann@example.com", "name": "Ann" });
    let options = ann.post("/api/signup/options", new).await.expect(StatusCode::OK);
    secrets.push(options["challenge"].as_str().expect("a challenge").to_owned());
    let answer = ann.passkey.create(&options);
    secrets.extend(parts(&answer));
    ann.post("/api/signup/verify", answer).await.expect(StatusCode::OK);
    secrets.extend(ann.cookies.values().cloned());
    // with: mail {
    let code = ann.mailed_code("ann@example.com").await;
    ann.confirm_address("ann@example.com").await;
    secrets.extend([code.replace('-', ""), code]);
    // with: mail }
    let options = ann.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
    secrets.push(options["challenge"].as_str().expect("a challenge").to_owned());
    let answer = ann.passkey.get(&options);
    secrets.extend(parts(&answer));
    ann.post("/api/signin/verify", answer.clone()).await.expect(StatusCode::OK);
    ann.post("/api/signin/verify", answer)
        .await
        .refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    secrets.extend(ann.cookies.values().cloned());
    // Refused ones, which say most in a log.
    for field in ["signature", "clientDataJSON", "authenticatorData"] {
        let mut answer = ann.signed("/api/signin/options").await;
        answer["response"][field] = json!("Y2FuYXJ5LWluLWEtYnJva2VuLWFuc3dlcg");
        secrets.extend(parts(&answer));
        ann.post("/api/signin/verify", answer)
            .await
            .refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    // What the library's own errors quote.
    let canary = r#"{"type":"webauthn.get","challenge":"","origin":"https://a.test","tokenBinding":"canary-of-a-client"}"#;
    let mut answer = ann.signed("/api/signin/options").await;
    answer["response"]["clientDataJSON"] = base64url(canary.as_bytes()).into();
    ann.post("/api/signin/verify", answer).await;
    secrets.push("canary-of-a-client".to_owned());
    ann.set_password(PASSWORD).await;
    ann.sign_in_by_password("ann", "wrong horse battery staple").await;
    let codes = ann.make_codes().await;
    secrets.extend(codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]));
    ann.confirmed_act().await.expect(StatusCode::OK);
    let proof = ann.signed("/api/reauth/options").await;
    secrets.extend(parts(&proof));
    ann.post("/api/reauth/verify", proof).await.expect(StatusCode::OK);
    ann.post("/api/reauth/password", json!({ "password": PASSWORD })).await;
    let mut bob = app.visitor();
    bob.sign_up_by_password("bob").await.expect(StatusCode::OK);
    bob.post("/api/recovery/generate", json!({})).await;
    bob.post("/api/reauth/password", json!({ "password": "wrong horse battery staple" })).await;
    bob.confirmed_by_password("/api/recovery/generate", json!({})).await.expect(StatusCode::OK);
    secrets.extend(bob.cookies.values().cloned());
    // with: mail {
    // Codes and links by mail.
    for (start, finish) in [
        ("/api/signin/mail", "/api/signin/code"),
        ("/api/recovery/mail", "/api/recovery/mail/code"),
    ] {
        let mut elsewhere = ann.elsewhere();
        let who = json!({ "email": "ann@example.com" });
        elsewhere.post(start, who).await.expect(StatusCode::OK);
        let code = elsewhere.mailed_code("ann@example.com").await;
        elsewhere.post(finish, json!({ "code": "WRONG-CODE" })).await;
        elsewhere.post(finish, json!({ "code": code })).await.expect(StatusCode::OK);
        secrets.extend([code.replace('-', ""), code]);
        secrets.extend(elsewhere.cookies.values().cloned());
    }
    let token = ann.undo_token("ann@example.com").await;
    ann.get(&format!("/undo?token={token}")).await;
    ann.post("/api/recovery/stop", json!({ "token": token })).await.expect(StatusCode::OK);
    secrets.push(token);
    // with: mail }
    ann.post(ACT, act(json!({ "note": 5 }))).await;
    let address = format!("/signin?next=/x&password={PASSWORD}").replace(' ', "%20");
    secrets.push(PASSWORD.replace(' ', "%20"));
    ann.get(&address).await;
    ann.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    secrets.extend(ann.cookies.values().cloned());
    ann.recover("ann", "not-a-code-but-a-canary").await;
    secrets.push("not-a-code-but-a-canary".to_owned());

    let text = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    assert!(text.contains("/api/signin/verify"), "the log is read");
    for secret in secrets.iter().flat_map(|secret| forms(secret)) {
        let line = text.lines().find(|line| line.contains(&secret));
        assert!(secret.len() > 5 && line.is_none(), "{secret} is in {line:?}");
    }
}

#[tokio::test]
async fn why_somebody_was_refused_is_in_the_log_alone() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let lines = Lines::default();
    let _shown = show("info", &lines);
    let honest = ann.passkey.clone();
    let lies: [Lie; 6] = [
        ("unknown_credential", |it| it.credential_id[0] ^= 1),
        ("user_handle", |it| it.handle[0] ^= 1),
        ("another_site", |it| it.cross_origin = Some(true)),
        ("CredentialBackupEligibilityInconsistent", |it| it.flags &= !(BE | BS)),
        ("InvalidRPOrigin", |it| it.origin = "https://evil.test".to_owned()),
        ("UserNotVerified", |it| it.flags &= !UV),
    ];
    let mut answers = Vec::new();
    for (reason, lie) in lies {
        lie(&mut ann.passkey);
        let answer = ann.signed("/api/signin/options").await;
        answers.push((reason, ann.post("/api/signin/verify", answer).await));
        ann.passkey = honest.clone();
    }
    answers.push(("no_challenge", ann.post("/api/signin/verify", json!({})).await));
    let answer = ann.signed("/api/signin/options").await;
    app.wait(300);
    answers.push(("challenge_expired", ann.post("/api/signin/verify", answer).await));
    answers.push(("unknown_address", app.visitor().sign_in_by_password("eve", PASSWORD).await));
    answers.push(("wrong_password", ann.sign_in_by_password("ann", PASSWORD).await));
    answers.push(("wrong_code", ann.recover("ann", "no-code").await));
    let text = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    for (reason, answer) in answers {
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
        assert!(!answer.text().contains(reason), "{reason}");
        assert!(text.contains(&format!("refused reason=\"{reason}\"")), "{reason}: {text}");
    }
}

#[tokio::test]
async fn a_line_says_whose_request_it_was() {
    let app = TestApp::with(&["--trusted-proxies", "10.0.0.0/8"]).await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    let id = app.text("select id from users").await;
    let from = |path: &str, body: Value, peer: &str, forwarded: &str| {
        let mut request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", forwarded)
            .body(Body::from(body.to_string()))
            .expect("a request");
        let peer: SocketAddr = peer.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    };
    let guess = |email: &str| json!({ "email": email, "password": "wrong horse battery staple" });
    let code = json!({ "email": "ann@example.com", "code": "no-code" });
    let mut someone = ann.elsewhere();
    let mut broken = someone.signed("/api/signin/options").await;
    broken["response"]["signature"] = json!("AAAA");
    ann.post("/api/recovery/generate", json!({})).await;
    let lines = Lines::default();
    let _shown = show("info", &lines);
    let password = "/api/signin/password";
    for (visitor, request, reason, client, account) in [
        (
            &mut app.visitor(),
            from(password, guess("ann@example.com"), "203.0.113.9:5000", "198.51.100.1"),
            "wrong_password",
            "203.0.113.9",
            Some(&id),
        ),
        (
            &mut app.visitor(),
            from(password, guess("eve@example.com"), "10.1.1.1:5000", "6.6.6.6, 198.51.100.1"),
            "unknown_address",
            "198.51.100.1",
            None,
        ),
        (
            &mut app.visitor(),
            from("/api/signin/recovery", code, "[2001:db8::1]:5000", ""),
            "wrong_code",
            "2001:db8::1",
            Some(&id),
        ),
        (
            &mut someone,
            from("/api/signin/verify", broken, "203.0.113.10:1", ""),
            "",
            "203.0.113.10",
            Some(&id),
        ),
        (
            &mut ann,
            from("/api/reauth/verify", json!({}), "203.0.113.11:1", ""),
            "no_challenge",
            "203.0.113.11",
            Some(&id),
        ),
    ] {
        lines.0.lock().expect("lines").clear();
        visitor.request(request).await;
        let text = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
        let refused = text.lines().find(|line| line.contains("refused"));
        let refused = refused.unwrap_or_else(|| panic!("no line says {reason}: {text}"));
        assert!(refused.contains(reason), "{refused}");
        let names_client = [" ", "}"].map(|end| refused.contains(&format!("client={client}{end}")));
        assert!(names_client.contains(&true), "{refused}");
        assert_eq!(account.map(|id| refused.contains(id)), account.map(|_| true), "{refused}");
        assert_eq!(refused.contains("account="), account.is_some(), "{refused}");
        assert!(!text.contains("6.6.6.6") && !text.contains("@"), "{text}");
    }
    // A page that looks the user up again and again says it once.
    lines.0.lock().expect("lines").clear();
    ann.get("/settings/passkeys").await;
    let text = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    let answered = text.lines().last().expect("a line");
    assert_eq!(answered.matches(&format!("account=\"{id}\"")).count(), 1, "{answered}");
}

#[tokio::test]
async fn nobody_can_write_lines_of_their_own_into_the_log() {
    let lines = Lines::default();
    let _shown = show("trace", &lines);
    let app = TestApp::new().await;
    let new = json!({ "email": "a@b.c", "name": "x\r\nFORGED line" });
    app.visitor().post("/api/signup/options", new).await.refused_field("name");
    app.visitor().get("/%0d%0aFORGED").await;
    let text = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    assert!(!text.lines().any(|line| line.starts_with("FORGED")), "{text}");
}
