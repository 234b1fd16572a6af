//! Dossiers: what was reported in a period, or the figures of an edition, frozen as they were sent; and what is made of
//! a dossier: the report to the provincial People's Committee, the ministry's data file, the comparison with what is
//! there later.
//!
//! Everything is made from the frozen content alone, so the same dossier gives the same bytes whenever it is asked for.

mod compare;
pub mod content;
mod documents;
mod docx;
mod freeze;
pub mod frozen;
mod report;
mod xlsx;

pub use compare::{Change, compare};
pub use content::Content;
pub use documents::{Document, read};
pub use freeze::{Of, freeze};
pub use report::Letter;
