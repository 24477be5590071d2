//! What a request holds beside its body. A server function reads it in its first line and hands it on;
//! nothing below reads hidden context.

use super::{
    answers::RefusedForm,
    client::Client,
    cookies::{self, Cookie},
    feature::Doing,
    log::RequestLog,
    proxies::client_address,
    secret,
    state::State,
};
use crate::error::{Error, Result};
use axum::http::{HeaderName, HeaderValue, header, request::Parts};
use leptos::{nonce::Nonce, prelude::use_context};
use leptos_axum::ResponseOptions;
use std::{ops::Deref, sync::Arc, time::Duration};
use tower_sessions::Session;

/// Longer user agents are cut; nobody reads that far.
const MAX_USER_AGENT_CHARS: usize = 256;

/// A request to a server function, and the headers of its answer.
#[derive(Clone)]
pub struct Request {
    state: State,
    pub client: Client,
    parts: Arc<Parts>,
    answer: ResponseOptions,
}

/// The shared [`State`] is reached through each request: `request.db`, `request.clock`.
impl Deref for Request {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl Request {
    /// The request that is being answered. A page's calls may outlive it: then there is none, and they
    /// fail with [`Error::Unavailable`].
    pub fn current() -> Result<Self> {
        let (Some(state), Some(parts), Some(answer)) =
            (use_context::<State>(), use_context::<Parts>(), use_context())
        else {
            return Err(Error::Unavailable);
        };
        Ok(Self::new(state, parts, answer))
    }

    /// A request for a page.
    pub fn of_page(state: State, parts: Parts) -> Self {
        Self::new(state, parts, ResponseOptions::default())
    }

    fn new(state: State, parts: Parts, answer: ResponseOptions) -> Self {
        let proxies = &state.config.trusted_proxies;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
        let client = Client {
            address: client_address(&parts.extensions, &parts.headers, proxies),
            user_agent: user_agent.map(|it| it.chars().take(MAX_USER_AGENT_CHARS).collect()),
        };
        Self { state, client, parts: Arc::new(parts), answer }
    }

    /// A request for a command, which acts without a client.
    pub fn of_command(state: State) -> Self {
        let (parts, ()) = axum::http::Request::new(()).into_parts();
        let (client, answer) = (Client::default(), ResponseOptions::default());
        Self { state, client, parts: Arc::new(parts), answer }
    }

    /// The same request without its client: for the rows of a user to whom somebody else does something.
    pub fn without_client(&self) -> Self {
        Self { client: Client::default(), ..self.clone() }
    }

    /// What features are told of it.
    pub fn doing(&self) -> Doing<'_> {
        Doing {
            config: &self.config,
            clock: &self.clock,
            client: &self.client,
            methods: self.features.methods,
        }
    }

    /// The session that the cookie names, which may not exist.
    pub fn session(&self) -> Option<&Session> {
        self.parts.extensions.get()
    }

    /// The value of a cookie, if the request carries it.
    pub fn cookie(&self, cookie: Cookie) -> Option<String> {
        cookies::read(&self.parts.headers, cookie, self.config.is_https())
    }

    /// The value of a cookie, if it is one of our random ones; any other is replaced.
    pub fn random_cookie(&self, cookie: Cookie) -> Option<String> {
        let is_random =
            |value: &String| secret::from_base64url(value).is_some_and(|bytes| bytes.len() == 32);
        self.cookie(cookie).filter(is_random)
    }

    /// The same, or else the value of a new one.
    pub fn random_cookie_or_new(&self, cookie: Cookie) -> String {
        self.random_cookie(cookie).unwrap_or_else(|| secret::base64url(&secret::random()))
    }

    /// Makes the answer set a cookie. An empty value with a `max_age` of zero removes it.
    pub fn set_cookie(&self, cookie: Cookie, value: &str, max_age: Duration) {
        let line = cookies::line(cookie, value, max_age, self.config.is_https());
        if let Ok(line) = HeaderValue::from_str(&line) {
            self.answer.append_header(header::SET_COOKIE, line);
        }
    }

    /// Leads the browser to another page of ours once the call is answered.
    pub fn go_to(&self, path: &str) {
        if let Ok(path) = HeaderValue::from_str(path) {
            self.answer.insert_header(header::LOCATION, path);
        }
    }

    /// The nonce that lets a script of the page run.
    pub fn nonce(&self) -> String {
        self.parts.extensions.get::<Nonce>().map(Nonce::to_string).unwrap_or_default()
    }

    /// The form that the page shows again, because its call was refused.
    pub fn refused(&self) -> Option<Arc<RefusedForm>> {
        self.parts.extensions.get().cloned()
    }

    pub fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// A parameter of the page's address.
    pub fn query(&self, name: &str) -> Option<String> {
        let query = self.parts.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Whether a page may show text that whoever made a link to it has chosen; a `next` is none of it.
    pub fn has_text_in_address(&self) -> bool {
        let query = self.parts.uri.query().unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key != "next")
    }

    /// Makes the browser forget its session, and what it has stored of this site (SES-12).
    pub fn remove_session(&self) {
        self.set_cookie(Cookie::Session, "", Duration::ZERO);
        let stores = HeaderValue::from_static(r#""cache", "storage""#);
        self.answer.insert_header(HeaderName::from_static("clear-site-data"), stores);
    }

    /// Adds the account to the log lines of this request.
    pub fn name_account(&self, user_id: &str) {
        if let Some(log) = self.parts.extensions.get::<RequestLog>() {
            log.name_account(user_id);
        }
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").finish_non_exhaustive()
    }
}
