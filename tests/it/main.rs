//! The one integration-test binary: a module per topic, each test on SQLite and on PostgreSQL.

mod cases;
mod coverage;
mod framework_edit;
mod matrix;
mod scene;
mod walk;
mod wall;
