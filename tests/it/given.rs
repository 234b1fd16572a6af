//! What tests start from: tasks, reports and evidence made as users make them, many rows at once through the store,
//! and a connection of the test's own to look behind the server.

use chrono::NaiveDate;
use entity::*;
use reqwest::Response;
use sea_orm::{
    ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction, Set, Statement,
    TransactionTrait,
};
use serde_json::{Value, json};
use tests::{Client, Lab, org};
use uuid::Uuid;

/// A PDF, as far as its first bytes tell.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n";

/// The global id of the row of `table` with key `id`.
pub fn gid(table: &str, id: Uuid) -> String {
    format!("{table}:{id}")
}

/// A global id of `table` that names nothing.
pub fn unknown(table: &str) -> String {
    format!("{table}:01990000-0000-7000-8000-000000000000")
}

/// A text value inside an answer.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text")).to_owned()
}

/// The id of the seeded plan.
pub async fn plan(client: &Client) -> String {
    text(&client.get("{ plan { id } }", json!({})).await["plan"]["id"])
}

/// The input of a mutation that enters a task in order.
pub async fn task_input(coordinator: &Client, code: &str) -> Value {
    json!({ "planId": plan(coordinator).await, "code": code, "title": "Nâng tỷ lệ doanh nghiệp có đổi mới",
        "dueOn": "2026-06-25" })
}

/// A task in the hands of organizations; the first of them leads.
pub async fn task(lab: &Lab, coordinator: &Client, code: &str, organizations: &[&str]) -> Value {
    let mut input = task_input(coordinator, code).await;
    let mut assignments = Vec::new();
    for (place, organization) in organizations.iter().enumerate() {
        let role = if place == 0 { "LEAD" } else { "COORDINATING" };
        let id = gid("organization", org(&lab.app, organization).await);
        assignments.push(json!({ "organizationId": id, "role": role }));
    }
    input["assignments"] = assignments.into();
    const CREATE: &str = "mutation($input: TaskCreateInput!) { taskCreate(input: $input) {
        task { id rowVersion assignments { id organization { code } } } userErrors { field code message } } }";
    coordinator.done(CREATE, json!({ "input": input })).await["task"].take()
}

/// The id of the assignment of `organization` on a task made by [`task`].
pub fn assignment_of(task: &Value, organization: &str) -> String {
    let all = task["assignments"].as_array().expect("a list of assignments");
    let found = all.iter().find(|one| one["organization"]["code"] == organization);
    text(&found.expect("the organization is on the task")["id"])
}

/// A draft of a report on an assignment.
pub async fn report(officer: &Client, assignment: &str) -> Value {
    const SAVE: &str = "mutation($input: ReportSaveInput!) { reportSave(input: $input) {
        report { id rowVersion } userErrors { field code message } } }";
    let input =
        json!({ "assignmentId": assignment, "period": "2026-H1", "percent": 40, "content": "Đã tập huấn" });
    officer.done(SAVE, json!({ "input": input })).await["report"].take()
}

/// Does `mutation` to the row with this id, which must succeed.
pub async fn act(client: &Client, mutation: &str, id: &str) {
    let reason = if mutation.ends_with("Reject") || mutation.ends_with("Return") {
        r#", reason: "Thiếu số liệu""#
    } else {
        ""
    };
    let document = format!(
        "mutation($id: ID!) {{ {mutation}(id: $id{reason}) {{ userErrors {{ field code message }} }} }}"
    );
    client.done(&document, json!({ "id": id })).await;
}

/// A described piece of evidence and the address to send its file to.
pub async fn evidence(officer: &Client, file: Value, attach_to: Option<&str>) -> (String, String) {
    const CREATE: &str = "mutation($input: EvidenceCreateInput!) { evidenceCreate(input: $input) {
        upload { url evidence { id } } userErrors { field code message } } }";
    let input =
        json!({ "title": "Quyết định phê duyệt", "kind": "DECISION", "file": file, "attachToId": attach_to });
    let payload = officer.done(CREATE, json!({ "input": input })).await;
    (text(&payload["upload"]["evidence"]["id"]), text(&payload["upload"]["url"]))
}

/// Evidence with its file.
pub async fn ready_evidence(officer: &Client, attach_to: Option<&str>) -> String {
    let (id, url) = evidence(officer, json!({ "name": "quyết định.pdf" }), attach_to).await;
    assert_eq!(put(officer, &url, PDF).await.status(), 200);
    id
}

/// Sends a file.
pub async fn put(client: &Client, url: &str, bytes: &'static [u8]) -> Response {
    client.http.put(url).body(bytes).send().await.expect("the server answers")
}

/// A connection of the test's own to the lab's database.
pub async fn database(lab: &Lab) -> DatabaseConnection {
    Database::connect(lab.app.settings.database_url()).await.expect("the database answers")
}

/// A transaction on PostgreSQL that keeps everybody from reading a table.
pub struct Obstacle {
    held: DatabaseTransaction,
    // A transaction goes on seeing who was at work when it first looked.
    beside: DatabaseConnection,
}

impl Obstacle {
    pub async fn to_reading(lab: &Lab, table: &str) -> Self {
        let beside = database(lab).await;
        let held = beside.begin().await.expect("a transaction");
        held.execute_unprepared(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
            .await
            .expect("locked");
        Self { held, beside }
    }

    /// Waits until so many statements wait for it, ten seconds at most.
    pub async fn holds_up(&self, number: i64) {
        const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut waiting = -1;
        for _ in 0..200 {
            let statement = Statement::from_string(DatabaseBackend::Postgres, WAITING);
            let row = self.beside.query_one_raw(statement).await.expect("asked").expect("a row");
            waiting = row.try_get_by_index::<i64>(0).expect("a number");
            if waiting == number {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(waiting, number, "statements at work");
    }

    pub async fn goes_away(self) {
        self.held.rollback().await.expect("let go");
    }
}

/// Lets the server know that what is published was changed behind its back.
pub async fn told(lab: &Lab, behind: &DatabaseConnection) {
    behind.execute_unprepared("UPDATE data_version SET version = version + 1").await.expect("obeyed");
    lab.app.db.read_published(&lab.app.world).await.expect("read");
}

/// The first column of what a statement answers.
pub async fn column(database: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("a text")).collect()
}

/// How many rows each table has that users fill, and how often they were changed.
pub async fn written(database: &DatabaseConnection) -> String {
    const COUNTED: &[(&str, &str)] = &[
        ("organization", "SUM(row_version)"),
        ("\"user\"", "SUM(row_version)"),
        ("framework", "SUM(row_version)"),
        ("node", "SUM(row_version)"),
        ("indicator", "SUM(row_version)"),
        ("denominator", "SUM(row_version)"),
        ("edition", "SUM(row_version)"),
        ("score", "0"),
        ("statistic", "0"),
        ("denominator_value", "0"),
        ("computation", "0"),
        ("computed_score", "0"),
        ("edition_import", "SUM(row_version)"),
        ("target", "SUM(row_version)"),
        ("task", "SUM(row_version)"),
        ("assignment", "SUM(row_version)"),
        ("progress_report", "SUM(row_version)"),
        ("evidence", "SUM(row_version)"),
        ("evidence_link", "0"),
        ("data_submission", "SUM(row_version)"),
        ("innovation_model", "SUM(row_version)"),
        ("model_replication", "0"),
        ("outreach_activity", "SUM(row_version)"),
        ("search_word", "0"),
    ];
    let counts: Vec<String> = COUNTED
        .iter()
        .map(|(table, changes)| {
            format!("SELECT '{table} ' || COUNT(*) || ' ' || COALESCE({changes}, 0) FROM {table}")
        })
        .collect();
    column(database, &counts.join(" UNION ALL ")).await.join("\n")
}

/// Enters `count` tasks at once, each led by `lead` with `coordinating` beside it and one report of the lead with a
/// piece of evidence.
pub async fn many_tasks(lab: &Lab, author: Uuid, prefix: &str, count: u32, lead: &str, coordinating: &str) {
    use api::store::Read;
    let tx = lab.app.system().begin().await.expect("a transaction");
    let plan = tx.first(tx.find::<plan::Entity>()).await.expect("read").expect("the plan is seeded");
    let nodes = sea_orm::QueryFilter::filter(
        tx.find::<node::Entity>(),
        sea_orm::ColumnTrait::eq(&node::Column::Level, NodeLevel::Indicator),
    );
    let nodes = tx.all(nodes).await.expect("read");
    let (lead, coordinating) = (org(&lab.app, lead).await, org(&lab.app, coordinating).await);
    let mut tasks = Vec::new();
    let mut assignments = Vec::new();
    let mut reports = Vec::new();
    let mut pieces = Vec::new();
    let mut links = Vec::new();
    for number in 0..count {
        let (task, led) = (lab.app.world.uuid(), lab.app.world.uuid());
        let (reported, piece) = (lab.app.world.uuid(), lab.app.world.uuid());
        let due =
            NaiveDate::from_ymd_opt(2026, 6, 1).expect("a date") + chrono::Days::new((number % 180).into());
        tasks.push(task::ActiveModel {
            id: Set(task),
            plan_id: Set(plan.id),
            code: Set(format!("{prefix}-{number}")),
            title: Set(format!("Nhiệm vụ {number}")),
            description: Set(Some("Rà soát, tổng hợp và báo cáo số liệu. ".repeat(20).into())),
            kind: Set(TaskKind::Solution),
            node_id: Set(Some(nodes[number as usize % nodes.len()].id)),
            due_on: Set(due),
            recurrence: Set(Recurrence::Once),
            status: Set(TaskStatus::Planned),
            priority: Set(Priority::Normal),
            row_version: Set(1),
            ..Default::default()
        });
        for (id, organization, role) in [
            (led, lead, AssignmentRole::Lead),
            (lab.app.world.uuid(), coordinating, AssignmentRole::Coordinating),
        ] {
            assignments.push(assignment::ActiveModel {
                id: Set(id),
                task_id: Set(task),
                organization_id: Set(organization),
                role: Set(role),
                row_version: Set(1),
                ..Default::default()
            });
        }
        reports.push(progress_report::ActiveModel {
            id: Set(reported),
            assignment_id: Set(led),
            period: Set("2026-H1".to_owned()),
            percent: Set(50),
            content: Set("Đã làm".to_owned().into()),
            status: Set(ReportStatus::Submitted),
            author_id: Set(author),
            row_version: Set(1),
            ..Default::default()
        });
        pieces.push(evidence::ActiveModel {
            id: Set(piece),
            organization_id: Set(lead),
            title: Set("Báo cáo".to_owned()),
            kind: Set(EvidenceKind::Report),
            status: Set(EvidenceStatus::Pending),
            author_id: Set(author),
            row_version: Set(1),
            ..Default::default()
        });
        links.push(evidence_link::ActiveModel {
            evidence_id: Set(piece),
            report_id: Set(Some(reported)),
            author_id: Set(author),
            ..Default::default()
        });
    }
    tx.insert_all::<task::Entity>(tasks).await.expect("tasks are written");
    tx.insert_all::<assignment::Entity>(assignments).await.expect("assignments are written");
    tx.insert_all::<progress_report::Entity>(reports).await.expect("reports are written");
    tx.insert_all::<evidence::Entity>(pieces).await.expect("evidence is written");
    tx.insert_all::<evidence_link::Entity>(links).await.expect("links are written");
    tx.commit().await.expect("committed");
}
