#![cfg(feature = "ssr")]
//! What the pages know of the signed-in user.

use super::{Me, MyAccount, Offer, UserView, notice, offers};
use crate::{
    error::{Error, Result},
    server::{
        db::Read,
        request::Request,
        secret,
        session::{Scope, User},
    },
};

pub async fn of_user(user: &User) -> Result<Me> {
    Ok(Me { account: Some(my_account(user).await?), ..of_stranger(&user.request) })
}

pub fn of_stranger(request: &Request) -> Me {
    Me {
        account: None,
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

async fn my_account(user: &User) -> Result<MyAccount> {
    let request = &user.request;
    let row = sqlx::query(
        "select u.phone, s.other_device, s.codes_declined, u.password_settled_at,
             case when u.password is null then 0 else 1 end as has_password,
             (select count(*) from passkeys p where p.user_id = u.id) as passkeys,
             (select count(*) from passkeys p where p.user_id = u.id and p.settled_at <= $2)
                 as settled_passkeys,
             case when s.method = 'password' and not exists
                 (select 1 from passkeys p where p.user_id = u.id and p.created_at >= s.created_at)
                 then 1 else 0 end as by_password,
             (select count(*) from recovery_codes r where r.user_id = u.id and r.used_at is null) as codes
         from users u join sessions s on s.user_id = u.id where s.id = $1",
    )
    .bind(&user.session_id)
    .bind(request.clock.now())
    .fetch_optional(request.db.reader())
    .await?
    .ok_or(Error::NotSignedIn)?;
    let is = |column: &str| Ok::<_, Error>(row.read::<i64>(column)? == 1);
    // There may be a passkey on another device, but not where this password was typed.
    let without_passkey = row.read::<i64>("passkeys")? == 0 || is("by_password")?;
    let offers = [
        (Offer::AddPasskey, without_passkey),
        (Offer::AddHere, is("other_device")?),
        (Offer::MakeCodes, row.read::<i64>("codes")? == 0 && !is("codes_declined")?),
    ];
    let recovering = user.scope == Scope::Recovery;
    let password_settled_at: i64 = row.read("password_settled_at")?;
    Ok(MyAccount {
        recovering,
        offer: offers::first(user, &offers).await?,
        notice: if recovering { None } else { notice::find(user).await? },
        user_handle: secret::base64url(&user.handle),
        phone: if recovering { None } else { row.read("phone")? },
        has_password: is("has_password")?,
        has_settled_passkey: row.read::<i64>("settled_passkeys")? > 0,
        password_settled_at: (password_settled_at > request.clock.now())
            .then_some(password_settled_at),
        user: UserView::from(user),
    })
}
