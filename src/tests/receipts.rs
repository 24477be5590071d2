//! Receipts: they hold without the server, say what was signed, and do not hold once changed.

use super::{
    act::ACT,
    authenticator::Authenticator,
    support::{TestApp, act},
};
use crate::{
    date::date_time,
    server::secret::{base64url, from_base64url, sha256},
    step_up::receipt::{Jwk, Receipt},
};
use axum::http::StatusCode;
use p256::ecdsa::{DerSignature, VerifyingKey, signature::Verifier};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType, COSERSAKey, ECDSACurve,
};

/// The receipt of an act of Ann's, and who she is.
async fn receipt() -> (Receipt, String) {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let done = ann.confirmed(ACT, act(json!({ "key": "k-1" }))).await.expect(StatusCode::OK);
    let user = app.text("select id from users where name = 'ann'").await;
    (serde_json::from_value(done["receipt"].clone()).expect("a receipt"), user)
}

#[tokio::test]
async fn a_receipt_says_what_was_signed_and_by_whom() {
    let (receipt, ann) = receipt().await;
    assert_eq!(
        (receipt.rp_id.as_str(), receipt.origin.as_str()),
        ("localhost", "http://localhost:3000")
    );
    let signed = receipt.verify().expect("a receipt that holds");
    assert_eq!(signed.kind, "act");
    assert_eq!(signed.summary, "Do the dishes");
    assert_eq!(signed.user, ann);
    let payload = json!({ "what": "the dishes", "note": "tonight", "key": "k-1" });
    assert_eq!(signed.payload, payload);
}

#[tokio::test]
async fn what_is_signed_holds_the_time_at_which_it_was_last_asked_for() {
    let app = TestApp::new().await;
    let mut ann = app.signed_up("ann").await;
    let act = act(json!({}));
    let asked = ann.post(ACT, act.clone()).await;
    let at = async || {
        let signed: Value = serde_json::from_slice(&app.bytes("select bytes from actions").await)
            .expect("an action");
        signed["at"].as_i64().expect("a time")
    };
    let first = at().await;
    assert_eq!(first, app.count("select created_at from actions").await);
    app.wait(60);
    // The same action, asked for again: it keeps its row, and the confirmation finds it.
    assert_eq!(ann.post(ACT, act.clone()).await.json, asked.json);
    let last = at().await;
    assert!(last >= first + 60_000, "{first} {last}");
    let answer = ann.signed("/api/reauth/options").await;
    // What is signed stays what was signed, whoever asks in between.
    app.wait(60);
    assert_eq!(ann.post(ACT, act.clone()).await.json, asked.json);
    assert!(at().await > last);
    ann.post("/api/reauth/verify", answer).await.expect(StatusCode::OK);
    let done = ann.post(ACT, act).await.expect(StatusCode::OK);
    let receipt: Receipt = serde_json::from_value(done["receipt"].clone()).expect("a receipt");
    receipt.verify().expect("a receipt that holds");
    let signed: Value = serde_json::from_str(&receipt.action).expect("JSON");
    assert_eq!(signed["at"], last);
}

// with: template {
/// Made by the release 0.1.0, whose actions had neither details nor a time.
const OLDER: &str = include_str!("fixtures/receipt-0.1.0.json");

#[test]
fn a_receipt_of_an_earlier_release_holds_and_is_explained() {
    let receipt = Receipt::read(OLDER).expect("a receipt");
    assert_eq!(
        receipt.explain().expect("a receipt that holds"),
        include_str!("fixtures/receipt-0.1.0.txt").trim_end()
    );
}
// with: template }

#[tokio::test]
async fn a_receipt_is_explained_with_time_details_and_key() {
    let (receipt, ann) = receipt().await;
    let text = receipt.explain().expect("a receipt that holds");
    let lines: Vec<_> = text.lines().collect();
    let at = receipt.verify().ok().and_then(|signed| signed.at).expect("a time");
    for line in [
        "Confirmed: Do the dishes",
        "    What: the dishes",
        "    From: ann@example.com",
        "    Note: tonight",
        &format!("User: {ann}"),
        &format!("Time: {} ({at} ms since 1970)", date_time(at)),
        &format!("Key (RFC 7638): {}", receipt.public_key.thumbprint()),
    ] {
        assert!(lines.contains(&line), "{line}: {text}");
    }
}

/// A receipt as anybody can make one, with a key of their own.
fn forged(action: &Value, nonce: &[u8]) -> Receipt {
    let mut forger = Authenticator::new();
    let action = action.to_string();
    let challenge = sha256(&[b"latchkey step-up v1\0", nonce, action.as_bytes()]);
    let answer = forger.get(&json!({ "challenge": base64url(&challenge) }));
    let field = |name: &str| answer["response"][name].as_str().expect("base64url").to_owned();
    Receipt {
        action,
        nonce: base64url(nonce),
        rp_id: forger.rp_id.clone(),
        origin: forger.origin.clone(),
        public_key: serde_json::from_value(forger.jwk()).expect("a key"),
        authenticator_data: field("authenticatorData"),
        client_data_json: field("clientDataJSON"),
        signature: field("signature"),
    }
}

#[test]
fn whoever_writes_a_receipt_writes_no_line_of_ours() {
    let odd = "a\u{1b}[2Kb\u{202e}c\u{9b}d\nKey (RFC 7638): mine\re";
    let action = json!({
        "kind": odd,
        "summary": odd,
        "details": [{ "label": odd, "value": odd }],
        "at": i64::MAX,
        "payload": { odd: odd },
        "user": odd,
    });
    let receipt = forged(&action, &[7; 32]);
    let text = receipt.explain().expect("a signature that fits");
    let plain = r"a\u{1b}[2Kb\u{202e}c\u{9b}d\u{a}Key (RFC 7638): mine\u{d}e";
    assert_eq!(text.matches(plain).count(), 4, "{text}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert!(!text.contains('\u{202e}'), "{text:?}");
    let ours = text.lines().filter(|line| line.starts_with("Key (RFC 7638): "));
    assert_eq!(ours.count(), 1, "{text}");
}

#[test]
fn a_nonce_has_32_bytes_even_where_everything_else_fits() {
    let action = json!({ "kind": "x", "summary": "x", "payload": {}, "user": "eve" });
    for length in [0, 16, 31, 33, 64] {
        let receipt = forged(&action, &vec![7; length]);
        assert_eq!(receipt.verify(), Err("The nonce is not 32 bytes long."), "{length}");
    }
    assert!(forged(&action, &[7; 32]).verify().is_ok());
}

#[test]
fn what_is_no_receipt_is_not_repeated() {
    let forged = forged(&json!({ "kind": "x", "summary": "x", "payload": {} }), &[7; 32]);
    let whole = serde_json::to_string(&forged).expect("JSON");
    let half = &whole[..whole.len() / 2];
    for text in ["", "{}", "[]", "{\"public_key\":{\"kty\":\"\u{9b}2K\"}}", half] {
        let complaint = Receipt::read(text).expect_err("no receipt");
        assert!(complaint.starts_with("This is not a receipt: line "), "{complaint}");
        assert!(complaint.is_ascii(), "{complaint:?}");
    }
}

#[test]
fn a_thumbprint_is_that_of_rfc_7638() {
    let example = r#"{"kty":"RSA","alg":"RS256","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}"#;
    let key: Jwk = serde_json::from_str(example).expect("a key");
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[tokio::test]
async fn anyone_can_check_a_receipt_with_sha256_and_ecdsa() {
    let (receipt, _) = receipt().await;
    let bytes = |text: &str| from_base64url(text).expect("base64url");
    let Jwk::Ec { alg, crv, x, y } = &receipt.public_key else { panic!("another kind of key") };
    assert_eq!((alg.as_str(), crv.as_str()), ("ES256", "P-256"));
    let point = [vec![4], bytes(x), bytes(y)].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).expect("a point");

    for part in ["Do the dishes", "\"what\":\"the dishes\"", "\"value\":\"ann@"] {
        assert!(receipt.action.contains(part), "{part}");
    }
    let challenge =
        sha256(&[b"latchkey step-up v1\0", &bytes(&receipt.nonce), receipt.action.as_bytes()]);
    let client_data = bytes(&receipt.client_data_json);
    let client: Value = serde_json::from_slice(&client_data).expect("JSON");
    assert_eq!(client["challenge"], base64url(&challenge));
    let signed = [bytes(&receipt.authenticator_data), sha256(&[&client_data]).to_vec()].concat();
    let signature = DerSignature::try_from(bytes(&receipt.signature).as_slice()).expect("DER");
    key.verify(&signed, &signature).expect("a signature that fits");
}

#[tokio::test]
async fn a_receipt_survives_json() {
    let (receipt, _) = receipt().await;
    let text = serde_json::to_string_pretty(&receipt).expect("JSON");
    let read: Receipt = serde_json::from_str(&text).expect("a receipt");
    assert_eq!(read, receipt);
    assert!(read.verify().is_ok());
}

/// Changes bytes that are written as base64url.
fn edit(text: &mut String, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = from_base64url(text).expect("base64url");
    change(&mut bytes);
    *text = base64url(&bytes);
}

/// Changes the client data.
fn say(receipt: &mut Receipt, field: &str, value: Value) {
    edit(&mut receipt.client_data_json, |bytes| {
        let mut data: Value = serde_json::from_slice(bytes).expect("JSON");
        data[field] = value;
        *bytes = data.to_string().into_bytes();
    });
}

#[tokio::test]
async fn a_changed_receipt_does_not_hold_and_says_why() {
    const ACTION: &str = "The signature is over another action than this one.";
    const NONCE: &str = "The nonce is not 32 bytes long.";
    const KEY: &str = "The signature does not fit the public key.";
    const KIND: &str = "The public key is of a kind that this program does not know.";
    type Change = fn(&mut Receipt);
    let (receipt, _) = receipt().await;
    let changes: [(&str, Change); 31] = [
        (ACTION, |r| r.action = r.action.replace("the dishes", "the laundry")),
        (ACTION, |r| r.action = r.action.replace("tonight", "tomorrow")),
        (ACTION, |r| r.action = r.action.replace("ann@", "eve@")),
        (ACTION, |r| r.action.push(' ')),
        (ACTION, |r| r.action.clear()),
        (ACTION, |r| edit(&mut r.nonce, |bytes| bytes[0] ^= 1)),
        (NONCE, |r| r.nonce.clear()),
        (NONCE, |r| edit(&mut r.nonce, |bytes| bytes.push(0))),
        (NONCE, |r| edit(&mut r.nonce, |bytes| bytes.truncate(31))),
        (ACTION, |r| say(r, "challenge", json!(base64url(&[7; 32])))),
        ("The nonce is not base64url.", |r| r.nonce.push('=')),
        ("The passkey belongs to another relying party.", |r| r.rp_id = "evil.test".into()),
        ("The passkey belongs to another relying party.", |r| {
            edit(&mut r.authenticator_data, |bytes| bytes[0] ^= 1);
        }),
        ("The confirmation was made on another origin.", |r| r.origin = "https://evil.test".into()),
        ("The confirmation was made on another origin.", |r| {
            say(r, "origin", json!("https://evil.test"))
        }),
        ("The signature is not that of a confirmation.", |r| {
            say(r, "type", json!("webauthn.create"))
        }),
        ("The confirmation was made inside another site.", |r| say(r, "crossOrigin", json!(true))),
        ("The confirmation was made inside another site.", |r| {
            say(r, "topOrigin", json!("https://evil.test"))
        }),
        ("The client data is not that of a browser.", |r| say(r, "challenge", json!(7))),
        ("The client data is not base64url.", |r| r.client_data_json.push('!')),
        ("Nobody was present at the confirmation.", |r| {
            edit(&mut r.authenticator_data, |bytes| bytes[32] &= !1)
        }),
        ("The user was not verified at the confirmation.", |r| {
            edit(&mut r.authenticator_data, |bytes| bytes[32] &= !4)
        }),
        ("The authenticator data is too short.", |r| {
            edit(&mut r.authenticator_data, |bytes| bytes.truncate(32))
        }),
        ("The authenticator data is not base64url.", |r| r.authenticator_data.push('!')),
        ("The signature is not base64url.", |r| r.signature.push('!')),
        (KEY, |r| edit(&mut r.authenticator_data, |bytes| bytes[36] ^= 1)),
        (KEY, |r| say(r, "extra", json!(1))),
        (KEY, |r| edit(&mut r.signature, |bytes| *bytes.last_mut().expect("a byte") ^= 1)),
        (KEY, |r| r.signature.clear()),
        (KEY, |r| {
            if let Jwk::Ec { x, .. } = &mut r.public_key {
                edit(x, |bytes| bytes[0] ^= 1)
            }
        }),
        (KIND, |r| {
            if let Jwk::Ec { x, .. } = &mut r.public_key {
                x.push('!')
            }
        }),
    ];
    for (at, (complaint, change)) in changes.into_iter().enumerate() {
        let mut changed = receipt.clone();
        change(&mut changed);
        assert_ne!(changed, receipt, "change {at}");
        assert_eq!(changed.verify(), Err(complaint), "change {at}");
    }
    let (other, _) = self::receipt().await;
    let changed = Receipt { public_key: other.public_key, ..receipt.clone() };
    assert_eq!(changed.verify(), Err(KEY));
    let changed = Receipt { signature: other.signature, ..receipt.clone() };
    assert_eq!(changed.verify(), Err(KEY));
    assert!(receipt.verify().is_ok());
}

#[tokio::test]
async fn a_receipt_with_a_key_of_an_unknown_kind_does_not_hold() {
    let (receipt, _) = receipt().await;
    let Jwk::Ec { x, y, .. } = receipt.public_key.clone() else { panic!("another kind of key") };
    let ec = |alg: &str, crv: &str| Jwk::Ec {
        alg: alg.to_owned(),
        crv: crv.to_owned(),
        x: x.clone(),
        y: y.clone(),
    };
    let rsa = |alg: &str, e: &str| Jwk::Rsa {
        alg: alg.to_owned(),
        n: base64url(&[1; 256]),
        e: e.to_owned(),
    };
    for public_key in [
        ec("none", "P-256"),
        ec("ES256", "P-384"),
        ec("ES384", "P-256"),
        ec("ES512", "P-521"),
        rsa("none", "AQAB"),
        rsa("RS1", "AQAB"),
        rsa("RS256", "AQ"),
    ] {
        let changed = Receipt { public_key, ..receipt.clone() };
        let complaint = "The public key is of a kind that this program does not know.";
        assert_eq!(changed.verify(), Err(complaint), "{:?}", changed.public_key);
    }
}

#[test]
fn every_kind_of_key_that_a_passkey_may_have_goes_into_a_receipt_and_comes_out_the_same() {
    let ec = |curve, length| {
        COSEKeyType::EC_EC2(COSEEC2Key { curve, x: vec![1; length], y: vec![2; length] })
    };
    let rsa = COSEKeyType::RSA(COSERSAKey { n: vec![3; 256], e: [1, 0, 1] });
    for (type_, key, kty) in [
        (COSEAlgorithm::ES256, ec(ECDSACurve::SECP256R1, 32), "EC"),
        (COSEAlgorithm::ES384, ec(ECDSACurve::SECP384R1, 48), "EC"),
        (COSEAlgorithm::RS256, rsa, "RSA"),
    ] {
        let key = COSEKey { type_, key };
        let jwk = Jwk::try_from(&key).expect("a key that can be written");
        assert_eq!(serde_json::to_value(&jwk).expect("JSON")["kty"], kty);
        assert_eq!(COSEKey::try_from(&jwk), Ok(key));
    }
}
