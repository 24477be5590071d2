//! How strong each way to sign in is: what a new one may confirm and when, what the old one may undo,
//! and that no detour makes a wait shorter.

use super::{
    act::ACT,
    support::{PASSWORD, TestApp, Visitor, act},
};
use crate::error::Error;
use axum::http::StatusCode;
use serde_json::{Value, json};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const OTHER: &str = "amber lighthouse under snow";
const ADD: &str = "/api/passkeys/options";
const SET: &str = "/api/password/set";
const UNDO: &str = "/api/recovery/undo";

/// Ann, who has a password alone and made her account long ago, and a thief who knows it.
async fn with_stolen_password() -> (TestApp, Visitor, Visitor) {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(HOUR);
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let mut thief = app.visitor();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    (app, ann, thief)
}

/// Adds the visitor's own passkey, confirmed by password.
async fn add_by_password(visitor: &mut Visitor) -> Value {
    let options = visitor.confirmed_by_password(ADD, json!({})).await.expect(StatusCode::OK);
    let answer = visitor.passkey.create(&options);
    visitor.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK)
}

/// Adds the visitor's own passkey in a recovery session, and signs in with it.
async fn add_in_recovery(visitor: &mut Visitor) {
    let options = visitor.post(ADD, json!({})).await.expect(StatusCode::OK);
    let answer = visitor.passkey.create(&options);
    visitor.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    visitor.sign_in().await.expect(StatusCode::OK);
}

/// Ann with a passkey and ten codes, and a thief who has used one of them.
async fn with_stolen_code() -> (TestApp, Visitor, Visitor) {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let codes = ann.make_codes().await;
    app.wait(1);
    let mut thief = app.visitor();
    thief.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    app.wait(1);
    (app, ann, thief)
}

#[tokio::test]
async fn a_passkey_that_a_password_added_signs_in_and_confirms_nothing_for_a_day() {
    let (app, mut ann, mut thief) = with_stolen_password().await;
    let now = app.state.clock.now();
    let added = add_by_password(&mut thief).await;
    let until = added["settled_at"].as_i64().expect("a time");
    assert!((until - now - (DAY * 1000) as i64).abs() < 10_000);
    thief.sign_in().await.expect(StatusCode::OK);
    let refused = thief.post(ACT, act(json!({}))).await;
    refused.refused(StatusCode::CONFLICT, "passkey_required");
    assert_eq!(refused.json["until"], until);
    // What else there is takes the password, which is still the strongest that may confirm.
    for (path, body) in [
        (SET, json!({ "new_password": OTHER })),
        ("/api/recovery/generate", json!({})),
        ("/api/account/phone", json!({ "phone": "+442079460000" })),
        ("/api/account/delete", json!({})),
    ] {
        thief.post(path, body).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        let pending = thief.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
        assert_eq!(pending["methods"], json!(["password"]), "{path}");
        thief
            .post("/api/reauth/options", json!({}))
            .await
            .refused(StatusCode::CONFLICT, "passkey_required");
    }
    assert_eq!(app.acts("ann@example.com").await, 0);

    app.wait_until(until);
    ann.passkey = thief.passkey.clone();
    ann.sign_in().await.expect(StatusCode::OK);
    ann.confirmed_act().await.expect(StatusCode::OK);
    assert!(ann.passkeys().await[0].get("settled_at").is_none());
}

#[tokio::test]
async fn until_it_has_settled_the_password_removes_it_and_mends_the_rest() {
    let (app, mut ann, mut thief) = with_stolen_password().await;
    let added = add_by_password(&mut thief).await;
    ann.confirmed_by_password("/api/passkeys/delete", json!({ "id": added["id"] }))
        .await
        .expect(StatusCode::OK);
    assert!(ann.passkeys().await.is_empty());
    add_by_password(&mut thief).await;
    ann.confirmed_by_password("/api/recovery/generate", json!({})).await.expect(StatusCode::OK);
    ann.confirmed_by_password(SET, json!({ "new_password": OTHER })).await.expect(StatusCode::OK);
    assert!(!thief.is_signed_in().await);
    // One call undoes all that waits; whoever has the same password cannot silence it for a day.
    assert_eq!(ann.passkeys().await.len(), 1);
    app.wait(1);
    ann.sign_in_by_password("ann", OTHER).await.expect(StatusCode::OK);
    let notice = ann.account().await["notice"].clone();
    assert_eq!((&notice["can_undo"], &notice["can_acknowledge"]), (&json!(true), &json!(false)));
    ann.post("/api/recovery/seen", json!({}))
        .await
        .refused(StatusCode::CONFLICT, "passkey_required");
    ann.post(UNDO, json!({})).await.expect(StatusCode::OK);
    assert!(ann.passkeys().await.is_empty());
    ann.elsewhere().sign_in_by_password("ann", OTHER).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn once_it_has_settled_a_password_does_not_remove_a_passkey() {
    let (app, mut ann, mut thief) = with_stolen_password().await;
    let added = add_by_password(&mut ann).await;
    let until = added["settled_at"].as_i64().expect("a time");
    // Asked for while it waits, by one who confirms at once and one who does not.
    let remove = json!({ "id": added["id"] });
    app.wait_until(until - 20_000);
    let mut other = thief.elsewhere();
    for visitor in [&mut thief, &mut other] {
        visitor.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
        let asked = visitor.post("/api/passkeys/delete", remove.clone()).await;
        asked.refused(StatusCode::FORBIDDEN, "step_up_required");
    }
    let proof = json!({ "password": PASSWORD });
    thief.post("/api/reauth/password", proof.clone()).await.expect(StatusCode::OK);
    app.wait_until(until);
    other
        .post("/api/reauth/password", proof)
        .await
        .refused(StatusCode::CONFLICT, "passkey_required");
    for visitor in [&mut thief, &mut other] {
        let asked = visitor.post("/api/passkeys/delete", remove.clone()).await;
        asked.refused(StatusCode::FORBIDDEN, "step_up_required");
        let pending = visitor.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
        assert_eq!(pending["methods"], json!(["passkey"]));
    }
    assert_eq!(ann.elsewhere().sign_in().await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_added_within_an_hour_in_the_session_that_made_the_account_need_not_wait() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(HOUR - 60);
    // Another session of the same hour is not the one that made it.
    let mut thief = app.visitor();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert!(add_by_password(&mut thief).await["settled_at"].is_i64());
    let added = add_by_password(&mut ann).await;
    assert_eq!(added.get("settled_at"), None);
    ann.confirmed_act().await.expect(StatusCode::OK);

    // Nor is the same session later.
    let mut bob = app.visitor();
    bob.sign_up_by_password("bob").await.expect(StatusCode::OK);
    app.wait(HOUR / 2);
    bob.post("/api/me", json!({})).await.expect(StatusCode::OK);
    app.wait(HOUR / 2);
    assert!(add_by_password(&mut bob).await["settled_at"].is_i64());
}

#[tokio::test]
async fn what_a_settled_passkey_adds_is_settled_at_once() {
    let (_app, mut ann, _) = with_stolen_code().await;
    ann.sign_in().await.expect(StatusCode::OK);
    let (_, added) = ann.add_passkey().await;
    assert_eq!(added.get("settled_at"), None);
    ann.set_password(PASSWORD).await;
    assert_eq!(ann.account().await["password_settled_at"], Value::Null);
}

#[tokio::test]
async fn a_recovery_session_makes_one_mend_and_ends() {
    let (app, _, mut thief) = with_stolen_code().await;
    let options = thief.post(ADD, json!({})).await.expect(StatusCode::OK);
    let answer = thief.passkey.create(&options);
    thief.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    assert!(!thief.cookies.contains_key("latchkey"));
    assert_eq!(app.count("select count(*) from sessions").await, 0);

    let (app, _, mut thief) = with_stolen_code().await;
    let kept = thief.clone();
    thief.post(SET, json!({ "new_password": OTHER })).await.expect(StatusCode::OK);
    assert!(!thief.cookies.contains_key("latchkey"));
    for path in [ADD, SET] {
        let again = kept.clone().post(path, json!({ "new_password": PASSWORD })).await;
        again.refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    }
    assert_eq!(app.count("select count(*) from sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_mends_of_one_recovery_one_is_made() {
    let (app, _, thief) = with_stolen_code().await;
    let set = (0..30).map(|n| json!({ "new_password": format!("{OTHER} {n}") })).collect();
    let answers = thief.post_all_at_once(SET, set).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
    assert_eq!(made.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != StatusCode::OK) {
        let code = answer.json["code"].as_str();
        assert!(matches!(code, Some("not_signed_in" | "unavailable")), "{}", answer.text());
    }
    assert_eq!(app.count("select count(*) from activity where kind = 'set_password'").await, 1);
}

#[tokio::test]
async fn a_recovery_session_ends_when_its_owner_mends_the_account() {
    for mend in ["codes", "notice", "password", "passkey"] {
        let (app, mut ann, mut thief) = with_stolen_code().await;
        ann.sign_in().await.expect(StatusCode::OK);
        let options = thief.post(ADD, json!({})).await.expect(StatusCode::OK);
        match mend {
            "codes" => drop(ann.make_codes().await),
            "notice" => {
                ann.post("/api/recovery/seen", json!({})).await.expect(StatusCode::OK);
            }
            "password" => ann.set_password(PASSWORD).await,
            _ => drop(ann.add_passkey().await),
        }
        let answer = thief.passkey.create(&options);
        thief
            .post("/api/passkeys/verify", answer)
            .await
            .refused(StatusCode::UNAUTHORIZED, "not_signed_in");
        assert!(ann.is_signed_in().await, "{mend}");
        let recoveries = "select count(*) from sessions where scope = 'recovery'";
        assert_eq!(app.count(recoveries).await, 0, "{mend}");
    }
}

#[tokio::test]
async fn the_owner_ends_a_recovery_and_undoes_what_it_did_in_one_call() {
    let (app, mut ann, mut thief) = with_stolen_code().await;
    ann.sign_in().await.expect(StatusCode::OK);
    app.wait(1);
    // While it is open, and after it has added a passkey.
    let open = thief.post(ADD, json!({})).await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["notice"]["can_undo"], true);
    ann.post(UNDO, json!({})).await.expect(StatusCode::OK);
    let answer = thief.passkey.create(&open);
    thief
        .post("/api/passkeys/verify", answer)
        .await
        .refused(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(app.count("select count(*) from recovery_codes").await, 0, "codes are void");
    assert_eq!(ann.account().await["notice"], Value::Null);

    let codes = ann.make_codes().await;
    app.wait(1);
    thief.recover("ann", &codes[1]).await.expect(StatusCode::OK);
    add_in_recovery(&mut thief).await;
    app.wait(1);
    ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(ann.passkeys().await.len(), 2);
    ann.post(UNDO, json!({})).await.expect(StatusCode::OK);
    assert_eq!(ann.passkeys().await.len(), 1);
    assert!(!thief.is_signed_in().await);
    thief.sign_in().await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
    // Of the browsers that are known only this one still is, and Ann's other one since it signed in.
    assert_eq!(app.count("select count(*) from devices").await, 2);
    let kinds = app.activity("ann@example.com").await;
    assert!(kinds.contains(&"recovery.undone".to_owned()));
    // At the next sign-in it is told.
    app.wait(1);
    ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["notice"]["changes"][0]["kind"], "recovery.undone");
}

#[tokio::test]
async fn nothing_weaker_or_newer_undoes_anything() {
    let (app, mut ann, mut thief) = with_stolen_code().await;
    // Neither the passkey of the recovery, nor a password beside a passkey.
    add_in_recovery(&mut thief).await;
    ann.sign_in().await.expect(StatusCode::OK);
    ann.set_password(PASSWORD).await;
    let mut by_password = ann.elsewhere();
    by_password.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    thief.sign_in().await.expect(StatusCode::OK);
    let before = app.dump_all().await;
    for weaker in [&mut thief, &mut by_password] {
        assert_eq!(weaker.account().await["notice"]["can_undo"], false);
        weaker.post(UNDO, json!({})).await.refused(StatusCode::CONFLICT, "passkey_required");
    }
    assert_eq!(app.dump_all().await, before);

    // Nor a session whose passkey was removed.
    ann.sign_in().await.expect(StatusCode::OK);
    let mut stolen = ann.elsewhere();
    let (passkey, added) = ann.add_passkey().await;
    stolen.passkey = passkey;
    stolen.sign_in().await.expect(StatusCode::OK);
    let remove = json!({ "id": added["id"] });
    ann.confirmed("/api/passkeys/delete", remove).await.expect(StatusCode::OK);
    stolen.post(UNDO, json!({})).await.refused(StatusCode::CONFLICT, "passkey_required");
}

#[tokio::test]
async fn a_password_of_a_recovery_waits_and_the_one_before_works_beside_it() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let made = ann.confirmed_by_password("/api/recovery/generate", json!({})).await;
    let codes: Vec<String> =
        serde_json::from_value(made.expect(StatusCode::OK)["codes"].clone()).expect("codes");
    app.wait(1);
    let mut thief = app.visitor();
    thief.recover("ann", &codes[0]).await.expect(StatusCode::OK);
    thief.post(SET, json!({ "new_password": OTHER })).await.expect(StatusCode::OK);
    thief.sign_in_by_password("ann", OTHER).await.expect(StatusCode::OK);
    let until = thief.account().await["password_settled_at"].as_i64().expect("a time");
    // One salt for both, so that both together take as long to check as one.
    let salt = |phc: String| phc.split('$').nth(4).expect("a salt").to_owned();
    let (new, before) = (
        app.text("select password from users").await,
        app.text("select password_before from users").await,
    );
    assert_ne!(new, before);
    assert_eq!(salt(new), salt(before));
    // It signs in, and confirms nothing: the older one does.
    let asked = thief.post("/api/recovery/generate", json!({})).await;
    asked.refused(StatusCode::FORBIDDEN, "step_up_required");
    let proof = json!({ "password": OTHER, "action": asked.json["action"] });
    thief
        .post("/api/reauth/password", proof)
        .await
        .refused(StatusCode::UNAUTHORIZED, "verification_failed");
    app.wait(1);
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    ann.confirmed_by_password("/api/account/phone", json!({ "phone": "+442079460000" }))
        .await
        .expect(StatusCode::OK);
    // A second recovery does not push the older one out.
    thief.recover("ann", &codes[1]).await.expect(StatusCode::OK);
    let another = json!({ "new_password": "copper kettle beside the pond" });
    thief.post(SET, another).await.expect(StatusCode::OK);
    app.wait(1);
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    ann.post(UNDO, json!({})).await.expect(StatusCode::OK);
    for wrong in [OTHER, "copper kettle beside the pond"] {
        let refused = thief.sign_in_by_password("ann", wrong).await;
        refused.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    ann.elsewhere().sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);

    // What nobody undoes has settled after a day, and the one before is gone.
    let made = ann.confirmed_by_password("/api/recovery/generate", json!({})).await;
    let code = made.expect(StatusCode::OK)["codes"][0].as_str().expect("a code").to_owned();
    ann.recover("ann", &code).await.expect(StatusCode::OK);
    ann.post(SET, json!({ "new_password": OTHER })).await.expect(StatusCode::OK);
    app.wait_until(until + 10_000);
    let old = ann.sign_in_by_password("ann", PASSWORD).await;
    old.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    ann.sign_in_by_password("ann", OTHER).await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["password_settled_at"], Value::Null);
}

#[tokio::test]
async fn a_password_that_only_a_recovery_set_goes_when_it_is_undone() {
    let (app, mut ann, mut thief) = with_stolen_code().await;
    thief.post(SET, json!({ "new_password": OTHER })).await.expect(StatusCode::OK);
    thief.sign_in_by_password("ann", OTHER).await.expect(StatusCode::OK);
    app.wait(1);
    ann.sign_in().await.expect(StatusCode::OK);
    ann.post(UNDO, json!({})).await.expect(StatusCode::OK);
    assert!(!thief.is_signed_in().await);
    assert_eq!(ann.account().await["has_password"], false);
    let refused = thief.sign_in_by_password("ann", OTHER).await;
    refused.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
}

#[tokio::test]
async fn where_nothing_has_settled_the_answer_says_until_when() {
    let (app, _, mut thief) = with_stolen_code().await;
    app.execute("delete from passkeys").await.expect("a loss");
    thief.post(SET, json!({ "new_password": PASSWORD })).await.expect(StatusCode::OK);
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let until = thief.account().await["password_settled_at"].clone();
    for (path, body) in [(ADD, json!({})), ("/api/recovery/generate", json!({}))] {
        let refused = thief.post(path, body).await;
        refused.refused(StatusCode::CONFLICT, "passkey_required");
        assert_eq!(refused.json["until"], until, "{path}");
    }
    // Where nothing but a passkey confirms, there is none to wait for.
    let refused = thief.post(ACT, act(json!({}))).await;
    assert_eq!(refused.json, Error::PASSKEY_REQUIRED.body());
    app.wait_until(until.as_i64().expect("a time"));
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let refused = thief.post(ACT, act(json!({}))).await;
    assert_eq!(refused.json, Error::PASSKEY_REQUIRED.body());
    assert!(add_by_password(&mut thief).await["settled_at"].is_i64(), "and waits once more");
}

#[tokio::test]
async fn a_password_is_removed_by_a_settled_passkey_alone() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    const REMOVE: &str = "/api/password/remove";
    ann.post(REMOVE, json!({})).await.refused(StatusCode::NOT_FOUND, "not_found");
    ann.set_password(PASSWORD).await;
    let mut thief = app.visitor();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let asked = thief.post(REMOVE, json!({})).await;
    asked.refused(StatusCode::FORBIDDEN, "step_up_required");
    let proof = json!({ "password": PASSWORD, "action": asked.json["action"] });
    thief
        .post("/api/reauth/password", proof)
        .await
        .refused(StatusCode::CONFLICT, "passkey_required");
    ann.confirmed(REMOVE, json!({})).await.expect(StatusCode::OK);
    assert!(!thief.is_signed_in().await && ann.is_signed_in().await);
    assert_eq!(app.count("select count(*) from devices").await, 1, "the thief's is a stranger's");
    let activity = app.activity("ann@example.com").await;
    assert_eq!(activity.last().expect("a row"), "session.ended");
    assert!(activity.contains(&"remove_password".to_owned()));
    let refused = thief.sign_in_by_password("ann", PASSWORD).await;
    refused.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    // Without a passkey, or with one that waits, it stays.
    let mut bob = app.visitor();
    bob.sign_up_by_password("bob").await.expect(StatusCode::OK);
    bob.post(REMOVE, json!({})).await.refused(StatusCode::CONFLICT, "passkey_required");
    app.wait(HOUR / 2);
    bob.post("/api/me", json!({})).await.expect(StatusCode::OK);
    app.wait(HOUR / 2);
    let until = add_by_password(&mut bob).await["settled_at"].clone();
    let refused = bob.post(REMOVE, json!({})).await;
    refused.refused(StatusCode::CONFLICT, "passkey_required");
    assert_eq!(refused.json["until"], until);
}

#[tokio::test]
async fn whoever_signs_in_next_is_told_of_each_change_until_it_is_acknowledged() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.wait(1);
    ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["notice"], Value::Null, "how it was made is known");
    let (_, added) = ann.add_passkey().await;
    ann.set_password(PASSWORD).await;
    ann.make_codes().await;
    assert_eq!(ann.account().await["notice"], Value::Null, "this session did it");
    app.wait(1);
    let mut by_password = ann.elsewhere();
    by_password.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    ann.sign_in().await.expect(StatusCode::OK);
    for visitor in [&mut ann, &mut by_password] {
        let notice = visitor.account().await["notice"].clone();
        let changes = notice["changes"].as_array().expect("a list");
        let kinds: Vec<_> = changes.iter().map(|it| it["kind"].as_str()).collect();
        assert_eq!(
            kinds,
            [Some("recovery_codes"), Some("set_password"), Some("passkey.registered")]
        );
        assert_eq!(changes[2]["detail"], added["name"]);
        assert_eq!(notice["can_undo"], false, "nothing waits");
    }
    // By password it cannot be silenced before a day is over.
    let seen = "/api/recovery/seen";
    by_password.post(seen, json!({})).await.refused(StatusCode::CONFLICT, "passkey_required");
    ann.post(seen, json!({})).await.expect(StatusCode::OK);
    for visitor in [&mut ann, &mut by_password] {
        assert_eq!(visitor.account().await["notice"], Value::Null);
    }
    ann.set_password(OTHER).await;
    app.wait(DAY);
    by_password.sign_in_by_password("ann", OTHER).await.expect(StatusCode::OK);
    by_password.post(seen, json!({})).await.expect(StatusCode::OK);
    assert_eq!(by_password.account().await["notice"], Value::Null);
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_passkey_wait() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.state.clock.turn_back(std::time::Duration::from_secs(2 * HOUR));
    ann.confirmed_act().await.expect(StatusCode::OK);
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    other.confirmed_act().await.expect(StatusCode::OK);
}
