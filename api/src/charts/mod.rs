//! Pictures for reports: plain numbers in, an SVG text or the bytes of a PNG out, in Vietnamese or English.
//!
//! Nothing here reads a database or a clock: the same data gives the same bytes. What is missing is drawn as missing,
//! never as nought.

mod font;
mod gaps;
mod history;
mod radar;
mod ranking;
mod scale;
mod sheet;
mod what_if;
mod words;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use resvg::{tiny_skia, usvg};

pub use gaps::{Gap, Gaps};
pub use history::{History, Year};
pub use radar::{Axis, Radar};
pub use ranking::{Place, Ranking};
pub use what_if::{WhatIf, WhatIfBar};
pub use words::Label;

use crate::lang::Lang;
use sheet::Sheet;

/// The widest and the narrowest PNG, in pixels.
pub const PNG_WIDTH: std::ops::RangeInclusive<u32> = 200..=2000;

/// The greatest number, either way, that a picture has room for.
pub const GREATEST: f64 = 1e7;

/// A picture of the index.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// The pillars of a unit against the mean and the best.
    Radar(Radar),
    /// All units by rank.
    Ranking(Ranking),
    /// How far a unit is above or below the mean, node by node.
    Gaps(Gaps),
    /// A unit's score over the years.
    History(History),
    /// A unit's scores before and after a supposed change.
    WhatIf(WhatIf),
}

/// What stands over a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// The title; not empty.
    pub title: String,
    /// The edition and the source.
    pub subtitle: Option<String>,
    /// Whether the numbers are made up: the picture and its text alternative then say so.
    pub synthetic: bool,
    /// The language of the words and numbers.
    pub lang: Lang,
}

/// What a picture has a bounded number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Axes of a radar: 3 to 12.
    Axes,
    /// Units of a ranking: 1 to 63.
    Units,
    /// Bars of gaps or of a what-if: 1 to 60.
    Bars,
    /// Years of a history: 1 to 40.
    Years,
}

impl Part {
    /// The least and the most of it.
    pub fn bounds(self) -> (usize, usize) {
        match self {
            Self::Axes => (3, 12),
            Self::Units => (1, 63),
            Self::Bars => (1, 60),
            Self::Years => (1, 40),
        }
    }
}

/// Why there is no picture. It has no `Display`, like the product's own error.
#[derive(Clone, Debug, PartialEq)]
pub enum ChartError {
    /// Too few or too many of a part.
    Count(Part, usize),
    /// A number that is infinite or none at all.
    NotFinite,
    /// A number outside of what the picture can show: 0 to 100 on a radar, ±[`GREATEST`] elsewhere; or a rank
    /// over 9999.
    OutOfRange(f64),
    /// The years do not rise from one to the next, or are no years (1 to 9999).
    Years,
    /// The title is empty.
    Untitled,
    /// A PNG of this width is not drawn; see [`PNG_WIDTH`].
    Width(u32),
    /// A fault of ours, for the log only.
    Drawing(String),
}

/// What each kind of picture can do.
trait Draw {
    fn caption(&self) -> &Caption;
    fn check(&self) -> Result<(), ChartError>;
    /// Draws under the caption and gives the height of the whole.
    fn draw(&self, sheet: &mut Sheet) -> f32;
    /// The numbers, in words.
    fn facts(&self) -> String;
}

impl Picture {
    fn kind(&self) -> &dyn Draw {
        match self {
            Self::Radar(picture) => picture,
            Self::Ranking(picture) => picture,
            Self::Gaps(picture) => picture,
            Self::History(picture) => picture,
            Self::WhatIf(picture) => picture,
        }
    }

    /// The picture as an SVG document with its text alternative inside.
    pub fn svg(&self) -> Result<String, ChartError> {
        let kind = self.kind();
        let caption = kind.caption();
        let title = font::clean(&caption.title);
        if title.is_empty() {
            return Err(ChartError::Untitled);
        }
        kind.check()?;
        let mut sheet = Sheet::new(caption);
        let height = kind.draw(&mut sheet);
        sheet.finish(height, &title, &self.alt())
    }

    /// The picture as a PNG of this width, drawn with the shipped font only.
    pub fn png(&self, width_px: u32) -> Result<Vec<u8>, ChartError> {
        if !PNG_WIDTH.contains(&width_px) {
            return Err(ChartError::Width(width_px));
        }
        let fault = |what: &str| ChartError::Drawing(what.to_owned());
        let options = usvg::Options {
            fontdb: font::database(),
            font_family: "Noto Sans".to_owned(),
            ..Default::default()
        };
        let tree = usvg::Tree::from_str(&self.svg()?, &options)
            .map_err(|error| ChartError::Drawing(error.to_string()))?;
        let scale = width_px as f32 / tree.size().width();
        let height_px = (tree.size().height() * scale).round() as u32;
        let mut pixels = tiny_skia::Pixmap::new(width_px, height_px).ok_or_else(|| fault("no such size"))?;
        resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| ChartError::Drawing(error.to_string()))
    }

    /// What the picture says, for those who do not see it: its caption and all its numbers.
    pub fn alt(&self) -> String {
        let kind = self.kind();
        let caption = kind.caption();
        let mark = if caption.synthetic { words::synthetic(caption.lang) } else { "" };
        let subtitle = font::clean(caption.subtitle.as_deref().unwrap_or_default());
        words::sentences([mark, &font::clean(&caption.title), &subtitle, &kind.facts()])
    }
}

fn counted(part: Part, count: usize) -> Result<(), ChartError> {
    let (least, most) = part.bounds();
    if (least..=most).contains(&count) { Ok(()) } else { Err(ChartError::Count(part, count)) }
}

/// Ranks of more digits have no room.
fn ranked(ranks: impl IntoIterator<Item = Option<u32>>) -> Result<(), ChartError> {
    match ranks.into_iter().flatten().find(|rank| *rank > 9999) {
        Some(rank) => Err(ChartError::OutOfRange(f64::from(rank))),
        None => Ok(()),
    }
}

/// Refuses what is no number or outside of the bounds.
fn within(least: f64, most: f64, numbers: impl IntoIterator<Item = Option<f64>>) -> Result<(), ChartError> {
    for number in numbers.into_iter().flatten() {
        if !number.is_finite() {
            return Err(ChartError::NotFinite);
        }
        if !(least..=most).contains(&number) {
            return Err(ChartError::OutOfRange(number));
        }
    }
    Ok(())
}
