#![cfg(feature = "ssr")]
//! The addresses of the pages, and what is around every page: the document, header, footer, notices, and
//! the one modal.

mod home;
mod mailbox; // with: mail

use crate::{
    assets::Assets,
    auth,
    error::{self, Error},
    people, // with: people
    server::{layers::Uncompressed, request::Request, state::State},
    settings::{
        self,
        suggestions::{Suggestions, Welcome},
    },
    step_up::Modal,
    totp,     // with: totp
    transfer, // with: transfer
    ui::{CallForm, Icon, Outcome, Page, Refused, Visit, Who, glyph, render},
};
use axum::{
    Extension, Router,
    extract::State as Extract,
    http::request::Parts,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{MethodRouter, get},
};
use leptos::prelude::*;
use tower_http::services::ServeDir;

/// How long a page waits for the browser's half before it says that it has not come, in milliseconds.
const SCRIPTS_TIMEOUT_MS: u32 = 8_000;

/// A page is fetched when its link is about to be followed, which makes it as quick as a part of one page.
const SPECULATION: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/api/*"}}]},"eagerness":"moderate"}]}"#;

pub fn pages(state: &State) -> Router<State> {
    use Who::{Everybody, Stranger, User, UserOrRecovering};
    let assets = Extension(Assets::find(&state.options));
    let missing = page(Everybody, home::not_found).layer(assets.clone());
    let files = ServeDir::new(state.options.site_root.as_ref())
        .append_index_html_on_directories(false)
        .fallback(missing.with_state(state.clone()));
    Router::new()
        .route("/", page(Everybody, home::home))
        .route("/signin", page(Stranger, auth::pages::sign_in))
        .route("/signin/recovery", page(Stranger, auth::pages::recovery))
        .route("/signup", page(Stranger, auth::pages::sign_up))
        .route("/signup/password", page(Stranger, auth::pages::sign_up_by_password))
        .route("/signup/code", page(Stranger, auth::mail_pages::sign_up_code)) // with: mail
        .route("/signin/mail", page(Stranger, auth::mail_pages::sign_in_by_mail)) // with: mail
        .route("/signin/code", page(Stranger, auth::mail_pages::sign_in_code)) // with: mail
        .route("/signin/totp", page(Stranger, totp::pages::sign_in)) // with: totp
        .route("/recovery/mail", page(Stranger, auth::mail_pages::recovery_by_mail)) // with: mail
        .route("/recovery/mail/code", page(Stranger, auth::mail_pages::recovery_code_by_mail)) // with: mail
        .route("/undo", page(Everybody, auth::mail_pages::undo)) // with: mail
        .route("/mailbox", page(Everybody, mailbox::page)) // with: mail
        .route("/transfer", page(User, transfer::pages::send)) // with: transfer
        .route("/transfer/receipt/{id}", page(User, transfer::pages::receipt)) // with: transfer
        .route("/people", page(User, people::pages::people)) // with: people
        .route("/people/receipt/{id}", page(User, people::pages::receipt)) // with: people
        .route("/settings/passkeys", page(User, settings::pages::passkeys::page))
        .route("/settings/security", page(UserOrRecovering, settings::pages::security::page))
        .route("/settings/account", page(User, settings::pages::account::page))
        .route("/settings/sessions", page(User, settings::pages::sessions::page))
        .route("/settings/activity", page(User, settings::pages::activity::page))
        .layer(assets)
        .fallback_service(files)
}

/// A page for some visitors; the others are led to where they belong.
fn page<F, Fut>(who: Who, read: F) -> MethodRouter<State>
where
    F: Fn(Visit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = error::Result<Page>> + Send,
{
    get(async move |Extract(state): Extract<State>, assets: Extension<Assets>, parts: Parts| {
        let visit = Visit::new(Request::of_page(state, parts)).await?;
        if let Some(page) = visit.elsewhere(who) {
            return Ok(Redirect::to(&page).into_response());
        }
        let page = match read(visit.clone()).await {
            Err(Error::NotFound) => home::not_found(visit.clone()).await?,
            page => page?,
        };
        Ok::<_, Error>(document(&visit, page, &assets))
    })
}

fn document(visit: &Visit, page: Page, assets: &Assets) -> Response {
    let Page { title, description, status, main } = page;
    let (request, nonce) = (&visit.request, visit.request.nonce());
    let title = format!("{title} · Latchkey");
    let Assets { stylesheet, script, wasm } = assets.clone();
    let start = format!(
        "{}({script:?}, {wasm:?}, {SCRIPTS_TIMEOUT_MS});",
        include_str!("start.js").trim_end()
    );
    let user = visit.account().map(|account| account.user_handle.clone());
    let rp_id = request.config.rp_id.clone();
    // For developers who open the page by another address.
    let origin = (!request.config.is_https()).then(|| request.config.origin());
    let html = render(request, || {
        let header = view! { <Header visit=visit.clone()/> }.into_any();
        let suggestions = view! { <Suggestions visit=visit.clone()/> }.into_any();
        let main = main();
        view! {
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <title inner_html=title></title>
                    <meta name="description" content=description/>
                    <meta name="color-scheme" content="light dark"/>
                    <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f7f9"/>
                    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#10161d"/>
                    <meta name="rp-id" content=rp_id/>
                    {origin.map(|origin| view! { <meta name="origin" content=origin/> })}
                    {Refused::page().map(|page| view! { <meta name="page" content=page/> })}
                    <link rel="icon" href="/favicon.ico" sizes="32x32"/>
                    <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                    <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                    <link rel="manifest" href="/manifest.webmanifest"/>
                    <link rel="stylesheet" href=stylesheet.to_string()/>
                    <link rel="modulepreload" href=script.to_string() nonce=nonce.clone()/>
                    <link rel="preload" href=wasm.to_string() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                    <script type="speculationrules" nonce=nonce.clone() inner_html=SPECULATION></script>
                </head>
                <body data-user=user>
                    <a class="skip" href="#main">"Skip to the page"</a>
                    {header}
                    <div id="unread" class="notice" role="status" hidden>
                        <p></p>
                        <button type="button">"Try again"</button>
                    </div>
                    <div id="unready" class="notice warning" role="alert" hidden>
                        <p>
                            "A part of this page did not arrive, and passkeys need it. "
                            <a href="">"Load the page again"</a>
                            {visit.account().is_none().then_some(", or use another way to sign in")} "."
                        </p>
                    </div>
                    <main id="main" tabindex="-1">
                        <Said visit=visit.clone()/>
                        {suggestions}
                        {main}
                    </main>
                    <footer>
                        <p>"Latchkey is a demonstration. The money is not real."</p> // with: transfer
                        // with: mail {
                        {mailbox::is_open(&request.config).then(|| view! {
                            <p>"For developers: " <a href="/mailbox">"the mailbox"</a></p>
                        })}
                        // with: mail }
                    </footer>
                    <Modal methods=request.features.methods/>
                    <p id="status" role="status" class="visually-hidden"></p>
                    <script nonce=nonce inner_html=start></script>
                </body>
            </html>
        }
    });
    let mut response = (status, Html(format!("<!DOCTYPE html>{html}"))).into_response();
    if request.has_text_in_address() {
        response.extensions_mut().insert(Uncompressed);
    }
    response
}

#[component]
fn Header(visit: Visit) -> impl IntoView {
    let current = |path: &str| visit.request.path().starts_with(path).then_some("page");
    let nav = match visit.account() {
        Some(account) if account.recovering => ().into_any(),
        Some(_) => view! {
            <nav aria-label="Main">
                <a href="/transfer" aria-current=current("/transfer")>"Send money"</a> // with: transfer
                {visit.account().is_some_and(|it| people::may_look(&it.role)).then(|| view! { <a href="/people" aria-current=current("/people")>"People"</a> })} // with: people
                <a href="/settings/passkeys" aria-current=current("/settings")>"Settings"</a>
            </nav>
        }
        .into_any(),
        None => view! {
            <nav aria-label="Main">
                <a href="/signin" aria-current=current("/signin")>"Sign in"</a>
                <a href="/signup" aria-current=current("/signup")>"Create an account"</a>
            </nav>
        }
        .into_any(),
    };
    view! {
        <header>
            <a class="brand" href="/"><span class="mark"><Icon of=glyph::KEY/></span> "Latchkey"</a>
            {nav}
            {visit.account().map(|account| view! {
                <div class="who">
                    <p><strong>{account.user.name.clone()}</strong> <span>{account.user.email.clone()}</span></p>
                    <CallForm action="/api/signout" button="Sign out" busy="Signing out…" class="quiet"/>
                </div>
            })}
        </header>
    }
}

/// What a call on another page has done, which led here. The sentences are ours: an address only chooses
/// one of them.
#[component]
fn Said(visit: Visit) -> impl IntoView {
    let done = visit.request.query("done").unwrap_or_default();
    let said = match done.as_str() {
        "signed_out" if visit.account().is_none() => Some("You are signed out."),
        "account_deleted" if visit.account().is_none() => Some("Your account is deleted."),
        "passkey_added" => Some("Your passkey is added. Sign in with it."),
        // with: mail {
        "recovery_waits" => Some(
            "For your safety this takes a while. We have mailed you when to ask for another code.",
        ),
        "recovery_stopped" => Some("Nobody gets in by mail now."),
        "undone" => Some("What was added and still waited is undone."),
        // with: mail }
        "password_set" => Some("Your password is set. Sign in with it."),
        // with: totp {
        "codes_end" => Some(
            "Your one-time codes are switched off after a wait. Until then they are asked for.",
        ),
        // with: totp }
        _ => None,
    };
    view! {
        {said.map(|said| view! { <p class="done" role="status">{said}</p> })}
        <Outcome refused=Refused::elsewhere()/>
        {(done == "welcome").then(|| view! { <Welcome visit/> })}
    }
}
