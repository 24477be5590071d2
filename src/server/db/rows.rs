//! Reads and writes the values of columns.

use crate::{
    call::PAGE,
    error::{Error, Result},
    server::secret,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sqlx::{
    Any, Column, Row, ValueRef,
    any::{AnyRow, AnyTypeInfoKind},
};

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

/// A row as JSON, by the names of its columns; bytes are base64url.
pub fn row_as_json(row: &AnyRow) -> Result<Value> {
    let mut object = Map::new();
    for (at, column) in row.columns().iter().enumerate() {
        let kind = row.try_get_raw(at)?.type_info().kind();
        let value = match kind {
            AnyTypeInfoKind::Null => Value::Null,
            AnyTypeInfoKind::Text => row.try_get::<Option<String>, _>(at)?.into(),
            AnyTypeInfoKind::Blob => {
                row.try_get::<Option<Vec<u8>>, _>(at)?.map(|bytes| secret::base64url(&bytes)).into()
            }
            _ => row.try_get::<Option<i64>, _>(at)?.into(),
        };
        object.insert(column.name().to_owned(), value);
    }
    Ok(Value::Object(object))
}

/// The most rows of a list that a call returns.
const MAX_ROWS: u32 = 100;

/// How many rows a call returns if it was asked for `limit`.
pub fn rows_to_read(limit: Option<u32>) -> i64 {
    limit.unwrap_or(PAGE).clamp(1, MAX_ROWS).into()
}

/// The id before which a call reads: the one that it was given, or one that no row has and that sorts
/// after all of them (RFC 9562, 5.10).
pub fn end_of_page(before: Option<String>) -> String {
    before.unwrap_or_else(|| uuid::Uuid::max().to_string())
}
