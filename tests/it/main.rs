//! The one integration-test binary: a module per topic, each test on SQLite and on PostgreSQL.

mod scene;
mod walk;
