//! Receipts: what was signed and the signature, kept with the act. Anyone can verify a receipt offline:
//! it needs neither the database nor the server, nor this program's word for anything.

use super::{
    Detail,
    action::{self, Signed},
};
use crate::{
    credentials::response::{Assertion, is_first_party},
    date::date_time,
    error::{Error, Result},
    server::{config::Config, secret},
    text::is_deceptive,
};
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{COSEAlgorithm, COSEKey, COSEKeyType, Credential, ECDSACurve};

/// What a receipt proves, and what it does not.
const PROVES: &str = "It proves that whoever holds this key confirmed all of the above on this origin, was verified by the authenticator while doing so, and that nothing of it was changed since.";
const PROVES_NOT: &str = "It does not prove whose key it is, or that the clock of the server was right, and it proves nothing against a server that lies to its own users: it could have shown one thing and had another signed.";

/// Bits of the flags byte of authenticator data (WebAuthn 6.1).
const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;

/// The length of a nonce, in bytes. With another length, bytes of the action could pass for its end.
const NONCE_BYTES: usize = 32;

/// A receipt, as JSON. Bytes are base64url without padding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The [`Signed`] action as JSON. Its exact bytes are hashed.
    pub action: String,
    /// [`NONCE_BYTES`] bytes. The challenge is the SHA-256 of `latchkey step-up v1`, a zero byte, the
    /// nonce and the action.
    pub nonce: String,
    pub rp_id: String,
    pub origin: String,
    /// The passkey's public key.
    pub public_key: Jwk,
    pub authenticator_data: String,
    pub client_data_json: String,
    /// The signature over the authenticator data and the client data's SHA-256 (WebAuthn 7.2 step 21).
    pub signature: String,
}

/// A public key as RFC 7517 and 7518 write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum Jwk {
    #[serde(rename = "EC")]
    Ec { alg: String, crv: String, x: String, y: String },
    #[serde(rename = "RSA")]
    Rsa { alg: String, n: String, e: String },
}

impl Receipt {
    pub fn new(
        config: &Config,
        action: &str,
        nonce: &[u8],
        key: &COSEKey,
        assertion: &Assertion,
    ) -> Result<Self> {
        Ok(Self {
            action: action.to_owned(),
            nonce: secret::base64url(nonce),
            rp_id: config.rp_id.clone(),
            origin: config.origin(),
            public_key: Jwk::try_from(key)?,
            authenticator_data: secret::base64url(assertion.authenticator_data()),
            client_data_json: secret::base64url(assertion.client_data()),
            signature: secret::base64url(assertion.signature()),
        })
    }

    /// Parses the text of a receipt. The error says what is wrong without repeating any of it.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("This is not a receipt: line {line}, column {column} cannot be read.")
        })
    }

    /// Whether the receipt's key is that of a credential.
    pub fn is_signed_by(&self, credential: &Credential) -> bool {
        Jwk::try_from(&credential.cred).is_ok_and(|key| key == self.public_key)
    }

    /// What was signed, whether or not the signature is good.
    pub fn signed(&self) -> Result<Signed> {
        Signed::read(self.action.as_bytes())
    }

    /// Like [`Self::verify`], in words. The receipt is a file that anybody may have written, so its
    /// texts are escaped: none can move the cursor, turn the text around or pass for a line of ours.
    pub fn explain(&self) -> Result<String, &'static str> {
        let signed = self.verify()?;
        let at = match signed.at {
            Some(at) => format!("{} ({at} ms since 1970)", date_time(at)),
            None => "not signed by the release that made it".to_owned(),
        };
        let mut lines = vec![
            "The signature is good.".to_owned(),
            format!("Key (RFC 7638): {}", self.public_key.thumbprint()),
            format!("Origin: {}", plain(&self.origin)),
            format!("User: {}", plain(&signed.user)),
            format!("Time: {at}"),
            format!("\nConfirmed: {}", plain(&signed.summary)),
        ];
        for Detail { label, value, .. } in &signed.details {
            lines.push(format!("    {}: {}", plain(label), plain(value)));
        }
        lines.push(format!("    Signed with it: {}", plain(&signed.payload.to_string())));
        lines.push(format!("\n{PROVES}\n{PROVES_NOT}"));
        Ok(lines.join("\n"))
    }

    /// Returns what was signed, or a sentence that says what does not fit.
    pub fn verify(&self) -> Result<Signed, &'static str> {
        #[derive(Deserialize)]
        struct ClientData {
            r#type: String,
            challenge: String,
            origin: String,
        }
        let bytes = |text: &str, complaint| secret::from_base64url(text).ok_or(complaint);
        let nonce = bytes(&self.nonce, "The nonce is not base64url.")?;
        let client_data = bytes(&self.client_data_json, "The client data is not base64url.")?;
        let data = bytes(&self.authenticator_data, "The authenticator data is not base64url.")?;
        let signature = bytes(&self.signature, "The signature is not base64url.")?;
        if nonce.len() != NONCE_BYTES {
            return Err("The nonce is not 32 bytes long.");
        }
        let client: ClientData = serde_json::from_slice(&client_data)
            .map_err(|_| "The client data is not that of a browser.")?;
        let key = COSEKey::try_from(&self.public_key)?;

        let challenge = action::challenge(&nonce, self.action.as_bytes());
        let signed_bytes = [&data[..], &secret::sha256(&[&client_data])].concat();
        let flags = *data.get(32).ok_or("The authenticator data is too short.")?;
        for (fits, complaint) in [
            (
                client.challenge == secret::base64url(&challenge),
                "The signature is over another action than this one.",
            ),
            (client.r#type == "webauthn.get", "The signature is not that of a confirmation."),
            (client.origin == self.origin, "The confirmation was made on another origin."),
            (is_first_party(&client_data), "The confirmation was made inside another site."),
            (
                data[..32] == secret::sha256(&[self.rp_id.as_bytes()]),
                "The passkey belongs to another relying party.",
            ),
            (flags & USER_PRESENT != 0, "Nobody was present at the confirmation."),
            (flags & USER_VERIFIED != 0, "The user was not verified at the confirmation."),
            (
                key.verify_signature(&signature, &signed_bytes).unwrap_or(false),
                "The signature does not fit the public key.",
            ),
        ] {
            if !fits {
                return Err(complaint);
            }
        }
        serde_json::from_str(&self.action).map_err(|_| "The action cannot be read.")
    }
}

/// Escapes a text from outside, so that it stays on one line of ours.
fn plain(text: &str) -> String {
    let escape = |c: char| match is_deceptive(c) {
        true => c.escape_unicode().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escape).collect()
}

impl Jwk {
    /// The thumbprint of the key, which no other key has (RFC 7638 section 3).
    pub fn thumbprint(&self) -> String {
        // Only the required members, in lexicographic order; their values are base64url and plain names.
        let members = match self {
            Self::Ec { crv, x, y, .. } => {
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Self::Rsa { n, e, .. } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        secret::base64url(&secret::sha256(&[members.as_bytes()]))
    }
}

impl TryFrom<&COSEKey> for Jwk {
    type Error = Error;

    fn try_from(key: &COSEKey) -> Result<Self> {
        let alg = match key.type_ {
            COSEAlgorithm::ES256 => "ES256",
            COSEAlgorithm::ES384 => "ES384",
            COSEAlgorithm::RS256 => "RS256",
            _ => return Err(Error::VerificationFailed),
        };
        let alg = alg.to_owned();
        match &key.key {
            COSEKeyType::EC_EC2(key) => {
                let crv = match key.curve {
                    ECDSACurve::SECP256R1 => "P-256",
                    ECDSACurve::SECP384R1 => "P-384",
                    ECDSACurve::SECP521R1 => return Err(Error::VerificationFailed),
                };
                let (x, y) = (secret::base64url(&key.x), secret::base64url(&key.y));
                Ok(Self::Ec { alg, crv: crv.to_owned(), x, y })
            }
            COSEKeyType::RSA(key) => {
                Ok(Self::Rsa { alg, n: secret::base64url(&key.n), e: secret::base64url(&key.e) })
            }
            _ => Err(Error::VerificationFailed),
        }
    }
}

impl TryFrom<&Jwk> for COSEKey {
    type Error = &'static str;

    fn try_from(jwk: &Jwk) -> Result<Self, &'static str> {
        use webauthn_rs::prelude::{COSEEC2Key, COSERSAKey};
        let unknown = "The public key is of a kind that this program does not know.";
        let bytes = |text: &str| secret::from_base64url(text).ok_or(unknown);
        Ok(match jwk {
            Jwk::Ec { alg, crv, x, y } => {
                let (type_, curve) = match (alg.as_str(), crv.as_str()) {
                    ("ES256", "P-256") => (COSEAlgorithm::ES256, ECDSACurve::SECP256R1),
                    ("ES384", "P-384") => (COSEAlgorithm::ES384, ECDSACurve::SECP384R1),
                    _ => return Err(unknown),
                };
                let (x, y) = (bytes(x)?, bytes(y)?);
                Self { type_, key: COSEKeyType::EC_EC2(COSEEC2Key { curve, x, y }) }
            }
            Jwk::Rsa { alg, n, e } if alg == "RS256" => {
                let e = bytes(e)?.try_into().map_err(|_| unknown)?;
                let key = COSERSAKey { n: bytes(n)?, e };
                Self { type_: COSEAlgorithm::RS256, key: COSEKeyType::RSA(key) }
            }
            Jwk::Rsa { .. } => return Err(unknown),
        })
    }
}
