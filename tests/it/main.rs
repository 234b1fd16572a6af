//! The one integration-test binary: a module per topic, each test on SQLite and on PostgreSQL.

mod answers;
mod auth;
mod files;
mod given;
mod input;
mod pages;
mod schema;
mod seed;
mod smoke;
