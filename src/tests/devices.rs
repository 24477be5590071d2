//! Browsers that have signed in before: strangers cannot use up what these may try.

use super::support::{Answer, PASSWORD, TestApp, Visitor};
use axum::http::StatusCode;
use serde_json::json;

const ON: [&str; 2] = ["--rate-limit", "on"];
const DEVICE: &str = "latchkey-device";

#[track_caller]
fn waits(answer: &Answer) {
    answer.refused(StatusCode::TOO_MANY_REQUESTS, "rate_limited");
}

/// Guesses until the next guess has to wait.
async fn use_up(guesser: &mut Visitor, name: &str) {
    for _ in 0..5 {
        let wrong = guesser.sign_in_by_password(name, "wrong").await;
        wrong.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    waits(&guesser.sign_in_by_password(name, PASSWORD).await);
}

#[tokio::test]
async fn strangers_who_guess_keep_no_browser_out_that_has_signed_in_before() {
    let app = TestApp::with(&ON).await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    ann.post("/api/signout", json!({})).await.expect(StatusCode::OK);
    let mut stranger = app.visitor();
    use_up(&mut stranger, "ann").await;
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    // All strangers together still wait, and so does a browser in which she never signed in.
    waits(&stranger.sign_in_by_password("ann", "wrong").await);
    waits(&ann.elsewhere().sign_in_by_password("ann", PASSWORD).await);
}

#[tokio::test]
async fn every_way_to_sign_in_makes_a_browser_known() {
    let app = TestApp::with(&ON).await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    let codes = ann.make_codes().await;
    let mut by_passkey = ann.elsewhere();
    by_passkey.sign_in().await.expect(StatusCode::OK);
    let mut by_password = ann.elsewhere();
    by_password.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let mut by_code = ann.elsewhere();
    by_code.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    use_up(&mut app.visitor(), "ann").await;
    for known in [&mut ann, &mut by_passkey, &mut by_password, &mut by_code] {
        known.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn strangers_who_try_codes_use_up_no_tries_of_a_known_browser() {
    let app = TestApp::with(&ON).await;
    let mut ann = app.signed_up("ann").await;
    let mut stranger = app.visitor();
    for _ in 0..5 {
        let wrong = stranger.recover("ann", "wrong").await;
        wrong.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    waits(&stranger.recover("ann", "wrong").await);
    for _ in 0..5 {
        let wrong = ann.recover("ann", "wrong").await;
        wrong.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    waits(&ann.recover("ann", "wrong").await);
}

#[tokio::test]
async fn a_known_browser_that_guesses_waits_like_everybody_and_alone() {
    let app = TestApp::with(&ON).await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    use_up(&mut ann, "ann").await;
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    // What one known browser has used up is not another's, either way.
    waits(&ann.sign_in_by_password("ann", PASSWORD).await);
    use_up(&mut elsewhere, "ann").await;
    app.wait(15 * 60);
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_browser_is_known_to_the_accounts_that_signed_in_there_and_to_no_other() {
    let app = TestApp::with(&ON).await;
    app.visitor().sign_up_by_password("bob").await.expect(StatusCode::OK);
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let cookie = ann.cookies[DEVICE].clone();
    use_up(&mut app.visitor(), "bob").await;
    waits(&ann.sign_in_by_password("bob", PASSWORD).await);
    app.wait(15 * 60);
    ann.sign_in_by_password("bob", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(ann.cookies[DEVICE], cookie, "one value for all accounts of a browser");
    assert_eq!(app.count("select count(distinct hash) from devices").await, 2);
    for name in ["ann", "bob"] {
        use_up(&mut app.visitor(), name).await;
        ann.sign_in_by_password(name, PASSWORD).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn a_failed_sign_in_makes_no_browser_known_and_looks_the_same_in_one_that_is() {
    let app = TestApp::with(&ON).await;
    app.visitor().sign_up_by_password("bob").await.expect(StatusCode::OK);
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let mut looks = Vec::new();
    for name in ["ann", "bob", "nobody"] {
        let mut stranger = ann.elsewhere();
        for visitor in [&mut ann, &mut stranger] {
            let mut look = visitor.sign_in_by_password(name, "wrong").await.observable();
            look.1.remove("date");
            looks.push(look);
        }
        assert!(!stranger.cookies.contains_key(DEVICE));
    }
    assert!(looks.iter().all(|look| *look == looks[0]), "{looks:?}");
    assert_eq!(app.count("select count(*) from devices").await, 2);
}

#[tokio::test]
async fn a_cookie_that_anybody_could_guess_is_replaced() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for planted in ["x", "", "AAAAAAAAAAAAAAAAAAAAAA"] {
        ann.cookies.insert(DEVICE.to_owned(), planted.to_owned());
        ann.sign_in().await.expect(StatusCode::OK);
        let value = ann.cookies[DEVICE].clone();
        assert_ne!(value, planted);
        let dump = app.dump("devices").await.concat();
        assert!(!dump.contains(&value), "the database does not know it");
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_site_alone_and_lasts_a_year_from_each_sign_in() {
    let app = TestApp::with(&["--rp-id", "example.com", "--origin", "https://example.com"]).await;
    let mut ann = app.visitor();
    for answer in [ann.sign_up("ann").await, ann.sign_in().await] {
        let lines = answer.headers.get_all("set-cookie").iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        let line = lines.iter().find(|line| line.starts_with("__Host-latchkey-device="));
        let line = line.expect("the device's cookie");
        let value = &ann.cookies["__Host-latchkey-device"];
        assert_eq!(value.len(), 43, "32 bytes as base64url");
        for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
            assert!(line.contains(attribute), "{line}");
        }
    }
}

#[tokio::test]
async fn signing_out_leaves_the_browser_known_and_ending_the_account_does_not() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let cookie = ann.cookies[DEVICE].clone();
    ann.post("/api/signout", json!({})).await.expect(StatusCode::OK);
    assert_eq!(ann.cookies[DEVICE], cookie);
    ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from devices").await, 1);
    ann.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from devices").await, 0);
}

#[tokio::test]
async fn a_new_password_leaves_no_browser_known_but_the_one_that_set_it() {
    let app = TestApp::with(&ON).await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    let mut thief = ann.elsewhere();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let new = "amber lighthouse under snow";
    ann.set_password(new).await;
    use_up(&mut app.visitor(), "ann").await;
    waits(&thief.sign_in_by_password("ann", new).await);
    ann.sign_in_by_password("ann", new).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_account_has_at_most_twenty_known_browsers_and_the_oldest_makes_room() {
    let app = TestApp::with(&ON).await;
    let mut first = app.signed_up("ann").await;
    first.set_password(PASSWORD).await;
    let mut second = first.elsewhere();
    for n in 0..20 {
        app.wait(60);
        let mut browser = if n == 0 { second.clone() } else { first.elsewhere() };
        browser.sign_in().await.expect(StatusCode::OK);
        if n == 0 {
            second = browser;
        }
    }
    assert_eq!(app.count("select count(*) from devices").await, 20);
    app.wait(60);
    use_up(&mut app.visitor(), "ann").await;
    waits(&first.sign_in_by_password("ann", PASSWORD).await);
    second.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn after_a_year_a_browser_is_a_strangers() {
    let app = TestApp::with(&ON).await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(365 * 24 * 60 * 60);
    use_up(&mut app.visitor(), "ann").await;
    waits(&ann.sign_in_by_password("ann", PASSWORD).await);
    crate::cleanup::run(&app.state).await.expect("a cleanup");
    assert_eq!(app.count("select count(*) from devices").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_guesses_at_once_in_a_known_browser_five_are_looked_at() {
    let app = TestApp::with(&ON).await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let guess = json!({ "email": "ann@example.com", "code": "wrong" });
    let answers = ann.post_at_once(30, "/api/signin/recovery", guess).await;
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(with(StatusCode::UNAUTHORIZED), 5);
    assert_eq!(with(StatusCode::TOO_MANY_REQUESTS), 25);
}
