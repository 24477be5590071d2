//! The two verbs, [`register`] and [`authenticate`], and the options that ask for them. webauthn-rs
//! checks the cryptography; what it leaves to the relying party is checked here. User verification
//! and discoverability are required always; there is no setting for either.

use super::response::{Assertion, aaguid, is_first_party, parse, transports};
use crate::{
    call::CredentialJson,
    error::{Error, Result},
    server::{log::log_refusal, secret, session::User, state::State},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    Credential, Passkey, PasskeyAuthentication, PasskeyRegistration, RegisterPublicKeyCredential,
    WebauthnError,
};

/// The allowed lengths of a credential id, in bytes (WebAuthn 7.1 step 25; shorter ones can be guessed).
const CREDENTIAL_ID_BYTES: std::ops::RangeInclusive<usize> = 16..=1023;

/// The account that a passkey is for.
#[derive(Clone, Debug)]
pub struct CredentialOwner {
    /// The WebAuthn user handle: 16 random bytes that stay the account's for ever (REG-07).
    pub handle: Vec<u8>,
    pub email: String,
    pub name: String,
}

impl From<&User> for CredentialOwner {
    fn from(user: &User) -> Self {
        Self { handle: user.handle.clone(), email: user.email.clone(), name: user.name.clone() }
    }
}

/// A passkey as it is stored.
#[derive(Clone)]
pub struct StoredPasskey {
    pub id: String,
    pub user_id: String,
    pub owner: CredentialOwner,
    pub credential: Credential,
    pub transports: Vec<String>,
    /// When it settles and may confirm actions, in milliseconds since 1970 UTC; 0 if it never waited.
    pub settled_at: i64,
}

/// A verified new passkey.
pub struct NewCredential {
    pub credential: Credential,
    pub transports: Vec<String>,
    /// The model that the authenticator claims to be: a hint, since nothing attests it.
    pub aaguid: [u8; 16],
}

/// A verified assertion. The caller has read from the database whose passkey it is.
pub struct VerifiedAssertion {
    pub counter: u32,
    pub backed_up: bool,
}

/// `PublicKeyCredentialCreationOptionsJSON` for a challenge of 32 bytes.
pub fn creation_options(
    state: &State,
    owner: &CredentialOwner,
    existing: &[StoredPasskey],
    challenge: &[u8],
) -> Result<Value> {
    let mut options = start_registration(state, owner, existing)?.0;
    options["challenge"] = secret::base64url(challenge).into();
    options["excludeCredentials"] = descriptors(existing);
    // webauthn-rs asks for "discouraged"; only a discoverable credential can sign in here.
    options["authenticatorSelection"]["residentKey"] = "required".into();
    options["authenticatorSelection"]["requireResidentKey"] = true.into();
    Ok(options)
}

/// Verifies the answer to [`creation_options`] (WebAuthn 7.1).
pub fn register(
    state: &State,
    owner: &CredentialOwner,
    existing: &[StoredPasskey],
    challenge: &[u8],
    answer: &CredentialJson,
) -> Result<NewCredential> {
    let transports = transports(answer);
    let answer: RegisterPublicKeyCredential = parse(answer, Error::RegistrationFailed)?;
    let id = answer.raw_id.as_slice();
    if !CREDENTIAL_ID_BYTES.contains(&id.len())
        || answer.id != secret::base64url(id)
        || answer.type_ != "public-key"
    {
        return Err(log_refusal("credential_id", Error::RegistrationFailed));
    }
    if !is_first_party(&answer.response.client_data_json) {
        return Err(log_refusal("another_site", Error::RegistrationFailed));
    }
    if existing.iter().any(|passkey| passkey.credential.cred_id == id) {
        return Err(Error::PasskeyExists);
    }
    let ceremony = start_registration(state, owner, existing)?.1;
    let ceremony: PasskeyRegistration = with_challenge(ceremony, "rs", challenge)?;
    let passkey = state
        .webauthn
        .finish_passkey_registration(&answer, &ceremony)
        .map_err(|error| log_refusal(&name(error), Error::RegistrationFailed))?;
    let credential = Credential::from(passkey);
    if credential.backup_state && !credential.backup_eligible {
        return Err(log_refusal("backup_flags", Error::RegistrationFailed));
    }
    Ok(NewCredential {
        transports,
        aaguid: aaguid(&answer.response.attestation_object)
            .ok_or_else(|| log_refusal("aaguid", Error::RegistrationFailed))?,
        credential,
    })
}

/// `PublicKeyCredentialRequestOptionsJSON` for a challenge of 32 bytes. Without `allowed` passkeys
/// any discoverable one may answer, which is right for sign-in only.
pub fn request_options(
    state: &State,
    allowed: &[StoredPasskey],
    challenge: &[u8],
) -> Result<Value> {
    let (options, _) = state
        .webauthn
        .start_passkey_authentication(&[])
        .map_err(|error| log_refusal(&name(error), Error::Internal))?;
    let mut options = inner(&options)?;
    options["challenge"] = secret::base64url(challenge).into();
    options["allowCredentials"] = descriptors(allowed);
    Ok(options)
}

/// Verifies an assertion of one passkey over one challenge (WebAuthn 7.2). The passkey comes from the
/// database at this moment, never from what was kept with the challenge (CER-13). Returns nothing for an
/// assertion that is valid except that its counter fell back.
pub fn authenticate(
    state: &State,
    assertion: &Assertion,
    passkey: &StoredPasskey,
    challenge: &[u8],
    refusal: Error,
) -> Result<Option<VerifiedAssertion>> {
    let handle = assertion.user_handle();
    if handle.is_some_and(|handle| handle != passkey.owner.handle) {
        return Err(log_refusal("user_handle", refusal));
    }
    let known = Passkey::from(passkey.credential.clone());
    let (_, ceremony) = state
        .webauthn
        .start_passkey_authentication(&[known])
        .map_err(|error| log_refusal(&name(error), Error::Internal))?;
    let ceremony: PasskeyAuthentication = with_challenge(ceremony, "ast", challenge)?;
    let result = match state.webauthn.finish_passkey_authentication(assertion.answer(), &ceremony) {
        Err(WebauthnError::CredentialPossibleCompromise) => return Ok(None),
        result => result.map_err(|error| log_refusal(&name(error), refusal.clone()))?,
    };
    // The library does not check WebAuthn 7.2 step 19: backup eligibility never changes.
    if result.backup_eligible() != passkey.credential.backup_eligible {
        return Err(log_refusal("backup_flags", refusal));
    }
    Ok(Some(VerifiedAssertion { counter: result.counter(), backed_up: result.backup_state() }))
}

fn start_registration(
    state: &State,
    owner: &CredentialOwner,
    existing: &[StoredPasskey],
) -> Result<(Value, PasskeyRegistration)> {
    let handle = Uuid::from_slice(&owner.handle).map_err(|_| Error::Internal)?;
    let exclude = existing.iter().map(|passkey| passkey.credential.cred_id.clone()).collect();
    let (options, ceremony) = state
        .webauthn
        .start_passkey_registration(handle, &owner.email, &owner.name, Some(exclude))
        .map_err(|error| log_refusal(&name(error), Error::Internal))?;
    Ok((inner(&options)?, ceremony))
}

/// The inner object of options: browsers parse it without the `publicKey` around it.
fn inner(options: &impl serde::Serialize) -> Result<Value> {
    let mut options = serde_json::to_value(options).map_err(|_| Error::Internal)?;
    Ok(options["publicKey"].take())
}

/// Puts a challenge of ours into a ceremony of webauthn-rs. The library keeps the challenge in a private
/// field, so its version is pinned and the tests run every ceremony through here.
fn with_challenge<T: serde::Serialize + DeserializeOwned>(
    ceremony: T,
    field: &str,
    challenge: &[u8],
) -> Result<T> {
    let mut ceremony = serde_json::to_value(ceremony).map_err(|_| Error::Internal)?;
    ceremony[field]["challenge"] = secret::base64url(challenge).into();
    serde_json::from_value(ceremony).map_err(|_| Error::Internal)
}

fn descriptors(passkeys: &[StoredPasskey]) -> Value {
    passkeys
        .iter()
        .map(|passkey| {
            let id = secret::base64url(&passkey.credential.cred_id);
            json!({ "type": "public-key", "id": id, "transports": passkey.transports })
        })
        .collect()
}

/// The name of an error of webauthn-rs, without the client's input, which some of them hold.
fn name(error: WebauthnError) -> String {
    let error = format!("{error:?}");
    error.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
