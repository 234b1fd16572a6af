//! Vietnamese and English: which of the two a client wants.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

/// A language of the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Vietnamese, the language of the plan and the default.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// The better of the two for an `Accept-Language` header (RFC 9110, 12.5.4).
    pub fn accepted(header: Option<&str>) -> Self {
        let weight = |lang: &str| {
            let mut best = 0.0_f32;
            for part in header.unwrap_or_default().split(',') {
                let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
                let primary = tag.trim().split('-').next().unwrap_or_default();
                if !primary.eq_ignore_ascii_case(lang) {
                    continue;
                }
                let q = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok());
                best = best.max(q.unwrap_or(0.0));
            }
            best
        };
        if weight("en") > weight("vi") { Self::En } else { Self::Vi }
    }

    /// The text of the two that is in this language.
    pub fn pick<T>(self, vi: T, en: T) -> T {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }

    /// A number with so many decimals as people of this language write it: `58,90` or `58.90`. Rounded half away from
    /// zero, on the number as it is printed; with a minus sign, not a hyphen.
    pub fn number(self, x: f64, decimals: u8) -> String {
        let rounded = index::round(x, decimals);
        let digits = format!("{:.*}", usize::from(decimals), rounded.abs());
        let sign = if rounded < 0.0 { "−" } else { "" };
        format!("{sign}{}", digits.replace('.', self.pick(",", ".")))
    }

    /// The language's tag.
    pub fn tag(self) -> &'static str {
        self.pick("vi", "en")
    }
}

/// A number behind an operator: one with a sign is put in brackets.
pub fn operand(number: String) -> String {
    if number.starts_with('−') { format!("({number})") } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_languages_signs() {
        assert_eq!((Lang::Vi.number(-1.5, 2), Lang::En.number(-1.5, 2)), ("−1,50".into(), "−1.50".into()));
        assert_eq!((Lang::Vi.number(-0.001, 2), Lang::En.number(58.905, 2)), ("0,00".into(), "58.91".into()));
        assert_eq!((operand(Lang::En.number(-2.0, 0)), operand("2".into())), ("(−2)".into(), "2".into()));
    }

    #[test]
    fn the_header_is_weighed() {
        for (header, wanted) in [
            (None, Lang::Vi),
            (Some("en"), Lang::En),
            (Some("EN-gb, vi;q=0.5"), Lang::En),
            (Some("vi, en;q=0.9"), Lang::Vi),
            (Some("fr"), Lang::Vi),
            (Some("en;q=0, *"), Lang::Vi),
            (Some("vi;q=x,en;q=0.1"), Lang::En),
        ] {
            assert_eq!(Lang::accepted(header), wanted, "{header:?}");
        }
    }
}
