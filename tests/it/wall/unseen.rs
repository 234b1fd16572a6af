//! What a viewer may not see is, byte for byte, what does not exist; what it sees but may not change is forbidden.

use serde_json::{Value, json};
use tests::{Client, both};
use uuid::Uuid;

use crate::scene::{Cast, act, assignment, download_url, draft, evidence, task, with_payload};

/// Status, headers and body of an answer, without what differs from request to request.
async fn bytes(request: reqwest::RequestBuilder) -> String {
    let response = request.send().await.expect("the server answers");
    let status = response.status();
    let mut headers: Vec<String> = response
        .headers()
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("ASCII")))
        .collect();
    headers.sort();
    let body = response.text().await.expect("text");
    // The id of the request has one length always, so cutting it hides nothing.
    let body = match body.split_once("\"requestId\":\"") {
        Some((before, after)) => format!("{before}{}", after.split_once('"').expect("a quote").1),
        None => body,
    };
    // What is left to spend falls with every request.
    let body = match body.split_once("\"available\":") {
        Some((before, after)) => {
            format!("{before}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => body,
    };
    format!("{status}\n{}\n{body}", headers.join("\n"))
}

async fn ask(client: &Client, document: &str, variables: &Value) -> String {
    let request = client.http.post(format!("{}/graphql", client.url)).header("accept-language", "vi");
    let request = request.bearer_auth(client.token.as_deref().unwrap_or_default());
    bytes(request.json(&json!({ "query": document, "variables": variables }))).await
}

/// Documents that take the id of one row of this kind.
const DOCUMENTS: &[(&str, &[&str])] = &[
    (
        "task",
        &[
            "query($id: ID!) { task(id: $id) { id } }",
            "query($id: ID!) { evidences(filter: { task: { eq: $id } }) { totalCount nodes { id } } }",
            "query($id: ID!) { progressReports(filter: { task: { in: [$id] } }) { totalCount } }",
            "query($id: ID!) { myAssignments(filter: { task: { eq: $id } }) { totalCount } }",
            "mutation($id: ID!) { taskUpdate(id: $id, input: { title: \"\" }) { userErrors { field code } } }",
            "mutation($id: ID!) { taskUpdate(id: $id, input: { title: \"x\" }, expectedVersion: 7) { userErrors { field code } } }",
            "mutation($id: ID!) { taskCancel(id: $id, reason: \"x\") { userErrors { field code } } }",
            "mutation($id: ID!) { taskAssign(id: $id, assignments: []) { userErrors { field code } } }",
            "mutation($id: ID!) { evidenceCreate(input: { title: \"x\", kind: OTHER, file: { name: \"a.pdf\" }, attachToId: $id }) { userErrors { field code message } } }",
            "mutation($id: ID!, $own: ID!) { evidenceAttach(id: $own, toId: $id) { userErrors { field code message } } }",
            "mutation($id: ID!, $own: ID!) { evidenceDetach(id: $own, fromId: $id) { userErrors { field code message } } }",
        ],
    ),
    (
        "assignment",
        &[
            "mutation($id: ID!) { assignmentAccept(id: $id) { userErrors { field code } } }",
            "mutation($id: ID!) { reportSave(input: { assignmentId: $id, period: \"2026\", percent: 1, content: \"x\" }) { userErrors { field code message } } }",
        ],
    ),
    (
        "progress_report",
        &[
            "query($id: ID!) { progressReport(id: $id) { id } }",
            "query($id: ID!) { evidences(filter: { report: { eq: $id } }) { totalCount } }",
            "mutation($id: ID!) { reportSubmit(id: $id, expectedVersion: 1) { userErrors { field code } } }",
            "mutation($id: ID!) { reportReturn(id: $id, reason: \"x\") { userErrors { field code } } }",
            "mutation($id: ID!) { reportAccept(id: $id) { userErrors { field code } } }",
            "mutation($id: ID!) { evidenceCreate(input: { title: \"x\", kind: OTHER, file: { name: \"a.pdf\" }, attachToId: $id }) { userErrors { field code message } } }",
            "mutation($id: ID!, $own: ID!) { evidenceAttach(id: $own, toId: $id) { userErrors { field code message } } }",
            "mutation($id: ID!, $own: ID!) { evidenceDetach(id: $own, fromId: $id) { userErrors { field code message } } }",
        ],
    ),
    (
        "evidence",
        &[
            "query($id: ID!) { evidence(id: $id) { id downloadUrl } }",
            "mutation($id: ID!) { evidenceUploadTicket(id: $id, file: { name: \"a.pdf\" }) { userErrors { field code } } }",
            "mutation($id: ID!) { evidenceUpdate(id: $id, input: { title: \"x\" }) { userErrors { field code } } }",
            "mutation($id: ID!) { evidenceAccept(id: $id) { userErrors { field code } } }",
            "mutation($id: ID!) { evidenceReject(id: $id, reason: \"x\") { userErrors { field code } } }",
            "mutation($id: ID!, $task: ID!) { evidenceAttach(id: $id, toId: $task) { userErrors { field code } } }",
            "mutation($id: ID!, $task: ID!) { evidenceDetach(id: $id, fromId: $task) { userErrors { field code } } }",
        ],
    ),
    (
        "user",
        &[
            "mutation($id: ID!) { userUpdate(id: $id, input: { name: \"x\" }) { userErrors { field code } } }",
            "mutation($id: ID!) { userPasswordSet(id: $id, password: \"một mật khẩu đủ dài\") { userErrors { field code } } }",
        ],
    ),
    ("framework", &["mutation($id: ID!) { frameworkUpdate(id: $id, input: {}) { userErrors { code } } }"]),
];

const OF_ALL: &[&str] = &[
    "query($id: ID!) { node(id: $id) { __typename id } }",
    "query($id: ID!) { nodes(ids: [$id, $id]) { __typename id } }",
];

both! {
    async fn an_unseen_row_answers_like_one_that_does_not_exist(lab) {
        let cast = Cast::of(&lab).await;
        let (owner, stranger) = (&cast.finance, &cast.health);
        let hidden = task(&lab, &cast.coordinator, "HIDDEN", &[("STC", "LEAD")]).await;
        let report = draft(owner, &hidden, "2026").await;
        let proof = evidence(owner, "Kín", Some(&report)).await;
        act(owner, "reportSubmit", &report).await;
        let task_of_stranger = task(&lab, &cast.coordinator, "OPEN", &[("SYT", "LEAD")]).await;
        let own = evidence(stranger, "Của mình", None).await;
        let framework = crate::scene::text(&cast.coordinator.get("{ framework { id } }", json!({})).await, "/framework/id");
        let draft_of = "mutation($id: ID!) { frameworkDraftCreate(input: { fromId: $id, version: \"2030\", nameVi: \"x\", nameEn: \"x\" }) {
            framework { id } userErrors { code }
        } }";
        let draft_framework = cast.coordinator.done(draft_of, json!({ "id": framework })).await;
        let rows = [
            ("task", hidden.clone()),
            ("assignment", assignment(owner, &hidden).await),
            ("progress_report", report.clone()),
            ("evidence", proof.clone()),
            ("user", format!("user:{}", owner.user)),
            ("framework", crate::scene::text(&draft_framework, "/framework/id")),
        ];
        for (table, id) in &rows {
            let documents = DOCUMENTS.iter().filter(|(of, _)| of == table).flat_map(|(_, documents)| *documents);
            for document in documents.chain(OF_ALL) {
                let mut variables = json!({ "id": id });
                for (name, value) in [("own", &own), ("task", &task_of_stranger)] {
                    if document.contains(&format!("${name}:")) {
                        variables[name] = json!(value);
                    }
                }
                let hidden = ask(stranger, document, &variables).await;
                variables["id"] = json!(format!("{table}:{}", Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001)));
                let missing = ask(stranger, document, &variables).await;
                assert_eq!(hidden, missing, "{document}");
                for code in ["INTERNAL", "BAD_USER_INPUT", "FORBIDDEN"] {
                    assert!(!hidden.contains(code), "{document}\n{hidden}");
                }
            }
        }
    }

    async fn what_is_seen_but_not_to_be_changed_is_forbidden(lab) {
        let cast = Cast::of(&lab).await;
        let (lead, helper) = (&cast.finance, &cast.home);
        let parties = [("STC", "LEAD"), ("SNV", "COORDINATING")];
        let shared = task(&lab, &cast.coordinator, "SHARED", &parties).await;
        let report = draft(helper, &shared, "2026").await;
        let proof = evidence(helper, "Đã nộp", Some(&report)).await;
        act(helper, "reportSubmit", &report).await;
        let own = evidence(lead, "Của chủ trì", None).await;
        let variables = json!({ "task": shared, "report": report, "proof": proof, "own": own });
        for document in [
            "mutation($task: ID!) { taskUpdate(id: $task, input: { title: \"x\" }) { userErrors { code } } }",
            "mutation($task: ID!) { taskCancel(id: $task, reason: \"x\") { userErrors { code } } }",
            "mutation($task: ID!) { taskAssign(id: $task, assignments: []) { userErrors { code } } }",
            "mutation($report: ID!) { reportSubmit(id: $report) { userErrors { code } } }",
            "mutation($report: ID!) { reportAccept(id: $report) { userErrors { code } } }",
            "mutation($report: ID!) { reportReturn(id: $report, reason: \"x\") { userErrors { code } } }",
            "mutation($proof: ID!) { evidenceUpdate(id: $proof, input: { title: \"x\" }) { userErrors { code } } }",
            "mutation($proof: ID!) { evidenceUploadTicket(id: $proof, file: { name: \"a.pdf\" }) { userErrors { code } } }",
            "mutation($proof: ID!) { evidenceAccept(id: $proof) { userErrors { code } } }",
            "mutation($proof: ID!, $task: ID!) { evidenceAttach(id: $proof, toId: $task) { userErrors { code } } }",
            "mutation($own: ID!, $report: ID!) { evidenceAttach(id: $own, toId: $report) { userErrors { code } } }",
        ] {
            let needed: serde_json::Map<String, Value> = variables.as_object().expect("an object").iter()
                .filter(|(name, _)| document.contains(&format!("${name}:")))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            assert_eq!(lead.code(document, Value::Object(needed)).await, "FORBIDDEN", "{document}");
        }
        let read = "query($id: ID!) { progressReport(id: $id) { status rowVersion evidence { title status } } }";
        let untouched = lead.get(read, json!({ "id": report })).await;
        let wanted = json!({ "status": "SUBMITTED", "rowVersion": 2, "evidence": [{ "title": "Đã nộp", "status": "READY" }] });
        assert_eq!(untouched["progressReport"], wanted);
    }

    async fn the_address_of_an_unseen_file_answers_like_that_of_none(lab) {
        let cast = Cast::of(&lab).await;
        let parties = [("STC", "LEAD"), ("SNV", "COORDINATING")];
        let shared = task(&lab, &cast.coordinator, "SHARED", &parties).await;
        let report = draft(&cast.home, &shared, "2026").await;
        let proof = evidence(&cast.home, "Đã nộp", Some(&report)).await;
        act(&cast.home, "reportSubmit", &report).await;
        // The lead's address was good once; then the report was sent back.
        let address = download_url(&cast.finance, &proof).await;
        crate::scene::send_back(&cast.coordinator, &report).await;
        let unseen = bytes(cast.finance.http.get(&address)).await;
        assert!(unseen.starts_with("404"), "{unseen}");
        assert!(unseen.contains("NOT_FOUND"), "{unseen}");
        // A ticket that nobody signed says nothing about the row that it names.
        let own = evidence(&cast.finance, "Của mình", None).await;
        let of_own = download_url(&cast.finance, &own).await;
        let key = |id: &str| id.trim_start_matches("evidence:").to_owned();
        let there = with_payload(&of_own, |payload| payload.replace(&key(&own), &key(&proof)));
        let nowhere = with_payload(&of_own, |payload| payload.replace(&key(&own), &Uuid::from_u128(7).to_string()));
        let there = bytes(cast.finance.http.get(there)).await;
        assert_eq!(there, bytes(cast.finance.http.get(nowhere)).await);
        assert!(there.starts_with("403") && there.contains("INVALID_TICKET"), "{there}");
    }
}
