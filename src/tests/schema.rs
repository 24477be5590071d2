//! An empty database on a PostgreSQL server: a schema of its own.

use sqlx::{AnyConnection, Connection, Executor};

/// The address of a new schema on the server of this address.
pub async fn new_schema(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let schema = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = AnyConnection::connect(server).await.expect("a PostgreSQL server");
    let create = sqlx::AssertSqlSafe(format!("create schema {schema}"));
    connection.execute(create).await.expect("a schema");
    connection.close().await.expect("a clean end");
    let more = if server.contains('?') { '&' } else { '?' };
    format!("{server}{more}options=-csearch_path%3D{schema}")
}
