//! Reads and writes the values of columns.

use crate::error::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Any, Row, any::AnyRow};

/// Writes a value as the JSON that a text column stores.
pub fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(unreadable)
}

/// Reads a value from the JSON that a text column stores.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    tracing::error!(%error, "what a column keeps cannot be written or read");
    Error::Internal
}

/// Reads columns by name, as `row.read("email")?`.
pub trait Read {
    fn read<'r, T>(&'r self, column: &str) -> Result<T>
    where
        T: sqlx::Decode<'r, Any> + sqlx::Type<Any>;
}

impl Read for AnyRow {
    fn read<'r, T>(&'r self, column: &str) -> Result<T>
    where
        T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
    {
        Ok(self.try_get(column)?)
    }
}
