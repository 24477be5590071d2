#![cfg(feature = "ssr")]
//! Recovery codes: the way back in when every passkey is lost. A code works once, and opens a
//! session that can mend how its user signs in and nothing else.

use super::{Codes, Entered, server::AccountByEmail};
use crate::{
    error::{Error, Result},
    server::{
        State, activity,
        address::EmailForms,
        db::Read,
        devices,
        limits::{self, Tried},
        log::refused,
        metrics, secret,
        session::{self, SignedInBy, User},
    },
    step_up::Verified,
};
use data_encoding::BASE32_NOPAD;

const CODES: usize = 10;
/// Keeps these hashes apart from all others.
const DOMAIN: &[u8] = b"latchkey recovery v1\0";

/// 128 random bits (REC-01).
struct Code([u8; 16]);

impl Code {
    /// As people copy it: base32 in groups of four.
    fn text(&self) -> String {
        let text = BASE32_NOPAD.encode(&self.0);
        let groups: Vec<_> =
            (0..text.len()).step_by(4).map(|at| &text[at..text.len().min(at + 4)]).collect();
        groups.join("-")
    }

    /// Reads what was typed: in any case, with any spaces and dashes, and with the digits that are
    /// not in the alphabet for the letters they look like.
    fn parse(typed: &str) -> Option<Self> {
        let clean: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| match c.to_ascii_uppercase() {
                '0' => 'O',
                '1' => 'I',
                '8' => 'B',
                c => c,
            })
            .collect();
        BASE32_NOPAD.decode(clean.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    fn hash(&self) -> Vec<u8> {
        secret::sha256(&[DOMAIN, &self.0]).to_vec()
    }
}

/// How many codes are left.
pub async fn remaining(user: &User) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) as n from recovery_codes where user_id = $1 and used_at is null",
    )
    .bind(&user.id)
    .fetch_one(State::current()?.db.reader())
    .await?;
    row.read("n")
}

/// Makes new codes, in place of all there were (REC-07).
pub async fn generate(mut verified: Verified) -> Result<Codes> {
    let state = State::current()?;
    let user = verified.user().clone();
    let tx = verified.tx();
    let codes: Vec<_> = (0..CODES).map(|_| Code(rand::random())).collect();
    sqlx::query("delete from recovery_codes where user_id = $1")
        .bind(&user.id)
        .execute(&mut **tx)
        .await?;
    for code in &codes {
        sqlx::query("insert into recovery_codes (user_id, hash) values ($1, $2)")
            .bind(&user.id)
            .bind(code.hash())
            .execute(&mut **tx)
            .await?;
    }
    activity::record(&state, tx, &user.id, "recovery.generated", None).await?;
    // New codes are not shared with whoever came in by an old one.
    session::end_recovery(&state, tx, &user.id).await?;
    verified.commit().await?;
    let codes = codes.iter().map(Code::text).collect();
    Ok(Codes { codes, email: user.email, created_at: state.clock.now() })
}

/// Opens a recovery session, ends all others, and has the user told at the next sign-in (REC-05).
pub async fn sign_in(email: &str, code: &str) -> Result<Entered> {
    let outcome = try_sign_in(email, code).await;
    metrics::sign_in("recovery", &outcome);
    outcome
}

async fn try_sign_in(email: &str, code: &str) -> Result<Entered> {
    let state = State::current()?;
    let email = EmailForms::of(email).ok_or_else(|| refused("no_address", Error::SignInFailed))?;
    let account = AccountByEmail::find(&state, &email).await?;
    let user_id = account.as_ref().map(|it| it.user.id.clone()).unwrap_or_default();
    let hash = Code::parse(code).map(|code| code.hash()).unwrap_or_default();
    let now = state.clock.now();
    let mut tx = state.db.begin_for(&user_id).await?;
    // One statement decides that the code is there and uses it up (REC-03), account or not.
    let used = sqlx::query(
        "update recovery_codes set used_at = $1 where user_id = $2 and hash = $3 and used_at is null",
    )
    .bind(now)
    .bind(&user_id)
    .bind(hash)
    .execute(&mut *tx)
    .await?;
    let (Some(AccountByEmail { user, .. }), 1) = (&account, used.rows_affected()) else {
        drop(tx);
        // Wrong ones wait. A right one never does: nobody can guess it, and it may be all that is left.
        let mut tx = state.db.begin().await?;
        let allowance = devices::allowance(&state, &mut tx, &user_id, &email.one).await?;
        limits::count(&state, &mut tx, Tried::RecoveryCode, &allowance).await?;
        tx.commit().await?;
        let Some(account) = account else {
            return Err(refused("unknown_address", Error::SignInFailed));
        };
        activity::record_later(&state, account.user.id, "sign_in.failed", "recovery");
        return Err(refused("wrong_code", Error::SignInFailed));
    };
    let allowance = devices::allowance(&state, &mut tx, &user.id, &email.one).await?;
    limits::forget(&mut tx, Tried::RecoveryCode, &allowance).await?;
    activity::record(&state, &mut tx, &user.id, "recovery.used", None).await?;
    session::end_all(&state, &mut tx, &user.id, None).await?;
    let session = session::establish(&state, &mut tx, &user.id, SignedInBy::Recovery).await?;
    tx.commit().await?;
    session.send_cookie(&state);
    Ok(Entered { user: user.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = Code([0xab; 16]);
        let text = code.text();
        assert_eq!(text.len(), 26 + 6);
        for typed in
            [text.clone(), text.to_lowercase(), text.replace('-', " "), format!(" {text}\n")]
        {
            assert_eq!(Code::parse(&typed).map(|code| code.0), Some(code.0), "{typed}");
        }
        let look_alike = Code::parse(&"O".repeat(25).replace('O', "0")).map(|code| code.0);
        assert_eq!(look_alike, None, "too short");
        let with_digits = Code::parse(&format!("{}A", "018".repeat(8) + "0")).map(|code| code.0);
        assert_eq!(
            with_digits,
            Code::parse(&format!("{}A", "OIB".repeat(8) + "O")).map(|code| code.0)
        );
        assert!(with_digits.is_some());
        for wrong in
            ["", "AAAA", &"A".repeat(27), "not a code at all, really!", &format!("{text}A")]
        {
            assert!(Code::parse(wrong).is_none(), "{wrong}");
        }
    }
}
