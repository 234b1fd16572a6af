//! Vietnamese words of the report.

use chrono::{Datelike, NaiveDate};
use entity::*;

use super::Letter;
use crate::dossier::content::{Content, MissingKind, Outcome, Plan};

/// A day as reports print it: `25/06/2026`.
pub(super) fn date(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// `a; b; c`.
pub(in crate::dossier) fn listed(words: impl IntoIterator<Item = String>) -> String {
    words.into_iter().collect::<Vec<_>>().join("; ")
}

/// The province without the word that says that it is one: `Lạng Sơn`.
pub(in crate::dossier) fn province(plan: &Plan) -> &str {
    plan.province_vi.strip_prefix("Tỉnh ").unwrap_or(&plan.province_vi)
}

pub(super) fn subject(content: &Content) -> String {
    let province = province(&content.plan);
    let index = format!("Chỉ số đổi mới sáng tạo cấp địa phương (PII) tỉnh {province}");
    match (&content.period, &content.edition) {
        (Some(period), _) => {
            format!("Kết quả thực hiện Kế hoạch cải thiện và nâng cao {index} – {}", period.title_vi)
        }
        (None, Some(edition)) => {
            let draft = if edition.status == Publication::Draft { " (bản nháp)" } else { "" };
            let mark = if edition.synthetic { " – SỐ LIỆU GIẢ LẬP" } else { "" };
            format!("Số liệu và tài liệu minh chứng {index} năm {}{draft}{mark}", edition.year)
        }
        (None, None) => index,
    }
}

pub(super) fn plan(plan: &Plan) -> String {
    let number = plan.number.as_ref().map_or_else(|| "số …".to_owned(), |number| format!("số {number}"));
    let on = plan.issued_on.map_or_else(|| "ngày …/…/…".to_owned(), |day| format!("ngày {}", date(day)));
    format!("Kế hoạch {number} {on} của UBND tỉnh {} ({})", province(plan), plan.title_vi)
}

/// What the documents are made of.
pub(super) fn frozen(content: &Content, letter: &Letter) -> String {
    let synthetic = content.edition.as_ref().is_some_and(|edition| edition.synthetic)
        || content.standing.as_ref().is_some_and(|standing| standing.synthetic);
    let mark = if synthetic { "SỐ LIỆU GIẢ LẬP. " } else { "" };
    format!(
        "{mark}Lập từ hồ sơ đã chốt, lần {}, số liệu đến ngày {}; mã băm SHA-256: {}.",
        letter.revision,
        date(content.as_of),
        letter.hash
    )
}

/// `Lạng Sơn, ngày 25 tháng 6 năm 2026`; days and months below 10 or 3 have a nought before them (Nghị định
/// 30/2020/NĐ-CP, Phụ lục I, phần I, mục II.4).
pub(in crate::dossier) fn place_and_date(place: &str, on: Option<NaiveDate>) -> String {
    let Some(on) = on else { return format!("{place}, ngày … tháng … năm …") };
    let month = if on.month() < 3 { format!("{:02}", on.month()) } else { on.month().to_string() };
    format!("{place}, ngày {:02} tháng {month} năm {}", on.day(), on.year())
}

pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "Hoàn thành",
        Outcome::InProgress => "Đang thực hiện",
        Outcome::Late => "Quá hạn",
        Outcome::NotBegun => "Chưa thực hiện",
        Outcome::Unreported => "Chưa có báo cáo",
    }
}

pub(super) fn role(role: AssignmentRole) -> &'static str {
    match role {
        AssignmentRole::Lead => "Chủ trì",
        AssignmentRole::Coordinating => "Phối hợp",
    }
}

pub(super) fn response(status: ResponseStatus) -> &'static str {
    match status {
        ResponseStatus::Open => "Chưa trả lời",
        ResponseStatus::Answered => "Đã trả lời, chờ duyệt",
        ResponseStatus::Returned => "Trả lại để bổ sung",
        ResponseStatus::Accepted => "Đã duyệt",
    }
}

pub(super) fn outreach(kind: OutreachKind) -> &'static str {
    match kind {
        OutreachKind::Communication => "Truyền thông",
        OutreachKind::Training => "Tập huấn",
    }
}

pub(super) fn model(status: ModelStatus) -> &'static str {
    match status {
        ModelStatus::Proposed => "Đề xuất",
        ModelStatus::Commended => "Được biểu dương",
        ModelStatus::Declined => "Không được biểu dương",
    }
}

pub(super) fn missing(kind: MissingKind) -> &'static str {
    match kind {
        MissingKind::Report => "Báo cáo được duyệt về nhiệm vụ",
        MissingKind::Evidence => "Tài liệu minh chứng của báo cáo về nhiệm vụ",
        MissingKind::Value => "Số liệu được duyệt của chỉ số",
        MissingKind::Response => "Trả lời được duyệt văn bản số",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_and_date_are_as_the_decree_prints_them() {
        let on = |month, day| NaiveDate::from_ymd_opt(2026, month, day);
        assert_eq!(place_and_date("Lạng Sơn", on(2, 5)), "Lạng Sơn, ngày 05 tháng 02 năm 2026");
        assert_eq!(place_and_date("Lạng Sơn", on(6, 25)), "Lạng Sơn, ngày 25 tháng 6 năm 2026");
        assert_eq!(place_and_date("Lạng Sơn", None), "Lạng Sơn, ngày … tháng … năm …");
    }
}
