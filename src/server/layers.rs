//! What stands around requests, the outermost last in each list, and the one place where an
//! [`Error`] becomes a response.

use super::{
    State, client, headers, health, log::refused, metrics, network_limits::Counted, session,
};
use crate::{
    call::ContentType,
    error::{Error, Result},
};
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Request, State as Extract},
    http::{HeaderValue, Method, StatusCode, Version, header, uri::Authority},
    middleware::{
        Next, from_fn, from_fn_with_state, map_request, map_response, map_response_with_state,
    },
    response::{IntoResponse, Response},
};
use leptos::server_fn::{
    error::{FromServerFnError, SERVER_FN_ERROR_HEADER},
    redirect::REDIRECT_HEADER,
};
use std::time::Duration;
use tokio::time::timeout;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::{Level, field};

/// The largest body of a call, in bytes, and how long it may take to arrive.
const BODY: usize = 64 * 1024;
const ARRIVAL: Duration = Duration::from_secs(10);

/// Calls that only read. Every other one counts towards a limit of its client's network (RTL-01), those
/// that are not named here included.
const READS: [&str; 8] = [
    "/api/me",
    "/api/passkeys/list",
    "/api/reauth/pending",
    "/api/recovery/status",
    "/api/sessions/list",
    "/api/activity/list",
    "/api/transfers/list",
    "/api/transfers/receipt",
];
/// Where a password or a code is read, which somebody may guess.
const GUESSES: [&str; 4] = [
    "/api/signup/password",
    "/api/signin/password",
    "/api/signin/recovery",
    "/api/reauth/password",
];
/// The steps of a ceremony, whatever it is for.
const STEPS: [&str; 2] = ["/options", "/verify"];

/// As what a call counts, if it does.
fn counted(path: &str) -> Option<Counted> {
    if READS.contains(&path) {
        None
    } else if GUESSES.contains(&path) {
        Some(Counted::Guess)
    } else if STEPS.iter().any(|step| path.ends_with(step)) {
        Some(Counted::Ceremony)
    } else {
        Some(Counted::Write)
    }
}

/// For every response, pages and files included.
pub fn around_everything(router: Router, state: &State) -> Router {
    let span = {
        let state = state.clone();
        move |request: &Request| span(&state, request)
    };
    router
        .layer(map_request(well_formed))
        .layer(CatchPanicLayer::custom(|_| Error::Internal.into_response()))
        .layer(from_fn(in_words))
        .layer(from_fn(metrics::time))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(map_request(without_request_id))
        .layer(map_request(json_for_json))
        .layer(from_fn_with_state(state.clone(), headers::add))
        .layer(map_response_with_state(state.clone(), health::tell_to_close))
}

/// A bound on how much is worked on at once, in all and of one client, and on the time of each; for
/// pages and files, and for calls once their body is there, so that a slow client holds nothing but its
/// own connection.
pub async fn bound(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let _place = state.places.take(client::address(&parts, &state.config.trusted_proxies))?;
    let request = Request::from_parts(parts, body);
    let answer = timeout(state.config.request_timeout(), next.run(request)).await;
    // A request that is given up on has changed nothing or all: money moves in one transaction.
    answer.map_err(|_| Error::Unavailable)
}

/// For calls. What is refused before its session is looked up has not touched the database.
pub fn around_calls(router: Router<State>, state: &State) -> Router<State> {
    router
        .layer(map_response(error_status))
        .layer(map_response(tidy_redirect))
        .layer(from_fn_with_state(state.clone(), session::layer))
        .layer(from_fn_with_state(state.clone(), bound))
        .layer(from_fn(limit_body))
        .layer(from_fn_with_state(state.clone(), limit_rate))
        .layer(from_fn_with_state(state.clone(), same_site))
        .layer(map_response(no_store))
}

/// For pages, which show who is signed in.
pub fn around_pages(router: Router<State>, state: &State) -> Router<State> {
    router
        .layer(from_fn_with_state(state.clone(), session::layer))
        .layer(from_fn_with_state(state.clone(), bound))
        .layer(map_response(lead_elsewhere))
        .layer(map_response(keep_files_for_an_hour))
}

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

/// Says in words what went wrong, to who opened a page or sent a form and would see JSON.
async fn in_words(request: Request, next: Next) -> Response {
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

/// What the lines of a request say of it, whatever the level: its id, method and path, its client's
/// address, and the account that it is about once that is known. Queries and bodies stay out of the log.
fn span(state: &State, request: &Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    let proxies = &state.config.trusted_proxies;
    let client = client::address_from(request.extensions(), request.headers(), proxies);
    tracing::error_span!(
        "request",
        id,
        method = %request.method(),
        path = request.uri().path(),
        client = client.map(field::display),
        account = field::Empty,
    )
}

/// Refuses what is no request of a client to a server: a method for proxies, a target without a path,
/// and one that does not name its host once (RFC 9112, 3.2). HTTP/1.0 knows no host.
async fn well_formed(request: Request) -> Result<Request, Response> {
    if request.method() == Method::CONNECT {
        let methods = [(header::ALLOW, "GET, HEAD, POST")];
        return Err((methods, Error::MethodNotAllowed).into_response());
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Authority::try_from(host.as_bytes()).is_ok(),
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    };
    if !host || request.uri().path_and_query().is_none() {
        return Err(refused("malformed", Error::BadRequest).into_response());
    }
    Ok(request)
}

const NO_STORE: &str = "no-store";

/// What is at an address that names its content by a hash never changes.
pub async fn immutable(response: Response) -> Response {
    let is_file = is_file(&response);
    cache(response, if is_file { "public, max-age=31536000, immutable" } else { NO_STORE })
}

async fn no_store(response: Response) -> Response {
    cache(response, NO_STORE)
}

/// A page shows who is signed in. The files beside it are the same for everybody, and may change.
async fn keep_files_for_an_hour(response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_page = content_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
    let is_file = is_file(&response) && !is_page;
    cache(response, if is_file { "public, max-age=3600" } else { NO_STORE })
}

/// Whether a response is a file or says that the browser has it already, and no error.
fn is_file(response: &Response) -> bool {
    response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED
}

fn cache(mut response: Response, how: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(how));
    response
}

/// Refuses what another site sent (CSR-01): the browser says so, or else the origin must be ours.
async fn same_site(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let ours = match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|origin| *origin == state.config.origin()),
    };
    if ours {
        next.run(request).await
    } else {
        refused("cross_site", Error::CrossSite).into_response()
    }
}

/// Refuses a client that tries too often, before its request has cost anything.
async fn limit_rate(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    if let Some(counted) = counted(parts.uri.path()) {
        let client = client::address(&parts, &state.config.trusted_proxies);
        state.limits.check(counted, client)?;
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// Reads the body before anything else does, so that its size is known whatever its header says, and
/// that no slow client holds anything but its own connection.
async fn limit_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match timeout(ARRIVAL, to_bytes(body, BODY)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(_)) => Error::TooLarge.into_response(),
        Err(_) => Error::RequestTimeout.into_response(),
    }
}

/// Ids are ours: what a client sends under that name is not written to the log.
async fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

/// What sends JSON reads JSON, whatever else it accepts. Leptos and [`in_words`] take who accepts HTML
/// for a person before a form or a page.
async fn json_for_json(mut request: Request) -> Request {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    if ContentType::of(content_type) == ContentType::Json {
        request.headers_mut().remove(header::ACCEPT);
    }
    request
}

/// A page that is not for this visitor says where to go. Leptos makes that a redirect only for who
/// accepts HTML by name.
async fn lead_elsewhere(mut response: Response) -> Response {
    if response.headers().contains_key(header::LOCATION) && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().remove(REDIRECT_HEADER);
    }
    response
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
