//! What holds for every picture.

use resvg::usvg::roxmltree::{Document, Node};

use super::font::{Type, width};
use super::samples::{all, gaps, history, made_up, radar, ranking, what_if};
use super::*;

const HOSTILE: &str =
    "</text><script>alert(\"&\u{1}'\u{202e}]]>\n<image href='http://x/'/>&amp; Đắk \u{ffff}Lắk";

fn number(node: &Node<'_, '_>, name: &str) -> f32 {
    node.attribute(name).map_or(0.0, |text| text.parse().expect("a number"))
}

fn count(svg: &str, tag: &str) -> usize {
    Document::parse(svg).expect("XML").descendants().filter(|node| node.has_tag_name(tag)).count()
}

/// Every text with its left, right, upper and lower edge.
fn texts(svg: &str) -> Vec<(String, [f32; 4])> {
    let document = Document::parse(svg).expect("XML");
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    let placed = texts.map(|node| {
        let text = node.text().expect("a text").trim().to_owned();
        let kind = Type { size: number(&node, "font-size"), bold: node.attribute("font-weight").is_some() };
        let (x, y, wide) = (number(&node, "x"), number(&node, "y"), width(&text, kind));
        let left = x - wide
            * [("middle", 0.5), ("end", 1.0)]
                .iter()
                .find(|(anchor, _)| node.attribute("text-anchor") == Some(anchor))
                .map_or(0.0, |(_, share)| *share);
        (text, [left, left + wide, y - kind.size * 0.74, y + kind.size * 0.2])
    });
    placed.collect()
}

/// Nothing is cut at the edge, nothing lies on something else.
fn laid_out(name: &str, svg: &str) {
    let document = Document::parse(svg).expect("XML");
    let (wide, high) =
        (number(&document.root_element(), "width"), number(&document.root_element(), "height"));
    let texts = texts(svg);
    for (at, (text, [left, right, top, bottom])) in texts.iter().enumerate() {
        let inside = *left >= 8.0 && *right <= wide - 8.0 && *top >= 8.0 && *bottom <= high - 8.0;
        assert!(inside, "{name}: {text:?} is cut");
        for (other, [l, r, t, b]) in &texts[at + 1..] {
            let apart = left >= r || l >= right || top >= b || t >= bottom;
            assert!(apart, "{name}: {text:?} and {other:?} overlap");
        }
        for bar in document.descendants().filter(|node| node.has_tag_name("rect") && node.has_attribute("x"))
        {
            let (l, t) = (number(&bar, "x"), number(&bar, "y"));
            let (r, b) = (l + number(&bar, "width"), t + number(&bar, "height"));
            let apart = *left >= r || l >= *right || *top >= b || t >= *bottom;
            assert!(apart || bar.attribute("fill") == Some("#FFFFFF"), "{name}: {text:?} lies on a bar");
        }
    }
}

/// The same pictures with names and titles as nobody hopes for.
fn hostile() -> Vec<(String, Picture)> {
    let name =
        |at: usize| if at.is_multiple_of(2) { HOSTILE.repeat(9) } else { "Wwwwwwwwwwwwwww".repeat(40) };
    let mut all = all();
    for (_, picture) in &mut all {
        let caption = match picture {
            Picture::Radar(Radar { caption, unit, axes }) => {
                *unit = name(0);
                axes.iter_mut().enumerate().for_each(|(at, axis)| axis.label.name = name(at));
                caption
            }
            Picture::Ranking(Ranking { caption, places, .. }) => {
                places.iter_mut().enumerate().for_each(|(at, place)| place.name = name(at));
                caption
            }
            Picture::Gaps(Gaps { caption, unit, bars }) => {
                *unit = name(1);
                bars.iter_mut()
                    .enumerate()
                    .for_each(|(at, bar)| bar.label = Label::new(name(at + 1), name(at)));
                caption
            }
            Picture::History(History { caption, unit, .. }) => {
                *unit = name(0);
                caption
            }
            Picture::WhatIf(WhatIf { caption, unit, bars }) => {
                *unit = name(1);
                bars.iter_mut().enumerate().for_each(|(at, bar)| bar.label.name = name(at));
                caption
            }
        };
        caption.title = name(0);
        caption.subtitle = Some(name(1));
    }
    all
}

#[test]
fn every_picture_is_well_formed_named_and_safe() {
    for (name, picture) in all().into_iter().chain(hostile()) {
        let svg = picture.svg().expect("a picture");
        let document = Document::parse(&svg).expect("XML");
        let root = document.root_element();
        assert!(svg.starts_with("<svg ") && root.attribute("role") == Some("img"), "{name}");
        let parts: Vec<_> = root.children().filter(Node::is_element).take(2).collect();
        assert!(parts[0].has_tag_name("title") && parts[1].has_tag_name("desc"), "{name}");
        let ids: Vec<_> = parts.iter().map(|part| part.attribute("id").expect("an id")).collect();
        assert_eq!(root.attribute("aria-labelledby"), Some(ids.join(" ").as_str()));
        assert_eq!(parts[1].text(), Some(picture.alt().as_str()));
        assert!(root.attribute("font-family").expect("a font").ends_with("sans-serif"));
        for node in document.descendants().filter(Node::is_element) {
            let tag = node.tag_name().name();
            let known = ["svg", "title", "desc", "rect", "text", "line", "path", "circle", "g"];
            assert!(known.contains(&tag), "{name}: {tag}");
            assert!(
                node.attributes().all(|it| !it.name().starts_with("on") && it.name() != "href"),
                "{name}"
            );
        }
    }
}

#[test]
fn nothing_overlaps_or_is_cut() {
    for (name, picture) in all().into_iter().chain(hostile()) {
        laid_out(&name, &picture.svg().expect("a picture"));
    }
}

#[test]
fn nothing_overlaps_whatever_the_numbers() {
    let number =
        |seed: usize, most: f64| (made_up(seed) > 0.1).then(|| (made_up(seed + 1) - 0.5) * 2.0 * most);
    for (seed, most) in [(1, 0.001), (2, 3.0), (3, 100.0), (4, 99_999.0), (5, GREATEST)] {
        for many in [1, 2, 5, 23, 40, 60] {
            let name = format!("{many} up to {most}");
            let mut gaps = gaps(Lang::Vi, "indicator");
            gaps.bars = (0..many)
                .map(|at| Gap { gap: number(at * seed, most), ..gaps.bars[at % 52].clone() })
                .collect();
            laid_out(&name, &Picture::Gaps(gaps).svg().expect("a picture"));
            let mut what_if = what_if(Lang::En, "indicator");
            let bar = |at: usize| WhatIfBar {
                before: number(at * seed, most),
                after: number(at * seed + 9, most),
                ..what_if.bars[at % 52].clone()
            };
            what_if.bars = (0..many).map(bar).collect();
            laid_out(&name, &Picture::WhatIf(what_if).svg().expect("a picture"));
            let mut ranking = ranking(Lang::Vi);
            let place =
                |at: usize| Place { score: number(at * seed, most), ..ranking.places[at % 34].clone() };
            ranking.places = (0..many).map(place).collect();
            ranking.mean = Some(most / 3.0);
            laid_out(&name, &Picture::Ranking(ranking).svg().expect("a picture"));
            let years = (0..many.min(40)).map(|at| Year {
                year: 1950 + (at * (1 + seed % 2)) as i32,
                score: number(at * seed, most),
                rank: Some(1 + at as u32 * 250),
                comparable: at % 4 != 3,
            });
            let history = History { years: years.collect(), ..history(Lang::En, 3) };
            laid_out(&name, &Picture::History(history).svg().expect("a picture"));
        }
        for many in 3..=12 {
            let mut radar = radar(Lang::Vi);
            let score = |seed: usize| Some(made_up(seed) * 100.0);
            let axis = |at: usize| Axis {
                unit: score(at),
                mean: score(at + 1),
                best: Some(100.0),
                ..radar.axes[at % 7].clone()
            };
            radar.axes = (0..many).map(|at| axis(at + seed)).collect();
            laid_out(&format!("radar of {many}"), &Picture::Radar(radar).svg().expect("a picture"));
        }
    }
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    for ((name, one), (_, other)) in all().into_iter().zip(all()).step_by(3) {
        assert_eq!(one.svg().expect("a picture"), other.svg().expect("a picture"), "{name}");
        assert_eq!(one.png(200).expect("a picture"), other.png(200).expect("a picture"), "{name}");
    }
}

#[test]
fn a_png_is_as_wide_as_asked() {
    let picture = Picture::Radar(radar(Lang::Vi));
    for wide in [200, 333, 800] {
        let pixels = tiny_skia::Pixmap::decode_png(&picture.png(wide).expect("a picture")).expect("a PNG");
        assert_eq!(pixels.width(), wide);
        assert!((300..=1400).contains(&(pixels.height() * 1000 / wide)));
        // Paper at the corner, ink somewhere: the letters are drawn.
        assert_eq!(
            pixels.pixel(0, 0).expect("a corner").demultiply(),
            tiny_skia::ColorU8::from_rgba(255, 255, 255, 255)
        );
        assert!(pixels.pixels().iter().any(|pixel| pixel.red() < 60 && pixel.blue() < 60));
    }
    // Letters the font does not have are no reason to fail.
    let mut foreign = radar(Lang::En);
    foreign.caption.title = "谅山 🏔 ประเทศ \u{301}\u{301}".to_owned();
    assert!(Picture::Radar(foreign).png(200).is_ok());
    for wide in [0, 199, 2001, u32::MAX] {
        assert_eq!(picture.png(wide), Err(ChartError::Width(wide)));
    }
}

#[test]
fn what_is_missing_is_a_gap_and_not_nought() {
    let mut radar = radar(Lang::Vi);
    let whole = Picture::Radar(radar.clone()).svg().expect("a picture");
    radar.axes[2].unit = None;
    let broken = Picture::Radar(radar.clone()).svg().expect("a picture");
    assert_eq!(count(&whole, "circle"), count(&broken, "circle") + 1);
    // The web's rings, the mean and the best stay closed; the unit is five strokes in place of an outline.
    assert_eq!((count(&whole, "path"), count(&broken, "path")), (7, 6));
    assert_eq!(count(&whole, "line") + 5, count(&broken, "line"));
    assert!(broken.contains("không có số liệu") && !whole.contains("không có số liệu"));
    assert!(Picture::Radar(radar).alt().contains("Cơ sở hạ tầng không có số liệu (trung bình"));

    let mut ranking = ranking(Lang::En);
    let whole = Picture::Ranking(ranking.clone()).svg().expect("a picture");
    ranking.places[3].score = None;
    let broken = Picture::Ranking(ranking).svg().expect("a picture");
    assert_eq!(count(&whole, "rect"), count(&broken, "rect") + 1);
    assert!(broken.contains("no data"));

    let mut gaps = gaps(Lang::Vi, "pillar");
    let whole = Picture::Gaps(gaps.clone()).svg().expect("a picture");
    gaps.bars[0].gap = None;
    let broken = Picture::Gaps(gaps).svg().expect("a picture");
    assert_eq!(count(&whole, "rect"), count(&broken, "rect") + 1);

    let mut history = history(Lang::Vi, 3);
    history.years.iter_mut().for_each(|year| year.comparable = true);
    let lines =
        |history: &History| count(&Picture::History(history.clone()).svg().expect("a picture"), "line");
    let whole = lines(&history);
    let mut broken = history.clone();
    broken.years[1] = Year { score: None, rank: None, ..broken.years[1].clone() };
    let svg = Picture::History(broken).svg().expect("a picture");
    assert_eq!(count(&svg, "circle"), 2);
    history.years.remove(1);
    assert!(lines(&history) < whole, "a year that is not listed joins nothing");

    let nothing = WhatIfBar { label: Label::new("1", "x"), before: None, after: None };
    let picture = WhatIf { bars: vec![nothing], ..what_if(Lang::En, "pillar") };
    assert!(Picture::WhatIf(picture).alt().ends_with("1 x: before no data, after no data."));
}

#[test]
fn years_that_may_not_be_compared_are_not_joined() {
    let mut joined = history(Lang::Vi, 3);
    joined.years.iter_mut().for_each(|year| year.comparable = true);
    let mut apart = joined.clone();
    apart.years[2].comparable = false;
    let [joined, apart] = [joined, apart].map(Picture::History);
    let thick =
        |picture: &Picture| picture.svg().expect("a picture").matches("<line stroke-width=\"2.5\"").count();
    assert_eq!((thick(&joined), thick(&apart)), (2, 1));
    assert!(apart.svg().expect("a picture").contains("không so sánh được với nhau"));
    assert!(apart.alt().contains("(không so sánh được với năm trước)"));
    assert!(!joined.alt().contains("không so sánh"));
}

#[test]
fn too_much_too_little_and_no_numbers_are_errors() {
    let radar_of = |many| {
        Picture::Radar(Radar {
            axes: radar(Lang::Vi).axes.into_iter().cycle().take(many).collect(),
            ..radar(Lang::Vi)
        })
    };
    let ranking_of =
        |many| Picture::Ranking(Ranking { places: vec![Place::default(); many], ..ranking(Lang::Vi) });
    let gaps_of = |many| Picture::Gaps(Gaps { bars: vec![Gap::default(); many], ..gaps(Lang::Vi, "pillar") });
    let what_if_of = |many| {
        Picture::WhatIf(WhatIf { bars: vec![WhatIfBar::default(); many], ..what_if(Lang::Vi, "pillar") })
    };
    let history_of = |many: usize| Picture::History(history(Lang::Vi, many as i32));
    let kinds: [(Part, &dyn Fn(usize) -> Picture); 5] = [
        (Part::Axes, &radar_of),
        (Part::Units, &ranking_of),
        (Part::Bars, &gaps_of),
        (Part::Bars, &what_if_of),
        (Part::Years, &history_of),
    ];
    for (part, of) in kinds {
        let (least, most) = part.bounds();
        assert!(of(least).svg().is_ok() && of(most).svg().is_ok(), "{part:?}");
        for many in [0, least - 1, most + 1] {
            assert_eq!(of(many).svg(), Err(ChartError::Count(part, many)));
            assert_eq!(of(many).png(800), Err(ChartError::Count(part, many)));
        }
    }

    let gap = |gap| {
        Picture::Gaps(Gaps {
            bars: vec![Gap { gap: Some(gap), ..Default::default() }],
            ..gaps(Lang::Vi, "pillar")
        })
        .svg()
    };
    assert_eq!(gap(f64::NAN), Err(ChartError::NotFinite));
    assert_eq!(gap(f64::NEG_INFINITY), Err(ChartError::NotFinite));
    assert_eq!(gap(1e300), Err(ChartError::OutOfRange(1e300)));
    let mut over = radar(Lang::Vi);
    over.axes[0].best = Some(100.5);
    assert_eq!(Picture::Radar(over).svg(), Err(ChartError::OutOfRange(100.5)));
    let mut turned = history(Lang::Vi, 5);
    turned.years.swap(1, 2);
    assert_eq!(Picture::History(turned).svg(), Err(ChartError::Years));
    let mut untitled = ranking(Lang::En);
    untitled.caption.title = " \u{0}\n".to_owned();
    assert_eq!(Picture::Ranking(untitled).svg(), Err(ChartError::Untitled));
}

#[test]
fn made_up_numbers_say_so() {
    for (lang, mark) in [(Lang::Vi, "SỐ LIỆU GIẢ LẬP"), (Lang::En, "SYNTHETIC DATA")] {
        let mut radar = radar(lang);
        let marked = Picture::Radar(radar.clone());
        assert!(marked.alt().starts_with(mark));
        assert!(texts(&marked.svg().expect("a picture")).iter().any(|(text, _)| text == mark));
        radar.caption.synthetic = false;
        assert!(!Picture::Radar(radar).svg().expect("a picture").contains(mark));
    }
}

#[test]
fn the_text_alternative_says_the_numbers() {
    let caption = Caption { title: "Trụ cột".to_owned(), ..Default::default() };
    let axis =
        Axis { label: Label::new("1", "Thể chế"), unit: Some(58.756), mean: Some(50.12), best: None };
    let radar = Radar { caption: caption.clone(), unit: "Lạng Sơn".to_owned(), axes: vec![axis] };
    assert_eq!(
        Picture::Radar(radar).alt(),
        "Trụ cột. Lạng Sơn: 1 Thể chế 58,76 điểm (trung bình 50,12, cao nhất không có số liệu)."
    );
    let place = |name: &str, rank, score| Place {
        name: name.to_owned(),
        rank: Some(rank),
        score: Some(score),
        highlighted: rank == 2,
    };
    let places = vec![place("Lạng Sơn", 2, 30.0), place("Hà Nội", 1, 62.86)];
    assert_eq!(
        Picture::Ranking(Ranking { caption, places, mean: None }).alt(),
        "Trụ cột. Lạng Sơn: hạng 2, 30,00 điểm. Toàn bộ – Hà Nội: hạng 1, 62,86 điểm; Lạng Sơn: hạng 2, 30,00 điểm."
    );
    let bar = WhatIfBar { label: Label::new("7", "Impact"), before: Some(1234.5), after: Some(1230.0) };
    let caption = Caption { title: "Scenario".to_owned(), lang: Lang::En, ..Default::default() };
    assert_eq!(
        Picture::WhatIf(WhatIf { caption, unit: "Lang Son".to_owned(), bars: vec![bar] }).alt(),
        "Scenario. Lang Son – 7 Impact: before 1,234.50, after 1,230.00 (−4.50)."
    );
}

/// For people: `PICTURES=folder cargo test -p api charts -- --ignored` writes every sample there.
#[test]
#[ignore = "writes files to look at"]
fn pictures_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var("PICTURES").expect("PICTURES is a folder"));
    for (name, picture) in all() {
        std::fs::write(folder.join(format!("{name}.svg")), picture.svg().expect("a picture"))
            .expect("the folder is there");
        std::fs::write(folder.join(format!("{name}.png")), picture.png(1200).expect("a picture"))
            .expect("the folder is there");
        std::fs::write(folder.join(format!("{name}.txt")), picture.alt()).expect("the folder is there");
    }
}
