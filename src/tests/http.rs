//! The contract that every call keeps: who may call it, by which method, and with which content. A
//! new call fails here until it is in the table.

use super::support::{Answer, TestApp};
use crate::{error::Error, server::layers};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, Version, header},
    routing::get,
};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Who {
    Anyone,
    SignedIn,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Takes {
    Json,
    /// JSON or a form.
    Form,
    /// The JSON of an authenticator's answer.
    Ceremony,
}

/// A call, who may make it, what it takes, and the fields of a body that it can read.
pub type Call = (&'static str, Who, Takes, &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
const CALLS: &[Call] = &[
    ("/api/signup/options", Who::Anyone, Takes::Json, &[("email", "ann@example.com"), ("name", "Ann")]),
    ("/api/signup/verify", Who::Anyone, Takes::Ceremony, &[]),
    ("/api/signin/options", Who::Anyone, Takes::Json, &[]),
    ("/api/signin/verify", Who::Anyone, Takes::Ceremony, &[]),
    ("/api/signup/password", Who::Anyone, Takes::Form, &[("email", "eve@example.com"), ("name", "Eve"), ("password", "p")]),
    ("/api/signin/password", Who::Anyone, Takes::Form, &[("email", "ann@example.com"), ("password", "p")]),
    ("/api/signin/recovery", Who::Anyone, Takes::Form, &[("email", "ann@example.com"), ("code", "c")]),
    ("/api/signup/code", Who::Anyone, Takes::Form, &[("code", "c")]), // with: mail
    ("/api/signin/mail", Who::Anyone, Takes::Form, &[("email", "ann@example.com")]), // with: mail
    ("/api/signin/code", Who::Anyone, Takes::Form, &[("code", "c")]), // with: mail
    ("/api/signin/totp", Who::Anyone, Takes::Form, &[("code", "c")]), // with: totp
    ("/api/recovery/mail", Who::Anyone, Takes::Form, &[("email", "ann@example.com")]), // with: mail
    ("/api/recovery/mail/code", Who::Anyone, Takes::Form, &[("code", "c")]), // with: mail
    ("/api/me", Who::Anyone, Takes::Json, &[]),
    ("/api/signout", Who::SignedIn, Takes::Form, &[]),
    ("/api/passkeys/list", Who::SignedIn, Takes::Json, &[]),
    ("/api/passkeys/options", Who::SignedIn, Takes::Json, &[]),
    ("/api/passkeys/verify", Who::SignedIn, Takes::Ceremony, &[]),
    ("/api/passkeys/rename", Who::SignedIn, Takes::Form, &[("id", "x"), ("name", "Key")]),
    ("/api/passkeys/delete", Who::SignedIn, Takes::Form, &[("id", "x")]),
    ("/api/reauth/pending", Who::SignedIn, Takes::Json, &[]),
    ("/api/reauth/options", Who::SignedIn, Takes::Json, &[]),
    ("/api/reauth/verify", Who::SignedIn, Takes::Ceremony, &[]),
    ("/api/reauth/password", Who::SignedIn, Takes::Form, &[("password", "p")]),
    ("/api/reauth/totp", Who::SignedIn, Takes::Form, &[("code", "c")]), // with: totp
    ("/api/totp/start", Who::SignedIn, Takes::Form, &[]), // with: totp
    ("/api/totp/confirm", Who::SignedIn, Takes::Form, &[("code", "c")]), // with: totp
    ("/api/totp/remove", Who::SignedIn, Takes::Form, &[]), // with: totp
    ("/api/password/set", Who::SignedIn, Takes::Form, &[("new_password", "violet tractor hums")]),
    ("/api/password/remove", Who::SignedIn, Takes::Form, &[]),
    ("/api/recovery/status", Who::SignedIn, Takes::Json, &[]),
    ("/api/recovery/generate", Who::SignedIn, Takes::Form, &[]),
    ("/api/recovery/seen", Who::SignedIn, Takes::Form, &[]),
    ("/api/recovery/undo", Who::SignedIn, Takes::Form, &[]),
    ("/api/recovery/stop", Who::SignedIn, Takes::Form, &[]), // with: mail
    ("/api/email/start", Who::SignedIn, Takes::Form, &[]), // with: mail
    ("/api/email/confirm", Who::SignedIn, Takes::Form, &[("code", "c")]), // with: mail
    ("/api/account/name", Who::SignedIn, Takes::Form, &[("name", "Ann Lee")]),
    ("/api/account/mail-sign-in", Who::SignedIn, Takes::Form, &[("enabled", "false")]), // with: mail
    ("/api/offers/decline", Who::SignedIn, Takes::Form, &[("offer", "add_passkey")]),
    ("/api/sessions/list", Who::SignedIn, Takes::Json, &[]),
    ("/api/sessions/revoke", Who::SignedIn, Takes::Form, &[("id", "x")]),
    ("/api/sessions/revoke-others", Who::SignedIn, Takes::Form, &[]),
    ("/api/activity/list", Who::SignedIn, Takes::Json, &[]),
    ("/api/account/phone", Who::SignedIn, Takes::Form, &[("phone", "+442079460000")]),
    ("/api/account/export", Who::SignedIn, Takes::Json, &[]),
    ("/api/account/delete", Who::SignedIn, Takes::Form, &[]),
    // with: people {
    ("/api/people/list", Who::SignedIn, Takes::Json, &[]),
    ("/api/people/role", Who::SignedIn, Takes::Form, &[("id", "x"), ("role", "admin")]),
    ("/api/people/suspend", Who::SignedIn, Takes::Form, &[("id", "x")]),
    ("/api/people/restore", Who::SignedIn, Takes::Form, &[("id", "x")]),
    ("/api/people/end-sessions", Who::SignedIn, Takes::Form, &[("id", "x")]),
    // with: people }
];

/// Every call, except those that exist only in tests. A feature's own tests may hold its part of the table.
pub fn calls() -> impl Iterator<Item = Call> {
    const ALL: &[&[Call]] = &[
        CALLS,
        &crate::transfer::tests::CALLS, // with: transfer
    ];
    ALL.iter().copied().flatten().copied()
}

/// Calls that only read.
pub fn reads() -> impl Iterator<Item = &'static str> {
    const ALL: &[&[&str]] = &[
        READS,
        &crate::transfer::tests::READS, // with: transfer
    ];
    ALL.iter().copied().flatten().copied()
}

const READS: &[&str] = &[
    "/api/me",
    "/api/passkeys/list",
    "/api/reauth/pending",
    "/api/recovery/status",
    "/api/sessions/list",
    "/api/activity/list",
    "/api/people/list", // with: people
];

pub const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields as JSON; digits alone stand for a number, and `false` for itself.
pub fn json_of(fields: &[(&str, &str)]) -> Value {
    let value = |text: &str| match text {
        "false" => json!(false),
        _ if text.bytes().all(|it| it.is_ascii_digit()) => {
            json!(text.parse::<i64>().expect("a number"))
        }
        _ => json!(text),
    };
    fields.iter().map(|&(name, text)| (name.to_owned(), value(text))).collect()
}

pub fn assert_is_json_and_not_kept(answer: &Answer, what: &str) {
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
    let cors = answer.headers.keys().find(|name| name.as_str().starts_with("access-control"));
    assert_eq!(cors, None, "{what}");
}

#[test]
fn every_call_is_in_the_table_and_goes_by_post() {
    let there: BTreeSet<_> = server_fn_paths()
        .filter(|(path, _)| !path.starts_with("/api/test/"))
        .map(|(path, method)| format!("{method} {path}"))
        .collect();
    let listed: BTreeSet<_> = calls().map(|(path, ..)| format!("POST {path}")).collect();
    assert_eq!(there, listed);
}

#[tokio::test]
async fn calls_for_signed_in_users_refuse_strangers() {
    let app = TestApp::new().await;
    for (path, who, _, fields) in calls() {
        let answer = app.visitor().post(path, json_of(fields)).await;
        let refused =
            answer.status == StatusCode::UNAUTHORIZED && answer.json == Error::NotSignedIn.body();
        assert_eq!(refused, who == Who::SignedIn, "{path}: {}", answer.text());
    }
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let app = TestApp::new().await;
    for (path, ..) in calls() {
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("sec-fetch-site", "same-origin")
                .header("access-control-request-method", "POST")
                .body(Body::empty());
            let answer = app.visitor().request(request.expect("a request")).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.header("allow"), "POST", "{method} {path}");
            assert_is_json_and_not_kept(&answer, path);
            if method != "HEAD" {
                assert_eq!(answer.json, Error::MethodNotAllowed.body());
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    let app = TestApp::new().await;
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/signin",
        "/api/signin/options/",
        "/api/Signin/options",
    ] {
        for method in [Method::GET, Method::POST] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("sec-fetch-site", "same-origin")
                .body(Body::empty());
            let answer = app.visitor().request(request.expect("a request")).await;
            assert_eq!(
                (answer.status, &answer.json),
                (StatusCode::NOT_FOUND, &Error::NotFound.body()),
                "{path}"
            );
            assert_is_json_and_not_kept(&answer, path);
        }
    }
}

#[tokio::test]
async fn a_call_takes_its_own_kinds_of_content_and_no_other() {
    let app = TestApp::new().await;
    for (path, _, takes, fields) in calls() {
        let body = json_of(fields).to_string();
        let form = serde_urlencoded::to_string(fields).expect("a form");
        for (content_type, body, taken) in [
            (Some(JSON), &body, true),
            (Some("application/json; charset=utf-8"), &body, true),
            (Some("Application/JSON"), &body, true),
            (Some(FORM), &form, takes == Takes::Form),
            (Some("application/x-www-form-urlencoded;charset=UTF-8"), &form, takes == Takes::Form),
            (Some("text/plain"), &body, false),
            (Some("multipart/form-data; boundary=x"), &body, false),
            (Some("application/jsonp"), &body, false),
            (Some("text/json"), &body, false),
            (Some("application/cbor"), &body, false),
            (None, &body, false),
            (Some("text/plain"), &String::new(), false),
            (None, &String::new(), true),
        ] {
            let mut request = Request::post(path).header("sec-fetch-site", "same-origin");
            if let Some(content_type) = content_type {
                request = request.header(header::CONTENT_TYPE, content_type);
            }
            let request = request.body(Body::from(body.clone())).expect("a request");
            let answer = app.visitor().request(request).await;
            let what = format!("{path} {content_type:?}: {}", answer.text());
            if taken {
                assert_ne!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{what}");
                assert!(!answer.status.is_server_error(), "{what}");
            } else {
                assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{what}");
                assert_eq!(answer.json, Error::UnsupportedMediaType.body());
            }
            assert_is_json_and_not_kept(&answer, path);
        }
    }
}

#[tokio::test]
async fn what_sends_json_is_answered_in_json_whatever_it_accepts() {
    let app = TestApp::new().await;
    for content_type in [JSON, "Application/JSON; charset=utf-8"] {
        for (path, who, takes, fields) in calls() {
            let body = if takes == Takes::Ceremony { json!({}) } else { json_of(fields) };
            let request = Request::post(path)
                .header("sec-fetch-site", "same-origin")
                .header(header::REFERER, "http://localhost:3000/signin")
                .header(header::ACCEPT, "application/json, text/html, */*")
                .header(header::CONTENT_TYPE, content_type)
                .body(Body::from(body.to_string()));
            let answer = app.visitor().request(request.expect("a request")).await;
            assert_is_json_and_not_kept(&answer, path);
            assert!(!answer.status.is_redirection(), "{path}");
            if who == Who::SignedIn {
                answer.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
            }
        }
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_said_to_be_unavailable() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.state.db.close().await;
    for path in ["/api/signin/options", "/api/passkeys/list", "/api/reauth/options"] {
        let answer = ann.post(path, json!({})).await;
        answer.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(answer.header("retry-after"), "1");
        assert_is_json_and_not_kept(&answer, path);
    }
}

#[tokio::test]
async fn a_panic_is_a_mistake_of_ours_and_says_no_more() {
    async fn fail() {
        panic!("secret of a bug");
    }
    let app = TestApp::new().await;
    let router = layers::around_everything(Router::new().route("/", get(fail)), &app.state);
    let request = Request::get("/").header(header::HOST, "localhost:3000").body(Body::empty());
    let request = request.expect("a request");
    let answer = Answer::read(router.oneshot(request).await.expect("an answer")).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        answer.text(),
        r#"{"code":"internal","message":"Something went wrong on our side."}"#
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn a_request_names_its_host_once_unless_it_is_of_the_old_protocol() {
    let app = TestApp::new().await;
    let ask = async |version: Version, hosts: &[&str]| {
        let mut request = Request::get("/signin").version(version);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let request = request.body(Body::empty()).expect("a request");
        Answer::read(app.router.clone().oneshot(request).await.expect("an answer")).await
    };
    for hosts in [
        &[][..],
        &[""],
        &["localhost", "localhost"],
        &["localhost", "evil.test"],
        &["local host"],
        &["localhost/signin"],
        &["user@"],
    ] {
        let answer = ask(Version::HTTP_11, hosts).await;
        answer.refused(StatusCode::BAD_REQUEST, "bad_request");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    // Where the host is, is for the proxy to check: no answer depends on it.
    for host in ["localhost:3000", "localhost", "10.0.0.1", "[::1]:3000", "EVIL.test"] {
        assert_eq!(ask(Version::HTTP_11, &[host]).await.status, StatusCode::OK, "{host}");
    }
    assert_eq!(ask(Version::HTTP_10, &[]).await.status, StatusCode::OK);
    ask(Version::HTTP_10, &["a", "b"]).await.refused(StatusCode::BAD_REQUEST, "bad_request");
}

#[tokio::test]
async fn browsers_and_password_managers_find_what_is_here() {
    let app =
        TestApp::with(&["--rp-id", "example.com", "--origin", "https://app.example.com"]).await;
    let mut visitor = app.visitor();
    for (path, wanted) in [
        (
            "/.well-known/passkey-endpoints",
            json!({
                "enroll": "https://app.example.com/settings/passkeys",
                "manage": "https://app.example.com/settings/passkeys",
            }),
        ),
        ("/.well-known/webauthn", json!({ "origins": ["https://app.example.com"] })),
    ] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        assert_eq!(visitor.request(request).await.expect(StatusCode::OK), wanted);
    }
    let change = visitor.get("/.well-known/change-password").await;
    assert!(change.status.is_redirection());
    assert_eq!(change.header("location"), "/settings/security");
}
