//! The three cookies: the session's, which lives as long as the session may, the challenge's, which
//! lives as long as a ceremony, and the device's, which lives for a year. Never readable by scripts, never sent over plain http
//! outside localhost (SES-01).

use super::{State, headers};
use axum::http::{HeaderMap, HeaderValue, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use std::time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

#[derive(Clone, Copy)]
pub enum Name {
    Session,
    Challenge,
    Device,
}

impl Name {
    /// Browsers take a `__Host-` cookie only with `Secure`, so on http it has its plain name.
    fn on(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-latchkey",
            (Self::Session, false) => "latchkey",
            (Self::Challenge, true) => "__Host-latchkey-challenge",
            (Self::Challenge, false) => "latchkey-challenge",
            (Self::Device, true) => "__Host-latchkey-device",
            (Self::Device, false) => "latchkey-device",
        }
    }
}

/// The value that this request carries under a name.
pub fn read(state: &State, headers: &HeaderMap, name: Name) -> Option<String> {
    let wanted = name.on(state.config.is_https());
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == wanted)
        .map(|cookie| cookie.value().to_owned())
}

/// [`read`] for the request that a server function answers.
pub fn read_own(state: &State, name: Name) -> Option<String> {
    let request = use_context::<axum::http::request::Parts>()?;
    read(state, &request.headers, name)
}

/// Has the answer of this server function set a cookie. An empty value for no time removes it.
pub fn send(state: &State, name: Name, value: &str, max_age: Duration) {
    let https = state.config.is_https();
    let cookie = Cookie::build((name.on(https), value))
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .path("/")
        .max_age(max_age.try_into().unwrap_or_default());
    let line = HeaderValue::from_str(&cookie.to_string());
    if let (Ok(line), Some(response)) = (line, use_context::<ResponseOptions>()) {
        response.append_header(header::SET_COOKIE, line);
    }
}

/// Has the browser forget its session, and what it has stored of this site.
pub fn remove_session(state: &State) {
    send(state, Name::Session, "", Duration::ZERO);
    headers::clear_site_data();
}
