//! What this feature tells the server about itself.

use super::{codes, deletion, export, name, passkeys, password, phone};
use super::{email, mail_sign_in}; // with: mail
use crate::server::feature::{Event, Feature};

pub struct Settings;

impl Feature for Settings {
    fn reads(&self) -> &'static [&'static str] {
        &["/api/passkeys/list", "/api/recovery/status", "/api/sessions/list", "/api/activity/list"]
    }

    // with: mail {
    fn guesses(&self) -> &'static [&'static str] {
        &["/api/email/start", "/api/email/confirm"]
    }
    // with: mail }

    fn events(&self) -> Vec<&'static Event> {
        vec![
            passkeys::server::ADD_PASSKEY.event,
            &passkeys::server::PASSKEY_RENAMED,
            password::SET_PASSWORD.event,
            password::REMOVE_PASSWORD.event,
            codes::RECOVERY_CODES.event,
            phone::CHANGE_PHONE.event,
            email::CHANGE_EMAIL.event, // with: mail
            &email::EMAIL_CONFIRMED,   // with: mail
            &name::NAME_CHANGED,
            mail_sign_in::MAIL_SIGN_IN.event, // with: mail
            export::EXPORT.event,
            deletion::DELETE_ACCOUNT.event,
        ]
    }
}
