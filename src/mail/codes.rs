//! Codes by mail. Each is for one purpose, and only the browser that asked can type it in: its hash
//! depends on that browser's cookie. No request but a typed code uses one up, so a program that opens the
//! links in mails changes nothing (MAI-02, MAI-03).

use super::{Letter, limits, outbox};
use crate::{
    error::{Error, Result},
    server::{
        clock::millis,
        cookies::Cookie,
        db::{Db, Read, Tx, from_json, json},
        log::log_refusal,
        request::Request,
        secret::{self, grouped_base32, read_base32},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// How long a code is good, and how often it can be typed wrongly.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);
const MAX_TRIES: i64 = 5;
/// Keeps the hashes of codes apart from all others.
const DOMAIN: &[u8] = b"latchkey mail code v1\0";

/// What a code is for. A browser has one open code for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Purpose {
    SignUp,
    SignIn,
    ConfirmAddress,
    Recovery,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::SignIn => "sign_in",
            Self::ConfirmAddress => "confirm_address",
            Self::Recovery => "recovery",
        }
    }
}

/// 40 random bits.
type Code = [u8; 5];

fn hash(browser: &str, purpose: Purpose, code: &Code) -> Vec<u8> {
    secret::sha256(&[DOMAIN, browser.as_bytes(), purpose.name().as_bytes(), code]).to_vec()
}

/// The mail with a code, which its link fills in.
pub struct CodeMail {
    pub subject: &'static str,
    /// What the code is for, as the beginning of a sentence that asks to type it.
    pub why: String,
    /// The path of the page on which it is typed.
    pub page: &'static str,
    /// What holds for a reader who did not ask for it.
    pub otherwise: &'static str,
}

impl CodeMail {
    fn letter(&self, code: &str) -> Letter {
        let Self { subject, why, page, otherwise } = self;
        let minutes = LIFETIME.as_secs() / 60;
        Letter::new(subject)
            .text(format!("{why}, type this code where you asked for it:"))
            .code(code)
            .link("Or open this in the same browser", format!("{page}?code={code}"))
            .text(format!(
                "It is good for {minutes} minutes. If it was not you, {otherwise} Do not give it to anybody: we never ask for it."
            ))
    }
}

/// To whom a code is sent, and what its mail says.
pub enum To<'a> {
    /// The owner of the address gets the code.
    Address(&'a str, &'a CodeMail),
    /// The owner of the address is told that somebody asked, and gets no code.
    Told(&'a str, &'a Letter),
    /// Nobody has the address; a code is kept that nobody knows.
    Nobody(&'a str),
}

impl To<'_> {
    pub fn address(&self) -> &str {
        match self {
            Self::Address(address, _) | Self::Told(address, _) | Self::Nobody(address) => address,
        }
    }
}

/// Makes a code for this browser, in place of an open one for the same purpose, and queues its mail in
/// `tx`, which the caller commits. [`check`] returns what was `kept`, and the user if there is one. What
/// the database does is the same whoever the mail goes to and whether it is one too many.
pub async fn send(
    request: &Request,
    tx: &mut Tx,
    purpose: Purpose,
    user_id: Option<&str>,
    to: To<'_>,
    kept: &impl Serialize,
) -> Result<SentCode> {
    let browser = request.random_cookie_or_new(Cookie::Code);
    let code: Code = rand::random();
    // Whoever only claims an address is a stranger to its owner.
    let owner = user_id.filter(|_| matches!(purpose, Purpose::SignIn | Purpose::Recovery));
    let is_allowed = limits::take(request, tx, owner, to.address()).await?;
    let mail_id = match to {
        To::Address(address, mail) if is_allowed => {
            let letter = mail.letter(&grouped_base32(&code));
            outbox::queue(&request.clock, tx, address, &letter, LIFETIME).await?
        }
        To::Told(address, letter) if is_allowed => {
            outbox::queue(&request.clock, tx, address, letter, outbox::A_DAY).await?
        }
        _ => outbox::queue_nothing(&request.clock, tx).await?,
    };
    let is_sent = matches!(to, To::Address(..)) && is_allowed;
    // Where no code is sent nobody knows the one that is kept.
    let kept_code = if is_sent { code } else { rand::random() };
    let hash = hash(&browser, purpose, &kept_code);
    let digest = secret::digest(&browser);
    sqlx::query(
        "update mails set state = 'void', letter = '', recipient = ''
         where $3 = 1 and state = 'waiting' and id in
             (select mail_id from mail_codes where browser = $1 and purpose = $2)",
    )
    .bind(&digest)
    .bind(purpose.name())
    .bind(i64::from(is_allowed))
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "insert into mail_codes (browser, purpose, hash, user_id, state, mail_id, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (browser, purpose) do update set
             hash = excluded.hash, tries = 0, user_id = excluded.user_id, state = excluded.state,
             mail_id = excluded.mail_id, expires_at = excluded.expires_at
         where $8 = 1",
    )
    .bind(digest)
    .bind(purpose.name())
    .bind(hash)
    .bind(user_id)
    .bind(json(kept)?)
    .bind(mail_id)
    .bind(request.clock.now() + millis(LIFETIME))
    // A request too many leaves the code that is open as it is.
    .bind(i64::from(is_allowed))
    .execute(&mut **tx)
    .await?;
    Ok(SentCode { browser })
}

/// A code that is open once its transaction is committed.
#[must_use = "the browser gets its cookie from `send_cookie`"]
pub struct SentCode {
    browser: String,
}

impl SentCode {
    pub fn send_cookie(self, request: &Request) {
        request.set_cookie(Cookie::Code, &self.browser, LIFETIME);
    }
}

/// What was kept with the open code of a signed-in user, if this browser has one.
pub async fn open<T: DeserializeOwned>(
    request: &Request,
    purpose: Purpose,
    user_id: &str,
) -> Result<Option<T>> {
    let Some(browser) = request.random_cookie(Cookie::Code) else { return Ok(None) };
    let row = sqlx::query(
        "select state from mail_codes
         where browser = $1 and purpose = $2 and user_id = $3 and tries < $4 and expires_at > $5",
    )
    .bind(secret::digest(&browser))
    .bind(purpose.name())
    .bind(user_id)
    .bind(MAX_TRIES)
    .bind(request.clock.now())
    .fetch_optional(request.db.reader())
    .await?;
    row.map(|row| from_json(row.read("state")?)).transpose()
}

/// A code that was typed rightly and is not used up yet.
pub struct GoodCode<T> {
    pub user_id: Option<String>,
    pub kept: T,
    browser: String,
    purpose: Purpose,
    hash: Vec<u8>,
}

/// Reads a typed code. A wrong one, an old one and one of another browser all fail with `refusal`. The try
/// is counted and committed before it is judged, and is free if the code was right.
pub async fn check<T: DeserializeOwned>(
    request: &Request,
    purpose: Purpose,
    typed: &str,
    refusal: Error,
) -> Result<GoodCode<T>> {
    let browser = request
        .random_cookie(Cookie::Code)
        .ok_or_else(|| log_refusal("no_code", refusal.clone()))?;
    let digest = secret::digest(&browser);
    let rows = sqlx::query(
        "update mail_codes set tries = tries + 1
         where browser = $1 and purpose = $2 and tries < $3 and expires_at > $4
         returning hash, user_id, state",
    )
    .bind(&digest)
    .bind(purpose.name())
    .bind(MAX_TRIES)
    .bind(request.clock.now())
    .fetch_all(request.db.writer())
    .await?;
    let row = rows.first().ok_or_else(|| log_refusal("no_code", refusal.clone()))?;
    let typed = read_base32(typed).and_then(|bytes| Code::try_from(bytes).ok());
    let hash = typed.map(|code| hash(&browser, purpose, &code)).unwrap_or_default();
    if row.read::<Vec<u8>>("hash")? != hash {
        return Err(log_refusal("wrong_code", refusal));
    }
    sqlx::query(
        "update mail_codes set tries = tries - 1 where browser = $1 and purpose = $2 and hash = $3",
    )
    .bind(&digest)
    .bind(purpose.name())
    .bind(&hash)
    .execute(request.db.writer())
    .await?;
    // The server may have been upgraded since.
    let kept = from_json(row.read("state")?)
        .map_err(|_| log_refusal("code_of_another_release", refusal))?;
    Ok(GoodCode { user_id: row.read("user_id")?, kept, browser: digest, purpose, hash })
}

impl<T> GoodCode<T> {
    /// Uses the code up in the transaction of the act; of several at once one succeeds.
    pub async fn use_up(&self, tx: &mut Tx) -> Result<bool> {
        let used =
            sqlx::query("delete from mail_codes where browser = $1 and purpose = $2 and hash = $3")
                .bind(&self.browser)
                .bind(self.purpose.name())
                .bind(&self.hash)
                .execute(&mut **tx)
                .await?;
        Ok(used.rows_affected() == 1)
    }
}

/// Voids the open codes of a user, and their mails.
pub async fn void(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(
        "update mails set state = 'void', letter = '', recipient = '' where state = 'waiting'
             and id in (select mail_id from mail_codes where user_id = $1)",
    )
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    sqlx::query("delete from mail_codes where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes the codes that have expired, and what a flood has left of older ones.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from mail_codes where expires_at <= $1 and (browser, purpose) in
        (select browser, purpose from mail_codes where expires_at <= $1 limit $2)";
    db.sweep(over, now).await?;
    db.sweep_flood(
        "delete from mail_codes where (browser, purpose) in (
             select browser, purpose from mail_codes where user_id is null
             order by expires_at desc limit $1 offset $2)",
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_code_has_another_hash_in_each_browser_and_for_each_purpose() {
        let (code, ours) = ([7; 5], "the cookie of a browser");
        let hashes = [
            hash(ours, Purpose::SignIn, &code),
            hash("another", Purpose::SignIn, &code),
            hash(ours, Purpose::Recovery, &code),
            hash(ours, Purpose::SignIn, &[8; 5]),
        ];
        for (at, one) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(one), "{at}");
        }
    }
}
