//! One text of SQL for both databases: type names in braces stand for what each of them calls the type, and a line that
//! begins with `sqlite:` or `postgres:` is for that one alone.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

/// A change of the schema and its way back.
pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

/// Text is compared byte by byte on both databases, so that pages and searches agree.
const POSTGRES: &[(&str, &str)] = &[
    ("{uuid}", "uuid"),
    ("{text}", "text COLLATE \"C\""),
    ("{time}", "timestamp with time zone"),
    ("{date}", "date"),
    ("{json}", "jsonb"),
    ("{int}", "integer"),
    ("{long}", "bigint"),
    ("{real}", "double precision"),
    ("{bool}", "boolean"),
];

/// The names that SeaORM's own schema builder gives these types on SQLite.
const SQLITE: &[(&str, &str)] = &[
    ("{uuid}", "uuid_text"),
    ("{text}", "text"),
    ("{time}", "timestamp_with_timezone_text"),
    ("{date}", "date_text"),
    ("{json}", "jsonb_text"),
    ("{int}", "integer"),
    ("{long}", "bigint"),
    ("{real}", "double"),
    ("{bool}", "boolean"),
];

impl MigrationName for Change {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    /// SQLite keeps no transaction around a change by itself. One that makes a table anew opens its own: foreign keys
    /// cannot be switched off within another.
    fn use_transaction(&self) -> Option<bool> {
        (!self.up.contains("sqlite:BEGIN")).then_some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, self.up).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, self.down).await
    }
}

async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let (types, own, other) = match manager.get_database_backend() {
        DatabaseBackend::Postgres => (POSTGRES, "postgres:", "sqlite:"),
        _ => (SQLITE, "sqlite:", "postgres:"),
    };
    let lines = sql.lines().filter(|line| !line.starts_with(other));
    let sql: Vec<&str> = lines.map(|line| line.strip_prefix(own).unwrap_or(line)).collect();
    let sql = types.iter().fold(sql.join("\n"), |sql, (token, name)| sql.replace(token, name));
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}
