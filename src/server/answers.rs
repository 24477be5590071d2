//! Responses: the one place where an [`Error`] becomes one, how long they may be cached, and the answers
//! to forms without scripts.

use crate::error::Error;
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Request, State as Extract},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, header::Entry},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::server_fn::error::{FromServerFnError, SERVER_FN_ERROR_HEADER};
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;
use url::{Position, Url};

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
    let is_person = shows_pages(request.headers());
    let mut response = next.run(request).await;
    if is_person && let Some(error) = response.extensions_mut().remove::<Error>() {
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_ENCODING);
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

/// A form that a browser sent by itself, and how its call was refused.
pub struct RefusedForm {
    /// The path of the call.
    pub path: String,
    /// The path and query of the page.
    pub page: String,
    fields: Vec<(String, String)>,
    /// The body of the refusal.
    error: Value,
}

impl RefusedForm {
    pub fn typed(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The field that does not hold what it should.
    pub fn field(&self) -> Option<&str> {
        self.error["field"].as_str()
    }

    pub fn message(&self) -> String {
        self.error["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Where that can be solved: an address, and the text of a link to it.
    pub fn link(&self) -> Option<(String, String)> {
        let text = |name: &str| self.error[name].as_str().map(str::to_owned);
        text("link").zip(text("link_text"))
    }
}

/// Answers a form that a browser sent by itself, without scripts. After success it goes where the call
/// leads, or back to the page with the form. A refused form comes back on that page with what was typed;
/// nothing of it is in an address, where it would be kept and could be forged.
pub async fn answer_plain_forms(
    Extract(pages): Extract<Router>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_plain = shows_pages(request.headers());
    // Leptos would take the call for one of its own forms.
    request.headers_mut().remove(header::ACCEPT);
    if !is_plain {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_ERROR_BYTES).await else {
        return Error::TooLarge.into_response();
    };
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let page = page_of_form(&parts.headers, &fields);
    let (path, mut again) = (parts.uri.path().to_owned(), parts.clone());
    let answer = next.run(Request::from_parts(parts, body.into())).await;
    // Signing out leads on even where there was no session any more.
    if answer.status().is_success() || answer.headers().contains_key(header::LOCATION) {
        return see_other(answer, &page);
    }
    let (answer, error) = answer.into_parts();
    let error = to_bytes(error, MAX_ERROR_BYTES).await.unwrap_or_default();
    let error = serde_json::from_slice(&error).unwrap_or_default();
    again.method = Method::GET;
    again.uri = page.parse().unwrap_or_default();
    again.headers.remove(header::CONTENT_LENGTH);
    again.headers.remove(header::CONTENT_TYPE);
    again.extensions.insert(Arc::new(RefusedForm { path, page, fields, error }));
    let shown = pages.oneshot(Request::from_parts(again, Body::empty())).await;
    let Ok(mut shown) = shown;
    // A page that leads elsewhere, since its visitor is signed out by now, does so.
    if shown.status().is_success() {
        *shown.status_mut() = answer.status;
    }
    for (name, value) in &answer.headers {
        if matches!(*name, header::SET_COOKIE | header::RETRY_AFTER) {
            shown.headers_mut().append(name, value.clone());
        }
    }
    shown
}

/// Whether the client shows pages: then a call of it is a form that it sent by itself, without scripts.
fn shows_pages(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    accepts.is_some_and(|types| types.contains("text/html"))
}

/// The name of the field by which a form that comes back tells the page that it is on: its address is then
/// that of the call.
pub const PAGE_FIELD: &str = "page";

/// The path and query of the page that the form is on. What a browser would take for another site is
/// not a page of ours.
fn page_of_form(headers: &HeaderMap, fields: &[(String, String)]) -> String {
    let told = fields.iter().find(|(name, _)| name == PAGE_FIELD).map(|(_, page)| page.clone());
    let referer = headers.get(header::REFERER).and_then(|it| it.to_str().ok());
    let url = referer.and_then(|it| Url::parse(it).ok());
    let page = url.map(|it| it[Position::BeforePath..Position::AfterQuery].to_owned());
    let is_ours = |page: &String| {
        page.starts_with('/')
            && !page.starts_with("//")
            && !page.starts_with("/api/")
            && !page.contains(['\\', '\n', '\r', '\t'])
    };
    told.or(page).filter(is_ours).unwrap_or_else(|| "/".to_owned())
}

fn see_other(answer: Response, page: &str) -> Response {
    let (mut parts, _) = answer.into_parts();
    parts.status = StatusCode::SEE_OTHER;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    if let (Entry::Vacant(location), Ok(page)) =
        (parts.headers.entry(header::LOCATION), HeaderValue::from_str(page))
    {
        location.insert(page);
    }
    Response::from_parts(parts, Body::empty())
}

/// Gives each error its own status: server functions answer every `Err` with 500.
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
