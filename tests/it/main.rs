//! The one integration-test binary: a module per topic, each test on SQLite and on PostgreSQL.

mod answers;
mod auth;
mod cases;
mod coverage;
mod files;
mod framework_edit;
mod given;
mod input;
mod matrix;
mod pages;
mod scene;
mod schema;
mod seed;
mod walk;
mod wall;
