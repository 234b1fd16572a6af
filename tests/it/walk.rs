//! The walk that the product is for: the coordinator gives out a task on each weakness of the plan, the lead reports
//! with evidence, the coordinator accepts, and nobody else learns of it.

use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::scene::{
    Cast, PDF, act, assignment, described, download_url, draft, evidence, list, organization, put, seen,
    send_back, text,
};

const PASSWORD: &str = "một mật khẩu đủ dài";

/// The coordinator with the token that `login` gave it.
async fn log_in(lab: &Lab) -> Client {
    let (user, email) = lab.user(entity::Role::Coordinator, Some("SKHCN"), Some(PASSWORD)).await;
    let login = "mutation($email: String!, $password: String!) {
        login(email: $email, password: $password) { session { accessToken user { role } } userErrors { code } }
    }";
    let made = lab.nobody().done(login, json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(text(&made, "/session/user/role"), "COORDINATOR");
    let token = Some(text(&made, "/session/accessToken"));
    Client { user, email, token, ..lab.nobody() }
}

/// A task on each weakness of the plan, led by Sở Tài chính, Sở Nội vụ and a ward coordinating.
async fn give_out(lab: &Lab, coordinator: &Client) -> Vec<String> {
    let plan = "{ plan { id weaknesses { printedCode indicator { id nameVi node { id } } } } }";
    let plan = coordinator.get(plan, json!({})).await;
    let weaknesses = list(&plan, "/plan/weaknesses");
    assert_eq!(weaknesses.len(), 5);
    let mut tasks = Vec::new();
    for weakness in weaknesses {
        let code = text(weakness, "/printedCode");
        let input = json!({
            "planId": plan["plan"]["id"], "code": format!("NV-{code}"), "nodeId": weakness["indicator"]["node"]["id"],
            "title": format!("Cải thiện chỉ số {}", text(weakness, "/indicator/nameVi")), "dueOn": "2026-12-15",
        });
        let create = "mutation($input: TaskCreateInput!) {
            taskCreate(input: $input) { task { id rowVersion indicator { id } } userErrors { field code } }
        }";
        let made = coordinator.done(create, json!({ "input": input })).await;
        assert_eq!(made["task"]["indicator"]["id"], weakness["indicator"]["id"]);
        let parties = json!([
            { "organizationId": organization(lab, "STC").await, "role": "LEAD", "instruction": "Chủ trì" },
            { "organizationId": organization(lab, "SNV").await, "role": "COORDINATING" },
            { "organizationId": organization(lab, "05977").await, "role": "COORDINATING" },
        ]);
        let assign = "mutation($id: ID!, $parties: [AssignmentInput!]!, $version: Int) {
            taskAssign(id: $id, assignments: $parties, expectedVersion: $version) {
              task { assignments { role organization { code } } } userErrors { field code }
            }
        }";
        let version = &made["task"]["rowVersion"];
        let id = text(&made, "/task/id");
        let assigned =
            coordinator.done(assign, json!({ "id": id, "parties": parties, "version": version })).await;
        assert_eq!(list(&assigned, "/task/assignments").len(), 3);
        tasks.push(id);
    }
    tasks
}

/// What one user must not learn of.
struct Hidden<'a> {
    task: &'a str,
    assignment: &'a str,
    report: &'a str,
    evidence: &'a str,
    indicator: &'a str,
    lead: &'a str,
}

impl Hidden<'_> {
    fn ids(&self) -> [&str; 4] {
        [self.task, self.assignment, self.report, self.evidence]
    }

    /// By id, `node`, `nodes`, list, count, filter, search, relation and file address.
    async fn from(&self, outsider: &Client) {
        for (field, id) in [("task", self.task), ("progressReport", self.report), ("evidence", self.evidence)]
        {
            let query = format!("query($id: ID!) {{ {field}(id: $id) {{ id }} }}");
            assert_eq!(outsider.code(&query, json!({ "id": id })).await, "NOT_FOUND", "{field}");
        }
        for id in self.ids() {
            let found = outsider.get("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(found, json!({ "node": null }), "{id}");
        }
        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let found = outsider.get(nodes, json!({ "ids": self.ids() })).await;
        assert_eq!(found, json!({ "nodes": [null, null, null, null] }));

        let lists = [
            ("tasks", json!({})),
            ("tasks", json!({ "text": "cải thiện" })),
            ("tasks", json!({ "text": "NV" })),
            ("tasks", json!({ "organization": { "eq": self.lead } })),
            ("tasks", json!({ "organization": { "eq": self.lead }, "role": "LEAD" })),
            ("tasks", json!({ "status": { "in": ["PLANNED", "IN_PROGRESS"] } })),
            ("tasks", json!({ "due": { "eq": "2026-12-15" } })),
            ("myAssignments", json!({})),
            ("myAssignments", json!({ "task": { "eq": self.task } })),
            ("progressReports", json!({})),
            ("progressReports", json!({ "task": { "eq": self.task } })),
            ("progressReports", json!({ "organization": { "eq": self.lead } })),
            ("progressReports", json!({ "period": "2026-H1" })),
            ("evidences", json!({})),
            ("evidences", json!({ "task": { "eq": self.task } })),
            ("evidences", json!({ "report": { "eq": self.report } })),
            ("evidences", json!({ "indicator": { "eq": self.indicator } })),
            ("evidences", json!({ "organization": { "eq": self.lead } })),
            ("evidences", json!({ "text": "bằng chứng" })),
        ];
        for (field, filter) in lists {
            let kind = match field {
                "tasks" => "TaskFilter",
                "myAssignments" => "AssignmentFilter",
                "progressReports" => "ReportFilter",
                _ => "EvidenceFilter",
            };
            let query = format!(
                "query($filter: {kind}!) {{ {field}(filter: $filter) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage }} }} }}"
            );
            let found = outsider.get(&query, json!({ "filter": filter })).await;
            let nothing = json!({ "totalCount": 0, "nodes": [], "pageInfo": { "hasNextPage": false } });
            assert_eq!(found[field], nothing, "{field} {filter}");
        }

        let through_plan = "{ plan { weaknesses { indicator { evidence { id } node { indicator { evidence { id } } } } } } }";
        let found = outsider.get(through_plan, json!({})).await;
        for weakness in list(&found, "/plan/weaknesses") {
            assert_eq!(weakness["indicator"]["evidence"], json!([]));
            assert_eq!(weakness["indicator"]["node"]["indicator"]["evidence"], json!([]));
        }
    }
}

both! {
    async fn a_task_on_each_weakness_from_the_plan_to_accepted_evidence(lab) {
        let cast = Cast::of(&lab).await;
        let coordinator = log_in(&lab).await;
        let tasks = give_out(&lab, &coordinator).await;
        let (lead, outsider) = (&cast.finance, &cast.health);

        // The lead takes every task on.
        for task in &tasks {
            let accept = "mutation($id: ID!) { assignmentAccept(id: $id) { assignment { acceptedAt } userErrors { code } } }";
            let accepted = lead.done(accept, json!({ "id": assignment(lead, task).await })).await;
            assert!(accepted["assignment"]["acceptedAt"].is_string());
        }
        let task = tasks[0].as_str();
        let lead_assignment = assignment(lead, task).await;

        // It reports, with a file.
        let report = draft(lead, task, "2026-H1").await;
        let (proof, upload) = described(lead, "Bằng chứng của cơ quan chủ trì", None).await;
        let stored = put(lead, &upload, PDF).await;
        assert_eq!(stored.status(), 200);
        let stored: Value = stored.json().await.expect("JSON");
        assert_eq!(stored["mediaType"], "application/pdf");
        assert_eq!(stored["size"], PDF.len());
        let attach = "mutation($id: ID!, $to: ID!) { evidenceAttach(id: $id, toId: $to) { userErrors { field code } } }";
        let indicator = "query($id: ID!) { task(id: $id) { indicator { id } } }";
        let indicator = text(&lead.get(indicator, json!({ "id": task })).await, "/task/indicator/id");
        for target in [&report, &indicator] {
            lead.done(attach, json!({ "id": proof, "to": target })).await;
        }
        act(lead, "reportSubmit", &report).await;

        // The coordinator reads, downloads and accepts.
        let query = "query($id: ID!) { progressReport(id: $id) {
            status content author { name } assignment { role organization { code } } evidence { id sha256 }
        } }";
        let read = coordinator.get(query, json!({ "id": report })).await;
        assert_eq!(read["progressReport"]["status"], "SUBMITTED");
        assert_eq!(read["progressReport"]["assignment"]["organization"]["code"], "STC");
        assert_eq!(read["progressReport"]["evidence"][0]["sha256"], stored["sha256"]);
        let address = download_url(&coordinator, &proof).await;
        let file = coordinator.http.get(&address).send().await.expect("the server answers");
        assert_eq!(file.status(), 200);
        assert_eq!(file.headers()["content-type"], "application/pdf");
        assert_eq!(file.headers()["x-content-type-options"], "nosniff");
        let disposition = file.headers()["content-disposition"].to_str().expect("ASCII").to_owned();
        assert!(disposition.starts_with("attachment; filename=\"minh chung.pdf\""), "{disposition}");
        assert_eq!(file.bytes().await.expect("bytes"), PDF);
        act(&coordinator, "evidenceAccept", &proof).await;
        act(&coordinator, "reportAccept", &report).await;
        let state = "query($id: ID!) { task(id: $id) {
            status evidenceCount assignments { latestReport { status } } indicator { evidence { status } }
        } }";
        let state = coordinator.get(state, json!({ "id": task })).await;
        assert_eq!(state["task"]["status"], "IN_PROGRESS");
        assert_eq!(state["task"]["evidenceCount"], 1);
        assert_eq!(state["task"]["assignments"][0]["latestReport"]["status"], "ACCEPTED");
        assert_eq!(state["task"]["indicator"]["evidence"][0]["status"], "ACCEPTED");

        // Another department sees none of it.
        let hidden = Hidden {
            task,
            assignment: &lead_assignment,
            report: &report,
            evidence: &proof,
            indicator: &indicator,
            lead: &organization(&lab, "STC").await,
        };
        hidden.from(outsider).await;
        // Not even with an address that is signed for it.
        let own = evidence(outsider, "Của cơ quan khác", None).await;
        let forged = download_url(outsider, &own).await;
        let changed = tamper(&forged, &own, &proof);
        let answer = outsider.http.get(&changed).send().await.expect("the server answers");
        assert_eq!(answer.status(), 403);
    }

    async fn a_coordinating_organization_sees_who_works_on_the_task_and_nothing_of_the_lead(lab) {
        let cast = Cast::of(&lab).await;
        let tasks = give_out(&lab, &cast.coordinator).await;
        let (task, lead, coordinating) = (tasks[0].as_str(), &cast.finance, &cast.home);
        let report = draft(lead, task, "2026-H1").await;
        let proof = evidence(lead, "Bằng chứng", Some(&report)).await;
        act(lead, "reportSubmit", &report).await;

        let query = "query($id: ID!) { task(id: $id) {
            title evidenceCount
            participants { role organization { code nameVi } }
            assignments(ended: true) { organization { code } reports { id } }
        } }";
        let read = coordinating.get(query, json!({ "id": task })).await;
        let party = |role: &str, code: &str, name: &str| {
            json!({ "role": role, "organization": { "code": code, "nameVi": name } })
        };
        let wanted = json!([
            party("LEAD", "STC", "Sở Tài chính"),
            party("COORDINATING", "SNV", "Sở Nội vụ"),
            party("COORDINATING", "05977", "Phường Đông Kinh"),
        ]);
        assert_eq!(read["task"]["participants"], wanted);
        assert_eq!(read["task"]["assignments"], json!([{ "organization": { "code": "SNV" }, "reports": [] }]));
        assert_eq!(read["task"]["evidenceCount"], 0);
        let lead_assignment = assignment(lead, task).await;
        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let found = coordinating.get(nodes, json!({ "ids": [lead_assignment, report, proof] })).await;
        assert_eq!(found, json!({ "nodes": [null, null, null] }));
        for field in ["progressReports", "evidences"] {
            assert_eq!(seen(coordinating, field).await, Vec::<String>::new(), "{field}");
        }
    }

    async fn the_lead_reads_what_a_coordinating_organization_handed_in(lab) {
        let cast = Cast::of(&lab).await;
        let tasks = give_out(&lab, &cast.coordinator).await;
        let (task, lead, coordinating) = (tasks[1].as_str(), &cast.finance, &cast.home);
        let handed_in = draft(coordinating, task, "2026-Q1").await;
        let shown = evidence(coordinating, "Đã nộp", Some(&handed_in)).await;
        act(coordinating, "reportSubmit", &handed_in).await;
        let unfinished = draft(coordinating, task, "2026-Q2").await;
        let of_draft = evidence(coordinating, "Chưa nộp", Some(&unfinished)).await;
        let sent_back = draft(coordinating, task, "2026-Q3").await;
        let of_returned = evidence(coordinating, "Bị trả lại", Some(&sent_back)).await;
        act(coordinating, "reportSubmit", &sent_back).await;
        send_back(&cast.coordinator, &sent_back).await;
        let loose = evidence(coordinating, "Gắn vào nhiệm vụ", Some(task)).await;

        assert_eq!(seen(lead, "progressReports").await, std::slice::from_ref(&handed_in));
        assert_eq!(seen(lead, "evidences").await, std::slice::from_ref(&shown));
        let query = "query($report: ID!, $task: ID!, $by: ID!) {
            progressReport(id: $report) { status content assignment { id } evidence { id } }
            task(id: $task) { evidenceCount evidence { id } }
            progressReports(filter: { task: { eq: $task }, organization: { eq: $by } }) { totalCount }
        }";
        let by = organization(&lab, "SNV").await;
        let read = lead.get(query, json!({ "report": handed_in, "task": task, "by": by })).await;
        assert_eq!(read["progressReport"]["status"], "SUBMITTED");
        assert_eq!(read["progressReport"]["assignment"], Value::Null);
        assert_eq!(read["progressReport"]["evidence"], json!([{ "id": shown }]));
        assert_eq!(read["task"], json!({ "evidenceCount": 1, "evidence": [] }));
        assert_eq!(read["progressReports"]["totalCount"], 1);
        let file = lead.http.get(download_url(lead, &shown).await).send().await.expect("the server answers");
        assert_eq!(file.bytes().await.expect("bytes"), PDF);

        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let ids = json!([unfinished, of_draft, sent_back, of_returned, loose]);
        let found = lead.get(nodes, json!({ "ids": ids })).await;
        assert_eq!(found["nodes"], json!([null, null, null, null, null]));
        // Reading is all: the lead decides nothing and changes nothing.
        for mutation in ["reportSubmit", "reportAccept"] {
            let document = format!("mutation($id: ID!) {{ {mutation}(id: $id) {{ userErrors {{ code }} }} }}");
            assert_eq!(lead.code(&document, json!({ "id": handed_in })).await, "FORBIDDEN", "{mutation}");
        }
    }
}

/// The ticket in `address` with another evidence in its payload and the old signature.
fn tamper(address: &str, from: &str, to: &str) -> String {
    crate::scene::with_payload(address, |payload| {
        payload.replace(from.trim_start_matches("evidence:"), to.trim_start_matches("evidence:"))
    })
}
