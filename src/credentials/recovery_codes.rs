//! Recovery codes: how they are written and read, and their rows. A code works once.

use crate::{
    error::Result,
    server::{
        attempts::Attempt,
        db::{Read, Tx},
        secret::{self, grouped_base32, read_base32},
        state::State,
    },
};

/// An attempt to sign in by recovery code.
pub static RECOVERY_CODE_ATTEMPT: Attempt = Attempt { name: "recovery_code", free: 1 };

/// How many codes a user has at once.
const CODES_AT_ONCE: usize = 10;
/// Keeps the hashes of codes apart from all other hashes.
const DOMAIN: &[u8] = b"latchkey recovery v1\0";

/// 128 random bits (REC-01).
struct Code([u8; 16]);

impl Code {
    fn text(&self) -> String {
        grouped_base32(&self.0)
    }

    fn parse(typed: &str) -> Option<Self> {
        read_base32(typed)?.try_into().ok().map(Self)
    }

    fn hash(&self) -> Vec<u8> {
        secret::sha256(&[DOMAIN, &self.0]).to_vec()
    }
}

/// How many codes of a user are left.
pub async fn remaining(state: &State, user_id: &str) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) as n from recovery_codes where user_id = $1 and used_at is null",
    )
    .bind(user_id)
    .fetch_one(state.db.reader())
    .await?;
    row.read("n")
}

/// Makes new codes in place of all old ones (REC-07), and returns them as people read them.
pub async fn replace(tx: &mut Tx, user_id: &str) -> Result<Vec<String>> {
    remove(tx, user_id).await?;
    let codes: Vec<_> = (0..CODES_AT_ONCE).map(|_| Code(rand::random())).collect();
    for code in &codes {
        sqlx::query("insert into recovery_codes (user_id, hash) values ($1, $2)")
            .bind(user_id)
            .bind(code.hash())
            .execute(&mut **tx)
            .await?;
    }
    Ok(codes.iter().map(Code::text).collect())
}

/// Uses a code up, and returns whether it was good: one statement decides both (REC-03).
pub async fn use_up(tx: &mut Tx, user_id: &str, typed: &str, now: i64) -> Result<bool> {
    let used = sqlx::query(
        "update recovery_codes set used_at = $1 where user_id = $2 and hash = $3 and used_at is null",
    )
    .bind(now)
    .bind(user_id)
    .bind(Code::parse(typed).map(|code| code.hash()).unwrap_or_default())
    .execute(&mut **tx)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Voids every code of a user.
pub async fn remove(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query("delete from recovery_codes where user_id = $1")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
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
