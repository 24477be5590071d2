//! Forms that a browser sends by itself, without scripts.

use super::support::{Answer, PASSWORD, TestApp, Visitor};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

/// A form as a browser without scripts sends it from a page.
fn form(page: &str, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let body = serde_urlencoded::to_string(fields).expect("a form");
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
        .header(header::REFERER, format!("http://localhost:3000{page}"))
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .expect("a request")
}

async fn sign_up(visitor: &mut Visitor, email: &str, password: &str) -> Answer {
    let fields = [("email", email), ("name", "Ann \"A\" <b>"), ("password", password)];
    visitor
        .request(form("/signup/password?next=/settings/activity", "/api/signup/password", &fields))
        .await
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed_but_no_password() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let refused = sign_up(&mut ann, "ann@example.com", "tooshort").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(refused.header("cache-control"), "no-store");
    let page = refused.text();
    assert!(page.contains("<title>Create an account with a password"), "{page}");
    assert!(page.contains("value=\"ann@example.com\""), "{page}");
    assert!(page.contains("value=\"Ann &quot;A&quot; &lt;b&gt;\""), "{page}");
    assert!(!page.contains("tooshort"), "{page}");
    // It is said at its field, once, and the field is marked.
    assert_eq!(page.matches("Use at least 15 characters").count(), 1, "{page}");
    let field = page.split("name=\"password\"").nth(1).expect("the field");
    assert!(field.split('>').next().expect("a tag").contains("aria-invalid=\"true\""), "{field}");
    // The page is the one that the form was on.
    assert!(page.contains("name=\"next\" value=\"/settings/activity\""), "{page}");
    assert_eq!(app.count("select count(*) from users").await, 0);
}

#[tokio::test]
async fn a_form_that_worked_leads_to_the_next_page() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    let fields = [
        ("email", "ann@example.com"),
        ("name", "Ann"),
        ("password", PASSWORD),
        ("next", "/settings/activity"),
    ];
    let done = ann.request(form("/signup/password", "/api/signup/password", &fields)).await;
    // with: mail {
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/signup/code"));
    let code = ann.mailed_code("ann@example.com").await;
    let page = ann.get(&format!("/signup/code?code={code}")).await.text();
    assert!(page.contains(&format!("value=\"{code}\"")), "{page}");
    let fields = [("code", code.as_str())];
    let done = ann.request(form("/signup/code", "/api/signup/code", &fields)).await;
    // with: mail }
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(done.header("location"), "/settings/activity?done=welcome");
    assert!(done.bytes.is_empty());
    assert!(ann.is_signed_in().await);
    // A form that leads nowhere comes back to its page.
    let declined = ann.request(form(
        "/settings/activity?before=x",
        "/api/offers/decline",
        &[("offer", "make_codes")],
    ));
    let declined = declined.await;
    assert_eq!(
        (declined.status, declined.header("location")),
        (StatusCode::SEE_OTHER, "/settings/activity?before=x")
    );
}

#[tokio::test]
async fn a_form_from_a_page_of_nobody_never_leads_off_the_site() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    for referer in ["https://evil.test//evil.test/x", "//evil.test", "javascript:alert(1)", "x", ""]
    {
        let mut request = form("/", "/api/offers/decline", &[("offer", "make_codes")]);
        request.headers_mut().insert(header::REFERER, referer.parse().expect("a header"));
        let done = ann.request(request).await;
        let to = done.header("location");
        assert!(to.starts_with('/') && !to.starts_with("//"), "{referer}: {to}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_even_where_the_form_is_gone() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let fields = [("id", "0"), ("name", "Key")];
    let gone = ann.request(form("/settings/passkeys", "/api/passkeys/rename", &fields)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(gone.text().matches("There is nothing here by that name.").count(), 1);
}

#[tokio::test]
async fn of_several_forms_for_one_call_the_refused_one_says_so() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let (_, added) = ann.add_passkey().await;
    let fields = [("id", added["id"].as_str().expect("an id")), ("name", " ")];
    let refused = ann.request(form("/settings/passkeys", "/api/passkeys/rename", &fields)).await;
    let page = refused.text();
    assert_eq!(page.matches("Enter a name of at most 64 characters.").count(), 1);
    let own = page.split(&format!("id=\"rename-{}\"", fields[0].1)).nth(1).expect("the row");
    assert!(own.split("</form>").next().expect("a form").contains("Enter a name"), "{page}");
}

#[tokio::test]
async fn the_wait_of_a_refused_form_is_in_its_header_too() {
    let app = TestApp::with(&["--rate-limit", "on"]).await;
    let mut ann = app.visitor();
    for _ in 0..20 {
        let fields = [("email", "ann@example.com"), ("password", "wrong")];
        let refused = ann.request(form("/signin", "/api/signin/password", &fields)).await;
        if refused.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|wait| wait > 0));
            assert!(refused.text().contains("Too many attempts."), "{}", refused.text());
            return;
        }
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    panic!("nobody had to wait");
}

#[tokio::test]
async fn a_form_that_comes_back_can_be_refused_again_and_then_work() {
    let app = TestApp::new().await;
    let mut ann = app.visitor();
    // The address of the page that comes back is that of the call.
    let again = "name=\"page\" value=\"/signup/password?next=/settings/activity\"";
    assert!(sign_up(&mut ann, "ann@example.com", "tooshort").await.text().contains(again));
    let page = "/signup/password?next=/settings/activity";
    let fields = [("email", "x"), ("name", "Ann"), ("password", PASSWORD), ("page", page)];
    let refused = ann.request(form("/api/signup/password", "/api/signup/password", &fields)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Enter an e-mail address"), "{}", refused.text());
    assert!(refused.text().contains(again), "{}", refused.text());
    let mut bob = app.signed_up("bob").await;
    for evil in ["https://evil.test", "//evil.test", "/\\evil.test", "/api/signout", ""] {
        let fields = [("offer", "make_codes"), ("page", evil)];
        let done = bob.request(form("/", "/api/offers/decline", &fields)).await;
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/"), "{evil}");
    }
}
