//! `navigator.credentials` and the signals to password managers, JSON in and JSON out, and files to
//! save. Compiles for both sides, is called in the browser only, and decides nothing.

use crate::{call::CredentialJson, error::Error};
use js_sys::{Function, JSON, Object, Promise, Reflect};
use leptos::prelude::{document, window};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, DomException, HtmlElement};

/// Why the browser did not do something, as a situation of the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Cancelled, timed out, or aborted by us. Never shown.
    #[error("")]
    Cancelled,
    #[error("This browser does not support passkeys. Sign in with your password instead.")]
    Unsupported,
    #[error("Passkeys are not set up correctly for this address.")]
    WrongAddress,
    #[error(
        "You already have a passkey for this account on this device or in this password manager."
    )]
    Duplicate,
    #[error(
        "This authenticator cannot be used. Set up a PIN, fingerprint or face on it, or use another one."
    )]
    Unusable,
    #[error("Your browser could not use a passkey. Try again.")]
    Other,
    #[error("Your browser did not let us copy that. Select it and copy it by hand.")]
    NotCopied,
}

type Result<T> = std::result::Result<T, Failure>;

/// How a passkey is asked for: by a prompt of its own, or among the suggestions of a form field.
#[derive(Clone, Copy, PartialEq)]
pub enum Prompt {
    Modal,
    Autofill,
}

/// Makes a passkey from `PublicKeyCredentialCreationOptionsJSON`.
pub async fn create(options: &Value) -> Result<CredentialJson> {
    let public_key = parse("parseCreationOptionsFromJSON", options)?;
    let request = Object::new();
    set(&request, "publicKey", &public_key)?;
    let credentials = window().navigator().credentials();
    let created = credentials.create_with_options(request.unchecked_ref()).map_err(failure)?;
    answer(&JsFuture::from(created).await.map_err(failure)?)
}

/// Asks for an assertion by `PublicKeyCredentialRequestOptionsJSON`. `signal` ends the request.
pub async fn get(options: &Value, prompt: Prompt, signal: &AbortSignal) -> Result<CredentialJson> {
    if signal.aborted() {
        return Err(Failure::Cancelled);
    }
    let public_key = parse("parseRequestOptionsFromJSON", options)?;
    let request = Object::new();
    set(&request, "publicKey", &public_key)?;
    set(&request, "signal", signal)?;
    if prompt == Prompt::Autofill {
        set(&request, "mediation", &"conditional".into())?;
    }
    let credentials = window().navigator().credentials();
    let asked = credentials.get_with_options(request.unchecked_ref()).map_err(failure)?;
    answer(&JsFuture::from(asked).await.map_err(failure)?)
}

/// Whether passkeys can be offered among the suggestions of a form field.
pub async fn has_autofill() -> bool {
    call("isConditionalMediationAvailable", None).await.is_ok_and(|it| it.is_truthy())
}

/// Tells password managers which of a user's passkeys are good, so that they forget the others.
/// `user_handle` and the credential ids are base64url. Does nothing if the browser has no such signal.
pub async fn signal_accepted(rp_id: &str, user_handle: &str, credential_ids: &[String]) {
    let accepted = json!({
        "rpId": rp_id,
        "userId": user_handle,
        "allAcceptedCredentialIds": credential_ids,
    });
    call("signalAllAcceptedCredentials", Some(accepted)).await.ok();
}

/// Tells password managers that the passkey of this answer is not known any more.
pub async fn signal_unknown(rp_id: &str, credential: &CredentialJson) {
    let id = serde_json::from_str::<Value>(&credential.0).map(|mut answer| answer["id"].take());
    let unknown = json!({ "rpId": rp_id, "credentialId": id.unwrap_or_default() });
    call("signalUnknownCredential", Some(unknown)).await.ok();
}

/// Tells password managers that a new passkey is not known, if the server definitely refused it.
/// `options` are the creation options that it was made by.
pub async fn signal_refused<T>(
    options: &Value,
    credential: &CredentialJson,
    outcome: &crate::error::Result<T>,
) {
    if let (Err(Error::RegistrationFailed), Some(rp_id)) = (outcome, options["rp"]["id"].as_str()) {
        signal_unknown(rp_id, credential).await;
    }
}

/// Makes the browser save a file.
pub fn save(name: &str, content_type: &str, content: &str) {
    let Ok(link) = document().create_element("a") else { return };
    let text = String::from(js_sys::encode_uri_component(content));
    link.set_attribute("href", &format!("data:{content_type},{text}")).ok();
    link.set_attribute("download", name).ok();
    link.unchecked_into::<HtmlElement>().click();
}

/// Puts a text on the clipboard.
pub async fn copy(text: &str) -> Result<()> {
    let copied = JsFuture::from(window().navigator().clipboard().write_text(text)).await;
    copied.map(drop).map_err(|_| Failure::NotCopied)
}

/// Calls a static method of `PublicKeyCredential` and awaits it.
async fn call(name: &str, argument: Option<Value>) -> Result<JsValue> {
    let (class, method) = method(name)?;
    let promise = match argument {
        Some(argument) => method.call1(&class, &to_js(&argument)?),
        None => method.call0(&class),
    };
    let promise: Promise = promise.map_err(failure)?.dyn_into().map_err(failure)?;
    JsFuture::from(promise).await.map_err(failure)
}

fn parse(name: &str, options: &Value) -> Result<JsValue> {
    let (class, method) = method(name)?;
    method.call1(&class, &to_js(options)?).map_err(failure)
}

/// A static method of `PublicKeyCredential`, if this browser has it.
fn method(name: &str) -> Result<(JsValue, Function)> {
    let class = Reflect::get(&window(), &"PublicKeyCredential".into()).map_err(failure)?;
    if !class.is_function() {
        return Err(Failure::Unsupported);
    }
    let method = Reflect::get(&class, &name.into()).map_err(failure)?;
    let method = method.dyn_into().map_err(|_| Failure::Unsupported)?;
    Ok((class, method))
}

fn set(object: &Object, key: &str, value: &JsValue) -> Result<()> {
    Reflect::set(object, &key.into(), value).map(drop).map_err(failure)
}

fn to_js(value: &Value) -> Result<JsValue> {
    JSON::parse(&value.to_string()).map_err(failure)
}

/// The credential as the JSON that its own `toJSON` makes.
fn answer(credential: &JsValue) -> Result<CredentialJson> {
    let text = JSON::stringify(credential).map_err(failure)?;
    Ok(CredentialJson(text.into()))
}

fn failure(thrown: JsValue) -> Failure {
    match thrown.dyn_ref::<DomException>().map(DomException::name).as_deref() {
        Some("NotAllowedError" | "AbortError") => Failure::Cancelled,
        Some("SecurityError") => Failure::WrongAddress,
        Some("InvalidStateError") => Failure::Duplicate,
        Some("ConstraintError" | "NotSupportedError") => Failure::Unusable,
        _ => Failure::Other,
    }
}
