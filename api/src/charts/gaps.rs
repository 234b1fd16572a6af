//! Gaps: how far a unit is above or below the mean, a bar for every node.

use super::font::{self, Type, clean, fit};
use super::scale::Scale;
use super::sheet::{Anchor, DARK, FAINT, GREY, INK, MARGIN, RIGHT, Sheet, Stroke, WARM};
use super::{Caption, ChartError, Draw, GREATEST, Label, Part, counted, within, words};

/// A unit minus the mean, node by node, in the order given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// What stands over it.
    pub caption: Caption,
    /// The unit's name.
    pub unit: String,
    /// The nodes.
    pub bars: Vec<Gap>,
}

/// One node's gap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gap {
    /// The node.
    pub label: Label,
    /// The unit's score less the mean.
    pub gap: Option<f64>,
}

/// Height of a row, and the size of the letters in it, for so many rows on one page.
pub(super) fn rows(count: usize) -> (f32, f32) {
    let row = (930.0 / count as f32).clamp(16.0, 30.0);
    (row, if row < 18.0 { 11.0 } else { 12.0 })
}

/// How wide the codes are, and codes with names, at most `most`.
pub(super) fn columns<'a>(
    labels: impl Iterator<Item = &'a Label> + Clone,
    kind: Type,
    most: f32,
) -> (f32, f32) {
    let widest = |texts: &mut dyn Iterator<Item = String>| {
        texts.map(|text| font::width(&clean(&text), kind)).fold(0.0, f32::max)
    };
    let codes = widest(&mut labels.clone().map(|label| label.code.clone()));
    let codes = if codes > 0.0 { codes.min(60.0) + 8.0 } else { 0.0 };
    let names = widest(&mut labels.map(|label| label.name.clone()));
    (codes, (codes + names).min(most))
}

impl Draw for Gaps {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn check(&self) -> Result<(), ChartError> {
        counted(Part::Bars, self.bars.len())?;
        within(-GREATEST, GREATEST, self.bars.iter().map(|bar| bar.gap))
    }

    fn draw(&self, sheet: &mut Sheet) -> f32 {
        let lang = sheet.lang;
        let (row, size) = rows(self.bars.len());
        let kind = Type::regular(size);
        let (codes, labels) = columns(self.bars.iter().map(|bar| &bar.label), kind, 330.0);

        let gaps = self.bars.iter().flat_map(|bar| bar.gap);
        let room = gaps.clone().map(|n| font::width(&words::change(lang, n), kind)).fold(0.0, f32::max) + 8.0;
        let left = MARGIN + labels + 12.0;
        let mut scale = Scale::from_nought(gaps.clone(), left, RIGHT - room);
        if scale.has_negative() {
            scale = Scale::from_nought(gaps, left + room, RIGHT - room);
        }
        let nought = scale.at(0.0);

        let top = sheet.top + 22.0;
        let bottom = top + row * self.bars.len() as f32;
        let small = Type::regular(11.0);
        let mean = lang.pick("0 = trung bình", "0 = mean");
        let half = font::width(mean, small) / 2.0;
        sheet.text(nought.clamp(left + half, RIGHT - half), top - 8.0, Anchor::Middle, small, GREY, mean);
        let whose = lang.pick("chênh lệch, điểm", "difference, points");
        let whose =
            format!("{}: {whose}", fit(&clean(&self.unit), labels - font::width(whose, small) - 8.0, small));
        if labels >= font::width(&whose, small) {
            sheet.text(MARGIN, top - 8.0, Anchor::Start, small, GREY, &whose);
        }
        for (at, bar) in self.bars.iter().enumerate() {
            let y = top + row * at as f32;
            let base = y + row * 0.5 + size * 0.36;
            if at > 0 {
                sheet.line((MARGIN, y), (RIGHT, y), Stroke::solid(FAINT, 0.5));
            }
            sheet.label(MARGIN, base, codes, labels, kind, &bar.label);
            let Some(gap) = bar.gap else {
                sheet.text(nought + 5.0, base, Anchor::Start, kind, GREY, words::missing(lang));
                continue;
            };
            let (color, aside, anchor) =
                if gap < 0.0 { (WARM, -4.0, Anchor::End) } else { (DARK, 4.0, Anchor::Start) };
            sheet.bar(nought, scale.at(gap), y + row * 0.16, row * 0.68, color);
            sheet.text(scale.at(gap) + aside, base, anchor, kind, INK, &words::change(lang, gap));
        }
        sheet.line((nought, top - 3.0), (nought, bottom), Stroke::solid(INK, 1.0));
        bottom + MARGIN - 4.0
    }

    fn facts(&self) -> String {
        let lang = self.caption.lang;
        let bar = |bar: &Gap| {
            let gap = bar.gap.map_or_else(|| words::missing(lang).to_owned(), |gap| words::change(lang, gap));
            format!("{} {gap}", bar.label.full())
        };
        let bars = self.bars.iter().map(bar).collect::<Vec<_>>().join("; ");
        let against = lang.pick("so với trung bình, điểm", "against the mean, points");
        words::sentences([format!("{} {against}: {bars}", clean(&self.unit)).as_str()])
    }
}
