//! A what-if: a unit's scores before and after a supposed change, a pair of bars for every node.

use super::font::{self, Type, clean, fit};
use super::gaps::{columns, rows};
use super::scale::Scale;
use super::sheet::{Anchor, DARK, FAINT, GREY, INK, MARGIN, PALE, RIGHT, Sheet, Stroke};
use super::{Caption, ChartError, Draw, GREATEST, Label, Part, counted, within, words};

/// Before and after, node by node, in the order given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIf {
    /// What stands over it.
    pub caption: Caption,
    /// The unit's name.
    pub unit: String,
    /// The nodes.
    pub bars: Vec<WhatIfBar>,
}

/// One node before and after.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIfBar {
    /// The node.
    pub label: Label,
    /// The score as it is.
    pub before: Option<f64>,
    /// The score as it would be.
    pub after: Option<f64>,
}

impl WhatIfBar {
    fn change(&self) -> Option<f64> {
        Some(self.after? - self.before?)
    }
}

impl Draw for WhatIf {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn check(&self) -> Result<(), ChartError> {
        counted(Part::Bars, self.bars.len())?;
        within(-GREATEST, GREATEST, self.bars.iter().flat_map(|bar| [bar.before, bar.after]))
    }

    fn draw(&self, sheet: &mut Sheet) -> f32 {
        let lang = sheet.lang;
        let (row, size) = rows(self.bars.len());
        let kind = Type::regular(size);
        let (codes, labels) = columns(self.bars.iter().map(|bar| &bar.label), kind, 280.0);

        let number =
            |number: Option<f64>| number.map_or_else(|| "–".to_owned(), |number| words::score(lang, number));
        let change =
            |bar: &WhatIfBar| bar.change().map_or_else(|| "–".to_owned(), |n| words::change(lang, n));
        let heads =
            [lang.pick("Trước", "Before"), lang.pick("Sau", "After"), lang.pick("Thay đổi", "Change")];
        let column = |head: &str, text: &dyn Fn(&WhatIfBar) -> String, swatch: f32| {
            let cells = self.bars.iter().map(|bar| font::width(&text(bar), Type::bold(size)));
            cells.fold(font::width(head, Type::bold(11.0)) + swatch, f32::max)
        };
        let changes = RIGHT;
        let afters = changes - column(heads[2], &change, 0.0) - 12.0;
        let befores = afters - column(heads[1], &|bar| number(bar.after), 14.0) - 12.0;
        let left = MARGIN + labels + 12.0;
        let right = befores - column(heads[0], &|bar| number(bar.before), 14.0) - 12.0;
        let numbers = self.bars.iter().flat_map(|bar| [bar.before, bar.after]).flatten();
        let scale = Scale::from_nought(numbers, left, right.max(left + 40.0));
        let nought = scale.at(0.0);

        let top = sheet.top + 24.0;
        let bottom = top + row * self.bars.len() as f32;
        for ((x, head), color) in
            [befores, afters, changes].into_iter().zip(heads).zip([Some(PALE), Some(DARK), None])
        {
            sheet.text(x, top - 8.0, Anchor::End, Type::bold(11.0), INK, head);
            if let Some(color) = color {
                let edge = x - font::width(head, Type::bold(11.0)) - 5.0;
                sheet.bar(edge - 9.0, edge, top - 16.5, 9.0, color);
            }
        }
        let head = Type::bold(11.0);
        sheet.text(
            MARGIN,
            top - 8.0,
            Anchor::Start,
            head,
            INK,
            &fit(&clean(&self.unit), right - MARGIN, head),
        );
        for (at, bar) in self.bars.iter().enumerate() {
            let y = top + row * at as f32;
            let base = y + row * 0.5 + size * 0.36;
            sheet.line((MARGIN, y), (RIGHT, y), Stroke::solid(FAINT, 0.5));
            sheet.label(MARGIN, base, codes, labels, kind, &bar.label);
            for (score, part, color) in [(bar.before, 0.14, PALE), (bar.after, 0.5, DARK)] {
                if let Some(score) = score {
                    sheet.bar(nought, scale.at(score), y + row * part, row * 0.36, color);
                }
            }
            let changed = bar.change().is_some_and(|change| change.abs() >= 0.005);
            let strong = if changed { Type::bold(size) } else { kind };
            sheet.text(befores, base, Anchor::End, kind, GREY, &number(bar.before));
            sheet.text(afters, base, Anchor::End, strong, INK, &number(bar.after));
            sheet.text(changes, base, Anchor::End, strong, INK, &change(bar));
        }
        sheet.line((nought, top), (nought, bottom), Stroke::solid(INK, 1.0));
        bottom + MARGIN - 4.0
    }

    fn facts(&self) -> String {
        let lang = self.caption.lang;
        let bar = |bar: &WhatIfBar| {
            let change = bar.change().map(|n| format!(" ({})", words::change(lang, n))).unwrap_or_default();
            format!(
                "{}: {} {}, {} {}{change}",
                bar.label.full(),
                lang.pick("trước", "before"),
                words::spoken(lang, bar.before),
                lang.pick("sau", "after"),
                words::spoken(lang, bar.after),
            )
        };
        let bars = self.bars.iter().map(bar).collect::<Vec<_>>().join("; ");
        words::sentences([format!("{} – {bars}", clean(&self.unit)).as_str()])
    }
}
