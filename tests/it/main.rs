//! The one integration-test binary: a module per topic, each test on SQLite and on PostgreSQL.

mod auth;
mod files;
mod given;
mod input;
mod migrations;
mod search;
mod smoke;
mod statements;
