//! The one integration-test binary: a module per topic, each test on SQLite and on PostgreSQL.

mod answers;
mod auth;
mod cases;
mod coverage;
mod editions;
mod figures;
mod files;
mod framework_edit;
mod given;
mod index;
mod input;
mod insight;
mod matrix;
mod method;
mod migrations;
mod pages;
mod retries;
mod scene;
mod schema;
mod search;
mod seed;
mod statements;
mod targets;
mod walk;
mod wall;
