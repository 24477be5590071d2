//! What every answer tells the browser, whatever it is an answer to.

use super::support::{Answer, TestApp, Visitor};
use crate::features::FEATURES;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::json;

/// One answer of each status that needs no fault of ours or of time, and of each kind of content.
async fn one_of_each(app: &TestApp) -> Vec<(StatusCode, Answer)> {
    let mut ann = app.signed_up("ann").await;
    let mut stranger = app.visitor();
    let foreign = Request::post("/api/signin/options").body(Body::empty()).expect("a request");
    let wrong_method = Request::get("/api/signin/options").header("sec-fetch-site", "same-origin");
    let wrong_method = wrong_method.body(Body::empty()).expect("a request");
    vec![
        (StatusCode::OK, stranger.get("/").await),
        (StatusCode::OK, stranger.get("/healthz").await),
        (StatusCode::OK, stranger.get("/.well-known/webauthn").await),
        (StatusCode::OK, stranger.post("/api/signin/options", json!({})).await),
        (StatusCode::SEE_OTHER, stranger.get("/.well-known/change-password").await),
        (StatusCode::SEE_OTHER, stranger.get(FEATURES.home).await),
        (
            StatusCode::BAD_REQUEST,
            stranger.send("/api/signin/options", "application/json", "{").await,
        ),
        (StatusCode::UNAUTHORIZED, stranger.post("/api/passkeys/list", json!({})).await),
        (StatusCode::FORBIDDEN, stranger.request(foreign).await),
        (StatusCode::NOT_FOUND, stranger.get("/nothing").await),
        (StatusCode::NOT_FOUND, stranger.get("/pkg/nothing.js").await),
        (StatusCode::NOT_FOUND, stranger.post("/api/nothing", json!({})).await),
        (StatusCode::METHOD_NOT_ALLOWED, stranger.request(wrong_method).await),
        (StatusCode::CONFLICT, ann.post("/api/reauth/verify", json!({})).await),
        (
            StatusCode::PAYLOAD_TOO_LARGE,
            ann.send("/api/signout", "application/json", vec![b' '; 70_000]).await,
        ),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, ann.send("/api/signout", "text/plain", "x").await),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            ann.post("/api/passkeys/rename", json!({ "id": "0", "name": "" })).await,
        ),
        (StatusCode::TOO_MANY_REQUESTS, {
            let mut answer = stranger.post("/api/signin/options", json!({})).await;
            while answer.status == StatusCode::OK {
                answer = stranger.post("/api/signin/options", json!({})).await;
            }
            answer
        }),
        (StatusCode::SERVICE_UNAVAILABLE, {
            app.state.db.close().await;
            stranger.get("/readyz").await
        }),
    ]
}

/// The nonce that an answer's policy allows scripts with.
fn nonce(answer: &Answer) -> &str {
    let policy = answer.header("content-security-policy");
    policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce")
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let app = TestApp::with(&["--origin", "https://localhost", "--rate-limit", "on"]).await;
    let mut nonces = Vec::new();
    for (status, answer) in one_of_each(&app).await {
        assert_eq!(answer.status, status, "{}", answer.text());
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'; ",
            &format!("script-src 'nonce-{}' 'strict-dynamic' 'wasm-unsafe-eval'; ", nonce(&answer)),
            "style-src 'self'; ",
            "img-src 'self'; ",
            "manifest-src 'self'; ",
            "connect-src 'self'; ",
            "base-uri 'none'; ",
            "form-action 'self'; ",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{status}: {part} is not in {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        let permissions = answer.header("permissions-policy");
        assert!(permissions.starts_with(
            "publickey-credentials-create=(self), publickey-credentials-get=(self), "
        ));
        assert!(permissions.contains("camera=()") && !permissions.contains('*'), "{permissions}");
        for (name, value) in [
            ("strict-transport-security", "max-age=63072000; includeSubDomains; preload"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "same-origin"),
            ("server", ""),
        ] {
            assert_eq!(answer.header(name), value, "{status}: {name}");
        }
        if !answer.bytes.is_empty() {
            let content = answer.header("content-type");
            let typed =
                ["text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json"];
            assert!(typed.contains(&content), "{status}: {content}");
        }
        nonces.push(nonce(&answer).to_owned());
    }
    let count = nonces.len();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), count, "a nonce came twice");
}

#[tokio::test]
async fn people_get_errors_as_text() {
    let app = TestApp::with(&["--rate-limit", "on", "--rate-limit-address", "1"]).await;
    let send = async || {
        let form = Request::post("/api/signin/password")
            .header("sec-fetch-site", "same-origin")
            .header("accept", "text/html,*/*;q=0.8")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("email=ann@example.com&password=wrong"));
        app.visitor().request(form.expect("a request")).await
    };
    let wrong = send().await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text().contains("We couldn't sign you in."), "{}", wrong.text());
    let refused = send().await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.text(), "Too many attempts. Try again in 60 seconds.");
    assert_eq!(refused.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(refused.header("cache-control"), "no-store");
}

#[tokio::test]
async fn what_shows_who_is_signed_in_is_not_kept() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for page in ["/", "/signin", FEATURES.home, "/settings/security", "/nothing"] {
        assert_eq!(ann.get(page).await.header("cache-control"), "no-store", "{page}");
    }
}

#[tokio::test]
async fn a_browser_is_not_sent_to_https_by_a_site_without_it() {
    let app = TestApp::new().await;
    assert_eq!(app.visitor().get("/").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn the_nonce_of_a_page_is_on_its_scripts_and_on_nothing_else() {
    let app = TestApp::new().await;
    let page = app.visitor().get("/signin").await;
    let (html, nonce) = (page.text(), nonce(&page));
    let scripts: Vec<_> = html.split("<script").skip(1).collect();
    assert!(!scripts.is_empty());
    for script in &scripts {
        let tag = script.split('>').next().expect("a tag");
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
    }
    for attribute in ["style=\"", "onclick=", "javascript:"] {
        assert!(!html.contains(attribute), "{attribute}");
    }
}

#[tokio::test]
async fn a_request_gets_an_id_of_ours_whatever_it_came_with() {
    let app = TestApp::new().await;
    let request = Request::get("/healthz").header("x-request-id", "written by a client");
    let answer = app.visitor().request(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.header("x-request-id").len(), 36, "{}", answer.header("x-request-id"));
}

#[tokio::test]
async fn signing_out_empties_the_browsers_stores() {
    let app = TestApp::new().await;
    let mut ann: Visitor = app.signed_up("ann").await;
    let answer = ann.post("/api/signout", json!({})).await;
    assert_eq!(answer.header("clear-site-data"), r#""cache", "storage""#);
    assert_eq!(app.visitor().get("/").await.header("clear-site-data"), "");
}

#[tokio::test]
async fn a_call_that_changes_something_empties_what_was_fetched_ahead() {
    let app = TestApp::new().await;
    let mut ann: Visitor = app.signed_up("ann").await;
    let name = ann.post("/api/account/name", json!({ "name": "Ann" })).await;
    assert_eq!(name.header("clear-site-data"), r#""prefetchCache""#);
    for (read_or_refused, body) in
        [("/api/sessions/list", json!({})), ("/api/account/name", json!({ "name": "" }))]
    {
        let answer = ann.post(read_or_refused, body).await;
        assert_eq!(answer.header("clear-site-data"), "", "{read_or_refused}");
    }
}
