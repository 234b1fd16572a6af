//! The report's tables.

use std::collections::HashMap;

use super::sources::Sources;
use super::words;
use super::{Cell, Column, Table, listed};
use crate::dossier::content::{
    Assignment, Content, Evidence, Outcome, Progress, Report, Request, Response, Standing, Task,
};

/// The names of organizations by code.
pub(super) struct Names<'c>(HashMap<&'c str, &'c str>);

impl<'c> Names<'c> {
    pub(super) fn of(content: &'c Content) -> Self {
        Self(content.organizations.iter().map(|row| (row.code.as_str(), row.name_vi.as_str())).collect())
    }

    pub(super) fn name<'n>(&'n self, code: &'n str) -> &'n str {
        self.0.get(code).copied().unwrap_or(code)
    }
}

const PROGRESS: [(&str, usize); 7] = [
    ("Được giao", 9),
    ("Có báo cáo", 9),
    ("Hoàn thành", 9),
    ("Đang thực hiện", 9),
    ("Quá hạn", 8),
    ("Chưa thực hiện", 9),
    ("Chưa có báo cáo", 10),
];

fn columns(titles: impl IntoIterator<Item = (&'static str, usize)>) -> Vec<Column> {
    titles.into_iter().map(|(title, width)| Column { title, width }).collect()
}

fn progress(progress: &Progress) -> impl Iterator<Item = Cell> {
    let all = [
        progress.assignments,
        progress.reported,
        progress.done,
        progress.in_progress,
        progress.late,
        progress.not_begun,
        progress.unreported,
    ];
    all.into_iter().map(|count| Cell::Count(count.into()))
}

pub(super) fn pillars(content: &Content) -> Table<'_> {
    let row = move |(code, name, counts): (&str, &str, &Progress)| {
        [Cell::text(code), Cell::text(name)].into_iter().chain(progress(counts)).collect()
    };
    let rows = content
        .pillars
        .iter()
        .map(|pillar| (pillar.code.as_str(), pillar.name_vi.as_str(), &pillar.progress));
    Table {
        sheet: "Theo trụ cột",
        title: "Lượt giao nhiệm vụ theo trụ cột (tổng hợp từ Phụ lục I)".to_owned(),
        columns: columns([("Mã", 5), ("Trụ cột", 26)].into_iter().chain(PROGRESS)),
        rows: Box::new(rows.map(row)),
    }
}

pub(super) fn organizations(content: &Content) -> Table<'_> {
    let tasked = content.organizations.iter().filter(|row| row.progress.assignments > 0);
    let row = move |row: &crate::dossier::content::Organization| {
        [Cell::text(&row.name_vi)].into_iter().chain(progress(&row.progress)).collect()
    };
    Table {
        sheet: "Theo cơ quan",
        title: "Lượt giao nhiệm vụ theo cơ quan, đơn vị (tổng hợp từ Phụ lục I)".to_owned(),
        columns: columns([("Cơ quan, đơn vị", 30)].into_iter().chain(PROGRESS)),
        rows: Box::new(tasked.map(row)),
    }
}

pub(super) fn standing<'c>(standing: &'c Standing, sources: &'c mut Sources) -> Table<'c> {
    let row = move |pillar: &crate::dossier::content::PillarStanding| {
        vec![
            Cell::text(&pillar.code),
            Cell::text(&pillar.name_vi),
            Cell::number(pillar.score, 2),
            Cell::number(pillar.mean, 2),
            Cell::rank(pillar.rank),
            sources.label(&standing.edition_id, "Kết quả xếp hạng đã công bố", Some(standing.revision), None),
        ]
    };
    Table {
        sheet: "Điểm trụ cột",
        title: format!("Điểm và thứ hạng các trụ cột năm {}", standing.year),
        columns: columns([
            ("Mã", 6),
            ("Trụ cột", 44),
            ("Điểm", 12),
            ("Trung bình cả nước", 16),
            ("Thứ hạng", 12),
            ("Nguồn", 10),
        ]),
        rows: Box::new(standing.pillars.iter().map(row)),
    }
}

/// The tasks in the hands of organizations whose outcome is one of these.
pub(super) fn open_tasks<'c>(
    content: &'c Content,
    sheet: &'static str,
    title: &str,
    wanted: &'c [Outcome],
) -> Table<'c> {
    let names = Names::of(content);
    let row = move |(task, assignment): (&Task, &Assignment)| {
        vec![
            Cell::text(&task.code),
            Cell::text(&task.title),
            Cell::text(names.name(&assignment.organization)),
            Cell::Date(task.due_on),
            Cell::text(words::outcome(assignment.outcome)),
        ]
    };
    Table {
        sheet,
        title: title.to_owned(),
        columns: columns([
            ("Mã", 10),
            ("Nhiệm vụ", 40),
            ("Cơ quan, đơn vị", 24),
            ("Thời hạn", 13),
            ("Tình trạng", 13),
        ]),
        rows: Box::new(each(content).filter(|(_, one)| wanted.contains(&one.outcome)).map(row)),
    }
}

fn each(content: &Content) -> impl Iterator<Item = (&Task, &Assignment)> {
    content.tasks.iter().flat_map(|task| task.assignments.iter().map(move |assignment| (task, assignment)))
}

/// Every assignment, with the accepted report on it.
pub(super) fn reports<'c>(content: &'c Content, sources: &'c mut Sources) -> Table<'c> {
    let names = Names::of(content);
    let row = move |(task, assignment): (&Task, &Assignment)| {
        let report = assignment.report.as_ref();
        vec![
            Cell::text(&task.code),
            Cell::text(names.name(&assignment.organization)),
            Cell::text(words::role(assignment.role)),
            report.map_or(Cell::Missing, |report| Cell::rank(Some(report.percent))),
            Cell::text(words::outcome(assignment.outcome)),
            report.map_or(Cell::Missing, |report| Cell::text(&report.content)),
            report.map_or(Cell::Missing, |report| report_label(sources, task, report)),
        ]
    };
    Table {
        sheet: "Theo nhiệm vụ",
        title: "Báo cáo được duyệt về từng nhiệm vụ".to_owned(),
        columns: columns([
            ("Mã", 10),
            ("Cơ quan, đơn vị", 18),
            ("Vai trò", 9),
            ("%", 6),
            ("Tình trạng", 12),
            ("Kết quả", 37),
            ("Nguồn", 8),
        ]),
        rows: Box::new(each(content).map(row)),
    }
}

fn proofs(evidence: &[Evidence]) -> Cell {
    match evidence {
        [] => Cell::Missing,
        all => Cell::Text(listed(all.iter().map(|one| match &one.document_number {
            Some(number) => format!("{} ({number})", one.title),
            None => one.title.clone(),
        }))),
    }
}

pub(super) fn values<'c>(content: &'c Content, sources: &'c mut Sources) -> Table<'c> {
    let names = Names::of(content);
    let row = move |value: &crate::dossier::content::Value| {
        let what = format!("Số liệu chỉ số {}", value.indicator);
        vec![
            Cell::text(&value.indicator),
            Cell::text(&value.name_vi),
            Cell::Number(value.value, None),
            Cell::text(&value.unit),
            Cell::rank(value.year),
            match (&value.organization, &value.source) {
                (Some(code), _) => Cell::text(names.name(code)),
                (None, source) => Cell::optional(source.as_ref()),
            },
            proofs(&value.evidence),
            match &value.submission_id {
                Some(id) => sources.label(id, &what, None, value.accepted_at),
                None => Cell::Missing,
            },
        ]
    };
    Table {
        sheet: "Số liệu",
        title: "Số liệu được duyệt".to_owned(),
        columns: columns([
            ("Mã", 7),
            ("Chỉ số", 25),
            ("Giá trị", 13),
            ("Đơn vị tính", 11),
            ("Năm", 7),
            ("Nguồn cung cấp", 15),
            ("Minh chứng", 14),
            ("Nguồn", 8),
        ]),
        rows: Box::new(content.values.iter().map(row)),
    }
}

/// All evidence behind the values, reports and answers, with the hashes of the files.
pub(super) fn evidence(content: &Content) -> Table<'_> {
    let reports = each(content).filter_map(|(task, one)| Some((&task.code, one.report.as_ref()?)));
    let of_reports = reports.flat_map(|(code, report)| report.evidence.iter().map(move |one| (code, one)));
    let of_values =
        content.values.iter().flat_map(|value| value.evidence.iter().map(move |one| (&value.indicator, one)));
    let of_answers = content.requests.iter().flat_map(|request| {
        let evidence = request.responses.iter().flat_map(|response| &response.evidence);
        evidence.map(move |one| (&request.letter_number, one))
    });
    let row = move |(code, one): (&String, &Evidence)| {
        vec![
            Cell::text(code),
            Cell::text(&one.title),
            Cell::optional(one.document_number.as_ref()),
            Cell::date(one.issued_on),
            Cell::optional(one.sha256.as_ref()),
        ]
    };
    Table {
        sheet: "Minh chứng",
        title: "Tài liệu minh chứng".to_owned(),
        columns: columns([("Cho", 10), ("Tài liệu", 30), ("Số, ký hiệu", 14), ("Ngày", 12), ("SHA-256", 34)]),
        rows: Box::new(of_values.chain(of_reports).chain(of_answers).map(row)),
    }
}

pub(super) fn requests<'c>(content: &'c Content, sources: &'c mut Sources) -> Table<'c> {
    let names = Names::of(content);
    let answers = content
        .requests
        .iter()
        .flat_map(|request| request.responses.iter().map(move |response| (request, response)));
    let row = move |(request, response): (&Request, &Response)| {
        let what = format!("Trả lời văn bản {}", request.letter_number);
        vec![
            Cell::text(&request.letter_number),
            Cell::Date(request.letter_on),
            Cell::text(&request.title),
            Cell::text(names.name(&response.organization)),
            Cell::Date(request.due_on),
            Cell::text(words::response(response.status)),
            sources.label(&response.id, &what, None, None),
        ]
    };
    Table {
        sheet: "Yêu cầu minh chứng",
        title: "Yêu cầu cung cấp minh chứng và trả lời".to_owned(),
        columns: columns([
            ("Văn bản", 12),
            ("Ngày", 12),
            ("Nội dung", 24),
            ("Cơ quan, đơn vị", 20),
            ("Thời hạn", 12),
            ("Tình trạng", 12),
            ("Nguồn", 8),
        ]),
        rows: Box::new(answers.map(row)),
    }
}

pub(super) fn outreach<'c>(content: &'c Content, sources: &'c mut Sources) -> Table<'c> {
    let names = Names::of(content);
    let row = move |one: &crate::dossier::content::Outreach| {
        vec![
            Cell::Date(one.held_on),
            Cell::text(words::outreach(one.kind)),
            Cell::text(&one.subject),
            Cell::text(names.name(&one.organization)),
            Cell::optional(one.place.as_ref()),
            Cell::rank(one.people),
            sources.label(&one.id, "Hoạt động truyền thông, tập huấn", None, None),
        ]
    };
    Table {
        sheet: "Truyền thông, tập huấn",
        title: "Truyền thông, tập huấn".to_owned(),
        columns: columns([
            ("Ngày", 12),
            ("Loại", 12),
            ("Nội dung", 28),
            ("Cơ quan, đơn vị", 18),
            ("Địa điểm", 14),
            ("Số người", 8),
            ("Nguồn", 8),
        ]),
        rows: Box::new(content.outreach.iter().map(row)),
    }
}

pub(super) fn models<'c>(content: &'c Content, sources: &'c mut Sources) -> Table<'c> {
    let names = Names::of(content);
    let row = move |one: &crate::dossier::content::Model| {
        let decision = match (&one.decision_number, one.decision_on) {
            (Some(number), Some(on)) => Cell::Text(format!("{number} ngày {}", words::date(on))),
            (number, _) => Cell::optional(number.as_ref()),
        };
        let places = one
            .replications
            .iter()
            .map(|place| format!("{} ({})", place.place, names.name(&place.organization)));
        vec![
            Cell::text(&one.title),
            Cell::text(names.name(&one.organization)),
            Cell::text(words::model(one.status)),
            decision,
            Cell::Text(listed(places)),
            sources.label(&one.id, "Mô hình tiêu biểu", None, None),
        ]
    };
    Table {
        sheet: "Mô hình tiêu biểu",
        title: "Mô hình tiêu biểu".to_owned(),
        columns: columns([
            ("Mô hình", 30),
            ("Cơ quan, đơn vị", 18),
            ("Tình trạng", 13),
            ("Quyết định", 15),
            ("Nơi nhân rộng", 16),
            ("Nguồn", 8),
        ]),
        rows: Box::new(content.models.iter().map(row)),
    }
}

pub(super) fn obstacles<'c>(content: &'c Content, sources: &'c mut Sources) -> Table<'c> {
    let names = Names::of(content);
    let row = move |one: &crate::dossier::content::Obstacle| {
        let about = [&one.task, &one.node].into_iter().flatten().cloned();
        let answer = match (&one.answer, one.answered_on) {
            (Some(answer), Some(on)) => Cell::Text(format!("{answer} ({})", words::date(on))),
            (Some(answer), None) => Cell::text(answer),
            (None, _) => Cell::text("Chưa giải quyết"),
        };
        vec![
            Cell::text(names.name(&one.organization)),
            Cell::Text(listed(about)),
            Cell::Text(format!("{}: {}", one.title, one.description)),
            Cell::optional(one.proposal.as_ref()),
            Cell::optional(one.opinion.as_ref()),
            answer,
            sources.label(&one.id, "Khó khăn, vướng mắc", None, None),
        ]
    };
    Table {
        sheet: "Khó khăn, kiến nghị",
        title: "Khó khăn, vướng mắc và kiến nghị".to_owned(),
        columns: columns([
            ("Cơ quan, đơn vị", 14),
            ("Nhiệm vụ, chỉ số", 10),
            ("Khó khăn, vướng mắc", 25),
            ("Đề xuất", 15),
            ("Ý kiến Sở KH&CN", 14),
            ("Giải quyết", 14),
            ("Nguồn", 8),
        ]),
        rows: Box::new(content.obstacles.iter().map(row)),
    }
}

/// What stood in the way by the accepted reports themselves.
pub(super) fn difficulties<'c>(content: &'c Content, sources: &'c mut Sources) -> Table<'c> {
    let names = Names::of(content);
    let row = move |(task, assignment): (&Task, &Assignment)| {
        let report = assignment.report.as_ref()?;
        Some(vec![
            Cell::text(&task.code),
            Cell::text(names.name(&assignment.organization)),
            Cell::text(report.difficulties.as_ref()?),
            report_label(sources, task, report),
        ])
    };
    Table {
        sheet: "Khó khăn theo báo cáo",
        title: "Khó khăn nêu trong báo cáo được duyệt".to_owned(),
        columns: columns([("Mã", 10), ("Cơ quan, đơn vị", 24), ("Khó khăn, vướng mắc", 58), ("Nguồn", 8)]),
        rows: Box::new(each(content).filter_map(row)),
    }
}

fn report_label(sources: &mut Sources, task: &Task, report: &Report) -> Cell {
    let what = format!("Báo cáo về nhiệm vụ {}", task.code);
    sources.label(&report.id, &what, Some(report.version), Some(report.accepted_at))
}

pub(super) fn missing(content: &Content) -> Table<'_> {
    let names = Names::of(content);
    let row = move |one: &crate::dossier::content::Missing| {
        vec![
            Cell::text(one.organization.as_deref().map_or("Chưa phân công", |code| names.name(code))),
            Cell::text(words::missing(one.kind)),
            Cell::text(&one.subject),
        ]
    };
    let mut all: Vec<_> = content.missing.iter().collect();
    all.sort_by(|a, b| (&a.organization, a.kind, &a.subject).cmp(&(&b.organization, b.kind, &b.subject)));
    Table {
        sheet: "Còn thiếu",
        title: "Nội dung còn thiếu".to_owned(),
        columns: columns([("Cơ quan, đơn vị", 36), ("Còn thiếu", 44), ("Mã", 20)]),
        rows: Box::new(all.into_iter().map(row)),
    }
}
