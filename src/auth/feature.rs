//! What this feature tells the server about itself.

use super::{recovery, recovery_by_mail, server};
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
            "/api/signup/code",
            "/api/signin/password",
            "/api/signin/mail",
            "/api/signin/code",
            "/api/signin/recovery",
            "/api/recovery/mail",
            "/api/recovery/mail/code",
        ]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![
            &server::PASSKEY_AUTHENTICATED,
            &server::SIGN_IN_FAILED,
            &recovery::RECOVERY_USED,
            &recovery_by_mail::RECOVERED_BY_MAIL,
        ]
    }

    fn counters(&self) -> Vec<&'static Counter> {
        vec![&SIGN_INS]
    }
}
