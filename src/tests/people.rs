//! People: who sees them, what owners and admins may do to whom, and that there is always an owner.

use super::support::{Answer, PASSWORD, TestApp, Visitor, at_once};
use crate::{
    features::FEATURES,
    people::acts::PERSON_UNCONFIRMED, // with: mail
    people::command::make_owner,
    step_up::receipt::Receipt,
};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::Row;
use std::time::Duration;

const LIST: &str = "/api/people/list";
const ROLE: &str = "/api/people/role";
const SUSPEND: &str = "/api/people/suspend";
const RESTORE: &str = "/api/people/restore";
const END: &str = "/api/people/end-sessions";

/// The id and the role of a user.
async fn user(app: &TestApp, name: &str) -> (String, String) {
    let row = sqlx::query("select id, role from users where email = $1")
        .bind(format!("{name}@example.com"))
        .fetch_one(app.state.db.reader())
        .await
        .expect("a user");
    (row.get("id"), row.get("role"))
}

async fn id_of(app: &TestApp, name: &str) -> String {
    user(app, name).await.0
}

async fn role_of(app: &TestApp, name: &str) -> String {
    user(app, name).await.1
}

/// Somebody who has just signed up, in a role that nobody had to give them.
async fn with_role(app: &TestApp, name: &str, role: &str) -> Visitor {
    let visitor = app.signed_up(name).await;
    sqlx::query("update users set role = $1 where email = $2")
        .bind(role)
        .bind(format!("{name}@example.com"))
        .execute(app.state.db.writer())
        .await
        .expect("a role");
    visitor
}

async fn owners(app: &TestApp) -> i64 {
    app.count("select count(*) from users where role = 'owner'").await
}

async fn on(app: &TestApp, name: &str) -> Value {
    json!({ "id": id_of(app, name).await })
}

async fn to_role(app: &TestApp, name: &str, role: &str) -> Value {
    json!({ "id": id_of(app, name).await, "role": role })
}

fn not_allowed(answer: &Answer) {
    answer.refused(StatusCode::FORBIDDEN, "not_allowed");
}

#[tokio::test]
async fn members_see_nobody_and_do_nothing_to_anybody() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    app.signed_up("bob").await;
    not_allowed(&ann.post(LIST, json!({})).await);
    let bob = to_role(&app, "bob", "owner").await;
    for path in [ROLE, SUSPEND, RESTORE, END] {
        not_allowed(&ann.post(path, bob.clone()).await);
    }
    // Nor does it help to try it on oneself.
    not_allowed(&ann.post(ROLE, to_role(&app, "ann", "owner").await).await);
    assert_eq!(app.count("select count(*) from actions").await, 0);
    assert_eq!(ann.get("/people").await.status, StatusCode::NOT_FOUND);
    assert!(!ann.get("/settings/passkeys").await.text().contains("href=\"/people\""));
    let mut admin = with_role(&app, "cem", "admin").await;
    assert_eq!(admin.get("/people").await.status, StatusCode::OK);
    assert!(admin.get("/settings/passkeys").await.text().contains("href=\"/people\""));
    // A role is read at each request.
    app.execute("update users set role = 'member'").await.expect("a role");
    not_allowed(&admin.post(LIST, json!({})).await);
}

#[tokio::test]
async fn the_list_says_who_they_are_and_how_they_sign_in_but_never_with_what() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let mut bob = app.signed_up("bob").await;
    bob.set_password(PASSWORD).await;
    app.visitor().sign_up_unconfirmed("cem").await.expect(StatusCode::OK);
    app.wait(120);
    bob.is_signed_in().await;
    let list = ann.post(LIST, json!({})).await.expect(StatusCode::OK);
    let people = list["people"].as_array().expect("people");
    let names: Vec<_> = people.iter().map(|it| it["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["cem", "bob", "ann"]);
    let mut fields: Vec<_> = people[1].as_object().expect("fields").keys().cloned().collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "confirmed",
            "created_at",
            "email",
            "has_password",
            "has_totp", // with: totp
            "id",
            "last_seen_at",
            "name",
            "passkeys",
            "role",
            "suspended_at",
        ]
    );
    assert_eq!(people[0]["confirmed"], false); // with: mail
    assert_eq!([&people[1]["confirmed"], &people[1]["has_password"]], [&json!(true), &json!(true)]);
    assert_eq!(people[1]["passkeys"], 1);
    assert_eq!(people[1]["role"], "member");
    assert_eq!(people[2]["role"], "owner");
    let seen = people[1]["last_seen_at"].as_i64().expect("a time");
    assert!(app.state.clock.now() - seen < 60_000);
}

#[tokio::test]
async fn people_are_found_by_name_and_address_and_read_page_by_page() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "admin").await;
    for name in ["bob", "bobby", "b_b", "cem"] {
        app.visitor().sign_up_unconfirmed(name).await.expect(StatusCode::OK);
    }
    let emile = json!({ "email": "emile@example.com", "name": "Émile" });
    let mut visitor = app.visitor();
    let options = visitor.post("/api/signup/options", emile).await.expect(StatusCode::OK);
    let answer = visitor.passkey.create(&options);
    visitor.post("/api/signup/verify", answer).await.expect(StatusCode::OK);
    let mut found = async |body: Value| {
        let list = ann.post(LIST, body).await.expect(StatusCode::OK);
        let people = list["people"].as_array().expect("people").clone();
        let names = people.iter().map(|it| it["name"].as_str().expect("a name").to_owned());
        (names.collect::<Vec<_>>().join(" "), people.last().map(|it| it["id"].clone()))
    };
    assert_eq!(found(json!({ "search": "BOB" })).await.0, "bobby bob");
    assert_eq!(found(json!({ "search": " cem@example " })).await.0, "cem");
    // What was typed is no pattern.
    assert_eq!(found(json!({ "search": "b_b" })).await.0, "b_b");
    assert_eq!(found(json!({ "search": "%" })).await.0, "");
    assert_eq!(found(json!({ "search": "\\" })).await.0, "");
    assert_eq!(found(json!({ "search": "Émile" })).await.0, "Émile");
    let (first, last) = found(json!({ "limit": 3 })).await;
    assert_eq!(first, "Émile cem b_b");
    assert_eq!(found(json!({ "limit": 2, "before": last })).await.0, "bobby bob");
    let long = json!({ "search": "%".repeat(255) });
    ann.post(LIST, long).await.refused_field("search");
    let trips = || app.state.db.trips.load(std::sync::atomic::Ordering::Relaxed);
    let before = trips();
    let page = ann.get("/people?search=bobby").await.text();
    assert_eq!(trips() - before, 3, "two of them at the same time");
    assert!(page.contains("bobby@example.com") && !page.contains("cem@example.com"));
}

#[tokio::test]
async fn a_role_is_changed_by_passkey_and_everything_that_counts_is_signed() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let mut bob = app.signed_up("bob").await;
    let to_admin = to_role(&app, "bob", "admin").await;
    let asked = ann.post(ROLE, to_admin.clone()).await;
    asked.refused(StatusCode::FORBIDDEN, "step_up_required");
    let shown = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
    assert_eq!(shown["summary"], "Make bob@example.com an admin");
    let details = [
        json!({ "label": "Change", "value": "member → admin" }),
        json!({ "label": "Done by", "value": "ann@example.com" }),
    ];
    assert_eq!(shown["details"], json!(details));
    assert_eq!(shown["methods"], json!(["passkey"]));
    ann.confirm().await.expect(StatusCode::OK);
    // The confirmation is for this role and this person alone.
    let to_owner = to_role(&app, "bob", "owner").await;
    ann.post(ROLE, to_owner).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    let done = ann.post(ROLE, to_admin.clone()).await.expect(StatusCode::OK);
    assert_eq!((&done["role"], &done["name"]), (&json!("admin"), &json!("bob")));
    assert_eq!(role_of(&app, "bob").await, "admin");
    ann.post(ROLE, to_admin).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    // A user who gains a role stays signed in, and may look from now on.
    bob.post(LIST, json!({})).await.expect(StatusCode::OK);
    let receipt: String = app.text("select receipt from acts_on_people").await;
    let signed = Receipt::read(&receipt).expect("a receipt").verify().expect("a good signature");
    assert_eq!(
        signed.payload,
        json!({
            "actor": id_of(&app, "ann").await,
            "actor_name": "ann@example.com",
            "target": id_of(&app, "bob").await,
            "target_name": "bob@example.com",
            "act": { "ChangeRole": { "to": "admin" } },
            "before": { "role": "member", "suspended": false },
            "after": { "role": "admin", "suspended": false },
        })
    );
    assert!(app.activity("ann@example.com").await.contains(&"change_role".to_owned()));
    assert!(app.activity("bob@example.com").await.contains(&"role.changed".to_owned()));
    // with: mail {
    for (name, subject) in [
        ("ann", "Role changed: bob@example.com, from member to admin"),
        ("bob", "Your role was changed from member to admin by ann@example.com"),
    ] {
        let mails = ann.mails(&format!("{name}@example.com")).await;
        assert!(mails.iter().any(|mail| mail.letter.subject == subject), "{subject}");
    }
    // with: mail }
}

#[tokio::test]
async fn nothing_but_a_settled_passkey_confirms_an_act_on_somebody() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_by_password("ann").await.expect(StatusCode::OK);
    app.execute("update users set role = 'owner'").await.expect("a role");
    app.signed_up("bob").await;
    let bob = to_role(&app, "bob", "admin").await;
    for path in [ROLE, SUSPEND, END] {
        let refused = ann.post(path, bob.clone()).await;
        refused.refused(StatusCode::CONFLICT, "passkey_required");
    }
}

#[tokio::test]
async fn an_admin_acts_on_members_alone_and_gives_no_role() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "admin").await;
    app.signed_up("bob").await;
    with_role(&app, "cem", "admin").await;
    with_role(&app, "dora", "owner").await;
    not_allowed(&ann.post(ROLE, to_role(&app, "bob", "admin").await).await);
    for name in ["cem", "dora", "ann"] {
        for path in [SUSPEND, RESTORE, END] {
            not_allowed(&ann.post(path, on(&app, name).await).await);
        }
    }
    ann.confirmed(END, on(&app, "bob").await).await.expect(StatusCode::OK);
    ann.confirmed(SUSPEND, on(&app, "bob").await).await.expect(StatusCode::OK);
    ann.confirmed(RESTORE, on(&app, "bob").await).await.expect(StatusCode::OK);
    // If the member rises before a confirmed act is carried out, it does not happen.
    let bob = on(&app, "bob").await;
    ann.post(SUSPEND, bob.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    app.execute("update users set role = 'owner' where name = 'bob'").await.expect("a role");
    not_allowed(&ann.post(SUSPEND, bob).await);
    assert_eq!(app.count("select count(*) from users where suspended_at is not null").await, 0);
    let nobody = ann.post(SUSPEND, json!({ "id": "nobody" })).await;
    nobody.refused(StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn whoever_is_demoted_or_signed_out_loses_every_session() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let mut bob = with_role(&app, "bob", "admin").await;
    let mut elsewhere = bob.elsewhere();
    elsewhere.sign_in().await.expect(StatusCode::OK);
    // What bob has confirmed meanwhile ends with the session.
    bob.post("/api/account/phone", json!({ "phone": "+442079460000" })).await;
    bob.confirm().await.expect(StatusCode::OK);
    ann.confirmed(ROLE, to_role(&app, "bob", "member").await).await.expect(StatusCode::OK);
    assert!(!bob.is_signed_in().await && !elsewhere.is_signed_in().await);
    assert_eq!(app.count("select count(*) from actions").await, 0);
    bob.sign_in().await.expect(StatusCode::OK);
    not_allowed(&bob.post(LIST, json!({})).await);
    ann.confirmed(END, on(&app, "bob").await).await.expect(StatusCode::OK);
    assert!(!bob.is_signed_in().await);
    bob.sign_in().await.expect(StatusCode::OK);
    assert!(ann.is_signed_in().await);
}

#[tokio::test]
async fn a_suspended_person_signs_in_by_nothing_and_each_refusal_looks_like_any_other() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let mut bob = app.signed_up("bob").await;
    bob.set_password(PASSWORD).await;
    let codes = bob.make_codes().await;
    let mut started = bob.elsewhere();
    let options = started.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
    // with: mail {
    let who = json!({ "email": "bob@example.com" });
    let mut by_mail = bob.elsewhere();
    by_mail.post("/api/signin/mail", who).await.expect(StatusCode::OK);
    let code = by_mail.mailed_code("bob@example.com").await;
    let mut back_in = bob.elsewhere();
    let who = json!({ "email": "bob@example.com" });
    app.send_mails().await;
    back_in.post("/api/recovery/mail", who.clone()).await.expect(StatusCode::OK);
    let first = json!({ "code": back_in.mailed_code("bob@example.com").await });
    back_in.post("/api/recovery/mail/code", first).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from recoveries").await, 1);
    app.send_mails().await;
    back_in.post("/api/recovery/mail", who).await.expect(StatusCode::OK);
    let second = json!({ "code": back_in.mailed_code("bob@example.com").await });
    // with: mail }
    let mut stranger = app.visitor();
    let wrong = stranger.sign_in_by_password("bob", "something else altogether").await;
    let wrong = wrong.observable();

    let suspended = ann.confirmed(SUSPEND, on(&app, "bob").await).await.expect(StatusCode::OK);
    assert!(suspended["suspended_at"].is_i64());
    assert!(!bob.is_signed_in().await);
    let answer = started.passkey.get(&options);
    let by_passkey = started.post("/api/signin/verify", answer).await;
    let mut elsewhere = bob.elsewhere();
    let by_password = elsewhere.sign_in_by_password("bob", PASSWORD).await;
    let by_code = elsewhere.recover("bob", &codes[0]).await;
    for refused in [&by_passkey, &by_password, &by_code] {
        refused.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    }
    // with: mail {
    let by_mail = by_mail.post("/api/signin/code", json!({ "code": code })).await;
    by_mail.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert_eq!(app.count("select count(*) from recoveries").await, 0, "it would wait unseen");
    let again = back_in.post("/api/recovery/mail/code", second).await;
    again.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert_eq!(app.count("select count(*) from recoveries").await, 0);
    // with: mail }
    assert_eq!(by_password.observable(), wrong);
    assert_eq!(app.count("select count(*) from recovery_codes where used_at is not null").await, 0);

    ann.confirmed(RESTORE, on(&app, "bob").await).await.expect(StatusCode::OK);
    bob.sign_in().await.expect(StatusCode::OK);
    let mut elsewhere = bob.elsewhere();
    elsewhere.sign_in_by_password("bob", PASSWORD).await.expect(StatusCode::OK);
    elsewhere.recover("bob", &codes[0]).await.expect(StatusCode::OK);
}

// with: totp {
#[tokio::test]
async fn a_suspended_person_is_not_asked_for_a_one_time_code() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let mut bob = app.signed_up("bob").await;
    bob.set_password(PASSWORD).await;
    super::totp::set_up(&app, &mut bob).await;
    let mut half = bob.elsewhere();
    let asked = half.sign_in_by_password("bob", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(asked["second_factor"], "totp");
    ann.confirmed(SUSPEND, on(&app, "bob").await).await.expect(StatusCode::OK);
    let right = bob.elsewhere().sign_in_by_password("bob", PASSWORD).await;
    let wrong = bob.elsewhere().sign_in_by_password("bob", "wrong tractor hums at noon").await;
    right.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert_eq!(right.observable(), wrong.observable());
}

// with: totp }
// with: mail {
#[tokio::test]
async fn a_suspension_does_not_keep_anybody_from_undoing_what_a_thief_did() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let mut bob = app.visitor();
    bob.sign_up_by_password("bob").await.expect(StatusCode::OK);
    app.wait(2 * 60 * 60);
    let mut thief = app.visitor();
    thief.sign_in_by_password("bob", PASSWORD).await.expect(StatusCode::OK);
    let options = thief.confirmed_by_password("/api/passkeys/options", json!({})).await;
    let answer = thief.passkey.create(&options.expect(StatusCode::OK));
    thief.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    let token = json!({ "token": bob.undo_token("bob@example.com").await });
    ann.sign_in().await.expect(StatusCode::OK);
    ann.confirmed(SUSPEND, on(&app, "bob").await).await.expect(StatusCode::OK);
    let undone = bob.post("/api/recovery/undo", token).await;
    assert_eq!(undone.header("location"), "/signin?done=undone");
    undone.expect(StatusCode::OK);
    assert!(!bob.is_signed_in().await);
    let passkeys = "select count(*) from passkeys p join users u on u.id = p.user_id
         where u.name = 'bob'";
    assert_eq!(app.count(passkeys).await, 0);
}

// with: mail }
#[tokio::test]
async fn nobody_escapes_an_act_by_changing_their_name() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let mut bob = app.visitor();
    bob.sign_up_unconfirmed("bob").await.expect(StatusCode::OK);
    let target = on(&app, "bob").await;
    ann.post(SUSPEND, target.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    let name = json!({ "name": "Somebody else" });
    bob.post("/api/account/name", name).await.expect(StatusCode::OK);
    ann.post(SUSPEND, target).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_right_code_of_a_suspended_person_waits_like_a_wrong_one() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut bob = app.signed_up("bob").await;
    let codes = bob.make_codes().await;
    app.execute("update users set suspended_at = 1").await.expect("a suspension");
    let mut waits = false;
    for _ in 0..7 {
        waits |= bob.recover("bob", &codes[0]).await.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(waits);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_beside_a_suspension() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let bob = app.signed_up("bob").await;
    let body = on(&app, "bob").await;
    ann.post(SUSPEND, body.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    ann.confirm().await.expect(StatusCode::OK);
    let mut answers = Vec::new();
    for _ in 0..29 {
        let mut browser = bob.elsewhere();
        let options = browser.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
        answers.push((browser.passkey.get(&options), browser));
    }
    let sign_ins = answers.into_iter().map(|(answer, mut browser)| {
        tokio::spawn(async move { browser.post("/api/signin/verify", answer).await })
    });
    let sign_ins: Vec<_> = sign_ins.collect();
    ann.post(SUSPEND, body).await.expect(StatusCode::OK);
    for sign_in in sign_ins {
        assert!(!sign_in.await.expect("an answer").status.is_server_error());
    }
    let sessions = "select count(*) from sessions s join users u on u.id = s.user_id
         where u.suspended_at is not null";
    assert_eq!(app.count(sessions).await, 0);
}

// with: mail {
#[tokio::test]
async fn nobody_rises_whose_address_is_not_proven() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    app.visitor().sign_up_unconfirmed("bob").await.expect(StatusCode::OK);
    for role in ["admin", "owner"] {
        let refused = ann.post(ROLE, to_role(&app, "bob", role).await).await;
        refused.refused_as(&PERSON_UNCONFIRMED);
    }
    ann.post(ROLE, to_role(&app, "bob", "queen").await).await.refused_field("role");
}
// with: mail }

#[tokio::test]
async fn the_last_owner_can_be_neither_demoted_nor_suspended_nor_deleted() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    with_role(&app, "bob", "owner").await;
    ann.confirmed(SUSPEND, on(&app, "bob").await).await.expect(StatusCode::OK);
    // An owner who cannot sign in is none.
    let refused = |answer: &Answer| answer.refused(StatusCode::CONFLICT, "last_owner");
    refused(&ann.post(ROLE, to_role(&app, "ann", "admin").await).await);
    refused(&ann.post(SUSPEND, on(&app, "ann").await).await);
    refused(&ann.post("/api/account/delete", json!({})).await);
    assert_eq!(app.count("select count(*) from actions").await, 0);
    ann.confirmed(RESTORE, on(&app, "bob").await).await.expect(StatusCode::OK);
    let left = ann.confirmed(ROLE, to_role(&app, "ann", "member").await).await;
    assert_eq!(left.header("location"), "/signin");
    assert_eq!(left.expect(StatusCode::OK)["role"], "member");
    assert!(!ann.is_signed_in().await);
    ann.sign_in().await.expect(StatusCode::OK);
    ann.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(role_of(&app, "bob").await, "owner");
}

/// Owners who have each confirmed a call.
async fn thirty_owners(
    app: &TestApp,
    path: &'static str,
    body: impl AsyncFn(usize) -> Value,
) -> Vec<(Visitor, Value)> {
    let mut owners = Vec::new();
    for at in 0..30 {
        owners.push(with_role(app, &format!("owner-{at}"), "owner").await);
    }
    let mut ready = Vec::new();
    for (at, mut owner) in owners.into_iter().enumerate() {
        let body = body(at).await;
        owner.post(path, body.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        owner.confirm().await.expect(StatusCode::OK);
        ready.push((owner, body));
    }
    ready
}

async fn all_at_once(path: &'static str, ready: Vec<(Visitor, Value)>) -> Vec<Answer> {
    let calls =
        ready.into_iter().map(|(mut owner, body)| async move { owner.post(path, body).await });
    let answers = at_once(calls).await;
    for answer in &answers {
        assert!(!answer.status.is_server_error(), "{}", answer.text());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_owners_who_resign_at_once_one_stays() {
    let app = TestApp::new().await;
    let resign = async |at| to_role(&app, &format!("owner-{at}"), "member").await;
    let ready = thirty_owners(&app, ROLE, resign).await;
    let answers = all_at_once(ROLE, ready).await;
    let kept = answers.iter().filter(|answer| answer.json["code"] == "last_owner").count();
    assert_eq!((kept, owners(&app).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_owners_who_delete_their_accounts_at_once_one_stays() {
    let app = TestApp::new().await;
    let path = "/api/account/delete";
    let ready = thirty_owners(&app, path, async |_| json!({})).await;
    let answers = all_at_once(path, ready).await;
    let kept = answers.iter().filter(|answer| answer.json["code"] == "last_owner").count();
    assert_eq!((kept, owners(&app).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_who_demote_each_other_at_once_leave_one_at_least() {
    let app = TestApp::new().await;
    let next = async |at| to_role(&app, &format!("owner-{}", (at + 1) % 30), "member").await;
    let ready = thirty_owners(&app, ROLE, next).await;
    let answers = all_at_once(ROLE, ready).await;
    let demoted = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    let left = owners(&app).await;
    assert!(left >= 1 && left == 30 - demoted as i64, "{demoted} {left}");
}

#[tokio::test]
async fn whoever_acts_does_not_show_where_they_are() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    ann.peer = Some("203.0.113.7:4711".parse().expect("an address"));
    app.signed_up("bob").await;
    ann.confirmed(SUSPEND, on(&app, "bob").await).await.expect(StatusCode::OK);
    let seen = "select max(u.name) from activity a join users u on u.id = a.user_id
         where a.ip = '203.0.113.7'";
    assert_eq!(app.text(seen).await, "ann");
    // with: mail {
    let mails = ann.mails("bob@example.com").await;
    assert_eq!(mails[0].letter.subject, "Your account was suspended by ann@example.com");
    assert!(!mails[0].letter.to_text("https://example.com").contains("203.0.113.7"));
    // with: mail }
}

#[tokio::test]
async fn a_receipt_stays_for_those_whom_it_concerns_until_activity_is_forgotten() {
    let app = TestApp::new().await;
    let mut ann = with_role(&app, "ann", "owner").await;
    let mut bob = app.signed_up("bob").await;
    let mut cem = app.signed_up("cem").await;
    ann.confirmed(END, on(&app, "bob").await).await.expect(StatusCode::OK);
    bob.sign_in().await.expect(StatusCode::OK);
    let id = app.text("select id from acts_on_people").await;
    let path = format!("/people/receipt/{id}");
    assert!(ann.get("/people").await.text().contains(&path));
    for visitor in [&mut ann, &mut bob] {
        let page = visitor.get(&path).await.text();
        assert!(page.contains("Sign bob@example.com out everywhere"), "{page}");
        assert!(page.contains("The signature is good"));
    }
    assert_eq!(cem.get(&path).await.status, StatusCode::NOT_FOUND);
    bob.confirmed("/api/account/delete", json!({})).await.expect(StatusCode::OK);
    assert_eq!(ann.get(&path).await.status, StatusCode::OK);
    let kept = app.state.config.activity_kept();
    app.wait((kept + Duration::from_secs(1)).as_secs());
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from acts_on_people").await, 0);
}

#[tokio::test]
async fn a_command_makes_whoever_has_proven_an_address_an_owner() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.sign_up_unconfirmed("ann").await.expect(StatusCode::OK);
    let make = async |email| make_owner(app.state.config.clone(), FEATURES, email).await;
    for (email, sentence) in [
        ("ann@example.com", "nobody has confirmed"), // with: mail
        ("eve@example.com", "nobody has confirmed"),
        ("ann", "no e-mail"),
    ] {
        let error = make(email).await.expect_err("a refusal").to_string();
        assert!(error.contains(sentence), "{error}");
    }
    assert_eq!(owners(&app).await, 0);
    ann.confirm_address("ann@example.com").await; // with: mail
    make(" Ann@Example.com ").await.expect("an owner");
    assert_eq!(role_of(&app, "ann").await, "owner");
    ann.post(LIST, json!({})).await.expect(StatusCode::OK);
    // with: mail {
    let mails = ann.mails("ann@example.com").await;
    let subject = "Your role was changed from member to owner by whoever runs this server";
    assert!(mails.iter().any(|mail| mail.letter.subject == subject));
    // with: mail }
}
