//! An action that a user confirms: its kind, a sentence and details for people, a payload for machines,
//! and the bytes of all of it, which the challenge hashes. It must hold all that the act depends on and,
//! ids and the time aside, nothing that is not shown.

use super::Detail;
use crate::{
    credentials::method::PASSKEY,
    error::{Error, Result},
    server::{
        feature::{Event, Method},
        secret,
        session::User,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Keeps these hashes apart from all others.
const DOMAIN: &[u8] = b"latchkey step-up v1\0";

/// Everything about a kind of action that is the same each time.
pub struct Kind {
    /// What is recorded when it is done. Its name is the action's name as well, and its noun says what
    /// was confirmed.
    pub event: &'static Event,
    pub policy: Policy,
}

/// What confirms an action.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Whether it takes a passkey, or the strongest settled method of the account, whichever that is.
    by_passkey: bool,
    /// Whether a recovery session may do it without a confirmation: the recovery was the confirmation.
    pub in_recovery: bool,
}

impl Policy {
    /// Accepts a settled passkey and nothing else: for what cannot be undone, the removal of a settled way
    /// to sign in, and whatever else a stolen password must not reach.
    pub const fn by_passkey() -> Self {
        Self { by_passkey: true, in_recovery: false }
    }

    /// Accepts the account's strongest settled method, whichever that is.
    pub const fn by_strongest() -> Self {
        Self { by_passkey: false, in_recovery: false }
    }

    /// Whether it takes the method of this name.
    pub(super) fn takes(&self, method: &str) -> bool {
        !self.by_passkey || method == PASSKEY
    }

    /// The names of the methods that it takes.
    pub(super) fn names(&self, methods: &[&dyn Method]) -> Vec<&'static str> {
        methods.iter().map(|method| method.name()).filter(|name| self.takes(name)).collect()
    }

    /// Lets a recovery session do it as well.
    pub const fn or_recovery(self) -> Self {
        Self { in_recovery: true, ..self }
    }
}

/// One action of one user. The same kind, summary, details and payload make the same action; a change in
/// any of them makes another one.
#[derive(Clone)]
pub struct Action<P> {
    pub(super) kind: &'static Kind,
    pub(super) policy: Policy,
    pub(super) summary: String,
    details: Vec<Detail>,
    /// The id of the user to whom it is done, where that is somebody else.
    pub(super) target: Option<String>,
    pub(super) payload: P,
}

impl Kind {
    /// `summary` is the sentence that the user confirms, and `payload` is everything that the act will
    /// use: it is signed, and comes back from [`Verified::payload`](super::Verified::payload).
    pub fn action<P: Serialize>(
        &'static self,
        summary: impl Into<String>,
        payload: P,
    ) -> Action<P> {
        let (summary, details) = (summary.into(), Vec::new());
        Action { kind: self, policy: self.policy, summary, details, target: None, payload }
    }
}

impl<P: Serialize> Action<P> {
    /// Adds a line that the modal shows below the sentence. An empty value is left out.
    pub fn detail(mut self, label: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.details.push(Detail { label: label.to_owned(), value, large: false });
        }
        self
    }

    /// Adds what the action is about, such as an amount, which the modal shows large and first.
    pub fn headline(mut self, label: &str, value: impl Into<String>) -> Self {
        let detail = Detail { label: label.to_owned(), value: value.into(), large: true };
        self.details.insert(0, detail);
        self
    }

    /// Names the user to whom it is done. Nobody else changes their account while it is carried out.
    pub fn about(mut self, user_id: impl Into<String>) -> Self {
        self.target = Some(user_id.into());
        self
    }

    /// Replaces the policy of the kind, where it depends on what is done.
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The bytes that are stored and signed for an action that is asked for at `now`.
    pub(super) fn bytes(&self, user: &User, now: i64) -> Result<Vec<u8>> {
        self.write(user, Some(now))
    }

    /// The hash by which the action is found when it is asked for again, at another time.
    pub(super) fn hash(&self, user: &User) -> Result<Vec<u8>> {
        Ok(secret::sha256(&[&self.write(user, None)?]).to_vec())
    }

    fn write(&self, user: &User, at: Option<i64>) -> Result<Vec<u8>> {
        let write = || {
            serde_json::to_vec(&Signed {
                kind: self.kind.event.name.to_owned(),
                summary: self.summary.clone(),
                details: self.details.clone(),
                at,
                payload: serde_json::to_value(&self.payload)?,
                user: user.id.clone(),
            })
        };
        write().map_err(|error| {
            tracing::error!(%error, kind = self.kind.event.name, "an action cannot be written as JSON");
            Error::Internal
        })
    }
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

/// The challenge by which an assertion signs an action (STP-08).
pub fn challenge(nonce: &[u8], bytes: &[u8]) -> [u8; 32] {
    secret::sha256(&[DOMAIN, nonce, bytes])
}
