//! What a file can speak of, and how the words of a file are found in it.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::table::Raw;
use crate::text::fold;

/// A code and the names that go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The code, such as `20` or `1.1.1`.
    pub code: String,
    /// The names, in whatever languages.
    pub names: Vec<String>,
}

/// A node of the framework or a denominator: what a column of a wide table speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its code and names.
    pub term: Term,
    /// What it is.
    pub kind: ColumnKind,
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Measured, scored and ranked.
    Indicator,
    /// Scored and ranked: a pillar, a sub-index, the index.
    Aggregate,
    /// Measured only: a population, an area.
    Denominator,
}

/// What was found for a word of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    One(usize),
    Several,
    None,
}

/// The units and columns that a file can speak of.
#[derive(Clone, Debug)]
pub struct Dictionary {
    units: Index,
    columns: Index,
    kinds: Vec<ColumnKind>,
}

impl Dictionary {
    /// The dictionary of these units and columns; a reading counts them in this order.
    pub fn new(units: Vec<Term>, columns: Vec<Column>) -> Self {
        Self {
            units: Index::new(units.iter()),
            columns: Index::new(columns.iter().map(|column| &column.term)),
            kinds: columns.iter().map(|column| column.kind).collect(),
        }
    }

    /// What the column is.
    pub(super) fn kind(&self, column: usize) -> ColumnKind {
        self.kinds.get(column).copied().unwrap_or(ColumnKind::Indicator)
    }

    /// The unit that a cell names, by code or by name.
    pub(super) fn unit(&self, raw: &Raw) -> Found {
        match raw {
            Raw::Number(number) => self.units.by_number(*number),
            Raw::Text(text) => self.units.by_code(text).or_else(|| self.units.by_name(text)),
            _ => Found::None,
        }
    }

    /// The column that a cell names: by code, by name, or by both one after the other.
    pub(super) fn column(&self, raw: &Raw) -> Found {
        match raw {
            Raw::Number(number) => self.columns.by_number(*number),
            Raw::Text(text) => self
                .columns
                .by_code(text)
                .or_else(|| self.columns.by_name(text))
                .or_else(|| self.columns.by_code_and_name(text)),
            _ => Found::None,
        }
    }
}

impl Found {
    fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        if self == Self::None { other() } else { self }
    }
}

#[derive(Clone, Debug, Default)]
struct Index {
    codes: HashMap<String, Found>,
    names: HashMap<String, Found>,
    /// Codes that are also numbers, by the number's bits: a spreadsheet makes `1` of `01` and `1.1` of `1.10`.
    numbers: HashMap<u64, Found>,
}

impl Index {
    fn new<'a>(terms: impl Iterator<Item = &'a Term>) -> Self {
        let mut index = Self::default();
        for (position, term) in terms.enumerate() {
            add(&mut index.codes, code_key(&term.code), position);
            if let Some(number) = plain_number(&term.code) {
                add(&mut index.numbers, number.to_bits(), position);
            }
            for name in &term.names {
                add(&mut index.names, name_key(name), position);
                add(&mut index.names, bare_name_key(name), position);
            }
        }
        index.names.remove("");
        index
    }

    fn by_code(&self, text: &str) -> Found {
        let exact = lookup(&self.codes, code_key(text).as_str());
        exact.or_else(|| plain_number(text).map_or(Found::None, |number| self.by_number(number)))
    }

    fn by_number(&self, number: f64) -> Found {
        // A cell that holds 1 means the code `1` before it means `01`.
        let exact = lookup(&self.codes, format!("{number}").as_str());
        let alike = lookup(&self.numbers, &number.to_bits());
        match (exact, alike) {
            (Found::One(_), Found::Several) if number.fract() == 0.0 => exact,
            _ => alike,
        }
    }

    fn by_name(&self, text: &str) -> Found {
        lookup(&self.names, name_key(text).as_str())
            .or_else(|| lookup(&self.names, bare_name_key(text).as_str()))
    }

    /// `1.1.1. Chính sách …`, `(1) Thể chế`: the code decides if it has dots, as no other number looks like it; else
    /// the name must be the code's.
    fn by_code_and_name(&self, text: &str) -> Found {
        let text = text.trim_start_matches(['(', '[']).trim();
        let ends = |c: char| match text.starts_with(|c: char| c.is_ascii_digit()) {
            true => !c.is_ascii_digit() && c != '.',
            false => c.is_whitespace() || matches!(c, ':' | ')' | ']'),
        };
        let Some((code, name)) = text.find(ends).map(|end| text.split_at(end)) else { return Found::None };
        let found = lookup(&self.codes, code_key(code).as_str());
        let Found::One(position) = found else { return found };
        let named = self.by_name(name);
        let has_dots = code_key(code).contains('.');
        match named {
            Found::One(other) if other == position => found,
            Found::One(_) => Found::Several,
            Found::Several => found,
            Found::None if has_dots => found,
            Found::None => Found::None,
        }
    }
}

fn add<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Found>, key: K, position: usize) {
    let found = map.entry(key).or_insert(Found::One(position));
    if *found != Found::One(position) {
        *found = Found::Several;
    }
}

fn lookup<K, Q>(map: &HashMap<K, Found>, key: &Q) -> Found
where
    K: std::hash::Hash + Eq + std::borrow::Borrow<Q>,
    Q: std::hash::Hash + Eq + ?Sized,
{
    map.get(key).copied().unwrap_or(Found::None)
}

/// A code without white space, case and a closing dot.
fn code_key(code: &str) -> String {
    let key: String = fold(code).split_whitespace().collect();
    key.trim_end_matches(['.', ':', ')']).to_owned()
}

/// The number that a code is when a spreadsheet takes it for one; `1,1` is how a Vietnamese one writes `1.1`.
fn plain_number(code: &str) -> Option<f64> {
    let code = code.trim().trim_end_matches('.');
    let separators = code.chars().filter(|c| !c.is_ascii_digit()).count();
    let plain = separators <= 1 && code.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    if !plain || code.len() > 15 || !code.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    code.replace(',', ".").parse().ok()
}

/// A name's letters and digits: case, marks, spaces and punctuation do not matter.
pub(super) fn name_key(name: &str) -> String {
    compatible(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The same without the words that say what kind of unit it is.
fn bare_name_key(name: &str) -> String {
    let spaced: String =
        compatible(name).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let words = match words.as_slice() {
        ["tinh", rest @ ..] | ["tp", rest @ ..] | ["thanh", "pho", rest @ ..] => rest,
        ["province" | "city", "of", rest @ ..] | [rest @ .., "province" | "city"] => rest,
        all => all,
    };
    words.concat()
}

/// Folded, with no-break spaces and wide letters made plain.
fn compatible(text: &str) -> String {
    fold(&text.nfkc().collect::<String>())
}
