//! News in words, Vietnamese and English.

use chrono::NaiveDate;
use entity::{Language, NotificationKind};
use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// A name in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Names {
    /// What is called the same in both: users write in one language.
    pub fn same(name: &str) -> Option<Self> {
        Some(Self { vi: name.to_owned(), en: name.to_owned() })
    }
}

/// What the words of a piece of news name; which of it depends on the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The organization, if it is about one; filled in when the news is carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Names>,
    /// What the row, or what it belongs to, is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Names>,
    /// Code of a task or indicator, number of a letter or decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What a report or figure is about in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Why, or what was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Whether the last day has passed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// How many reports are still owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owed: Option<i64>,
}

/// A piece of news as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In one line.
    pub title: String,
    /// The rest.
    pub body: String,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Vi => Self::Vi,
            Language::En => Self::En,
        }
    }
}

/// What happened, in words.
pub fn words(kind: NotificationKind, facts: &Facts, lang: Lang) -> Words {
    use NotificationKind::*;
    let pick = |names: &Option<Names>| {
        let names = names.as_ref().map(|names| lang.pick(&names.vi, &names.en));
        names.cloned().unwrap_or_default()
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (who, title) = (pick(&facts.organization), pick(&facts.title));
    let (code, period, reason) = (text(&facts.code), text(&facts.period), text(&facts.reason));
    let named = if code.is_empty() { title.clone() } else { format!("{code} – {title}") };
    let due = facts.due_on.map(|day| day.format(lang.pick("%d/%m/%Y", "%-d %B %Y")).to_string());
    let due = due.unwrap_or_default();
    let owed = facts.owed.unwrap_or_default();
    let waits = lang.pick("Đang chờ quyết định.", "It waits for a decision.").to_owned();
    let because = || lang.pick(format!("Lý do: {reason}"), format!("Reason: {reason}"));
    let (head, body) = match kind {
        ReportSubmitted => (
            lang.pick(
                format!("{who} nộp báo cáo {period}: {named}"),
                format!("{who} handed in its report of {period}: {named}"),
            ),
            waits,
        ),
        ReportReturned => (
            lang.pick(
                format!("Báo cáo {period} bị trả lại: {named}"),
                format!("The report of {period} was sent back: {named}"),
            ),
            because(),
        ),
        ReportAccepted => (
            lang.pick(
                format!("Báo cáo {period} được chấp nhận: {named}"),
                format!("The report of {period} was accepted: {named}"),
            ),
            lang.pick("Báo cáo không thay đổi nữa.", "It changes no more.").to_owned(),
        ),
        DataSubmitted => (
            lang.pick(
                format!("{who} cung cấp số liệu {period}: {named}"),
                format!("{who} supplied a figure of {period}: {named}"),
            ),
            waits,
        ),
        DataReturned => (
            lang.pick(
                format!("Số liệu {period} bị trả lại: {named}"),
                format!("The figure of {period} was sent back: {named}"),
            ),
            because(),
        ),
        DataAccepted => (
            lang.pick(
                format!("Số liệu {period} được chấp nhận: {named}"),
                format!("The figure of {period} was accepted: {named}"),
            ),
            lang.pick("Số liệu được đưa vào bản dự thảo.", "It is in the draft edition.").to_owned(),
        ),
        RequestReceived => (
            lang.pick(
                format!("Yêu cầu cung cấp minh chứng: {named}"),
                format!("Evidence is asked for: {named}"),
            ),
            lang.pick(format!("Hạn trả lời: {due}."), format!("To be answered by {due}.")),
        ),
        ResponseSubmitted => (
            lang.pick(
                format!("{who} trả lời yêu cầu: {named}"),
                format!("{who} answered the request: {named}"),
            ),
            waits,
        ),
        ResponseReturned => (
            lang.pick(format!("Trả lời bị trả lại: {named}"), format!("The answer was sent back: {named}")),
            because(),
        ),
        ResponseAccepted => (
            lang.pick(
                format!("Trả lời được chấp nhận: {named}"),
                format!("The answer was accepted: {named}"),
            ),
            lang.pick("Trả lời không thay đổi nữa.", "It changes no more.").to_owned(),
        ),
        ObstacleRaised => (
            lang.pick(
                format!("{who} nêu khó khăn, vướng mắc: {title}"),
                format!("{who} raised a difficulty: {title}"),
            ),
            waits,
        ),
        ObstacleReturned => (
            lang.pick(
                format!("Khó khăn, vướng mắc bị trả lại: {title}"),
                format!("The difficulty was sent back: {title}"),
            ),
            because(),
        ),
        ObstacleForwarded => (
            lang.pick(
                format!("Khó khăn, vướng mắc của {who} cần giải quyết: {title}"),
                format!("A difficulty of {who} waits for an answer: {title}"),
            ),
            lang.pick("Sở Khoa học và Công nghệ chuyển lên UBND tỉnh.", "Sở KH&CN has passed it on.")
                .to_owned(),
        ),
        ObstacleResolved => (
            lang.pick(
                format!("Khó khăn, vướng mắc của {who} đã được giải quyết: {title}"),
                format!("The difficulty of {who} was resolved: {title}"),
            ),
            lang.pick(format!("Trả lời: {reason}"), format!("Answer: {reason}")),
        ),
        ModelProposed => (
            lang.pick(
                format!("{who} đề xuất mô hình tiêu biểu: {title}"),
                format!("{who} proposed an exemplary model: {title}"),
            ),
            waits,
        ),
        ModelCommended => (
            lang.pick(
                format!("Mô hình được biểu dương: {title}"),
                format!("The model was commended: {title}"),
            ),
            lang.pick(format!("Quyết định số {code}."), format!("Decision {code}.")),
        ),
        ModelDeclined => (
            lang.pick(
                format!("Mô hình không được biểu dương: {title}"),
                format!("The model was not commended: {title}"),
            ),
            because(),
        ),
        PeriodOpened => (
            lang.pick(format!("Mở kỳ báo cáo: {title}"), format!("A reporting period is open: {title}")),
            lang.pick(
                format!("Hạn của các cơ quan, đơn vị: {due}."),
                format!("Departments report by {due}."),
            ),
        ),
        PeriodLocked => (
            lang.pick(
                format!("Đã khóa kỳ báo cáo: {title}"),
                format!("The reporting period is locked: {title}"),
            ),
            lang.pick(
                "Chỉ cơ quan được gia hạn còn nộp được báo cáo.",
                "Only organizations with leave still hand in.",
            )
            .to_owned(),
        ),
        ExceptionGranted => (
            lang.pick(
                format!("{who} được nộp sau khi khóa: {title}"),
                format!("{who} may hand in after the lock: {title}"),
            ),
            lang.pick(
                format!("Đến hết ngày {due}. Lý do: {reason}"),
                format!("Until {due}. Reason: {reason}"),
            ),
        ),
        ExceptionRevoked => (
            lang.pick(
                format!("{who} không còn được nộp sau khi khóa: {title}"),
                format!("{who} may no longer hand in after the lock: {title}"),
            ),
            lang.pick("Gia hạn đã được thu hồi.", "The leave was taken back.").to_owned(),
        ),
        TaskAssigned => (
            lang.pick(format!("Được giao nhiệm vụ: {named}"), format!("A task was assigned: {named}")),
            lang.pick(format!("Hạn hoàn thành: {due}."), format!("Due on {due}.")),
        ),
        PeriodDue => (
            match facts.late {
                false => lang
                    .pick(format!("Sắp đến hạn báo cáo: {title}"), format!("Reports are due soon: {title}")),
                true => lang.pick(format!("Quá hạn báo cáo: {title}"), format!("Reports are late: {title}")),
            },
            lang.pick(
                format!("Còn {owed} báo cáo chưa nộp; hạn {due}."),
                format!("Not handed in yet: {owed}; due on {due}."),
            ),
        ),
        TaskDue => (
            match facts.late {
                false => lang
                    .pick(format!("Nhiệm vụ sắp đến hạn: {named}"), format!("A task is due soon: {named}")),
                true => lang.pick(format!("Nhiệm vụ quá hạn: {named}"), format!("A task is late: {named}")),
            },
            lang.pick(format!("Hạn hoàn thành: {due}."), format!("Due on {due}.")),
        ),
        RequestDue => (
            match facts.late {
                false => lang.pick(
                    format!("Sắp đến hạn trả lời yêu cầu: {named}"),
                    format!("An answer is due soon: {named}"),
                ),
                true => lang
                    .pick(format!("Quá hạn trả lời yêu cầu: {named}"), format!("An answer is late: {named}")),
            },
            lang.pick(format!("Hạn trả lời: {due}."), format!("Due on {due}.")),
        ),
        Escalation => (
            lang.pick(format!("{who} chậm: {named}"), format!("{who} is late: {named}")),
            lang.pick(format!("Hạn là ngày {due}."), format!("It was due on {due}.")),
        ),
    };
    Words { title: head, body }
}

#[cfg(test)]
mod tests {
    use sea_orm::Iterable;

    use super::*;

    #[test]
    fn every_kind_has_words_in_both_languages() {
        let names = |vi: &str, en: &str| Some(Names { vi: vi.to_owned(), en: en.to_owned() });
        let facts = Facts {
            organization: names("Sở Tài chính", "Department of Finance"),
            title: names("Kỳ 1", "Period 1"),
            code: Some("12/KH".to_owned()),
            period: Some("2026-H1".to_owned()),
            reason: Some("Thiếu".to_owned()),
            due_on: NaiveDate::from_ymd_opt(2026, 6, 5),
            ..Facts::default()
        };
        for kind in NotificationKind::iter() {
            let (vi, en) = (words(kind, &facts, Lang::Vi), words(kind, &facts, Lang::En));
            assert!(vi.title.contains("Kỳ 1") && en.title.contains("Period 1"), "{kind:?} {vi:?} {en:?}");
            assert!(!vi.body.is_empty() && vi.body != en.body && vi.title != en.title, "{kind:?}");
        }
        let told = words(NotificationKind::RequestReceived, &facts, Lang::En);
        assert_eq!(told.title, "Evidence is asked for: 12/KH – Period 1");
        assert_eq!(told.body, "To be answered by 5 June 2026.");
        let told = words(NotificationKind::RequestReceived, &facts, Lang::Vi);
        assert_eq!(told.body, "Hạn trả lời: 05/06/2026.");
    }

    #[test]
    fn what_is_kept_comes_back() {
        let facts = Facts { title: Names::same("Nhiệm vụ"), late: true, ..Facts::default() };
        let kept = serde_json::to_value(&facts).expect("JSON");
        assert_eq!(kept.to_string(), r#"{"late":true,"title":{"en":"Nhiệm vụ","vi":"Nhiệm vụ"}}"#);
        assert_eq!(serde_json::from_value::<Facts>(kept).expect("facts"), facts);
    }
}
