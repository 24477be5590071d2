//! Reads what authenticators and browsers answer. What is read is not believed before
//! [`webauthn`](super::webauthn) has verified it.

use crate::{
    call::CredentialJson,
    error::{Error, Result},
    server::{log::log_refusal, secret},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use webauthn_rs::prelude::PublicKeyCredential;

/// The most transports that are kept of a passkey; there are seven by now.
const MAX_TRANSPORTS: usize = 16;

/// An assertion that was parsed but not yet verified.
pub struct Assertion {
    answer: PublicKeyCredential,
    attachment: Option<String>,
}

impl Assertion {
    /// Parses an assertion; `refusal` is the caller's error for one that is not valid.
    pub fn parse(answer: &CredentialJson, refusal: Error) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Attachment {
            authenticator_attachment: Option<String>,
        }
        let Attachment { authenticator_attachment: attachment } = parse(answer, refusal.clone())?;
        let answer: PublicKeyCredential = parse(answer, refusal.clone())?;
        if answer.id != secret::base64url(&answer.raw_id) || answer.type_ != "public-key" {
            return Err(log_refusal("credential_id", refusal));
        }
        if !is_first_party(&answer.response.client_data_json) {
            return Err(log_refusal("another_site", refusal));
        }
        Ok(Self { answer, attachment })
    }

    pub fn answer(&self) -> &PublicKeyCredential {
        &self.answer
    }

    pub fn credential_id(&self) -> &[u8] {
        &self.answer.raw_id
    }

    /// Whether the browser says that the passkey is on another device; only a hint.
    pub fn is_of_another_device(&self) -> bool {
        self.attachment.as_deref() == Some("cross-platform")
    }

    /// The user handle that the authenticator returned; it proves nothing by itself.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.answer.response.user_handle.as_deref()
    }

    pub fn authenticator_data(&self) -> &[u8] {
        &self.answer.response.authenticator_data
    }

    pub fn client_data(&self) -> &[u8] {
        &self.answer.response.client_data_json
    }

    pub fn signature(&self) -> &[u8] {
        &self.answer.response.signature
    }
}

pub fn parse<T: DeserializeOwned>(answer: &CredentialJson, refusal: Error) -> Result<T> {
    serde_json::from_str(&answer.0)
        .map_err(|error| if error.is_data() { refusal } else { Error::BadRequest })
        .map_err(|refusal| log_refusal("unreadable", refusal))
}

/// Whether an answer was made on a page of ours, not in a frame on another site's page (CER-10).
pub fn is_first_party(client_data: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ClientData {
        #[serde(default)]
        cross_origin: bool,
        top_origin: Option<Value>,
    }
    serde_json::from_slice::<ClientData>(client_data)
        .is_ok_and(|data| !data.cross_origin && data.top_origin.is_none())
}

/// The transports that the browser reports, for later options. Unknown ones are kept too, as WebAuthn
/// 5.8.4 asks; webauthn-rs keeps only those that it knows.
pub fn transports(answer: &CredentialJson) -> Vec<String> {
    let Ok(answer) = serde_json::from_str::<Value>(&answer.0) else { return Vec::new() };
    let said = answer["response"]["transports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut transports = Vec::new();
    for name in said.iter().filter_map(Value::as_str) {
        let fits = (1..=32).contains(&name.len())
            && name.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
        if fits && !transports.iter().any(|it| it == name) && transports.len() < MAX_TRANSPORTS {
            transports.push(name.to_owned());
        }
    }
    transports
}

/// Bytes 37 to 53 of the authenticator data inside an attestation object (WebAuthn 6.5.1).
pub fn aaguid(attestation_object: &[u8]) -> Option<[u8; 16]> {
    let object: ciborium::Value = ciborium::from_reader(attestation_object).ok()?;
    let map = object.as_map()?;
    let (_, data) = map.iter().find(|(key, _)| key.as_text() == Some("authData"))?;
    data.as_bytes()?.get(37..53)?.try_into().ok()
}
