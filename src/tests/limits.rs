//! How often things may be tried, by whom, and what the limits must never do.

use super::{
    http::{calls, reads},
    support::{Answer, PASSWORD, TestApp, Visitor},
};
use crate::server::network_limits::Counted;
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::json;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

const ON: [&str; 4] = ["--rate-limit", "on", "--rate-limit-address", "10"];

#[track_caller]
fn wait(answer: &Answer) -> u64 {
    answer.refused(StatusCode::TOO_MANY_REQUESTS, "rate_limited");
    let seconds = answer.json["retry_after"].as_u64().expect("seconds");
    assert_eq!(answer.header("retry-after"), seconds.to_string());
    seconds
}

/// A call from a client address, as the socket and the headers tell it.
async fn call_from(app: &TestApp, peer: &str, forwarded: Option<&str>) -> StatusCode {
    let mut request = Request::post("/api/signin/options")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    let peer: SocketAddr = peer.parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    app.visitor().request(request).await.status
}

/// How many of as many calls pass.
async fn passed(
    app: &TestApp,
    calls: usize,
    from: impl Fn(usize) -> (String, Option<String>),
) -> usize {
    let mut passed = 0;
    for n in 0..calls {
        let (peer, forwarded) = from(n);
        passed += usize::from(call_from(app, &peer, forwarded.as_deref()).await == StatusCode::OK);
    }
    passed
}

#[tokio::test]
async fn what_is_refused_for_lack_of_room_was_no_guess() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let all = app.state.passwords.take_every_slot();
    for _ in 0..10 {
        let busy = app.visitor().sign_in_by_password("ann", PASSWORD).await;
        busy.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(busy.header("retry-after"), "1");
        let busy = ann.post("/api/reauth/password", json!({ "password": PASSWORD })).await;
        busy.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    }
    drop(all);
    assert_eq!(app.count("select count(*) from tries where id not like 'mail%'").await, 0);
    app.visitor().sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_address_may_call_so_often_a_minute_and_is_told_when_again() {
    let app = TestApp::with(&ON).await;
    let mut visitor = app.visitor();
    for _ in 0..10 {
        visitor.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
    }
    let refused = visitor.post("/api/signin/options", json!({})).await;
    let seconds = wait(&refused);
    assert_eq!(seconds, 6);
    app.wait(seconds);
    visitor.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
    wait(&visitor.post("/api/signin/options", json!({})).await);
}

/// Calls that read a password or a code of somebody who has not proved who they are.
const GUESSES: &[&str] = &[
    "/api/signin/password",
    "/api/signin/mail", // with: mail
    "/api/signin/code", // with: mail
    "/api/signin/totp", // with: totp
    "/api/signin/recovery",
    "/api/recovery/mail",      // with: mail
    "/api/recovery/mail/code", // with: mail
    "/api/signup/password",
    "/api/signup/code",   // with: mail
    "/api/email/start",   // with: mail
    "/api/email/confirm", // with: mail
    "/api/reauth/password",
    "/api/reauth/totp",  // with: totp
    "/api/totp/confirm", // with: totp
];

/// Makes one call as often as an address may, and returns those of all calls that are refused then.
async fn refused_after(counted: &str) -> Vec<&'static str> {
    // More than there are calls, so that asking about each of them uses nothing up.
    let app = TestApp::with(&["--rate-limit", "on", "--rate-limit-address", "50"]).await;
    let mut visitor = app.visitor();
    for _ in 0..50 {
        let answer = visitor.post(counted, json!({})).await;
        assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{counted}");
    }
    let mut refused = Vec::new();
    for (path, ..) in calls() {
        let answer = visitor.post(path, json!({})).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused.push(path);
        }
    }
    visitor.get("/signin").await.expect(StatusCode::OK);
    refused
}

#[tokio::test]
async fn every_call_that_may_write_is_counted_and_guesses_keep_nobody_from_anything_else() {
    let calls = || calls().map(|(path, ..)| path);
    let reads: Vec<_> = reads().collect();
    let is_guess = |path: &&str| GUESSES.contains(path);
    let is_step = |path: &&str| path.ends_with("/options") || path.ends_with("/verify");
    let is_other = |path: &&str| !reads.contains(path) && !is_guess(path) && !is_step(path);
    let guesses: Vec<_> = calls().filter(is_guess).collect();
    assert_eq!(refused_after("/api/signin/password").await, guesses);
    let steps: Vec<_> = calls().filter(is_step).collect();
    assert_eq!(refused_after("/api/signin/options").await, steps);
    let others: Vec<_> = calls().filter(is_other).collect();
    assert_eq!(refused_after("/api/sessions/revoke").await, others);
    assert!(others.contains(&"/api/signout") && others.contains(&"/api/offers/decline"));
    assert_eq!(refused_after("/api/me").await, Vec::<&str>::new());
}

#[tokio::test]
async fn a_call_that_nobody_has_thought_of_is_counted() {
    assert!(refused_after("/api/nothing/yet").await.contains(&"/api/account/delete"));
}

#[tokio::test]
async fn of_two_hundred_calls_at_once_no_more_pass_than_may() {
    let app = TestApp::with(&ON).await;
    let answers = app.visitor().post_at_once(200, "/api/signin/options", json!({})).await;
    let passed = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(passed, 10);
}

#[tokio::test]
async fn addresses_are_told_apart_and_what_a_client_says_of_itself_is_not_believed() {
    let app = TestApp::with(&ON).await;
    let own = |n| (format!("198.51.100.{n}:1000"), None);
    assert_eq!(passed(&app, 30, own).await, 30);
    let rotating = |n| ("203.0.113.1:1000".to_owned(), Some(format!("192.0.2.{n}")));
    assert_eq!(passed(&app, 30, rotating).await, 10);
}

#[tokio::test]
async fn behind_a_trusted_proxy_its_clients_are_told_apart() {
    let app = TestApp::with(&[&ON[..], &["--trusted-proxies", "10.0.0.0/8"]].concat()).await;
    let clients = |n| ("10.0.0.1:1000".to_owned(), Some(format!("192.0.2.{n}")));
    assert_eq!(passed(&app, 30, clients).await, 30);
    let liar = |n| ("10.0.0.1:1000".to_owned(), Some(format!("192.0.2.{n}, 203.0.113.1")));
    assert_eq!(passed(&app, 30, liar).await, 10);
}

#[tokio::test]
async fn networks_of_ipv6_count_together_the_wider_the_more() {
    let within_64 = |n| (format!("[2001:db8:0:1::{n:x}]:1000"), None);
    let within_56 = |n| (format!("[2001:db8:0:{:x}::1]:1000", n % 256), None);
    let within_48 = |n| (format!("[2001:db8:0:{n:x}00::1]:1000"), None);
    let across = |n| (format!("[2001:db8:{n:x}::1]:1000"), None);
    let app = TestApp::with(&ON).await;
    assert_eq!(passed(&app, 30, within_64).await, 10);
    // What was refused there was counted nowhere.
    assert_eq!(passed(&app, 60, within_56).await, 30);
    assert_eq!(passed(&app, 200, within_48).await, 120);
    assert_eq!(passed(&app, 30, across).await, 29, "the first is of the network above");
}

/// The n-th of many networks of IPv6 or IPv4.
fn many(n: u32, v6: bool) -> IpAddr {
    if v6 {
        Ipv6Addr::from(u128::from(n) << 80 | 0x2001_u128 << 112).into()
    } else {
        Ipv4Addr::from(0x0b00_0000 + n).into()
    }
}

#[tokio::test]
async fn the_limits_take_no_more_memory_however_many_call() {
    let app = TestApp::with(&ON).await;
    let limits = &app.state.network_limits;
    for n in 0..150_000 {
        for v6 in [true, false] {
            limits.check(Counted::Guess, Some(many(n, v6))).ok();
        }
    }
    assert!(limits.size() <= 100_004, "{}", limits.size());
    app.wait(120);
    limits.sweep();
    assert_eq!(limits.size(), 0);
}

#[tokio::test]
async fn a_crowd_changes_nothing_for_those_who_are_known_or_of_the_other_version_of_ip() {
    let app = TestApp::with(&ON).await;
    let limits = &app.state.network_limits;
    for v6 in [true, false] {
        let check = |n| limits.check(Counted::Guess, Some(many(n, v6)));
        let known = 500_000;
        for _ in 0..5 {
            check(known).expect("room");
        }
        for n in 0..100_000 {
            check(n).ok();
        }
        // A network that called before has what was left to it, and no more.
        let left = (0..20).filter(|_| check(known).is_ok()).count();
        assert_eq!(left, 5);
        // A new one shares with its region, which the crowd has used up.
        assert!(check(120_000).is_err());
    }
    // The table of IPv4 was empty until that of IPv6 was full.
    let other = TestApp::with(&ON).await;
    for n in 0..100_000 {
        other.state.network_limits.check(Counted::Guess, Some(many(n, true))).ok();
    }
    let own = |n| (format!("198.51.100.{n}:1000"), None);
    assert_eq!(passed(&other, 30, own).await, 30);
}

#[tokio::test]
async fn a_full_table_is_swept_before_anybody_new_shares() {
    let app = TestApp::with(&ON).await;
    let limits = &app.state.network_limits;
    for n in 0..100_000 {
        limits.check(Counted::Guess, Some(many(n, false))).ok();
    }
    app.wait(60);
    // By now the crowd has its allowances back, so that nothing is lost by forgetting it.
    for new in [500_000, 500_001] {
        let passed =
            (0..20).filter(|_| limits.check(Counted::Guess, Some(many(new, false))).is_ok());
        assert_eq!(passed.count(), 10);
    }
}

#[tokio::test]
async fn wrong_passwords_have_to_wait_twice_as_long_each_time_and_a_right_one_starts_anew() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let mut guesser = app.visitor();
    for _ in 0..5 {
        let answer = guesser.sign_in_by_password("ann", "wrong").await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    for expected in [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        // Not even the right one passes, nor does waiting less help.
        let seconds = wait(&guesser.sign_in_by_password("ann", PASSWORD).await);
        assert_eq!(seconds, expected);
        app.wait(seconds - 1);
        wait(&guesser.sign_in_by_password("ann", "wrong").await);
        app.wait(1);
        let answer = guesser.sign_in_by_password("ann", "wrong").await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    app.wait(900);
    guesser.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    for _ in 0..5 {
        let answer = guesser.sign_in_by_password("ann", "wrong").await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    wait(&guesser.sign_in_by_password("ann", "wrong").await);
    // A day later nothing is held against anybody.
    app.wait(24 * 60 * 60);
    guesser.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_day_later_wrong_passwords_are_forgotten() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut guesser = app.visitor();
    for _ in 0..5 {
        guesser.sign_in_by_password("ann", "wrong").await.expect(StatusCode::UNAUTHORIZED);
    }
    let seconds = wait(&guesser.sign_in_by_password("ann", "wrong").await);
    app.wait(seconds);
    guesser.sign_in_by_password("ann", "wrong").await.expect(StatusCode::UNAUTHORIZED);
    app.wait(24 * 60 * 60);
    for _ in 0..5 {
        guesser.sign_in_by_password("ann", "wrong").await.expect(StatusCode::UNAUTHORIZED);
    }
    wait(&guesser.sign_in_by_password("ann", "wrong").await);
}

#[tokio::test]
async fn the_number_that_costs_no_wait_is_the_operators() {
    for free in ["1", "2"] {
        let on = ["--rate-limit", "on", "--rate-limit-account", free];
        let app = TestApp::with(&on).await;
        for _ in 0..free.parse().expect("a number") {
            let wrong = app.visitor().sign_in_by_password("ann", "wrong").await;
            wrong.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
        }
        assert_eq!(wait(&app.visitor().sign_in_by_password("ann", "wrong").await), 2);
    }
}

#[tokio::test]
async fn how_long_a_wait_is_is_the_operators() {
    let on = ["--rate-limit", "on", "--rate-limit-account", "1"];
    let waits = ["--rate-limit-wait-seconds", "7", "--rate-limit-longest-wait-seconds", "10"];
    let app = TestApp::with(&[on.as_slice(), &waits].concat()).await;
    for waited in [7, 10, 10] {
        app.visitor().sign_in_by_password("ann", "wrong").await;
        assert_eq!(wait(&app.visitor().sign_in_by_password("ann", "wrong").await), waited);
        app.wait(waited);
    }
}

#[tokio::test]
async fn of_thirty_guesses_at_once_five_are_looked_at() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    for path in ["/api/signin/password", "/api/signin/recovery"] {
        let guess = json!({ "email": "ann@example.com", "password": "wrong", "code": "wrong" });
        let answers = app.visitor().post_at_once(30, path, guess).await;
        let refused = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!(refused(StatusCode::UNAUTHORIZED), 5, "{path}");
        assert_eq!(refused(StatusCode::TOO_MANY_REQUESTS), 25, "{path}");
    }
}

#[tokio::test]
async fn whether_there_is_an_account_does_not_show_in_a_limit() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    let mut last = Vec::new();
    for name in ["ann", "nobody"] {
        let mut guesser = app.visitor();
        for _ in 0..5 {
            guesser.sign_in_by_password(name, "wrong").await;
        }
        let mut looks = guesser.sign_in_by_password(name, "wrong").await.observable();
        looks.1.remove("date");
        last.push(looks);
    }
    assert_eq!(last[0], last[1]);
    assert_eq!(last[0].0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn one_address_however_it_is_written() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    for email in [
        "ann@example.com",
        " Ann@Example.com",
        "ANN@EXAMPLE.COM",
        "Ann@example.com ",
        "aNN@example.com",
    ] {
        let guess = json!({ "email": email, "password": "wrong" });
        let answer = ann.elsewhere().post("/api/signin/password", guess).await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    wait(&ann.elsewhere().sign_in_by_password("ann", PASSWORD).await);
    // She who is signed in has tries of her own, which strangers do not use up.
    for _ in 0..5 {
        let answer = ann.post("/api/reauth/password", json!({ "password": "wrong" })).await;
        answer.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    }
    wait(&ann.post("/api/reauth/password", json!({ "password": "wrong" })).await);
}

#[tokio::test]
async fn a_right_recovery_code_never_waits_for_wrong_ones() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    let codes = ann.make_codes().await;
    let mut stranger = app.visitor();
    for _ in 0..5 {
        let answer = stranger.recover("ann", "wrong").await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    wait(&stranger.recover("ann", "wrong").await);
    ann.elsewhere().recover("ann", &codes[0]).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nobody_waiting_for_a_time_to_come() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    for _ in 0..5 {
        app.visitor().sign_in_by_password("ann", "wrong").await;
    }
    wait(&app.visitor().sign_in_by_password("ann", PASSWORD).await);
    // As after a restart: what was two days ahead is not believed any more.
    let app = app.twin_behind(Duration::from_secs(2 * 24 * 60 * 60)).await;
    app.visitor().sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn no_stranger_keeps_a_passkey_out() {
    let app = TestApp::with(&["--rate-limit", "on", "--rate-limit-address", "10000"]).await;
    let mut ann = app.signed_up("ann").await;
    let mut guesser: Visitor = app.visitor();
    for _ in 0..40 {
        guesser.sign_in_by_password("ann", "wrong").await;
        guesser.recover("ann", "wrong").await;
        let options = guesser.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
        let mut answer = ann.passkey.get(&options);
        answer["response"]["signature"] = json!("AAAA");
        let answer = guesser.post("/api/signin/verify", answer).await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
    ann.confirmed_act().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn step_ups_that_come_to_nothing_have_to_wait_and_one_that_succeeds_starts_anew() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    for _ in 0..2 {
        for _ in 0..19 {
            ann.step_up_options().await;
        }
        ann.confirm().await.expect(StatusCode::OK);
    }
    for _ in 0..20 {
        ann.step_up_options().await;
    }
    let seconds = wait(&ann.post("/api/reauth/options", json!({})).await);
    app.wait(seconds);
    ann.confirm().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn two_instances_count_the_guesses_at_an_account_together() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let twin = app.twin().await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    for n in 0..5 {
        let instance = if n % 2 == 0 { &app } else { &twin };
        let answer = instance.visitor().sign_in_by_password("ann", "wrong").await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    wait(&app.visitor().sign_in_by_password("ann", PASSWORD).await);
    wait(&twin.visitor().sign_in_by_password("ann", PASSWORD).await);
}

#[tokio::test]
async fn off_means_off() {
    let app = TestApp::with(&["--rate-limit", "off"]).await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    for _ in 0..30 {
        let answer = app.visitor().sign_in_by_password("ann", "wrong").await;
        answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    assert_eq!(app.count("select count(*) from tries").await, 0);
}
