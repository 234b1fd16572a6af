//! The radar: a unit's pillars against the mean and the best of all.

use std::f32::consts::{PI, TAU};

use super::font::{self, Type, clean, fit, wrap};
use super::sheet::{Anchor, BURNT, DARK, FAINT, GREY, INK, MARGIN, RIGHT, Rgb, Sheet, Stroke, WIDTH};
use super::{Caption, ChartError, Draw, Label, Part, counted, within, words};

/// A unit against the mean and the best, on axes from 0 to 100.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Radar {
    /// What stands over it.
    pub caption: Caption,
    /// The unit's name.
    pub unit: String,
    /// The axes, clockwise from the top.
    pub axes: Vec<Axis>,
}

/// One axis of a radar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// The node, such as a pillar.
    pub label: Label,
    /// The unit's score.
    pub unit: Option<f64>,
    /// The mean of all units.
    pub mean: Option<f64>,
    /// The best of all units.
    pub best: Option<f64>,
}

const RADIUS: f32 = 150.0;
/// How far from the centre the labels stand.
const OUTSIDE: f32 = RADIUS + 14.0;
const LINE: f32 = 15.0;
const NAME: Type = Type::bold(12.0);
const SCORE: Type = Type::bold(12.0);
const SMALL: Type = Type::regular(11.0);
const MEAN: Stroke = Stroke::dashed(GREY, 1.5, "6 4");
const BEST: Stroke = Stroke::dashed(BURNT, 2.0, "1.5 2.5");
const UNIT: Stroke = Stroke::solid(DARK, 2.5);

fn place(center: (f32, f32), turn: f32, radius: f32) -> (f32, f32) {
    (center.0 + radius * turn.sin(), center.1 - radius * turn.cos())
}

/// Draws one series; where a score is missing, the line is broken on both sides of it.
fn series(
    sheet: &mut Sheet,
    center: (f32, f32),
    scores: &[Option<f64>],
    fill: Option<(Rgb, u8)>,
    stroke: Stroke,
) {
    let count = scores.len();
    let point = |at: usize, score: f64| {
        place(center, TAU * at as f32 / count as f32, RADIUS * (score / 100.0).clamp(0.0, 1.0) as f32)
    };
    let points: Vec<_> =
        scores.iter().enumerate().map(|(at, score)| score.map(|score| point(at, score))).collect();
    if points.iter().all(Option::is_some) {
        let points: Vec<_> = points.into_iter().flatten().collect();
        sheet.path(&points, true, fill, stroke);
        return;
    }
    for at in 0..count {
        if let (Some(from), Some(to)) = (points[at], points[(at + 1) % count]) {
            sheet.line(from, to, stroke);
        }
    }
}

/// The height of a name of so many lines and its two lines of numbers.
fn block(names: usize) -> f32 {
    LINE * (names + 1) as f32 + 14.0
}

impl Radar {
    fn turn(&self, at: usize) -> f32 {
        TAU * at as f32 / self.axes.len() as f32
    }

    fn words_of(&self, sheet: &Sheet, axis: &Axis) -> [String; 2] {
        let lang = sheet.lang;
        let other = |word: &str, score: Option<f64>| match score {
            Some(score) => format!("{word} {}", words::score(lang, score)),
            None => format!("{word} –"),
        };
        let mean = other(lang.pick("TB", "mean"), axis.mean);
        let best = other(lang.pick("cao nhất", "best"), axis.best);
        [words::spoken(lang, axis.unit), format!("{mean} · {best}")]
    }

    /// The lines of an axis' name, at the sides in the room beside the web, else between the neighbours.
    fn names(&self, center: (f32, f32), at: usize) -> (Vec<String>, Anchor, f32) {
        let turn = self.turn(at);
        let (x, _) = place(center, turn, OUTSIDE);
        let (anchor, room) = match turn.sin() {
            side if side > 0.05 => (Anchor::Start, RIGHT - x),
            side if side < -0.05 => (Anchor::End, x - MARGIN),
            _ => (Anchor::Middle, (2.0 * (OUTSIDE * self.turn(1).sin() - 10.0)).min(260.0)),
        };
        (wrap(&self.axes[at].label.full(), room, NAME, 2), anchor, room)
    }

    /// Writes an axis' name and numbers beside its end, away from the web; gives where that ends.
    fn label(&self, sheet: &mut Sheet, center: (f32, f32), at: usize) -> f32 {
        let axis = &self.axes[at];
        let turn = self.turn(at);
        let (x, y) = place(center, turn, OUTSIDE);
        let (names, anchor, room) = self.names(center, at);
        // The block hangs from its middle at the sides, from its foot at the top, from its head below.
        let mut y = y - block(names.len()) * (1.0 + turn.cos()) / 2.0 + 11.0;
        for line in names {
            sheet.text(x, y, anchor, NAME, INK, &line);
            y += LINE;
        }
        let [unit, others] = self.words_of(sheet, axis);
        let (kind, color) = if axis.unit.is_some() { (SCORE, DARK) } else { (SMALL, GREY) };
        sheet.text(x, y, anchor, kind, color, &unit);
        sheet.text(x, y + LINE, anchor, SMALL, GREY, &fit(&others, room, SMALL));
        y + LINE + 3.0
    }

    fn legend(&self, sheet: &mut Sheet, y: f32) {
        let lang = sheet.lang;
        let unit = fit(&clean(&self.unit), 260.0, SCORE);
        let entries = [
            (unit.as_str(), SCORE, UNIT),
            (lang.pick("Trung bình (TB)", "Mean"), SMALL, MEAN),
            (lang.pick("Cao nhất", "Best"), SMALL, BEST),
        ];
        let wide: f32 = entries.iter().map(|(text, kind, _)| font::width(text, *kind) + 36.0 + 24.0).sum();
        let mut x = (WIDTH - wide + 24.0) / 2.0;
        for (text, kind, stroke) in entries {
            sheet.line((x, y - 4.0), (x + 30.0, y - 4.0), stroke);
            if stroke.dash.is_none() {
                sheet.dot((x + 15.0, y - 4.0), 3.0, DARK, false);
            }
            sheet.text(x + 36.0, y, Anchor::Start, kind, INK, text);
            x += font::width(text, kind) + 60.0;
        }
    }
}

impl Draw for Radar {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn check(&self) -> Result<(), ChartError> {
        counted(Part::Axes, self.axes.len())?;
        within(0.0, 100.0, self.axes.iter().flat_map(|axis| [axis.unit, axis.mean, axis.best]))
    }

    fn draw(&self, sheet: &mut Sheet) -> f32 {
        let count = self.axes.len();
        let (names, ..) = self.names((WIDTH / 2.0, 0.0), 0);
        let center = (WIDTH / 2.0, sheet.top + block(names.len()) + OUTSIDE);
        let rings = [25.0_f32, 50.0, 75.0, 100.0];
        for ring in rings {
            let points: Vec<_> =
                (0..count).map(|at| place(center, self.turn(at), RADIUS * ring / 100.0)).collect();
            sheet.path(&points, true, None, Stroke::solid(FAINT, 1.0));
        }
        for at in 0..count {
            sheet.line(center, place(center, self.turn(at), RADIUS), Stroke::solid(FAINT, 1.0));
        }
        // Between two axes, where the lines seldom are.
        let between = PI / count as f32;
        for ring in rings {
            let (x, y) = place(center, between, RADIUS * ring / 100.0 * between.cos());
            sheet.backed(x, y + 3.0, Anchor::Middle, Type::regular(9.0), GREY, &format!("{ring:.0}"));
        }

        let all = |score: fn(&Axis) -> Option<f64>| self.axes.iter().map(score).collect::<Vec<_>>();
        series(sheet, center, &all(|axis| axis.best), None, BEST);
        series(sheet, center, &all(|axis| axis.mean), None, MEAN);
        series(sheet, center, &all(|axis| axis.unit), Some((DARK, 36)), UNIT);
        for (at, axis) in self.axes.iter().enumerate() {
            if let Some(score) = axis.unit {
                sheet.dot(place(center, self.turn(at), RADIUS * (score / 100.0) as f32), 3.0, DARK, false);
            }
        }
        let foot = (0..count).map(|at| self.label(sheet, center, at)).fold(center.1 + RADIUS, f32::max);
        self.legend(sheet, foot + 32.0);
        foot + 32.0 + MARGIN - 4.0
    }

    fn facts(&self) -> String {
        let lang = self.caption.lang;
        let axis = |axis: &Axis| {
            format!(
                "{} {} ({} {}, {} {})",
                axis.label.full(),
                words::points(lang, axis.unit),
                lang.pick("trung bình", "mean"),
                words::spoken(lang, axis.mean),
                lang.pick("cao nhất", "best"),
                words::spoken(lang, axis.best),
            )
        };
        let axes = self.axes.iter().map(axis).collect::<Vec<_>>().join("; ");
        words::sentences([format!("{}: {axes}", clean(&self.unit)).as_str()])
    }
}
