//! Calls to the server, and what went wrong with one, in the words that the user reads. A sentence for
//! what the server refused is the server's; the sentences in here are for what only a browser can know.

use super::dom::window;
use js_sys::{JSON, Promise};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    /// The server's answer, read field by field.
    #[derive(Clone)]
    pub type Answer;
    #[wasm_bindgen(method, getter)]
    fn code(this: &Answer) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn field(this: &Answer) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn retry_after(this: &Answer) -> Option<u32>;
    /// The id of the action that waits for a confirmation.
    #[wasm_bindgen(method, getter)]
    fn action(this: &Answer) -> Option<String>;
    /// What happened, or what went wrong.
    #[wasm_bindgen(method, getter)]
    pub fn message(this: &Answer) -> Option<String>;
    /// Where the problem can be solved: an address, and the text of a link to it.
    #[wasm_bindgen(method, getter)]
    fn link(this: &Answer) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn link_text(this: &Answer) -> Option<String>;
    /// What the page shows this once, as HTML.
    #[wasm_bindgen(method, getter)]
    pub fn shown(this: &Answer) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub fn id(this: &Answer) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub fn user_handle(this: &Answer) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub fn accepted_credentials(this: &Answer) -> JsValue;
}

/// What came back from the server, and where it leads.
pub struct Reply {
    pub answer: Answer,
    /// The page that comes next.
    pub next: Option<String>,
}

/// How much is known of a call that got no answer.
#[derive(Clone, Copy, PartialEq)]
pub enum Lost {
    /// It was answered.
    No,
    /// It changed nothing.
    Unsent,
    /// It may have been carried out.
    Unknown,
}

/// What went wrong; no text where the user cancelled.
#[derive(Clone)]
pub struct Problem {
    pub text: String,
    pub code: String,
    /// The name of the field that does not hold what it should.
    pub field: Option<String>,
    /// Where it can be solved: an address, and the text of a link to it.
    pub link: Option<Box<(String, String)>>,
    /// Seconds until it is worth another try.
    pub wait: u32,
    /// The action that waits for a confirmation.
    pub step_up: Option<String>,
    pub lost: Lost,
    /// Whether things are no longer as the page shows them (404, 409).
    pub stale: bool,
}

pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    pub const CANCELLED: Self = Self {
        text: String::new(),
        code: String::new(),
        field: None,
        link: None,
        wait: 0,
        step_up: None,
        lost: Lost::No,
        stale: false,
    };

    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::CANCELLED }
    }

    pub fn lost(lost: Lost) -> Self {
        let text = match lost {
            Lost::Unknown => "We don't know whether it went through.",
            _ => "You seem to be offline. Nothing was sent.",
        };
        Self { lost, ..Self::new(text) }
    }

    /// The same, as the problem of a call that had not been made yet, or that may have been.
    pub fn or_lost(self, lost: Lost) -> Self {
        if self.lost == Lost::No { self } else { Self::lost(lost) }
    }

    pub fn is_cancelled(&self) -> bool {
        self.text.is_empty()
    }
}

/// A browser that cannot do what every call needs.
impl From<JsValue> for Problem {
    fn from(_: JsValue) -> Self {
        Self::new("Your browser could not do that. Load the page again.")
    }
}

/// Sends a JavaScript value as JSON. A call that its signal ends was cancelled, not lost.
pub async fn post(path: &str, body: &JsValue, signal: Option<&AbortSignal>) -> Result<Reply> {
    let lost = || match signal {
        Some(signal) if signal.aborted() => Problem::CANCELLED,
        _ => Problem::lost(Lost::Unknown),
    };
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(JSON::stringify(body)?.as_ref());
    init.set_signal(signal);
    let response = JsFuture::from(window().fetch_with_str_and_init(path, &init)).await;
    let response: Response = response.map_err(|_| lost())?.unchecked_into();
    let next = response.headers().get("location")?;
    let answer = match response.json() {
        Ok(read) => read_answer(read).await,
        Err(_) => None,
    };
    match answer {
        Some(answer) if response.ok() || next.is_some() => Ok(Reply { answer, next }),
        Some(answer) => Err(Problem {
            step_up: answer.action(),
            text: answer.message().unwrap_or_else(|| OUR_FAULT.to_owned()),
            code: answer.code().unwrap_or_default(),
            field: answer.field(),
            link: answer.link().zip(answer.link_text()).map(Box::new),
            wait: answer.retry_after().unwrap_or_default(),
            lost: Lost::No,
            stale: matches!(response.status(), 404 | 409),
        }),
        // The answer broke off.
        None if response.ok() => Err(lost()),
        None => Err(Problem::new(OUR_FAULT)),
    }
}

pub const OUR_FAULT: &str = "Something went wrong on our side.";

async fn read_answer(read: Promise) -> Option<Answer> {
    let answer = JsFuture::from(read).await.ok()?;
    answer.is_object().then(|| answer.unchecked_into())
}
