//! The middleware around requests. In each list the outermost layer comes last.

use super::{
    answers::{answer_plain_forms, error_status, errors_as_text, keep_files_for_an_hour, no_store},
    headers,
    log::log_refusal,
    metrics,
    network_limits::Counted,
    probes,
    proxies::client_address,
    session,
    state::{Features, State},
};
use crate::{
    call::ContentType,
    error::{Error, Result},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State as Extract},
    http::{
        Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version, header, uri::Authority,
    },
    middleware::{
        Next, from_fn, from_fn_with_state, map_request, map_response, map_response_with_state,
    },
    response::{IntoResponse, Response},
};
use std::{net::IpAddr, time::Duration};
use tokio::time::timeout;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate},
    },
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::{Level, field};

/// The largest body of a call, in bytes, and how long it may take to arrive.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// How hard pages are compressed: beyond this brotli takes more time than it saves.
const COMPRESSION: i32 = 4;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The ends of the paths of a ceremony's two calls, whatever the ceremony is for.
const STEPS: [&str; 2] = ["/options", "/verify"];

/// The limit that a call counts towards, or none for a read. A call that no feature lists is a write.
fn counted(features: &Features, path: &str) -> Option<Counted> {
    if features.all.iter().any(|feature| feature.reads().contains(&path)) {
        None
    } else if features.all.iter().any(|feature| feature.guesses().contains(&path))
        || features.methods.iter().any(|method| method.guess() == Some(path))
    {
        Some(Counted::Guess)
    } else if STEPS.iter().any(|step| path.ends_with(step)) {
        Some(Counted::Ceremony)
    } else {
        Some(Counted::Write)
    }
}

/// The address of a request's client; none if the request came over no network.
fn client(state: &State, request: &Request) -> Option<IpAddr> {
    client_address(request.extensions(), request.headers(), &state.config.trusted_proxies)
}

/// Layers for every response, pages and files included.
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

/// Limits how many requests are handled at once, in all and for one client, and how long each may take.
/// A call gets here once its body has arrived, so that a slow client holds nothing but its own
/// connection.
pub async fn limit_load(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let _slot = state.request_slots.take(client(&state, &request))?;
    let answer = timeout(state.config.request_timeout(), next.run(request)).await;
    // A request that runs out of time has changed everything or nothing: an act is one transaction.
    answer.map_err(|_| Error::Unavailable)
}

/// Layers for calls. A call that is refused before its session is looked up does not touch the database.
/// `pages` shows a form again that was sent without scripts and refused.
pub fn around_calls(router: Router<State>, pages: Router<State>, state: &State) -> Router<State> {
    let pages = pages.layer(from_fn_with_state(state.clone(), session::layer));
    let pages: Router = pages.with_state(state.clone());
    router
        .layer(map_response(error_status))
        .layer(from_fn_with_state(state.clone(), forget_prefetched))
        .layer(from_fn_with_state(state.clone(), session::layer))
        .layer(from_fn_with_state(pages, answer_plain_forms))
        .layer(from_fn_with_state(state.clone(), limit_load))
        .layer(from_fn(limit_body))
        .layer(from_fn_with_state(state.clone(), limit_rate))
        .layer(from_fn_with_state(state.clone(), same_site))
        .layer(map_response(no_store))
}

/// Layers for pages, which show who is signed in.
pub fn around_pages(router: Router<State>, state: &State) -> Router<State> {
    router
        .layer(from_fn_with_state(state.clone(), session::layer))
        .layer(from_fn_with_state(state.clone(), limit_load))
        .layer(map_response(keep_files_for_an_hour))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Precise(COMPRESSION))
                .compress_when(DefaultPredicate::new().and(may_be_compressed)),
        )
}

/// An answer that has text from its address beside what only its user may read. How long it is once it is
/// compressed would tell whether the one occurs in the other (BREACH).
#[derive(Clone)]
pub struct Uncompressed;

fn may_be_compressed(_: StatusCode, _: Version, _: &HeaderMap, marks: &Extensions) -> bool {
    marks.get::<Uncompressed>().is_none()
}

/// The fields of every log line of a request, at any log level: its id, method and path, its client's
/// address, and its account once that is known. Queries and bodies stay out of the log.
fn span(state: &State, request: &Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    tracing::error_span!(
        "request",
        id,
        method = %request.method(),
        path = request.uri().path(),
        client = client(state, request).map(field::display),
        account = field::Empty,
    )
}

/// Refuses a request that no client sends to a server: with a method for proxies, a target without a
/// path or with U+0000 in it, or not exactly one host (RFC 9112, 3.2). An HTTP/1.0 request needs no host.
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
    // No file can have U+0000 in its name, and asking for one is an error of the file system's.
    let target = request.uri().path_and_query().is_some_and(|it| !it.path().contains("%00"));
    if !host || !target {
        return Err(log_refusal("malformed", Error::BadRequest).into_response());
    }
    Ok(request)
}

/// Refuses a request from another site (CSR-01), by `Sec-Fetch-Site` or, without that, by `Origin`.
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

/// Refuses a client that calls too often, before its request has cost anything.
async fn limit_rate(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Result<Response> {
    if let Some(counted) = counted(&state.features, request.uri().path()) {
        state.network_limits.check(counted, client(&state, &request))?;
    }
    Ok(next.run(request).await)
}

/// Has the browser forget the pages that it has fetched ahead, which show how things were before a call
/// that has changed them.
async fn forget_prefetched(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Response {
    let is_read = counted(&state.features, request.uri().path()).is_none();
    let mut response = next.run(request).await;
    if !is_read && response.status().is_success() {
        let pages = HeaderValue::from_static(r#""prefetchCache""#);
        response.headers_mut().append("clear-site-data", pages);
    }
    response
}

/// Reads the body before anything else does, so that its size is known whatever its header says, and so
/// that a slow client holds nothing but its own connection.
async fn limit_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(_)) => Error::TooLarge.into_response(),
        Err(_) => Error::RequestTimeout.into_response(),
    }
}

/// Removes a request id that the client sent: ids are ours, and the client's is never logged.
async fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

/// Ignores the `Accept` header of a client that sends JSON: it gets JSON. What takes a client
/// that accepts HTML for a browser that shows a form or a page would answer it otherwise.
async fn ignore_accept_of_json(mut request: Request) -> Request {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    if ContentType::of(content_type) == ContentType::Json {
        request.headers_mut().remove(header::ACCEPT);
    }
    request
}
