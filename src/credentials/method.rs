//! The ways to confirm an action, and which of them a user has. To add one, add a variant, its place in
//! [`Method::ALL`], and what the compiler then asks for, here and in `step_up/`.

use serde::{Deserialize, Serialize};
use {
    super::{passkeys, password, totp},
    crate::{
        error::{Error, Result},
        server::{db::Tx, state::State},
    },
};

/// The strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Passkey,
    Totp,
    Password,
}

impl Method {
    pub const ALL: [Self; 3] = [Self::Passkey, Self::Totp, Self::Password];

    pub fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Password => "password",
        }
    }

    /// When the user can confirm by this method (milliseconds since 1970 UTC); nothing if it is not set
    /// up.
    async fn settled_at(self, tx: &mut Tx, user_id: &str) -> Result<Option<i64>> {
        match self {
            Self::Passkey => passkeys::settled_at(tx, user_id).await,
            Self::Totp => totp::settled_at(tx, user_id).await,
            Self::Password => password::settled_at(tx, user_id).await,
        }
    }

    /// Returns how a user confirms an action that takes one of the `accepted` methods: by the strongest
    /// settled one of the account, or not at all. So a user with a passkey cannot be talked down to less
    /// (STP-10), and what something weaker has added does not reach what takes more (STP-11).
    pub async fn of(state: &State, tx: &mut Tx, user_id: &str, accepted: &[Self]) -> Result<Self> {
        let mut until = None;
        for method in Self::ALL {
            let settled_at = method.settled_at(tx, user_id).await?;
            if settled_at.is_some_and(|at| at <= state.clock.now()) {
                let accepted = accepted.contains(&method).then_some(method);
                return accepted.ok_or(Error::PasskeyRequired { until });
            }
            until = until.into_iter().chain(settled_at).min();
        }
        Err(Error::PasskeyRequired { until })
    }
}
