//! What the bodies of calls may be: empty, JSON that fits, and not too large.

use super::{
    act::ACT,
    http::{JSON, Takes, assert_is_json_and_not_kept, calls, json_of},
    support::TestApp,
};
use axum::{
    body::{Body, Bytes},
    http::{Request, StatusCode, header},
};
use futures::stream;
use serde_json::{Value, json};
use std::convert::Infallible;

#[tokio::test]
async fn an_empty_body_means_an_empty_object() {
    let app = TestApp::new().await;
    let ann = app.signed_up("ann").await;
    for (path, ..) in calls() {
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
    for (path, _, takes, fields) in calls() {
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
    for (path, _, takes, fields) in calls() {
        for &(field, _) in fields {
            for wrong in [json!([]), json!({}), json!(true), Value::Null] {
                let mut body = json_of(fields);
                if wrong.is_boolean() && body[field].is_boolean() {
                    continue;
                }
                body[field] = wrong;
                ann.post(path, body).await.refused_field(field);
            }
            let mut body = json_of(fields);
            body.as_object_mut().expect("an object").remove(field);
            ann.post(path, body).await.refused_field(field);
        }
        if takes != Takes::Ceremony {
            for body in ["[[]]", "[]", "[1, \"x\"]", "7", " true", "null", "\"x\"", "\"`x`\""] {
                ann.send(path, JSON, body).await.refused_field("body");
            }
        }
    }
    ann.post("/api/reauth/options", json!({ "action": 7 })).await.refused_field("action");
    ann.post("/api/activity/list", json!({ "limit": "many" })).await.refused_field("limit");
}

#[tokio::test]
async fn fields_that_are_not_known_are_ignored() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for path in ["/api/signin/options", "/api/passkeys/list", "/api/activity/list"] {
        let body = json!({ "admin": true, "user_id": "0", "__proto__": {} });
        ann.post(path, body).await.expect(StatusCode::OK);
    }
    let mut answer = ann.signed("/api/reauth/options").await;
    answer["extra"] = json!(7);
    answer["response"]["extra"] = json!([]);
    ann.post("/api/reauth/verify", answer).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn what_is_said_twice_is_refused() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let twice = r#"{"what":"the dishes","what":"the laundry","key":"k"}"#;
    ann.send(ACT, JSON, twice).await.refused_field("what");
    let form = [("what", "the dishes"), ("what", "the laundry"), ("key", "k")];
    ann.form(ACT, &form).await.refused_field("what");
}

const MOST: usize = 64 * 1024;

fn chunks(body: String) -> Body {
    let parts: Vec<_> = body.as_bytes().chunks(1000).map(Bytes::copy_from_slice).collect();
    Body::from_stream(stream::iter(parts.into_iter().map(Ok::<_, Infallible>)))
}

#[tokio::test]
async fn a_body_has_at_most_64_kib_however_it_comes() {
    let app = TestApp::new().await;
    for (path, ..) in calls() {
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
