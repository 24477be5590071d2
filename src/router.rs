#![cfg(feature = "ssr")]
//! Every address the server answers: the calls, the pages, the files, and a 404 for the rest.

use crate::{
    app::pages,
    error::Error,
    server::{answers, layers, probes, state::State},
};
use axum::{
    Json, Router,
    extract::{Request, State as Extract},
    middleware::{from_fn_with_state, map_response},
    response::Redirect,
    routing::{any, get, post},
};
use leptos::{prelude::*, server_fn::axum::server_fn_paths};
use leptos_axum::{
    handle_server_fns_with_context, site_pkg_dir_service, site_pkg_dir_service_route_path,
};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The paths of the server functions.
static CALLS: LazyLock<Vec<String>> =
    LazyLock::new(|| server_fn_paths().map(|(path, _)| path.to_owned()).collect());

pub fn router(state: State) -> Router {
    let pages = pages(&state);
    let api = layers::around_calls(api(&state), pages.clone(), &state);
    let pages = layers::around_pages(pages, &state);
    let router = api.merge(pages).merge(files(&state)).merge(well_known()).merge(health());
    layers::around_everything(router.with_state(state.clone()), &state)
}

/// The probes of load balancers and supervisors.
fn health() -> Router<State> {
    Router::new().route("/healthz", get(probes::healthz)).route("/readyz", get(probes::readyz))
}

/// Server functions, each at its own path, by POST only.
fn api(state: &State) -> Router<State> {
    let mut router = Router::new();
    for nothing in ["/api", "/api/", "/api/{*path}"] {
        router = router.route(nothing, any(async || Error::NotFound));
    }
    for path in CALLS.iter() {
        let state = state.clone();
        let call = move |request: Request| {
            handle_server_fns_with_context(move || provide_context(state.clone()), request)
        };
        router = router.route(path, post(call).fallback(async || Error::MethodNotAllowed));
    }
    router
}

/// The files that cargo-leptos built, compressed beforehand and named after their content.
fn files(state: &State) -> Router<State> {
    let path = site_pkg_dir_service_route_path(&state.options);
    Router::new()
        .route_service(&path, site_pkg_dir_service(&state.options))
        .layer(map_response(answers::immutable))
        .layer(from_fn_with_state(state.clone(), layers::limit_load))
}

/// Where browsers and password managers look for what they can do here.
fn well_known() -> Router<State> {
    Router::new()
        .route("/.well-known/passkey-endpoints", get(passkey_endpoints))
        .route("/.well-known/webauthn", get(related_origins))
        .route("/.well-known/change-password", get(async || Redirect::to("/settings/security")))
}

async fn passkey_endpoints(Extract(state): Extract<State>) -> Json<Value> {
    let passkeys = format!("{}/settings/passkeys", state.config.origin());
    Json(json!({ "enroll": passkeys, "manage": passkeys }))
}

async fn related_origins(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!({ "origins": [state.config.origin()] }))
}
