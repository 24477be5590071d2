//! What a database error means to a user: a state that passes by itself, or a bug of ours.

use crate::error::{Error, Result};

impl From<sqlx::Error> for Error {
    /// A database that is locked, full or gone is a state of ours that passes. If the session or the
    /// user of a row was deleted during the request, its user is no longer signed in. Anything else is a
    /// bug.
    fn from(error: sqlx::Error) -> Self {
        if error.as_database_error().is_some_and(|cause| cause.is_foreign_key_violation()) {
            tracing::warn!(%error, "what a row belongs to is gone");
            return Self::NotSignedIn;
        }
        // PostgreSQL cannot store U+0000 in a text, and no text of ours needs it.
        if error.as_database_error().and_then(|cause| cause.code()).as_deref() == Some("22021") {
            return Self::BadRequest;
        }
        let passing = match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(cause) => cause.code().is_some_and(|code| passes(&code)),
            _ => false,
        };
        if passing {
            tracing::warn!(%error, "the database is not available");
            Self::Unavailable
        } else {
            tracing::error!(%error, "a statement failed");
            Self::Internal
        }
    }
}

/// Whether an error code stands for a state that passes by itself.
fn passes(code: &str) -> bool {
    if code.len() == 5 {
        // PostgreSQL (appendix A): connections, rolled-back transactions, resources, an operator's
        // intervention, a failed write to a file, a lock or an idle transaction that timed out, and a
        // server that only reads, such as one that is about to take over.
        let class = &code[..2];
        return matches!(class, "08" | "40" | "53" | "57" | "58")
            || matches!(code, "55P03" | "25P03" | "25006");
    }
    // SQLITE_BUSY 5, SQLITE_LOCKED 6, SQLITE_READONLY 8, SQLITE_IOERR 10, SQLITE_FULL 13,
    // SQLITE_CANTOPEN 14, each with extended codes above the low byte.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

/// Turns the failure of a statement whose value already exists into an error for the user.
pub trait OnDuplicate<T> {
    fn on_duplicate(self, refusal: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnDuplicate<T> for Result<T, sqlx::Error> {
    fn on_duplicate(self, refusal: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|error| match error.as_database_error() {
            Some(cause) if cause.is_unique_violation() => refusal(),
            _ => error.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_is_a_bug() {
        // Of SQLite: busy, a stale snapshot, a failed write, full, no file. Of PostgreSQL: a deadlock,
        // a full disk, a statement that took too long, a lock that did, a lost connection.
        // Of both: a database that can only be read for now.
        for passing in [
            "5", "517", "778", "13", "14", "40P01", "53100", "57014", "55P03", "08006", "25P03",
            "8", "1032", "25006",
        ] {
            assert!(passes(passing), "{passing}");
        }
        // An error in the SQL, a broken constraint, a value that is there already.
        for bug in ["1", "19", "2067", "42703", "23505", "42601", ""] {
            assert!(!passes(bug), "{bug}");
        }
    }
}
