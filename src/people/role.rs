//! The roles, and who may do what to whom.

use super::acts::Act;
use serde::{Deserialize, Serialize};

/// The weakest first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Member,
    Admin,
    Owner,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Member, Self::Admin, Self::Owner];

    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Such as `an admin`.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Member => "a member",
            Self::Admin => "an admin",
            Self::Owner => "an owner",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether somebody of this role sees who has an account.
    pub fn may_look(self) -> bool {
        self >= Self::Admin
    }

    /// Whether somebody of this role may do this to somebody of the role `to`: an owner to everybody, and an
    /// admin to members, but for roles.
    pub fn may(self, act: Act, to: Self) -> bool {
        match (self, act) {
            (Self::Owner, _) => true,
            (Self::Admin, Act::ChangeRole { .. }) | (Self::Member, _) => false,
            (Self::Admin, _) => to == Self::Member,
        }
    }
}
