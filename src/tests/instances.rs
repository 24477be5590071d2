//! Two instances on one database behave as one. On SQLite each has its own challenges.

use super::{
    act::ACT,
    support::{Answer, TestApp, Visitor, act, new_database},
};
use crate::server::db::{Db, Kind};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// Two instances, and somebody who has signed up at the first.
pub(crate) async fn two() -> (TestApp, TestApp, Visitor) {
    let one = TestApp::new().await;
    let other = one.twin().await;
    let ann = one.signed_up("ann").await;
    (one, other, ann)
}

/// The same call thirty times at once, each second one to the other instance.
pub(crate) async fn thirty(
    ann: &Visitor,
    other: &TestApp,
    path: &'static str,
    body: &Value,
) -> Vec<Answer> {
    let there = ann.at(other);
    let (mut answers, others) = futures::join!(
        ann.post_at_once(15, path, body.clone()),
        there.post_at_once(15, path, body.clone())
    );
    answers.extend(others);
    answers
}

fn winners(answers: &[Answer]) -> usize {
    for answer in answers {
        assert!(!answer.status.is_server_error(), "{}", answer.text());
    }
    answers.iter().filter(|answer| answer.status == StatusCode::OK).count()
}

#[tokio::test]
async fn a_ceremony_that_begins_at_one_ends_at_the_other() {
    let (one, other, ann) = two().await;
    // SQLite is for one instance, which keeps its challenges to itself.
    if one.state.db.kind() == Kind::Sqlite {
        return;
    }
    let (mut here, mut there) = (ann.elsewhere(), ann.elsewhere().at(&other));
    let answer = here.signed("/api/signin/options").await;
    there.cookies = here.cookies.clone();
    there.post("/api/signin/verify", answer).await.expect(StatusCode::OK);
    here.cookies = there.cookies.clone();
    assert!(here.is_signed_in().await);

    let act = act(json!({}));
    let asked = there.post(ACT, act.clone()).await;
    asked.refused(StatusCode::FORBIDDEN, "step_up_required");
    let answer = here.signed("/api/reauth/options").await;
    there.cookies = here.cookies.clone();
    there.post("/api/reauth/verify", answer).await.expect(StatusCode::OK);
    here.post(ACT, act).await.expect(StatusCode::OK);
    assert_eq!(one.acts("ann@example.com").await, 1);
}

#[tokio::test]
async fn signing_out_at_one_is_seen_at_once_at_the_other() {
    let (_one, other, mut ann) = two().await;
    let mut there = ann.at(&other);
    assert!(there.is_signed_in().await);
    ann.post("/api/signout", json!({})).await.expect(StatusCode::OK);
    assert!(!there.is_signed_in().await);
}

#[tokio::test]
async fn one_challenge_signs_in_once_at_either() {
    let (one, other, ann) = two().await;
    let mut ann = ann.elsewhere();
    let answer = ann.signed("/api/signin/options").await;
    let before = one.count("select count(*) from sessions").await;
    assert_eq!(winners(&thirty(&ann, &other, "/api/signin/verify", &answer).await), 1);
    assert_eq!(one.count("select count(*) from sessions").await, before + 1);
}

#[tokio::test]
async fn one_recovery_code_works_once_at_either() {
    let (_one, other, mut ann) = two().await;
    let codes = ann.make_codes().await;
    let code = json!({ "email": "ann@example.com", "code": codes[0] });
    let answers = thirty(&ann.elsewhere(), &other, "/api/signin/recovery", &code).await;
    assert_eq!(winners(&answers), 1);
}

#[tokio::test]
async fn one_grant_makes_one_set_of_codes_at_either() {
    let (one, other, mut ann) = two().await;
    ann.post("/api/recovery/generate", json!({})).await;
    ann.confirm().await.expect(StatusCode::OK);
    let answers = thirty(&ann, &other, "/api/recovery/generate", &json!({})).await;
    assert_eq!(winners(&answers), 1);
    assert_eq!(one.count("select count(*) from recovery_codes").await, 10);
}

#[tokio::test]
async fn of_the_last_two_passkeys_one_stays_however_they_are_removed() {
    let (one, other, mut ann) = two().await;
    ann.add_passkey().await;
    let ids: Vec<_> = ann.passkeys().await.iter().map(|passkey| passkey["id"].clone()).collect();
    let mut there = ann.elsewhere().at(&other);
    there.sign_in().await.expect(StatusCode::OK);
    let (first, second) = (json!({ "id": ids[0] }), json!({ "id": ids[1] }));
    for (visitor, removal) in [(&mut ann, &first), (&mut there, &second)] {
        visitor.post("/api/passkeys/delete", removal.clone()).await;
        visitor.confirm().await.expect(StatusCode::OK);
    }
    futures::join!(
        ann.post("/api/passkeys/delete", first),
        there.post("/api/passkeys/delete", second)
    );
    assert_eq!(one.count("select count(*) from passkeys").await, 1);
}

#[tokio::test]
async fn rows_are_locked_in_one_order_whatever_order_is_asked_for() {
    let (one, other, _) = two().await;
    one.signed_up("bob").await;
    let ann = one.text("select id from users where name = 'ann'").await;
    let bob = one.text("select id from users where name = 'bob'").await;
    let (ann, bob) = (ann.as_str(), bob.as_str());
    let lock = async |app: &TestApp, ids: [&str; 2]| {
        let mut tx = app.state.db.begin().await?;
        tx.lock("users", &ids).await?;
        tx.commit().await
    };
    for _ in 0..20 {
        let (here, there) = futures::join!(lock(&one, [ann, bob]), lock(&other, [bob, ann]));
        assert_eq!((here, there), (Ok(()), Ok(())));
    }
}

/// sqlx would take such a connection for one without a transaction, and what is written over it next
/// would never be committed.
#[tokio::test]
async fn a_transaction_that_nobody_waits_for_leaves_none_open() {
    let (one, other, _) = two().await;
    for polls in 1.. {
        let mut begin = Box::pin(one.state.db.begin());
        let mut begun = false;
        for _ in 0..polls {
            begun = begun || futures::poll!(&mut begin).is_ready();
            sleep(Duration::from_millis(2)).await;
        }
        drop(begin);
        sleep(Duration::from_millis(20)).await;
        // One over each connection that there is.
        for _ in 0..10 {
            sqlx::query("insert into tries (id, times, wait, at) values ($1, 1, 0, 0)")
                .bind(one.state.clock.new_id())
                .execute(one.state.db.writer())
                .await
                .expect("a row");
        }
        assert_eq!(other.count("select count(*) from tries").await, 10 * polls);
        if begun {
            break;
        }
    }
}

#[tokio::test]
async fn four_that_start_at_once_on_an_empty_database_bring_it_up_to_date_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = new_database(folder.path()).await;
    let open = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(
            async move { Db::open(&url).await.map(drop).map_err(|error| error.to_string()) },
        )
    });
    for opened in futures::future::join_all(open).await {
        assert_eq!(opened.expect("no panic"), Ok(()));
    }
}

#[tokio::test]
async fn a_migration_that_was_changed_after_it_ran_is_refused() {
    let app = TestApp::new().await;
    app.execute("update _sqlx_migrations set checksum = checksum || checksum where version = 1")
        .await
        .expect("another checksum");
    let again = Db::open(&app.state.config.database_url).await;
    let complaint = again.err().expect("a refusal").to_string();
    assert!(complaint.contains("migration 1 was previously applied but has been modified"));
}
