//! What strangers send, read as the program reads it; each function panics where a promise is broken. The fuzz targets
//! call these, and the unit test calls them with the seeds.

mod document;
mod ids;
mod sheet;
#[cfg(test)]
mod tests;
mod token;

pub use document::document;
pub use ids::ids;
pub use sheet::sheet;
pub use token::token;
