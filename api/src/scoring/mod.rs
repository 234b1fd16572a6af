//! Rows in, index engine, rows out.
//!
//! An edition's raw values and its framework's tree, weights and method become the engine's [`index::Framework`] and
//! [`index::Table`]. Nodes keep the tree's order and units the order of their codes, so that the same rows give the same
//! bits.

mod basis;
mod record;
mod tree;

pub use basis::{Basis, BasisOf};
pub use record::{compute, renew_statistics};
pub use tree::Tree;

use crate::error::{Code, Error, Problem};

/// What the engine refuses, as an error of the product.
pub fn refused(error: index::Error) -> Error {
    use index::Error as E;
    let problem = |code, detail: String| Error::from(Problem::new("", code).with(detail));
    match error {
        E::Leaf { code } | E::Weightless { code } => problem(Code::FrameworkIncomplete, code),
        E::Unscored { code, unit } => problem(Code::Unscored, format!("{code}, {unit}")),
        E::NotFinite { code, unit } => problem(Code::NotFinite, format!("{code}, {unit}")),
        E::Cancelled => Problem::new("", Code::Busy).into(),
        other => problem(Code::NotComputable, other.to_string()),
    }
}
