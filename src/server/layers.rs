//! What stands around requests, the outermost last in each list.

use super::{
    answers::{
        error_status, errors_as_text, keep_files_for_an_hour, no_store, redirect_pages,
        tidy_redirect,
    },
    feature::Feature,
    headers,
    log::log_refusal,
    metrics,
    network_limits::Counted,
    probes,
    proxies::client_address,
    session,
    state::State,
};
use crate::{
    call::ContentType,
    error::{Error, Result},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State as Extract},
    http::{Method, Version, header, uri::Authority},
    middleware::{
        Next, from_fn, from_fn_with_state, map_request, map_response, map_response_with_state,
    },
    response::{IntoResponse, Response},
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
const MAX_BODY_BYTES: usize = 64 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The steps of a ceremony, whatever it is for.
const STEPS: [&str; 2] = ["/options", "/verify"];

/// As what a call counts, if it does: what no feature lists counts as a write.
fn counted(features: &[&dyn Feature], path: &str) -> Option<Counted> {
    if features.iter().any(|feature| feature.reads().contains(&path)) {
        None
    } else if features.iter().any(|feature| feature.guesses().contains(&path)) {
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
        .layer(map_request(refuse_malformed))
        .layer(CatchPanicLayer::custom(|_| Error::Internal.into_response()))
        .layer(from_fn(errors_as_text))
        .layer(from_fn(metrics::time))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(map_request(without_request_id))
        .layer(map_request(ignore_accept_of_json))
        .layer(from_fn_with_state(state.clone(), headers::add))
        .layer(map_response_with_state(state.clone(), probes::tell_to_close))
}

/// A bound on how much is worked on at once, in all and of one client, and on the time of each; for
/// pages and files, and for calls once their body is there, so that a slow client holds nothing but its
/// own connection.
pub async fn limit_load(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let _slot = state.request_slots.take(client_address(
        &parts.extensions,
        &parts.headers,
        &state.config.trusted_proxies,
    ))?;
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
        .layer(from_fn_with_state(state.clone(), limit_load))
        .layer(from_fn(limit_body))
        .layer(from_fn_with_state(state.clone(), limit_rate))
        .layer(from_fn_with_state(state.clone(), same_site))
        .layer(map_response(no_store))
}

/// For pages, which show who is signed in.
pub fn around_pages(router: Router<State>, state: &State) -> Router<State> {
    router
        .layer(from_fn_with_state(state.clone(), session::layer))
        .layer(from_fn_with_state(state.clone(), limit_load))
        .layer(map_response(redirect_pages))
        .layer(map_response(keep_files_for_an_hour))
}

/// What the lines of a request say of it, whatever the level: its id, method and path, its client's
/// address, and the account that it is about once that is known. Queries and bodies stay out of the log.
fn span(state: &State, request: &Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    let proxies = &state.config.trusted_proxies;
    let client = client_address(request.extensions(), request.headers(), proxies);
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
async fn refuse_malformed(request: Request) -> Result<Request, Response> {
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
        return Err(log_refusal("malformed", Error::BadRequest).into_response());
    }
    Ok(request)
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
        log_refusal("cross_site", Error::CrossSite).into_response()
    }
}

/// Refuses a client that tries too often, before its request has cost anything.
async fn limit_rate(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    if let Some(counted) = counted(state.features.all, parts.uri.path()) {
        let client =
            client_address(&parts.extensions, &parts.headers, &state.config.trusted_proxies);
        state.network_limits.check(counted, client)?;
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// Reads the body before anything else does, so that its size is known whatever its header says, and
/// that no slow client holds anything but its own connection.
async fn limit_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await {
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

/// What sends JSON reads JSON, whatever else it accepts. Leptos and [`errors_as_text`] take a client
/// that accepts HTML for a person before a form or a page.
async fn ignore_accept_of_json(mut request: Request) -> Request {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    if ContentType::of(content_type) == ContentType::Json {
        request.headers_mut().remove(header::ACCEPT);
    }
    request
}
