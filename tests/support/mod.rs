//! The built program as a process of its own, and people who use it over HTTP. For the tests of the
//! process and for the benchmark.

#[path = "../../src/tests/authenticator.rs"]
#[allow(dead_code, reason = "the tests in the crate tell more lies")]
mod authenticator;
#[path = "../../src/tests/schema.rs"]
pub mod schema;
#[path = "../../src/tests/smtp.rs"] // with: mail
pub mod smtp; // with: mail

use authenticator::Authenticator;
use schema::new_schema;
use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use std::{
    collections::BTreeMap,
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_latchkey");
/// A guarded act that every account can do: it changes the phone number.
pub const ACT: &str = "/api/account/phone";

/// The body of that act, with another number for each `n`.
pub fn act(n: u32) -> Value {
    json!({ "phone": format!("+44207946{n:04}") })
}

/// A folder with a database and a log, and the program that runs on them.
pub struct Server {
    child: Option<Child>,
    pub port: u16,
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Server {
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::start_in(folder, settings)
    }

    pub fn start_in(folder: TempDir, settings: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let settings = settings.iter().map(owned).collect();
        let mut server = Self { child: None, port: free_port(), folder, settings };
        server.start_again();
        server
    }

    /// Starts on what is there, and waits until requests are answered.
    pub fn start_again(&mut self) {
        self.start_by(PROGRAM, &[]);
    }

    /// The same by another program that leads to ours.
    pub fn start_by(&mut self, program: &str, arguments: &[&str]) {
        let log = File::options().create(true).append(true).open(self.log()).expect("a log");
        let child = self
            .command(program)
            .args(arguments)
            .stdout(log.try_clone().expect("a handle"))
            .stderr(log)
            .spawn()
            .expect("the program");
        self.child = Some(child);
        let began = Instant::now();
        while self.get("/healthz").is_none_or(|(status, _)| status != 200) {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", self.log_text());
            sleep(Duration::from_millis(10));
        }
    }

    /// The program with other arguments, on the same database.
    pub fn run(&self, arguments: &[&str]) -> (ExitStatus, String) {
        let output = self.command(PROGRAM).args(arguments).output().expect("the program");
        let text = [output.stdout, output.stderr].concat();
        (output.status, String::from_utf8_lossy(&text).into_owned())
    }

    /// A command in the environment of this server.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{}", self.port))
            .env("PASSKEY_ORIGIN", self.origin())
            .env("DATABASE_URL", self.database_url())
            .env("RATE_LIMIT", "off")
            .env("SMTP_URL", "smtps://mail.example.com") // with: mail
            .env("SECRET_KEY", "a key that is for tests and for nothing else") // with: totp
            .env("MAIL_FROM", "app@example.com") // with: mail
            .env("RUST_LOG", "warn")
            .envs(self.settings.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("latchkey.db")
    }

    pub fn database_url(&self) -> String {
        format!("sqlite://{}", self.database().display())
    }

    /// Does to the SQLite database what the program would not.
    pub fn damage(&self, statements: &'static str) {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
            let url = self.database_url();
            let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
            connection.execute(statements).await.expect("damage");
        });
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn process(&self) -> u32 {
        self.child.as_ref().expect("a process").id()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub fn log_text(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// `kill -9`: nothing is flushed, nobody is told.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a signal");
            child.wait().expect("an end");
        }
    }

    /// `SIGTERM`, without waiting for what comes of it.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Ends the process as Ctrl-C does: at once, but in order.
    pub fn stop(&mut self) {
        self.signal("INT");
        assert!(self.wait().success());
    }

    fn signal(&self, name: &str) {
        let process = self.process().to_string();
        let sent = Command::new("kill").args(["-s", name, &process]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits for the end of the process.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.take().expect("a process").wait().expect("an end")
    }

    pub fn visitor(&self) -> Visitor {
        let mut passkey = Authenticator::new();
        passkey.origin = self.origin();
        Visitor { agent: agent(), address: self.origin(), cookies: BTreeMap::new(), passkey }
    }

    pub fn signed_up(&self, name: &str) -> Visitor {
        let mut visitor = self.visitor();
        visitor.sign_up(name);
        visitor
    }

    /// A page or a file: its status and its text.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut response =
            agent().get(format!("http://127.0.0.1:{}{path}", self.port)).call().ok()?;
        let text = response.body_mut().read_to_string().ok()?;
        Some((response.status().as_u16(), text))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// What is counted at the address of the metrics.
pub fn metrics(port: u16) -> String {
    let answer = ureq::get(format!("http://127.0.0.1:{port}/metrics")).call();
    answer.expect("metrics").body_mut().read_to_string().expect("text")
}

/// The address of a new database on the PostgreSQL server that the tests have.
pub fn new_database() -> String {
    let server = std::env::var("TEST_POSTGRES_URL").expect("the address of a PostgreSQL server");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(new_schema(&server))
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .max_redirects(0)
        .build()
        .new_agent()
}

/// A person with a browser and a passkey.
#[derive(Clone)]
pub struct Visitor {
    agent: ureq::Agent,
    /// The address of the server.
    address: String,
    pub cookies: BTreeMap<String, String>,
    pub passkey: Authenticator,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub json: Value,
    pub retry_after: Option<String>,
    pub request_id: Option<String>,
}

impl Visitor {
    /// The answer to a call, or nothing if the connection ended before there was one.
    pub fn try_post(&mut self, path: &str, body: &Value) -> Option<Answer> {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut response = self
            .agent
            .post(format!("{}{path}", self.address))
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookies.join("; "))
            .send(body.to_string())
            .ok()?;
        for line in response.headers().get_all("set-cookie") {
            let pair = line.to_str().ok()?.split(';').next()?.split_once('=')?;
            self.cookies.insert(pair.0.to_owned(), pair.1.to_owned());
        }
        let header = |name| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let (retry_after, request_id) = (header("retry-after"), header("x-request-id"));
        let text = response.body_mut().read_to_string().ok()?;
        let json = serde_json::from_str(&text).unwrap_or_default();
        Some(Answer { status: response.status().as_u16(), json, retry_after, request_id })
    }

    /// Loads a file, compressed as browsers ask for it.
    pub fn download(&self, path: &str) {
        let file = self.agent.get(format!("{}{path}", self.address));
        let mut file = file.header("accept-encoding", "br").call().expect("an answer");
        assert_eq!(file.status(), 200, "{path}");
        assert!(!file.body_mut().read_to_vec().expect("a file").is_empty());
    }

    /// Calls another instance from now on.
    pub fn go_to(&mut self, server: &Server) {
        self.address = server.origin();
    }

    #[track_caller]
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).expect("an answer")
    }

    #[track_caller]
    pub fn ok(&mut self, path: &str, body: &Value) -> Value {
        self.try_ok(path, body).expect("an answer")
    }

    #[track_caller]
    fn try_ok(&mut self, path: &str, body: &Value) -> Option<Value> {
        let answer = self.try_post(path, body)?;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json);
        Some(answer.json)
    }

    pub fn sign_up(&mut self, name: &str) {
        let new = json!({ "email": format!("{name}@example.com"), "name": name });
        let options = self.ok("/api/signup/options", &new);
        let answer = self.passkey.create(&options);
        self.ok("/api/signup/verify", &answer);
    }

    // with: mail {
    /// Types the code in the newest mail, as the mailbox of developers shows it.
    pub fn confirm_address(&mut self) {
        let mailbox = self.agent.get(format!("{}/mailbox", self.address)).call();
        let mailbox = mailbox.expect("an answer").body_mut().read_to_string().expect("text");
        let code = mailbox.split("account?code=").nth(1).expect("a code");
        self.ok("/api/email/confirm", &json!({ "code": code[..9] }));
    }
    // with: mail }

    pub fn sign_in_by_code(&mut self, name: &str, code: &Value) -> Answer {
        let who = json!({ "email": format!("{name}@example.com"), "code": code });
        self.post("/api/signin/recovery", &who)
    }

    pub fn sign_in(&mut self) {
        let options = self.ok("/api/signin/options", &json!({}));
        let answer = self.passkey.get(&options);
        self.ok("/api/signin/verify", &answer);
    }

    /// Confirms the newest pending action.
    pub fn confirm(&mut self) {
        self.try_confirm().expect("an answer");
    }

    fn try_confirm(&mut self) -> Option<()> {
        let options = self.try_ok("/api/reauth/options", &json!({}))?;
        let answer = self.passkey.get(&options);
        self.try_ok("/api/reauth/verify", &answer).map(drop)
    }

    /// Makes a guarded call, which is refused, and confirms it, so that making it again carries it out.
    #[track_caller]
    pub fn confirmed(&mut self, path: &str, body: &Value) {
        self.try_confirmed(path, body).expect("an answer");
    }

    /// The same, or nothing if the connection ended before it was confirmed.
    #[track_caller]
    pub fn try_confirmed(&mut self, path: &str, body: &Value) -> Option<()> {
        let Answer { status, json, .. } = self.try_post(path, body)?;
        assert_eq!((status, &json["code"]), (403, &json!("step_up_required")), "{path}: {json}");
        self.try_confirm()
    }

    /// Makes a guarded call, confirms it, and makes it again.
    #[track_caller]
    pub fn confirmed_call(&mut self, path: &str, body: &Value) -> Value {
        self.confirmed(path, body);
        self.ok(path, body)
    }

    /// The phone number of the account, or null if it has none.
    #[track_caller]
    pub fn phone(&mut self) -> Value {
        let account = self.ok("/api/me", &json!({}))["account"].take();
        assert!(account.is_object(), "nobody is signed in");
        account["phone"].clone()
    }
}
