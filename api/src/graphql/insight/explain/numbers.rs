//! Numbers and formulas as people write them: a decimal comma in Vietnamese, a point in English.

use index::Aggregation;

use crate::lang::{Lang, operand};

/// Digits of a pocket calculator.
const DIGITS: i32 = 10;
const MOST_DECIMALS: i32 = 15;
/// Decimals by which a part is written finer than the result, so that the result comes out when it is rounded.
const FINER: u8 = 2;

/// Writes numbers for one reader.
#[derive(Clone, Copy)]
pub struct Pen {
    /// The reader's language.
    pub lang: Lang,
    /// Decimals of a published score.
    pub decimals: u8,
}

impl Pen {
    fn fixed(self, x: f64, most: u8, least: u8) -> String {
        let rounded = index::round(x, most);
        let mut digits = format!("{:.*}", usize::from(most), rounded.abs());
        if let Some(point) = digits.find('.') {
            let kept = digits.trim_end_matches('0').len().max(point + 1 + usize::from(least));
            digits.truncate(if kept == point + 1 { point } else { kept });
        }
        let sign = if rounded < 0.0 { "−" } else { "" };
        format!("{sign}{}", digits.replace('.', self.lang.pick(",", ".")))
    }

    /// A value in its own unit: all its digits up to ten, two decimals at least unless it is whole.
    pub fn value(self, x: f64) -> String {
        if x == 0.0 {
            return "0".to_owned();
        }
        let size = x.abs().log10().floor() as i32;
        let most = (DIGITS - 1 - size).clamp(0, MOST_DECIMALS) as u8;
        let whole = index::round(x, most).fract() == 0.0;
        self.fixed(x, most, if whole { 0 } else { most.min(2) })
    }

    /// A score that is part of a formula.
    pub fn part(self, x: f64) -> String {
        self.fixed(x, self.decimals.saturating_add(FINER), self.decimals)
    }

    /// A score as it is published.
    pub fn score(self, x: f64) -> String {
        self.fixed(x, self.decimals, self.decimals)
    }

    /// A rank.
    pub fn rank(self, x: f64) -> String {
        self.fixed(x, 1, 0)
    }

    /// `(x − worst) ÷ (best − worst) × scale + low = result`.
    pub fn on_scale(self, parts: Scale, result: f64) -> String {
        let end = |x: f64| if parts.log { format!("ln({})", self.value(x)) } else { operand(self.value(x)) };
        let (x, worst, best) = (end(parts.x), end(parts.worst), end(parts.best));
        let low =
            if parts.low == 0.0 { String::new() } else { format!(" + {}", operand(self.value(parts.low))) };
        let scale = operand(self.value(parts.scale));
        format!("({x} − {worst}) ÷ ({best} − {worst}) × {scale}{low} = {}", self.score(result))
    }

    /// The mean of scores with their weights; none where a score has no reciprocal.
    pub fn mean(self, how: Aggregation, children: &[(f64, f64)], result: f64) -> Option<String> {
        let (first, _) = *children.first()?;
        let equal = children.iter().all(|(weight, _)| *weight == first);
        let total =
            if equal { children.len() as f64 } else { children.iter().map(|(weight, _)| weight).sum() };
        let total = self.value(total);
        let join = |by: &str, term: &dyn Fn(String, String) -> String| {
            let terms: Vec<String> = children
                .iter()
                .map(|(weight, score)| term(self.value(*weight), operand(self.part(*score))))
                .collect();
            terms.join(by)
        };
        let left = match how {
            Aggregation::Arithmetic => {
                let sum =
                    join(" + ", &|weight, score| if equal { score } else { format!("{weight} × {score}") });
                format!("({sum}) ÷ {total}")
            }
            Aggregation::Geometric => {
                let product =
                    join(" × ", &|weight, score| if equal { score } else { format!("{score}^{weight}") });
                format!("({product})^(1 ÷ {total})")
            }
            Aggregation::Harmonic if children.iter().any(|(_, score)| *score == 0.0) => return None,
            Aggregation::Harmonic => {
                let sum = join(" + ", &|weight, score| {
                    format!("{} ÷ {score}", if equal { "1".to_owned() } else { weight })
                });
                format!("{total} ÷ ({sum})")
            }
        };
        Some(format!("{left} = {}", self.score(result)))
    }
}

/// The numbers of a linear scale.
#[derive(Clone, Copy)]
pub struct Scale {
    /// What is put on the scale.
    pub x: f64,
    /// What gets `low`.
    pub worst: f64,
    /// What gets `low` + `scale`.
    pub best: f64,
    /// Length of the scale.
    pub scale: f64,
    /// Its lower end.
    pub low: f64,
    /// Whether logarithms are taken first.
    pub log: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_their_reader() {
        let vi = Pen { lang: Lang::Vi, decimals: 2 };
        let en = Pen { lang: Lang::En, ..vi };
        for (x, wanted) in [
            (28.2, "28,20"),
            (5.0, "5"),
            (0.0, "0"),
            (100.0, "100"),
            (-3.125, "−3,125"),
            (1.0 / 3.0, "0,3333333333"),
            (0.000_012_5, "0,0000125"),
            (12_345_678_901.5, "12345678902"),
        ] {
            assert_eq!(vi.value(x), wanted);
        }
        assert_eq!(en.value(47.59), "47.59");
        assert_eq!(
            (en.part(58.904_33), en.part(58.9), en.score(58.904)),
            ("58.9043".into(), "58.90".into(), "58.90".into())
        );
        assert_eq!((en.score(-0.001), en.rank(2.5), en.rank(3.0)), ("0.00".into(), "2.5".into(), "3".into()));
        let scale = Scale { x: 47.59, worst: 28.2, best: 55.64, scale: 100.0, low: 0.0, log: false };
        assert_eq!(vi.on_scale(scale, 70.663), "(47,59 − 28,20) ÷ (55,64 − 28,20) × 100 = 70,66");
        let below = Scale { x: -1.5, worst: -3.0, best: 2.0, scale: 99.0, low: 1.0, log: false };
        assert_eq!(en.on_scale(below, 30.7), "((−1.50) − (−3)) ÷ (2 − (−3)) × 99 + 1 = 30.70");
    }

    #[test]
    fn means_are_written_with_their_weights() {
        let en = Pen { lang: Lang::En, decimals: 2 };
        let even = [(1.0, 58.9), (1.0, 58.62)];
        let uneven = [(2.0, 40.0), (1.0, 10.0)];
        let mean = |how, children: &[(f64, f64)], result| en.mean(how, children, result);
        use Aggregation::{Arithmetic, Geometric, Harmonic};
        assert_eq!(mean(Arithmetic, &even, 58.76).as_deref(), Some("(58.90 + 58.62) ÷ 2 = 58.76"));
        assert_eq!(mean(Arithmetic, &uneven, 30.0).as_deref(), Some("(2 × 40.00 + 1 × 10.00) ÷ 3 = 30.00"));
        assert_eq!(mean(Geometric, &uneven, 25.2).as_deref(), Some("(40.00^2 × 10.00^1)^(1 ÷ 3) = 25.20"));
        assert_eq!(mean(Harmonic, &even, 58.76).as_deref(), Some("2 ÷ (1 ÷ 58.90 + 1 ÷ 58.62) = 58.76"));
        assert_eq!(mean(Harmonic, &[(1.0, 0.0), (1.0, 5.0)], 0.0), None);
    }
}
