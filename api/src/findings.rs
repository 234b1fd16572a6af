//! What is found in a figure or a report before it is handed in: what must be mended first, and what its submitter must
//! confirm.
//!
//! Rows are gathered for many figures or reports at once and judged by functions that read nothing.

mod gather;
mod judge;

pub use gather::{OfReport, OfSubmission, of_report, of_submission};

use serde_json::Value as Json;

use crate::error::{Code, Error, Problem, Result};

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub problem: Problem,
    /// Whether it must be mended; a warning need only be confirmed.
    pub is_blocking: bool,
}

impl Finding {
    fn blocking(problem: Problem) -> Self {
        Self { problem, is_blocking: true }
    }

    fn warning(problem: Problem) -> Self {
        Self { problem, is_blocking: false }
    }
}

/// The warnings that were confirmed, as they are kept.
///
/// # Errors
/// What must be mended, or else [`Code::ConfirmationRequired`] for each warning that is not among `confirmed`.
pub fn settle(findings: Vec<Finding>, confirmed: &[Code]) -> Result<Json> {
    let (blocking, warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(|one| one.is_blocking);
    if !blocking.is_empty() {
        return Err(Error::Invalid(blocking.into_iter().map(|one| one.problem).collect()));
    }
    let (known, open): (Vec<_>, Vec<_>) =
        warnings.into_iter().map(|one| one.problem.code).partition(|code| confirmed.contains(code));
    if open.is_empty() {
        return Ok(known.into_iter().map(Code::name).collect());
    }
    let wanted = |code: Code| Problem::new("confirm", Code::ConfirmationRequired).with(code.name());
    Err(Error::Invalid(open.into_iter().map(wanted).collect()))
}

/// The warnings that a row says were confirmed.
pub fn confirmed(kept: &Json) -> Vec<Code> {
    let names = kept.as_array().into_iter().flatten();
    names.filter_map(|name| Code::named(name.as_str()?)).collect()
}
