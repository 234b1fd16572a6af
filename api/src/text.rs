//! Vietnamese text: one normal form to store, and plain letters to search by.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text without white space around it, in normal form C, in which it is stored.
pub fn normal(text: &str) -> String {
    text.trim().nfc().collect()
}

/// Lower-case letters without marks: `Đắk Lắk` and its decomposed form both give `dak lak`.
pub fn fold(text: &str) -> String {
    let plain = text.nfd().filter(|c| !is_combining_mark(*c));
    plain
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'đ' => 'd',
            c => c,
        })
        .collect()
}

/// The folded words of a text, each once. Codes such as `4.2.2` stay whole.
pub fn words(text: &str) -> BTreeSet<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(64).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_case_and_form_do_not_matter() {
        for text in ["Lạng Sơn", "LẠNG SƠN", "La\u{323}ng So\u{31b}n", "lang son"] {
            assert_eq!(fold(text), "lang son");
        }
        assert_eq!(fold("Đắk Lắk"), "dak lak");
        assert_eq!(fold("Thừa Thiên Huế"), "thua thien hue");
    }

    #[test]
    fn words_keep_codes_whole() {
        let found = words("(1) Chỉ số 4.2.2. Mật độ doanh nghiệp/1.000 dân");
        assert!(found.contains("4.2.2") && found.contains("1.000") && found.contains("mat"));
        assert!(!found.contains("4.2.2."));
    }
}
