//! Everything the engine refuses, as data: the caller words it for its reader.

use std::fmt;

/// Why a framework, a table or a question was refused.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Two nodes, or two columns of a table, share a code.
    DuplicateCode {
        /// The code that appears twice.
        code: String,
    },
    /// A node names a parent that is not in the framework.
    UnknownParent {
        /// The node.
        code: String,
        /// The parent it names.
        parent: String,
    },
    /// A tree has exactly one node without a parent.
    Roots {
        /// How many there are.
        found: usize,
    },
    /// The node is its own ancestor.
    Cycle {
        /// A node of the cycle, or one that hangs from it.
        code: String,
    },
    /// A node without children must be an indicator, and only such a node.
    Leaf {
        /// The node.
        code: String,
    },
    /// Weights are finite and not negative.
    Weight {
        /// The node.
        code: String,
        /// Its weight.
        weight: f64,
    },
    /// All children of the node weigh nothing, so it would always be missing.
    Weightless {
        /// The parent.
        code: String,
    },
    /// A method setting is out of its range; `code` is the indicator or node that carries it.
    Setting {
        /// Its name in the engine.
        setting: &'static str,
        /// `None` where the setting is that of the whole method or question.
        code: Option<String>,
    },
    /// A row has another length than the table has columns, or a column another than units.
    Ragged {
        /// The unit of the row, the code of the column, or `table` or `groups`.
        at: String,
        /// The length needed.
        expected: usize,
        /// The length given.
        found: usize,
    },
    /// Two rows share a unit code.
    DuplicateUnit {
        /// The unit that appears twice.
        unit: String,
    },
    /// The code is neither an indicator nor a denominator (table) or no node (question).
    UnknownCode {
        /// The code; `#` and the place where it was asked for by place.
        code: String,
    },
    /// The table lacks the column of an indicator or denominator.
    MissingColumn {
        /// The column's code.
        code: String,
    },
    /// The unit is not in the table.
    UnknownUnit {
        /// The unit; `#` and the row where it was asked for by row.
        unit: String,
    },
    /// NaN or an infinity; a missing value is `None`.
    NotFinite {
        /// The column or node.
        code: String,
        /// The unit.
        unit: String,
    },
    /// Imputing by group needs the units' groups.
    NoGroups,
    /// A geometric or harmonic mean met a negative score.
    NegativeScore {
        /// The node of that mean.
        code: String,
        /// The unit with the negative score.
        unit: String,
    },
    /// Contributions are defined for arithmetic means only.
    NotAdditive {
        /// The node.
        code: String,
    },
    /// The unit has no score at the node, so nothing can be said of it.
    Unscored {
        /// The node.
        code: String,
        /// The unit.
        unit: String,
    },
    /// The caller's cancel check said stop.
    Cancelled,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateCode { code } => write!(f, "code {code} appears twice"),
            Self::UnknownParent { code, parent } => {
                write!(f, "parent {parent} of {code} is not in the framework")
            }
            Self::Roots { found } => write!(f, "a framework has one root, found {found}"),
            Self::Cycle { code } => write!(f, "{code} is its own ancestor"),
            Self::Leaf { code } => {
                write!(f, "{code} must either have children or be an indicator")
            }
            Self::Weight { code, weight } => write!(f, "weight {weight} of {code}"),
            Self::Weightless { code } => write!(f, "all children of {code} have weight 0"),
            Self::Setting { setting, code: Some(code) } => {
                write!(f, "setting {setting} of {code} is out of range")
            }
            Self::Setting { setting, code: None } => {
                write!(f, "setting {setting} is out of range")
            }
            Self::Ragged { at, expected, found } => {
                write!(f, "{at} has {found} values, expected {expected}")
            }
            Self::DuplicateUnit { unit } => write!(f, "unit {unit} appears twice"),
            Self::UnknownCode { code } => write!(f, "code {code} is unknown"),
            Self::MissingColumn { code } => write!(f, "no column for {code}"),
            Self::UnknownUnit { unit } => write!(f, "unit {unit} is unknown"),
            Self::NotFinite { code, unit } => {
                write!(f, "value of {code} for {unit} is not a finite number")
            }
            Self::NoGroups => write!(f, "imputing by group needs the units' groups"),
            Self::NegativeScore { code, unit } => {
                write!(f, "negative score under {code} for {unit} in a geometric or harmonic mean")
            }
            Self::NotAdditive { code } => {
                write!(f, "{code} is not an arithmetic mean: it has no contributions")
            }
            Self::Unscored { code, unit } => write!(f, "{unit} has no score at {code}"),
            Self::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl std::error::Error for Error {}
