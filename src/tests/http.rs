//! The contract that every call keeps: who may call it, by which method, with which content, of
//! which size, and from where. A new call fails here until it is in the table.

use super::{
    authenticator::ORIGIN,
    support::{Answer, TestApp},
};
use axum::{
    body::{Body, Bytes},
    http::{Method, Request, StatusCode, header},
};
use futures::stream;
use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Anyone,
    SignedIn,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Takes {
    Json,
    /// JSON or a form.
    Form,
    /// The JSON of an authenticator's answer.
    Ceremony,
}

/// A call, who may make it, what it takes, and the fields of a body that it can read.
type Call = (&'static str, Who, Takes, &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
const CALLS: [Call; 16] = [
    ("/api/signup/options", Who::Anyone, Takes::Json, &[("email", "ann@example.com"), ("name", "Ann")]),
    ("/api/signup/verify", Who::Anyone, Takes::Ceremony, &[]),
    ("/api/signin/options", Who::Anyone, Takes::Json, &[]),
    ("/api/signin/verify", Who::Anyone, Takes::Ceremony, &[]),
    ("/api/signout", Who::SignedIn, Takes::Form, &[]),
    ("/api/passkeys/list", Who::SignedIn, Takes::Json, &[]),
    ("/api/passkeys/options", Who::SignedIn, Takes::Json, &[]),
    ("/api/passkeys/verify", Who::SignedIn, Takes::Ceremony, &[]),
    ("/api/passkeys/rename", Who::SignedIn, Takes::Form, &[("id", "0"), ("name", "Key")]),
    ("/api/passkeys/delete", Who::SignedIn, Takes::Form, &[("id", "0")]),
    ("/api/reauth/pending", Who::SignedIn, Takes::Json, &[]),
    ("/api/reauth/options", Who::SignedIn, Takes::Json, &[]),
    ("/api/reauth/verify", Who::SignedIn, Takes::Ceremony, &[]),
    ("/api/transfers/send", Who::SignedIn, Takes::Form, &[("payee", "bakery"), ("amount_cents", "1"), ("idempotency_key", "k")]),
    ("/api/transfers/list", Who::SignedIn, Takes::Json, &[]),
    ("/api/transfers/receipt", Who::SignedIn, Takes::Json, &[("id", "0")]),
];

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn json_of(fields: &[(&str, &str)]) -> Value {
    let value =
        |name: &str, text: &str| if name == "amount_cents" { json!(1) } else { json!(text) };
    fields.iter().map(|&(name, text)| (name.to_owned(), value(name, text))).collect()
}

fn assert_is_json_and_not_kept(answer: &Answer, what: &str) {
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
    let cors = answer.headers.keys().find(|name| name.as_str().starts_with("access-control"));
    assert_eq!(cors, None, "{what}");
}

#[test]
fn every_call_is_in_the_table_and_goes_by_post() {
    let there: BTreeSet<_> =
        server_fn_paths().map(|(path, method)| format!("{method} {path}")).collect();
    let listed: BTreeSet<_> = CALLS.iter().map(|(path, ..)| format!("POST {path}")).collect();
    assert_eq!(there, listed);
}

#[tokio::test]
async fn calls_for_signed_in_users_refuse_strangers() {
    let app = TestApp::new().await;
    for (path, who, _, fields) in CALLS {
        let answer = app.visitor().post(path, json_of(fields)).await;
        let refused = answer.status == StatusCode::UNAUTHORIZED
            && answer.text() == r#"{"code":"not_signed_in"}"#;
        assert_eq!(refused, who == Who::SignedIn, "{path}: {}", answer.text());
    }
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let app = TestApp::new().await;
    for (path, ..) in CALLS {
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
                assert_eq!(answer.json, json!({ "code": "method_not_allowed" }));
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    let app = TestApp::new().await;
    for path in ["/api/nothing", "/api/signin", "/api/signin/options/", "/api/Signin/options"] {
        for method in [Method::GET, Method::POST] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("sec-fetch-site", "same-origin")
                .body(Body::empty());
            let answer = app.visitor().request(request.expect("a request")).await;
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (StatusCode::NOT_FOUND, r#"{"code":"not_found"}"#),
                "{path}"
            );
            assert_is_json_and_not_kept(&answer, path);
        }
    }
}

#[tokio::test]
async fn a_call_takes_its_own_kinds_of_content_and_no_other() {
    let app = TestApp::new().await;
    for (path, _, takes, fields) in CALLS {
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
                assert_eq!(answer.json, json!({ "code": "unsupported_media_type" }));
            }
            assert_is_json_and_not_kept(&answer, path);
        }
    }
}

#[tokio::test]
async fn an_empty_body_means_an_empty_object() {
    let app = TestApp::new().await;
    let ann = app.signed_up("ann").await;
    for (path, ..) in CALLS {
        let empty = ann.clone().send(path, JSON, "").await;
        let object = ann.clone().send(path, JSON, "{}").await;
        if path == "/api/signout" {
            empty.expect(StatusCode::OK);
        } else {
            assert_eq!(empty.status, object.status, "{path}");
            assert_eq!(empty.json["code"], object.json["code"], "{path}");
        }
    }
    let mut ann = app.signed_up("bob").await;
    ann.send("/api/passkeys/list", JSON, "").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_json_is_a_bad_request() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for (path, _, takes, fields) in CALLS {
        let and_more = match takes {
            Takes::Ceremony => "]".to_owned(),
            Takes::Json | Takes::Form => format!("{} {{}}", json_of(fields)),
        };
        for body in ["{", "x", "\u{feff}{}", "'a'", "{\"a\":}", "\0", &and_more] {
            if takes == Takes::Ceremony {
                // A challenge is used up before its answer is read, so there must be one.
                let Some(options) = options_for(path) else { continue };
                ann.post(options, json!({ "email": "x@example.com", "name": "x" })).await;
            }
            let answer = ann.send(path, JSON, body.to_owned()).await;
            answer.refused(StatusCode::BAD_REQUEST, "bad_request");
        }
    }
}

/// Where the challenge comes from that a ceremony answers, if it needs no more than a post.
fn options_for(path: &str) -> Option<&'static str> {
    match path {
        "/api/signup/verify" => Some("/api/signup/options"),
        "/api/signin/verify" => Some("/api/signin/options"),
        "/api/reauth/verify" => Some("/api/reauth/options"),
        _ => None,
    }
}

#[tokio::test]
async fn what_does_not_fit_is_named_by_its_field() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for (path, _, takes, fields) in CALLS {
        for &(field, _) in fields {
            for wrong in [json!([]), json!({}), json!(true), Value::Null] {
                let mut body = json_of(fields);
                body[field] = wrong;
                ann.post(path, body).await.refused_field(field);
            }
            let mut body = json_of(fields);
            body.as_object_mut().expect("an object").remove(field);
            ann.post(path, body).await.refused_field(field);
        }
        if takes != Takes::Ceremony && !fields.is_empty() {
            for body in ["[[]]", "7", "null", "\"x\""] {
                let answer = ann.send(path, JSON, body).await;
                answer.refused(StatusCode::UNPROCESSABLE_ENTITY, "invalid");
            }
        }
    }
    ann.post("/api/reauth/options", json!({ "action": 7 })).await.refused_field("action");
    ann.post("/api/transfers/list", json!({ "limit": "many" })).await.refused_field("limit");
}

#[tokio::test]
async fn fields_that_are_not_known_are_ignored() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for path in ["/api/signin/options", "/api/passkeys/list", "/api/transfers/list"] {
        let body = json!({ "admin": true, "user_id": "0", "__proto__": {} });
        ann.post(path, body).await.expect(StatusCode::OK);
    }
    let mut answer = ann.signed("/api/reauth/options").await;
    answer["extra"] = json!(7);
    answer["response"]["extra"] = json!([]);
    ann.post("/api/reauth/verify", answer).await.expect(StatusCode::OK);
}

const MOST: usize = 64 * 1024;

fn chunks(body: String) -> Body {
    let parts: Vec<_> = body.as_bytes().chunks(1000).map(Bytes::copy_from_slice).collect();
    Body::from_stream(stream::iter(parts.into_iter().map(Ok::<_, Infallible>)))
}

#[tokio::test]
async fn a_body_has_at_most_64_kib_however_it_comes() {
    let app = TestApp::new().await;
    for (path, ..) in CALLS {
        for (length, fits) in [(MOST, true), (MOST + 1, false), (8 * MOST, false)] {
            let body = format!("{{{}}}", " ".repeat(length - 2));
            assert_eq!(body.len(), length);
            let request = |body| {
                Request::post(path)
                    .header("sec-fetch-site", "same-origin")
                    .header(header::CONTENT_TYPE, JSON)
                    .body(body)
                    .expect("a request")
            };
            let mut whole = request(Body::from(body.clone()));
            whole.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            for request in [whole, request(chunks(body))] {
                let answer = app.visitor().request(request).await;
                if fits {
                    assert_ne!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
                    assert!(!answer.status.is_server_error(), "{path}");
                } else {
                    answer.refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
                }
                assert_is_json_and_not_kept(&answer, path);
            }
        }
    }
}

#[tokio::test]
async fn calls_from_other_sites_are_refused() {
    let app = TestApp::new().await;
    for (round, (site, origin, passes)) in [
        (Some("same-origin"), Some(ORIGIN), true),
        (Some("same-origin"), None, true),
        (Some("same-site"), Some(ORIGIN), false),
        (Some("cross-site"), Some(ORIGIN), false),
        (Some("cross-site"), Some("https://evil.test"), false),
        (Some("none"), Some(ORIGIN), false),
        (Some("none"), None, false),
        (Some(""), Some(ORIGIN), false),
        (Some("same-origin, cross-site"), Some(ORIGIN), false),
        (None, Some(ORIGIN), true),
        (None, Some("https://evil.test"), false),
        (None, Some("http://localhost:3001"), false),
        (None, Some("http://localhost"), false),
        (None, Some("https://localhost:3000"), false),
        (None, Some("http://localhost:3000.evil.test"), false),
        (None, Some("http://x.localhost:3000"), false),
        (None, Some("null"), false),
        (None, Some(""), false),
        (None, None, false),
    ]
    .into_iter()
    .enumerate()
    {
        let mut ann = app.signed_up(&format!("ann-{round}")).await;
        for (path, _, _, fields) in CALLS {
            let mut request = Request::post(path).header(header::CONTENT_TYPE, JSON);
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            let body = Body::from(json_of(fields).to_string());
            let answer = ann.clone().request(request.body(body).expect("a request")).await;
            let refused = answer.text() == r#"{"code":"cross_site"}"#
                && answer.status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !passes, "{path} {site:?} {origin:?}: {}", answer.text());
            assert_is_json_and_not_kept(&answer, path);
        }
        // Not even a sign-out came through.
        assert_ne!(ann.is_signed_in().await, passes);
    }
}

#[tokio::test]
async fn a_call_from_another_site_is_refused_before_its_body_is_read() {
    let app = TestApp::new().await;
    for (site, read) in [("same-origin", true), ("cross-site", false)] {
        let touched = Arc::new(AtomicBool::new(false));
        let touch = touched.clone();
        let body = Body::from_stream(stream::once(async move {
            touch.store(true, Ordering::Relaxed);
            Ok::<_, Infallible>("{}")
        }));
        let request = Request::post("/api/signin/options")
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, JSON)
            .body(body)
            .expect("a request");
        app.visitor().request(request).await;
        assert_eq!(touched.load(Ordering::Relaxed), read, "{site}");
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
