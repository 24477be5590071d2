//! Sessions: their cookies, how long they last, and what ends them.

use super::support::{Answer, TestApp, plain_form};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;
use std::collections::BTreeSet;

const HTTPS: [&str; 4] = ["--rp-id", "example.com", "--origin", "https://example.com"];

/// Name, value and attributes of the only cookie that an answer sets beside those of a device and a code.
fn cookie(answer: &Answer) -> (String, String, BTreeSet<String>) {
    let lines = answer.headers.get_all(header::SET_COOKIE).iter();
    let lines = lines.map(|line| line.to_str().expect("text"));
    let lines: Vec<_> = lines
        .filter(|line| !line.contains("latchkey-device=") && !line.contains("latchkey-code="))
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let mut parts = lines[0].split("; ");
    let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
    (name.to_owned(), value.to_owned(), parts.map(str::to_owned).collect())
}

fn attributes(attributes: &[&str]) -> BTreeSet<String> {
    attributes.iter().map(|&attribute| attribute.to_owned()).collect()
}

#[tokio::test]
async fn cookies_are_for_this_site_alone_and_for_no_script() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let (name, value, found) = cookie(&ann.sign_up("ann").await);
    assert_eq!(name, "latchkey");
    assert!(value.len() >= 22, "128 bits as base64url");
    assert_eq!(found, attributes(&["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=86400"]));

    let options = ann.post("/api/signin/options", json!({})).await;
    let (challenge_name, challenge, found) = cookie(&options);
    assert_eq!(challenge_name, "latchkey-challenge");
    assert_ne!(challenge, value);
    assert_eq!(found, attributes(&["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=300"]));

    let (name, value, found) = cookie(&ann.post("/api/signout", json!({})).await);
    assert_eq!((name.as_str(), value.as_str()), ("latchkey", ""));
    assert_eq!(found, attributes(&["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=0"]));
}

#[tokio::test]
async fn on_https_cookies_are_bound_to_the_host_even_when_they_are_removed() {
    let app = TestApp::with(&HTTPS).await;
    let mut ann = app.visitor();
    let with = |max_age| attributes(&["HttpOnly", "SameSite=Lax", "Secure", "Path=/", max_age]);
    let (name, _, found) = cookie(&ann.sign_up("ann").await);
    assert_eq!((name.as_str(), found), ("__Host-latchkey", with("Max-Age=86400")));
    let (name, _, found) = cookie(&ann.post("/api/signin/options", json!({})).await);
    assert_eq!((name.as_str(), found), ("__Host-latchkey-challenge", with("Max-Age=300")));
    assert!(ann.is_signed_in().await);
    let (name, _, found) = cookie(&ann.post("/api/signout", json!({})).await);
    assert_eq!((name.as_str(), found), ("__Host-latchkey", with("Max-Age=0")));

    // Without the prefix a subdomain could have set it.
    ann.sign_in().await.expect(StatusCode::OK);
    let value = ann.cookies.remove("__Host-latchkey").expect("a cookie");
    ann.cookies.insert("latchkey".to_owned(), value);
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn a_challenge_cookie_that_anybody_could_guess_is_replaced() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    for planted in ["x", "", "AAAAAAAAAAAAAAAAAAAAAA"] {
        ann.cookies.insert("latchkey-challenge".to_owned(), planted.to_owned());
        ann.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
        let ours = ann.cookies["latchkey-challenge"].clone();
        assert_ne!(ours, planted);
        ann.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
        assert_eq!(ann.cookies["latchkey-challenge"], ours);
    }
}

#[tokio::test]
async fn the_database_knows_no_cookie() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post("/api/passkeys/options", json!({})).await;
    ann.step_up_options().await;
    let dump = app.dump_all().await.concat().to_lowercase();
    // Of the session, the challenge and the browser at least.
    assert!(ann.cookies.len() >= 3, "{:?}", ann.cookies.keys());
    for value in ann.cookies.values() {
        let as_blob: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        let bytes = crate::server::secret::from_base64url(value).expect("base64url");
        let decoded: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for form in [value.to_lowercase(), as_blob, decoded] {
            assert!(!dump.contains(&form), "{form}");
        }
    }
}

#[tokio::test]
async fn an_unused_session_ends_after_an_hour() {
    let app = TestApp::new().await;
    for (seconds, lives) in [(3599, true), (3600, false)] {
        let mut ann = app.signed_up(&format!("ann-{seconds}")).await;
        let seen = app.count("select max(last_seen_at) from sessions").await;
        app.wait_until(seen + seconds * 1000);
        assert_eq!(ann.is_signed_in().await, lives, "{seconds}");
    }
}

#[tokio::test]
async fn every_session_ends_after_a_day() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let created = app.count("select created_at from sessions").await;
    for half_hour in 1..48 {
        app.wait_until(created + half_hour * 1800 * 1000);
        assert!(ann.is_signed_in().await, "{half_hour}");
    }
    app.wait_until(created + (24 * 3600 - 1) * 1000);
    assert!(ann.is_signed_in().await);
    app.wait(1);
    assert!(!ann.is_signed_in().await);
}

#[tokio::test]
async fn the_time_of_last_use_is_written_once_a_minute() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let seen = "select last_seen_at from sessions";
    let first = app.count(seen).await;
    app.wait_until(first + 59_000);
    assert!(ann.is_signed_in().await);
    assert_eq!(app.count(seen).await, first);
    app.wait_until(first + 60_000);
    assert!(ann.is_signed_in().await);
    let second = app.count(seen).await;
    assert!(second >= first + 60_000);
    assert!(ann.is_signed_in().await);
    assert_eq!(app.count(seen).await, second);
}

#[tokio::test]
async fn strangers_leave_no_session() {
    let app = TestApp::new().await;
    for planted in [None, Some("AAAAAAAAAAAAAAAAAAAAAA"), Some("x")] {
        let mut stranger = app.visitor();
        stranger.cookies.extend(planted.map(|value| ("latchkey".to_owned(), value.to_owned())));
        let page = Request::get("/").body(Body::empty()).expect("a request");
        let page = stranger.request(page).await;
        assert!(page.headers.get(header::SET_COOKIE).is_none());
        let refused = stranger.post("/api/passkeys/list", json!({})).await;
        refused.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
        // A cookie for nothing is not removed, or the answer could overtake a new session's cookie.
        assert!(refused.headers.get(header::SET_COOKIE).is_none());
        stranger.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
    }
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn signing_out_ends_this_session_and_no_other() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    let mut stolen = ann.clone();
    assert_eq!(ann.post("/api/signout", json!({})).await.expect(StatusCode::OK), json!({}));
    assert!(!stolen.is_signed_in().await);
    assert!(other.is_signed_in().await);
    assert_eq!(app.count("select count(*) from sessions").await, 1);
    assert_eq!(app.activity("ann@example.com").await.last().expect("a line"), "session.ended");
    ann.post("/api/signout", json!({})).await.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
}

#[tokio::test]
async fn a_failed_sign_out_is_told_and_can_be_tried_again() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.refuse("delete on sessions", "true").await;
    let failed = ann.post("/api/signout", json!({})).await;
    failed.refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    assert_eq!(failed.header("set-cookie"), "");
    let failed = ann.request(plain_form("/api/signout", "")).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(failed.text().contains("Something went wrong on our side."), "{}", failed.text());
    app.mend("sessions").await;
    ann.post("/api/signout", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn a_plain_form_signs_out_and_leads_home() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let answer = ann.request(plain_form("/api/signout", "")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/?done=signed_out")
    );
    assert_eq!(app.count("select count(*) from sessions").await, 0);
    assert!(!ann.cookies.contains_key("latchkey"));

    // And so it does for whoever had no session any more.
    ann.cookies.insert("latchkey".to_owned(), "AAAA".to_owned());
    let answer = ann.request(plain_form("/api/signout", "")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/?done=signed_out")
    );
    assert!(!ann.cookies.contains_key("latchkey"));
}

#[tokio::test]
async fn a_deleted_users_sessions_are_dead() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut bob = app.signed_up("bob").await;
    app.execute("delete from users where email = 'ann@example.com'").await.expect("a deletion");
    assert!(!ann.is_signed_in().await);
    ann.sign_in().await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert!(bob.is_signed_in().await);
}

#[tokio::test]
async fn an_account_has_at_most_fifty_sessions_and_the_unused_make_room() {
    let app = TestApp::new().await;
    let mut first = app.signed_up("ann").await;
    let mut second = first.elsewhere();
    second.sign_in().await.expect(StatusCode::OK);
    app.wait(120);
    assert!(first.is_signed_in().await);
    for _ in 0..49 {
        first.elsewhere().sign_in().await.expect(StatusCode::OK);
    }
    assert_eq!(app.count("select count(*) from sessions").await, 50);
    assert!(first.is_signed_in().await);
    assert!(!second.is_signed_in().await);

    // Nor are there more of them when two come at once, each by a passkey of its own.
    let (other, _) = first.add_passkey().await;
    let mut here = first.elsewhere();
    let mut there = first.elsewhere().at(&app.twin().await);
    there.passkey = other;
    for _ in 0..20 {
        here.cookies.clear();
        there.cookies.clear();
        let (one, other) = futures::join!(here.sign_in(), there.sign_in());
        one.expect(StatusCode::OK);
        other.expect(StatusCode::OK);
        assert_eq!(app.count("select count(*) from sessions").await, 50);
    }
}
