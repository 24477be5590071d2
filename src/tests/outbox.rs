//! The outbox, with a real mail server: nothing is lost, and what is sent again is the same mail.

use super::{
    smtp::{SmtpServer, header},
    support::{TestApp, Visitor},
};
use crate::{
    error::Result,
    mail::{
        Letter,
        outbox::{self, LEASE},
        smtp::Smtp,
        worker,
    },
    server::state::State,
};
use axum::http::StatusCode;
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

/// An app on https, and what sends its mail.
async fn app_with(url: &str) -> (TestApp, Smtp) {
    let app = TestApp::with(&["--rp-id", "example.com", "--origin", "https://example.com"]).await;
    let mut config = app.state.config.clone();
    config.smtp_url = url.to_owned();
    config.mail_from = "Latchkey <app@example.com>".to_owned();
    (app, Smtp::new(&config).expect("settings"))
}

async fn queue(app: &TestApp, to: &str) {
    let mut tx = app.state.db.begin().await.expect("a transaction");
    let letter = Letter::new("A letter").text("Grüße").code("ABCD-EFGH").link("Go", "/signin");
    let queued = outbox::queue(&app.state.clock, &mut tx, to, &letter, outbox::A_DAY).await;
    queued.expect("a mail");
    tx.commit().await.expect("a commit");
}

/// Sends the mail that is due for longest; returns whether there was one.
async fn send_next(state: &State, smtp: &Smtp) -> Result<bool> {
    let Some(mail) = outbox::claim(state).await? else { return Ok(false) };
    worker::send(state, smtp, &mail).await?;
    Ok(true)
}

async fn states(app: &TestApp) -> String {
    app.text(
        "select coalesce(max(state || ' ' || attempts || ' ' || length(letter)), '') from mails",
    )
    .await
}

#[tokio::test]
async fn a_mail_is_sent_as_text_and_html_and_blanked() {
    let server = SmtpServer::start();
    let (app, smtp) = app_with(&server.url()).await;
    queue(&app, "ann@example.com").await;
    assert!(send_next(&app.state, &smtp).await.expect("a mail"));
    assert!(!send_next(&app.state, &smtp).await.expect("no other mail"));
    let mails = server.wait_for("ann@example.com", 1);
    let id = app.text("select id from mails").await;
    assert_eq!(header(&mails[0], "Message-ID"), format!("<{id}@example.com>"));
    assert!(header(&mails[0], "From").ends_with(" <app@example.com>"));
    assert_eq!(header(&mails[0], "Auto-Submitted"), "auto-generated");
    assert!(header(&mails[0], "Date").ends_with("+0000"));
    for part in ["text/plain", "text/html", "ABCD-EFGH", "https://example.com/signin"] {
        assert!(mails[0].contains(part), "{part}: {}", mails[0]);
    }
    assert_eq!(states(&app).await, "sent 1 0");
    assert_eq!(app.text("select recipient from mails").await, "");
}

#[tokio::test]
async fn what_is_put_off_is_tried_again_later_under_the_same_id() {
    let server = SmtpServer::start();
    let (app, smtp) = app_with(&server.url()).await;
    for to in ["later@example.com", "lost@example.com"] {
        queue(&app, to).await;
        let id = app.text("select max(id) from mails").await;
        assert!(send_next(&app.state, &smtp).await.expect("a mail"));
        assert!(!send_next(&app.state, &smtp).await.expect("it waits"));
        app.wait(10);
        assert!(send_next(&app.state, &smtp).await.expect("a mail"));
        let mails = server.wait_for(to, 1);
        // Of the one whose answer was lost there are two, which are one for whoever reads them.
        let ids: BTreeSet<_> = mails.iter().map(|mail| header(mail, "Message-ID")).collect();
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), [format!("<{id}@example.com>")]);
        assert!(!send_next(&app.state, &smtp).await.expect("no other mail"));
    }
    assert_eq!(server.mails("lost@example.com").len(), 2);
    assert_eq!(app.count("select count(*) from mails where state = 'sent'").await, 2);
}

#[tokio::test]
async fn what_the_server_refuses_is_given_up_and_nothing_else_waits_for_it() {
    let server = SmtpServer::start();
    let (app, smtp) = app_with(&server.url()).await;
    queue(&app, "never@example.com").await;
    queue(&app, "ann@example.com").await;
    assert!(send_next(&app.state, &smtp).await.expect("a mail"));
    assert_eq!(
        app.count("select count(*) from mails where state = 'refused' and letter = ''").await,
        1
    );
    assert!(send_next(&app.state, &smtp).await.expect("a mail"));
    server.wait_for("ann@example.com", 1);
}

#[tokio::test]
async fn a_refusal_that_is_about_us_is_tried_again() {
    let server = SmtpServer::start();
    let (app, smtp) = app_with(&server.url()).await;
    queue(&app, "listed@example.com").await;
    assert!(send_next(&app.state, &smtp).await.expect("a mail"));
    assert!(states(&app).await.starts_with("waiting 1 "), "{}", states(&app).await);
    app.wait(10);
    assert!(send_next(&app.state, &smtp).await.expect("a mail"));
    server.wait_for("listed@example.com", 1);
    assert_eq!(states(&app).await, "sent 2 0");
}

#[tokio::test]
async fn a_code_does_not_wait_behind_notices() {
    let app = TestApp::new().await;
    queue(&app, "ann@example.com").await;
    app.wait(1);
    let mut tx = app.state.db.begin().await.expect("a transaction");
    let letter = Letter::new("A code");
    let soon = Duration::from_secs(60);
    let code = outbox::queue(&app.state.clock, &mut tx, "bob@example.com", &letter, soon).await;
    tx.commit().await.expect("a commit");
    let first = outbox::claim(&app.state).await.expect("a claim").expect("a mail");
    assert_eq!(first.id, code.expect("a mail"));
}

#[tokio::test]
async fn a_mail_that_cannot_be_read_holds_up_no_other() {
    let app = TestApp::new().await;
    queue(&app, "ann@example.com").await;
    // As a newer release may write it.
    let newer = r#"update mails set letter = '{"subject":"A","parts":[{"picture":"B"}]}'"#;
    app.execute(newer).await.expect("a letter");
    queue(&app, "bob@example.com").await;
    assert!(outbox::claim(&app.state).await.expect("a claim").is_none());
    let next = outbox::claim(&app.state).await.expect("a claim").expect("the other mail");
    assert_eq!(next.recipient, "bob@example.com");
    assert_eq!(app.count("select count(*) from mails where state = 'waiting'").await, 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_for_a_day() {
    let (app, smtp) = app_with("smtp://127.0.0.1:9").await;
    queue(&app, "ann@example.com").await;
    let mut tries = 0;
    for _ in 0..200 {
        if send_next(&app.state, &smtp).await.expect("a mail or none") {
            tries += 1;
        }
        app.wait(10 * 60);
    }
    assert!((30..80).contains(&tries), "{tries}");
    assert!(states(&app).await.starts_with("refused "), "{}", states(&app).await);
}

#[tokio::test]
async fn a_server_that_does_not_know_us_is_tried_again() {
    let server = SmtpServer::start();
    let url = server.url().replace("smtp://", "smtp://latchkey:wrong@");
    let (app, smtp) = app_with(&url).await;
    queue(&app, "ann@example.com").await;
    assert!(send_next(&app.state, &smtp).await.expect("a mail"));
    assert!(states(&app).await.starts_with("waiting 1 "), "{}", states(&app).await);
}

#[tokio::test]
async fn a_worker_that_dies_leaves_its_mail_to_another_one_once_its_lease_is_over() {
    let server = SmtpServer::start();
    let (app, smtp) = app_with(&server.url()).await;
    queue(&app, "ann@example.com").await;
    let claimed = outbox::claim(&app.state).await.expect("a claim").expect("a mail");
    // It is accepted, and its worker dies before it is marked.
    smtp.send(&claimed, "https://example.com").await.expect("an answer");
    let other = app.twin().await;
    assert!(!send_next(&other.state, &smtp).await.expect("it is somebody's"));
    app.wait(LEASE.as_secs());
    other.wait(LEASE.as_secs());
    assert!(send_next(&other.state, &smtp).await.expect("a mail"));
    let mails = server.wait_for("ann@example.com", 2);
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_send_each_mail_once() {
    let server = SmtpServer::start();
    let (app, _) = app_with(&server.url()).await;
    for n in 0..40 {
        queue(&app, &format!("user-{n}@example.com")).await;
    }
    let workers = (0..6).map(|at| {
        let (app, url) = (&app, server.url());
        async move {
            let instance = if at % 2 == 0 { app.state.clone() } else { app.twin().await.state };
            let mut config = app.state.config.clone();
            config.smtp_url = url;
            let smtp = Smtp::new(&config).expect("settings");
            while send_next(&instance, &smtp).await.expect("a mail or none") {}
        }
    });
    futures::future::join_all(workers).await;
    for n in 0..40 {
        assert_eq!(server.wait_for(&format!("user-{n}@example.com"), 1).len(), 1, "{n}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_holds_up_one_mail_and_no_request() {
    let server = SmtpServer::start();
    let (app, smtp) = app_with(&server.url()).await;
    queue(&app, "hang@example.com").await;
    let hanging = send_next(&app.state, &smtp);
    tokio::select! {
        _ = hanging => panic!("it hangs"),
        () = async {
            while app.count("select count(*) from mails where attempts = 1").await == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            queue(&app, "ann@example.com").await;
            assert!(send_next(&app.state, &smtp).await.expect("another mail"));
            server.wait_for("ann@example.com", 1);
            let mut eve: Visitor = app.visitor();
            eve.sign_up_unconfirmed("eve").await.expect(StatusCode::OK);
        } => {}
    }
    assert_eq!(app.count("select count(*) from mails where state = 'sent'").await, 1);
}

#[tokio::test]
async fn a_mail_of_no_use_is_not_sent() {
    let server = SmtpServer::start();
    let (app, smtp) = app_with(&server.url()).await;
    let who = json!({ "email": "ann@example.com" });
    app.signed_up("ann").await;
    while send_next(&app.state, &smtp).await.expect("a mail or none") {}
    let before = server.mails("ann@example.com").len();
    app.visitor().post("/api/signin/mail", who).await.expect(StatusCode::OK);
    app.wait(15 * 60);
    assert!(send_next(&app.state, &smtp).await.expect("a mail"));
    assert!(!send_next(&app.state, &smtp).await.expect("none"));
    assert_eq!(server.mails("ann@example.com").len(), before);
    assert_eq!(app.count("select count(*) from mails where letter <> ''").await, 0);
}
