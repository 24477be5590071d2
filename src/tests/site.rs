//! What the site tells browsers and search engines of itself, and how long files are kept.

use super::support::TestApp;
use crate::features::FEATURES;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, sync::atomic::Ordering};

const MANIFEST: &str = "/manifest.webmanifest";

#[tokio::test]
async fn files_without_a_hash_in_their_name_are_kept_for_an_hour() {
    let app = TestApp::new().await;
    let mut count = 0;
    for file in fs::read_dir("public").expect("a folder") {
        let name = file.expect("a file").file_name().into_string().expect("text");
        let answer = app.visitor().get(&format!("/{name}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        assert_eq!(answer.header("cache-control"), "public, max-age=3600", "{name}");
        count += 1;
    }
    assert!(count > 5, "{count}");
}

#[tokio::test]
async fn no_error_is_kept() {
    let app = TestApp::new().await;
    for path in ["/nothing.svg", "/pkg/nothing.css", "/nothing"] {
        let answer = app.visitor().get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let elsewhere = app.visitor().get(FEATURES.home).await;
    assert_eq!(elsewhere.status, StatusCode::SEE_OTHER);
    assert_eq!(elsewhere.header("cache-control"), "no-store");
}

#[tokio::test]
async fn browsers_that_ask_for_no_icon_by_name_get_one() {
    let app = TestApp::new().await;
    let icon = app.visitor().get("/favicon.ico").await;
    assert_eq!(icon.status, StatusCode::OK);
    assert_eq!(icon.header("content-type"), "image/x-icon");
    // An icon file begins so, and holds the number of its images.
    assert_eq!(icon.bytes[..6], [0, 0, 1, 0, 3, 0]);
    let touch = app.visitor().get("/apple-touch-icon.png").await;
    assert_eq!(touch.header("content-type"), "image/png");
}

#[tokio::test]
async fn the_manifest_names_icons_that_are_there() {
    let app = TestApp::new().await;
    let answer = app.visitor().get(MANIFEST).await;
    assert_eq!(answer.header("content-type"), "application/manifest+json");
    let manifest: Value = serde_json::from_slice(&answer.bytes).expect("JSON");
    assert_eq!(manifest["name"], "Latchkey");
    let icons = manifest["icons"].as_array().expect("icons");
    assert_eq!(icons.len(), 3);
    for icon in icons {
        let answer = app.visitor().get(icon["src"].as_str().expect("an address")).await;
        assert_eq!(answer.status, StatusCode::OK, "{icon}");
        assert_eq!(answer.header("content-type"), icon["type"], "{icon}");
    }
}

/// The content of the first meta tag that begins so.
fn content<'a>(page: &'a str, tag: &str) -> Option<&'a str> {
    page.split_once(tag)?.1.split_once("content=\"")?.1.split('"').next()
}

#[tokio::test]
async fn every_page_has_a_description_of_its_own_a_colour_and_the_manifest() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let strangers = ["/", "/signin", "/signin/recovery", "/signup", "/signup/password", "/nothing"];
    // One page less where users land on one of the others.
    let users = BTreeSet::from([
        FEATURES.home,
        "/settings/passkeys",
        "/settings/security",
        "/settings/account",
        "/settings/sessions",
        "/settings/activity",
    ]);
    let mut pages = Vec::new();
    for path in strangers {
        pages.push(app.visitor().get(path).await.text());
    }
    for path in users {
        pages.push(ann.get(path).await.text());
    }
    let descriptions: BTreeSet<_> = pages
        .iter()
        .map(|page| content(page, "<meta name=\"description\"").expect("a description"))
        .collect();
    assert_eq!(descriptions.len(), pages.len(), "{descriptions:#?}");
    for page in pages {
        assert_eq!(page.matches("name=\"description\"").count(), 1);
        assert!(page.contains(&format!("<link rel=\"manifest\" href=\"{MANIFEST}\"")), "{page}");
        for scheme in ["light", "dark"] {
            let tag = format!("name=\"theme-color\" media=\"(prefers-color-scheme: {scheme})\"");
            assert!(content(&page, &tag).is_some_and(|it| it.starts_with('#')), "{page}");
        }
    }
}

/// The colours behind a page, light and dark.
fn page_colours() -> Vec<&'static str> {
    let style = include_str!("../../style/main.css");
    style.split("--page: ").skip(1).filter_map(|rest| rest.split(';').next()).collect()
}

#[tokio::test]
async fn a_browsers_bars_have_the_colours_of_the_page() {
    let app = TestApp::new().await;
    let page = app.visitor().get("/").await.text();
    let colours = page_colours();
    assert_eq!(colours.len(), 2);
    for (scheme, colour) in ["light", "dark"].iter().zip(&colours) {
        let tag = format!("(prefers-color-scheme: {scheme})");
        assert_eq!(content(&page, &tag), Some(*colour));
    }
    let manifest: Value =
        serde_json::from_slice(&app.visitor().get(MANIFEST).await.bytes).expect("JSON");
    assert_eq!(manifest["theme_color"], colours[0]);
    assert_eq!(manifest["background_color"], colours[0]);
}

#[tokio::test]
async fn a_page_takes_at_most_two_trips_to_the_database() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    ann.confirmed_act().await.expect(StatusCode::OK);
    for page in [
        "/",
        FEATURES.home,
        "/settings/passkeys",
        "/settings/security",
        "/settings/account",
        "/settings/sessions",
        "/settings/activity",
    ] {
        let trips = || app.state.db.trips.load(Ordering::Relaxed);
        let before = trips();
        assert_eq!(ann.get(page).await.status, StatusCode::OK, "{page}");
        assert!((1..=2).contains(&(trips() - before)), "{page}: {}", trips() - before);
    }
}

#[tokio::test]
async fn a_page_is_compressed_and_an_error_in_its_place_is_readable() {
    let app = TestApp::new().await;
    let get = |path: &str| {
        Request::get(path)
            .header("accept", "text/html")
            .header("accept-encoding", "br, gzip")
            .body(Body::empty())
            .expect("a request")
    };
    let page = app.visitor().request(get("/signin")).await;
    assert_eq!(page.header("content-encoding"), "br");
    let plain = app.visitor().get("/signin").await;
    assert!(page.bytes.len() * 2 < plain.bytes.len(), "{}", page.bytes.len());
    // How well a page is compressed must not tell whether text of a link is in it as well.
    for (path, compressed) in [
        ("/signin?next=/settings/account", "br"),
        ("/signin?x=1", ""),
        ("/signin?next=/&search=a", ""),
    ] {
        let page = app.visitor().request(get(path)).await;
        assert_eq!(page.header("content-encoding"), compressed, "{path}");
    }
    app.state.db.close().await;
    let mut ann = app.visitor();
    ann.cookies.insert("latchkey".to_owned(), "A".repeat(22));
    let error = ann.request(get("/signin")).await;
    assert_eq!(error.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(error.header("content-encoding"), "");
    assert_eq!(error.text(), "We are busy. Try again in a moment.");
}
