//! The app under test, and people who use it.

use super::{
    act::{self, ACT},
    authenticator::Authenticator,
    schema::new_schema,
};
use crate::{
    error::Error,
    features::FEATURES,
    mail::{Part, outbox}, // with: mail
    router::router,
    server::{
        clock::Clock,
        config::Config,
        db::{Kind, Tx},
        preflight,
        state::State,
    },
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
    response::Response,
};
use clap::Parser;
use leptos::config::LeptosOptions;
use serde_json::{Value, json};
use sqlx::{AnyPool, Executor, Row};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tower::ServiceExt;

pub const PASSWORD: &str = "violet tractor hums at noon";

// with: mail {
const SMTP: [&str; 4] =
    ["--smtp-url", "smtps://mail.example.com", "--mail-from", "app@example.com"];

// with: mail }
pub struct TestApp {
    pub state: State,
    pub router: Router,
    options: Vec<&'static str>,
    folder: Arc<TempDir>,
}

/// The address of an empty database: a file, or a schema of the server that TEST_POSTGRES_URL names.
pub async fn new_database(folder: &Path) -> String {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        return format!("sqlite://{}/test.db", folder.display());
    };
    new_schema(&server).await
}

// with: totp {
fn with_key(config: Config) -> Config {
    if !config.secret_key.is_empty() {
        return config;
    }
    Config { secret_key: "a key that is for tests and for nothing else".to_owned(), ..config }
}

// with: totp }
impl TestApp {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With options as on the command line.
    pub async fn with(options: &[&'static str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = new_database(folder.path()).await;
        // Waits are counted to the second there.
        let stands_still = options.contains(&"--rate-limit");
        let clock = if stands_still { Clock::stopped() } else { Clock::default() };
        Self::on(&url, options, Arc::new(folder), clock).await
    }

    /// Another instance on the same database.
    pub async fn twin(&self) -> Self {
        self.twin_behind(Duration::ZERO).await
    }

    /// Another instance, or the next after a restart, whose system's clock is behind by so much.
    pub async fn twin_behind(&self, behind: Duration) -> Self {
        let clock = self.state.clock.of_another_process(behind);
        let url = &self.state.config.database_url;
        Self::on(url, &self.options, self.folder.clone(), clock).await
    }

    pub async fn on(
        url: &str,
        options: &[&'static str],
        folder: Arc<TempDir>,
        clock: Clock,
    ) -> Self {
        // Tests call more often than people do; those of the limits switch them on.
        let usual = ["latchkey", "--database-url", url, "--rate-limit", "off"];
        let unlimited = !options.contains(&"--rate-limit");
        let usual = usual[..if unlimited { 5 } else { 3 }].to_vec();
        let usual = [&usual[..], &SMTP].concat(); // with: mail
        let config = Config::parse_from([&usual, options].concat());
        let config = with_key(config); // with: totp
        preflight::check(&config).expect("a working configuration");
        // Without the browser's half, but with the files beside it.
        let site = LeptosOptions::builder().output_name("latchkey").site_root("public").build();
        let state = State::open(config, site, clock, act::features()).await.expect("a database");
        Self { router: router(state.clone()), state, options: options.to_vec(), folder }
    }

    pub fn visitor(&self) -> Visitor {
        let config = &self.state.config;
        let mut passkey = Authenticator::new();
        passkey.origin = config.origin();
        passkey.rp_id = config.rp_id.clone();
        Visitor {
            router: self.router.clone(),
            state: self.state.clone(), // with: mail
            origin: config.origin(),
            cookies: BTreeMap::new(),
            passkey,
            peer: None,
        }
    }

    /// A visitor whose requests come from an address.
    pub fn visitor_from(&self, address: IpAddr) -> Visitor {
        Visitor { peer: Some(SocketAddr::new(address, 1000)), ..self.visitor() }
    }

    /// A visitor who has just signed up as `name`@example.com.
    pub async fn signed_up(&self, name: &str) -> Visitor {
        let mut visitor = self.visitor();
        visitor.sign_up(name).await.expect(StatusCode::OK);
        visitor
    }

    pub fn wait(&self, seconds: u64) {
        self.state.clock.advance(Duration::from_secs(seconds));
    }

    /// Moves the clock to a time in milliseconds since 1970.
    pub fn wait_until(&self, time: i64) {
        let wait = u64::try_from(time - self.state.clock.now()).expect("a time to come");
        self.state.clock.advance(Duration::from_millis(wait));
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query(sql).fetch_one(self.pool(sql)).await.expect(sql).get(0)
    }

    /// On SQLite only the writer's connection has the challenges.
    fn pool(&self, sql: &str) -> &AnyPool {
        let db = &self.state.db;
        if sql.contains("challenges") { db.writer() } else { db.reader() }
    }

    pub async fn text(&self, sql: &'static str) -> String {
        sqlx::query(sql).fetch_one(self.pool(sql)).await.expect(sql).get(0)
    }

    pub async fn bytes(&self, sql: &'static str) -> Vec<u8> {
        sqlx::query(sql).fetch_one(self.state.db.reader()).await.expect(sql).get(0)
    }

    /// Writes past the app.
    pub async fn execute(&self, sql: &'static str) -> Result<u64, sqlx::Error> {
        let mut tx = self.state.db.begin().await.expect("a transaction");
        let done = sqlx::query(sql).execute(&mut *tx).await?;
        tx.commit().await.expect("a commit");
        Ok(done.rows_affected())
    }

    /// Gives a user an address as an earlier release took it.
    pub async fn give_address(&self, name: &str, email: &str) {
        let mut tx = self.state.db.begin().await.expect("a transaction");
        for sql in [
            "update addresses set email = $1 where user_id = (select id from users where name = $2)",
            "update users set email = $1 where name = $2",
        ] {
            sqlx::query(sql).bind(email).bind(name).execute(&mut *tx).await.expect(sql);
        }
        tx.commit().await.expect("a commit");
    }

    // with: mail {
    /// How many trips to the database there were.
    pub fn trips(&self) -> usize {
        self.state.db.trips.load(std::sync::atomic::Ordering::Relaxed)
    }
    // with: mail }

    // with: mail {
    /// Marks every mail that waits as sent.
    pub async fn send_mails(&self) {
        while let Some(mail) = outbox::claim(&self.state).await.expect("a mail") {
            outbox::end(&self.state, &mail, outbox::End::Sent).await.expect("an end");
        }
    }
    // with: mail }

    /// Holds every user's row, so that no other write transaction about a user can commit first.
    pub async fn hold_write_lock(&self) -> Tx {
        let mut tx = self.state.db.begin().await.expect("a transaction");
        if self.state.db.kind() == Kind::Postgres {
            let lock = "select 1 from users order by id for no key update";
            sqlx::query(lock).execute(&mut *tx).await.expect(lock);
        }
        tx
    }

    /// Has the database carry out a statement after each `event`, such as `delete on users`.
    pub async fn on_event(&self, event: &str, statement: &str) {
        self.trigger(&format!("after {event}"), "true", statement).await;
    }

    /// Has the database refuse an `event` where a condition on its row holds, until [`Self::mend`].
    pub async fn refuse(&self, event: &str, condition: &str) {
        let refusal = match self.state.db.kind() {
            Kind::Sqlite => "select raise(abort, 'no')",
            Kind::Postgres => "raise exception 'no'",
        };
        self.trigger(&format!("before {event}"), condition, refusal).await;
    }

    async fn trigger(&self, event: &str, condition: &str, statement: &str) {
        let sql = match self.state.db.kind() {
            Kind::Sqlite => {
                format!("create trigger mine {event} when {condition} begin {statement}; end")
            }
            Kind::Postgres => format!(
                "create function mine() returns trigger language plpgsql as
                     $$ begin {statement}; return null; end; $$;
                 create trigger mine {event} for each row when ({condition}) execute function mine()"
            ),
        };
        let mut tx = self.state.db.begin().await.expect("a transaction");
        tx.execute(sqlx::AssertSqlSafe(sql)).await.expect("a trigger");
        tx.commit().await.expect("a commit");
    }

    /// Takes away what [`Self::refuse`] did to a table.
    pub async fn mend(&self, table: &str) {
        let sql = match self.state.db.kind() {
            Kind::Sqlite => "drop trigger mine".to_owned(),
            Kind::Postgres => format!("drop trigger mine on {table}"),
        };
        let mut tx = self.state.db.begin().await.expect("a transaction");
        tx.execute(sqlx::AssertSqlSafe(sql)).await.expect("no trigger");
        tx.commit().await.expect("a commit");
    }

    /// Every row of every table, but for the time that instances share.
    pub async fn dump_all(&self) -> Vec<String> {
        let sql = match self.state.db.kind() {
            Kind::Sqlite => {
                "select name from sqlite_master where type = 'table' and name not glob '_sqlx*' and name not glob 'sqlite_*' order by 1"
            }
            Kind::Postgres => {
                "select table_name::text from information_schema.tables where table_schema = current_schema() and table_name <> '_sqlx_migrations' order by 1"
            }
        };
        let tables: Vec<String> =
            sqlx::query_scalar(sql).fetch_all(self.state.db.reader()).await.expect(sql);
        assert!(tables.iter().any(|table| table == "users"), "{tables:?}");
        let mut lines = Vec::new();
        for table in tables.iter().filter(|table| *table != "probe") {
            lines.extend(self.dump(table).await.into_iter().map(|line| format!("{table}: {line}")));
        }
        lines
    }

    /// One line a row, every column in it.
    pub async fn dump(&self, table: &str) -> Vec<String> {
        let (columns, quote) = match self.state.db.kind() {
            Kind::Sqlite => (format!("select name from pragma_table_info('{table}')"), "quote"),
            Kind::Postgres => (
                format!(
                    "select column_name::text from information_schema.columns where table_schema = current_schema() and table_name = '{table}'"
                ),
                "quote_nullable",
            ),
        };
        let columns = sqlx::query(sqlx::AssertSqlSafe(columns))
            .fetch_all(self.pool(table))
            .await
            .expect("columns");
        let columns: Vec<String> =
            columns.iter().map(|row| format!("{quote}({})", row.get::<String, _>(0))).collect();
        assert!(!columns.is_empty(), "there is no table {table}");
        let sql = format!("select {} as line from {table} order by 1", columns.join("||'|'||"));
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(self.pool(table)).await.expect("rows");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The kinds of what happened on an account, oldest first.
    pub async fn activity(&self, email: &str) -> Vec<String> {
        let sql = "select a.kind from activity a join users u on u.id = a.user_id where u.email = $1 order by a.id";
        let rows = sqlx::query(sql)
            .bind(email.to_owned())
            .fetch_all(self.state.db.reader())
            .await
            .expect(sql);
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Whether it has happened on an account; waits a while for what is written after the answer.
    pub async fn has_activity(&self, email: &str, kind: &str) -> bool {
        for _ in 0..200 {
            if self.activity(email).await.iter().any(|there| there == kind) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }
}

/// A person with a browser (its cookies) and an authenticator (with one passkey).
#[derive(Clone)]
pub struct Visitor {
    router: Router,
    pub state: State, // with: mail
    origin: String,
    pub cookies: BTreeMap<String, String>,
    pub passkey: Authenticator,
    /// Where the requests come from, as the socket tells it.
    pub peer: Option<SocketAddr>,
}

impl Visitor {
    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(path, "application/json", body.to_string()).await
    }

    pub async fn send(&mut self, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, content_type)
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, &self.origin);
        self.request(request.body(body.into()).expect("a request")).await
    }

    /// A page or a file.
    pub async fn get(&mut self, address: &str) -> Answer {
        self.request(Request::get(address).body(Body::empty()).expect("a request")).await
    }

    pub async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).expect("a form");
        self.send(path, "application/x-www-form-urlencoded", body).await
    }

    /// The same body from as many copies of this browser at once.
    pub async fn post_at_once(&self, times: usize, path: &'static str, body: Value) -> Vec<Answer> {
        self.post_all_at_once(path, vec![body; times]).await
    }

    /// Each body from a copy of this browser, all at once.
    pub async fn post_all_at_once(&self, path: &'static str, bodies: Vec<Value>) -> Vec<Answer> {
        at_once(bodies.into_iter().map(|body| {
            let mut copy = self.clone();
            async move { copy.post(path, body).await }
        }))
        .await
    }

    /// The same browser, led to another instance.
    pub fn at(&self, app: &TestApp) -> Self {
        Self {
            router: app.router.clone(),
            state: app.state.clone(), // with: mail
            ..self.clone()
        }
    }

    /// The same person at another browser.
    pub fn elsewhere(&self) -> Self {
        Self { cookies: BTreeMap::new(), ..self.clone() }
    }

    /// Fetches options and answers them with this visitor's passkey, but sends nothing.
    pub async fn signed(&mut self, options: &str) -> Value {
        let options = self.post(options, json!({})).await.expect(StatusCode::OK);
        self.passkey.get(&options)
    }

    pub async fn request(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request
                .headers_mut()
                .insert(header::COOKIE, cookies.join("; ").parse().expect("cookies"));
        }
        let host = header::HeaderValue::from_static("localhost:3000");
        request.headers_mut().entry(header::HOST).or_insert(host);
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        for line in response.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("text");
            let (name, value) =
                line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer::read(response).await
    }

    /// Signs up with a passkey and proves the address.
    pub async fn sign_up(&mut self, name: &str) -> Answer {
        let answer = self.sign_up_unconfirmed(name).await;
        // with: mail {
        if answer.status == StatusCode::OK {
            self.confirm_address(&format!("{name}@example.com")).await;
        }
        // with: mail }
        answer
    }

    /// Signs up with a passkey, and leaves the mail with the code unread.
    pub async fn sign_up_unconfirmed(&mut self, name: &str) -> Answer {
        let new = json!({ "email": format!("{name}@example.com"), "name": name });
        let options = self.post("/api/signup/options", new).await.expect(StatusCode::OK);
        let answer = self.passkey.create(&options);
        self.post("/api/signup/verify", answer).await
    }

    pub async fn sign_in(&mut self) -> Answer {
        let options = self.post("/api/signin/options", json!({})).await.expect(StatusCode::OK);
        let answer = self.passkey.get(&options);
        self.post("/api/signin/verify", answer).await
    }

    pub async fn sign_up_by_password(&mut self, name: &str) -> Answer {
        let email = format!("{name}@example.com");
        self.sign_up_by_password_as(json!({ "email": email, "name": name, "password": PASSWORD }))
            .await
    }

    pub async fn sign_up_by_password_as(&mut self, new: Value) -> Answer {
        // with: mail {
        let email = new["email"].as_str().expect("an address").to_owned();
        let asked = self.post("/api/signup/password", new).await;
        if asked.status != StatusCode::OK {
            return asked;
        }
        let code = self.mailed_code(&email).await;
        self.post("/api/signup/code", json!({ "code": code })).await
        // with: mail }
    }

    // with: mail {
    /// Types the code that was mailed to an address of this visitor's, and drops the mail.
    pub async fn confirm_address(&mut self, email: &str) {
        let code = self.mailed_code(email).await;
        self.post("/api/email/confirm", json!({ "code": code })).await.expect(StatusCode::OK);
    }

    /// The mails that wait for an address, newest first.
    pub async fn mails(&self, email: &str) -> Vec<outbox::Mail> {
        let mails = outbox::waiting(&self.state, 1000).await.expect("mails");
        mails.into_iter().filter(|mail| mail.recipient == email).collect()
    }

    /// The token of the link in the newest mail to an address that has one.
    pub async fn undo_token(&self, email: &str) -> String {
        let mails = self.mails(email).await;
        let token = mails.iter().find_map(|mail| mail.letter.parts.iter().find_map(token_of));
        token.expect("a mail with a link to undo something")
    }

    /// The code in the newest mail to an address, or one that is wrong.
    pub async fn mailed_code(&self, email: &str) -> String {
        let mails = self.mails(email).await;
        let code = mails.first().and_then(|mail| mail.letter.parts.iter().find_map(code_of));
        code.unwrap_or_else(|| "AAAA-AAAA".to_owned())
    }
    // with: mail }

    pub async fn sign_in_by_password(&mut self, name: &str, password: &str) -> Answer {
        let who = json!({ "email": format!("{name}@example.com"), "password": password });
        self.post("/api/signin/password", who).await
    }

    /// Sets a password, confirmed by passkey.
    pub async fn set_password(&mut self, password: &str) {
        let new = json!({ "new_password": password });
        self.confirmed("/api/password/set", new).await.expect(StatusCode::OK);
    }

    /// New recovery codes, confirmed by passkey.
    pub async fn make_codes(&mut self) -> Vec<String> {
        let made = self.confirmed("/api/recovery/generate", json!({})).await;
        let made = made.expect(StatusCode::OK);
        serde_json::from_value(made["codes"].clone()).expect("codes")
    }

    /// Signs in with a recovery code.
    pub async fn recover(&mut self, name: &str, code: &str) -> Answer {
        let who = json!({ "email": format!("{name}@example.com"), "code": code });
        self.post("/api/signin/recovery", who).await
    }

    /// Makes a guarded call, confirms it by password, and makes it again.
    pub async fn confirmed_by_password(&mut self, path: &str, body: Value) -> Answer {
        let asked = self.post(path, body.clone()).await;
        asked.refused(StatusCode::FORBIDDEN, "step_up_required");
        let proof = json!({ "password": PASSWORD, "action": asked.json["action"] });
        self.post("/api/reauth/password", proof).await.expect(StatusCode::OK);
        self.post(path, body).await
    }

    /// What the app knows of this visitor's account.
    pub async fn account(&mut self) -> Value {
        self.post("/api/me", json!({})).await.expect(StatusCode::OK)["account"].clone()
    }

    /// Whether the session is live.
    pub async fn is_signed_in(&mut self) -> bool {
        self.post("/api/passkeys/list", json!({})).await.status == StatusCode::OK
    }

    /// Options for a step-up over the newest pending action.
    pub async fn step_up_options(&mut self) -> Value {
        self.post("/api/reauth/options", json!({})).await.expect(StatusCode::OK)
    }

    /// Confirms the newest pending action with this visitor's passkey.
    pub async fn confirm(&mut self) -> Answer {
        let options = self.step_up_options().await;
        let answer = self.passkey.get(&options);
        self.post("/api/reauth/verify", answer).await
    }

    /// Makes a guarded call, confirms it, and makes it again.
    pub async fn confirmed(&mut self, path: &str, body: Value) -> Answer {
        self.post(path, body.clone()).await.refused(StatusCode::FORBIDDEN, "step_up_required");
        self.confirm().await.expect(StatusCode::OK);
        self.post(path, body).await
    }

    /// Adds a passkey of its own authenticator, and returns both.
    pub async fn add_passkey(&mut self) -> (Authenticator, Value) {
        let options =
            self.confirmed("/api/passkeys/options", json!({})).await.expect(StatusCode::OK);
        let mut added = Authenticator::new();
        let answer = added.create(&options);
        let passkey = self.post("/api/passkeys/verify", answer).await.expect(StatusCode::OK);
        (added, passkey)
    }

    pub async fn passkeys(&mut self) -> Vec<Value> {
        let list = self.post("/api/passkeys/list", json!({})).await.expect(StatusCode::OK);
        list["passkeys"].as_array().expect("a list").clone()
    }

    /// The guarded action of the tests, confirmed by passkey.
    pub async fn confirmed_act(&mut self) -> Answer {
        self.confirmed(ACT, act(json!({}))).await
    }
}

// with: mail {
fn token_of(part: &Part) -> Option<String> {
    let Part::Link(_, path) = part else { return None };
    path.strip_prefix("/undo?token=").map(str::to_owned)
}

fn code_of(part: &Part) -> Option<String> {
    if let Part::Code(code) = part { Some(code.clone()) } else { None }
}
// with: mail }

/// A form on a page, as a browser without scripts sends it.
pub fn plain_form(path: &str, fields: &'static str) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
        .header(header::REFERER, format!("http://localhost:3000{}", FEATURES.home))
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(fields))
        .expect("a request")
}

/// The answers to calls that are all under way before the first is awaited.
pub async fn at_once(
    calls: impl IntoIterator<Item = impl Future<Output = Answer> + Send + 'static>,
) -> Vec<Answer> {
    let calls: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let answers = futures::future::join_all(calls).await;
    answers.into_iter().map(|answer| answer.expect("no panic")).collect()
}

#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
        Self {
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        }
    }

    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json
    }

    #[track_caller]
    pub fn refused(&self, status: StatusCode, code: &str) {
        assert_eq!(
            (self.status, self.json["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.text()
        );
        let error: Error = serde_json::from_slice(&self.bytes).expect("an error");
        // Some refusals say it otherwise where they happen.
        let mut body = error.body();
        body["message"] = self.json["message"].clone();
        assert_eq!(self.json, body);
        assert!(self.json["message"].as_str().is_some_and(|it| it.len() > 10), "{}", self.text());
    }

    /// Refused as not valid, for this field.
    #[track_caller]
    pub fn refused_field(&self, field: &str) {
        self.refused_as(Error::invalid(field));
    }

    /// Refused with this error's status, code, fields and sentence.
    #[track_caller]
    pub fn refused_as(&self, error: impl Into<Error>) {
        let error = error.into();
        assert_eq!((self.status, &self.json), (error.status(), &error.body()), "{}", self.text());
    }

    /// All that a client could tell two answers apart by.
    pub fn observable(&self) -> (StatusCode, HeaderMap, String) {
        let mut headers = self.headers.clone();
        // These two are of this answer alone, whatever it says.
        headers.remove("x-request-id");
        headers.remove("content-security-policy");
        (self.status, headers, self.text())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

/// What the guarded action of the tests takes, unless told otherwise.
pub fn act(changes: Value) -> Value {
    changed(json!({ "what": "the dishes", "note": "tonight", "key": new_key() }), changes)
}

/// A key that no other call has.
pub fn new_key() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A body with some of its fields changed.
pub fn changed(mut body: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}
