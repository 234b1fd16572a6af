//! Numbers and words of the pictures in the two languages.

use super::font::clean;
use crate::lang::Lang;

/// What stands where a number is missing.
pub(super) fn missing(lang: Lang) -> &'static str {
    lang.pick("không có số liệu", "no data")
}

/// The mark of made-up data.
pub(super) fn synthetic(lang: Lang) -> &'static str {
    lang.pick("SỐ LIỆU GIẢ LẬP", "SYNTHETIC DATA")
}

/// A number with so many decimals: `1.234,50` in Vietnamese, `1,234.50` in English.
pub(super) fn decimals(lang: Lang, number: f64, places: usize) -> String {
    let plain = format!("{:.places$}", number.abs());
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let (point, comma) = lang.pick((',', '.'), ('.', ','));
    let mut out = String::new();
    // What rounds to nothing has no sign.
    if number < 0.0 && plain.contains(|c: char| c.is_ascii_digit() && c != '0') {
        out.push('−');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(comma);
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push(point);
        out.push_str(part);
    }
    out
}

/// A score, as the reports print it: two decimals.
pub(super) fn score(lang: Lang, number: f64) -> String {
    decimals(lang, number, 2)
}

/// A difference: like a score, its sign always shown.
pub(super) fn change(lang: Lang, number: f64) -> String {
    let text = score(lang, number);
    let up = number > 0.0 && text.contains(|c: char| ('1'..='9').contains(&c));
    if up { format!("+{text}") } else { text }
}

/// A score in words, or that there is none.
pub(super) fn spoken(lang: Lang, number: Option<f64>) -> String {
    number.map_or_else(|| missing(lang).to_owned(), |number| score(lang, number))
}

/// A score with its unit of measure, or that there is none.
pub(super) fn points(lang: Lang, number: Option<f64>) -> String {
    match number {
        Some(number) => format!("{} {}", score(lang, number), lang.pick("điểm", "points")),
        None => missing(lang).to_owned(),
    }
}

/// The sentences that are not empty, each closed once.
pub(super) fn sentences<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for part in parts {
        let part = part.trim().trim_end_matches('.');
        if part.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(part);
        out.push('.');
    }
    out
}

/// A node of the framework: its code, if it has one, and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Such as `1.2.1`; may be empty.
    pub code: String,
    /// The name in the caption's language.
    pub name: String,
}

impl Label {
    /// The label of a node.
    pub fn new(code: impl Into<String>, name: impl Into<String>) -> Self {
        Self { code: code.into(), name: name.into() }
    }

    pub(super) fn full(&self) -> String {
        clean(&format!("{} {}", self.code, self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(score(Lang::Vi, 58.756), "58,76");
        assert_eq!(score(Lang::En, -1_234_567.5), "−1,234,567.50");
        assert_eq!(score(Lang::Vi, 1_000.0), "1.000,00");
        assert_eq!(change(Lang::Vi, -0.001), "0,00");
        assert_eq!(change(Lang::Vi, 0.004), "0,00");
        assert_eq!(change(Lang::Vi, 3.2), "+3,20");
        assert_eq!(change(Lang::En, -3.2), "−3.20");
        assert_eq!(decimals(Lang::Vi, 25.0, 0), "25");
        assert_eq!(points(Lang::Vi, None), "không có số liệu");
    }

    #[test]
    fn sentences_end_once() {
        assert_eq!(sentences(["A.", "", " B "]), "A. B.");
    }
}
