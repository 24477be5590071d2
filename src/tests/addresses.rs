//! E-mail addresses: one form each, and no two that look alike. Accounts of earlier releases keep
//! the address that they have.

use super::support::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn an_address_is_one_that_the_html_standard_takes() {
    let app = TestApp::new().await;
    for email in [
        "\u{430}nn@example.com",
        "j\u{fc}rgen@example.com",
        "ann\u{200d}@example.com",
        "\"ann\"@example.com",
        "ann(work)@example.com",
        "ann,bob@example.com",
        "ann@bob@example.com",
        "ann@exa_mple.com",
        "ann@ex%61mple.com",
        "ann@-example.com",
        "ann@example-.com",
        "ann@example..com",
        "ann@.example.com",
        "ann@example.com.",
        "ann@[127.0.0.1]",
        "ann..b@example.com",
        ".ann@example.com",
        "ann.@example.com",
        "ann@xn--\u{430}.com",
        "ann@xn--0.com",
    ] {
        let new = json!({ "email": email, "name": "Ann", "password": PASSWORD });
        app.visitor().post("/api/signup/options", new.clone()).await.refused_field("email");
        app.visitor().post("/api/signup/password", new).await.refused_field("email");
    }
    for email in ["o'hara+a.b_c-d@mail.example.co.uk", "a@b", "#!$%&*/=?^`{|}~@example.com"] {
        let new = json!({ "email": email, "name": "Ann" });
        let options = app.visitor().post("/api/signup/options", new).await.expect(StatusCode::OK);
        assert_eq!(options["user"]["name"], email);
    }
}

#[tokio::test]
async fn a_host_has_one_form_however_it_is_written() {
    let app = TestApp::new().await;
    let new = |email: &str| json!({ "email": email, "name": "Ann", "password": PASSWORD });
    let mut ann = app.visitor();
    let first = ann.post("/api/signup/password", new("Ann@B\u{dc}CHER.example")).await;
    // with: mail {
    first.expect(StatusCode::OK);
    let code = ann.mailed_code("ann@xn--bcher-kva.example").await;
    let first = ann.post("/api/signup/code", json!({ "code": code })).await;
    // with: mail }
    assert_eq!(first.expect(StatusCode::OK)["user"]["email"], "ann@xn--bcher-kva.example");
    for email in [
        "ann@xn--bcher-kva.example",
        "ann@XN--BCHER-KVA.Example",
        "ann@bu\u{308}cher.example",
        "ann@b\u{fc}cher\u{3002}example",
        " ann@b\u{fc}\u{ad}cher.example ",
    ] {
        // with: mail {
        app.visitor().post("/api/signup/password", new(email)).await.expect(StatusCode::OK);
        let told = app.visitor().mails("ann@xn--bcher-kva.example").await;
        assert_eq!(told[0].letter.subject, TOLD);
        // with: mail }
        let who = json!({ "email": email, "password": PASSWORD });
        app.visitor().post("/api/signin/password", who).await.expect(StatusCode::OK);
    }
}

// with: mail {
/// What the owner of an address reads when somebody else claims it.
pub(crate) const TOLD: &str = "Somebody tried to create an account with your address";
// with: mail }

/// Addresses as an earlier release took them, and how their owner types them.
pub(crate) const EARLIER: [(&str, &str); 3] = [
    ("j\u{fc}rgen@example.com", " J\u{dc}RGEN@example.com "),
    ("ann@b\u{fc}cher.example", "Ann@b\u{fc}cher.example"),
    ("@ann@exa_mple.com", "@ann@exa_mple.com"),
];

#[tokio::test]
async fn an_account_with_an_address_of_an_earlier_release_signs_in() {
    for (stored, typed) in EARLIER {
        let app = TestApp::new().await;
        let mut ann = app.signed_up("ann").await;
        ann.set_password(PASSWORD).await;
        let codes = ann.make_codes().await;
        app.give_address("ann", stored).await;
        let who = json!({ "email": typed, "password": PASSWORD });
        app.visitor().post("/api/signin/password", who).await.expect(StatusCode::OK);
        let who = json!({ "email": typed, "code": codes[0] });
        app.visitor().post("/api/signin/recovery", who).await.expect(StatusCode::OK);
        // with: mail {
        // Nobody else can have it in another form.
        if typed.contains("b\u{fc}cher") {
            let new = json!({ "email": typed, "name": "Eve", "password": PASSWORD });
            app.visitor().post("/api/signup/password", new).await.expect(StatusCode::OK);
            let told = app.visitor().mails("ann@xn--bcher-kva.example").await;
            assert_eq!(told[0].letter.subject, TOLD);
        }
        // with: mail }
    }
}

/// An app in which Ann and Eve have addresses that are one by now: an earlier release took both.
pub(crate) async fn with_two_in_one() -> TestApp {
    let app = TestApp::new().await;
    for name in ["ann", "eve"] {
        app.visitor().sign_up_by_password(name).await.expect(StatusCode::OK);
    }
    app.give_address("ann", "x@b\u{fc}cher.example").await;
    app.give_address("eve", "x@xn--bcher-kva.example").await;
    app
}

#[tokio::test]
async fn of_two_accounts_whose_addresses_are_now_one_the_one_that_is_typed_is_meant() {
    let app = with_two_in_one().await;
    for (email, name) in [("x@b\u{fc}cher.example", "ann"), ("X@xn--bcher-kva.example", "eve")] {
        let who = json!({ "email": email, "password": PASSWORD });
        let signed_in = app.visitor().post("/api/signin/password", who).await;
        assert_eq!(signed_in.expect(StatusCode::OK)["user"]["name"], name);
    }
}

#[tokio::test]
async fn what_no_account_can_have_fails_like_any_other_address() {
    let app = TestApp::new().await;
    for email in ["ann\u{0}@example.com", "ann", "", &format!("{}@b.c", "a".repeat(300))] {
        for (path, proof) in
            [("/api/signin/password", "password"), ("/api/signin/recovery", "code")]
        {
            let who = json!({ "email": email, proof: PASSWORD });
            let answer = app.visitor().post(path, who).await;
            answer.refused(StatusCode::UNAUTHORIZED, "sign_in_failed");
        }
    }
}

#[tokio::test]
async fn guesses_at_an_address_are_counted_together_however_it_is_written() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    for (email, status) in [
        ("ann@xn--bcher-kva.example", StatusCode::UNAUTHORIZED),
        ("ann@b\u{fc}cher.example", StatusCode::UNAUTHORIZED),
        ("ann@B\u{dc}CHER.example", StatusCode::UNAUTHORIZED),
        ("ann@bu\u{308}cher.example", StatusCode::UNAUTHORIZED),
        ("ann@XN--bcher-kva.example", StatusCode::UNAUTHORIZED),
        ("ann@b\u{fc}cher\u{3002}example", StatusCode::TOO_MANY_REQUESTS),
    ] {
        let who = json!({ "email": email, "password": "wrong horse battery staple" });
        let answer = app.visitor().post("/api/signin/password", who).await;
        assert_eq!(answer.status, status, "{email}");
    }
    assert_eq!(app.count("select count(*) from tries").await, 1);
}
