//! Calls that another site makes in the user's browser.

use super::{
    authenticator::ORIGIN,
    http::{JSON, assert_is_json_and_not_kept, calls, json_of},
    support::TestApp,
};
use crate::error::Error;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use futures::stream;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

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
        for (path, _, _, fields) in calls() {
            let mut request = Request::post(path).header(header::CONTENT_TYPE, JSON);
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            let body = Body::from(json_of(fields).to_string());
            let answer = ann.clone().request(request.body(body).expect("a request")).await;
            let refused =
                answer.json == Error::CrossSite.body() && answer.status == StatusCode::FORBIDDEN;
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
