#![cfg(feature = "ssr")]
//! The errors that a user meets: one closed enum with a code, a status and a sentence. Causes are logged
//! where they happen; an error never holds anything of a library or the database.

use crate::date::date_time;
use axum::http::StatusCode;
use leptos::server_fn::{
    Bytes,
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refused call. Its JSON is `{"code": "…", "message": "…"}`, with the variant's fields beside these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Error {
    #[error("That request could not be read.")]
    BadRequest,
    /// A registration response that does not verify.
    #[error("Your passkey could not be saved. Try again.")]
    RegistrationFailed,
    /// The same at sign-up, also for a taken e-mail address. The reason is not for the visitor to know.
    #[error("We couldn't create that account. Try again.")]
    #[serde(rename = "registration_failed", skip_deserializing)]
    SignUpFailed,
    /// Every failed sign-in of any kind (CER-15: the same bytes).
    #[error("We couldn't sign you in. Try again, or use another way to sign in.")]
    SignInFailed,
    #[error("Sign in to continue.")]
    NotSignedIn,
    /// A step-up assertion that does not verify.
    #[error("We couldn't verify that passkey. Try again.")]
    VerificationFailed,
    /// The password of a step-up is wrong.
    #[error("That is not your password. Try again.")]
    #[serde(rename = "verification_failed", skip_deserializing)]
    WrongPassword,
    /// A typed code that is wrong, was used, is too old, or was asked for in another browser.
    #[error("That code is wrong or too old. Check it, or get a new one.")]
    #[serde(rename = "verification_failed", skip_deserializing)]
    WrongCode,
    #[error("This request came from another site.")]
    CrossSite,
    /// The action waits for its confirmation under this id.
    #[error("Confirm it's you to continue.")]
    StepUpRequired { action: String },
    #[error("That passkey belongs to a different account. Use one of yours.")]
    CredentialNotYours,
    /// A recovery session asked for something other than its one change.
    #[error(
        "This session is for getting back in. Add a passkey or set a password, then sign in with it."
    )]
    RecoverySession,
    // with: people {
    /// The user's role does not reach so far.
    #[error("Your role does not allow this.")]
    NotAllowed,
    // with: people }
    #[error("There is nothing here by that name.")]
    NotFound,
    /// The action that was to be confirmed is gone.
    #[error("That request has expired. Try again.")]
    #[serde(rename = "not_found", skip_deserializing)]
    ActionGone,
    #[error("This passkey was removed from your account. Use another one.")]
    CredentialUnknown,
    #[error("This address takes another kind of request.")]
    MethodNotAllowed,
    #[error("That request has expired. Try again.")]
    ChallengeExpired,
    #[error(
        "You already have a passkey for this account on this device or in this password manager."
    )]
    PasskeyExists,
    /// The account has no method that can confirm this: it takes a passkey and there is none, or what
    /// there is settles only at `until` (milliseconds since 1970 UTC).
    #[error("{}", passkey_required(*until))]
    PasskeyRequired {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<i64>,
    },
    #[error("This is your only way to sign in. Add another passkey or set a password first.")]
    LastMethod,
    /// The account has to prove its address first.
    #[error("Confirm your e-mail address first.")]
    EmailUnconfirmed,
    #[error("You have as many passkeys as an account can have. Remove one first.")]
    TooManyPasskeys,
    #[error("That is too large.")]
    TooLarge,
    #[error("This address takes another kind of content.")]
    UnsupportedMediaType,
    /// The request is readable, but `field` does not hold what it should.
    #[error("{}", text.unwrap_or_else(|| invalid(field)))]
    Invalid {
        field: String,
        #[serde(skip)]
        text: Option<&'static str>,
    },
    /// Too many attempts. `retry_after` is the wait in seconds, also sent as `Retry-After`.
    #[error("Too many attempts. Try again in {retry_after} {}.", if *retry_after == 1 { "second" } else { "seconds" })]
    RateLimited { retry_after: u64 },
    /// The request did not arrive in time.
    #[error("Your request took too long to arrive. Try again.")]
    RequestTimeout,
    #[error("We are busy. Try again in a moment.")]
    Unavailable,
    /// A bug of ours; the log has the cause.
    #[error("Something went wrong on our side.")]
    Internal,
    /// A feature cannot do this as things are (409). `code` is the feature's own.
    #[error("{}", text.unwrap_or("That cannot be done as things are."))]
    #[serde(untagged)]
    Conflict {
        code: String,
        #[serde(skip)]
        text: Option<&'static str>,
    },
}

/// A feature's sentence for a field that does not hold what it should.
#[derive(Debug)]
pub struct InvalidField {
    pub name: &'static str,
    pub text: &'static str,
}

/// A feature's sentence for what it cannot do as things are.
#[derive(Debug)]
pub struct ConflictCode {
    pub name: &'static str,
    pub text: &'static str,
}

impl From<&InvalidField> for Error {
    fn from(field: &InvalidField) -> Self {
        Self::Invalid { field: field.name.to_owned(), text: Some(field.text) }
    }
}

impl From<&ConflictCode> for Error {
    fn from(code: &ConflictCode) -> Self {
        Self::Conflict { code: code.name.to_owned(), text: Some(code.text) }
    }
}

fn invalid(field: &str) -> &'static str {
    match field {
        "email" => "Enter an e-mail address, such as ann@example.com.",
        "name" => "Enter a name of at most 64 characters.",
        "password" | "new_password" => {
            "Use at least 15 characters, and nothing easy to guess such as your name or a common phrase."
        }
        "role" => "Choose one of the roles.", // with: people
        "phone" => "Enter a phone number with its country code, such as +44 20 7946 0000.",
        _ => "Something in the form is not right.",
    }
}

fn passkey_required(until: Option<i64>) -> String {
    match until {
        None => "Add a passkey before you can confirm this.".to_owned(),
        Some(until) => format!(
            "You can confirm this from {}. Until then your new way to sign in waits, because it was added with a password or after a recovery.",
            date_time(until)
        ),
    }
}

impl Error {
    pub const PASSKEY_REQUIRED: Self = Self::PasskeyRequired { until: None };

    pub fn invalid(field: &str) -> Self {
        Self::Invalid { field: field.to_owned(), text: None }
    }

    /// The code as it travels.
    pub fn code(&self) -> String {
        self.fields()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body of an answer: the code, the fields of the variant, and its sentence as `message`. The
    /// sentence is never read back: anybody can write the address in which a page gets an error.
    pub fn body(&self) -> Value {
        let mut body = self.fields();
        body["message"] = self.to_string().into();
        if let Some((address, text)) = self.way_out() {
            body["link"] = address.into();
            body["link_text"] = text.into();
        }
        body
    }

    /// Where a page can lead the user: an address, to which the page adds its own path if it ends in `=`,
    /// and the text of the link.
    fn way_out(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::PasskeyRequired { until: None } => Some(("/settings/passkeys", "Add a passkey")),
            Self::EmailUnconfirmed => Some(("/settings/account", "Confirm it")),
            Self::RecoverySession => Some(("/settings/security", "Go there")),
            Self::NotSignedIn => Some(("/signin?next=", "Sign in")),
            _ => None,
        }
    }

    fn fields(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The refusal of an attempt that may be made again after a wait.
    pub fn rate_limited(wait: Duration) -> Self {
        Self::RateLimited { retry_after: wait.as_millis().div_ceil(1000).max(1) as u64 }
    }

    /// After how many seconds another attempt may succeed, if that is known.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Unavailable => Some(1),
            _ => None,
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest | Self::RegistrationFailed | Self::SignUpFailed => {
                StatusCode::BAD_REQUEST
            }
            Self::SignInFailed
            | Self::NotSignedIn
            | Self::VerificationFailed
            | Self::WrongPassword
            | Self::WrongCode => StatusCode::UNAUTHORIZED,
            Self::CrossSite
            | Self::StepUpRequired { .. }
            | Self::CredentialNotYours
            | Self::RecoverySession => StatusCode::FORBIDDEN,
            Self::NotAllowed => StatusCode::FORBIDDEN, // with: people
            Self::NotFound | Self::ActionGone | Self::CredentialUnknown => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::ChallengeExpired
            | Self::PasskeyExists
            | Self::PasskeyRequired { .. }
            | Self::LastMethod
            | Self::EmailUnconfirmed
            | Self::TooManyPasskeys
            | Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl FromServerFnError for Error {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self::Internal
    }

    fn ser(&self) -> Bytes {
        self.body().to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{credentials::MIN_PASSWORD_CHARS, text::MAX_NAME_CHARS};

    #[test]
    fn sentences_name_the_limits_that_hold() {
        for (field, limit) in [("name", MAX_NAME_CHARS), ("password", MIN_PASSWORD_CHARS)] {
            let sentence = Error::invalid(field).to_string();
            assert!(sentence.contains(&limit.to_string()), "{sentence} {limit}");
        }
    }
}
