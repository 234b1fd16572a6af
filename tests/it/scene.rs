//! What the tests of the wall begin with: tasks, assignments, reports and evidence, made through the API as clients
//! make them.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::Role;
use serde_json::{Value, json};
use tests::{Client, Lab, org};

/// The bytes of a small but whole PDF.
pub const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n\
    trailer<</Root 1 0 R>>\n%%EOF\n";

/// The text at a JSON pointer.
pub fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} in {value:#}")).to_owned()
}

/// The list at a JSON pointer.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a Vec<Value> {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.unwrap_or_else(|| panic!("no list at {pointer} in {value:#}"))
}

/// The global id of the organization with this code.
pub async fn organization(lab: &Lab, code: &str) -> String {
    format!("organization:{}", org(&lab.app, code).await)
}

/// The newest plan's id.
pub async fn plan(client: &Client) -> String {
    text(&client.get("{ plan { id } }", json!({})).await, "/plan/id")
}

/// A new task with this code, its organizations by code and role.
pub async fn task(lab: &Lab, coordinator: &Client, code: &str, parties: &[(&str, &str)]) -> String {
    let mut assignments = Vec::new();
    for (party, role) in parties {
        assignments.push(json!({ "organizationId": organization(lab, party).await, "role": role }));
    }
    let input = json!({
        "planId": plan(coordinator).await, "code": code, "title": format!("Nhiệm vụ chung {code}"),
        "dueOn": "2026-06-30", "assignments": assignments,
    });
    let made = coordinator
        .done(
            "mutation($input: TaskCreateInput!) { taskCreate(input: $input) { task { id } userErrors { code } } }",
            json!({ "input": input }),
        )
        .await;
    text(&made, "/task/id")
}

/// The assignment that the client's organization holds on a task.
pub async fn assignment(client: &Client, task: &str) -> String {
    let query = "query($task: ID!) { myAssignments(filter: { task: { eq: $task } }) { nodes { id } } }";
    text(&client.get(query, json!({ "task": task })).await, "/myAssignments/nodes/0/id")
}

/// A draft report of the client's organization on a task.
pub async fn draft(client: &Client, task: &str, period: &str) -> String {
    draft_saying(client, task, period, "Đã ban hành văn bản chỉ đạo.").await
}

/// The same with this content.
pub async fn draft_saying(client: &Client, task: &str, period: &str, content: &str) -> String {
    let input = json!({
        "assignmentId": assignment(client, task).await, "period": period, "percent": 40,
        "content": content,
    });
    let made = client
        .done(
            "mutation($input: ReportSaveInput!) { reportSave(input: $input) { report { id } userErrors { code } } }",
            json!({ "input": input }),
        )
        .await;
    text(&made, "/report/id")
}

/// A mutation of one row that takes nothing but its id: `reportSubmit`, `evidenceAccept`, …
pub async fn act(client: &Client, mutation: &str, id: &str) -> Value {
    let document = format!("mutation($id: ID!) {{ {mutation}(id: $id) {{ userErrors {{ code }} }} }}");
    client.done(&document, json!({ "id": id })).await
}

/// Sends a submitted report back.
pub async fn send_back(coordinator: &Client, report: &str) {
    let mutation =
        "mutation($id: ID!) { reportReturn(id: $id, reason: \"Thiếu số liệu\") { userErrors { code } } }";
    coordinator.done(mutation, json!({ "id": report })).await;
}

/// Puts bytes to a ticket's address.
pub async fn put(client: &Client, url: &str, bytes: &'static [u8]) -> reqwest::Response {
    client.http.put(url).body(bytes).send().await.expect("the server answers")
}

/// New evidence without its file; its id and the address to put the file to.
pub async fn described(client: &Client, title: &str, attach_to: Option<&str>) -> (String, String) {
    let input = json!({
        "title": title, "kind": "REPORT", "file": { "name": "minh chứng.pdf", "mediaType": "application/pdf" },
        "attachToId": attach_to,
    });
    let made = client
        .done(
            "mutation($input: EvidenceCreateInput!) {
               evidenceCreate(input: $input) { upload { url evidence { id } } userErrors { field code } }
             }",
            json!({ "input": input }),
        )
        .await;
    (text(&made, "/upload/evidence/id"), text(&made, "/upload/url"))
}

/// New evidence with its file.
pub async fn evidence(client: &Client, title: &str, attach_to: Option<&str>) -> String {
    let (id, url) = described(client, title, attach_to).await;
    assert_eq!(put(client, &url, PDF).await.status(), 200);
    id
}

/// The address from which the client gets the file of a piece of evidence.
pub async fn download_url(client: &Client, evidence: &str) -> String {
    let query = "query($id: ID!) { evidence(id: $id) { downloadUrl } }";
    text(&client.get(query, json!({ "id": evidence })).await, "/evidence/downloadUrl")
}

/// The ids of the nodes of a connection, the one root field of an answer.
pub fn ids(data: &Value) -> Vec<String> {
    let connection = data.as_object().and_then(|data| data.values().next()).expect("one root field");
    list(connection, "/nodes").iter().map(|node| text(node, "/id")).collect()
}

/// The ids of the evidence that the client sees.
pub async fn seen(client: &Client, root: &str) -> Vec<String> {
    ids(&client.get(&format!("{{ {root}(first: 100) {{ nodes {{ id }} }} }}"), json!({})).await)
}

/// A client of every role.
pub struct Cast {
    /// Of Sở KH&CN.
    pub coordinator: Client,
    /// Of the provincial People's Committee.
    pub leader: Client,
    /// Of Sở Tài chính.
    pub finance: Client,
    /// Of Sở Nội vụ.
    pub home: Client,
    /// Of Sở Y tế.
    pub health: Client,
    /// A program.
    pub integration: Client,
    /// Of the technical staff.
    pub admin: Client,
}

impl Cast {
    /// A new user for every part.
    pub async fn of(lab: &Lab) -> Self {
        Self {
            coordinator: lab.coordinator().await,
            leader: lab.sign_in(Role::Leader, None).await,
            finance: lab.officer("STC").await,
            home: lab.officer("SNV").await,
            health: lab.officer("SYT").await,
            integration: lab.sign_in(Role::Integration, None).await,
            admin: lab.sign_in(Role::Admin, None).await,
        }
    }
}

/// A ticket's address with its payload changed and its old signature kept.
pub fn with_payload(address: &str, change: impl Fn(&str) -> String) -> String {
    let parts: Vec<&str> = address.split('.').collect();
    let dots = parts.len();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(parts[dots - 2]).expect("base64");
    let changed = change(std::str::from_utf8(&payload).expect("text"));
    let changed = BASE64_URL_SAFE_NO_PAD.encode(changed);
    let signature = parts[dots - 1];
    let head = address.strip_suffix(&format!("{}.{signature}", parts[dots - 2])).expect("a JWT");
    format!("{head}{changed}.{signature}")
}
