//! Rows in, index engine, rows out.
//!
//! An edition's raw values and its framework's tree, weights and method become the engine's [`index::Framework`] and
//! [`index::Table`]. Nodes keep the tree's order and units the order of their codes, so that the same rows give the same
//! bits.

mod basis;
mod record;
mod tree;

pub(crate) use basis::with_regions;
pub use basis::{Basis, BasisOf, is_measured};
pub use record::{compute, renew_statistics};
pub use tree::Tree;
pub(crate) use tree::{aggregation, common};

use crate::error::{Code, Error, Problem};

/// What the engine refuses, as an error of the product.
pub fn refused(error: index::Error) -> Error {
    use index::Error as E;
    let problem = |code, detail: String| Error::from(Problem::new("", code).with(detail));
    let english = error.to_string();
    let both = |vi: String, en: String| Problem::new("", Code::NotComputable).in_words(vi, en).into();
    let words = |vi: String| both(vi, english.clone());
    match error {
        E::Leaf { code } | E::Weightless { code } => problem(Code::FrameworkIncomplete, code),
        E::Unscored { code, unit } => problem(Code::Unscored, format!("{code}, {unit}")),
        E::NotFinite { code, unit } => problem(Code::NotFinite, format!("{code}, {unit}")),
        E::Cancelled => Problem::new("", Code::Busy).into(),
        E::NegativeScore { code, unit } => both(
            format!(
                "điểm âm ở thành phần thuộc {code} của địa phương có mã {unit} không lấy được trung bình nhân hay điều hòa"
            ),
            format!(
                "a negative score of a part of {code}, of the unit with the code {unit}, has no geometric or harmonic mean"
            ),
        ),
        E::NotAdditive { code } => both(
            format!("điểm của {code} không được tính bằng trung bình cộng"),
            format!("the score of {code} is not made by an arithmetic mean"),
        ),
        E::NoGroups => words("thiếu vùng của địa phương để điền giá trị thiếu".to_owned()),
        E::Setting { setting, code } => {
            words(format!("thiết lập {setting} ngoài khoảng cho phép {}", code.unwrap_or_default()))
        }
        _ => words(english.clone()),
    }
}
