//! Whose an e-mail address is. Any number of accounts may claim one; it belongs to the account that has
//! proven it. Until then nobody is found by it.

use super::UserView;
use crate::{
    credentials::password::UserPasswords,
    error::{Error, Result},
    mail::codes, // with: mail
    server::{
        address::EmailForms,
        clock::millis,
        db::{Db, Read, Tx},
        request::Request,
        session::User,
        state::State,
    },
    text,
};

/// The account that a visitor names by an address that belongs to it.
pub struct AccountByEmail {
    pub user: UserView,
    pub passwords: UserPasswords,
    /// Whether the address is proven, and is not the one before a change.
    pub is_confirmed: bool,
    // with: mail {
    /// Whether a code by mail may sign the user in.
    pub mail_sign_in: bool,
    // with: mail }
}

impl AccountByEmail {
    pub async fn find(request: &Request, email: &EmailForms) -> Result<Option<Self>> {
        let row = sqlx::query(
            "select u.id, u.email, u.name, u.password, u.password_before, u.password_settled_at,
                 u.mail_sign_in, /* with: mail */
                 case when a.confirmed_at is null or a.kept_until is not null then 0 else 1 end
                     as is_confirmed
             from addresses a join users u on u.id = a.user_id
             where a.email in ($1, $2, $3) and (a.kept_until is null or a.kept_until > $4)
             order by a.email = $3 desc, a.email limit 1",
        )
        .bind(&email.one)
        .bind(&email.unicode)
        .bind(&email.typed)
        .bind(request.clock.now())
        .fetch_optional(request.db.reader())
        .await?;
        let account = |row: sqlx::any::AnyRow| {
            let user = UserView {
                id: row.read("id")?,
                email: row.read("email")?,
                name: row.read("name")?,
            };
            request.name_account(&user.id);
            Ok(Self {
                user,
                passwords: UserPasswords::read(request, &row)?,
                is_confirmed: row.read::<i64>("is_confirmed")? == 1,
                mail_sign_in: row.read::<i64>("mail_sign_in")? == 1, // with: mail
            })
        };
        row.map(account).transpose()
    }
}

/// Whether another account has proven an address.
pub(super) async fn is_taken(
    state: &State,
    tx: &mut Tx,
    user_id: &str,
    email: &str,
) -> Result<bool> {
    let forms = EmailForms::of(email).ok_or(Error::Internal)?;
    let taken = sqlx::query(
        "select 1 from addresses where email in ($1, $2) and user_id <> $3
             and confirmed_at is not null and (kept_until is null or kept_until > $4)",
    )
    .bind(forms.one)
    .bind(forms.unicode)
    .bind(user_id)
    .bind(state.clock.now())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(taken.is_some())
}

/// Makes an address the account's own, since it was proven, or refuses it if it is another's. The one before
/// is held for as long as the change can be undone. Claims from the time when nobody proved one end here.
pub async fn confirm(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    email: &str,
    refusal: Error,
) -> Result<()> {
    let (now, settling) = (request.clock.now(), millis(request.config.settling()));
    if is_taken(request, tx, user_id, email).await? {
        return Err(refusal);
    }
    let before = known_as(tx, user_id).await?;
    let forms = EmailForms::of(email).ok_or(Error::Internal)?;
    // with: mail {
    // What was mailed to the one before is of no use from here on.
    codes::void(tx, user_id).await?;
    // with: mail }
    // One that was proven since it was looked up stays, and refuses the row below.
    sqlx::query(
        "delete from addresses where email in ($1, $2) and user_id <> $3
             and (confirmed_at is null or kept_until <= $4)",
    )
    .bind(forms.one)
    .bind(forms.unicode)
    .bind(user_id)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "update addresses set kept_until = $1 where user_id = $2 and email <> $3 and kept_until is null",
    )
    .bind(now + settling)
    .bind(user_id)
    .bind(email)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "insert into addresses (email, user_id, confirmed_at) values ($1, $2, $3)
         on conflict (email) do update set
             confirmed_at = coalesce(addresses.confirmed_at, excluded.confirmed_at),
             kept_until = null
         where addresses.user_id = excluded.user_id
         returning email",
    )
    .bind(email)
    .bind(user_id)
    .bind(now)
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(refusal)?;
    sqlx::query("update users set email = $1 where id = $2")
        .bind(email)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    tell_renamed(request, tx, user_id, &before).await
}

// with: mail {
/// Gives an account back the address that it had before a change, while that is held.
pub async fn restore(request: &Request, tx: &mut Tx, user_id: &str, email: &str) -> Result<()> {
    let before = known_as(tx, user_id).await?;
    let restored = sqlx::query(
        "update addresses set kept_until = null where user_id = $1 and email = $2 and kept_until > $3",
    )
    .bind(user_id)
    .bind(email)
    .bind(request.clock.now())
    .execute(&mut **tx)
    .await?;
    if restored.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query("delete from addresses where user_id = $1 and email <> $2")
        .bind(user_id)
        .bind(email)
        .execute(&mut **tx)
        .await?;
    sqlx::query("update users set email = $1 where id = $2")
        .bind(email)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    tell_renamed(request, tx, user_id, &before).await
}

// with: mail }
/// How others know a user.
pub async fn known_as(tx: &mut Tx, user_id: &str) -> Result<String> {
    let row = sqlx::query(
        "select u.email, u.name, a.confirmed_at from users u left join addresses a on a.email = u.email and a.user_id = u.id
         where u.id = $1",
    )
    .bind(user_id)
    .fetch_one(&mut **tx)
    .await?;
    let is_proven = row.read::<Option<i64>>("confirmed_at")?.is_some();
    Ok(text::known_as(row.read("email")?, is_proven, row.read("name")?))
}

/// Tells the features how others know a user now, if that is not as `before`.
pub async fn tell_renamed(
    request: &Request,
    tx: &mut Tx,
    user_id: &str,
    before: &str,
) -> Result<()> {
    let now = known_as(tx, user_id).await?;
    if now != before {
        for feature in request.features.all {
            feature.renamed(tx, user_id, before, &now).await?;
        }
    }
    Ok(())
}

/// Refuses a user whose account nobody can name by its address: it is not proven, and what is to be set up
/// asks for it.
pub async fn check_own(user: &User) -> Result<()> {
    if user.email_confirmed {
        return Ok(());
    }
    let mut tx = user.request.db.begin_read().await?;
    is_own(&mut tx, user).await?.then_some(()).ok_or(Error::EmailUnconfirmed)
}

/// Whether the address that an account claims belongs to it, proven or from the time when nobody proved one.
pub async fn is_own(tx: &mut Tx, user: &User) -> Result<bool> {
    let own = sqlx::query("select 1 from addresses where email = $1 and user_id = $2")
        .bind(&user.email)
        .bind(&user.id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(own.is_some())
}

// with: mail {
/// Whether the user lets a code by mail sign them in.
pub async fn let_in_by_mail(tx: &mut Tx, user_id: &str) -> Result<bool> {
    let row = sqlx::query("select 1 from users where id = $1 and mail_sign_in = 1")
        .bind(user_id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// The addresses that an account has proven and still holds at `now` (milliseconds since 1970 UTC).
pub async fn proven(now: i64, tx: &mut Tx, user_id: &str) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "select email from addresses where user_id = $1 and confirmed_at is not null
             and (kept_until is null or kept_until > $2) order by email",
    )
    .bind(user_id)
    .bind(now)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(|row| row.read("email")).collect()
}

// with: mail }
/// Deletes the addresses that are no longer held.
pub async fn sweep(db: &Db, now: i64) -> Result<()> {
    let over = "delete from addresses where kept_until <= $1 and email in
        (select email from addresses where kept_until <= $1 limit $2)";
    db.sweep(over, now).await
}
