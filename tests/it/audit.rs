//! The audit trail: every change leaves its entry, nothing else does, the chain shows what was tampered with, and the
//! wall holds for entries as for the rows that they tell of.

mod chain;
mod wall;

use api::store::Read;
use entity::*;
use sea_orm::{ColumnTrait, EntityName, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};
use tests::{Client, Lab, both};
use uuid::Uuid;

use crate::cases::cases;
use crate::coverage::{outcome, roles};
use crate::scene::{Cast, act, download_url, draft, evidence, task, text};

const PASSWORD: &str = "một mật khẩu đủ dài";

/// No entries.
const NONE: [audit_log::Model; 0] = [];

/// The entries behind number `after`.
async fn since(lab: &Lab, after: i64) -> Vec<audit_log::Model> {
    let store = lab.app.system();
    let entries = store.find::<audit_log::Entity>().filter(audit_log::Column::Number.gt(after));
    store.all(entries.order_by_asc(audit_log::Column::Number)).await.expect("the entries are read")
}

/// The number of the last entry.
async fn last(lab: &Lab) -> i64 {
    since(lab, 0).await.last().map_or(0, |entry| entry.number)
}

/// Before or after, as JSON.
fn said(json: &Option<String>) -> Value {
    json.as_deref().map_or(Value::Null, |json| serde_json::from_str(json).expect("JSON"))
}

/// An entry in a line: action, table and, of an update, the columns that it tells of.
fn line(entry: &audit_log::Model) -> String {
    let action = serde_json::to_value(entry.action).expect("a name");
    let action = action.as_str().expect("a text");
    let many = if entry.row_id.is_some() { "" } else { ", many at once" };
    let columns = match (entry.action, said(&entry.after)) {
        (AuditAction::Update, Value::Object(after)) => after.keys().cloned().collect::<Vec<_>>().join(" "),
        _ => String::new(),
    };
    format!("  {action:<8}{}{many} {columns}", entry.table_name).trim_end().to_owned()
}

/// The lines of entries, each once.
fn lines(entries: &[audit_log::Model]) -> String {
    let mut lines: Vec<(String, u32)> = Vec::new();
    for line in entries.iter().map(line) {
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, times)) => *times += 1,
            None => lines.push((line, 1)),
        }
    }
    let times = |(line, times)| if times == 1 { format!("{line}\n") } else { format!("{line} × {times}\n") };
    lines.into_iter().map(times).collect()
}

async fn table(lab: &Lab) -> String {
    let cast = Cast::of(lab).await;
    let nobody = lab.nobody();
    let mut cases: Vec<_> = cases(lab, &cast).await.into_iter().collect();
    cases.retain(|(_, case)| case.document.trim_start().starts_with("mutation"));
    cases.sort_by_key(|(field, _)| *field == "logout");
    let mut table = String::new();
    for (field, case) in cases {
        let mut first = true;
        for (role, client) in roles(&cast, &nobody) {
            let before = last(lab).await;
            let answer = client.ask(&case.document, (case.variables)(role)).await;
            let (outcome, entries) = (outcome(&answer), since(lab, before).await);
            if outcome != "ok" {
                // A refused sign-in is noted as such.
                let signs_in = field == "loginWithProvider";
                let is_other =
                    |entry: &audit_log::Model| !signs_in || entry.action != AuditAction::SignInRefused;
                let entries: Vec<_> = entries.into_iter().filter(is_other).collect();
                assert_eq!(entries, NONE, "{field} as {role} was refused: {outcome}");
                continue;
            }
            for entry in &entries {
                let user = roles(&cast, &nobody)
                    .iter()
                    .find(|(_, one)| one.user == client.user)
                    .map(|(_, one)| one.user);
                assert!(field == "login" || entry.user_id == user, "{field} as {role}: {entry:?}");
                assert!(entry.request_id.is_some(), "{field}: {entry:?}");
            }
            // What the first who may do it leaves behind stands for all.
            if std::mem::take(&mut first) {
                table += &format!("{field}\n{}", lines(&entries));
            }
        }
    }
    table
}

fn reviewed(table: &str) {
    insta::assert_snapshot!("audited", table);
}

both! {
    async fn every_mutation_leaves_its_entries_and_a_refused_one_none(lab) {
        reviewed(&table(&lab).await);
    }

    async fn an_entry_tells_who_did_what_to_which_row(lab) {
        let coordinator = lab.coordinator().await;
        let id = task(&lab, &coordinator, "A", &[("STC", "LEAD")]).await;
        let before = last(&lab).await;
        let rename = "mutation($id: ID!) { taskUpdate(id: $id, input: { title: \"Tên mới\" }) { userErrors { code } } }";
        let sent = coordinator.http.post(format!("{}/graphql", lab.url)).bearer_auth(coordinator.token.as_deref().expect("a token"));
        let answer = sent.json(&json!({ "query": rename, "variables": { "id": id } })).send().await.expect("an answer");
        let entries = since(&lab, before).await;
        let [entry] = entries.as_slice() else { panic!("one entry: {entries:#?}") };
        assert_eq!((entry.action, entry.table_name.as_str()), (AuditAction::Update, "task"));
        assert_eq!(entry.row_id.map(|row| format!("task:{row}")), Some(id.clone()));
        assert_eq!(said(&entry.before), json!({ "row_version": 1, "title": "Nhiệm vụ chung A" }));
        assert_eq!(said(&entry.after), json!({ "row_version": 2, "title": "Tên mới" }));
        assert_eq!((entry.user_id, entry.role), (Some(coordinator.user), Some(Role::Coordinator)));
        assert_eq!(entry.organization_id, Some(tests::org(&lab.app, "SKHCN").await));
        let request = answer.headers()["x-request-id"].to_str().expect("ASCII");
        assert_eq!(entry.request_id.map(|id| id.to_string()), Some(request.to_owned()));

        let query = "query($row: ID!) { auditLog(filter: { row: $row }, first: 1) { totalCount nodes {
            id number user { name } role organization { code } action table rowId requestId changes { field before after } } } }";
        let shown = coordinator.get(query, json!({ "row": id })).await;
        let node = &shown["auditLog"]["nodes"][0];
        assert_eq!(shown["auditLog"]["totalCount"], 2);
        assert_eq!(node["changes"], json!([
            { "field": "rowVersion", "before": 1, "after": 2 },
            { "field": "title", "before": "Nhiệm vụ chung A", "after": "Tên mới" },
        ]));
        assert_eq!((&node["rowId"], &node["requestId"]), (&json!(id), &json!(request)));
        assert_eq!((&node["number"], &node["action"]), (&json!(entry.number), &json!("UPDATE")));
        assert_eq!(node["organization"]["code"], "SKHCN");
        assert!(node["user"]["name"].is_string());
        let again = coordinator.get("query($id: ID!) { node(id: $id) { id } }", json!({ "id": node["id"] })).await;
        assert_eq!(again["node"]["id"], node["id"]);
    }

    async fn what_is_secret_is_masked(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let (user, _) = lab.user(Role::Leader, None, None).await;
        for was in [Value::Null, json!("***")] {
            let before = last(&lab).await;
            let set = format!("mutation($id: ID!) {{ userPasswordSet(id: $id, password: \"{PASSWORD}\") {{ userErrors {{ code }} }} }}");
            admin.done(&set, json!({ "id": format!("user:{user}") })).await;
            let entries = since(&lab, before).await;
            let [entry] = entries.as_slice() else { panic!("one entry: {entries:#?}") };
            assert_eq!(said(&entry.before)["password_hash"], was);
            assert_eq!(said(&entry.after)["password_hash"], "***");
        }
        let all = since(&lab, 0).await;
        assert!(all.iter().all(|entry| !format!("{entry:?}").contains("$argon2")));
    }

    async fn who_changes_its_own_password_is_named(lab) {
        let (user, email) = lab.user(Role::Officer, Some("STC"), Some(PASSWORD)).await;
        let login = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
            session { accessToken } userErrors { code } } }";
        let session = lab.nobody().done(login, json!({ "email": email, "password": PASSWORD })).await;
        let client = Client::new(&lab.url, Some(text(&session, "/session/accessToken")));
        let before = last(&lab).await;
        let change = "mutation($now: String!, $next: String!) { passwordChange(currentPassword: $now, newPassword: $next) { userErrors { code } } }";
        client.done(change, json!({ "now": PASSWORD, "next": format!("{PASSWORD} khác") })).await;
        let entries = since(&lab, before).await;
        let [entry] = entries.as_slice() else { panic!("one entry: {entries:#?}") };
        assert_eq!((entry.user_id, entry.row_id, entry.role), (Some(user), Some(user), Some(Role::Officer)));
        assert_eq!(said(&entry.after)["password_hash"], "***");
    }

    async fn what_is_rolled_back_leaves_nothing(lab) {
        let before = last(&lab).await;
        let organization = || organization::ActiveModel {
            code: Set("X".to_owned()), kind: Set(OrganizationKind::Commune), name_vi: Set("X".to_owned()),
            name_en: Set("X".to_owned()), confirmed: Set(false), ..Default::default()
        };
        let tx = lab.app.system().begin().await.expect("a transaction");
        tx.insert::<organization::Entity>(organization()).await.expect("written");
        drop(tx);
        lab.app.system().begin().await.expect("a transaction").commit().await.expect("nothing to commit");
        assert_eq!(since(&lab, before).await, NONE);

        let tx = lab.app.system().begin().await.expect("a transaction");
        let row = tx.insert::<organization::Entity>(organization()).await.expect("written");
        let change = organization::ActiveModel { note: Set(Some("Y".to_owned())), ..Default::default() };
        tx.amend::<organization::Entity>(row.id, change).await.expect("amended");
        let one = sea_orm::Condition::all().add(organization::Column::Id.eq(row.id));
        tx.delete_all::<organization::Entity>(one.clone()).await.expect("removed");
        tx.delete_all::<organization::Entity>(one).await.expect("nothing left");
        tx.commit().await.expect("committed");
        let entries = since(&lab, before).await;
        let told: Vec<_> = entries.iter().map(|entry| (entry.action, entry.user_id, entry.row_id.is_some())).collect();
        let (create, update, delete) = (AuditAction::Create, AuditAction::Update, AuditAction::Delete);
        assert_eq!(told, [(create, None, true), (update, None, true), (delete, None, false)]);
        assert_eq!(said(&entries[1].after), json!({ "note": "Y" }));
        assert_eq!(said(&entries[2].before)["rows"], 1);
    }

    async fn sign_ins_and_downloads(lab) {
        let (user, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let before = last(&lab).await;
        let login = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) { userErrors { code } } }";
        for (email, password) in [(email.as_str(), PASSWORD), (email.as_str(), "wrong"), ("no@body.vn", "x"), (PASSWORD, "x")] {
            lab.nobody().ask(login, json!({ "email": email, "password": password })).await;
        }
        let told: Vec<_> = since(&lab, before).await.into_iter().map(|entry| {
            assert_eq!(entry.table_name, user::Entity.table_name());
            (entry.action, entry.user_id, entry.row_id, said(&entry.after))
        }).collect();
        let refused = AuditAction::SignInRefused;
        assert_eq!(told, [
            (AuditAction::SignIn, Some(user), Some(user), Value::Null),
            (refused, None, Some(user), Value::Null),
            (refused, None, None, json!({ "email": "no@body.vn" })),
            (refused, None, None, Value::Null),
        ]);

        let (officer, coordinator) = (lab.officer("STC").await, lab.coordinator().await);
        let proof = evidence(&officer, "Bằng chứng", None).await;
        let url = download_url(&coordinator, &proof).await;
        let before = last(&lab).await;
        coordinator.http.head(&url).send().await.expect("an answer");
        assert_eq!(since(&lab, before).await, NONE);
        let answer = coordinator.http.get(&url).send().await.expect("an answer");
        let request: Uuid = answer.headers()["x-request-id"].to_str().expect("ASCII").parse().expect("a uuid");
        let entries = since(&lab, before).await;
        let [entry] = entries.as_slice() else { panic!("one entry: {entries:#?}") };
        assert_eq!((entry.action, entry.user_id), (AuditAction::Download, Some(coordinator.user)));
        assert_eq!(entry.row_id.map(|row| format!("evidence:{row}")), Some(proof));
        assert_eq!(entry.request_id, Some(request));
    }

    async fn filters(lab) {
        let coordinator = lab.coordinator().await;
        let id = task(&lab, &coordinator, "A", &[("STC", "LEAD")]).await;
        act(&lab.officer("STC").await, "assignmentAccept", &crate::scene::assignment(&lab.officer("STC").await, &id).await).await;
        let me = format!("user:{}", coordinator.user);
        let count = async |filter: Value| {
            let query = "query($filter: AuditFilter!) { auditLog(filter: $filter) { totalCount } }";
            coordinator.get(query, json!({ "filter": filter })).await["auditLog"]["totalCount"].as_i64().expect("a count")
        };
        assert_eq!(count(json!({ "row": id })).await, 1);
        assert_eq!(count(json!({ "table": "task" })).await, 1);
        assert_eq!(count(json!({ "user": { "eq": me } })).await, 2);
        assert_eq!(count(json!({ "user": { "eq": me }, "action": { "eq": "UPDATE" } })).await, 0);
        assert_eq!(count(json!({ "table": "assignment", "action": { "in": ["UPDATE"] } })).await, 1);
        assert_eq!(count(json!({ "at": { "lt": "2000-01-01T00:00:00Z" } })).await, 0);
        assert_eq!(count(json!({ "at": { "gte": "2000-01-01T00:00:00Z" } })).await, last(&lab).await);
        let wrong = "{ auditLog(filter: { row: \"task\" }) { nodes { id } } }";
        assert_eq!(coordinator.code(wrong, json!({})).await, "INVALID_ID");
    }

    async fn a_mutation_costs_two_statements_more(lab) {
        let coordinator = lab.coordinator().await;
        let id = task(&lab, &coordinator, "A", &[("STC", "LEAD")]).await;
        let rename = "mutation($id: ID!, $title: String!) { taskUpdate(id: $id, input: { title: $title }) { userErrors { code } } }";
        coordinator.done(rename, json!({ "id": id, "title": "Tên mới" })).await;
        lab.listen();
        coordinator.done(rename, json!({ "id": id, "title": "Tên khác" })).await;
        let heard = lab.heard();
        let more = heard.iter().filter(|sql| sql.contains("audit_log")).count();
        assert_eq!(more, 2, "{}", heard.join("\n\n"));
        assert_eq!(heard.len() - more, BEFORE, "{}", heard.join("\n\n"));
    }

    async fn a_mutation_that_changes_nothing_leaves_version_and_trail_alone(lab) {
        let coordinator = lab.coordinator().await;
        let id = task(&lab, &coordinator, "A", &[("STC", "LEAD")]).await;
        let change = "mutation($id: ID!, $input: TaskUpdateInput!, $version: Int) {
            taskUpdate(id: $id, input: $input, expectedVersion: $version) { task { title rowVersion } userErrors { code } } }";
        let before = last(&lab).await;
        for input in [json!({}), json!({ "title": "Nhiệm vụ chung A" })] {
            let changed = coordinator.done(change, json!({ "id": id, "input": input, "version": 1 })).await;
            assert_eq!(changed["task"], json!({ "title": "Nhiệm vụ chung A", "rowVersion": 1 }));
        }
        assert!(since(&lab, before).await.is_empty());
        let stale = json!({ "id": id, "input": {}, "version": 7 });
        let refused = coordinator.ask(change, stale).await.body["data"]["taskUpdate"]["userErrors"].take();
        assert_eq!(refused, json!([{ "code": "CONFLICT" }]));
    }

    async fn histories_cost_one_statement_whatever_their_number(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        for code in ["A", "B", "C"] {
            let id = task(&lab, &coordinator, code, &[("STC", "LEAD")]).await;
            evidence(&officer, code, Some(&draft(&officer, &id, "2026").await)).await;
        }
        for client in [&coordinator, &officer] {
            for root in ["tasks", "progressReports", "evidences"] {
                let query = format!("query($first: Int) {{ {root}(first: $first) {{ nodes {{ history(first: 3) {{ number }} }} }} }}");
                for first in [1, 3] {
                    client.get(&query, json!({ "first": first })).await;
                    lab.listen();
                    let shown = client.get(&query, json!({ "first": first })).await;
                    assert_eq!(lab.heard().len(), 2, "{}", lab.heard().join("\n\n"));
                    assert!(shown[root]["nodes"][0]["history"][0]["number"].is_number(), "{shown:#}");
                }
            }
        }
    }
}

/// What `taskUpdate` of a title says to the database without the trail.
const BEFORE: usize = 4;

/// The ids and changes of a client's whole log.
async fn log(client: &Client) -> Vec<Value> {
    let query = "{ auditLog(first: 100) { nodes { id number user { name } table rowId action
        organization { code } changes { field before after } } } }";
    let mut data = client.get(query, json!({})).await;
    match data["auditLog"]["nodes"].take() {
        Value::Array(entries) => entries,
        other => panic!("not a list: {other}"),
    }
}

/// What an entry is about.
fn row(entry: &Value) -> String {
    if entry["rowId"].is_null() { String::new() } else { text(entry, "/rowId") }
}
