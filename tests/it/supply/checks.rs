//! What is found in figures and reports before they are handed in.

use entity::Publication;
use serde_json::{Value, json};
use tests::{Client, both};

use super::{SAVE, SUBMIT, edition, figure, saved, stating, submitted, supplied_by_finance};
use crate::coverage::outcome;
use crate::insight::synthetic;
use crate::scene::{Cast, PDF, act, described, draft, list, put, send_back, task, text};

const CHECK: &str = "query($id: ID!) { dataSubmission(id: $id) { check { code isBlocking message } } }";

/// What is found in a figure, warnings with a question mark.
async fn found(client: &Client, id: &str) -> Vec<String> {
    let checked = client.get(CHECK, json!({ "id": id })).await;
    let one = |finding: &Value| text(finding, "/code") + if finding["isBlocking"] == true { "" } else { "?" };
    list(&checked, "/dataSubmission/check").iter().map(one).collect()
}

both! {
    async fn what_disagrees_with_its_evidence_is_not_handed_in(lab) {
        let cast = Cast::of(&lab).await;
        let own = &cast.finance;
        let indicator = supplied_by_finance(&lab, &cast.coordinator, "1.1.1").await;
        let edition = edition(&cast.coordinator, 2031, false).await;
        let id = saved(own, &edition, &indicator, 58.5).await;
        assert_eq!(found(own, &id).await, ["EVIDENCE_REQUIRED"]);
        assert_eq!(own.refused(SUBMIT, json!({ "id": id })).await, ["id EVIDENCE_REQUIRED"]);
        let (pending, url) = described(own, "Chưa tải", Some(&id)).await;
        assert_eq!(own.refused(SUBMIT, json!({ "id": id })).await, ["id EVIDENCE_PENDING"]);
        put(own, &url, PDF).await;
        assert_eq!(found(own, &id).await, [""; 0], "it states nothing");
        let unit = own.get("query($id: ID!) { dataSubmission(id: $id) { valueUnit } }", json!({ "id": id })).await;
        let unit = text(&unit, "/dataSubmission/valueUnit");
        let update = "mutation($id: ID!, $input: EvidenceUpdateInput!) { evidenceUpdate(id: $id, input: $input) { userErrors { field code } } }";
        for (stated, wanted) in [
            (json!({ "statedValue": 58.4, "statedUnit": null, "statedYear": null }), vec!["VALUE_MISMATCH"]),
            (json!({ "statedValue": 58.5, "statedUnit": "tỷ đồng" }), vec!["UNIT_MISMATCH"]),
            (json!({ "statedUnit": unit.to_uppercase(), "statedYear": 2029 }), vec!["YEAR_MISMATCH"]),
            (json!({ "statedValue": 5.0, "statedUnit": "m", "statedYear": 2029 }), vec!["VALUE_MISMATCH", "UNIT_MISMATCH", "YEAR_MISMATCH"]),
            (json!({ "statedValue": null, "statedUnit": unit, "statedYear": 2030 }), vec![]),
        ] {
            own.done(update, json!({ "id": pending, "input": stated })).await;
            assert_eq!(found(own, &id).await, wanted, "{stated}");
        }
        // One document that agrees in everything is enough; two that agree in a part each are not.
        stating(own, &id, json!({ "statedValue": 58.5, "statedYear": 2029 })).await;
        assert_eq!(found(own, &id).await, ["YEAR_MISMATCH"]);
        stating(own, &id, json!({ "statedValue": 58.5, "statedYear": 2030 })).await;
        assert_eq!(found(own, &id).await, [""; 0]);
        let mut input = figure(&edition, &indicator, 58.5);
        input["valueUnit"] = "tấn".into();
        own.done(SAVE, json!({ "input": input })).await;
        let told = own.speaking("vi").get(CHECK, json!({ "id": id })).await;
        let wanted = format!("Đơn vị tính không khớp: tấn ≠ {unit}.");
        assert_eq!(told["dataSubmission"]["check"], json!([{ "code": "UNIT_MISMATCH", "isBlocking": true, "message": wanted }]));
        input["valueUnit"] = Value::Null;
        own.done(SAVE, json!({ "input": input })).await;
        let reject = "mutation($id: ID!) { evidenceReject(id: $id, reason: \"Mờ\") { userErrors { code } } }";
        own.done(SUBMIT, json!({ "id": id })).await;
        let proofs = "query($id: ID!) { dataSubmission(id: $id) { evidence { id links { submission { id } } } } }";
        let proofs = own.get(proofs, json!({ "id": id })).await;
        let proofs = list(&proofs, "/dataSubmission/evidence");
        assert_eq!(proofs[0]["links"], json!([{ "submission": { "id": id } }]));
        // What was handed in stands on its files.
        let proof = text(&proofs[0], "/id");
        let replace = "mutation($id: ID!) { evidenceUploadTicket(id: $id, file: { name: \"b.pdf\" }) { userErrors { code } } }";
        assert_eq!(outcome(&own.ask(replace, json!({ "id": proof })).await), "(INVALID_STATE)");
        let detach = "mutation($id: ID!, $from: ID!) { evidenceDetach(id: $id, fromId: $from) { userErrors { code } } }";
        assert_eq!(outcome(&own.ask(detach, json!({ "id": proof, "from": id })).await), "(INVALID_STATE)");
        for proof in proofs {
            cast.coordinator.done(reject, json!({ "id": proof["id"] })).await;
        }
        assert_eq!(found(&cast.coordinator, &id).await, ["EVIDENCE_REQUIRED"], "what was rejected proves nothing");
        let accept = "mutation($id: ID!) { dataSubmissionAccept(id: $id) { userErrors { code } } }";
        assert_eq!(outcome(&cast.coordinator.ask(accept, json!({ "id": id })).await), "(EVIDENCE_REQUIRED)");
    }

    async fn an_unusual_value_is_confirmed_and_that_is_kept(lab) {
        let cast = Cast::of(&lab).await;
        let own = &cast.finance;
        let indicator = supplied_by_finance(&lab, &cast.coordinator, "1.1.1").await;
        for year in [1995, 1996, 1997, 1998] {
            synthetic(&lab, year, Publication::Published).await;
        }
        let made_up = edition(&cast.coordinator, 1999, true).await;
        let real = edition(&cast.coordinator, 1999 + 32, false).await;
        let lang_son = text(&own.get("{ units(filter: { text: \"lang son\" }) { nodes { id } } }", json!({})).await, "/units/nodes/0/id");
        let history = "query($unit: ID!, $node: ID!) { history(unit: $unit, node: $node) { score { value } } }";
        let history = own.get(history, json!({ "unit": lang_son, "node": format!("node:{indicator}") })).await;
        let past: Vec<f64> = list(&history, "/history").iter().filter_map(|year| year["score"]["value"].as_f64()).collect();
        assert!(past.len() >= 3, "{past:?}");
        let id = saved(own, &made_up, &indicator, 1e6).await;
        stating(own, &id, json!({})).await;
        assert_eq!(found(own, &id).await, ["OUTLIER?"]);
        let mut refused = own.get(SUBMIT, json!({ "id": id })).await;
        assert_eq!(refused["dataSubmissionSubmit"]["userErrors"].take(), json!([
            { "field": ["confirm"], "code": "CONFIRMATION_REQUIRED", "message": "Confirm the warning OUTLIER." }
        ]));
        let done = own.done(SUBMIT, json!({ "id": id, "confirm": ["OUTLIER", "PERCENT_DECREASED"] })).await;
        assert_eq!(done["submission"], json!({ "status": "SUBMITTED", "confirmed": ["OUTLIER"] }));
        // Made-up figures say nothing of a real edition.
        let id = saved(own, &real, &indicator, 1e9).await;
        stating(own, &id, json!({})).await;
        assert_eq!(found(own, &id).await, [""; 0]);
    }

    async fn warnings_about_reports_are_confirmed(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let open = "mutation { periodOpen(year: 2026, half: FIRST) { period { id } userErrors { code } } }";
        coordinator.done(open, json!({})).await;
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
        let first = draft(&officer, &made, "quý 1").await;
        act(&officer, "reportSubmit", &first).await;
        act(&coordinator, "reportAccept", &first).await;
        let submit = "mutation($id: ID!, $confirm: [ErrorCode!]) { reportSubmit(id: $id, confirm: $confirm) {
            report { status versions { confirmed } } userErrors { field code } } }";
        let save = "mutation($input: ReportSaveInput!) { reportSave(input: $input) { report { id check { code isBlocking } } userErrors { code } } }";
        let assignment = crate::scene::assignment(&officer, &made).await;
        let with = |percent: i32| json!({ "input": { "assignmentId": assignment, "period": "2026-H1", "percent": percent, "content": "Đã làm" } });
        let lower = officer.done(save, with(30)).await["report"].take();
        assert_eq!(lower["check"], json!([{ "code": "PERCENT_DECREASED", "isBlocking": false }]));
        let id = text(&lower, "/id");
        assert_eq!(officer.refused(submit, json!({ "id": id })).await, ["confirm CONFIRMATION_REQUIRED"]);
        let whole = officer.done(save, with(100)).await["report"].take();
        assert_eq!(whole["check"], json!([{ "code": "DONE_WITHOUT_EVIDENCE", "isBlocking": false }]));
        stating(&officer, &id, json!({ "statedYear": 2024 })).await;
        stating(&officer, &id, json!({ "statedYear": 2025 })).await;
        let refused = officer.refused(submit, json!({ "id": id, "confirm": ["DONE_WITHOUT_EVIDENCE"] })).await;
        assert_eq!(refused, ["confirm CONFIRMATION_REQUIRED"]);
        let done = officer.done(submit, json!({ "id": id, "confirm": ["EVIDENCE_OUTSIDE_PERIOD"] })).await;
        assert_eq!(done["report"], json!({ "status": "SUBMITTED", "versions": [{ "confirmed": ["EVIDENCE_OUTSIDE_PERIOD"] }] }));
        send_back(&coordinator, &id).await;
        let told = "query($id: ID!) { progressReport(id: $id) { check { message } } }";
        let told = officer.speaking("vi").get(told, json!({ "id": id })).await;
        assert_eq!(told["progressReport"]["check"], json!([{ "message": "Minh chứng của năm ngoài kỳ báo cáo: 2024." }]));
    }

    async fn checks_of_many_cost_the_same(lab) {
        let cast = Cast::of(&lab).await;
        let edition = edition(&cast.coordinator, 2031, false).await;
        let query = "query($first: Int) { dataSubmissions(first: $first) { nodes { value check { code }
            collection { year } edition { year } indicator { code } evidence { sha256 } viewerCan { accept } } } }";
        let reports = "query($first: Int) { progressReports(first: $first) { nodes { check { code } } } }";
        let made = task(&lab, &cast.coordinator, "T-1", &[("STC", "LEAD")]).await;
        for (number, code) in ["1.1.1", "1.1.2", "1.1.3"].into_iter().enumerate() {
            let indicator = supplied_by_finance(&lab, &cast.coordinator, code).await;
            submitted(&cast.finance, &edition, &indicator, 5.0).await;
            draft(&cast.finance, &made, &format!("quý {number}")).await;
        }
        for query in [query, reports] {
            let mut costs = Vec::new();
            for first in [1, 3] {
                cast.coordinator.get(query, json!({ "first": first })).await;
                lab.listen();
                cast.coordinator.get(query, json!({ "first": first })).await;
                costs.push(lab.heard().len());
            }
            assert_eq!(costs[0], costs[1]);
            assert!(costs[0] <= 18, "{costs:?}");
        }
    }
}
