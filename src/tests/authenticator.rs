//! A software authenticator with one passkey. It signs what it is told to, lies included.

use ciborium::{Value as Cbor, cbor};
use latchkey::server::secret::{base64url, from_base64url, sha256};
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use serde_json::{Value, json};

pub const ORIGIN: &str = "http://localhost:3000";
const RP_ID: &str = "localhost";

/// Bits of the flags byte (WebAuthn 6.1).
pub const UP: u8 = 1;
pub const UV: u8 = 1 << 2;
pub const BE: u8 = 1 << 3;
pub const BS: u8 = 1 << 4;
const AT: u8 = 1 << 6;

/// What an authenticator says that is not so, and how it comes to say it.
pub type Lie = (&'static str, fn(&mut Authenticator));

#[derive(Clone)]
pub struct Authenticator {
    key: SigningKey,
    pub credential_id: Vec<u8>,
    pub handle: Vec<u8>,
    /// What it will say next; it counts by itself only when it is above zero.
    pub counter: u32,
    pub flags: u8,
    pub aaguid: [u8; 16],
    pub origin: String,
    pub rp_id: String,
    pub cross_origin: Option<bool>,
    pub top_origin: Option<&'static str>,
    /// In place of the challenge that it was given.
    pub challenge: Option<String>,
}

impl Authenticator {
    pub fn new() -> Self {
        Self {
            key: SigningKey::from_slice(&rand::random::<[u8; 32]>())
                .expect("a scalar below the order"),
            credential_id: rand::random::<[u8; 32]>().to_vec(),
            handle: Vec::new(),
            counter: 0,
            flags: UP | UV | BE | BS,
            aaguid: [0; 16],
            origin: ORIGIN.to_owned(),
            rp_id: RP_ID.to_owned(),
            cross_origin: None,
            top_origin: None,
            challenge: None,
        }
    }

    // with: template {
    /// The one of this name, each time the same.
    pub fn named(name: &str) -> Self {
        let key = sha256(&[b"key of ", name.as_bytes()]);
        Self {
            key: SigningKey::from_slice(&key).expect("a scalar below the order"),
            credential_id: sha256(&[b"id of ", name.as_bytes()]).to_vec(),
            ..Self::new()
        }
    }
    // with: template }

    /// Answers creation options with a RegistrationResponseJSON.
    pub fn create(&mut self, options: &Value) -> Value {
        self.handle = from_base64url(options["user"]["id"].as_str().expect("a user handle"))
            .expect("base64url");
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.authenticator_data(self.flags | AT);
        data.extend(self.aaguid);
        data.extend((self.credential_id.len() as u16).to_be_bytes());
        data.extend(&self.credential_id);
        data.extend(self.cose_key());
        let attestation = encode(
            &cbor!({ "fmt" => "none", "attStmt" => {}, "authData" => Cbor::Bytes(data) })
                .expect("CBOR"),
        );
        json!({
            "id": base64url(&self.credential_id),
            "rawId": base64url(&self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": base64url(&client_data),
                "attestationObject": base64url(&attestation),
                "transports": ["internal", "hybrid"],
            },
        })
    }

    /// Answers request options with an AuthenticationResponseJSON.
    pub fn get(&mut self, options: &Value) -> Value {
        if self.counter > 0 {
            self.counter += 1;
        }
        let client_data = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(self.flags);
        let signed = [&data[..], &sha256(&[&client_data])].concat();
        let signature: DerSignature = self.key.sign(&signed);
        json!({
            "id": base64url(&self.credential_id),
            "rawId": base64url(&self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&client_data),
                "authenticatorData": base64url(&data),
                "signature": base64url(signature.as_bytes()),
                "userHandle": base64url(&self.handle),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge =
            self.challenge.clone().map_or_else(|| options["challenge"].clone(), Value::from);
        let mut data = json!({ "type": kind, "challenge": challenge, "origin": self.origin });
        if let Some(cross_origin) = self.cross_origin {
            data["crossOrigin"] = cross_origin.into();
        }
        if let Some(top_origin) = self.top_origin {
            data["topOrigin"] = top_origin.into();
        }
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = sha256(&[self.rp_id.as_bytes()]).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key as RFC 7517 writes it.
    pub fn jwk(&self) -> Value {
        let (x, y) = self.point();
        json!({ "kty": "EC", "alg": "ES256", "crv": "P-256", "x": base64url(&x), "y": base64url(&y) })
    }

    fn point(&self) -> (Vec<u8>, Vec<u8>) {
        let point = self.key.verifying_key().to_sec1_point(false);
        (point.x().expect("x").to_vec(), point.y().expect("y").to_vec())
    }

    fn cose_key(&self) -> Vec<u8> {
        let (x, y) = self.point();
        encode(
            &cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => Cbor::Bytes(x), -3 => Cbor::Bytes(y) })
                .expect("CBOR"),
        )
    }
}

fn encode(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("CBOR");
    bytes
}
