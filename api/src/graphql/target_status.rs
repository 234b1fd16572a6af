//! How far a target is, with the arithmetic that says so.

use async_graphql::Enum;

use crate::lang::{Lang, operand};

/// How far a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TargetStatus {
    /// Every goal is reached by the published figures of its year.
    Reached,
    /// Not decided yet: the draft of its year reaches it, or the trend of earlier years leads there.
    OnTrack,
    /// At least one goal is missed, or the trend of earlier years does not lead there.
    OffTrack,
    /// Nothing is known that it could be measured by.
    Unknown,
}

/// What was wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub year: i32,
    pub rank: Option<i32>,
    pub score: Option<f64>,
    pub above_last_year: bool,
}

/// The figures of one year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Year {
    pub year: i32,
    pub score: Option<f64>,
    pub rank: Option<f64>,
    pub published: bool,
    /// Whether it may be compared with the year before it in the list.
    pub comparable: bool,
}

/// How far the target is, and the arithmetic in words.
pub(super) fn judge(wanted: Wanted, years: &[Year], lang: Lang) -> (TargetStatus, String) {
    let now = years.iter().find(|year| year.year == wanted.year);
    let before: Vec<Year> = years.iter().filter(|year| year.year < wanted.year).copied().collect();
    let last = before.last();
    let mut words = Vec::new();
    let mut verdicts = Vec::new();
    let line = Line::through(&before, wanted.year).filter(|_| now.is_none());
    if now.is_none() {
        words.push(match line {
            Some(_) => lang.pick(
                format!("Chưa có số liệu năm {}; ngoại suy theo xu hướng hai năm gần nhất.", wanted.year),
                format!("No figures of {} yet; the trend of the last two years is followed.", wanted.year),
            ),
            None => lang.pick(
                format!("Chưa có số liệu năm {}.", wanted.year),
                format!("No figures of {} yet.", wanted.year),
            ),
        });
    }
    let measured =
        |of: fn(&Year) -> Option<f64>, least: f64, number: &dyn Fn(f64) -> String| match (now, line) {
            (Some(year), _) => of(year).map(|x| {
                let text = number(x);
                let text = match year.published {
                    true => lang.pick(format!("đạt {text}"), format!("reached {text}")),
                    false => lang.pick(format!("hiện {text}"), format!("now {text}")),
                };
                Told { x, text, projected: false }
            }),
            (None, Some(line)) => line.told(of, least, number, lang),
            (None, None) => None,
        };
    let score_now = measured(|year| year.score, f64::NEG_INFINITY, &|x| points(lang, x));
    if let Some(goal) = wanted.rank {
        let now = measured(|year| year.rank, 1.0, &|x| places(lang, x));
        let (reached, text) = rank(goal, now.as_ref(), last, lang);
        verdicts.push(reached);
        words.push(text);
    }
    if let Some(goal) = wanted.score {
        let (reached, text) = score(goal, score_now.as_ref(), last, lang);
        verdicts.push(reached);
        words.push(text);
    }
    if wanted.above_last_year {
        let (reached, text) = above(score_now.as_ref(), last, wanted.year, lang);
        verdicts.push(reached);
        words.push(text);
    }
    let status = if verdicts.contains(&Some(false)) {
        TargetStatus::OffTrack
    } else if verdicts.is_empty() || verdicts.contains(&None) {
        TargetStatus::Unknown
    } else if now.is_some_and(|year| year.published) {
        TargetStatus::Reached
    } else {
        TargetStatus::OnTrack
    };
    (status, words.join(" "))
}

/// A figure of the target's year, and how it came about.
struct Told {
    x: f64,
    text: String,
    projected: bool,
}

/// The straight line through the last two years.
#[derive(Clone, Copy)]
struct Line {
    first: Year,
    last: Year,
    year: i32,
}

impl Line {
    /// Only where the two years may be compared.
    fn through(before: &[Year], year: i32) -> Option<Self> {
        let &[.., first, last] = before else { return None };
        last.comparable.then_some(Self { first, last, year })
    }

    /// A figure of its end, `least` at least, with the arithmetic.
    fn told(
        self,
        of: fn(&Year) -> Option<f64>,
        least: f64,
        number: &dyn Fn(f64) -> String,
        lang: Lang,
    ) -> Option<Told> {
        let (first, last) = (of(&self.first)?, of(&self.last)?);
        let (ahead, apart) = (self.year - self.last.year, self.last.year - self.first.year);
        let end = last + (last - first) * (f64::from(ahead) / f64::from(apart));
        let times = match (ahead, apart) {
            _ if ahead == apart => String::new(),
            (_, 1) => format!(" × {ahead}"),
            (1, _) => format!(" ÷ {apart}"),
            _ => format!(" × {ahead} ÷ {apart}"),
        };
        // Scores that were not published are written finer, so that the end comes out.
        let part = |x: f64| if index::round(x, 2) == x { number(x) } else { lang.number(x, 4) };
        let (a, b) = (part(last), operand(part(first)));
        let inner = operand(a.clone());
        let mut line = format!("{a} + ({inner} − {b}){times} = {}", number(end));
        let x = end.max(least);
        if x != end {
            let x = number(x);
            line += &lang.pick(format!(", lấy {x}"), format!(", taken as {x}"));
        }
        let text = lang.pick(format!("ngoại suy {line}"), format!("projected {line}"));
        Some(Told { x, text, projected: true })
    }
}

/// A rank, or a difference of ranks.
fn places(lang: Lang, x: f64) -> String {
    lang.number(x, u8::from(x.fract() != 0.0))
}

/// A score, or a difference of scores.
fn points(lang: Lang, x: f64) -> String {
    lang.number(x, 2)
}

fn rank(goal: i32, now: Option<&Told>, last: Option<&Year>, lang: Lang) -> (Option<bool>, String) {
    let goal_places = f64::from(goal);
    let from = last.and_then(|year| Some((year.year, year.rank?)));
    let number = |x: f64| places(lang, x);
    match (now, from) {
        (Some(Told { x: now, text, .. }), _) => {
            let gap = number((now - goal_places).abs());
            let (now_text, reached) = (number(*now), *now <= goal_places);
            let text = match reached {
                true => lang.pick(
                    format!("Hạng: mục tiêu {goal}, {text} ({now_text} ≤ {goal})."),
                    format!("Rank: goal {goal}, {text} ({now_text} ≤ {goal})."),
                ),
                false => lang.pick(
                    format!("Hạng: mục tiêu {goal}, {text}; còn thiếu {now_text} − {goal} = {gap} bậc."),
                    format!("Rank: goal {goal}, {text}; {now_text} − {goal} = {gap} places short."),
                ),
            };
            (Some(reached), text)
        }
        (None, Some((year, rank))) if rank <= goal_places => {
            let rank_text = number(rank);
            let text = lang.pick(
                format!(
                    "Hạng: mục tiêu {goal}; năm {year} xếp thứ {rank_text}: cần giữ ({rank_text} ≤ {goal})."
                ),
                format!("Rank: goal {goal}; {rank_text} in {year}: to be kept ({rank_text} ≤ {goal})."),
            );
            (None, text)
        }
        (None, Some((year, rank))) => {
            let (rank_text, gap) = (number(rank), number(rank - goal_places));
            let text = lang.pick(
                format!("Hạng: mục tiêu {goal}; năm {year} xếp thứ {rank_text}: cần tăng {rank_text} − {goal} = {gap} bậc."),
                format!("Rank: goal {goal}; {rank_text} in {year}: {rank_text} − {goal} = {gap} places to rise."),
            );
            (None, text)
        }
        (None, None) => (
            None,
            lang.pick(
                format!("Hạng: mục tiêu {goal}; chưa có hạng để so sánh."),
                format!("Rank: goal {goal}; there is no rank to compare with."),
            ),
        ),
    }
}

fn score(goal: f64, now: Option<&Told>, last: Option<&Year>, lang: Lang) -> (Option<bool>, String) {
    let number = |x: f64| points(lang, x);
    let from = last.and_then(|year| Some((year.year, year.score?)));
    let goal_text = number(goal);
    match (now, from) {
        (Some(Told { x: now, text, .. }), _) => {
            let (now_text, gap) = (number(*now), number(now - goal));
            let less = operand(goal_text.clone());
            let text = lang.pick(
                format!("Điểm: mục tiêu {goal_text}, {text}; {now_text} − {less} = {gap}."),
                format!("Score: goal {goal_text}, {text}; {now_text} − {less} = {gap}."),
            );
            (Some(*now >= goal), text)
        }
        (None, Some((year, score))) if score >= goal => {
            let score_text = number(score);
            let text = lang.pick(
                format!("Điểm: mục tiêu {goal_text}; năm {year} đạt {score_text}: cần giữ ({score_text} ≥ {goal_text})."),
                format!("Score: goal {goal_text}; {score_text} in {year}: to be kept ({score_text} ≥ {goal_text})."),
            );
            (None, text)
        }
        (None, Some((year, score))) => {
            let (score_text, gap) = (number(score), number(goal - score));
            let less = operand(score_text.clone());
            let text = lang.pick(
                format!("Điểm: mục tiêu {goal_text}; năm {year} đạt {score_text}: cần {goal_text} − {less} = {gap}."),
                format!("Score: goal {goal_text}; {score_text} in {year}: {goal_text} − {less} = {gap} to gain."),
            );
            (None, text)
        }
        (None, None) => (
            None,
            lang.pick(
                format!("Điểm: mục tiêu {goal_text}; chưa có điểm để so sánh."),
                format!("Score: goal {goal_text}; there is no score to compare with."),
            ),
        ),
    }
}

fn above(now: Option<&Told>, last: Option<&Year>, year: i32, lang: Lang) -> (Option<bool>, String) {
    let number = |x: f64| points(lang, x);
    let from = last.and_then(|last| Some((last.year, last.score?)));
    match (now, from) {
        (Some(now), Some((before_year, before))) => {
            let (x, before_text, gap) = (number(now.x), operand(number(before)), number(now.x - before));
            let line = if now.projected { format!("{}; ", now.text) } else { String::new() };
            let text = lang.pick(
                format!("Điểm năm {year} phải cao hơn năm {before_year}: {line}{x} − {before_text} = {gap}."),
                format!("The score of {year} must be above that of {before_year}: {line}{x} − {before_text} = {gap}."),
            );
            (Some(now.x > before), text)
        }
        (None, Some((before_year, before))) => {
            let before_text = number(before);
            let text = lang.pick(
                format!("Điểm năm {year} phải cao hơn năm {before_year} ({before_text})."),
                format!("The score of {year} must be above that of {before_year} ({before_text})."),
            );
            (None, text)
        }
        (_, None) => (
            None,
            lang.pick(
                format!("Điểm năm {year} phải cao hơn năm trước; chưa có điểm năm trước để so sánh."),
                format!("The score of {year} must be above that of the year before, which is not known."),
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: i32, score: f64, rank: f64) -> Year {
        Year { year, score: Some(score), rank: Some(rank), published: true, comparable: true }
    }

    const WANTED: Wanted = Wanted { year: 2026, rank: Some(25), score: None, above_last_year: true };

    #[test]
    fn published_figures_decide() {
        let reached = judge(WANTED, &[year(2025, 40.0, 29.0), year(2026, 41.5, 25.0)], Lang::En);
        assert_eq!(reached.0, TargetStatus::Reached);
        assert!(reached.1.contains("25 ≤ 25") && reached.1.contains("41.50 − 40.00 = 1.50"), "{}", reached.1);
        let missed = judge(WANTED, &[year(2025, 40.0, 29.0), year(2026, 41.5, 27.0)], Lang::Vi);
        assert_eq!(missed.0, TargetStatus::OffTrack);
        assert!(
            missed.1.contains("đạt 27; còn thiếu 27 − 25 = 2 bậc") && missed.1.contains("41,50"),
            "{}",
            missed.1
        );
        let lower = judge(WANTED, &[year(2025, 42.0, 29.0), year(2026, 42.0, 25.0)], Lang::Vi);
        assert_eq!(lower.0, TargetStatus::OffTrack, "the same score is not above");
    }

    #[test]
    fn a_draft_is_on_track_and_a_trend_is_followed() {
        let draft = Year { published: false, ..year(2026, 41.5, 24.0) };
        let (status, words) = judge(WANTED, &[year(2025, 40.0, 29.0), draft], Lang::En);
        assert_eq!(status, TargetStatus::OnTrack);
        assert!(words.contains("now 24 (24 ≤ 25)"), "{words}");
        let rising = judge(WANTED, &[year(2024, 39.0, 33.0), year(2025, 40.0, 29.0)], Lang::En);
        assert_eq!(rising.0, TargetStatus::OnTrack, "{}", rising.1);
        assert!(rising.1.contains("Rank: goal 25, projected 29 + (29 − 33) = 25 (25 ≤ 25)."), "{}", rising.1);
        assert!(
            rising.1.contains("projected 40.00 + (40.00 − 39.00) = 41.00; 41.00 − 40.00 = 1.00."),
            "{}",
            rising.1
        );
        let slow = judge(WANTED, &[year(2024, 39.0, 30.0), year(2025, 40.0, 29.0)], Lang::En);
        assert_eq!(slow.0, TargetStatus::OffTrack, "{}", slow.1);
    }

    #[test]
    fn the_line_is_shown() {
        let wanted = Wanted { year: 2026, rank: Some(3), score: Some(51.0), above_last_year: false };
        let (status, words) = judge(wanted, &[year(2024, 41.74, 12.0), year(2025, 46.36, 5.0)], Lang::Vi);
        assert_eq!(status, TargetStatus::OffTrack);
        assert!(words.contains("ngoại suy 5 + (5 − 12) = −2, lấy 1 (1 ≤ 3)."), "{words}");
        let score = "Điểm: mục tiêu 51,00, ngoại suy 46,36 + (46,36 − 41,74) = 50,98; 50,98 − 51,00 = −0,02.";
        assert!(words.contains(score) && !words.contains("hiện"), "{words}");
        let apart = |first: i32, year_wanted: i32| {
            let wanted = Wanted { year: year_wanted, score: Some(40.0), ..Wanted::default() };
            judge(wanted, &[year(first, 40.0, 9.0), year(2025, 41.0, 9.0)], Lang::En).1
        };
        assert!(apart(2024, 2027).contains("projected 41.00 + (41.00 − 40.00) × 2 = 43.00"));
        assert!(apart(2023, 2026).contains("projected 41.00 + (41.00 − 40.00) ÷ 2 = 41.50"));
        assert!(apart(2022, 2027).contains("projected 41.00 + (41.00 − 40.00) × 2 ÷ 3 = 41.67"));
    }

    #[test]
    fn what_was_reached_before_is_to_be_kept() {
        let wanted = Wanted { year: 2026, rank: Some(25), score: Some(40.0), above_last_year: false };
        let (status, words) = judge(wanted, &[year(2025, 40.0, 20.0)], Lang::Vi);
        assert_eq!(status, TargetStatus::Unknown, "nothing says that it is");
        assert!(words.contains("cần giữ (20 ≤ 25)") && words.contains("cần giữ (40,00 ≥ 40,00)"), "{words}");
    }

    #[test]
    fn what_cannot_be_compared_is_unknown() {
        let other = Year { comparable: false, ..year(2025, 40.0, 29.0) };
        let (status, words) = judge(WANTED, &[year(2024, 39.0, 33.0), other], Lang::Vi);
        assert_eq!(status, TargetStatus::Unknown);
        assert!(words.contains("29 − 25 = 4 bậc"), "{words}");
        let unscored = Year { score: None, ..year(2025, 0.0, 29.0) };
        assert_eq!(judge(WANTED, &[unscored], Lang::En).0, TargetStatus::Unknown);
        assert_eq!(judge(WANTED, &[], Lang::En).0, TargetStatus::Unknown);
    }
}
