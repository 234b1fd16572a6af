//! One case for every root field: a document, its variables, and rows of its own where it changes some.

mod accounts;
mod analysis;
mod cycle_ask;
mod dossiers;
mod followup;
mod news;
mod periods;
mod practice;
mod results;
mod supply;

use std::collections::BTreeMap;

use entity::Role;
use serde_json::{Value, json};
use tests::Lab;

use crate::scene::{Cast, act, assignment, draft, evidence, organization, plan, task, text};

/// An example of one root field.
pub struct Case {
    /// The operation.
    pub document: String,
    /// Its variables for one role; what must be unique names the role.
    pub variables: Box<dyn Fn(&str) -> Value>,
}

/// The cases in the making.
struct Cases(BTreeMap<&'static str, Case>);

impl Cases {
    fn with(&mut self, field: &'static str, document: &str, variables: impl Fn(&str) -> Value + 'static) {
        let case = Case { document: document.to_owned(), variables: Box::new(variables) };
        assert!(self.0.insert(field, case).is_none(), "{field} twice");
    }

    fn query(&mut self, field: &'static str, selection: &str) {
        self.with(field, &format!("{{ {field} {selection} }}"), |_| json!({}));
    }

    /// A field that takes the id of one row.
    fn of(&mut self, field: &'static str, id: &str) {
        let id = id.to_owned();
        let document = format!("query($id: ID!) {{ {field}(id: $id) {{ id }} }}");
        self.with(field, &document, move |_| json!({ "id": id }));
    }

    /// A mutation that takes the id of one row and more `arguments`.
    fn act(&mut self, field: &'static str, id: &str, arguments: &str) {
        let id = id.to_owned();
        let document =
            format!("mutation($id: ID!) {{ {field}(id: $id{arguments}) {{ userErrors {{ field code }} }} }}");
        self.with(field, &document, move |_| json!({ "id": id }));
    }

    /// A mutation that takes an input.
    fn input(&mut self, field: &'static str, kind: &str, input: impl Fn(&str) -> Value + 'static) {
        let document = format!(
            "mutation($input: {kind}!) {{ {field}(input: $input) {{ userErrors {{ field code }} }} }}"
        );
        self.with(field, &document, move |role| json!({ "input": input(role) }));
    }
}

const PASSWORD: &str = "một mật khẩu đủ dài";

/// A case for every root field. The officers of `cast` work for Sở Tài chính, which leads every task here, and for
/// bodies that have none.
pub async fn cases(lab: &Lab, cast: &Cast) -> BTreeMap<&'static str, Case> {
    let mut cases = Cases(BTreeMap::new());
    cases.with("costOf", "{ costOf(document: \"{ viewer { id } }\") { requested limit } }", |_| json!({}));
    cases.query("fieldUsages", "{ nodes { id } }");
    cases.query("documentUsages", "{ nodes { id } }");
    reference(&mut cases, cast).await;
    work(&mut cases, lab, cast).await;
    tasks(&mut cases, lab, cast).await;
    reports(&mut cases, lab, cast).await;
    files(&mut cases, lab, cast).await;
    insight(&mut cases, lab, cast).await;
    framework(&mut cases, cast).await;
    people(&mut cases, lab).await;
    results::results(&mut cases, lab, cast).await;
    analysis::analysis(&mut cases, lab).await;
    periods::periods(&mut cases, lab, cast).await;
    practice::practice(&mut cases, cast).await;
    cycle_ask::cycle_ask(&mut cases, lab, cast).await;
    dossiers::dossiers(&mut cases, lab, cast).await;
    followup::followup(&mut cases);
    supply::supply(&mut cases, lab, cast).await;
    news::news(&mut cases, lab, cast).await;
    accounts::accounts(&mut cases, lab, cast).await;
    cases.0
}

async fn reference(cases: &mut Cases, cast: &Cast) {
    const LIST: &str = "{ nodes { id } }";
    let query = "{ units(filter: { text: \"lang son\" }) { nodes { id } } indicator(code: \"1.1.1\") { id } plan { framework { id } } }";
    let data = cast.coordinator.get(query, json!({})).await;
    let unit = text(&data, "/units/nodes/0/id");
    cases.query("framework", "{ id }");
    cases.query("frameworks", LIST);
    cases.query("pillars", "{ id }");
    cases.of("indicator", &text(&data, "/indicator/id"));
    cases.query("indicators", LIST);
    cases.of("unit", &unit);
    cases.query("units", LIST);
    cases.query("edition", "{ id }");
    cases.query("editions", LIST);
    cases.query("dataVersion", "");
    cases.query("ranking", LIST);
    for field in ["profile", "history"] {
        let unit = unit.clone();
        let selection = if field == "profile" { "{ entries { rank } }" } else { "{ score { rank } }" };
        let document = format!("query($unit: ID!) {{ {field}(unit: $unit) {selection} }}");
        cases.with(field, &document, move |_| json!({ "unit": unit }));
    }
    cases.query("plan", "{ id weaknesses { indicator { id } } }");
    cases.query("plans", LIST);
}

async fn work(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    const LIST: &str = "{ nodes { id } }";
    let (coordinator, lead) = (&cast.coordinator, &cast.finance);
    let task = task(lab, coordinator, "READ", &[("STC", "LEAD")]).await;
    let report = draft(lead, &task, "2026").await;
    let proof = evidence(lead, "Đọc", Some(&report)).await;
    act(lead, "reportSubmit", &report).await;
    cases.of("task", &task);
    cases.query("tasks", LIST);
    cases.query("myAssignments", LIST);
    cases.of("progressReport", &report);
    cases.query("progressReports", LIST);
    cases.of("evidence", &proof);
    cases.query("evidences", LIST);
    cases.of("organization", &organization(lab, "STC").await);
    cases.query("organizations", LIST);
    cases.query("viewer", "{ id }");
    cases.query("users", LIST);
    cases.query("auditLog", LIST);
    cases.of("node", &task);
    cases.with("nodes", "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", move |_| json!({ "ids": [task] }));
}

async fn tasks(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let coordinator = &cast.coordinator;
    let led = [("STC", "LEAD")];
    let (plan, finance, home) =
        (plan(coordinator).await, organization(lab, "STC").await, organization(lab, "SNV").await);
    cases.input(
        "taskCreate",
        "TaskCreateInput",
        move |role| json!({ "planId": plan, "code": role, "title": "Mới", "dueOn": "2026-12-31" }),
    );
    let id = task(lab, coordinator, "UPDATE", &led).await;
    cases.act("taskUpdate", &id, ", input: { title: \"Sửa\" }");
    let id = task(lab, coordinator, "CANCEL", &led).await;
    cases.act("taskCancel", &id, ", reason: \"Trùng\"");
    let id = task(lab, coordinator, "ASSIGN", &led).await;
    let parties = json!([{ "organizationId": finance, "role": "LEAD" }, { "organizationId": home, "role": "COORDINATING" }]);
    let document = "mutation($id: ID!, $parties: [AssignmentInput!]!) {
        taskAssign(id: $id, assignments: $parties) { userErrors { field code } }
    }";
    cases.with("taskAssign", document, move |_| json!({ "id": id, "parties": parties }));
    let id = task(lab, coordinator, "REASSIGN", &led).await;
    let document = "mutation($from: ID!, $to: ID!, $tasks: [ID!]) {
        assignmentsReassign(fromOrganizationId: $from, toOrganizationId: $to, taskIds: $tasks, reason: \"Sáp nhập\") {
          userErrors { field code }
        }
    }";
    cases.with(
        "assignmentsReassign",
        document,
        move |_| json!({ "from": finance, "to": home, "tasks": [id] }),
    );
    let id = task(lab, coordinator, "ACCEPT", &led).await;
    cases.act("assignmentAccept", &assignment(&cast.finance, &id).await, "");
}

async fn reports(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let lead = &cast.finance;
    let task = task(lab, &cast.coordinator, "REPORT", &[("STC", "LEAD")]).await;
    let assignment = assignment(lead, &task).await;
    cases.input("reportSave", "ReportSaveInput", move |role| {
        json!({ "assignmentId": assignment, "period": role, "percent": 10, "content": "Đang làm" })
    });
    cases.act("reportSubmit", &draft(lead, &task, "to submit").await, "");
    for (field, arguments) in [("reportReturn", ", reason: \"Thiếu\""), ("reportAccept", "")] {
        let report = draft(lead, &task, field).await;
        act(lead, "reportSubmit", &report).await;
        cases.act(field, &report, arguments);
    }
}

async fn files(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let lead = &cast.finance;
    let task = task(lab, &cast.coordinator, "EVIDENCE", &[("STC", "LEAD")]).await;
    let report = draft(lead, &task, "2026").await;
    cases.input(
        "evidenceCreate",
        "EvidenceCreateInput",
        |role| json!({ "title": role, "kind": "OTHER", "file": { "name": "a.pdf" } }),
    );
    let proof = evidence(lead, "Nộp lại tệp", None).await;
    cases.act("evidenceUploadTicket", &proof, ", file: { name: \"b.pdf\" }");
    cases.act("evidenceUpdate", &evidence(lead, "Sửa", None).await, ", input: { title: \"Đã sửa\" }");
    cases.act("evidenceAttach", &evidence(lead, "Gắn", None).await, &format!(", toId: \"{report}\""));
    let proof = evidence(lead, "Gỡ", Some(&report)).await;
    cases.act("evidenceDetach", &proof, &format!(", fromId: \"{report}\""));
    cases.act("evidenceAccept", &evidence(lead, "Duyệt", None).await, "");
    cases.act("evidenceReject", &evidence(lead, "Không duyệt", None).await, ", reason: \"Mờ\"");
}

async fn framework(cases: &mut Cases, cast: &Cast) {
    let coordinator = &cast.coordinator;
    let from = coordinator.get("{ framework { id } }", json!({})).await;
    let from = text(&from, "/framework/id");
    let create = "mutation($input: FrameworkDraftInput!) {
        frameworkDraftCreate(input: $input) { framework { id nodes(first: 100) { nodes { id level } } } userErrors { code } }
    }";
    let input = json!({ "fromId": from, "version": "2030", "nameVi": "Dự thảo", "nameEn": "Draft" });
    let draft = coordinator.done(create, json!({ "input": input })).await;
    let id = text(&draft, "/framework/id");
    let nodes = crate::scene::list(&draft, "/framework/nodes/nodes");
    let at = |level: &str, place: usize| {
        let mut alike = nodes.iter().filter(|node| node["level"] == level);
        text(alike.nth(place).expect("a node"), "/id")
    };
    let published = from.clone();
    let (group, leaf, bare, other) =
        (at("GROUP", 0), at("INDICATOR", 0), at("INDICATOR", 1), at("INDICATOR", 2));
    let indicator = other.replace("node:", "indicator:");
    cases.input(
        "frameworkDraftCreate",
        "FrameworkDraftInput",
        move |role| json!({ "fromId": from, "version": role, "nameVi": "Dự thảo", "nameEn": "Draft" }),
    );
    cases.act("frameworkUpdate", &id, ", input: { nameEn: \"Renamed\" }");
    cases.input("nodeCreate", "NodeCreateInput", move |role| {
        let measure = json!({ "unit": "%", "direction": "HIGHER_IS_BETTER", "dataSource": "?" });
        json!({ "parentId": group, "code": role, "nameVi": "Mới", "nameEn": "New", "indicator": measure })
    });
    cases.act("nodeUpdate", &leaf, ", input: { note: \"Xem lại\" }");
    cases.act("nodeDelete", &bare, "");
    cases.act("indicatorUpdate", &indicator, ", input: { guidance: \"Lấy từ niên giám\" }");
    cases.act("indicatorVerify", &indicator, "");
    let input = json!({ "fromId": published, "version": "2031", "nameVi": "Sắp công bố", "nameEn": "To be published" });
    let next = coordinator.done(create, json!({ "input": input })).await;
    cases.act("frameworkPublish", &text(&next, "/framework/id"), "");
}

async fn people(cases: &mut Cases, lab: &Lab) {
    let (user, email) = lab.user(Role::Officer, Some("SCT"), Some(PASSWORD)).await;
    let id = format!("user:{user}");
    cases.act("userUpdate", &id, ", input: { name: \"Tên mới\" }");
    let (user, _) = lab.user(Role::Officer, Some("SCT"), None).await;
    cases.act("userPasswordSet", &format!("user:{user}"), &format!(", password: \"{PASSWORD}\""));
    let sct = organization(lab, "SCT").await;
    let of = sct.clone();
    cases.input("userCreate", "UserCreateInput", move |role| {
        let email = format!("{}@test.local", role.replace(' ', "."));
        json!({ "email": email, "name": role, "role": "OFFICER", "organizationId": of })
    });
    cases.input(
        "organizationCreate",
        "OrganizationCreateInput",
        |role| json!({ "code": role, "kind": "COMMUNE", "nameVi": "Mới", "nameEn": "New" }),
    );
    cases.act("organizationUpdate", &sct, ", input: { note: \"Đã đổi tên\" }");
    let document = "mutation($email: String!, $password: String!) {
        login(email: $email, password: $password) { userErrors { field code } }
    }";
    cases.with("login", document, move |_| json!({ "email": email, "password": PASSWORD }));
    let provider = "mutation { loginWithProvider(idToken: \"made.up\") { userErrors { field code } } }";
    cases.with("loginWithProvider", provider, |_| json!({}));
    let refresh = "mutation { tokenRefresh(refreshToken: \"made.up\") { userErrors { field code } } }";
    cases.with("tokenRefresh", refresh, |_| json!({}));
    cases.with("logout", "mutation { logout { userErrors { field code } } }", |_| json!({}));
    let change = "mutation { passwordChange(currentPassword: \"đoán mò\", newPassword: \"một mật khẩu mới\") { userErrors { field code } } }";
    cases.with("passwordChange", change, |_| json!({}));
}

/// Questions to a synthetic edition, which can be computed.
async fn insight(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let framework = cast
        .coordinator
        .get("{ framework { id } units(filter: { text: \"lang son\" }) { nodes { id } } }", json!({}))
        .await;
    let key = text(&framework, "/framework/id").trim_start_matches("framework:").parse().expect("a key");
    let tx = lab.app.system().begin().await.expect("a transaction");
    let edition = api::seed::synthetic_edition(&tx, 1998, key, entity::Publication::Published).await;
    let edition = format!("edition:{}", edition.expect("an edition").id);
    tx.commit().await.expect("committed");
    let unit = text(&framework, "/units/nodes/0/id");
    let other =
        cast.coordinator.get("{ units(filter: { text: \"ha noi\" }) { nodes { id } } }", json!({})).await;
    let other = text(&other, "/units/nodes/0/id");
    let node = cast.coordinator.get("{ pillars { id } }", json!({})).await;
    let variables =
        json!({ "unit": unit, "other": other, "edition": edition, "node": text(&node, "/pillars/0/id") });
    for (field, declared, question) in [
        ("contributions", "$unit: ID!, $edition: ID!", "(unit: $unit, edition: $edition) { points }"),
        (
            "strengthsAndWeaknesses",
            "$unit: ID!, $edition: ID!",
            "(unit: $unit, edition: $edition) { strengths { rank } }",
        ),
        ("gaps", "$unit: ID!, $edition: ID!", "(unit: $unit, edition: $edition) { toAbove }"),
        (
            "compareUnits",
            "$unit: ID!, $other: ID!, $edition: ID!",
            "(edition: $edition, units: [$unit, $other]) { units { id } }",
        ),
        ("publishedDifferences", "$edition: ID!", "(edition: $edition) { total }"),
        ("correlations", "$edition: ID!", "(edition: $edition, rows: PILLAR, columns: PILLAR) { values }"),
        ("reliability", "$edition: ID!", "(edition: $edition) { alpha }"),
        (
            "compareEditions",
            "$unit: ID!, $edition: ID!",
            "(unit: $unit, from: $edition, to: $edition) { comparable }",
        ),
        (
            "explain",
            "$unit: ID!, $node: ID!, $edition: ID!",
            "(unit: $unit, node: $node, edition: $edition) { score }",
        ),
    ] {
        let variables = variables.clone();
        cases.with(field, &format!("query({declared}) {{ {field}{question} }}"), move |_| variables.clone());
    }
}
