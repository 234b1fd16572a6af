//! The documents that are made of a dossier: their form, their figures, that they open, and that they are the same bytes
//! each time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use api::dossier::{Content, Document, Letter};
use calamine::{Data, Reader, Xlsx};
use chrono::NaiveDate;
use serde_json::{Value, json};
use tests::office::pages;
use tests::process::run_alone;

use crate::budget::held;

const ALL: [Document; 4] =
    [Document::ReportDocx, Document::ReportXlsx, Document::DataXlsx, Document::AnnexDocx];

fn made(kind: Document, content: &Content) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    kind.make(content, &letter(), &mut file).expect("a file");
    file.into_inner()
}

/// A made-up dossier with `tasks` tasks in the hands of two bodies.
fn sample(tasks: u32) -> Content {
    let none = json!({ "assignments": 0, "reported": 0, "done": 0, "inProgress": 0, "late": 0, "notBegun": 0, "unreported": 0 });
    let progress = json!({ "assignments": tasks, "reported": tasks, "done": 0, "inProgress": tasks, "late": 0, "notBegun": 0, "unreported": 0 });
    let silent = json!({ "assignments": tasks, "reported": 0, "done": 0, "inProgress": 0, "late": tasks, "notBegun": 0, "unreported": 0 });
    let evidence = json!([{ "id": "evidence:01990000-0000-7000-8000-000000000001", "title": "Quyết định mẫu", "documentNumber": "01/QĐ-MẪU", "issuedOn": "2026-05-04", "sha256": "ab".repeat(32) }]);
    let report = |number: u32| {
        json!({ "id": format!("progress_report:01990000-0000-7000-8000-{number:012}"), "version": 2, "percent": 40,
        "content": format!("Đã tập huấn (mẫu {number}) & <b>không</b> phải HTML \u{1F600}\u{FFFE}\u{FFFF}\nDòng hai"), "difficulties": null,
        "submittedAt": "2026-06-10T01:00:00Z", "late": false, "acceptedAt": "2026-06-12T01:00:00Z", "evidence": evidence })
    };
    let task = |number: u32| {
        json!({ "id": format!("task:01990000-0000-7000-8000-{number:012}"), "code": format!("M-{number}"),
        "title": format!("=1+1 Nhiệm vụ mẫu {number}"), "pillar": "1", "node": "1.1.1", "dueOn": "2026-06-20", "status": "in_progress",
        "assignments": [
            { "id": "assignment:01990000-0000-7000-8000-000000000001", "organization": "A", "role": "lead", "outcome": "in_progress", "report": report(number) },
            { "id": "assignment:01990000-0000-7000-8000-000000000002", "organization": "B", "role": "coordinating", "outcome": "late", "report": null } ] })
    };
    let organization = |code: &str, progress: &Value| {
        json!({ "id": format!("organization:01990000-0000-7000-8000-00000000000{code}"), "code": code,
        "nameVi": format!("Cơ quan mẫu {code}"), "nameEn": format!("Sample body {code}"), "kind": "department", "progress": progress })
    };
    let pillar = |number: usize| {
        json!({ "code": number.to_string(), "nameVi": format!("Trụ cột mẫu {number}"), "nameEn": format!("Sample pillar {number}"),
        "progress": if number == 1 { &progress } else { &none } })
    };
    let standing = |number: usize| json!({ "code": number.to_string(), "nameVi": format!("Trụ cột mẫu {number}"), "nameEn": "", "score": 30.0 + number as f64 / 3.0, "mean": 40.0, "best": 60.5, "rank": 10 + number });
    serde_json::from_value(json!({
        "format": "pii-dossier/1", "asOf": "2026-06-26",
        "period": { "id": "reporting_period:01990000-0000-7000-8000-000000000001", "code": "2026-H1", "titleVi": "Kỳ mẫu 6 tháng đầu năm 2026",
            "titleEn": "Sample period", "startsOn": "2025-12-26", "departmentDueOn": "2026-06-15", "dueOn": "2026-06-25" },
        "edition": null,
        "plan": { "id": "plan:01990000-0000-7000-8000-000000000001", "year": 2026, "number": null, "issuedOn": null, "titleVi": "Kế hoạch mẫu", "titleEn": "Sample plan",
            "provinceVi": "Tỉnh Lạng Sơn", "provinceEn": "Lang Son", "baseYear": 2025, "baseRank": 29, "rankGoal": 25 },
        "standing": { "editionId": "edition:01990000-0000-7000-8000-000000000001", "year": 1998, "revision": 1, "synthetic": true, "unitCount": 34, "rank": 29, "score": 36.25,
            "pillars": (1..=7).map(standing).collect::<Vec<_>>(),
            "history": [{ "year": 1997, "rank": 30, "score": 35.5, "comparable": true }, { "year": 1998, "rank": 29, "score": 36.25, "comparable": true }] },
        "pillars": (1..=7).map(pillar).collect::<Vec<_>>(),
        "organizations": [organization("A", &progress), organization("B", &silent)],
        "tasks": (1..=tasks).map(task).collect::<Vec<_>>(),
        "values": [{ "submissionId": "data_submission:01990000-0000-7000-8000-000000000001", "editionYear": 1999, "indicator": "4.2.2", "nameVi": "Chỉ số mẫu", "nameEn": "Sample",
            "value": -1234.5678, "unit": "‰", "year": 1998, "organization": "A", "methodNote": "@SUM(1)", "source": null, "acceptedAt": "2026-06-12T01:00:00Z", "evidence": evidence }],
        "requests": [{ "id": "evidence_request:01990000-0000-7000-8000-000000000001", "letterNumber": "12/SKHCN-MẪU", "letterOn": "2026-03-02", "title": "Minh chứng mẫu", "dueOn": "2026-03-20",
            "responses": [{ "id": "evidence_response:01990000-0000-7000-8000-000000000001", "organization": "B", "status": "open", "evidence": [] }] }],
        "obstacles": [{ "id": "obstacle:01990000-0000-7000-8000-000000000001", "organization": "A", "task": "M-1", "node": null, "title": "Khó khăn mẫu", "description": "Mô tả",
            "proposal": "Đề xuất", "opinion": null, "status": "resolved", "answer": "Đồng ý", "answeredOn": "2026-06-01" }],
        "models": [{ "id": "innovation_model:01990000-0000-7000-8000-000000000001", "organization": "A", "title": "Mô hình mẫu", "results": null, "status": "commended",
            "decisionNumber": "9/QĐ-MẪU", "decisionOn": "2026-05-01", "replications": [{ "organization": "B", "place": "Xã mẫu", "startedOn": "2026-05-20" }] }],
        "outreach": [{ "id": "outreach_activity:01990000-0000-7000-8000-000000000001", "organization": "A", "kind": "training", "subject": "Tập huấn mẫu", "heldOn": "2026-04-01", "place": "Hội trường", "people": 120 }],
        "missing": [{ "kind": "response", "organization": "B", "subject": "12/SKHCN-MẪU" }, { "kind": "value", "organization": null, "subject": "1.1.1" }],
    }))
    .expect("a content")
}

fn letter() -> Letter {
    Letter {
        number: Some("45/BC-SKHCN".into()),
        on: NaiveDate::from_ymd_opt(2026, 6, 25),
        signer_title: Some("Giám đốc".into()),
        signer_name: None,
        revision: 1,
        hash: "cd".repeat(32),
    }
}

/// The cells of every sheet of a workbook.
pub fn workbook(bytes: Vec<u8>) -> BTreeMap<String, Vec<Vec<Data>>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let sheets = book.worksheets();
    sheets.into_iter().map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a package");
    let mut text = String::new();
    archive.by_name(name).expect(name).read_to_string(&mut text).expect("text");
    text
}

#[test]
fn the_report_has_the_official_form_and_opens() {
    let bytes = made(Document::ReportDocx, &sample(3));
    let Some(text) = pages("report.docx", &bytes) else { return };
    // Justified lines have spaces within words.
    let joined = |text: &str| text.split_whitespace().collect::<String>();
    let whole = joined(&text);
    for wanted in [
        "UBND TỈNH LẠNG SƠN",
        "SỞ KHOA HỌC VÀ CÔNG NGHỆ",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 45/BC-SKHCN",
        "Lạng Sơn, ngày 25 tháng 6 năm 2026",
        "BÁO CÁO",
        "Kỳ mẫu 6 tháng đầu năm 2026",
        "Kính gửi: Ủy ban nhân dân tỉnh Lạng Sơn",
        "I. KẾT QUẢ THEO TRỤ CỘT",
        "II. TÌNH HÌNH THỰC HIỆN NHIỆM VỤ THEO CƠ QUAN, ĐƠN VỊ",
        "III. SỐ LIỆU VÀ TÀI LIỆU MINH CHỨNG",
        "IV. TRUYỀN THÔNG, TẬP HUẤN; MÔ HÌNH TIÊU BIỂU",
        "V. KHÓ KHĂN, VƯỚNG MẮC VÀ KIẾN NGHỊ",
        "VI. NỘI DUNG CÒN THIẾU",
        "VII. PHƯƠNG HƯỚNG, NHIỆM VỤ THỜI GIAN TỚI",
        "Nơi nhận:",
        "GIÁM ĐỐC",
        "PHỤ LỤC I",
        "PHỤ LỤC II. NGUỒN SỐ LIỆU",
        "3 nhiệm vụ với 6 lượt giao",
        "3 lượt có báo cáo được duyệt",
        "SỐ LIỆU GIẢ LẬP",
        "xếp hạng 29/34, điểm PII 36,25",
        "xếp hạng 25 (năm 2025: 29)",
        "−1234,5678",
        "=1+1 Nhiệm vụ mẫu 1",
        "Chưa phân công",
    ] {
        assert!(whole.contains(&joined(wanted)), "{wanted} is missing from {text}");
    }
}

#[test]
fn the_workbook_holds_the_same_figures_and_no_formula() {
    let content = sample(3);
    let sheets = workbook(made(Document::ReportXlsx, &content));
    let by_pillar = &sheets["Theo trụ cột"][2];
    assert_eq!(by_pillar[0], Data::String("1".into()));
    let counts: Vec<f64> = by_pillar[2..].iter().filter_map(calamine::DataType::get_float).collect();
    assert_eq!(counts, [3.0, 3.0, 0.0, 3.0, 0.0, 0.0, 0.0]);
    assert_eq!(sheets["Số liệu"][2][2], Data::Float(-1234.5678));
    assert_eq!(sheets["Điểm trụ cột"][2][2], Data::Float(30.0 + 1.0 / 3.0), "whole, shown with two decimals");
    assert_eq!(sheets["Quá hạn"].len(), 2 + 3);
    let bytes = made(Document::ReportXlsx, &content);
    if let Some(text) = pages("report.xlsx", &bytes) {
        assert!(
            text.contains("Trụ cột mẫu 7") && text.contains("-1234,5678") || text.contains("-1234.5678"),
            "{text}"
        );
    }
    let data = workbook(made(Document::DataXlsx, &content));
    assert_eq!(
        (&data["Số liệu"][2][3], &data["Số liệu"][2][7]),
        (&Data::Float(-1234.5678), &Data::String("@SUM(1)".into()))
    );
    assert_eq!(data["Hồ sơ"][4][1], Data::String("cd".repeat(32)));
    for kind in [Document::ReportXlsx, Document::DataXlsx] {
        let bytes = made(kind, &content);
        for number in 1..=2 {
            assert!(!part(&bytes, &format!("xl/worksheets/sheet{number}.xml")).contains("<f>"), "{kind:?}");
        }
    }
}

#[test]
fn the_same_dossier_gives_the_same_bytes() {
    let make = || ALL.map(|kind| made(kind, &sample(2)));
    let first = make();
    // What docx-rs and the packers count through the process must not show.
    make();
    assert!(first == make());
    let core = part(&first[0], "docProps/core.xml");
    assert!(core.contains("2026-06-25T00:00:00Z"), "{core}");
}

#[test]
fn a_table_has_its_head_on_every_page_and_a_picture_its_words() {
    let bytes = made(Document::ReportDocx, &sample(1));
    let document = part(&bytes, "word/document.xml");
    let tables = document.matches("<w:tbl>").count();
    assert_eq!(document.matches("<w:tblHeader />").count(), tables - 2, "all but heading and signature");
    assert!(document.contains("&amp; &lt;b&gt;không&lt;/b&gt; phải HTML"), "what was written is text");
    assert!(document.contains(r#"<wp:docPr id="2" name="Hình 2" descr="SỐ LIỆU GIẢ LẬP."#), "{document}");
    assert_eq!(document.matches(r#"descr="""#).count(), 0);
    assert!(!document.contains('\u{FFFE}') && !document.contains('\u{FFFF}'), "XML has no such characters");
}

#[test]
fn a_text_longer_than_a_cell_is_whole_in_the_document_and_cut_in_the_workbook() {
    let mut content = sample(1);
    let report = content.tasks[0].assignments[0].report.as_mut().expect("a report");
    report.content = "\u{1F600}".repeat(20_000);
    let document = made(Document::ReportDocx, &content);
    assert!(part(&document, "word/document.xml").contains(&"\u{1F600}".repeat(20_000)));
    let sheets = workbook(made(Document::ReportXlsx, &content));
    let Data::String(cut) = &sheets["Theo nhiệm vụ"][2][5] else { panic!("a text") };
    assert_eq!(cut.chars().count(), 16_383);
}

#[test]
fn eight_thousand_reports_are_written_too() {
    let content = sample(4_400);
    for kind in ALL {
        let bytes = made(kind, &content);
        assert!(bytes.len() < 8 * 1024 * 1024, "{kind:?}: {} bytes", bytes.len());
    }
}

/// In a process of its own: what else runs in this one allocates too.
#[test]
fn four_times_the_reports_do_not_take_four_times_the_memory() {
    run_alone("documents::weighed_alone");
}

/// A file that looks, whenever something is written to it, how many bytes the process holds.
struct Watched {
    file: File,
    most: usize,
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.most = self.most.max(held());
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// The most that the process holds more than before while a document is written.
fn weight(kind: Document, content: &Content) -> usize {
    let file = tempfile::tempfile().expect("a file");
    let (letter, before) = (letter(), held());
    let mut watched = Watched { file, most: 0 };
    kind.make(content, &letter, &mut watched).expect("made");
    watched.most - before
}

#[test]
#[ignore = "run by the test above"]
fn weighed_alone() {
    let (few, many) = (sample(1_500), sample(6_000));
    for kind in ALL {
        // The first time also fills what is kept.
        weight(kind, &sample(1));
        let [few, many] = [&few, &many].map(|content| weight(kind, content));
        println!("{kind:?}: {few} and {many} held");
        // What a report numbers, its sources, is remembered to its end; nothing else is.
        assert!(many * 2 < few * 5, "{kind:?}: {many} held for four times the reports of {few}");
    }
}
