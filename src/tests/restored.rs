//! What is done with a restored copy before it is served.

use super::support::TestApp;
use crate::maintenance;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn of_a_restored_copy_nobody_is_signed_in_no_code_works_and_everybody_is_told() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let codes = ann.make_codes().await;
    let asked = ann.signed("/api/signin/options").await;
    let mut bob = app.visitor();
    bob.sign_up_by_password("bob").await.expect(StatusCode::OK);
    bob.post("/api/recovery/generate", json!({})).await;
    let emptied = [
        "sessions",
        "devices",
        "challenges",
        "actions",
        "recovery_codes",
        "mails",      // with: mail
        "mail_codes", // with: mail
    ];
    let is_emptied = |line: &String| emptied.iter().any(|it| line.starts_with(&format!("{it}: ")));
    let mut kept = app.dump_all().await;
    kept.retain(|line| !is_emptied(line));

    // A running server would go on with what it knows.
    let refused = maintenance::restored(&app.state.config).await;
    let sentence = refused.expect_err("a refusal").to_string();
    assert_eq!(sentence, "a server runs on this database: stop it first");
    assert!(ann.is_signed_in().await);

    app.state.db.close().await;
    maintenance::restored(&app.state.config).await.expect("an order");
    let app = app.twin().await;
    // All else is as it was, and the activity has a line more for each of both.
    let (told, mut left): (Vec<_>, Vec<_>) =
        app.dump_all().await.into_iter().partition(|line| line.contains("database.restored"));
    assert_eq!(told.len(), 2, "{told:#?}");
    left.sort();
    kept.sort();
    assert_eq!(left, kept);
    let (mut ann, mut bob) = (ann.at(&app), bob.at(&app));
    assert!(!ann.is_signed_in().await && !bob.is_signed_in().await);
    ann.recover("ann", &codes[0]).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    ann.post("/api/signin/verify", asked).await.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
    for email in ["ann@example.com", "bob@example.com"] {
        let kinds = app.activity(email).await;
        assert!(kinds.iter().any(|kind| kind == "database.restored"), "{kinds:?}");
    }
    ann.sign_in().await.expect(StatusCode::OK);
    let page = ann.get("/settings/activity").await.text();
    assert!(page.contains("This service was restored from a copy"), "{page}");
}
