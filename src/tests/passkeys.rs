//! Managing passkeys: what the owner sees, adds, renames and removes, and nobody else does.

use super::{
    authenticator::Authenticator,
    support::{TestApp, Visitor},
};
use crate::server::secret::base64url;
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::uuid;

const LIST: &str = "/api/passkeys/list";
const RENAME: &str = "/api/passkeys/rename";
const DELETE: &str = "/api/passkeys/delete";

#[tokio::test]
async fn the_list_says_what_the_owner_may_know_and_no_more() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    ann.passkey.counter = 5;
    ann.passkey.aaguid = *uuid!("bada5566-a7aa-401f-bd96-45619a55120d").as_bytes();
    ann.sign_up("ann").await.expect(StatusCode::OK);
    app.signed_up("bob").await;
    let list = ann.post(LIST, json!({})).await.expect(StatusCode::OK);
    let row = &list["passkeys"][0];
    assert_eq!(
        list,
        json!({ "user_handle": base64url(&ann.passkey.handle), "passkeys": [{
            "id": row["id"],
            "credential_id": base64url(&ann.passkey.credential_id),
            "name": "1Password",
            "provider": "1Password",
            "created_at": app.count("select min(created_at) from passkeys").await,
            "last_used_at": null,
            "synced": true,
            "transports": ["internal", "hybrid"],
            "current": true,
        }] })
    );
}

#[tokio::test]
async fn the_newest_comes_first_and_the_one_of_this_session_is_marked() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut added = vec![ann.passkey.clone()];
    for _ in 0..2 {
        app.wait(1);
        added.insert(0, ann.add_passkey().await.0);
    }
    let mut other = ann.elsewhere();
    other.passkey = added[1].clone();
    other.sign_in().await.expect(StatusCode::OK);
    for (visitor, current) in [(&mut ann, [false, false, true]), (&mut other, [false, true, false])]
    {
        let list = visitor.passkeys().await;
        for ((row, passkey), current) in list.iter().zip(&added).zip(current) {
            assert_eq!(row["credential_id"], base64url(&passkey.credential_id));
            assert_eq!(row["current"], current);
        }
        assert_eq!(list.len(), 3);
    }
}

#[tokio::test]
async fn a_passkey_can_be_renamed_by_its_owner() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let id = ann.passkeys().await[0]["id"].clone();
    for (name, kept) in [
        ("  Laptop ".to_owned(), "Laptop".to_owned()),
        ("ü".repeat(64), "ü".repeat(64)),
        (format!(" {} ", "x".repeat(64)), "x".repeat(64)),
    ] {
        let row = ann.post(RENAME, json!({ "id": id, "name": name })).await.expect(StatusCode::OK);
        assert_eq!(row["name"], kept);
        assert_eq!(ann.passkeys().await, [row]);
    }
    let id = id.as_str().expect("an id");
    let row = ann.form(RENAME, &[("id", id), ("name", "My phone")]).await.expect(StatusCode::OK);
    assert_eq!(row["name"], "My phone");
    let kinds = app.activity("ann@example.com").await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "passkey.renamed").count(), 4);
}

#[tokio::test]
async fn a_name_has_one_to_64_characters_that_people_can_see() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let id = ann.passkeys().await[0]["id"].clone();
    let before = app.dump("passkeys").await;
    for name in [
        "",
        "   ",
        "a\nb",
        "a\u{0}b",
        "a\u{7f}",
        "\u{202e}evil",
        "a\u{200b}b",
        "\u{3164}",
        "\u{200d} \u{200d}",
        "\u{2800}",
        "\u{fe0f}",
        &"ü".repeat(65),
        &"x".repeat(10_000),
    ] {
        ann.post(RENAME, json!({ "id": id, "name": name })).await.refused_field("name");
    }
    ann.post(RENAME, json!({ "id": id })).await.refused_field("name");
    assert_eq!(app.dump("passkeys").await, before);
    for name in ["👩\u{200d}👧", "❤\u{fe0f}", "می\u{200c}خواهم"] {
        ann.post(RENAME, json!({ "id": id, "name": name })).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn nobody_touches_a_passkey_of_somebody_else() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.add_passkey().await;
    let ids: Vec<_> = ann.passkeys().await.iter().map(|row| row["id"].clone()).collect();
    let mut mallory = app.signed_up("mallory").await;
    mallory.add_passkey().await;
    let before = app.dump("passkeys").await;
    for id in ids.into_iter().chain([json!("0"), json!("")]) {
        for (path, body) in
            [(RENAME, json!({ "id": id, "name": "mine" })), (DELETE, json!({ "id": id }))]
        {
            mallory.post(path, body).await.refused(StatusCode::NOT_FOUND, "not_found");
        }
    }
    assert_eq!(app.dump("passkeys").await, before);
    assert_eq!(app.count("select count(*) from actions").await, 0);
}

#[tokio::test]
async fn removing_a_passkey_needs_a_confirmation() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (_, row) = ann.add_passkey().await;
    let body = json!({ "id": row["id"] });
    ann.post(DELETE, body.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
    assert_eq!(ann.passkeys().await.len(), 2);
    let pending = ann.post("/api/reauth/pending", json!({})).await.expect(StatusCode::OK);
    assert_eq!(pending["summary"], "Remove the passkey “Passkey”");
    ann.confirm().await.expect(StatusCode::OK);
    let answer = ann.post(DELETE, body.clone()).await.expect(StatusCode::OK);
    let left = base64url(&ann.passkey.credential_id);
    let handle = base64url(&ann.passkey.handle);
    let message = "“Passkey” was removed.";
    assert_eq!(
        answer,
        json!({ "user_handle": handle, "accepted_credentials": [left], "message": message })
    );
    assert_eq!(ann.passkeys().await.len(), 1);
    assert_eq!(app.activity("ann@example.com").await.last().expect("a line"), "delete_passkey");
    ann.post(DELETE, body).await.refused(StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn a_removed_passkey_signs_nobody_in_and_the_session_that_it_opened_goes_on() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let own = ann.passkeys().await[0]["id"].clone();
    let mut removed = ann.elsewhere();
    let (added, _) = ann.add_passkey().await;
    ann.passkey = added;
    ann.confirmed(DELETE, json!({ "id": own })).await.expect(StatusCode::OK);
    removed.sign_in().await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    assert_eq!(ann.passkeys().await[0]["current"], false);
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn the_last_passkey_stays() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let id = ann.passkeys().await[0]["id"].clone();
    ann.post(DELETE, json!({ "id": id })).await.refused(StatusCode::CONFLICT, "last_method");
    assert_eq!(app.count("select count(*) from actions").await, 0);
    assert_eq!(ann.passkeys().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_removals_of_the_last_two_at_once_one_is_refused() {
    let app = TestApp::new().await;
    for round in 0..10 {
        let mut ann = app.signed_up(&format!("ann-{round}")).await;
        let (added, _) = ann.add_passkey().await;
        let mut with_added = ann.clone();
        with_added.passkey = added;
        let mut bodies = Vec::new();
        // Each passkey confirms its own removal, so that neither takes the other's confirmation along.
        for (row, confirming) in ann.passkeys().await.iter().zip([&mut with_added, &mut ann]) {
            let body = json!({ "id": row["id"] });
            confirming
                .post(DELETE, body.clone())
                .await
                .refused(StatusCode::FORBIDDEN, "step_up_required");
            confirming.confirm().await.expect(StatusCode::OK);
            bodies.push(body);
        }
        let mut answers = ann.post_all_at_once(DELETE, bodies).await;
        answers.sort_by_key(|answer| answer.status);
        assert_eq!(answers[0].status, StatusCode::OK, "{}", answers[0].text());
        answers[1].refused(StatusCode::CONFLICT, "last_method");
        assert_eq!(ann.passkeys().await.len(), 1);
    }
}

#[tokio::test]
async fn fields_that_nobody_asked_for_change_nothing() {
    let app = TestApp::new().await;
    let mut bob = app.signed_up("bob").await;
    let bobs = bob.passkeys().await;
    let bob_id = app.text("select id from users").await;
    let mut ann = app.signed_up("ann").await;
    let extra = |mut body: Value| {
        for field in ["user_id", "user", "sub", "owner"] {
            body[field] = json!(bob_id);
        }
        body["email"] = json!("bob@example.com");
        body
    };
    let options =
        ann.confirmed("/api/passkeys/options", extra(json!({}))).await.expect(StatusCode::OK);
    assert_eq!(options["user"]["name"], "ann@example.com");
    let mut added = Authenticator::new();
    let answer = extra(added.create(&options));
    let row = ann.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
    let rename =
        extra(json!({ "id": row["id"], "name": "Key", "counter": 9, "credential_id": "x" }));
    ann.post(RENAME, rename).await.expect(StatusCode::OK);
    assert_eq!(bob.passkeys().await, bobs);
    assert_eq!(names(&mut ann).await, ["Key", "Passkey"]);
}

async fn names(visitor: &mut Visitor) -> Vec<Value> {
    visitor.passkeys().await.iter().map(|row| row["name"].clone()).collect()
}
