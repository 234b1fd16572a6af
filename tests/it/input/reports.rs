//! Bad input for progress reports and evidence, and changes that come too late.

use serde_json::{Value, json};
use tests::both;

use super::{all_refused, input, patched};
use crate::given::{PDF, act, assignment_of, evidence, put, ready_evidence, report, task, text, unknown};

const SAVE: &str = "mutation($input: ReportSaveInput!, $version: Int) {
    reportSave(input: $input, expectedVersion: $version) { userErrors { field code message } } }";
const DESCRIBE: &str = "mutation($input: EvidenceCreateInput!) { evidenceCreate(input: $input) { userErrors { field code message } } }";
const RENAME: &str = "mutation($id: ID!, $input: EvidenceUpdateInput!, $version: Int) {
    evidenceUpdate(id: $id, input: $input, expectedVersion: $version) { userErrors { field code message } } }";
const TICKET: &str = "mutation($id: ID!, $file: FileInput!) { evidenceUploadTicket(id: $id, file: $file) {
    userErrors { field code message } } }";

/// A mutation of one row by its id alone.
fn by_id(mutation: &str) -> String {
    format!("mutation($id: ID!) {{ {mutation}(id: $id) {{ userErrors {{ field code message }} }} }}")
}

both! {
    async fn report_drafts(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &["STC"]).await;
        let assignment = assignment_of(&made, "STC");
        report(&officer, &assignment).await;
        let base = json!({ "assignmentId": assignment, "period": "2026-H2", "percent": 10, "content": "Đã làm" });
        let cases: &[(&str, Value, &[&str])] = &[
            ("-1 %", json!({ "percent": -1 }), &["input.percent OUT_OF_RANGE"]),
            ("101 %", json!({ "percent": 101 }), &["input.percent OUT_OF_RANGE"]),
            ("no content", json!({ "content": "\u{a0} " }), &["input.content REQUIRED"]),
            ("long content", json!({ "content": "ă".repeat(20_001) }), &["input.content TOO_LONG"]),
            ("no period", json!({ "period": "" }), &["input.period REQUIRED"]),
            ("long period", json!({ "period": "6".repeat(41) }), &["input.period TOO_LONG"]),
            ("NUL", json!({ "difficulties": "\0" }), &["input.difficulties INVALID_CHARACTER"]),
            ("unknown", json!({ "assignmentId": unknown("assignment") }), &["input.assignmentId NOT_FOUND"]),
            ("a task", json!({ "assignmentId": made["id"] }), &["input.assignmentId INVALID_ID"]),
        ];
        all_refused(&lab, &officer, SAVE, input(&base), cases).await;
        let there = patched(&base, &json!({ "period": "2026-H1" }));
        let stale = [("stale", json!(9), ["expectedVersion CONFLICT"].as_slice())];
        all_refused(&lab, &officer, SAVE, |version| json!({ "input": there, "version": version }), &stale).await;
    }

    async fn reports_after_they_were_handed_in(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &["STC"]).await;
        let assignment = assignment_of(&made, "STC");
        let draft = text(&report(&officer, &assignment).await["id"]);
        let attached = ready_evidence(&officer, Some(&draft)).await;
        let loose = ready_evidence(&officer, None).await;
        let early = [("a draft", json!({}), ["id INVALID_STATE"].as_slice())];
        let of_report = |_: &Value| json!({ "id": draft });
        all_refused(&lab, &coordinator, &by_id("reportAccept"), of_report, &early).await;
        act(&officer, "reportSubmit", &draft).await;

        const ATTACH: &str = "mutation($id: ID!, $to: ID!) { evidenceAttach(id: $id, toId: $to) {
            userErrors { field code message } } }";
        const DETACH: &str = "mutation($id: ID!, $from: ID!) { evidenceDetach(id: $id, fromId: $from) {
            userErrors { field code message } } }";
        const RETURN: &str = "mutation($id: ID!, $reason: String!, $version: Int) {
            reportReturn(id: $id, reason: $reason, expectedVersion: $version) {
                userErrors { field code message } } }";
        let again = json!({ "assignmentId": assignment, "period": "2026-H1", "percent": 99, "content": "Sửa" });
        let refused = |code: &'static str| [("too late", json!({}), [code])];
        for late in [false, true] {
            if late {
                let blank = [("no reason", json!({ "reason": "" }), ["reason REQUIRED"].as_slice()),
                    ("stale", json!({ "reason": "x", "version": 1 }), ["expectedVersion CONFLICT"].as_slice())];
                let base = json!({ "id": draft });
                all_refused(&lab, &coordinator, RETURN, |patch| patched(&base, patch), &blank).await;
                act(&coordinator, "reportAccept", &draft).await;
            }
            // Handing in twice is harmless while it waits and too late once it is decided.
            if late {
                all_refused(&lab, &officer, &by_id("reportSubmit"), of_report, &[("decided", json!({}), ["id INVALID_STATE"].as_slice())]).await;
            }
            for (mutation, variables, code) in [
                (SAVE, json!({ "input": again }), "input.period INVALID_STATE"),
                (ATTACH, json!({ "id": loose, "to": draft }), "toId INVALID_STATE"),
                (DETACH, json!({ "id": attached, "from": draft }), "fromId INVALID_STATE"),
                (RENAME, json!({ "id": attached, "input": { "title": "Khác" } }), "id INVALID_STATE"),
                (TICKET, json!({ "id": attached, "file": { "name": "b.pdf" } }), "id INVALID_STATE"),
            ] {
                let [(what, patch, codes)] = refused(code);
                let case = [(what, patch, codes.as_slice())];
                all_refused(&lab, &officer, mutation, |_| variables.clone(), &case).await;
            }
        }
        let reason = json!({ "id": draft, "reason": "x" });
        let decided = [("decided", json!({}), ["id INVALID_STATE"].as_slice())];
        all_refused(&lab, &coordinator, RETURN, |_| reason.clone(), &decided).await;
        all_refused(&lab, &coordinator, &by_id("reportAccept"), of_report, &decided).await;
    }

    async fn descriptions_of_evidence(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &["STC"]).await;
        let file = |patch: Value| json!({ "file": patched(&json!({ "name": "a.pdf" }), &patch) });
        let base = json!({ "title": "Quyết định", "kind": "DECISION", "file": { "name": "a.pdf" } });
        let hash = "0".repeat(63);
        let cases: &[(&str, Value, &[&str])] = &[
            ("no title", json!({ "title": "" }), &["input.title REQUIRED"]),
            ("NUL", json!({ "documentNumber": "\0" }), &["input.documentNumber INVALID_CHARACTER"]),
            ("ends before", json!({ "effectiveFrom": "2026-02-02", "effectiveTo": "2026-02-01" }),
                &["input.effectiveTo DATE_ORDER"]),
            ("issued in 1492", json!({ "issuedOn": "1492-10-12" }), &["input.issuedOn OUT_OF_RANGE"]),
            ("in force in 3000", json!({ "effectiveTo": "3000-01-01" }), &["input.effectiveTo OUT_OF_RANGE"]),
            ("a program", file(json!({ "name": "a.exe" })), &["input.file.name FILE_TYPE_NOT_ALLOWED"]),
            ("a folder", file(json!({ "name": "../a.pdf" })), &["input.file.name INVALID_CHARACTER"]),
            ("no name", file(json!({ "name": "" })), &["input.file.name REQUIRED"]),
            ("a long name", file(json!({ "name": format!("{}.pdf", "a".repeat(200)) })), &["input.file.name TOO_LONG"]),
            ("a page", file(json!({ "mediaType": "text/html" })), &["input.file.mediaType FILE_TYPE_NOT_ALLOWED"]),
            ("empty", file(json!({ "size": 0 })), &["input.file.size FILE_EMPTY"]),
            ("negative", file(json!({ "size": -1 })), &["input.file.size OUT_OF_RANGE"]),
            ("too large", file(json!({ "size": 52_428_801 })), &["input.file.size FILE_TOO_LARGE"]),
            ("half a hash", file(json!({ "sha256": hash })), &["input.file.sha256 HASH_MISMATCH"]),
            ("to nothing", json!({ "attachToId": unknown("progress_report") }), &["input.attachToId NOT_FOUND"]),
            ("to a user", json!({ "attachToId": unknown("user") }), &["input.attachToId INVALID_ID"]),
            ("to a task unseen", json!({ "attachToId": unknown("task") }), &["input.attachToId NOT_FOUND"]),
        ];
        all_refused(&lab, &officer, DESCRIBE, input(&base), cases).await;
        let (there, _) = evidence(&officer, json!({ "name": "a.pdf" }), made["id"].as_str()).await;
        let cases: &[(&str, Value, &[&str])] = &[
            ("stale", json!({ "input": { "title": "b" }, "version": 3 }), &["expectedVersion CONFLICT"]),
            ("blank", json!({ "input": { "title": " " } }), &["input.title REQUIRED"]),
            ("year 1", json!({ "input": { "issuedOn": "0001-01-01" } }), &["input.issuedOn OUT_OF_RANGE"]),
        ];
        let of = |patch: &Value| patched(&json!({ "id": there }), patch);
        all_refused(&lab, &officer, RENAME, of, cases).await;
        let pending = [("no file yet", json!({}), ["id INVALID_STATE"].as_slice())];
        all_refused(&lab, &coordinator, &by_id("evidenceAccept"), of, &pending).await;
    }

    async fn evidence_after_it_was_accepted(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        assert_eq!(put(&officer, &url, PDF).await.status(), 200);
        const REJECT: &str = "mutation($id: ID!, $reason: String!) { evidenceReject(id: $id, reason: $reason) {
            userErrors { field code message } } }";
        let cases: &[(&str, Value, &[&str])] = &[
            ("no reason", json!({ "id": id, "reason": "" }), &["reason REQUIRED"]),
            ("NUL", json!({ "id": id, "reason": "\0" }), &["reason INVALID_CHARACTER"]),
        ];
        all_refused(&lab, &coordinator, REJECT, Value::clone, cases).await;
        act(&coordinator, "evidenceAccept", &id).await;
        let late = |variables: Value| [("too late", variables, ["id INVALID_STATE"].as_slice())];
        for (client, mutation, variables) in [
            (&officer, RENAME, json!({ "id": id, "input": { "title": "Khác" } })),
            (&officer, TICKET, json!({ "id": id, "file": { "name": "b.pdf" } })),
            (&coordinator, REJECT, json!({ "id": id, "reason": "x" })),
            (&coordinator, &*by_id("evidenceAccept"), json!({ "id": id })),
        ] {
            all_refused(&lab, client, mutation, Value::clone, &late(variables)).await;
        }
    }
}
