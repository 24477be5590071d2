//! What stands around every call under `/api`, the outermost last in each list, and the
//! one place where an [`Error`] becomes a response.

use super::{State, session};
use crate::error::Error;
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Request, State as Extract},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
};
use leptos::server_fn::error::{FromServerFnError, SERVER_FN_ERROR_HEADER};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::Level;

/// The largest body of a call, in bytes.
const BODY: usize = 64 * 1024;

/// For every response, pages and files included.
pub fn around_everything(router: Router) -> Router {
    router
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(CatchPanicLayer::custom(|_| Error::Internal.into_response()))
}

/// For calls: what is refused here has touched neither the session nor the database.
pub fn around_calls(router: Router<State>, state: &State) -> Router<State> {
    router
        .layer(map_response(error_status))
        .layer(map_response(tidy_redirect))
        .layer(from_fn_with_state(state.clone(), session::layer))
        .layer(from_fn(limit_body))
        .layer(from_fn_with_state(state.clone(), same_site))
        .layer(map_response(no_store))
}

/// For pages, which show who is signed in.
pub fn around_pages(router: Router<State>, state: &State) -> Router<State> {
    router
        .layer(from_fn_with_state(state.clone(), session::layer))
        .layer(map_response(no_store_of_pages))
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(&self)).into_response();
        if self == Self::Unavailable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// One line a request: its id, method and path. Queries and bodies stay out of the log.
fn span(request: &Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
}

async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A page shows who is signed in; the files beside it are the same for everybody.
async fn no_store_of_pages(response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    if content_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html")) {
        no_store(response).await
    } else {
        response
    }
}

/// Refuses what another site sent (CSR-01): the browser says so, or else the origin must be ours.
async fn same_site(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let ours = match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|origin| *origin == state.config.origin()),
    };
    if ours { next.run(request).await } else { Error::CrossSite.into_response() }
}

/// Reads the body before anything else does, so that its size is known whatever its header says.
async fn limit_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match to_bytes(body, BODY).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(_) => Error::TooLarge.into_response(),
    }
}

/// Leads back from a form without JavaScript to the page's own address: Leptos leaves a bare `?`.
async fn tidy_redirect(mut response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|it| it.to_str().ok());
    let tidy = location.and_then(|it| it.strip_suffix('?')).map(HeaderValue::from_str);
    if let Some(Ok(location)) = tidy {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Server functions answer every `Err` with 500; this gives each error its own status. The answer
/// to a form without JavaScript is a redirect by then, and passes.
async fn error_status(response: Response) -> Response {
    let failed = response.status() == StatusCode::INTERNAL_SERVER_ERROR;
    if !failed || !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, BODY).await.unwrap_or_default();
    let mut response = Error::de(body).into_response();
    parts.headers.remove(SERVER_FN_ERROR_HEADER);
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
    response
}
