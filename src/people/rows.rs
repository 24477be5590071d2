//! The people as rows of `users`. Nothing of what they sign in with is read, but how much of it there is.

use super::{People, Person, Role, role::Standing};
use crate::{
    error::{ConflictCode, Error, Result},
    server::{
        db::{Read, Tx, end_of_page, rows_to_read},
        session::User,
    },
};
use sqlx::{AnyExecutor, any::AnyRow};

pub const LAST_OWNER: ConflictCode = ConflictCode {
    name: "last_owner",
    text: "There must be an owner. Make somebody else one first.",
};

/// The longest text that people are searched by, in bytes: as long as an address.
const MAX_SEARCH_BYTES: usize = 254;

/// What is read of a person `u`.
const COLUMNS: &str = "u.id, u.name, u.email, u.role, u.created_at, u.suspended_at,
    case when exists (select 1 from addresses a where a.email = u.email
        and a.user_id = u.id and a.confirmed_at is not null) then 1 else 0 end as confirmed,
    case when u.password is null then 0 else 1 end as has_password,
    (select count(*) from totps t where t.user_id = u.id and t.confirmed = 1) as has_totp, /* with: totp */
    (select count(*) from passkeys p where p.user_id = u.id) as passkeys,
    (select max(s.last_seen_at) from sessions s where s.user_id = u.id) as session_seen_at,
    (select max(e.at) from activity e
        where e.user_id = u.id and e.kind = 'session.created') as signed_in_at";

impl Person {
    fn read(row: &AnyRow) -> Result<Self> {
        let is = |column: &str| Ok::<_, Error>(row.read::<i64>(column)? == 1);
        let session_seen_at: Option<i64> = row.read("session_seen_at")?;
        Ok(Self {
            id: row.read("id")?,
            name: row.read("name")?,
            email: row.read("email")?,
            confirmed: is("confirmed")?,
            role: Role::of(row.read("role")?).ok_or(Error::Internal)?,
            created_at: row.read("created_at")?,
            last_seen_at: session_seen_at.max(row.read("signed_in_at")?),
            passkeys: row.read("passkeys")?,
            has_password: is("has_password")?,
            has_totp: is("has_totp")?, // with: totp
            suspended_at: row.read("suspended_at")?,
            message: None,
        })
    }

    pub fn standing(&self) -> Standing {
        Standing { role: self.role, suspended: self.suspended_at.is_some() }
    }

    /// The address, and whether it is proven.
    pub fn address(&self) -> String {
        if self.confirmed {
            self.email.clone()
        } else {
            format!("{} (address not confirmed)", self.email)
        }
    }
}

/// Refuses whoever may not see people, and returns the role of whoever may.
pub async fn check_may_look(tx: &mut Tx, user: &User) -> Result<Role> {
    let row = sqlx::query("select role from users where id = $1")
        .bind(&user.id)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(Error::NotSignedIn)?;
    Role::of(row.read("role")?).filter(|role| role.may_look()).ok_or(Error::NotAllowed)
}

/// The person with this id.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Person>> {
    let sql = sqlx::AssertSqlSafe(format!("select {COLUMNS} from users u where u.id = $1"));
    let row = sqlx::query(sql).bind(id).fetch_optional(&mut **tx).await?;
    row.as_ref().map(Person::read).transpose()
}

/// People for an admin or owner to look at.
pub async fn list(
    db: impl AnyExecutor<'_>,
    search: Option<String>,
    before: Option<String>,
    limit: Option<u32>,
) -> Result<People> {
    let search = search.unwrap_or_default();
    if search.len() > MAX_SEARCH_BYTES {
        return Err(Error::invalid("search"));
    }
    let sql = sqlx::AssertSqlSafe(format!(
        r"select {COLUMNS} from users u
        where u.id < $1 and (lower(u.name) like lower($2) escape '\' or lower(u.email) like lower($2) escape '\')
        order by u.id desc limit $3"
    ));
    let rows = sqlx::query(sql)
        .bind(end_of_page(before))
        .bind(pattern(&search))
        .bind(rows_to_read(limit))
        .fetch_all(db)
        .await?;
    Ok(People { people: rows.iter().map(Person::read).collect::<Result<_>>()? })
}

/// The pattern of texts that hold what was typed.
fn pattern(typed: &str) -> String {
    let mut pattern = String::from("%");
    for c in typed.trim().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}

/// Writes how a person stands, as of `now` (milliseconds since 1970 UTC).
pub async fn put(tx: &mut Tx, id: &str, standing: Standing, now: i64) -> Result<()> {
    sqlx::query(
        "update users set role = $1,
             suspended_at = case when $2 = 1 then coalesce(suspended_at, $3) else null end
         where id = $4",
    )
    .bind(standing.role.name())
    .bind(i64::from(standing.suspended))
    .bind(now)
    .bind(id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Refuses to lose the last owner who can sign in.
pub async fn check_not_last_owner(tx: &mut Tx, id: &str) -> Result<()> {
    // Of two owners who leave at once, one waits here until the other is gone.
    tx.lock_name("owners").await?;
    let other = sqlx::query(
        "select 1 from users where role = 'owner' and suspended_at is null and id <> $1 limit 1",
    )
    .bind(id)
    .fetch_optional(&mut **tx)
    .await?;
    other.map(drop).ok_or_else(|| (&LAST_OWNER).into())
}
