//! Two instances on one database behave as one.

use super::support::{Answer, TestApp, Visitor, at_once, new_database, order};
use crate::server::db::Db;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// Two instances, and somebody who has signed up at the first.
async fn two() -> (TestApp, TestApp, Visitor) {
    let one = TestApp::new().await;
    let other = one.twin().await;
    let ann = one.signed_up("ann").await;
    (one, other, ann)
}

/// The same call thirty times at once, each second one to the other instance.
async fn thirty(ann: &Visitor, other: &TestApp, path: &'static str, body: &Value) -> Vec<Answer> {
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
    let (mut here, mut there) = (ann.elsewhere(), ann.elsewhere().at(&other));
    let answer = here.signed("/api/signin/options").await;
    there.cookies = here.cookies.clone();
    there.post("/api/signin/verify", answer).await.expect(StatusCode::OK);
    here.cookies = there.cookies.clone();
    assert!(here.is_signed_in().await);

    let send = order(json!({}));
    let asked = there.post("/api/transfers/send", send.clone()).await;
    asked.refused(StatusCode::FORBIDDEN, "step_up_required");
    let answer = here.signed("/api/reauth/options").await;
    there.cookies = here.cookies.clone();
    there.post("/api/reauth/verify", answer).await.expect(StatusCode::OK);
    here.post("/api/transfers/send", send).await.expect(StatusCode::OK);
    assert_eq!(there.balance().await, 1_000_000 - 1000);
    one.assert_ledger_balances().await;
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
async fn one_confirmation_sends_money_once_at_either() {
    let (one, other, mut ann) = two().await;
    let send = order(json!({}));
    ann.post("/api/transfers/send", send.clone()).await;
    ann.confirm().await.expect(StatusCode::OK);
    thirty(&ann, &other, "/api/transfers/send", &send).await;
    assert_eq!(one.count("select count(*) from transfers where payee = 'bakery'").await, 1);
    assert_eq!(ann.balance().await, 1_000_000 - 1000);
    one.assert_ledger_balances().await;
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
async fn money_that_crosses_arrives_and_nobody_waits_for_ever() {
    let (one, other, mut ann) = two().await;
    let mut bob = other.signed_up("bob").await;
    for _ in 0..10 {
        let to_bob = order(json!({ "payee": "bob@example.com", "amount_cents": 300 }));
        let to_ann = order(json!({ "payee": "ann@example.com", "amount_cents": 200 }));
        ann.post("/api/transfers/send", to_bob.clone()).await;
        bob.post("/api/transfers/send", to_ann.clone()).await;
        ann.confirm().await.expect(StatusCode::OK);
        bob.confirm().await.expect(StatusCode::OK);
        let (sent, back) = futures::join!(
            ann.post("/api/transfers/send", to_bob),
            bob.post("/api/transfers/send", to_ann)
        );
        sent.expect(StatusCode::OK);
        back.expect(StatusCode::OK);
    }
    assert_eq!(ann.balance().await, 1_000_000 - 1000);
    assert_eq!(bob.balance().await, 1_000_000 + 1000);
    one.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_transfers_at_once_a_day_takes_as_many_as_fit() {
    let (one, other, mut ann) = two().await;
    one.execute("update accounts set balance = 5000000 where kind = 'user'").await.expect("money");
    for _ in 0..3 {
        ann.send_cents(500_000).await.expect(StatusCode::OK);
    }
    let mut sending = Vec::new();
    for n in 0..10 {
        let order = order(json!({ "amount_cents": 300_000 }));
        ann.post("/api/transfers/send", order.clone()).await;
        ann.confirm().await.expect(StatusCode::OK);
        let mut visitor = ann.at(if n % 2 == 0 { &one } else { &other });
        sending.push(async move { visitor.post("/api/transfers/send", order).await });
    }
    let mut refused = at_once(sending).await;
    refused.retain(|answer| answer.status != StatusCode::OK);
    assert_eq!(refused.len(), 9);
    refused.iter().for_each(|answer| answer.refused_field("amount_cents"));
    assert_eq!(ann.balance().await, 5_000_000 - 1_500_000 - 300_000);
}

#[tokio::test]
async fn money_for_an_account_that_is_closed_meanwhile_strands_nowhere() {
    let (one, other, mut ann) = two().await;
    let close = json!({});
    for n in 0..10 {
        let name = format!("bob-{n}");
        let mut bob = other.signed_up(&name).await;
        let order = order(json!({ "payee": format!("{name}@example.com") }));
        ann.post("/api/transfers/send", order.clone()).await;
        ann.confirm().await.expect(StatusCode::OK);
        bob.post("/api/account/delete", close.clone()).await;
        bob.confirm().await.expect(StatusCode::OK);
        let before = ann.balance().await;
        let (sent, closed) = futures::join!(
            ann.post("/api/transfers/send", order),
            bob.post("/api/account/delete", close.clone())
        );
        closed.expect(StatusCode::OK);
        let spent = before - ann.balance().await;
        match sent.status {
            StatusCode::OK => assert_eq!(spent, 1000),
            _ => {
                sent.refused_field("payee");
                assert_eq!(spent, 0);
            }
        }
    }
    let stranded = "select count(*) from accounts
        where kind = 'user' and user_id is null and balance <> 0";
    assert_eq!(one.count(stranded).await, 0);
    one.assert_ledger_balances().await;
}

#[tokio::test]
async fn who_locks_the_same_rows_in_another_order_waits_for_nobody_who_waits() {
    let (one, other, _) = two().await;
    let lock = async |app: &TestApp, ids: [&str; 2]| {
        let mut tx = app.state.db.begin().await?;
        tx.lock("accounts", &ids).await?;
        tx.commit().await
    };
    for _ in 0..20 {
        let (here, there) = futures::join!(
            lock(&one, ["bakery", "treasury"]),
            lock(&other, ["treasury", "bakery"])
        );
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
