//! What a reader should know before comparing two editions.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::super::record::Record;
use super::{Outcome, Pair};
use crate::lang::Lang;

/// Whether figures of the two editions may be compared directly, and what there is to know.
pub(super) fn warning(pair: &Pair, outcome: &Outcome, lang: Lang) -> (bool, Option<String>) {
    let doubts = [
        synthetic(pair, lang),
        frameworks(pair, lang),
        units(pair, lang),
        gone(pair, &pair.from, lang),
        gone(pair, &pair.to, lang),
    ];
    let doubts: Vec<String> = doubts.into_iter().flatten().collect();
    let comparable = doubts.is_empty();
    let advice = (!comparable).then(|| {
        lang.pick("Không nên so sánh trực tiếp.", "Do not compare the figures directly.").to_owned()
    });
    let words: Vec<String> = doubts.into_iter().chain(whole(outcome, lang)).chain(advice).collect();
    (comparable, (!words.is_empty()).then(|| words.join(" ")))
}

/// Made-up figures beside real ones.
fn synthetic(pair: &Pair, lang: Lang) -> Option<String> {
    let (from, to) = (pair.from.edition(), pair.to.edition());
    let year = if from.synthetic { from.year } else { to.year };
    (from.synthetic != to.synthetic).then(|| {
        lang.pick(
            format!("Số liệu năm {year} là SỐ LIỆU GIẢ LẬP, năm kia là số liệu thực tế."),
            format!("The figures of {year} are SYNTHETIC, those of the other year are real."),
        )
    })
}

fn frameworks(pair: &Pair, lang: Lang) -> Option<String> {
    let (from, to) = (&pair.from.tree().framework, &pair.to.tree().framework);
    let (a, b) = (&from.version, &to.version);
    (from.id != to.id).then(|| {
        lang.pick(
            format!("Hai kỳ dùng hai khung chỉ số khác nhau ({a} và {b})."),
            format!("The two editions use different frameworks ({a} and {b})."),
        )
    })
}

fn units(pair: &Pair, lang: Lang) -> Option<String> {
    let (from, to) = (pair.from.edition().unit_count, pair.to.edition().unit_count);
    if from != to {
        let count = |count: Option<i32>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        let (a, b) = (count(from), count(to));
        return Some(lang.pick(
            format!("Số địa phương được xếp hạng khác nhau ({a} và {b})."),
            format!("The numbers of ranked units differ ({a} and {b})."),
        ));
    }
    let measured = |record: &Record| -> Option<BTreeSet<Uuid>> {
        match record {
            Record::Computed(basis) => Some(basis.units.iter().map(|unit| unit.id).collect()),
            Record::Published(_) => None,
        }
    };
    let differ = measured(&pair.from)? != measured(&pair.to)?;
    differ.then(|| {
        lang.pick(
            "Các địa phương có số liệu ở hai kỳ không giống nhau.",
            "The units that were measured are not the same in the two editions.",
        )
        .to_owned()
    })
}

/// The unit is not in this edition: it may not have existed yet, or no longer.
fn gone(pair: &Pair, record: &Record, lang: Lang) -> Option<String> {
    let unit = &pair.unit;
    if record.knows(unit.id) {
        return None;
    }
    let year = record.edition().year;
    let name = lang.pick(&unit.name_vi, &unit.name_en);
    let mut words = lang.pick(
        format!("Kỳ {year} không có số liệu của {name}."),
        format!("The edition of {year} has no figures of {name}."),
    );
    if let Some(day) = unit.valid_from {
        words += &lang.pick(
            format!(
                " {name} lập ngày {}; các địa phương nhập vào đó là những đơn vị khác, không cộng gộp.",
                day.format("%-d/%-m/%Y")
            ),
            format!(
                " {name} exists since {day}; the units that were merged into it are other units and are not added up."
            ),
        );
    }
    if let Some(day) = unit.valid_to {
        words += &lang.pick(
            format!(
                " {name} tồn tại đến ngày {}; đơn vị kế thừa là một đơn vị khác.",
                day.format("%-d/%-m/%Y")
            ),
            format!(" {name} existed until {day}; the unit it was merged into is another unit."),
        );
    }
    Some(words)
}

/// Why there are no parts.
fn whole(outcome: &Outcome, lang: Lang) -> Option<String> {
    if outcome.score.own.is_some() {
        return None;
    }
    let count = outcome.missing.len();
    Some(match (outcome.source, count) {
        (None, _) => lang.pick(
            "Không biết chỉ số của địa phương ở cả hai kỳ nên không có chênh lệch.".to_owned(),
            "The unit's index is not known in both editions, so there is no difference.".to_owned(),
        ),
        (Some(_), 0) => lang.pick(
            "Chỉ tính được chênh lệch tổng vì một trong hai kỳ không tính lại được.".to_owned(),
            "Only the whole difference can be told, for one of the editions cannot be computed.".to_owned(),
        ),
        (Some(_), _) => lang.pick(
            format!("Chỉ tính được chênh lệch tổng vì thiếu số liệu gốc của {count} chỉ số hoặc mẫu số."),
            format!(
                "Only the whole difference can be told for want of raw values; indicators or denominators concerned: {count}."
            ),
        ),
    })
}
