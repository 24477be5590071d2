//! E-mail addresses. Each has one canonical form, in which nothing can be mistaken for something else,
//! since users are paid by it.

use crate::error::{Error, Result};
use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};

/// The longest address, in bytes (RFC 5321, 4.5.3.1.3), both as typed and in its canonical form.
const MAX_BYTES: usize = 254;
/// The characters allowed before the `@` beside letters and digits (HTML standard).
const PUNCTUATION: &str = ".!#$%&'*+/=?^_`{|}~-";

/// Returns the canonical form of an address (INP-06): one that the HTML standard takes for an e-mail
/// address, in lower case, with its host in the ASCII form of IDNA.
pub fn check_email(typed: &str) -> Result<String> {
    one_form(typed).ok_or_else(|| Error::invalid("email"))
}

fn one_form(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let (local, host) = typed.rsplit_once('@').filter(|_| typed.len() <= MAX_BYTES)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || PUNCTUATION.contains(c);
    // No mail reaches one with an empty part between dots (RFC 5321, 4.1.2).
    if local.split('.').any(str::is_empty) || !local.chars().all(fits) {
        return None;
    }
    let (deny, hyphens, length) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    let host = Uts46::new().to_ascii(host.as_bytes(), deny, hyphens, length).ok()?;
    let address = format!("{}@{host}", local.to_ascii_lowercase());
    (address.len() <= MAX_BYTES).then_some(address)
}

/// The forms in which an account may have stored a typed address. Release 0.1.0 accepted almost any text
/// in lower case, and an account keeps its address.
pub struct EmailForms {
    /// The canonical form, by which attempts at the address are counted.
    pub one: String,
    /// The same with the host in Unicode.
    pub unicode: String,
    /// As typed, in lower case. If several accounts match, the one with this form is meant.
    pub typed: String,
}

impl EmailForms {
    /// Returns nothing for an address that no account can have.
    pub fn of(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.len() > MAX_BYTES || !typed.contains('@') || typed.contains(char::is_control) {
            return None;
        }
        let (one, typed) = (one_form(typed), typed.to_lowercase());
        let one = one.unwrap_or_else(|| typed.clone());
        let (local, host) = one.rsplit_once('@').unwrap_or_default();
        let (host, _) =
            Uts46::new().to_unicode(host.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
        Some(Self { unicode: format!("{local}@{host}"), one, typed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        for (typed, form) in [
            (" Ann@Example.COM ", "ann@example.com"),
            ("ann@B\u{dc}CHER.example", "ann@xn--bcher-kva.example"),
            ("ann@\u{ff45}xample.com", "ann@example.com"),
        ] {
            assert_eq!(check_email(typed).as_deref(), Ok(form));
            assert_eq!(check_email(form).as_deref(), Ok(form));
        }
        for wrong in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a@b@c",
            "an n@example.com",
            "a\u{0}@b.c",
            "\u{202e}a@b.c",
            "a\u{200b}@b.c",
            "a\u{200d}@b.c",
            "a\u{fe0f}@b.c",
            "a\u{34f}@b.c",
            "a@b\u{202e}.c",
            "a@b c",
            "a@b/c",
        ] {
            assert_eq!(check_email(wrong), Err(Error::invalid("email")), "{wrong:?}");
        }
    }

    #[test]
    fn an_address_has_at_most_254_bytes() {
        let of_length = |length: usize| format!("{}@example.com", "a".repeat(length - 12));
        assert_eq!(check_email(&of_length(254)), Ok(of_length(254)));
        assert!(check_email(&of_length(255)).is_err());
        assert!(EmailForms::of(&of_length(255)).is_none());
        // The host is six bytes longer in ASCII.
        let of_length = |length: usize| format!("{}@b\u{fc}cher.de", "a".repeat(length - 11));
        assert!(check_email(&of_length(248)).is_ok());
        assert!(check_email(&of_length(249)).is_err());
    }
}
