//! The roles, what can be done to somebody, and who may do it to whom.

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

/// An act on somebody.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Act {
    ChangeRole { to: Role },
    Suspend,
    Restore,
    EndSessions,
}

/// What an act may change of a person.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Standing {
    pub role: Role,
    pub suspended: bool,
}

impl Standing {
    pub fn is_owner(self) -> bool {
        self.role == Role::Owner && !self.suspended
    }

    pub fn words(self) -> String {
        let suspended = if self.suspended { ", suspended" } else { "" };
        format!("{}{suspended}", self.role.name())
    }
}
