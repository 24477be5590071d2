//! Whose an address is: it belongs to the account that has proven it, whoever claimed it first.

use super::{
    addresses::TOLD,
    support::{PASSWORD, TestApp, Visitor},
};
use axum::http::StatusCode;
use serde_json::{Value, json};

const ANN: &str = "ann@example.com";
const NEW: &str = "ann@new.example";
const CONFIRM: &str = "/api/email/confirm";

async fn start(visitor: &mut Visitor, email: Value) {
    let started = visitor.post("/api/email/start", json!({ "email": email })).await;
    assert_eq!((started.status, started.text()), (StatusCode::OK, "{}".to_owned()));
}

/// Types the code that was mailed for a new address, and confirms the change by passkey.
async fn change(ann: &mut Visitor) {
    start(ann, json!(NEW)).await;
    let code = json!({ "code": ann.mailed_code(NEW).await });
    let changed = ann.confirmed(CONFIRM, code).await.expect(StatusCode::OK);
    assert_eq!(changed["email"], NEW);
}

async fn sign_in_by_mail(app: &TestApp, email: &str) -> StatusCode {
    app.send_mails().await;
    let mut visitor = app.visitor();
    visitor.post("/api/signin/mail", json!({ "email": email })).await.expect(StatusCode::OK);
    let code = visitor.mailed_code(email).await;
    visitor.post("/api/signin/code", json!({ "code": code })).await.status
}

#[tokio::test]
async fn a_passkey_account_starts_at_once_and_is_reminded_to_prove_its_address() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    let account = ann.account().await;
    assert_eq!(
        (&account["email_confirmed"], &account["offer"]),
        (&json!(false), &json!("confirm_email"))
    );
    let code = json!({ "code": ann.mailed_code(ANN).await });
    let confirmed = ann.post(CONFIRM, code).await.expect(StatusCode::OK);
    assert_eq!(confirmed["email"], ANN);
    let account = ann.account().await;
    assert_eq!(
        (&account["email_confirmed"], &account["offer"]),
        (&json!(true), &json!("make_codes"))
    );
}

#[tokio::test]
async fn an_address_that_is_not_proven_signs_nobody_in_and_gets_nobody_back() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    for (path, body) in [
        ("/api/password/set", json!({ "new_password": PASSWORD })),
        ("/api/recovery/generate", json!({})),
        ("/api/account/mail-sign-in", json!({ "enabled": true })),
    ] {
        ann.post(path, body).await.refused(StatusCode::CONFLICT, "email_unconfirmed");
    }
    assert_eq!(sign_in_by_mail(&app, ANN).await, StatusCode::UNAUTHORIZED);
    assert!(app.visitor().mails(ANN).await.is_empty());
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn the_account_that_proves_an_address_has_it() {
    let app = TestApp::new().await;
    let mut squatter = app.visitor();
    squatter.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    // The code of the squatter was in a mail that Ann has read: it proves nothing in her browser, and the
    // squatter cannot use a later one, since there is none.
    start(&mut squatter, Value::Null).await;
    let mails = app.visitor().mails(ANN).await;
    assert_eq!(mails[0].letter.subject, TOLD);
    let wrong = squatter.post(CONFIRM, json!({ "code": "AAAA-AAAA" })).await;
    wrong.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    assert_eq!(squatter.account().await["email_confirmed"], false);
    ann.elsewhere().sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_code_that_was_asked_for_before_somebody_else_proved_the_address_is_void() {
    let app = TestApp::new().await;
    let mut squatter = app.visitor();
    squatter.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    let code = json!({ "code": squatter.mailed_code(ANN).await });
    app.signed_up("ann").await;
    squatter.post(CONFIRM, code).await.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    assert_eq!(app.count("select count(*) from addresses").await, 1);
}

#[tokio::test]
async fn the_owner_of_an_address_cannot_prove_it_for_a_stranger_by_a_click() {
    let app = TestApp::new().await;
    let mut squatter = app.visitor();
    squatter.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    let code = squatter.mailed_code(ANN).await;
    // Ann opens the link in the mail, signed in to nothing, and in an account of hers.
    let mut ann = app.visitor();
    ann.get(&format!("/settings/account?code={code}")).await;
    let mut bob = app.signed_up("bob").await;
    bob.get(&format!("/settings/account?code={code}")).await.expect(StatusCode::OK);
    let typed = bob.post(CONFIRM, json!({ "code": code })).await;
    typed.refused(StatusCode::UNAUTHORIZED, "verification_failed");
    assert_eq!(squatter.account().await["email_confirmed"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_prove_one_address_at_once_one_has_it() {
    let app = TestApp::new().await;
    let mut calls = Vec::new();
    for _ in 0..10 {
        let mut visitor = app.visitor();
        visitor.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
        let code = json!({ "code": visitor.mailed_code(ANN).await });
        calls.push(async move { visitor.post(CONFIRM, code).await });
    }
    let answers = super::support::at_once(calls).await;
    let good = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(good, 1);
    assert!(answers.iter().all(|it| it.status.as_u16() < 500), "{answers:?}");
    assert_eq!(app.count("select count(*) from addresses").await, 1);
}

#[tokio::test]
async fn a_new_address_proves_itself_and_takes_a_confirmation() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.set_password(PASSWORD).await;
    change(&mut ann).await;
    assert_eq!(ann.account().await["user"]["email"], NEW);
    assert_eq!(sign_in_by_mail(&app, NEW).await, StatusCode::OK);
    assert_eq!(sign_in_by_mail(&app, ANN).await, StatusCode::UNAUTHORIZED);
    // The one before is told, still signs in by password, and is nobody else's, until it has settled.
    ann.elsewhere().sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    app.send_mails().await;
    app.visitor().sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    assert_eq!(app.visitor().mails(ANN).await[0].letter.subject, TOLD);
    app.wait(24 * 60 * 60 + 1);
    let mut elsewhere = ann.elsewhere();
    let gone = elsewhere.sign_in_by_password("ann", PASSWORD).await;
    gone.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    app.signed_up("ann").await;
}

#[tokio::test]
async fn a_password_does_not_lead_an_account_away_from_an_address_that_was_never_proven() {
    let app = TestApp::new().await;
    let mut thief = app.visitor();
    thief.sign_up_by_password("ann").await.expect(StatusCode::OK);
    // As the accounts of the first release are.
    app.execute("update addresses set confirmed_at = null").await.expect("a legacy account");
    thief.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    start(&mut thief, json!(NEW)).await;
    let code = json!({ "code": thief.mailed_code(NEW).await });
    thief.post(CONFIRM, code).await.refused(StatusCode::CONFLICT, "passkey_required");
}

#[tokio::test]
async fn a_change_of_address_and_switching_sign_in_by_mail_off_end_what_the_mailbox_opened() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let by_mail = async || {
        let mut thief = app.visitor();
        app.send_mails().await;
        let who = json!({ "email": "ann@example.com" });
        thief.post("/api/signin/mail", who).await.expect(StatusCode::OK);
        let code = json!({ "code": thief.mailed_code("ann@example.com").await });
        thief.post("/api/signin/code", code).await.expect(StatusCode::OK);
        thief
    };
    let mut thief = by_mail().await;
    let off = json!({ "enabled": false });
    ann.confirmed("/api/account/mail-sign-in", off).await.expect(StatusCode::OK);
    assert!(!thief.is_signed_in().await);
    let on = json!({ "enabled": true });
    ann.confirmed("/api/account/mail-sign-in", on).await.expect(StatusCode::OK);
    let mut thief = by_mail().await;
    start(&mut ann, json!(NEW)).await;
    let code = json!({ "code": ann.mailed_code(NEW).await });
    ann.confirmed(CONFIRM, code).await.expect(StatusCode::OK);
    assert!(!thief.is_signed_in().await);
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn a_code_survives_a_confirmation_that_takes_a_while() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    start(&mut ann, json!(NEW)).await;
    let code = json!({ "code": ann.mailed_code(NEW).await });
    for _ in 0..10 {
        ann.post(CONFIRM, code.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    }
    ann.confirm().await.expect(StatusCode::OK);
    ann.post(CONFIRM, code.clone()).await.expect(StatusCode::OK);
    ann.post(CONFIRM, code).await.refused(StatusCode::UNAUTHORIZED, "verification_failed");
}

#[tokio::test]
async fn the_address_before_undoes_a_change_and_gets_back_in() {
    let app = TestApp::new().await;
    let mut thief = app.signed_up("ann").await;
    app.send_mails().await;
    change(&mut thief).await;
    let mut owner = app.visitor();
    let token = owner.undo_token(ANN).await;
    let page = owner.get(&format!("/undo?token={token}")).await.text();
    assert!(page.contains("Undo what was changed"), "{page}");
    owner.post("/api/recovery/undo", json!({ "token": token })).await.expect(StatusCode::OK);
    assert!(!thief.is_signed_in().await);
    assert_eq!(owner.account().await["user"]["email"], ANN);
    assert_eq!(owner.account().await["recovering"], true);
    assert_eq!(sign_in_by_mail(&app, ANN).await, StatusCode::OK);
    assert_eq!(sign_in_by_mail(&app, NEW).await, StatusCode::UNAUTHORIZED);
    // A link works once.
    let again = app.visitor().post("/api/recovery/undo", json!({ "token": token })).await;
    again.refused(StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn a_change_that_has_settled_cannot_be_undone() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.send_mails().await;
    change(&mut ann).await;
    let token = ann.undo_token(ANN).await;
    app.wait(24 * 60 * 60);
    let late = app.visitor().post("/api/recovery/undo", json!({ "token": token })).await;
    late.refused(StatusCode::NOT_FOUND, "not_found");
    let page = app.visitor().get(&format!("/undo?token={token}")).await.text();
    assert!(page.contains("Nothing to undo"), "{page}");
}

#[tokio::test]
async fn a_name_is_changed_by_its_owner() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for wrong in ["", "  ", "a\u{202e}b"] {
        ann.post("/api/account/name", json!({ "name": wrong })).await.refused_field("name");
    }
    let changed = ann.post("/api/account/name", json!({ "name": " Ann Lee " })).await;
    assert_eq!(changed.expect(StatusCode::OK)["name"], "Ann Lee");
    assert_eq!(ann.account().await["user"]["name"], "Ann Lee");
}

#[tokio::test]
async fn a_thief_who_changes_the_address_twice_cannot_undo_the_first_change() {
    let app = TestApp::new().await;
    let mut thief = app.signed_up("ann").await;
    app.send_mails().await;
    change(&mut thief).await;
    start(&mut thief, json!("ann@third.example")).await;
    let code = json!({ "code": thief.mailed_code("ann@third.example").await });
    thief.confirmed(CONFIRM, code).await.expect(StatusCode::OK);
    // The owner's address, and no other, has links; each change is told there.
    for mail in app.visitor().mails(NEW).await {
        assert!(!mail.letter.to_text("").contains("/undo"), "{:?}", mail.letter);
    }
    let token = json!({ "token": app.visitor().undo_token(ANN).await });
    let mut owner = app.visitor();
    owner.post("/api/recovery/undo", token).await.expect(StatusCode::OK);
    assert_eq!(owner.account().await["user"]["email"], ANN);
    assert_eq!(app.count("select count(*) from addresses").await, 1);
    assert!(!thief.is_signed_in().await);
}

#[tokio::test]
async fn changing_back_does_not_make_an_address_younger() {
    let app = TestApp::new().await;
    let mut thief = app.signed_up("ann").await;
    change(&mut thief).await;
    start(&mut thief, json!(ANN)).await;
    let code = json!({ "code": thief.mailed_code(ANN).await });
    app.send_mails().await;
    thief.confirmed(CONFIRM, code).await.expect(StatusCode::OK);
    for mail in app.visitor().mails(NEW).await {
        assert!(!mail.letter.to_text("").contains("/undo"), "{:?}", mail.letter);
    }
}

#[tokio::test]
async fn a_session_alone_leads_no_account_to_another_mailbox() {
    let app = TestApp::new().await;
    let mut stolen = app.visitor();
    stolen.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    start(&mut stolen, json!(NEW)).await;
    let code = json!({ "code": stolen.mailed_code(NEW).await });
    stolen.post(CONFIRM, code).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    assert_eq!(app.count("select count(*) from addresses").await, 0);
}

#[tokio::test]
async fn an_account_that_only_claims_an_address_takes_nothing_of_its_owners_along() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let ann = app.signed_up("ann").await;
    app.visitor().sign_in_by_password("ann", "wrong").await;
    app.visitor().post("/api/signin/mail", json!({ "email": ANN })).await.expect(StatusCode::OK);
    let mut squatter = app.visitor();
    squatter.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    let mails = ann.mails(ANN).await.len();
    let tries = app.count("select count(*) from tries").await;
    squatter.post("/api/account/delete", json!({})).await;
    squatter.confirm().await.expect(StatusCode::OK);
    squatter.post("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    // But for the mail that told her of the claim, which is of the squatter's code.
    assert!(ann.mails(ANN).await.len() >= mails - 1);
    assert!(ann.mailed_code(ANN).await != "AAAA-AAAA", "her own code is still on its way");
    assert_eq!(app.count("select count(*) from tries").await, tries);
}

#[tokio::test]
async fn what_was_mailed_to_the_address_before_is_of_no_use_after_a_change() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut stolen = app.visitor();
    stolen.post("/api/signin/mail", json!({ "email": ANN })).await.expect(StatusCode::OK);
    let code = json!({ "code": stolen.mailed_code(ANN).await });
    change(&mut ann).await;
    let refused = stolen.post("/api/signin/code", code).await;
    refused.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
}

#[tokio::test]
async fn a_link_is_of_no_use_once_its_address_is_no_longer_the_accounts() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.wait(2 * 60 * 60);
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    start(&mut ann, json!(NEW)).await;
    let code = json!({ "code": ann.mailed_code(NEW).await });
    ann.confirmed_by_password(CONFIRM, code).await.expect(StatusCode::OK);
    app.wait(23 * 60 * 60);
    app.send_mails().await;
    let who = json!({ "email": NEW, "password": PASSWORD });
    ann.post("/api/signin/password", who.clone()).await.expect(StatusCode::OK);
    let made = ann.confirmed_by_password("/api/recovery/generate", json!({})).await;
    made.expect(StatusCode::OK);
    let token = json!({ "token": app.visitor().undo_token(ANN).await });
    app.wait(2 * 60 * 60);
    // By now something waits again, which is none of the former mailbox's business.
    ann.post("/api/signin/password", who).await.expect(StatusCode::OK);
    let options = ann.confirmed_by_password("/api/passkeys/options", json!({})).await;
    let answer = ann.passkey.create(&options.expect(StatusCode::OK));
    ann.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    let late = app.visitor().post("/api/recovery/undo", token).await;
    late.refused(StatusCode::NOT_FOUND, "not_found");
    assert!(ann.is_signed_in().await);
}
