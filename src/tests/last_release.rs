//! A database that the program of the last release made and filled starts with this one, and everybody
//! in it goes on as before.

use super::{
    authenticator::Authenticator,
    support::{PASSWORD, TestApp, Visitor, new_database},
};
use crate::server::{clock::Clock, db};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Executor, Row};
use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, sync::Arc};

impl TestApp {
    /// What authenticators know an account by.
    pub async fn handle(&self, email: &str) -> Vec<u8> {
        let sql = "select handle from users where email = $1";
        let row = sqlx::query(sql).bind(email.to_owned()).fetch_one(self.state.db.reader()).await;
        row.expect(sql).get(0)
    }

    /// On a database that a dump fills.
    pub async fn on_dump(sql: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = new_database(folder.path()).await;
        sqlx::any::install_default_drivers();
        if let Some(file) = db::file(&url) {
            let owners = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
            owners.expect("a file that its owner alone reads");
        }
        let mut db = AnyConnection::connect(&url).await.expect("a database");
        db.execute(sql).await.expect("a dump");
        db.close().await.expect("a clean end");
        Self::on(&url, &[], Arc::new(folder), Clock::default()).await
    }
}

/// The app on that database, and the recovery codes of its users.
pub(crate) async fn last_release() -> (TestApp, Value) {
    let (sql, codes) = match std::env::var("TEST_POSTGRES_URL") {
        Err(_) => (
            include_str!("../../tests/release-0.1.0/sqlite.sql"),
            include_str!("../../tests/release-0.1.0/sqlite-codes.json"),
        ),
        Ok(_) => (
            include_str!("../../tests/release-0.1.0/postgres.sql"),
            include_str!("../../tests/release-0.1.0/postgres-codes.json"),
        ),
    };
    (TestApp::on_dump(sql).await, serde_json::from_str(codes).expect("codes"))
}

/// Somebody of that database, with the passkey of this name.
pub(crate) async fn visitor(app: &TestApp, email: &str, passkey: &str) -> Visitor {
    let mut visitor = app.visitor();
    visitor.passkey = Authenticator::named(passkey);
    visitor.passkey.handle = app.handle(email).await;
    visitor
}

#[tokio::test]
async fn everybody_signs_in_as_before_and_what_was_settled_still_is() {
    let (app, codes) = last_release().await;
    let mut ann = visitor(&app, "ann@example.com", "ann").await;
    ann.sign_in().await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["notice"], Value::Null, "what is long known is not told");
    assert_eq!(ann.account().await["phone"], "+442079460000");
    assert!(ann.passkeys().await.iter().all(|passkey| passkey.get("settled_at").is_none()));
    ann.confirmed_act().await.expect(StatusCode::OK);
    let mut elsewhere = ann.elsewhere();
    elsewhere.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    // A passkey that a password added then is no newcomer now.
    let mut bob = visitor(&app, "bob@example.com", "bob").await;
    bob.sign_in_by_password("bob", PASSWORD).await.expect(StatusCode::OK);
    bob.sign_in().await.expect(StatusCode::OK);
    bob.confirmed_act().await.expect(StatusCode::OK);
    let code = codes["ann"][3].as_str().expect("a code");
    ann.elsewhere().recover("ann", code).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_recovery_that_nobody_has_read_of_is_still_told() {
    let (app, codes) = last_release().await;
    let mut cem = visitor(&app, "cem@example.com", "cem").await;
    cem.sign_in().await.expect(StatusCode::OK);
    let notice = cem.account().await["notice"].clone();
    let kinds: Vec<_> = notice["changes"].as_array().expect("a list").iter().collect();
    assert!(kinds.iter().any(|change| change["kind"] == "recovery.used"), "{notice}");
    cem.post("/api/recovery/seen", json!({})).await.expect(StatusCode::OK);
    let used = codes["cem"][0].as_str().expect("a code");
    let refused = app.visitor().recover("cem", used).await;
    refused.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
}

#[tokio::test]
async fn an_address_that_would_not_be_taken_any_more_still_signs_in() {
    let (app, _) = last_release().await;
    let mut eve = app.visitor();
    let who = json!({ "email": "J\u{fc}rgen@ex\u{e4}mple.com", "password": PASSWORD });
    eve.post("/api/signin/password", who).await.expect(StatusCode::OK);
    assert!(eve.is_signed_in().await);
}

#[tokio::test]
async fn everything_that_happened_has_words() {
    let (app, _) = last_release().await;
    for name in ["ann", "bob", "cem"] {
        let mut user = visitor(&app, &format!("{name}@example.com"), name).await;
        user.sign_in().await.expect(StatusCode::OK);
        let list = user.post("/api/activity/list", json!({ "limit": 100 })).await;
        let events = list.expect(StatusCode::OK)["events"].as_array().expect("a list").clone();
        assert!(events.len() > 3, "{name}");
        for event in events {
            assert_ne!(event["text"], event["kind"], "{name}");
            assert!(!event["text"].as_str().expect("words").contains('{'), "{event}");
        }
    }
}

#[tokio::test]
async fn an_account_of_the_last_release_signs_in_until_somebody_proves_its_address() {
    let (app, _) = last_release().await;
    let mut ann = visitor(&app, "ann@example.com", "ann").await;
    ann.sign_in_by_password("ann", PASSWORD).await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["email_confirmed"], false);
    // Somebody who reads the mail of that address makes an account with it.
    app.visitor().sign_up_by_password("ann").await.expect(StatusCode::OK);
    assert_eq!(ann.account().await["email_confirmed"], false);
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
    let signed_in = app.visitor().sign_in_by_password("ann", PASSWORD).await;
    assert_eq!(signed_in.expect(StatusCode::OK)["user"]["name"], "ann", "the new account");
}
