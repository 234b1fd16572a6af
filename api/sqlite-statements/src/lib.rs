//! How SQLite's statements run, where sqlx has no word for it: for how long, and planned how often.

mod plan;
mod timeout;

pub use plan::plan_once;
pub use timeout::{Lifted, StatementTimeout};
