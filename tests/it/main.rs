//! The one integration-test binary: a module per topic, each test on SQLite and on PostgreSQL.

mod matrix;
mod scene;
mod walk;
