#![cfg(feature = "ssr")]
//! What a user confirms: a kind, a sentence for people, a payload for machines, and the bytes of
//! all three, over which the challenge is a hash. Nothing that the act depends on may be left out.

use super::Method;
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
    payload: Result<Value>,
    methods: Vec<Method>,
}

/// An action as it is signed and stored. JSON, fields in this order, those of the payload sorted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    pub kind: String,
    pub summary: String,
    pub payload: Value,
    /// The id of the user who confirms.
    pub user: String,
}

impl Action {
    /// `kind` names the action in code (`transfer`), `summary` is the sentence that the user
    /// confirms, and `payload` is everything that the act will use. The same three make the same
    /// action; a change in any of them is another one.
    pub fn new(
        kind: &'static str,
        summary: impl Into<String>,
        payload: &(impl Serialize + ?Sized),
    ) -> Self {
        let payload = serde_json::to_value(payload).map_err(|error| {
            tracing::error!(%error, kind, "an action's payload cannot be written as JSON");
            Error::Internal
        });
        Self { kind, summary: summary.into(), payload, methods: Vec::new() }
    }

    /// Accepts a confirmation by passkey.
    pub fn by_passkey(mut self) -> Self {
        self.methods.push(Method::Passkey);
        self
    }

    pub fn kind(&self) -> &'static str {
        self.kind
    }

    pub fn summary(&self) -> &str {
        &self.summary
    }

    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// The bytes that are stored and signed.
    pub fn bytes(&self, user: &User) -> Result<Vec<u8>> {
        let signed = Signed {
            kind: self.kind.to_owned(),
            summary: self.summary.clone(),
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
