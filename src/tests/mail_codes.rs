//! Codes by mail: what makes one good, and what nobody can tell from the answers.

use super::support::{Answer, PASSWORD, TestApp, Visitor};
use crate::mail::{Part, codes};
use axum::http::StatusCode;
use serde_json::json;

const ANN: &str = "ann@example.com";
const WRONG: &str = "AAAA-AAAA";

/// Asks for a code to sign in with, and returns it.
async fn ask(visitor: &mut Visitor, email: &str) -> String {
    visitor.post("/api/signin/mail", json!({ "email": email })).await.expect(StatusCode::OK);
    visitor.mailed_code(email).await
}

async fn answer(visitor: &mut Visitor, code: &str) -> Answer {
    visitor.post("/api/signin/code", json!({ "code": code })).await
}

fn refused(answer: &Answer) {
    answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
}

#[tokio::test]
async fn a_code_signs_its_owner_in_once_and_confirms_nothing() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await.elsewhere();
    let code = ask(&mut ann, ANN).await;
    assert_eq!(code.len(), 9);
    // However it is typed.
    let typed = format!(" {} ", code.to_lowercase().replace('-', " "));
    let user = answer(&mut ann, &typed).await.expect(StatusCode::OK);
    assert_eq!(user["user"]["email"], ANN);
    assert!(ann.is_signed_in().await);
    let sessions = ann.post("/api/sessions/list", json!({})).await.expect(StatusCode::OK);
    assert_eq!(sessions["sessions"][0]["method"], "mail");
    let mut again = ann.elsewhere();
    again.cookies.insert("latchkey-code".to_owned(), ann.cookies["latchkey-code"].clone());
    refused(&answer(&mut again, &code).await);
    // What has to be confirmed takes what it took before.
    let asked = ann.confirmed_act().await;
    asked.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_for_the_browser_that_asked() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let (mut ann, mut thief) = (app.visitor(), app.visitor());
    let code = ask(&mut ann, ANN).await;
    refused(&answer(&mut thief, &code).await);
    // Not even one with an open code of its own.
    let own = ask(&mut thief, ANN).await;
    refused(&answer(&mut thief, &code).await);
    refused(&answer(&mut ann, &own).await);
    answer(&mut ann, &code).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_good_for_fifteen_minutes() {
    let app = TestApp::with(&["--rate-limit", "off"]).await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    let code = ask(&mut ann, ANN).await;
    app.wait(15 * 60 - 1);
    let mut late = ann.clone();
    answer(&mut ann, &code).await.expect(StatusCode::OK);
    let code = ask(&mut late, ANN).await;
    app.wait(15 * 60);
    refused(&answer(&mut late, &code).await);
}

#[tokio::test]
async fn a_code_takes_five_tries_also_at_once() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    let code = ask(&mut ann, ANN).await;
    for _ in 0..4 {
        refused(&answer(&mut ann, WRONG).await);
    }
    let mut copy = ann.clone();
    answer(&mut copy, &code).await.expect(StatusCode::OK);
    let code = ask(&mut ann, ANN).await;
    for _ in 0..5 {
        refused(&answer(&mut ann, WRONG).await);
    }
    refused(&answer(&mut ann, &code).await);
}

#[tokio::test]
async fn another_code_takes_the_place_of_the_first_and_of_its_mail() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    app.send_mails().await;
    let mut ann = app.visitor();
    let first = ask(&mut ann, ANN).await;
    let second = ask(&mut ann, ANN).await;
    assert_eq!(ann.mails(ANN).await.len(), 1);
    refused(&answer(&mut ann, &first).await);
    answer(&mut ann, &second).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_for_one_purpose() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    let code = ask(&mut ann, ANN).await;
    for path in ["/api/recovery/mail/code", "/api/signup/code"] {
        let answer = ann.post(path, json!({ "code": code })).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    answer(&mut ann, &code).await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_who_type_one_code_at_once_one_is_signed_in() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    let code = ask(&mut ann, ANN).await;
    let answers = ann.post_at_once(30, "/api/signin/code", json!({ "code": code })).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == StatusCode::OK);
    assert_eq!(good.len(), 1);
    bad.iter().for_each(|answer| refused(answer));
    assert_eq!(app.count("select count(*) from sessions where method = 'mail'").await, 1);
}

#[tokio::test]
async fn nobody_can_tell_whether_an_address_has_an_account() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    app.visitor().sign_up_unconfirmed("bob").await.expect(StatusCode::OK);
    let mut cem = app.signed_up("cem").await;
    let off = cem.confirmed("/api/account/mail-sign-in", json!({ "enabled": false })).await;
    off.expect(StatusCode::OK);
    app.send_mails().await;
    for (start, finish) in [
        ("/api/signin/mail", "/api/signin/code"),
        ("/api/recovery/mail", "/api/recovery/mail/code"),
    ] {
        let look = async |name: &str| {
            let mut visitor = app.visitor();
            let email = format!("{name}@example.com");
            let written = (app.count("select count(*) from mails").await, app.trips());
            let asked = visitor.post(start, json!({ "email": email })).await;
            let written = (
                app.count("select count(*) from mails").await - written.0,
                app.trips() - written.1,
            );
            assert_eq!((asked.status, asked.text()), (StatusCode::OK, "{}".to_owned()));
            let wrong = visitor.post(finish, json!({ "code": WRONG })).await;
            refused(&wrong);
            let mut seen = [asked.observable(), wrong.observable()];
            seen.iter_mut().for_each(|(_, headers, _)| {
                let cookie = headers.remove("set-cookie");
                assert!(cookie.is_none_or(|it| it.len() > 60));
            });
            // What the database does is the same as well, so that the time tells nothing.
            (seen, written)
        };
        let ann = look("ann").await;
        for other in ["bob", "cem", "nobody"] {
            assert_eq!(look(other).await, ann, "{other}");
        }
    }
    // And only who has proven an address, and wants it, gets a mail.
    let visitor = app.visitor();
    assert_eq!(visitor.mails(ANN).await.len(), 2);
    assert!(visitor.mails("bob@example.com").await.is_empty());
    assert_eq!(visitor.mails("cem@example.com").await.len(), 1, "to get back in");
    assert!(visitor.mails("nobody@example.com").await.is_empty());
}

#[tokio::test]
async fn switching_it_off_takes_a_confirmation_and_voids_the_code_that_is_open() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let mut elsewhere = ann.elsewhere();
    let code = ask(&mut elsewhere, ANN).await;
    let off = json!({ "enabled": false });
    ann.confirmed("/api/account/mail-sign-in", off).await.expect(StatusCode::OK);
    refused(&answer(&mut elsewhere, &code).await);
    app.send_mails().await;
    assert_eq!(ask(&mut elsewhere, ANN).await, WRONG, "no mail is sent");
    let on = json!({ "enabled": true });
    ann.confirmed("/api/account/mail-sign-in", on).await.expect(StatusCode::OK);
    let code = ask(&mut elsewhere, ANN).await;
    answer(&mut elsewhere, &code).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn opening_the_link_in_a_mail_changes_nothing() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    let code = ask(&mut ann, ANN).await;
    let mails = ann.mails(ANN).await;
    let links = mails[0].letter.parts.iter().filter_map(|part| match part {
        Part::Link(_, path) => Some(path.clone()),
        _ => None,
    });
    let before = app.dump_all().await;
    for path in links {
        // In the browser that asked, and by a program that looks through mails.
        let page = ann.get(&path).await;
        assert!(page.text().contains(&format!("value=\"{code}\"")), "{}", page.text());
        app.visitor().get(&path).await.expect(StatusCode::OK);
    }
    assert_eq!(app.dump_all().await, before);
    answer(&mut ann, &code).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn the_database_cannot_be_searched_for_a_code() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    let code = ask(&mut ann, ANN).await;
    app.send_mails().await;
    let dump = app.dump_all().await.join("\n");
    assert!(!dump.contains(&code) && !dump.contains(&code.replace('-', "")));
    // Two browsers that ask for the same would have different hashes: each depends on its cookie.
    let cookie = ann.cookies["latchkey-code"].clone();
    assert!(!dump.contains(&cookie));
    answer(&mut ann, &code).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn strangers_cause_five_mails_an_hour_to_an_address_and_a_known_browser_as_many_again() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.signed_up("ann").await;
    let mut bob = app.signed_up("bob").await;
    app.wait(3600);
    bob.sign_in().await.expect(StatusCode::OK);
    app.send_mails().await;
    let mails = async || app.visitor().mails(ANN).await.len();
    // One network has half of them at most, so that the owner gets one from another.
    for (network, sent) in [("192.0.2.1", 3), ("198.51.100.1", 5), ("203.0.113.1", 5)] {
        for _ in 0..10 {
            let mut stranger = app.visitor_from(network.parse().expect("an address"));
            let who = json!({ "email": ANN });
            stranger.post("/api/signin/mail", who).await.expect(StatusCode::OK);
        }
        assert_eq!(mails().await, sent, "{network}");
    }
    // Neither another purpose nor a claim of somebody's gets around it.
    app.visitor().post("/api/recovery/mail", json!({ "email": ANN })).await.expect(StatusCode::OK);
    let claim = json!({ "email": ANN });
    bob.post("/api/email/start", claim).await.expect(StatusCode::OK);
    let new = json!({ "email": ANN, "name": "Eve", "password": PASSWORD });
    app.visitor().post("/api/signup/password", new).await.expect(StatusCode::OK);
    assert_eq!(mails().await, 5);
    // Ann's own browser is not kept from its mail, nor her passkey from signing in.
    let code = ask(&mut ann, ANN).await;
    assert_eq!(mails().await, 6);
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
    answer(&mut ann, &code).await.expect(StatusCode::OK);
    app.wait(3600);
    app.send_mails().await;
    app.visitor().post("/api/signin/mail", json!({ "email": ANN })).await.expect(StatusCode::OK);
    assert_eq!(mails().await, 1);
}

#[tokio::test]
async fn a_network_and_all_together_cause_so_many_mails_an_hour() {
    let options = ["--rate-limit", "on", "--mails-per-network", "3", "--mails-in-all", "5"];
    let app = TestApp::with(&options).await;
    let waiting = async || app.count("select count(*) from mails where state = 'waiting'").await;
    for (network, sent) in [("192.0.2.1", 3), ("2001:db8::1", 5), ("198.51.100.1", 5)] {
        for at in 0..6 {
            let mut visitor = app.visitor_from(network.parse().expect("an address"));
            let email = format!("{}-{at}@example.com", network.replace([':', '.'], "-"));
            let new = json!({ "email": email, "name": "Eve", "password": PASSWORD });
            visitor.post("/api/signup/password", new).await.expect(StatusCode::OK);
        }
        assert_eq!(waiting().await, sent, "{network}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_who_ask_at_once_from_one_network_three_cause_a_mail() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    app.signed_up("ann").await;
    app.wait(3600);
    app.send_mails().await;
    let calls = (0..30).map(|_| {
        let mut visitor = app.visitor();
        async move { visitor.post("/api/signin/mail", json!({ "email": ANN })).await }
    });
    for answer in super::support::at_once(calls).await {
        answer.expect(StatusCode::OK);
    }
    assert_eq!(app.visitor().mails(ANN).await.len(), 3);
}

#[tokio::test]
async fn strangers_who_use_up_the_mails_of_all_leave_those_of_known_browsers() {
    let options = ["--rate-limit", "on", "--mails-in-all", "3"];
    let app = TestApp::with(&options).await;
    let mut ann = app.signed_up("ann").await;
    app.wait(3600);
    app.send_mails().await;
    ann.sign_in().await.expect(StatusCode::OK);
    for at in 0..6 {
        let nobody = json!({ "email": format!("nobody-{at}@example.com") });
        app.visitor().post("/api/signin/mail", nobody).await.expect(StatusCode::OK);
    }
    app.visitor().post("/api/signin/mail", json!({ "email": ANN })).await.expect(StatusCode::OK);
    assert!(app.visitor().mails(ANN).await.is_empty());
    ask(&mut ann, ANN).await;
    assert_eq!(app.visitor().mails(ANN).await.len(), 1);
}

#[tokio::test]
async fn the_networks_of_one_ipv6_customer_share_half_of_an_addresss_mails() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    app.signed_up("ann").await;
    app.wait(3600);
    app.send_mails().await;
    for network in 0..8 {
        let address = format!("2001:db8:0:{network:x}00::1").parse().expect("an address");
        let mut stranger = app.visitor_from(address);
        stranger.post("/api/signin/mail", json!({ "email": ANN })).await.expect(StatusCode::OK);
    }
    assert_eq!(app.visitor().mails(ANN).await.len(), 3);
}

#[tokio::test]
async fn a_code_that_went_to_another_address_signs_nobody_in() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    let code = ask(&mut ann, ANN).await;
    // As a request that was under way while the address changed leaves it.
    app.execute("update users set email = 'ann@new.example'").await.expect("a change");
    refused(&answer(&mut ann, &code).await);
}

#[tokio::test]
async fn what_strangers_leave_has_a_bound() {
    let app = TestApp::new().await;
    let mut eve = app.visitor();
    let long = format!("/{}", "a".repeat(10_000));
    let asked = json!({ "email": "nobody@example.com", "next": long });
    eve.post("/api/signin/mail", asked).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from mail_codes where length(state) < 300").await, 1);
    app.execute(
        "insert into mail_codes (browser, purpose, hash, state, mail_id, expires_at)
         with recursive n(at) as (select 1 union all select at + 1 from n where at < 50010)
         select 'browser ' || at, 'sign_up', hash, state, mail_id, expires_at + at from mail_codes, n",
    )
    .await
    .expect("a flood");
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from mail_codes").await, 50_000);
    let newest = "select count(*) from mail_codes where browser = 'browser 50010'";
    assert_eq!(app.count(newest).await, 1);
    assert_eq!(app.count("select count(*) from mails").await, 1);
    app.wait(60 * 60);
    crate::cleanup::run(&app.state).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from mails").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_wrong_codes_at_once_five_are_judged() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    let code = ask(&mut ann, ANN).await;
    for wrong in ann.post_at_once(30, "/api/signin/code", json!({ "code": WRONG })).await {
        refused(&wrong);
    }
    assert_eq!(app.count("select tries from mail_codes where user_id is not null").await, 5);
    refused(&answer(&mut ann, &code).await);
}

#[tokio::test]
async fn expired_codes_are_swept() {
    let app = TestApp::new().await;
    app.signed_up("ann").await;
    let mut ann = app.visitor();
    ask(&mut ann, ANN).await;
    assert!(app.count("select count(*) from mail_codes").await > 0);
    app.wait(15 * 60);
    codes::sweep(&app.state.db, app.state.clock.now()).await.expect("a sweep");
    assert_eq!(app.count("select count(*) from mail_codes").await, 0);
}

#[tokio::test]
async fn a_request_too_many_opens_nothing_and_leaves_the_code_that_is_open() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let ann = app.signed_up("ann").await;
    app.wait(3600);
    app.send_mails().await;
    let mut stranger = app.visitor();
    let code = ask(&mut stranger, ANN).await;
    for network in ["192.0.2.1", "192.0.2.1", "198.51.100.1", "198.51.100.1"] {
        let mut other = app.visitor_from(network.parse().expect("an address"));
        ask(&mut other, ANN).await;
    }
    // The sixth causes no mail; what is kept for it is known to nobody, however long.
    let mut late = app.visitor();
    ask(&mut late, ANN).await;
    ask(&mut stranger, ANN).await;
    for guess in ["", "AAAA-AAAA", "NZXWE33EPEQGW3TPO5ZSA2LU", "AAAAAAAA"] {
        refused(&answer(&mut late, guess).await);
    }
    answer(&mut stranger, &code).await.expect(StatusCode::OK);
    ann.elsewhere().sign_in().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn all_networks_of_an_ipv6_customer_together_cause_so_many_mails_an_hour() {
    let options = ["--rate-limit", "on", "--mails-per-network", "1"];
    let app = TestApp::with(&options).await;
    for network in 0..100 {
        let mut visitor =
            app.visitor_from(format!("2001:db8:0:{network:x}::1").parse().expect("one"));
        let new = json!({ "email": format!("eve-{network}@example.com"), "name": "Eve", "password": PASSWORD });
        visitor.post("/api/signup/password", new).await.expect(StatusCode::OK);
    }
    let waiting = app.count("select count(*) from mails where state = 'waiting'").await;
    assert_eq!(waiting, 4, "a /56 has four times the allowance of a /64");
}
