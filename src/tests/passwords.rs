//! Passwords: the door, what it costs, what a password may be, and what it may confirm.

use super::{
    act::ACT,
    addresses::TOLD, // with: mail
    support::{Answer, PASSWORD, TestApp, act},
};
use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, SaltString},
};
use axum::http::StatusCode;
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;

const SET: &str = "/api/password/set";
const OTHER: &str = "amber lighthouse under snow";

#[tokio::test]
async fn a_password_signs_up_and_in_and_is_kept_as_argon2id() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let signed_up = ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    assert_eq!(signed_up["user"]["email"], "ann@example.com");
    let stored = app.text("select password from users").await;
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    let first = ann.cookies.clone();
    let signed_in = ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(signed_in, json!({ "user": signed_up["user"] }));
    assert_ne!(ann.cookies, first);
    assert!(ann.is_signed_in().await);
    assert_eq!(app.text("select method from sessions").await, "password");
    assert_eq!(app.count("select count(*) from sessions").await, 1);
}

#[tokio::test]
async fn a_password_is_the_same_however_its_characters_were_composed() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let composed = json!({ "email": "ann@example.com", "name": "ann", "password": "caf\u{e9} on the far corner" });
    ann.sign_up_by_password_as(composed).await.expect(StatusCode::OK);
    let decomposed =
        ann.elsewhere().sign_in_by_password("ann", "cafe\u{301} on the far corner").await;
    decomposed.expect(StatusCode::OK);
    // Its length is that of the composed text too: 890 bytes, or 1,090 as typed.
    let long = |e: &str| (0..200).map(|number| format!("{e}{number}")).collect::<String>();
    let mut bob = app.visitor();
    let composed = json!({ "email": "bob@example.com", "name": "bob", "password": long("\u{e9}") });
    bob.sign_up_by_password_as(composed).await.expect(StatusCode::OK);
    bob.sign_in_by_password("bob", &long("e\u{301}")).await.expect(StatusCode::OK);
    // Nothing else is taken for the same: neither case nor spaces.
    for other in [
        "Caf\u{e9} on the far corner",
        "caf\u{e9} on the far corner ",
        "caf\u{e9}on the far corner",
    ] {
        ann.sign_in_by_password("ann", other)
            .await
            .refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
}

#[tokio::test]
async fn a_new_password_has_a_length_and_is_not_easy_to_guess() {
    let app = TestApp::new().await;
    let sign_up = async |password: &str| {
        let new = json!({ "email": "ann@example.com", "name": "Ann Lee", "password": password });
        app.visitor().post("/api/signup/password", new).await
    };
    for password in
        ["", "kX9-mQ2-vT7-zL", "passwordpassword", "ann@example.com", "ann lee ann lee ann"]
    {
        sign_up(password).await.refused_field("password");
    }
    sign_up(&"kX9-mQ2-vT7-zL4!".repeat(65)).await.refused_field("password");
    assert_eq!(app.count("select count(*) from users").await, 0);
    sign_up("kX9-mQ2-vT7-zL4").await.expect(StatusCode::OK);
}

// with: mail {
#[tokio::test]
async fn an_address_that_has_an_account_cannot_sign_up_again_and_nobody_can_tell() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let sign_up = async |name: &str| {
        let email = format!("{name}@example.com");
        let new = json!({ "email": email, "name": name, "password": PASSWORD });
        let mut visitor = app.visitor();
        let asked = visitor.post("/api/signup/password", new).await;
        let wrong = visitor.post("/api/signup/code", json!({ "code": "ABCD-EFGH" })).await;
        let mut seen = [asked.observable(), wrong.observable()];
        // The value of the cookie is of this browser alone.
        seen.iter_mut().for_each(|(_, headers, _)| {
            headers.remove("set-cookie");
        });
        assert_eq!(asked.text(), "{}");
        seen
    };
    assert_eq!(sign_up("ann").await, sign_up("bob").await);
    assert_eq!(app.count("select count(*) from users").await, 1);
    assert_eq!(app.visitor().mails("ann@example.com").await[0].letter.subject, TOLD);
    let told = app.visitor().mails("bob@example.com").await;
    assert_eq!(told[0].letter.subject, "Your code to create an account");
}
// with: mail }

#[tokio::test]
async fn every_failed_sign_in_looks_the_same() {
    let app = TestApp::new().await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.signed_up("bob").await;
    let sign_in = async |email: &str, password: &str| -> Answer {
        let who = json!({ "email": email, "password": password });
        app.visitor().post("/api/signin/password", who).await
    };
    let wrong = sign_in("ann@example.com", OTHER).await;
    wrong.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    for (why, email, password) in [
        ("nobody there", "eve@example.com", PASSWORD),
        ("no password set", "bob@example.com", PASSWORD),
        ("no address", "ann", PASSWORD),
        ("nothing", "", ""),
        ("too long", "ann@example.com", &PASSWORD.repeat(100)),
        ("a NUL", "ann@example.com\0", PASSWORD),
    ] {
        assert_eq!(sign_in(email, password).await.observable(), wrong.observable(), "{why}");
    }
    let code = app.visitor().recover("ann", "AAAA").await;
    assert_eq!(code.observable(), wrong.observable());
    let passkey = app.visitor().post("/api/signin/verify", json!({})).await;
    assert_eq!(passkey.observable(), wrong.observable());
    assert!(app.has_activity("ann@example.com", "sign_in.failed").await);
    assert!(app.has_activity("bob@example.com", "sign_in.failed").await);
}

#[tokio::test]
async fn an_unknown_address_costs_a_hash_as_well() {
    let app = TestApp::new().await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    // While nothing can be hashed nobody has an answer, so each has to wait for a hash.
    let all = app.state.passwords.take_every_worker();
    for name in ["ann", "eve", "no address"] {
        let mut visitor = app.visitor();
        let answer = visitor.sign_in_by_password(name, PASSWORD);
        assert!(timeout(Duration::from_millis(300), answer).await.is_err(), "{name}");
    }
    drop(all);
    let wrong = app.visitor().sign_in_by_password("eve", PASSWORD).await;
    wrong.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_at_once_than_there_is_room_for_are_refused() {
    let app = TestApp::new().await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    let who = json!({ "email": "ann@example.com", "password": PASSWORD });
    let answers = app.visitor().post_at_once(60, "/api/signin/password", who).await;
    let (entered, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert!(!entered.is_empty() && !refused.is_empty());
    refused.iter().for_each(|it| it.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    assert_eq!(app.count("select count(*) from sessions").await as usize, entered.len() + 1);
}

#[tokio::test]
async fn what_makes_a_password_good_is_looked_at_where_there_is_room() {
    let app = TestApp::new().await;
    let all = app.state.passwords.take_every_new_slot();
    let weak =
        json!({ "email": "ann@example.com", "name": "Ann", "password": "p4$$w0rd".repeat(5) });
    app.visitor()
        .post("/api/signup/password", weak.clone())
        .await
        .refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    drop(all);
    app.visitor().post("/api/signup/password", weak).await.refused_field("password");
}

/// The password's hash by parameters of long ago.
fn outdated_hash() -> String {
    let salt = SaltString::encode_b64(&[7; 16]).expect("a salt");
    let params = Params::new(8192, 1, 1, None).expect("parameters");
    let argon2 = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    argon2.hash_password(PASSWORD.as_bytes(), &salt).expect("a hash").to_string()
}

#[tokio::test]
async fn a_password_before_that_is_made_anew_does_not_replace_the_new_one() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    let code = ann.make_codes().await.swap_remove(0);
    let mut back = ann.elsewhere();
    back.recover("ann", &code).await.expect(StatusCode::OK);
    back.post(SET, json!({ "new_password": OTHER })).await.expect(StatusCode::OK);
    let mut tx = app.state.db.begin().await.expect("a transaction");
    let sql = "update users set password_before = $1";
    sqlx::query(sql).bind(outdated_hash()).execute(&mut *tx).await.expect(sql);
    tx.commit().await.expect("a commit");
    for password in [PASSWORD, OTHER, PASSWORD] {
        ann.elsewhere().sign_in_by_password("ann", password).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn new_passwords_take_no_room_from_those_who_sign_in_or_confirm() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let all = app.state.passwords.take_every_new_slot();
    let refused = app.visitor().sign_up_by_password("bob").await;
    refused.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    let refused = ann.post(SET, json!({ "new_password": OTHER })).await;
    refused.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    ann.confirmed_by_password("/api/recovery/generate", json!({})).await.expect(StatusCode::OK);
    drop(all);
    app.visitor().sign_up_by_password("bob").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_hash_by_older_parameters_is_made_anew_at_sign_in() {
    let app = TestApp::new().await;
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    let old = outdated_hash();
    let mut tx = app.state.db.begin().await.expect("a transaction");
    sqlx::query("update users set password = $1").bind(&old).execute(&mut *tx).await.expect("one");
    tx.commit().await.expect("a commit");
    let mut ann = app.visitor();
    ann.sign_in_by_password("ann", OTHER).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert_eq!(app.text("select password from users").await, old);
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let renewed = app.text("select password from users").await;
    assert!(renewed.contains("m=19456,t=2,p=1"), "{renewed}");
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(app.text("select password from users").await, renewed);
}

#[tokio::test]
async fn setting_a_password_is_confirmed_and_ends_the_other_sessions() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut other = ann.elsewhere();
    other.sign_in().await.expect(StatusCode::OK);
    ann.set_password(PASSWORD).await;
    assert!(ann.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    assert!(app.activity("ann@example.com").await.contains(&"set_password".to_owned()));
    other.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    ann.set_password(OTHER).await;
    assert!(!other.is_signed_in().await);
    other
        .sign_in_by_password("ann", PASSWORD)
        .await
        .refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    other.sign_in_by_password("ann", OTHER).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_bad_new_password_is_refused_before_anybody_is_asked() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for password in ["short", "ann@example.com", "passwordpassword"] {
        ann.post(SET, json!({ "new_password": password })).await.refused_field("new_password");
    }
    assert_eq!(app.count("select count(*) from actions").await, 0);
}

#[tokio::test]
async fn the_password_that_was_confirmed_is_the_one_that_is_set() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (one, two) = (json!({ "new_password": PASSWORD }), json!({ "new_password": OTHER }));
    ann.post(SET, one.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    ann.post(SET, two).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.post(SET, one).await.expect(StatusCode::OK);
    // What is kept meanwhile is no hash that a thief of the database could guess from.
    ann.post(SET, json!({ "new_password": OTHER })).await;
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in().await.expect(StatusCode::OK);
    elsewhere.post(SET, json!({ "new_password": OTHER })).await;
    let kept: BTreeSet<_> = app.dump("actions").await.into_iter().collect();
    assert_eq!(kept.len(), 2, "the same password looks different in every session");
    assert_eq!(app.count("select count(distinct bytes) from actions").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_confirmation_sets_one_password_of_thirty_at_once() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.post(SET, json!({ "new_password": PASSWORD })).await;
    ann.confirm().await.expect(StatusCode::OK);
    let answers = ann.post_at_once(30, SET, json!({ "new_password": PASSWORD })).await;
    let set = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(set, 1);
    for answer in answers.iter().filter(|answer| answer.status != StatusCode::OK) {
        let code = answer.json["code"].as_str();
        assert!(matches!(code, Some("step_up_required" | "unavailable")), "{}", answer.text());
    }
}

#[tokio::test]
async fn without_a_passkey_a_password_confirms_what_its_policy_allows_and_no_more() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let pending = ann.post("/api/recovery/generate", json!({})).await;
    pending.refused(StatusCode::FORBIDDEN, "step_up_required");
    let shown = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
    assert_eq!(shown["methods"], json!(["password"]));
    for (path, body) in [
        ("/api/recovery/generate", json!({})),
        (SET, json!({ "new_password": PASSWORD })),
        ("/api/passkeys/options", json!({})),
        ("/api/account/phone", json!({ "phone": "+442079460000" })),
    ] {
        ann.confirmed_by_password(path, body).await.expect(StatusCode::OK);
    }
    let before = app.dump_all().await;
    for (path, body) in [(ACT, act(json!({}))), ("/api/password/remove", json!({}))] {
        ann.post(path, body).await.refused(StatusCode::CONFLICT, "passkey_required");
    }
    assert_eq!(app.dump_all().await, before);
    ann.post("/api/reauth/options", json!({}))
        .await
        .refused(StatusCode::CONFLICT, "passkey_required");
    ann.confirmed_by_password("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from users").await, 0);
}

#[tokio::test]
async fn an_account_with_a_passkey_is_never_talked_down_to_its_password() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    // Neither in the passkey's session nor in the password's.
    let mut by_password = ann.elsewhere();
    by_password.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    for visitor in [&mut ann, &mut by_password] {
        for (path, body) in [
            ("/api/passkeys/options", json!({})),
            ("/api/recovery/generate", json!({})),
            (SET, json!({ "new_password": OTHER })),
            ("/api/account/phone", json!({ "phone": "+442079460000" })),
            ("/api/account/delete", json!({})),
            (ACT, act(json!({}))),
        ] {
            let asked = visitor.post(path, body.clone()).await;
            asked.refused(StatusCode::FORBIDDEN, "step_up_required");
            let named = json!({ "action": asked.json["action"] });
            let shown = visitor.post("/api/reauth/pending", named).await.expect(StatusCode::OK);
            assert_eq!(shown["methods"], json!(["passkey"]), "{path}");
            for proof in [
                json!({ "password": PASSWORD, "action": asked.json["action"] }),
                json!({ "password": PASSWORD }),
            ] {
                let answer = visitor.post("/api/reauth/password", proof).await;
                answer.refused(StatusCode::CONFLICT, "passkey_required");
            }
            visitor.post(path, body).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        }
    }
    assert_eq!(app.count("select count(*) from actions where confirmed_by is not null").await, 0);
}

#[tokio::test]
async fn a_passkey_that_came_meanwhile_ends_confirming_by_password() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    ann.post("/api/recovery/generate", json!({}))
        .await
        .refused(StatusCode::FORBIDDEN, "step_up_required");
    let options = ann.confirmed_by_password("/api/passkeys/options", json!({})).await;
    let set = ann.post(SET, json!({ "new_password": OTHER })).await;
    let proof = json!({ "password": PASSWORD, "action": set.json["action"] });
    ann.post("/api/reauth/password", proof).await.expect(StatusCode::OK);
    let answer = ann.passkey.create(&options.expect(StatusCode::OK));
    ann.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    let proof = json!({ "password": PASSWORD });
    ann.post("/api/reauth/password", proof).await.refused(StatusCode::CONFLICT, "passkey_required");
    // What the password had confirmed before is void as well.
    assert_eq!(app.count("select count(*) from actions where confirmed_by is not null").await, 0);
    // By passkey it goes on, and to what takes nothing else.
    ann.confirm().await.expect(StatusCode::OK);
    ann.post("/api/recovery/generate", json!({})).await.expect(StatusCode::OK);
    ann.confirmed_act().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn what_a_password_allowed_to_add_ends_with_the_first_passkey() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let mut thief = ann.elsewhere();
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    let mut answers = Vec::new();
    for visitor in [&mut thief, &mut ann] {
        let options = visitor.confirmed_by_password("/api/passkeys/options", json!({})).await;
        answers.push(visitor.passkey.create(&options.expect(StatusCode::OK)));
    }
    let [theirs, own] = answers.try_into().expect("two");
    ann.post("/api/passkeys/verify", own).await.expect(StatusCode::OK);
    thief
        .post("/api/passkeys/verify", theirs)
        .await
        .refused(StatusCode::CONFLICT, "challenge_expired");
    assert_eq!(app.count("select count(*) from passkeys").await, 1);
}

#[tokio::test]
async fn five_wrong_passwords_make_an_action_void() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let asked = ann.post("/api/recovery/generate", json!({})).await;
    let proof = |password: &str| json!({ "password": password, "action": asked.json["action"] });
    for _ in 0..5 {
        let answer = ann.post("/api/reauth/password", proof(OTHER)).await;
        answer.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    }
    ann.post("/api/reauth/password", proof(PASSWORD))
        .await
        .refused(StatusCode::NOT_FOUND, "not_found");
    let failed = app.activity("ann@example.com").await;
    assert_eq!(failed.iter().filter(|kind| *kind == "step_up.failed").count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_confirmation_by_password_is_used_by_one_of_thirty() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    let asked = ann.post("/api/recovery/generate", json!({})).await;
    let proof = json!({ "password": PASSWORD, "action": asked.json["action"] });
    let sessions = app.dump("sessions").await;
    ann.post("/api/reauth/password", proof).await.expect(StatusCode::OK);
    assert_eq!(app.dump("sessions").await, sessions, "confirming leaves the sessions as they were");
    let answers = ann.post_at_once(30, "/api/recovery/generate", json!({})).await;
    let made = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(made, 1);
    assert_eq!(app.count("select count(*) from recovery_codes").await, 10);
}

#[tokio::test]
async fn with_a_password_the_last_passkey_can_be_removed() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let id = ann.passkeys().await[0]["id"].clone();
    let remove = json!({ "id": id });
    ann.post("/api/passkeys/delete", remove.clone())
        .await
        .refused(StatusCode::CONFLICT, "last_method");
    ann.set_password(PASSWORD).await;
    ann.confirmed("/api/passkeys/delete", remove).await.expect(StatusCode::OK);
    assert!(ann.passkeys().await.is_empty());
    ann.elsewhere().sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

// with: mail {
#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_who_type_one_code_one_gets_an_account() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let new = json!({ "email": "ann@example.com", "name": "ann", "password": PASSWORD });
    ann.post("/api/signup/password", new).await.expect(StatusCode::OK);
    let code = json!({ "code": ann.mailed_code("ann@example.com").await });
    let answers = ann.post_at_once(30, "/api/signup/code", code).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(app.count("select count(*) from users").await, 1);
    assert_eq!(app.count("select count(*) from sessions").await, 1);
}
// with: mail }
