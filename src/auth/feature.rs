//! What this feature tells the server about itself.

use super::recovery_by_mail; // with: mail
use super::{recovery, server};
use crate::server::{
    feature::{Event, Feature},
    metrics::Counter,
};

pub static SIGN_INS: Counter = Counter {
    name: "latchkey_sign_ins_total",
    help: "Sign-ins, by method and outcome.",
    label: Some("method"),
};

pub struct Auth;

impl Feature for Auth {
    fn guesses(&self) -> &'static [&'static str] {
        &[
            "/api/signup/password",
            "/api/signup/code", // with: mail
            "/api/signin/password",
            "/api/signin/mail", // with: mail
            "/api/signin/code", // with: mail
            "/api/signin/recovery",
            "/api/recovery/mail",      // with: mail
            "/api/recovery/mail/code", // with: mail
        ]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![
            &server::PASSKEY_AUTHENTICATED,
            &server::SIGN_IN_FAILED,
            &recovery::RECOVERY_USED,
            &recovery_by_mail::RECOVERED_BY_MAIL, // with: mail
        ]
    }

    fn counters(&self) -> Vec<&'static Counter> {
        vec![&SIGN_INS]
    }
}
