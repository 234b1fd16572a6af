//! Pictures with the true names and made-up numbers, to test with and to look at.

use super::*;

const FRAMEWORK: &str = include_str!("../../data/framework-2025.csv");
const PROVINCES: &str = include_str!("../../data/provinces.csv");

fn rows(text: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.expect("a row")).collect()
}

pub fn nodes(level: &str, lang: Lang) -> Vec<Label> {
    let of_level = |row: &csv::StringRecord| row[2] == *level;
    rows(FRAMEWORK)
        .iter()
        .filter(|row| of_level(row))
        .map(|row| Label::new(&row[0], &row[lang.pick(3, 4)]))
        .collect()
}

/// Between 0 and 1, the same each time.
pub fn made_up(seed: usize) -> f64 {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 / (1_u64 << 24) as f64
}

pub fn unit(lang: Lang) -> String {
    lang.pick("Lạng Sơn", "Lang Son").to_owned()
}

pub fn caption(lang: Lang, vi: &str, en: &str) -> Caption {
    let source = lang.pick(
        "Khung chỉ số 2025 (Quyết định 989/QĐ-BKHCN), bản nháp số 3 ngày 25/11/2025; nguồn: số liệu thử của Sở Khoa học và Công nghệ",
        "Framework 2025 (Decision 989/QD-BKHCN), draft 3 of 25 November 2025; source: trial data of the Department of Science and Technology",
    );
    Caption { title: lang.pick(vi, en).to_owned(), subtitle: Some(source.to_owned()), synthetic: true, lang }
}

pub fn radar(lang: Lang) -> Radar {
    let axes = nodes("pillar", lang).into_iter().enumerate().map(|(at, label)| {
        let mean = 30.0 + 25.0 * made_up(at + 7);
        let best = mean + 12.0 + 25.0 * made_up(at + 70);
        Axis { label, unit: Some(mean - 18.0 + 30.0 * made_up(at + 700)), mean: Some(mean), best: Some(best) }
    });
    let caption = caption(lang, "Điểm bảy trụ cột của Lạng Sơn năm 2025", "Lang Son's seven pillars in 2025");
    Radar { caption, unit: unit(lang), axes: axes.collect() }
}

pub fn ranking(lang: Lang) -> Ranking {
    let mut names: Vec<String> = rows(PROVINCES).iter().map(|row| row[lang.pick(1, 2)].to_owned()).collect();
    names.rotate_left(9);
    let places = names.into_iter().enumerate().map(|(at, name)| Place {
        highlighted: name.contains(lang.pick("Lạng Sơn", "Lang Son")),
        name,
        rank: Some(at as u32 + 1),
        score: Some(62.86 - at as f64 * 0.95 - made_up(at) * 0.9),
    });
    let caption = caption(
        lang,
        "Xếp hạng 34 tỉnh, thành phố năm 2025",
        "Ranking of the 34 provinces and cities in 2025",
    );
    Ranking { caption, places: places.collect(), mean: Some(46.4) }
}

pub fn gaps(lang: Lang, level: &str) -> Gaps {
    let bars = nodes(level, lang).into_iter().enumerate().map(|(at, label)| {
        let gap = (made_up(at + 3) - 0.6) * 60.0;
        Gap { label, gap: (at % 17 != 11).then_some(gap) }
    });
    let caption = caption(
        lang,
        "Khoảng cách của Lạng Sơn so với trung bình cả nước",
        "Lang Son's gaps to the national mean",
    );
    Gaps { caption, unit: unit(lang), bars: bars.collect() }
}

pub fn history(lang: Lang, years: i32) -> History {
    let first = 2026 - years;
    let years = (0..years).map(|at| Year {
        year: first + at,
        score: (at != 2 || years < 4).then(|| 28.0 + f64::from(at) * 1.2 + 6.0 * made_up(at as usize)),
        rank: (at != 2 || years < 4).then(|| 40 - at as u32 / 2),
        comparable: at != years - 2,
    });
    let caption = caption(
        lang,
        "Điểm và thứ hạng của Lạng Sơn qua các năm",
        "Lang Son's score and rank over the years",
    );
    History { caption, unit: unit(lang), years: years.collect() }
}

pub fn what_if(lang: Lang, level: &str) -> WhatIf {
    let bars = nodes(level, lang).into_iter().enumerate().map(|(at, label)| {
        let before = 20.0 + 50.0 * made_up(at + 5);
        let after = if at % 3 == 1 { before } else { before + 22.0 * (made_up(at + 50) - 0.2) };
        WhatIfBar { label, before: (at % 13 != 6).then_some(before), after: (at % 19 != 9).then_some(after) }
    });
    let title = (
        "Kịch bản: hoàn thành năm nhiệm vụ trọng tâm năm 2026",
        "Scenario: the five priority tasks of 2026 are completed",
    );
    WhatIf { caption: caption(lang, title.0, title.1), unit: unit(lang), bars: bars.collect() }
}

/// Every kind in both languages, with few and many marks, each with a name for its file.
pub fn all() -> Vec<(String, Picture)> {
    let mut all = Vec::new();
    for lang in [Lang::Vi, Lang::En] {
        let mut broken = radar(lang);
        broken.axes[3].unit = None;
        broken.axes[5].mean = None;
        let mut twelve = radar(lang);
        twelve.axes = (0..12)
            .map(|at| Axis { label: nodes("group", lang)[at].clone(), ..twelve.axes[at % 7].clone() })
            .collect();
        twelve.caption.subtitle = None;
        let mut full = ranking(lang);
        full.places
            .extend(full.places.clone().into_iter().take(29).map(|place| Place { rank: None, ..place }));
        full.places[4].score = None;
        let mut plain = ranking(lang);
        plain.places.truncate(9);
        plain.caption.synthetic = false;
        for (name, picture) in [
            ("radar", Picture::Radar(radar(lang))),
            ("radar-broken", Picture::Radar(broken)),
            ("radar-12", Picture::Radar(twelve)),
            ("ranking", Picture::Ranking(ranking(lang))),
            ("ranking-63", Picture::Ranking(full)),
            ("ranking-9", Picture::Ranking(plain)),
            ("gaps-7", Picture::Gaps(gaps(lang, "pillar"))),
            ("gaps-52", Picture::Gaps(gaps(lang, "indicator"))),
            ("history-3", Picture::History(history(lang, 3))),
            ("history-9", Picture::History(history(lang, 9))),
            ("history-40", Picture::History(history(lang, 40))),
            ("what-if-7", Picture::WhatIf(what_if(lang, "pillar"))),
            ("what-if-52", Picture::WhatIf(what_if(lang, "indicator"))),
        ] {
            all.push((format!("{name}-{}", lang.tag()), picture));
        }
    }
    all
}
