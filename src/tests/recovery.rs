//! Recovery codes: the way back in, what it opens, and what it must not.

use super::{
    act::ACT,
    authenticator::Authenticator,
    http::{Who, calls, json_of},
    support::{PASSWORD, TestApp, Visitor, act},
};
use crate::date::date_time;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DAY: u64 = 24 * 3600;

/// Ann, her ten codes, and an app in which she has an account.
async fn with_codes() -> (TestApp, Visitor, Vec<String>) {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let codes = ann.make_codes().await;
    (app, ann, codes)
}

/// Somebody at another browser, with a session that a code opened.
async fn recovered(app: &TestApp, code: &str) -> Visitor {
    let mut visitor = app.visitor();
    visitor.recover("ann", code).await.expect(StatusCode::OK);
    visitor
}

/// Adds a passkey in a recovery session, and signs in with it.
async fn add_and_sign_in(visitor: &mut Visitor) {
    let options = visitor.post("/api/passkeys/options", json!({})).await.expect(StatusCode::OK);
    let answer = visitor.passkey.create(&options);
    visitor.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    visitor.sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn ten_codes_are_made_after_a_confirmation_and_kept_as_hashes() {
    let (app, mut ann, codes) = with_codes().await;
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
    for code in &codes {
        assert_eq!(code.replace('-', "").len(), 26, "{code}");
    }
    let dump = app.dump_all().await.join("\n");
    for code in &codes {
        assert!(!dump.contains(code) && !dump.contains(&code.replace('-', "")));
    }
    assert_eq!(app.count("select count(*) from recovery_codes where length(hash) = 32").await, 10);
    let status = ann.post("/api/recovery/status", json!({})).await;
    assert_eq!(status.header("cache-control"), "no-store");
    assert_eq!(status.expect(StatusCode::OK), json!({ "remaining": 10 }));
}

#[tokio::test]
async fn codes_say_whose_they_are_and_from_when() {
    // With limits the clock stands still.
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    app.wait(60);
    let made = ann.confirmed("/api/recovery/generate", json!({})).await.expect(StatusCode::OK);
    let shown = made["shown"].as_str().expect("HTML");
    let recorded = "select max(at) from activity where kind = 'recovery_codes'";
    let made_at = date_time(app.count(recorded).await);
    for part in
        ["Account: ann@example.com", "Site: http://localhost:3000", &format!("Made: {made_at}")]
    {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    for code in made["codes"].as_array().expect("codes") {
        assert!(shown.contains(code.as_str().expect("a code")), "{shown}");
    }
}

#[tokio::test]
async fn a_code_works_once_in_any_spelling() {
    let (app, _, codes) = with_codes().await;
    recovered(&app, &codes[0].to_lowercase().replace('-', " ")).await;
    app.visitor()
        .recover("ann", &codes[0])
        .await
        .refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    recovered(&app, &codes[1]).await;
    assert_eq!(app.count("select count(*) from recovery_codes where used_at is null").await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_uses_at_once_one_works() {
    let (app, _, codes) = with_codes().await;
    let who = json!({ "email": "ann@example.com", "code": codes[0] });
    let answers = app.visitor().post_at_once(30, "/api/signin/recovery", who).await;
    let (entered, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(entered.len(), 1);
    refused.iter().for_each(|it| it.refused(StatusCode::UNAUTHORIZED, "sign_in_failed"));
    assert_eq!(app.count("select count(*) from sessions").await, 1);
}

#[tokio::test]
async fn new_codes_void_the_old_ones() {
    let (app, mut ann, old) = with_codes().await;
    let new = ann.make_codes().await;
    app.visitor().recover("ann", &old[0]).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    recovered(&app, &new[0]).await;
}

#[tokio::test]
async fn every_wrong_code_looks_the_same() {
    let (app, _, codes) = with_codes().await;
    app.signed_up("bob").await;
    recovered(&app, &codes[0]).await;
    let wrong = app.visitor().recover("ann", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA").await;
    wrong.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    for (why, name, code) in [
        ("nobody there", "eve", codes[1].as_str()),
        ("another's code", "bob", &codes[1]),
        ("used", "ann", &codes[0]),
        ("no code", "ann", ""),
        ("not base32", "ann", "!!!"),
        ("too long", "ann", &"A".repeat(10_000)),
    ] {
        assert_eq!(
            app.visitor().recover(name, code).await.observable(),
            wrong.observable(),
            "{why}"
        );
    }
    assert!(app.has_activity("ann@example.com", "sign_in.failed").await);
}

#[tokio::test]
async fn a_code_ends_every_other_session_and_is_told_at_the_next_sign_in() {
    let (app, mut ann, codes) = with_codes().await;
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in().await.expect(StatusCode::OK);
    let mut visitor = recovered(&app, &codes[0]).await;
    assert!(!ann.is_signed_in().await && !elsewhere.is_signed_in().await);
    assert!(app.activity("ann@example.com").await.contains(&"recovery.used".to_owned()));
    assert_eq!(visitor.account().await["recovering"], true);

    // Whoever used it cannot silence the notice, by whichever new way in.
    let new = json!({ "new_password": PASSWORD });
    visitor.post("/api/password/set", new).await.expect(StatusCode::OK);
    visitor.recover("ann", &codes[1]).await.expect(StatusCode::OK);
    add_and_sign_in(&mut visitor).await;
    let mut by_password = visitor.elsewhere();
    by_password.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    for thief in [&mut visitor, &mut by_password] {
        assert_eq!(thief.account().await["notice"]["can_acknowledge"], false);
        let refused = thief.post("/api/recovery/seen", json!({})).await;
        refused.refused(StatusCode::CONFLICT, "passkey_required");
    }

    ann.sign_in().await.expect(StatusCode::OK);
    let notice = ann.account().await["notice"].clone();
    let kinds: Vec<_> = notice["changes"].as_array().expect("a list").iter().collect();
    assert!(kinds.iter().any(|change| change["kind"] == "recovery.used"), "{notice}");
    assert_eq!(notice["can_acknowledge"], true);
    ann.post("/api/recovery/seen", json!({})).await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["notice"], Value::Null);
    assert_eq!(ann.account().await["recovering"], false);
}

#[tokio::test]
async fn a_recovery_session_mends_how_to_sign_in_and_does_nothing_else() {
    let (app, _, codes) = with_codes().await;
    let mut visitor = recovered(&app, &codes[0]).await;
    let allowed = [
        "/api/passkeys/options",
        "/api/passkeys/verify",
        "/api/password/set",
        "/api/signout",
        "/api/totp/remove", // with: totp
    ];
    let before = app.dump_all().await;
    for (path, who, _, fields) in calls() {
        if who == Who::SignedIn && !allowed.contains(&path) {
            let answer = visitor.post(path, json_of(fields)).await;
            answer.refused(StatusCode::FORBIDDEN, "recovery_session");
        }
    }
    assert_eq!(app.dump_all().await, before);
    let new = json!({ "new_password": PASSWORD });
    visitor.post("/api/password/set", new).await.expect(StatusCode::OK);
    visitor.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert!(visitor.is_signed_in().await);
    // Signing out ends it as well.
    let mut visitor = recovered(&app, &codes[1]).await;
    visitor.post("/api/signout", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn a_passkey_of_a_recovery_signs_in_at_once_and_confirms_after_a_day() {
    let (app, _, codes) = with_codes().await;
    let mut visitor = recovered(&app, &codes[0]).await;
    let now = app.state.clock.now();
    add_and_sign_in(&mut visitor).await;
    let shown = visitor.passkeys().await;
    let until = shown[0]["settled_at"].as_i64().expect("a time");
    assert!((until - now - (DAY * 1000) as i64).abs() < 10_000);
    assert!(shown[1].get("settled_at").is_none(), "the old one is as good as ever");

    // The old passkey could still confirm, so the act waits; the new one is not among those asked.
    let asked = visitor.post(ACT, act(json!({}))).await;
    asked.refused(StatusCode::FORBIDDEN, "step_up_required");
    let options = visitor.step_up_options().await;
    assert_eq!(options["allowCredentials"].as_array().map(Vec::len), Some(1));
    let answer = visitor.passkey.get(&options);
    let refused = visitor.post("/api/reauth/verify", answer).await;
    refused.refused(StatusCode::CONFLICT, "passkey_required");
    assert_eq!(refused.json["until"], until);
    assert_eq!(app.count("select count(*) from actions where confirmed_by is not null").await, 0);

    // Without the old one nothing can confirm until then, and the answer says so.
    app.execute("delete from passkeys where settled_at <= created_at").await.expect("a deletion");
    let refused = visitor.post(ACT, act(json!({}))).await;
    refused.refused(StatusCode::CONFLICT, "passkey_required");
    assert_eq!(refused.json["until"], until);
    visitor
        .post("/api/account/delete", json!({}))
        .await
        .refused(StatusCode::CONFLICT, "passkey_required");

    app.wait_until(until);
    visitor.sign_in().await.expect(StatusCode::OK);
    visitor.confirmed_act().await.expect(StatusCode::OK);
    assert!(visitor.passkeys().await[0].get("settled_at").is_none());
}

#[tokio::test]
async fn no_detour_makes_a_passkey_settle_sooner() {
    // A second passkey cannot be confirmed by the first.
    let (app, _, codes) = with_codes().await;
    app.execute("delete from passkeys").await.expect("a loss");
    let mut visitor = recovered(&app, &codes[0]).await;
    add_and_sign_in(&mut visitor).await;
    visitor
        .post("/api/passkeys/options", json!({}))
        .await
        .refused(StatusCode::CONFLICT, "passkey_required");

    // Nor by a password set in the recovery; and when that has settled, its passkey waits anew.
    let (app, _, codes) = with_codes().await;
    app.execute("delete from passkeys").await.expect("a loss");
    let mut visitor = recovered(&app, &codes[0]).await;
    let new = json!({ "new_password": PASSWORD });
    visitor.post("/api/password/set", new).await.expect(StatusCode::OK);
    visitor.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    visitor
        .post("/api/passkeys/options", json!({}))
        .await
        .refused(StatusCode::CONFLICT, "passkey_required");
    app.wait(DAY);
    visitor.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let options = visitor.confirmed_by_password("/api/passkeys/options", json!({})).await;
    let answer = Authenticator::new().create(&options.expect(StatusCode::OK));
    visitor.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from passkeys").await, 1);
    // A day but for the moment between two looks at the clock.
    let early = "select count(*) from passkeys where settled_at < created_at + 86390000";
    assert_eq!(app.count(early).await, 0);
}

#[tokio::test]
async fn a_passkey_of_a_recovery_does_not_throw_out_older_ones() {
    let (app, mut ann, codes) = with_codes().await;
    let mut thief = recovered(&app, &codes[0]).await;
    add_and_sign_in(&mut thief).await;
    let list = thief.passkeys().await;
    let (new, old) = (json!({ "id": list[0]["id"] }), json!({ "id": list[1]["id"] }));
    thief
        .post("/api/passkeys/delete", old.clone())
        .await
        .refused(StatusCode::FORBIDDEN, "step_up_required");
    let options = thief.step_up_options().await;
    let answer = thief.passkey.get(&options);
    let refused = thief.post("/api/reauth/verify", answer).await;
    refused.refused(StatusCode::CONFLICT, "passkey_required");
    thief
        .post("/api/passkeys/delete", old)
        .await
        .refused(StatusCode::FORBIDDEN, "step_up_required");
    // The older one throws out the new one at once.
    ann.sign_in().await.expect(StatusCode::OK);
    ann.confirmed("/api/passkeys/delete", new).await.expect(StatusCode::OK);
    assert_eq!(ann.passkeys().await.len(), 1);
}

#[tokio::test]
async fn how_long_a_passkey_settles_is_a_setting() {
    let app = TestApp::with(&["--settling-hours", "2"]).await;
    let mut ann = app.signed_up("ann").await;
    let codes = ann.make_codes().await;
    app.execute("delete from passkeys").await.expect("a loss");
    let mut visitor = recovered(&app, &codes[0]).await;
    add_and_sign_in(&mut visitor).await;
    visitor.post(ACT, act(json!({}))).await.refused(StatusCode::CONFLICT, "passkey_required");
    app.wait(2 * 3600);
    visitor.sign_in().await.expect(StatusCode::OK);
    visitor.confirmed_act().await.expect(StatusCode::OK);
    // Long after, new passkeys are as good as any.
    visitor.add_passkey().await;
    assert!(visitor.passkeys().await[0].get("settled_at").is_none());
}
