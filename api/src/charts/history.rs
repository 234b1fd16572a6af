//! The history: a unit's score over the years.

use super::font::{self, Type, clean};
use super::scale::{Scale, ticks};
use super::sheet::{Anchor, DARK, FAINT, GREY, INK, MARGIN, RIGHT, Sheet, Stroke};
use super::{Caption, ChartError, Draw, GREATEST, Part, counted, within, words};

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

const PLOT: f32 = 250.0;
const SCORE: Type = Type::bold(12.0);
const SMALL: Type = Type::regular(11.0);

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
        (Scale::new(ends, top + PLOT, top), marks, places)
    }

    /// Every how manieth year there is room to write under and over.
    fn stride(&self, sheet: &Sheet, step: f32) -> usize {
        let lang = sheet.lang;
        let scores =
            self.years.iter().flat_map(|year| year.score).map(|n| font::width(&words::score(lang, n), SCORE));
        let widest = scores.fold(font::width("0000", SMALL), f32::max) + 8.0;
        if step <= 0.0 { 1 } else { (widest / step).ceil().max(1.0) as usize }
    }

    /// The line itself: what hangs together, and a mark where it may not be joined.
    fn line(&self, sheet: &mut Sheet, x: &dyn Fn(i32) -> f32, scale: Scale, top: f32) {
        let place = |year: &Year| year.score.map(|score| (x(year.year), scale.at(score)));
        for pair in self.years.windows(2) {
            if let (true, Some(from), Some(to)) =
                (Self::joined(&pair[0], &pair[1]), place(&pair[0]), place(&pair[1]))
            {
                sheet.line(from, to, Stroke::solid(DARK, 2.5));
            }
            if !pair[1].comparable {
                let middle = (x(pair[0].year) + x(pair[1].year)) / 2.0;
                sheet.line((middle, top - 12.0), (middle, top + PLOT), Stroke::dashed(GREY, 1.2, "5 3"));
            }
        }
        for at in self.years.iter().filter_map(place) {
            sheet.dot(at, 3.5, DARK, false);
        }
    }
}

impl Draw for History {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn check(&self) -> Result<(), ChartError> {
        counted(Part::Years, self.years.len())?;
        if !self.years.windows(2).all(|pair| pair[0].year < pair[1].year) {
            return Err(ChartError::Years);
        }
        within(-GREATEST, GREATEST, self.years.iter().map(|year| year.score))
    }

    fn draw(&self, sheet: &mut Sheet) -> f32 {
        let lang = sheet.lang;
        let top = sheet.top + 34.0;
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
        sheet.text(
            MARGIN,
            sheet.top + 8.0,
            Anchor::Start,
            SMALL,
            GREY,
            &format!("{} ({})", heads[1], clean(&self.unit)),
        );

        let first = f64::from(self.years[0].year);
        let last = f64::from(self.years[self.years.len() - 1].year);
        let inside = (left + 28.0, RIGHT - 28.0);
        let across = Scale::new((first, last), inside.0, inside.1);
        let lone = (inside.0 + inside.1) / 2.0;
        let x = |year: i32| if last > first { across.at(f64::from(year)) } else { lone };
        self.line(sheet, &x, scale, top);

        let step =
            self.years.windows(2).map(|pair| x(pair[1].year) - x(pair[0].year)).fold(f32::INFINITY, f32::min);
        let stride = self.stride(sheet, step);
        let rows = [bottom + 18.0, bottom + 35.0];
        sheet.text(left - 8.0, rows[0], Anchor::End, SMALL, GREY, heads[0]);
        sheet.text(left - 8.0, rows[1], Anchor::End, SMALL, GREY, heads[2]);
        for (at, year) in self.years.iter().enumerate() {
            // Counted from the latest year, which is always written.
            if !(self.years.len() - 1 - at).is_multiple_of(stride) {
                continue;
            }
            let across = x(year.year);
            let rank = year.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string());
            sheet.text(across, rows[0], Anchor::Middle, SMALL, INK, &year.year.to_string());
            sheet.text(across, rows[1], Anchor::Middle, SCORE, INK, &rank);
            match year.score {
                Some(score) => {
                    let beside =
                        |other: Option<&Year>| other.and_then(|year| year.score).is_none_or(|n| n >= score);
                    let dips = at > 0 && beside(self.years.get(at - 1)) && beside(self.years.get(at + 1));
                    let y = scale.at(score) + if dips { 18.0 } else { -9.0 };
                    sheet.backed(across, y, Anchor::Middle, SCORE, INK, &words::score(lang, score));
                }
                None => sheet.backed(across, bottom - 8.0, Anchor::Middle, SMALL, GREY, "–"),
            }
        }
        let mut foot = rows[1];
        if self.years.iter().skip(1).any(|year| !year.comparable) {
            foot += 22.0;
            sheet.line((MARGIN, foot - 4.0), (MARGIN + 30.0, foot - 4.0), Stroke::dashed(GREY, 1.2, "5 3"));
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
        foot + MARGIN - 4.0
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
