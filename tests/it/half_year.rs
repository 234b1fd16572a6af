//! A whole half-year of the plan, played with a moved clock: from the opening of the period to the report, whose figures
//! are the same in every form.

use std::io::{Cursor, Read};

use api::news::{carry_out, remind};
use api::store::Trail;
use calamine::DataType;
use entity::Role;
use serde_json::{Value, json};
use tests::office::pages;
use tests::{Client, Lab, both};

use crate::asking::{answered, asked, raised};
use crate::coverage::outcome;
use crate::documents::workbook;
use crate::dossiers::file;
use crate::periods::{move_to, tried};
use crate::practice::{activity, commended, replicated};
use crate::scene::{act, assignment, draft, evidence, list, organization, send_back, task, text};
use crate::supply;

const STATUS: &str = "{ reportingStatus(period: \"2026-H1\") {
    totals { expected submitted accepted open }
    organizations { organization { code } counts { expected accepted } daysLate holder hasException } } }";
const DOSSIER: &str = "query($id: ID!) { dossier(id: $id) { hash revision
    progress { assignments reported done inProgress late notBegun unreported }
    pillars { code progress { assignments reported late } }
    organizations(first: 100) { code nameVi progress { assignments reported done inProgress late notBegun unreported } }
    missing(first: 100) { kind organization subject } standing { rank score } } }";
const TOLD: &str = "{ notifications(first: 100) { nodes { kind subjectId subject { id } } } }";

/// What a reader was told, each with how often, sorted.
async fn told(client: &Client) -> Vec<String> {
    let data = client.get(TOLD, json!({})).await;
    for row in list(&data, "/notifications/nodes") {
        assert_eq!(row["subject"]["id"], row["subjectId"], "the reader sees what it is told of: {row}");
    }
    let mut all: Vec<String> =
        list(&data, "/notifications/nodes").iter().map(|row| text(row, "/kind")).collect();
    all.sort();
    all
}

/// Everybody again, after the clock has passed the life of a token.
async fn renewed(lab: &Lab, clients: [&Client; 5]) -> [Client; 5] {
    let [a, b, c, d, e] = clients;
    [lab.renew(a).await, lab.renew(b).await, lab.renew(c).await, lab.renew(d).await, lab.renew(e).await]
}

async fn node(client: &Client, code: &str) -> String {
    let query = "query($code: String!) { indicator(code: $code, version: \"2025\") { id } }";
    let id = text(&client.get(query, json!({ "code": code })).await, "/indicator/id");
    id.replace("indicator:", "node:")
}

both! {
    async fn from_the_opening_to_the_report(lab) {
        let (coordinator, leader) = (lab.coordinator().await, lab.sign_in(Role::Leader, None).await);
        let (stc, snv, syt) = (lab.officer("STC").await, lab.officer("SNV").await, lab.officer("SYT").await);

        // February: tasks are assigned, a request goes out, a figure is expected of Sở Tài chính.
        let first = task(&lab, &coordinator, "NV-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let second = task(&lab, &coordinator, "NV-2", &[("SYT", "LEAD")]).await;
        let attach = "mutation($id: ID!, $node: ID!) { taskUpdate(id: $id, input: { nodeId: $node, dueOn: \"2026-06-20\" }) { userErrors { field code } } }";
        coordinator.done(attach, json!({ "id": first, "node": node(&coordinator, "1.1.1").await })).await;
        let indicator = supply::supplied_by_finance(&lab, &coordinator, "1.1.1").await;
        let edition = supply::edition(&coordinator, 2031, false).await;
        let (_, answer) = asked(&lab, &coordinator, &stc, "12/SKHCN").await;
        evidence(&stc, "Công văn", Some(&answer)).await;
        answered(&stc, &answer).await;
        act(&coordinator, "evidenceResponseAccept", &answer).await;

        // April: the rule opens the period sixty days before its cut-off.
        move_to(&lab, "2026-04-27T01:00:00Z");
        api::periods::open_by_rule(&lab.app).await.expect("opened");
        carry_out(&lab.app).await.expect("told");
        let [coordinator, leader, stc, snv, syt] = renewed(&lab, [&coordinator, &leader, &stc, &snv, &syt]).await;
        assert!(told(&syt).await.contains(&"PERIOD_OPENED".to_owned()));

        // May: drafts, a submission, one that is sent back and handed in again; models, training, a difficulty.
        let (of_stc, of_snv) = (draft(&stc, &first, "2026-H1").await, draft(&snv, &first, "2026-H1").await);
        let proof = evidence(&stc, "Quyết định", Some(&of_stc)).await;
        act(&stc, "reportSubmit", &of_stc).await;
        act(&snv, "reportSubmit", &of_snv).await;
        send_back(&coordinator, &of_snv).await;
        act(&snv, "reportSubmit", &of_snv).await;
        act(&coordinator, "reportAccept", &of_stc).await;
        act(&coordinator, "reportAccept", &of_snv).await;
        let figure = supply::submitted(&stc, &edition, &indicator, 58.5).await;
        act(&coordinator, "dataSubmissionAccept", &figure).await;
        let model = commended(&coordinator, &stc, "Tổ đổi mới ở xã").await;
        replicated(&snv, &model).await;
        activity(&stc, "Tập huấn PII").await;
        let obstacle = raised(&stc, &node(&stc, "1.1.1").await).await;
        act(&coordinator, "obstacleForward", &obstacle).await;
        let resolve = "mutation($id: ID!) { obstacleResolve(id: $id, answer: \"Bố trí từ quý III\") { userErrors { field code } } }";
        leader.done(resolve, json!({ "id": obstacle })).await;
        carry_out(&lab.app).await.expect("told");
        let reader = told(&snv).await;
        for kind in ["REPORT_RETURNED", "REPORT_ACCEPTED"] {
            assert_eq!(reader.iter().filter(|one| *one == kind).count(), 1, "{kind} in {reader:?}");
        }
        assert!(told(&stc).await.contains(&"OBSTACLE_RESOLVED".to_owned()));

        // 16 June: the departments' last day is over, and Sở Y tế has not reported.
        move_to(&lab, "2026-06-16T01:00:00Z");
        for _ in 0..2 {
            remind(&lab.app).await.expect("reminded");
            carry_out(&lab.app).await.expect("told");
        }
        let [coordinator, leader, stc, snv, syt] = renewed(&lab, [&coordinator, &leader, &stc, &snv, &syt]).await;
        let late: Vec<String> = told(&syt).await.into_iter().filter(|kind| kind == "PERIOD_DUE").collect();
        assert_eq!(late, ["PERIOD_DUE"], "reminded once, of the day that has passed last");
        assert!(!told(&snv).await.contains(&"PERIOD_DUE".to_owned()), "it owes nothing");
        assert!(told(&coordinator).await.contains(&"ESCALATION".to_owned()));
        let status = coordinator.get(STATUS, json!({})).await["reportingStatus"].take();
        assert_eq!(status["totals"], json!({ "expected": 3, "submitted": 0, "accepted": 2, "open": 1 }));
        let slow = list(&status, "/organizations").iter().find(|row| row["organization"]["code"] == "SYT").expect("SYT");
        assert_eq!((&slow["daysLate"], &slow["holder"]), (&json!(1), &json!("ORGANIZATION")));

        // 26 June: the period has locked itself; Sở Y tế gets leave, and reports.
        move_to(&lab, "2026-06-26T01:00:00Z");
        let [coordinator, leader, _, _, syt] = renewed(&lab, [&coordinator, &leader, &stc, &snv, &syt]).await;
        let save = "mutation($input: ReportSaveInput!) { reportSave(input: $input) { report { id } userErrors { code } } }";
        let input = json!({ "input": { "assignmentId": assignment(&syt, &second).await, "period": "2026-H1", "percent": 100, "content": "Đã xong" } });
        assert_eq!(outcome(&syt.ask(save, input.clone()).await), "(PERIOD_LOCKED)");
        let period = text(&coordinator.get("{ reportingPeriods { nodes { id } } }", json!({})).await, "/reportingPeriods/nodes/0/id");
        let grant = "mutation($period: ID!, $organization: ID!) { lockExceptionGrant(periodId: $period, organizationId: $organization,
            until: \"2026-06-28T00:00:00Z\", reason: \"Mưa lũ\") { userErrors { field code } } }";
        let syt_id = organization(&lab, "SYT").await;
        coordinator.done(grant, json!({ "period": period, "organization": syt_id })).await;

        // What was accepted so far is frozen; then the late report comes in, and it is frozen anew.
        let consolidate = "mutation($id: ID!) { reportConsolidate(periodId: $id) { dossier { id } userErrors { field code } } }";
        let early = text(&coordinator.done(consolidate, json!({ "id": period })).await, "/dossier/id");
        let of_syt = text(&syt.done(save, input).await, "/report/id");
        let submit = "mutation($id: ID!, $confirm: [ErrorCode!]) { reportSubmit(id: $id, confirm: $confirm) { userErrors { code } } }";
        assert_eq!(outcome(&syt.ask(submit, json!({ "id": of_syt })).await), "(CONFIRMATION_REQUIRED)", "done, without evidence");
        syt.done(submit, json!({ "id": of_syt, "confirm": ["DONE_WITHOUT_EVIDENCE"] })).await;
        act(&coordinator, "reportAccept", &of_syt).await;
        let freeze = "mutation($id: ID!) { dossierFreeze(input: { periodId: $id, reason: \"Sở Y tế đã nộp\" }) { dossier { id revision } userErrors { field code } } }";
        let whole = coordinator.done(freeze, json!({ "id": period })).await["dossier"].take();
        assert_eq!(whole["revision"], 2);
        let whole = text(&whole, "/id");
        let compare = "query($id: ID!, $to: ID) { dossier(id: $id) { comparison(to: $to, first: 100) { changes { path } } } }";
        let changes = coordinator.get(compare, json!({ "id": early, "to": whole })).await;
        let paths: Vec<String> = list(&changes, "/dossier/comparison/changes").iter().map(|row| text(row, "/path")).collect();
        assert!(paths.contains(&"tasks[NV-2].assignments[SYT].report".to_owned()), "{paths:?}");
        let letter = "mutation($id: ID!) { dossierUpdate(id: $id, input: { letterNumber: \"45/BC-SKHCN\", letterOn: \"2026-06-26\" }) { userErrors { field code } } }";
        coordinator.done(letter, json!({ "id": whole })).await;
        act(&coordinator, "periodClose", &period).await;
        assert_eq!(tried(&syt, "reportWithdraw", &of_syt).await, "(INVALID_STATE)");

        // The figures are the same in follow-up, API, content, workbook and document.
        let status = coordinator.get(STATUS, json!({})).await["reportingStatus"].take();
        let seen = leader.get(DOSSIER, json!({ "id": whole })).await["dossier"].take();
        assert_eq!(seen["progress"], json!({ "assignments": 3, "reported": 3, "done": 1, "inProgress": 0, "late": 2, "notBegun": 0, "unreported": 0 }));
        assert_eq!((&status["totals"]["expected"], &status["totals"]["accepted"]), (&seen["progress"]["assignments"], &seen["progress"]["reported"]));
        let content: Value = serde_json::from_slice(&file(&leader, &whole, "CONTENT").await).expect("JSON");
        assert_eq!(content["values"][0]["value"], 58.5);
        assert_eq!(content["values"][0]["evidence"].as_array().map(Vec::len), Some(1));
        assert_eq!((&content["values"][0]["submissionId"], &content["obstacles"][0]["answer"]), (&json!(figure), &json!("Bố trí từ quý III")));
        assert_eq!((&content["models"][0]["status"], content["outreach"].as_array().map(Vec::len)), (&json!("commended"), Some(1)));
        let reported = content["tasks"][0]["assignments"][0]["report"].clone();
        assert_eq!((&reported["id"], &reported["evidence"][0]["id"]), (&json!(of_stc), &json!(proof)));
        assert_eq!(content["tasks"][1]["assignments"][0]["report"]["late"], true);
        assert_eq!(seen["missing"], json!([{ "kind": "RESPONSE", "organization": "SNV", "subject": "12/SKHCN" }]));

        let sheets = workbook(file(&leader, &whole, "REPORT_XLSX").await);
        for row in list(&seen, "/organizations").iter().filter(|row| row["progress"]["assignments"] != 0) {
            let name = text(row, "/nameVi");
            let there = sheets["Theo cơ quan"].iter().find(|cells| cells[0].get_string() == Some(&name)).expect("the organization");
            let counts: Vec<f64> = there[1..].iter().filter_map(DataType::get_float).collect();
            let wanted = ["assignments", "reported", "done", "inProgress", "late", "notBegun", "unreported"];
            let wanted: Vec<f64> = wanted.iter().filter_map(|field| row["progress"][field].as_f64()).collect();
            assert_eq!(counts, wanted, "{name}");
        }
        assert_eq!(sheets["Số liệu"][2][2].get_float(), Some(58.5));
        assert_eq!(workbook(file(&leader, &whole, "DATA_XLSX").await)["Số liệu"][2][3].get_float(), Some(58.5));

        let report = file(&leader, &whole, "REPORT_DOCX").await;
        assert!(report == file(&coordinator, &whole, "REPORT_DOCX").await, "the same dossier, the same bytes");
        let mut document = String::new();
        let mut package = zip::ZipArchive::new(Cursor::new(&report)).expect("a package");
        package.by_name("word/document.xml").expect("the document").read_to_string(&mut document).expect("text");
        let spoken = "Kỳ báo cáo có 2 nhiệm vụ với 3 lượt giao cho cơ quan, đơn vị; 3 lượt có báo cáo được duyệt, trong đó 1 lượt hoàn thành.";
        for wanted in [spoken, "45/BC-SKHCN", "58,5", "Bố trí từ quý III", "xếp hạng 29/34, điểm PII", of_stc.as_str(), figure.as_str()] {
            assert!(document.contains(wanted), "{wanted}");
        }
        if let Some(text) = pages("báo cáo.docx", &report) {
            assert!(text.contains("VI. NỘI DUNG CÒN THIẾU"), "{text}");
        }

        // Everything that was done stands in the chain.
        let trail = lab.app.db.verify_trail(None).await.expect("the chain is read");
        assert!(matches!(trail, Trail::Unbroken { entries: 50.., .. }), "{trail}");
    }
}
