//! The one integration-test binary: a module per topic, each test on SQLite and on PostgreSQL.

mod answers;
mod audit;
mod auth;
mod cases;
mod charts;
mod coverage;
mod figures;
mod files;
mod framework_edit;
mod given;
mod index;
mod input;
mod insight;
mod jobs;
mod matrix;
mod migrations;
mod pages;
mod retries;
mod scene;
mod schema;
mod search;
mod seed;
mod statements;
mod walk;
mod wall;
