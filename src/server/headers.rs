//! The security headers of every response (HDR-01 to HDR-03).

use super::state::State;
use axum::{
    extract::{Request, State as Extract},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use leptos::nonce::Nonce;
use std::sync::LazyLock;

/// Our own pages ask for passkeys and copy recovery codes. Nothing else is permitted.
const PERMISSIONS: &str = "publickey-credentials-create=(self), publickey-credentials-get=(self), \
    clipboard-write=(self), accelerometer=(), autoplay=(), browsing-topics=(), camera=(), \
    clipboard-read=(), compute-pressure=(), cross-origin-isolated=(), \
    digital-credentials-create=(), digital-credentials-get=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
    identity-credentials-get=(), idle-detection=(), keyboard-map=(), local-fonts=(), \
    local-network-access=(), magnetometer=(), microphone=(), midi=(), otp-credentials=(), \
    payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), speaker-selection=(), \
    storage-access=(), sync-xhr=(), usb=(), window-management=(), xr-spatial-tracking=()";

const ALWAYS: [(HeaderName, &str); 5] = [
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // A form without JavaScript returns to the page that the referrer names.
    (header::REFERRER_POLICY, "same-origin"),
];
/// Two years, and for every subdomain as well.
const HSTS: &str = "max-age=63072000; includeSubDomains; preload";

/// Adds the headers to every response, and gives the renderer of a page the nonce for its scripts.
pub async fn add(Extract(state): Extract<State>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = content_security_policy(&nonce).try_into() {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if state.config.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    response
}

/// Allows scripts that carry this response's nonce, and what they load; all else only from this site.
fn content_security_policy(nonce: &Nonce) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self'; manifest-src 'self'; connect-src {}; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'",
        *CONNECT
    )
}

/// `cargo leptos watch` tells pages over a socket of its own that there is a new build.
static CONNECT: LazyLock<&str> =
    LazyLock::new(
        || {
            if std::env::var_os("LEPTOS_WATCH").is_some() { "'self' ws:" } else { "'self'" }
        },
    );
