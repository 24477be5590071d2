//! The cookies. Scripts can read none of them, and none is sent over plain http outside localhost (SES-01).

use axum::http::{HeaderMap, header};
use std::time::Duration;
use tower_sessions::cookie::{Cookie as CookieLine, SameSite};

#[derive(Clone, Copy)]
pub enum Cookie {
    /// Lives as long as the session may.
    Session,
    /// Lives as long as a ceremony.
    Challenge,
    // with: mail {
    /// Lives as long as a code by mail.
    Code,
    // with: mail }
    /// Lives for a year.
    Device,
}

impl Cookie {
    /// Browsers take a `__Host-` cookie only with `Secure`, so on http it has its plain name.
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-latchkey",
            (Self::Session, false) => "latchkey",
            (Self::Challenge, true) => "__Host-latchkey-challenge",
            (Self::Challenge, false) => "latchkey-challenge",
            (Self::Code, true) => "__Host-latchkey-code", // with: mail
            (Self::Code, false) => "latchkey-code",       // with: mail
            (Self::Device, true) => "__Host-latchkey-device",
            (Self::Device, false) => "latchkey-device",
        }
    }
}

/// The value of a cookie, if the request carries it.
pub fn read(headers: &HeaderMap, cookie: Cookie, https: bool) -> Option<String> {
    let wanted = cookie.name(https);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(CookieLine::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == wanted)
        .map(|cookie| cookie.value().to_owned())
}

/// The value of a `Set-Cookie` header.
pub fn line(cookie: Cookie, value: &str, max_age: Duration, https: bool) -> String {
    CookieLine::build((cookie.name(https), value))
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .path("/")
        .max_age(max_age.try_into().unwrap_or_default())
        .to_string()
}
