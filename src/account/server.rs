//! What the pages know of the signed-in user.

use super::{Me, MyAccount, Offer, UserView, notice, offers};
use crate::{
    error::{Error, Result},
    server::{
        db::{Read, Tx},
        request::Request,
        secret,
        session::{self, Scope, User},
    },
};

pub fn me(request: &Request, account: Option<MyAccount>) -> Me {
    Me {
        account,
        rp_id: request.config.rp_id.clone(),
        origin: request.config.origin(),
        home: request.features.home.to_owned(),
    }
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self { id: user.id.clone(), email: user.email.clone(), name: user.name.clone() }
    }
}

impl UserView {
    pub async fn find(tx: &mut Tx, id: &str) -> Result<Self> {
        let row = sqlx::query("select email, name from users where id = $1")
            .bind(id)
            .fetch_one(&mut **tx)
            .await?;
        Ok(Self { id: id.to_owned(), email: row.read("email")?, name: row.read("name")? })
    }
}

/// What the pages show of an account, in the statement that finds its session; `$4` is the time now.
const COLUMNS: &str = "
    , u.role /* with: people */
    , u.mail_sign_in /* with: mail */
    , u.phone, s.other_device, u.password_settled_at,
    case when u.password is null then 0 else 1 end as has_password,
    (select count(*) from passkeys p where p.user_id = u.id) as passkeys,
    (select count(*) from passkeys p where p.user_id = u.id and p.settled_at <= $4)
        as settled_passkeys,
    case when s.method = 'password' and not exists
        (select 1 from passkeys p where p.user_id = u.id and p.created_at >= s.created_at)
        then 1 else 0 end as by_password,
    (select count(*) from recovery_codes r where r.user_id = u.id and r.used_at is null) as codes,
    (select p.aaguid from passkeys p where p.id = s.passkey_id) as aaguid,
    (select p.backed_up from passkeys p where p.id = s.passkey_id) as backed_up,
    (select max(declined_at) from declined_offers d
        where d.user_id = u.id and d.offer = 'add_passkey') as add_passkey,
    (select max(declined_at) from declined_offers d
        where d.user_id = u.id and d.offer = 'add_here') as add_here,
    (select max(declined_at) from declined_offers d where d.user_id = u.id and d.offer = 'confirm_email') as confirm_email, /* with: mail */
    (select max(declined_at) from declined_offers d
        where d.user_id = u.id and d.offer = 'make_codes') as make_codes,
    (select max(ready_at) from recoveries r where r.user_id = u.id) as recovery_ready_at, /* with: mail */
    case when exists (select 1 from activity a
        where a.user_id = u.id and a.at > u.told_at and a.at < s.created_at)
        then 1 else 0 end as may_have_notice";

/// The user who makes a request, and what pages show of their account. It takes one statement, and more
/// only where there may be a notice.
pub async fn find(request: &Request) -> Result<Option<(User, MyAccount)>> {
    let Some((user, row)) = session::visiting(request, COLUMNS).await? else { return Ok(None) };
    let number = |column: &str| row.read::<i64>(column);
    let is = |column: &str| Ok::<_, Error>(number(column)? == 1);
    let now = request.clock.now();
    // There may be a passkey on another device, but not where this password was typed.
    let without_passkey = number("passkeys")? == 0 || is("by_password")?;
    let offers = [
        (Offer::AddPasskey, without_passkey),
        (Offer::AddHere, is("other_device")?),
        (Offer::ConfirmEmail, !user.email_confirmed), // with: mail
        (Offer::MakeCodes, number("codes")? == 0 && user.email_confirmed),
    ];
    let mut offer = None;
    for (one, fits) in offers {
        let declined_at: Option<i64> = row.read(one.name())?;
        if fits && offer.is_none() && offers::may_return(declined_at, now) {
            offer = Some(one);
        }
    }
    let recovering = user.scope == Scope::Recovery;
    let notice = !recovering && is("may_have_notice")?;
    let aaguid: Option<Vec<u8>> = row.read("aaguid")?;
    let backed_up: Option<i64> = row.read("backed_up")?;
    let password_settled_at = Some(number("password_settled_at")?).filter(|at| *at > now);
    let account = MyAccount {
        recovering,
        recovery_ready_at: row.read("recovery_ready_at")?, // with: mail
        offer,
        notice: if notice { notice::find(&user).await? } else { None },
        role: row.read("role")?, // with: people
        email_confirmed: user.email_confirmed,
        mail_sign_in: is("mail_sign_in")?, // with: mail
        user_handle: secret::base64url(&user.handle),
        phone: if recovering { None } else { row.read("phone")? },
        has_password: is("has_password")?,
        codes_left: number("codes")?,
        passkey: aaguid.zip(backed_up.map(|it| it == 1)),
        has_settled_passkey: number("settled_passkeys")? > 0,
        password_settled_at,
        user: UserView::from(&user),
    };
    Ok(Some((user, account)))
}
