//! Responses: the one place where an [`Error`] becomes one, how long they may be cached, and the
//! redirects of forms and pages.

use crate::error::Error;
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::server_fn::{
    error::{FromServerFnError, SERVER_FN_ERROR_HEADER},
    redirect::REDIRECT_HEADER,
};

/// The largest body of an error, in bytes.
const MAX_ERROR_BYTES: usize = 64 * 1024;

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Answers with an error's sentence, not JSON, where a person opened a page or sent a form.
pub async fn errors_as_text(request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok());
    let is_person = accepts.is_some_and(|types| types.contains("text/html"));
    let mut response = next.run(request).await;
    if is_person && let Some(error) = response.extensions_mut().remove::<Error>() {
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        let in_utf8 = HeaderValue::from_static("text/plain; charset=utf-8");
        parts.headers.insert(header::CONTENT_TYPE, in_utf8);
        response = Response::from_parts(parts, Body::from(error.to_string()));
    }
    response
}

const NO_STORE: &str = "no-store";

/// Caches a file for a year: its address names its content by a hash, so the file never changes.
pub async fn immutable(response: Response) -> Response {
    let is_file = is_file(&response);
    cache(response, if is_file { "public, max-age=31536000, immutable" } else { NO_STORE })
}

pub async fn no_store(response: Response) -> Response {
    cache(response, NO_STORE)
}

/// Caches files for an hour, since they may change, and never a page, which shows who is signed in.
pub async fn keep_files_for_an_hour(response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_page = content_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
    let is_file = is_file(&response) && !is_page;
    cache(response, if is_file { "public, max-age=3600" } else { NO_STORE })
}

/// Whether a response is a file or says that the browser already has it, rather than an error.
fn is_file(response: &Response) -> bool {
    response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED
}

fn cache(mut response: Response, how: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(how));
    response
}

/// Redirects a visitor for whom a page is not meant. Leptos itself does so only for clients whose
/// `Accept` names HTML.
pub async fn redirect_pages(mut response: Response) -> Response {
    if response.headers().contains_key(header::LOCATION) && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().remove(REDIRECT_HEADER);
    }
    response
}

/// Removes the bare `?` that Leptos adds to the address to which a form without JavaScript returns.
pub async fn tidy_redirect(mut response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|it| it.to_str().ok());
    let tidy = location.and_then(|it| it.strip_suffix('?')).map(HeaderValue::from_str);
    if let Some(Ok(location)) = tidy {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Gives each error its own status: server functions answer every `Err` with 500. The answer to a form
/// without JavaScript is a redirect by then and is left alone.
pub async fn error_status(response: Response) -> Response {
    let failed = response.status() == StatusCode::INTERNAL_SERVER_ERROR;
    if !failed || !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_ERROR_BYTES).await else {
        return Error::Internal.into_response();
    };
    let mut response = Error::de(body.clone()).into_response();
    // The error that was read has no sentence of a feature's; the body has it.
    *response.body_mut() = body.into();
    parts.headers.remove(SERVER_FN_ERROR_HEADER);
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
    response
}
