#![cfg(feature = "ssr")]
//! Sessions, activity, the phone number and the end of an account.

use super::{Event, Events, OpenSession, Phone, Sessions};
use crate::{
    auth::Done,
    error::{Error, Result},
    server::{
        State, activity,
        clock::millis,
        cookies,
        db::Read,
        limits::{self, Tried},
        session::{self, User},
    },
    step_up::Verified,
    transfer::ledger,
    ui::rows_to_read,
};
use sqlx::AnyExecutor;

pub async fn list_sessions(user: &User) -> Result<Sessions> {
    let state = State::current()?;
    open_sessions(&state, state.db.reader(), user).await
}

async fn open_sessions(state: &State, db: impl AnyExecutor<'_>, user: &User) -> Result<Sessions> {
    let now = state.clock.now();
    let rows = sqlx::query(
        "select id, created_at, last_seen_at, user_agent, method from sessions
         where user_id = $1 and last_seen_at > $2 and created_at > $3
         order by last_seen_at desc, id",
    )
    .bind(user.id.clone())
    .bind(now - millis(session::IDLE))
    .bind(now - millis(session::ABSOLUTE))
    .fetch_all(db)
    .await?;
    let view = |row: &sqlx::any::AnyRow| {
        let id: String = row.read("id")?;
        Ok(OpenSession {
            created_at: row.read("created_at")?,
            last_seen_at: row.read("last_seen_at")?,
            user_agent: row.read("user_agent")?,
            method: row.read("method")?,
            current: id == user.session_id,
            id,
        })
    };
    Ok(Sessions { sessions: rows.iter().map(view).collect::<Result<_>>()? })
}

/// Ends one of the user's own sessions; ending the one that asks is signing out.
pub async fn end_session(user: &User, id: &str) -> Result<Sessions> {
    let state = State::current()?;
    let mut tx = state.db.begin_for(&user.id).await?;
    sqlx::query("select 1 from sessions where id = $1 and user_id = $2")
        .bind(id)
        .bind(&user.id)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::NotFound)?;
    session::end(&state, &mut tx, id).await?;
    let left = open_sessions(&state, &mut *tx, user).await?;
    tx.commit().await?;
    if id == user.session_id {
        cookies::remove_session(&state);
    }
    Ok(left)
}

pub async fn end_other_sessions(user: &User) -> Result<Sessions> {
    let state = State::current()?;
    let mut tx = state.db.begin_for(&user.id).await?;
    session::end_all(&state, &mut tx, &user.id, Some(&user.session_id)).await?;
    let left = open_sessions(&state, &mut *tx, user).await?;
    tx.commit().await?;
    Ok(left)
}

pub async fn list_activity(
    user: &User,
    before: Option<String>,
    limit: Option<u32>,
) -> Result<Events> {
    let rows = sqlx::query(
        "select id, kind, at, ip, user_agent, detail from activity
         where user_id = $1 and (id < $2 or $2 is null) order by id desc limit $3",
    )
    .bind(&user.id)
    .bind(before)
    .bind(rows_to_read(limit))
    .fetch_all(State::current()?.db.reader())
    .await?;
    let view = |row: &sqlx::any::AnyRow| {
        Ok(Event {
            id: row.read("id")?,
            kind: row.read("kind")?,
            at: row.read("at")?,
            ip: row.read("ip")?,
            user_agent: row.read("user_agent")?,
            detail: row.read("detail")?,
        })
    };
    Ok(Events { events: rows.iter().map(view).collect::<Result<_>>()? })
}

/// A phone number with its country code, without what people put between the digits (ITU E.164:
/// a plus and at most 15 digits).
pub fn check_phone(phone: &str) -> Result<String> {
    let between = |c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')' | '.' | '/');
    let phone: String = phone.chars().filter(|c| !between(*c)).collect();
    let digits = phone.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(phone).ok_or_else(|| Error::invalid("phone"))
}

pub async fn change_phone(mut verified: Verified, phone: String) -> Result<Phone> {
    let state = State::current()?;
    let user = verified.user().clone();
    let tx = verified.tx();
    sqlx::query("update users set phone = $1 where id = $2")
        .bind(&phone)
        .bind(&user.id)
        .execute(&mut **tx)
        .await?;
    activity::record(&state, tx, &user.id, "phone.changed", None).await?;
    verified.commit().await?;
    Ok(Phone { phone })
}

/// The money goes back to the treasury, and every row that is the user's goes with the user's own.
pub async fn delete_account(mut verified: Verified) -> Result<Done> {
    let state = State::current()?;
    let user = verified.user().clone();
    let tx = verified.tx();
    ledger::close_account(&state, tx, &user.id).await?;
    for (tried, account) in [
        (Tried::Password, &user.email),
        (Tried::Password, &user.id),
        (Tried::RecoveryCode, &user.email),
        (Tried::StepUp, &user.id),
        (Tried::Payee, &user.id),
    ] {
        limits::forget(tx, tried, account).await?;
    }
    sqlx::query("delete from users where id = $1").bind(&user.id).execute(&mut **tx).await?;
    verified.commit().await?;
    cookies::remove_session(&state);
    Ok(Done {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_has_one_form() {
        for (typed, kept) in [
            ("+44 20 7946 0000", "+442079460000"),
            (" +1 (202) 555-0123 ", "+12025550123"),
            ("+49.30/123456", "+4930123456"),
        ] {
            assert_eq!(check_phone(typed).as_deref(), Ok(kept));
        }
        for wrong in
            ["", "+", "12345678", "+0123456789", "+12345", "+1234567890123456", "+12a4567890"]
        {
            assert_eq!(check_phone(wrong), Err(Error::invalid("phone")), "{wrong:?}");
        }
    }
}
