//! Sends one mail by SMTP. What a server answers may repeat what a mail said, so only its code is logged.

use super::outbox::Mail;
use crate::server::{config::Config, preflight::is_this_machine};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::extension::ClientId,
};
use std::{
    error::Error,
    time::{Duration, SystemTime},
};
use tokio::time::timeout;
use url::Url;

/// How long a server may take for a mail in all; less than the lease.
const TIMEOUT: Duration = Duration::from_secs(60);

pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The end of each Message-ID.
    domain: String,
}

/// Why a mail was not sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// Another attempt may succeed.
    Passing(&'static str, Option<u16>),
    /// The server will never take this mail.
    Permanent(&'static str, Option<u16>),
}

impl Smtp {
    /// Reads the settings; a sentence says what is wrong with them.
    pub fn new(config: &Config) -> Result<Self, String> {
        let url = &config.smtp_url;
        check_transport(url)?;
        let from = config.mail_from.parse().map_err(|_| {
            "MAIL_FROM is not an address: set it to the sender's address, such as Latchkey <no-reply@example.com>."
        })?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| UNREADABLE)?
            .timeout(Some(TIMEOUT))
            .hello_name(ClientId::Domain(config.rp_id.clone()))
            .build();
        Ok(Self { transport, from, domain: config.rp_id.clone() })
    }

    /// Returns once the server has accepted a mail.
    pub async fn send(&self, mail: &Mail, origin: &str) -> Result<(), Failure> {
        let message = self.message(mail, origin)?;
        let sent = timeout(TIMEOUT, self.transport.send(message)).await;
        let error = match sent {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => return Err(Failure::Passing("too slow", None)),
        };
        let code = error.status().map(u16::from);
        let said = error.source().map(ToString::to_string).unwrap_or_default();
        match code {
            Some(code) if is_about_mailbox(code, &said) => {
                Err(Failure::Permanent("no such mailbox", Some(code)))
            }
            Some(500..) => Err(Failure::Passing("refused", code)),
            Some(_) => Err(Failure::Passing("put off", code)),
            None if error.is_tls() => Err(Failure::Passing("no TLS", None)),
            None => Err(Failure::Passing("no answer", None)),
        }
    }

    fn message(&self, mail: &Mail, origin: &str) -> Result<Message, Failure> {
        let unfit = |_| Failure::Permanent("no such address", None);
        let recipient: Address = mail.recipient.parse().map_err(|_| unfit(()))?;
        let at = Duration::from_millis(mail.created_at.try_into().unwrap_or_default());
        // Answering machines leave alone what a machine has sent (RFC 3834).
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let (text, html) = (mail.letter.to_text(origin), mail.letter.to_html(origin));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(&mail.letter.subject)
            .message_id(Some(format!("<{}@{}>", mail.id, self.domain)))
            .date(SystemTime::UNIX_EPOCH + at)
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(|_| unfit(()))
    }
}

/// Whether a refusal is about the mailbox and holds for good. Any other is about us, such as a password, a
/// quota or a list of senders that we are on: it ends when an operator has mended that. RFC 3463 has the
/// meaning of the enhanced code, with which `said` may begin.
fn is_about_mailbox(code: u16, said: &str) -> bool {
    let enhanced = said.split_whitespace().next().filter(|it| it.starts_with("5."));
    match enhanced {
        // But for 5.1.7 and 5.1.8, which are about the sender's address.
        Some(enhanced) => {
            enhanced.starts_with("5.1.") && !matches!(enhanced, "5.1.7" | "5.1.8")
                || enhanced == "5.2.1"
        }
        None => matches!(code, 550 | 551 | 553),
    }
}

const UNREADABLE: &str = "SMTP_URL cannot be read: set it to the mail server, such as smtps://user:password@mail.example.com.";

/// Refuses a server on another machine that is not reached over TLS: an attacker on the network could
/// read the codes.
fn check_transport(url: &str) -> Result<(), String> {
    let url: Url = url.parse().map_err(|_| UNREADABLE)?;
    let host = url.host_str().ok_or(UNREADABLE)?.trim_matches(['[', ']']);
    let is_private = match url.scheme() {
        "smtps" => true,
        "smtp" => url.query_pairs().any(|(name, value)| name == "tls" && value == "required"),
        _ => return Err(UNREADABLE.to_owned()),
    };
    if is_this_machine(host) || is_private {
        return Ok(());
    }
    Err(format!(
        "SMTP_URL names a mail server on another machine, {host}, without TLS, so that codes can be read on the way: begin it with smtps://, or add ?tls=required to it."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn a_refusal_is_for_good_only_if_it_is_about_the_mailbox() {
        for (code, said) in [
            (550, "no such mailbox"),
            (550, "5.1.1 no such user"),
            (553, "5.1.3 bad address"),
            (550, "5.2.1 disabled"),
            (551, ""),
        ] {
            assert!(is_about_mailbox(code, said), "{code} {said}");
        }
        for (code, said) in [
            (554, "you are on a list"),
            (550, "5.7.26 unauthenticated mail"),
            (550, "5.4.5 daily quota"),
            (553, "5.1.8 bad sender"),
            (535, "5.7.8 wrong password"),
            (552, "5.2.2 mailbox full"),
            (500, ""),
        ] {
            assert!(!is_about_mailbox(code, said), "{code} {said}");
        }
    }

    fn sentence(url: &str, from: &str) -> String {
        let config = Config::parse_from(["latchkey", "--smtp-url", url, "--mail-from", from]);
        Smtp::new(&config).err().unwrap_or_default()
    }

    #[tokio::test]
    async fn a_mail_server_on_another_machine_is_reached_over_tls() {
        for open in ["smtp://mail.example.com", "smtp://user:secret@10.0.0.5:25?tls=opportunistic"]
        {
            let sentence = sentence(open, "app@example.com");
            assert!(sentence.ends_with("or add ?tls=required to it."), "{open}: {sentence}");
            assert!(!sentence.contains("secret"), "{sentence}");
        }
        for safe in [
            "smtps://user:secret@mail.example.com",
            "smtp://mail.example.com:587?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:2525",
            "smtp://localhost",
        ] {
            assert_eq!(sentence(safe, "Latchkey <app@example.com>"), "", "{safe}");
        }
    }

    #[tokio::test]
    async fn settings_that_cannot_work_are_refused_with_a_sentence() {
        for url in ["", "mail.example.com", "https://mail.example.com", "smtps://"] {
            assert_eq!(sentence(url, "app@example.com"), UNREADABLE, "{url}");
        }
        for from in ["", "example.com", "app@"] {
            let sentence = sentence("smtps://mail.example.com", from);
            assert!(sentence.starts_with("MAIL_FROM is not an address"), "{from}: {sentence}");
        }
    }
}
