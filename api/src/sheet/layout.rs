//! Finds the header of a table and what its columns speak of.

use super::dictionary::{Dictionary, Found, name_key};
use super::table::{Raw, Row, Table};
use super::{CellCode, Figure};

/// How many rows may stand above the header, and itself.
const HEADER_WITHIN: usize = 20;

/// What a table's columns speak of.
#[derive(Debug)]
pub(super) struct Layout {
    /// The header's place among the rows.
    pub(super) header: usize,
    /// The columns that name the unit, by code or name.
    pub(super) units: Vec<u32>,
    pub(super) shape: Shape,
    /// Headers that name nothing known.
    pub(super) unmatched: Vec<u32>,
    /// Headers that cannot stand.
    pub(super) errors: Vec<(u32, CellCode)>,
}

/// One row per unit, or one row per unit and node.
#[derive(Debug)]
pub(super) enum Shape {
    Wide {
        /// Which column of the table is which of the dictionary.
        columns: Vec<(u32, usize)>,
    },
    Long {
        nodes: Vec<u32>,
        figures: Vec<(u32, Figure)>,
        source: Option<u32>,
        note: Option<u32>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Unit,
    Node,
    /// `Code` or `name`: of a unit or a node, as the other headers tell.
    Bare,
    Figure(Figure),
    Source,
    Note,
    /// What is passed over: running numbers, and what was computed from the values.
    Aside,
}

const HEADINGS: &[(Role, &[&str])] = &[
    (
        Role::Unit,
        &[
            "tinh",
            "matinh",
            "tentinh",
            "tinhthanh",
            "tinhthanhpho",
            "tinhtp",
            "thanhpho",
            "diaphuong",
            "madiaphuong",
            "tendiaphuong",
            "donvi",
            "madonvi",
            "tendonvi",
            "unit",
            "unitcode",
            "unitname",
            "province",
            "provincecode",
            "provincename",
            "provincecity",
        ],
    ),
    (
        Role::Node,
        &[
            "chiso",
            "chisothanhphan",
            "machiso",
            "tenchiso",
            "chitieu",
            "machitieu",
            "tenchitieu",
            "tieuchi",
            "matieuchi",
            "tentieuchi",
            "node",
            "nodecode",
            "nodename",
            "indicator",
            "indicatorcode",
            "indicatorname",
            "column",
        ],
    ),
    (Role::Bare, &["ma", "maso", "ten", "code", "name"]),
    (Role::Figure(Figure::Value), &["giatri", "giatritho", "solieu", "value", "values", "rawvalue", "raw"]),
    (Role::Figure(Figure::Score), &["diem", "diemso", "score", "scores"]),
    (Role::Figure(Figure::Rank), &["hang", "xephang", "thuhang", "rank", "ranks", "ranking"]),
    (Role::Source, &["nguon", "nguonsolieu", "nguondulieu", "source", "datasource"]),
    (Role::Note, &["ghichu", "note", "notes", "remark", "comment"]),
    (
        Role::Aside,
        &["stt", "tt", "no", "sothutu", "diemtinhtoan", "hangtinhtoan", "computedscore", "computedrank"],
    ),
];

/// What a header says a column is.
pub(super) fn role(raw: &Raw) -> Option<Role> {
    let Raw::Text(text) = raw else { return None };
    let key = name_key(text);
    HEADINGS.iter().find(|(_, words)| words.contains(&key.as_str())).map(|(role, _)| *role)
}

/// The figure that a sheet's name tells, if it tells exactly one.
pub(super) fn figure_of(sheet: &str) -> Option<Figure> {
    let words = crate::text::fold(sheet);
    let words: Vec<&str> =
        words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let says = |phrases: &[&[&str]]| {
        phrases.iter().any(|phrase| words.windows(phrase.len()).any(|window| window == *phrase))
    };
    let told = [
        (
            Figure::Value,
            says(&[&["gia", "tri"], &["so", "lieu"], &["value"], &["values"], &["raw"], &["data"]]),
        ),
        (Figure::Score, says(&[&["diem"], &["score"], &["scores"]])),
        (Figure::Rank, says(&[&["hang"], &["rank"], &["ranks"], &["ranking"]])),
    ];
    let mut told = told.iter().filter(|(_, says)| *says).map(|(figure, _)| *figure);
    told.next().filter(|_| told.next().is_none())
}

/// Whether a sheet's name says that it holds no figures to be taken over: it is about the file, or was computed.
pub(super) fn is_aside(sheet: &str) -> bool {
    let key = name_key(sheet);
    ["about", "gioithieu", "thongtin"].contains(&key.as_str())
        || key.contains("tinhtoan")
        || key.starts_with("computed")
}

/// The first row that names units and at least one known column, or the columns of a long table.
pub(super) fn find(table: &Table, dictionary: &Dictionary) -> Option<Layout> {
    let rows = table.rows.iter().take(HEADER_WITHIN).enumerate();
    rows.filter_map(|(at, row)| of_header(at, row, dictionary)).next()
}

fn of_header(header: usize, row: &Row, dictionary: &Dictionary) -> Option<Layout> {
    let heads: Vec<(u32, &Raw, Option<Role>)> = row
        .cells
        .iter()
        .filter(|(_, raw)| !raw.is_blank())
        .map(|(column, raw)| (*column, raw, role(raw)))
        .collect();
    let has = |wanted: Role| heads.iter().any(|(_, _, role)| *role == Some(wanted));
    let (unit, node, bare) = (has(Role::Unit), has(Role::Node), has(Role::Bare));
    let figures = heads.iter().any(|(_, _, role)| matches!(role, Some(Role::Figure(_))));
    // `Tỉnh, Mã, Điểm` may begin either table; a header that is a known column makes it a wide one.
    let known = || heads.iter().any(|(_, raw, role)| role.is_none() && dictionary.column(raw) != Found::None);
    let is_long = figures && (node && (unit || bare) || unit && bare && !known());
    if is_long {
        let bare = if node { Role::Unit } else { Role::Node };
        return Some(long(header, &heads, bare, unit && node));
    }
    if !unit && !bare {
        return None;
    }
    wide(header, &heads, dictionary)
}

type Heads<'a> = [(u32, &'a Raw, Option<Role>)];

fn long(header: usize, heads: &Heads<'_>, bare: Role, both: bool) -> Layout {
    let mut layout = Layout {
        header,
        units: Vec::new(),
        shape: Shape::Wide { columns: Vec::new() },
        unmatched: Vec::new(),
        errors: Vec::new(),
    };
    let (mut nodes, mut figures) = (Vec::new(), Vec::new());
    let (mut source, mut note) = (None, None);
    for (column, _, role) in heads {
        let role = match role {
            Some(Role::Bare) if both => None,
            Some(Role::Bare) => Some(bare),
            role => *role,
        };
        let repeated = match role {
            Some(Role::Figure(figure)) => figures.iter().any(|(_, known)| *known == figure),
            Some(Role::Source) => source.is_some(),
            Some(Role::Note) => note.is_some(),
            _ => false,
        };
        match role {
            _ if repeated => layout.errors.push((*column, CellCode::DuplicateHeader)),
            Some(Role::Unit) => layout.units.push(*column),
            Some(Role::Node) => nodes.push(*column),
            Some(Role::Figure(figure)) => figures.push((*column, figure)),
            Some(Role::Source) => source = Some(*column),
            Some(Role::Note) => note = Some(*column),
            Some(Role::Aside) => (),
            Some(Role::Bare) | None => layout.unmatched.push(*column),
        }
    }
    layout.shape = Shape::Long { nodes, figures, source, note };
    layout
}

fn wide(header: usize, heads: &Heads<'_>, dictionary: &Dictionary) -> Option<Layout> {
    let (mut units, mut unmatched, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut columns: Vec<(u32, usize)> = Vec::new();
    for (column, raw, role) in heads {
        match (role, dictionary.column(raw)) {
            (Some(Role::Unit | Role::Bare), _) => units.push(*column),
            (_, Found::One(found)) if columns.iter().any(|(_, known)| *known == found) => {
                errors.push((*column, CellCode::DuplicateHeader));
            }
            (_, Found::One(found)) => columns.push((*column, found)),
            (_, Found::Several) => errors.push((*column, CellCode::AmbiguousName)),
            (Some(Role::Aside), Found::None) => (),
            (_, Found::None) => unmatched.push(*column),
        }
    }
    let shape = match columns.is_empty() {
        true => return None,
        false => Shape::Wide { columns },
    };
    Some(Layout { header, units, shape, unmatched, errors })
}
