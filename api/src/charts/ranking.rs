//! The ranking: a bar for every unit.

use super::font::{self, Type, clean, fit};
use super::scale::Scale;
use super::sheet::{Anchor, DARK, GREY, INK, MARGIN, PALE, RIGHT, Sheet, Stroke};
use super::{Caption, ChartError, Draw, GREATEST, Part, counted, ranked, within, words};

/// All units by rank; those without one come last, by score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// What stands over it.
    pub caption: Caption,
    /// The units, in any order.
    pub places: Vec<Place>,
    /// The mean of all, drawn as a line if there is one.
    pub mean: Option<f64>,
}

/// One unit of a ranking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// The unit's name.
    pub name: String,
    /// Its rank as published or computed; units may share one.
    pub rank: Option<u32>,
    /// Its score.
    pub score: Option<f64>,
    /// Whether it is the one the picture is about.
    pub highlighted: bool,
}

impl Ranking {
    fn sorted(&self) -> Vec<&Place> {
        let mut places: Vec<&Place> = self.places.iter().collect();
        places.sort_by(|a, b| {
            let by_rank = a.rank.unwrap_or(u32::MAX).cmp(&b.rank.unwrap_or(u32::MAX));
            let score = |place: &Place| place.score.unwrap_or(f64::NEG_INFINITY);
            by_rank.then(score(b).total_cmp(&score(a)))
        });
        places
    }
}

impl Draw for Ranking {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn check(&self) -> Result<(), ChartError> {
        counted(Part::Units, self.places.len())?;
        ranked(self.places.iter().map(|place| place.rank))?;
        within(-GREATEST, GREATEST, self.places.iter().map(|place| place.score).chain([self.mean]))
    }

    fn draw(&self, sheet: &mut Sheet) -> f32 {
        let lang = sheet.lang;
        let places = self.sorted();
        let row = (900.0 / places.len() as f32).clamp(15.0, 28.0);
        let size = if row < 18.0 { 11.0 } else { 12.0 };
        let kind = |place: &Place| if place.highlighted { Type::bold(size) } else { Type::regular(size) };
        let bold = Type::bold(size);

        let names =
            places.iter().map(|place| font::width(&clean(&place.name), kind(place))).fold(0.0, f32::max);
        let numbers =
            places.iter().flat_map(|place| place.score).map(|n| font::width(&words::score(lang, n), bold));
        let room = numbers.fold(0.0, f32::max) + 8.0;
        let ranks = MARGIN + 20.0;
        let name = ranks + 10.0;
        let names = names.min(210.0);
        let scores = places.iter().flat_map(|place| place.score);
        let mut scale =
            Scale::from_nought(scores.clone().chain(self.mean), name + names + 10.0, RIGHT - room);
        if scale.has_negative() {
            scale = Scale::from_nought(scores.chain(self.mean), name + names + 10.0 + room, RIGHT - room);
        }

        let top = sheet.top + if self.mean.is_some() { 18.0 } else { 4.0 };
        let bottom = top + row * places.len() as f32;
        let base = |at: usize| top + row * (at as f32 + 0.5) + size * 0.36;
        for (at, place) in places.iter().enumerate() {
            let rank = place.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string());
            sheet.text(
                ranks,
                base(at),
                Anchor::End,
                kind(place),
                if place.highlighted { INK } else { GREY },
                &rank,
            );
            sheet.text(
                name,
                base(at),
                Anchor::Start,
                kind(place),
                INK,
                &fit(&clean(&place.name), names, kind(place)),
            );
            if let Some(score) = place.score {
                let color = if place.highlighted { DARK } else { PALE };
                sheet.bar(scale.at(0.0), scale.at(score), top + row * (at as f32 + 0.14), row * 0.72, color);
            }
        }
        sheet.line((scale.at(0.0), top), (scale.at(0.0), bottom), Stroke::solid(GREY, 1.0));
        if let Some(mean) = self.mean {
            let x = scale.at(mean);
            sheet.line((x, top - 3.0), (x, bottom), Stroke::dashed(INK, 1.0, "4 3"));
            let text = format!("{} {}", lang.pick("Trung bình", "Mean"), words::score(lang, mean));
            let half = font::width(&text, Type::regular(11.0)) / 2.0;
            let x = x.clamp(MARGIN + half, RIGHT - half);
            sheet.text(x, top - 7.0, Anchor::Middle, Type::regular(11.0), INK, &text);
        }
        for (at, place) in places.iter().enumerate() {
            match place.score {
                Some(score) => {
                    let (x, anchor) = match score < 0.0 {
                        true => (scale.at(score) - 4.0, Anchor::End),
                        false => (scale.at(score) + 4.0, Anchor::Start),
                    };
                    sheet.backed(x, base(at), anchor, kind(place), INK, &words::score(lang, score));
                }
                None => {
                    let x = scale.at(0.0) + 4.0;
                    sheet.backed(x, base(at), Anchor::Start, kind(place), GREY, words::missing(lang));
                }
            }
        }
        bottom + MARGIN - 4.0
    }

    fn facts(&self) -> String {
        let lang = self.caption.lang;
        let place = |place: &Place| {
            let rank = match place.rank {
                Some(rank) => format!("{} {rank}", lang.pick("hạng", "rank")),
                None => lang.pick("không xếp hạng", "no rank").to_owned(),
            };
            format!("{}: {rank}, {}", clean(&place.name), words::points(lang, place.score))
        };
        let places = self.sorted();
        let mut parts: Vec<String> =
            places.iter().filter(|one| one.highlighted).map(|one| place(one)).collect();
        if let Some(mean) = self.mean {
            parts.push(format!("{} {}", lang.pick("Trung bình", "Mean"), words::points(lang, Some(mean))));
        }
        let all = places.iter().map(|one| place(one)).collect::<Vec<_>>().join("; ");
        parts.push(format!("{} {all}", lang.pick("Toàn bộ –", "All –")));
        words::sentences(parts.iter().map(String::as_str))
    }
}
