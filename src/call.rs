#![cfg(feature = "ssr")]
//! How a server function reads its body: each call names one of the three protocols [`Json`], [`Form`]
//! and [`Ceremony`]. An empty body means `{}`.

use crate::error::{Error, Result};
use axum::http::Method;
use leptos::server_fn::{
    Bytes, Protocol,
    client::Client,
    codec::{IntoRes, Json as JsonCodec},
    request::Req,
    server::Server,
};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use std::{fmt, future::Future, marker::PhantomData};

/// How many rows a list call returns if its caller names no limit.
pub const PAGE: u32 = 20;

/// Takes `application/json`.
pub type Json = Call<JsonBody>;

/// Takes `application/json`, or `application/x-www-form-urlencoded` for forms without JavaScript.
pub type Form = Call<FormBody>;

/// Takes the bare credential of a ceremony as `application/json`. It is handed on unread, because
/// a challenge is used up before the answer to it is parsed (CER-02). The function has one
/// argument, `credential: CredentialJson`.
pub type Ceremony = Call<CredentialBody>;

/// What an authenticator answered, as the JSON text of `credential.toJSON()`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialJson(pub String);

impl fmt::Debug for CredentialJson {
    /// Credential responses never reach a log (LOG-01).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialJson([redacted])")
    }
}

/// An answer that says no more than that it worked. Like the other answers to forms it may have a
/// `message`: what happened, as the page says it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Done {
    pub fn saying(message: &str) -> Self {
        Self { message: Some(message.to_owned()) }
    }
}

/// Yes or no: a JSON boolean, or `true` and `false` as forms send them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct YesNo(pub bool);

impl<'de> Deserialize<'de> for YesNo {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl serde::de::Visitor<'_> for Read {
            type Value = YesNo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_bool<E>(self, it: bool) -> Result<YesNo, E> {
                Ok(YesNo(it))
            }

            fn visit_str<E: serde::de::Error>(self, it: &str) -> Result<YesNo, E> {
                it.parse().map(YesNo).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Read)
    }
}

pub struct Call<B>(PhantomData<B>);

pub struct JsonBody;
pub struct FormBody;
pub struct CredentialBody;

/// How a body of one kind is read.
trait Body {
    fn read<T: DeserializeOwned>(content_type: ContentType, body: &[u8]) -> Result<T>;
}

impl<B, Input, Output, C, S> Protocol<Input, Output, C, S, Error> for Call<B>
where
    B: Body,
    Input: Serialize + DeserializeOwned + Send,
    Output: Serialize + DeserializeOwned + Send,
    C: Client<Error>,
    S: Server<Error>,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Fut>(request: S::Request, run: F) -> Result<S::Response>
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output>> + Send,
    {
        let content_type = ContentType::of(request.to_content_type().as_deref());
        let body: Result<Bytes> = request.try_into_bytes().await;
        let input = B::read(content_type, &body.map_err(|_| Error::BadRequest)?)?;
        IntoRes::<JsonCodec, _, _>::into_res(run(input).await?).await
    }

    /// The browser's half sends forms, not typed calls.
    async fn run_client(_: &str, _: Input) -> Result<Output> {
        Err(Error::Internal)
    }
}

impl Body for JsonBody {
    fn read<T: DeserializeOwned>(content_type: ContentType, body: &[u8]) -> Result<T> {
        from_json(json(content_type, body)?)
    }
}

impl Body for FormBody {
    fn read<T: DeserializeOwned>(content_type: ContentType, body: &[u8]) -> Result<T> {
        if content_type != ContentType::Form {
            return JsonBody::read(content_type, body);
        }
        let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(body));
        serde_path_to_error::deserialize(pairs).map_err(|error| Error::invalid(&field(&error)))
    }
}

impl Body for CredentialBody {
    fn read<T: DeserializeOwned>(content_type: ContentType, body: &[u8]) -> Result<T> {
        let body = json(content_type, body)?;
        let credential = CredentialJson(String::from_utf8_lossy(body).into_owned());
        let input = serde_json::to_value(Arguments { credential });
        input.and_then(serde_json::from_value).map_err(|_| Error::Internal)
    }
}

/// The arguments of every [`Ceremony`]. The type that a server function makes for them is known to
/// serde alone, so they go to and from it as JSON.
#[derive(Serialize, Deserialize)]
struct Arguments {
    credential: CredentialJson,
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The type of a body, by its header.
#[derive(Clone, Copy, PartialEq)]
pub enum ContentType {
    Json,
    Form,
    Absent,
    Other,
}

impl ContentType {
    pub fn of(header: Option<&str>) -> Self {
        let essence = header.and_then(|header| header.split(';').next()).unwrap_or_default();
        match essence.trim().to_ascii_lowercase().as_str() {
            JSON => Self::Json,
            FORM => Self::Form,
            "" => Self::Absent,
            _ => Self::Other,
        }
    }
}

/// The JSON of a body, which is `{}` when there is none.
fn json(content_type: ContentType, body: &[u8]) -> Result<&[u8]> {
    match content_type {
        ContentType::Json if !body.is_empty() => Ok(body),
        ContentType::Json | ContentType::Absent if body.is_empty() => Ok(b"{}"),
        _ => Err(Error::UnsupportedMediaType),
    }
}

fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(body);
    // Arguments have names, but serde would take a list of them as well.
    let arguments = match body.trim_ascii_start().first() {
        Some(b'{') => serde_path_to_error::deserialize(&mut json).map_err(|error| field(&error)),
        _ => Err("body".to_owned()),
    };
    let is_json =
        || str::from_utf8(body).is_ok_and(|it| serde_json::from_str::<IgnoredAny>(it).is_ok());
    match arguments {
        Ok(arguments) if json.end().is_ok() => Ok(arguments),
        Err(field) if is_json() => Err(Error::invalid(&field)),
        _ => Err(Error::BadRequest),
    }
}

/// The name of the field that does not fit. A missing one has no path; serde names it in backticks.
fn field(error: &serde_path_to_error::Error<impl fmt::Display>) -> String {
    let path = error.path().to_string();
    if path != "." {
        return path;
    }
    let text = error.inner().to_string();
    text.split('`').nth(1).unwrap_or("body").to_owned()
}
