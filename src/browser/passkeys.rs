//! `navigator.credentials`, and the signals by which password managers learn what became of a passkey.

use super::{
    call::{Lost, Problem, Reply, Result, post},
    dom::{find, find_all, meta, window},
};
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortSignal, DomException, Element};

/// How a passkey is asked for: by a prompt of its own, or among the suggestions of a form field.
#[derive(Clone, Copy, PartialEq)]
pub enum Prompt {
    Modal,
    Autofill,
}

/// Makes a call. If its path ends in `options`, the device is asked by what the server answers, and its
/// answer is sent to the same path with `verify` in place of `options`.
pub async fn ceremony(path: &str, body: &JsValue, signal: &AbortSignal) -> Result<Reply> {
    let Some(start) = path.strip_suffix("options") else { return post(path, body, None).await };
    let reply = post(path, body, Some(signal)).await;
    let options: JsValue = reply.map_err(|it| it.or_lost(Lost::Unsent))?.answer.into();
    let credential = JsFuture::from(ask(&options, signal, Prompt::Modal)?).await;
    verify(&[start, "verify"].concat(), &credential.map_err(failure)?).await
}

/// Sends what the device answered, and tells password managers what the server says of it.
pub async fn verify(path: &str, credential: &JsValue) -> Result<Reply> {
    let outcome = post(path, credential, None).await;
    match &outcome {
        Ok(reply) => {
            if let Some(handle) = reply.answer.user_handle() {
                signal_accepted(&handle, &reply.answer.accepted_credentials()).await;
            }
        }
        // Definite: the server knows no such passkey, or did not take the one that was just made.
        Err(problem) if matches!(&*problem.code, "credential_unknown" | "registration_failed") => {
            signal_unknown(credential).await;
        }
        Err(_) => {}
    }
    outcome
}

/// Opens the browser's prompt for these options, or its suggestions in a field.
pub fn ask(options: &JsValue, signal: &AbortSignal, prompt: Prompt) -> Result<Promise> {
    if signal.aborted() {
        return Err(Problem::CANCELLED);
    }
    let is_new = Reflect::has(options, &"user".into())?;
    let parse = if is_new { "parseCreationOptionsFromJSON" } else { "parseRequestOptionsFromJSON" };
    let (class, parse) = method(parse)?;
    let request = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&request, &name.into(), value);
    set("publicKey", &parse.call1(&class, options).map_err(failure)?)?;
    set("signal", signal)?;
    if prompt == Prompt::Autofill {
        set("mediation", &"conditional".into())?;
    }
    let credentials = window().navigator().credentials();
    let asked = if is_new {
        credentials.create_with_options(request.unchecked_ref())
    } else {
        credentials.get_with_options(request.unchecked_ref())
    };
    asked.map(JsCast::unchecked_into).map_err(failure)
}

/// Whether passkeys can be offered among the suggestions of a form field.
pub async fn has_autofill() -> bool {
    tell("isConditionalMediationAvailable", &JsValue::UNDEFINED)
        .await
        .is_ok_and(|it| it.is_truthy())
}

/// Tells password managers which passkeys a list holds, so that they forget the others of its account.
/// The element has the user handle and the credential ids (base64url), of one reading of the database.
pub fn signal_listed(element: Element) {
    let list = find(&element, "[data-user-handle]");
    let Some(handle) = list.and_then(|it| it.get_attribute("data-user-handle")) else { return };
    let ids = Array::new();
    for row in find_all(&element, "[data-credential-id]") {
        ids.push(&row.get_attribute("data-credential-id").unwrap_or_default().into());
    }
    spawn_local(async move { signal_accepted(&handle, &ids).await });
}

async fn signal_accepted(user_handle: &str, credential_ids: &JsValue) {
    let told = Object::new();
    Reflect::set(&told, &"userId".into(), &user_handle.into()).ok();
    Reflect::set(&told, &"allAcceptedCredentialIds".into(), credential_ids).ok();
    signal("signalAllAcceptedCredentials", &told).await;
}

async fn signal_unknown(credential: &JsValue) {
    let told = Object::new();
    let id = Reflect::get(credential, &"id".into()).unwrap_or_default();
    Reflect::set(&told, &"credentialId".into(), &id).ok();
    signal("signalUnknownCredential", &told).await;
}

/// Does nothing if the browser has no such signal.
async fn signal(name: &str, told: &Object) {
    let rp_id = meta("rp-id").unwrap_or_default();
    Reflect::set(told, &"rpId".into(), &rp_id.into()).ok();
    tell(name, told).await.ok();
}

/// Calls a static method of `PublicKeyCredential` and awaits it.
async fn tell(name: &str, argument: &JsValue) -> Result<JsValue> {
    let (class, method) = method(name)?;
    let promise: Promise = method.call1(&class, argument)?.unchecked_into();
    Ok(JsFuture::from(promise).await?)
}

/// A static method of `PublicKeyCredential`, if this browser has it.
fn method(name: &str) -> Result<(JsValue, Function)> {
    let class = Reflect::get(&window(), &"PublicKeyCredential".into())?;
    let method = if class.is_function() { Reflect::get(&class, &name.into()).ok() } else { None };
    match method.filter(JsValue::is_function) {
        Some(method) => Ok((class, method.unchecked_into())),
        None => Err(Problem::new(
            "This browser does not support passkeys. Sign in with your password instead.",
        )),
    }
}

/// Why the device gave no answer. A developer also learns for which address the server is set up.
pub fn failure(thrown: JsValue) -> Problem {
    let name = thrown.dyn_ref::<DomException>().map(DomException::name);
    Problem::new(match name.as_deref() {
        Some("NotAllowedError" | "AbortError") => return Problem::CANCELLED,
        Some("SecurityError") => {
            let text = "Passkeys are not set up correctly for this address.";
            let origin = meta("origin");
            let hint = origin.map(|it| [" This server is set up for ", &it, "."].concat());
            return Problem::new(&[text, &hint.unwrap_or_default()].concat());
        }
        Some("InvalidStateError") => {
            "You already have a passkey for this account on this device or in this password manager."
        }
        Some("ConstraintError" | "NotSupportedError") => {
            "This authenticator cannot be used. Set up a PIN, fingerprint or face on it, or use another one."
        }
        _ => "Your browser could not use a passkey. Try again.",
    })
}
