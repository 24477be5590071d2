#![cfg(feature = "ssr")]
//! What a user confirms: a kind, a sentence and details for people, a payload for machines, and the
//! bytes of all of it, over which the challenge is a hash. Nothing that the act depends on may be left
//! out, and nothing is in it that is not shown but ids and the time.

use super::{Detail, Method};
use crate::{
    error::{Error, Result},
    server::{secret, session::User},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Keeps hashes of ours apart from everybody else's.
const DOMAIN: &[u8] = b"latchkey step-up v1\0";

#[derive(Clone, Debug)]
pub struct Action {
    kind: &'static str,
    summary: String,
    details: Vec<Detail>,
    payload: Result<Value>,
    policy: Policy,
}

/// Who may confirm an action.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The accepted methods. An account uses its strongest settled one, or none.
    pub methods: Vec<Method>,
    /// Whether a recovery session may do it without more ado.
    pub in_recovery: bool,
}

/// An action as it is signed and stored: JSON, its fields in this order. Receipts of the release
/// 0.1.0 have neither details nor a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    pub kind: String,
    pub summary: String,
    #[serde(default)]
    pub details: Vec<Detail>,
    /// When it was last asked for, in milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    pub payload: Value,
    /// The id of the user who confirms.
    pub user: String,
}

impl Signed {
    pub fn read(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| {
            tracing::error!(%error, "a stored action cannot be read");
            Error::Internal
        })
    }
}

impl Action {
    /// `kind` names the action in code (`transfer`), `summary` is the sentence that the user
    /// confirms, and `payload` is everything that the act will use. The same three and the same
    /// details make the same action; a change in any of them is another one.
    pub fn new(
        kind: &'static str,
        summary: impl Into<String>,
        payload: &(impl Serialize + ?Sized),
    ) -> Self {
        let payload = serde_json::to_value(payload).map_err(|error| {
            tracing::error!(%error, kind, "an action's payload cannot be written as JSON");
            Error::Internal
        });
        let (summary, details) = (summary.into(), Vec::new());
        Self { kind, summary, details, payload, policy: Policy::default() }
    }

    /// Adds what the modal shows below the sentence. An empty value is left out.
    pub fn detail(mut self, label: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.details.push(Detail { label: label.to_owned(), value });
        }
        self
    }

    /// Accepts a settled passkey and nothing else: for money, the removal of a settled way to sign
    /// in, and whatever else a stolen password must not reach.
    pub fn by_passkey(mut self) -> Self {
        self.policy.methods = vec![Method::Passkey];
        self
    }

    /// Accepts the account's strongest settled method, whichever that is.
    pub fn by_strongest(mut self) -> Self {
        self.policy.methods = Method::ALL.to_vec();
        self
    }

    /// Lets a recovery session do it: its code was the confirmation.
    pub fn or_recovery(mut self) -> Self {
        self.policy.in_recovery = true;
        self
    }

    pub fn kind(&self) -> &'static str {
        self.kind
    }

    pub fn summary(&self) -> &str {
        &self.summary
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The bytes that are stored and signed of an action that is asked for at this time.
    pub fn bytes(&self, user: &User, now: i64) -> Result<Vec<u8>> {
        self.write(user, Some(now))
    }

    /// What the action is found by when it is asked for again, at another time.
    pub fn hash(&self, user: &User) -> Result<Vec<u8>> {
        Ok(secret::sha256(&[&self.write(user, None)?]).to_vec())
    }

    fn write(&self, user: &User, at: Option<i64>) -> Result<Vec<u8>> {
        let signed = Signed {
            kind: self.kind.to_owned(),
            summary: self.summary.clone(),
            details: self.details.clone(),
            at,
            payload: self.payload.clone()?,
            user: user.id.clone(),
        };
        serde_json::to_vec(&signed).map_err(|_| Error::Internal)
    }
}

/// The challenge whose signature is over an action (STP-08).
pub fn challenge(nonce: &[u8], bytes: &[u8]) -> [u8; 32] {
    secret::sha256(&[DOMAIN, nonce, bytes])
}
