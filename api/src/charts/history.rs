//! The history: a unit's score over the years.

use super::font::{self, Type, clean, fit};
use super::scale::{Scale, ticks};
use super::sheet::{Anchor, DARK, FAINT, GREY, INK, MARGIN, RIGHT, Sheet, Stroke};
use super::{Caption, ChartError, Draw, GREATEST, Part, counted, ranked, within, words};

/// A unit's score and rank over the years.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// What stands over it.
    pub caption: Caption,
    /// The unit's name.
    pub unit: String,
    /// The years, rising. One that is not among them is a gap in the line.
    pub years: Vec<Year>,
}

/// One year of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Year {
    /// Such as 2025.
    pub year: i32,
    /// The unit's score.
    pub score: Option<f64>,
    /// The unit's rank.
    pub rank: Option<u32>,
    /// Whether the score may be compared with the year before; if not, the line is broken in between.
    pub comparable: bool,
}

const PLOT: f32 = 260.0;
/// Room for a label over the highest and under the lowest place.
const EDGE: f32 = 20.0;
const SCORE: Type = Type::bold(12.0);
const SMALL: Type = Type::regular(11.0);
/// How far under the line the years and the ranks stand.
const YEARS: f32 = 18.0;
const RANKS: f32 = 35.0;
const BREAK: Stroke = Stroke::dashed(GREY, 1.2, "5 3");

/// A stretch of the line, or a dot if both ends are one.
type Piece = ((f32, f32), (f32, f32));

impl History {
    /// Whether the line goes on from one year to the next.
    fn joined(from: &Year, to: &Year) -> bool {
        to.comparable
            && from.year.checked_add(1) == Some(to.year)
            && from.score.is_some()
            && to.score.is_some()
    }

    fn scale(&self, top: f32) -> (Scale, Vec<f64>, usize) {
        let scores = || self.years.iter().flat_map(|year| year.score);
        let least = scores().fold(f64::INFINITY, f64::min);
        let most = scores().fold(f64::NEG_INFINITY, f64::max);
        let (marks, places) = if least.is_finite() { ticks(least, most) } else { (Vec::new(), 0) };
        let ends = (marks.first().copied().unwrap_or(0.0), marks.last().copied().unwrap_or(1.0));
        (Scale::new(ends, top + PLOT - EDGE, top + EDGE), marks, places)
    }

    /// Every how manieth year there is room to write under and over.
    fn stride(&self, sheet: &Sheet, step: f32) -> usize {
        let lang = sheet.lang;
        let scores =
            self.years.iter().flat_map(|year| year.score).map(|n| font::width(&words::score(lang, n), SCORE));
        let widest = scores.fold(font::width("0000", SMALL), f32::max) + 8.0;
        (widest / step.max(0.01)).ceil().max(1.0) as usize
    }

    /// The line itself: what hangs together, and a mark where it may not be joined.
    fn line(&self, sheet: &mut Sheet, x: &dyn Fn(i32) -> f32, scale: Scale, top: f32) {
        for (from, to) in self.pieces(x, scale) {
            if from != to {
                sheet.line(from, to, Stroke::solid(DARK, 2.5));
            }
        }
        for pair in self.years.windows(2).filter(|pair| !pair[1].comparable) {
            let middle = (x(pair[0].year) + x(pair[1].year)) / 2.0;
            sheet.line((middle, top), (middle, top + PLOT), BREAK);
        }
        for (at, _) in self.pieces(x, scale).into_iter().filter(|(from, to)| from == to) {
            sheet.dot(at, 3.5, DARK, false);
        }
    }

    /// All that is drawn of the line: every dot as a piece without length, and what joins two of them.
    fn pieces(&self, x: &dyn Fn(i32) -> f32, scale: Scale) -> Vec<Piece> {
        let place = |year: &Year| year.score.map(|score| (x(year.year), scale.at(score)));
        let dots = self.years.iter().filter_map(place).map(|at| (at, at));
        let joined = self.years.windows(2).filter(|pair| Self::joined(&pair[0], &pair[1]));
        dots.chain(joined.filter_map(|pair| Some((place(&pair[0])?, place(&pair[1])?)))).collect()
    }

    /// The base line of a text about `at`, over or under whatever of the line is in its way.
    fn beside(pieces: &[Piece], at: (f32, f32), wide: f32) -> f32 {
        let (left, right) = (at.0 - wide / 2.0 - 4.0, at.0 + wide / 2.0 + 4.0);
        let (mut high, mut low) = (at.1, at.1);
        for &(from, to) in pieces.iter().filter(|(from, to)| to.0 >= left && from.0 <= right) {
            for x in [from.0.max(left), to.0.min(right)] {
                let share = if to.0 > from.0 { (x - from.0) / (to.0 - from.0) } else { 0.0 };
                let y = from.1 + share * (to.1 - from.1);
                (high, low) = (high.min(y), low.max(y));
            }
        }
        if at.1 - high <= low - at.1 { high - 8.0 } else { low + 17.0 }
    }

    /// The numbers: years and ranks under the line, scores beside it, as many as there is room for.
    fn labels(&self, sheet: &mut Sheet, x: &dyn Fn(i32) -> f32, scale: Scale, bottom: f32) {
        let lang = sheet.lang;
        let steps = self.years.windows(2).map(|pair| x(pair[1].year) - x(pair[0].year));
        let stride = self.stride(sheet, steps.fold(f32::INFINITY, f32::min));
        let pieces = self.pieces(x, scale);
        // Counted from the latest year, which is always written.
        for year in self.years.iter().rev().step_by(stride) {
            let across = x(year.year);
            let rank = year.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string());
            sheet.text(across, bottom + YEARS, Anchor::Middle, SMALL, INK, &year.year.to_string());
            sheet.text(across, bottom + RANKS, Anchor::Middle, SCORE, INK, &rank);
            match year.score {
                Some(score) => {
                    let text = words::score(lang, score);
                    let y = Self::beside(&pieces, (across, scale.at(score)), font::width(&text, SCORE));
                    sheet.backed(across, y, Anchor::Middle, SCORE, INK, &text);
                }
                None => sheet.backed(across, bottom - 8.0, Anchor::Middle, SMALL, GREY, "–"),
            }
        }
    }

    /// What the marks mean; gives where that ends.
    fn notes(&self, sheet: &mut Sheet, mut foot: f32) -> f32 {
        let lang = sheet.lang;
        if self.years.iter().skip(1).any(|year| !year.comparable) {
            foot += 22.0;
            sheet.line((MARGIN, foot - 4.0), (MARGIN + 30.0, foot - 4.0), BREAK);
            let text = lang.pick(
                "Đổi phương pháp: điểm hai bên đường đứt không so sánh được với nhau",
                "Change of method: scores on either side of the dashed line cannot be compared",
            );
            sheet.text(MARGIN + 36.0, foot, Anchor::Start, SMALL, INK, text);
        }
        if self.years.iter().any(|year| year.score.is_none()) {
            foot += 18.0;
            sheet.text(MARGIN, foot, Anchor::Start, SMALL, GREY, &format!("– {}", words::missing(lang)));
        }
        foot
    }
}

impl Draw for History {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn check(&self) -> Result<(), ChartError> {
        counted(Part::Years, self.years.len())?;
        let sound = self.years.iter().all(|year| (1..=9999).contains(&year.year));
        if !sound || !self.years.windows(2).all(|pair| pair[0].year < pair[1].year) {
            return Err(ChartError::Years);
        }
        ranked(self.years.iter().map(|year| year.rank))?;
        within(-GREATEST, GREATEST, self.years.iter().map(|year| year.score))
    }

    fn draw(&self, sheet: &mut Sheet) -> f32 {
        let lang = sheet.lang;
        let top = sheet.top + 20.0;
        let bottom = top + PLOT;
        let (scale, marks, places) = self.scale(top);
        let mark = |n: f64| words::decimals(lang, n, places);
        let heads = [lang.pick("Năm", "Year"), lang.pick("Điểm", "Score"), lang.pick("Hạng", "Rank")];
        let gutter = marks
            .iter()
            .map(|&n| font::width(&mark(n), SMALL))
            .chain(heads.map(|head| font::width(head, SMALL)));
        let left = MARGIN + gutter.fold(0.0, f32::max) + 8.0;
        for &n in &marks {
            let y = scale.at(n);
            sheet.line((left, y), (RIGHT, y), Stroke::solid(FAINT, 1.0));
            sheet.text(left - 8.0, y + 4.0, Anchor::End, SMALL, GREY, &mark(n));
        }
        sheet.line((left, bottom), (RIGHT, bottom), Stroke::solid(GREY, 1.0));
        let head = fit(&format!("{} ({})", heads[1], clean(&self.unit)), RIGHT - MARGIN, SMALL);
        sheet.text(MARGIN, sheet.top + 8.0, Anchor::Start, SMALL, GREY, &head);

        let first = f64::from(self.years[0].year);
        let last = f64::from(self.years[self.years.len() - 1].year);
        let inside = (left + 28.0, RIGHT - 28.0);
        let across = Scale::new((first, last), inside.0, inside.1);
        let lone = (inside.0 + inside.1) / 2.0;
        let x = |year: i32| if last > first { across.at(f64::from(year)) } else { lone };
        self.line(sheet, &x, scale, top);

        let heads_at = [(heads[0], bottom + YEARS), (heads[2], bottom + RANKS)];
        for (head, y) in heads_at {
            sheet.text(left - 8.0, y, Anchor::End, SMALL, GREY, head);
        }
        self.labels(sheet, &x, scale, bottom);
        self.notes(sheet, bottom + RANKS) + MARGIN - 4.0
    }

    fn facts(&self) -> String {
        let lang = self.caption.lang;
        let year = |(at, year): (usize, &Year)| {
            let rank =
                year.rank.map(|rank| format!(", {} {rank}", lang.pick("hạng", "rank"))).unwrap_or_default();
            let apart = match at > 0 && !year.comparable {
                true => {
                    lang.pick(" (không so sánh được với năm trước)", " (not comparable with the year before)")
                }
                false => "",
            };
            format!("{} {}{rank}{apart}", year.year, words::points(lang, year.score))
        };
        let years = self.years.iter().enumerate().map(year).collect::<Vec<_>>().join("; ");
        words::sentences([format!("{}: {years}", clean(&self.unit)).as_str()])
    }
}
