//! The ways to confirm an action, and which of them a user has. To add one: a variant and what the
//! compiler then asks for here, its place in [`Method::ALL`], a builder in [`super::action`], a verb
//! beside [`super::server::confirm_by_password`], its words in the modal, and its name in the check
//! on `actions.confirmed_by`.

use serde::{Deserialize, Serialize};
#[cfg(feature = "ssr")]
use {
    super::action::Policy,
    crate::{
        auth::password,
        error::{Error, Result},
        passkeys::server as passkeys,
        server::{db::Tx, session::User},
    },
};

/// The strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Passkey,
    Password,
}

#[cfg(feature = "ssr")]
impl Method {
    const ALL: [Self; 2] = [Self::Passkey, Self::Password];

    pub fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Password => "password",
        }
    }

    async fn is_set_up(self, tx: &mut Tx, user: &User) -> Result<bool> {
        match self {
            Self::Passkey => Ok(passkeys::count(&mut **tx, &user.id).await? > 0),
            Self::Password => Ok(password::find(&mut **tx, &user.id).await?.is_some()),
        }
    }

    /// How this user confirms an action of this policy: by the strongest method that the account
    /// has, or not at all. So nobody with a passkey can be talked down to less (STP-10).
    pub async fn of(tx: &mut Tx, user: &User, policy: &Policy) -> Result<Self> {
        for method in Self::ALL {
            if method.is_set_up(tx, user).await? {
                let accepted = policy.methods.contains(&method);
                return accepted.then_some(method).ok_or(Error::PASSKEY_REQUIRED);
            }
        }
        Err(Error::PASSKEY_REQUIRED)
    }
}
