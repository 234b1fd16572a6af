//! Pages: put together they are the whole list, in every order, with equal and missing keys.

use api::store::Read;
use entity::*;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend, QueryFilter, Set};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::given::database;
use crate::scene;

/// The ids of all pages of `field`, seven rows at a time.
async fn walk(client: &Client, field: &str, arguments: &str) -> Vec<Value> {
    let query = format!(
        "query($after: String) {{ {field}(first: 7, after: $after{arguments}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor hasPreviousPage }} }} }}"
    );
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client.get(&query, json!({ "after": after })).await[field].take();
        assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!after.is_null()));
        ids.extend(page["nodes"].as_array().expect("nodes").iter().map(|node| node["id"].clone()));
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            return ids;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// The ids of one page that holds the whole list, and how many there are.
async fn whole(client: &Client, field: &str, arguments: &str) -> (Vec<Value>, usize) {
    let query = format!("{{ {field}(first: 100{arguments}) {{ totalCount nodes {{ id }} }} }}");
    let list = client.get(&query, json!({})).await[field].take();
    let ids = list["nodes"].as_array().expect("nodes").iter().map(|node| node["id"].clone()).collect();
    (ids, usize::try_from(list["totalCount"].as_u64().expect("a count")).expect("small"))
}

async fn tasks(lab: &Lab, count: u64) {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let plan = tx.first(tx.find::<plan::Entity>()).await.expect("a query").expect("a plan");
    for number in 0..count {
        let row = task::ActiveModel {
            plan_id: Set(plan.id),
            code: Set(format!("T{number:03}")),
            title: Set(format!("Nhiệm vụ {number}")),
            kind: Set(TaskKind::Solution),
            // Many are due on the same day.
            due_on: Set(lab.app.world.in_days(number % 4)),
            recurrence: Set(Recurrence::Once),
            status: Set(TaskStatus::Planned),
            priority: Set(Priority::Normal),
            ..Default::default()
        };
        tx.insert::<task::Entity>(row).await.expect("a task");
    }
    tx.commit().await.expect("committed");
}

/// Whether the pages of a client's tasks in the order in which they are due, and of those that it leads, are what it
/// sees of them by another way; how many there are.
async fn pages_are_what_is_seen(client: &Client) -> usize {
    const BY_CODE: &str = "query($role: AssignmentRole) {
        tasks(first: 100, order: { field: CODE }, filter: { role: $role }) { nodes { id dueOn } } }";
    let mut held = 0;
    for role in ["LEAD", "COORDINATING", "null"] {
        let sought = if role == "null" { Value::Null } else { json!(role) };
        let seen = client.get(BY_CODE, json!({ "role": sought })).await["tasks"]["nodes"].take();
        let mut seen: Vec<[String; 2]> = seen
            .as_array()
            .expect("nodes")
            .iter()
            .map(|task| ["dueOn", "id"].map(|field| task[field].as_str().expect("a text").to_owned()))
            .collect();
        seen.sort();
        held = seen.len();
        for direction in ["ASC", "DESC"] {
            let arguments =
                format!(", order: {{ field: DUE, direction: {direction} }}, filter: {{ role: {role} }}");
            let ids: Vec<&str> = seen.iter().map(|[_, id]| id.as_str()).collect();
            let (list, total) = whole(client, "tasks", &arguments).await;
            assert_eq!((list.len(), total), (held, held), "{arguments}");
            assert_eq!(walk(client, "tasks", &arguments).await, list, "{arguments}");
            assert_eq!(list, ids, "{arguments}");
            seen.reverse();
        }
    }
    held
}

both! {
    async fn pages_of_tasks_make_the_list_in_every_order(lab) {
        tasks(&lab, 30).await;
        let client = lab.coordinator().await;
        for field in ["DUE", "CODE", "CREATED_AT"] {
            for direction in ["ASC", "DESC"] {
                let order = format!(", order: {{ field: {field}, direction: {direction} }}");
                let (list, total) = whole(&client, "tasks", &order).await;
                assert_eq!((list.len(), total), (30, 30), "{order}");
                assert_eq!(walk(&client, "tasks", &order).await, list, "{order}");
            }
        }
        let forward = whole(&client, "tasks", ", order: { field: CODE, direction: ASC }").await.0;
        let mut backward = whole(&client, "tasks", ", order: { field: CODE, direction: DESC }").await.0;
        backward.reverse();
        assert_eq!(forward, backward);
    }

    async fn an_organization_pages_through_its_own_tasks_as_they_are_due_whatever_happens_to_them(lab) {
        let coordinator = lab.coordinator().await;
        for number in 0..24 {
            let parties = [[("STC", "LEAD"), ("SNV", "COORDINATING")], [("SNV", "LEAD"), ("SXD", "COORDINATING")]];
            scene::task(&lab, &coordinator, &format!("T{number:02}"), &parties[number % 2]).await;
        }
        let all = "{ tasks(first: 100, order: { field: CODE }) { nodes { id } } }";
        let set_due = "mutation($id: ID!, $due: NaiveDate!) { taskUpdate(id: $id, input: { dueOn: $due }) { userErrors { code } } }";
        let nodes = coordinator.get(all, json!({})).await["tasks"]["nodes"].take();
        // Several on the same day, and by now in another order than that of their entry.
        for (number, task) in nodes.as_array().expect("tasks").iter().enumerate() {
            let due = format!("2026-06-{:02}", 10 + (7 * number) % 5);
            coordinator.done(set_due, json!({ "id": task["id"], "due": due })).await;
        }
        for code in ["STC", "SNV", "SXD", "STP"] {
            pages_are_what_is_seen(&lab.officer(code).await).await;
        }
        let (from, to) = (scene::organization(&lab, "STC").await, scene::organization(&lab, "STP").await);
        let reassign = "mutation($from: ID!, $to: ID!) {
            assignmentsReassign(fromOrganizationId: $from, toOrganizationId: $to, reason: \"Sáp nhập\") { userErrors { code } } }";
        coordinator.done(reassign, json!({ "from": from, "to": to })).await;
        for (code, held) in [("STC", 0), ("SNV", 24), ("SXD", 12), ("STP", 12)] {
            assert_eq!(pages_are_what_is_seen(&lab.officer(code).await).await, held, "{code}");
        }
    }

    async fn the_unranked_come_last_and_are_paged_too(lab) {

        let client = lab.coordinator().await;
        let store = lab.app.system();
        let edition = store.find::<edition::Entity>().filter(edition::Column::Year.eq(2023));
        let edition = store.first(edition).await.expect("a query").expect("an edition");
        let arguments = format!(", edition: \"edition:{}\"", edition.id);
        let (list, total) = whole(&client, "ranking", &arguments).await;
        assert_eq!((list.len(), total), (29, 29));
        assert_eq!(walk(&client, "ranking", &arguments).await, list);
        let query = format!("{{ ranking(first: 100{arguments}) {{ nodes {{ rank }} }} }}");
        let ranks = client.get(&query, json!({})).await["ranking"]["nodes"].take();
        let ranks: Vec<Option<u64>> = ranks.as_array().expect("nodes").iter().map(|node| node["rank"].as_u64()).collect();
        let ranked = ranks.iter().take_while(|rank| rank.is_some()).count();
        assert!(ranked == 28 && ranks[..ranked].is_sorted(), "{ranks:?}");
    }
}

/// A hundred tasks, each with ten assignments, each with eleven reports.
const CROWDED: [&str; 3] = [
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
    INSERT INTO task (id, plan_id, code, title, kind, due_on, recurrence, status, priority, created_at, updated_at)
    SELECT {key}, plan.id, 'CROWD-' || i, 'Nhiệm vụ', 'solution', {day}, 'once', 'planned', 'normal', {at}, {at}
    FROM plan, n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
    INSERT INTO assignment (id, task_id, organization_id, role, ended_at, end_reason, created_at, updated_at)
    SELECT {key}, task.id, organization.id, 'lead', {at}, 'Hết việc', {at}, {at}
    FROM task, organization, n WHERE task.code LIKE 'CROWD-%' AND organization.code = 'STC'",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11)
    INSERT INTO progress_report (id, assignment_id, period, percent, content, status, author_id, created_at, updated_at)
    SELECT {key}, assignment.id, 'P' || i, 50, 'Đã làm', 'draft', \"user\".id, {at}, {at}
    FROM assignment, \"user\", n WHERE assignment.end_reason = 'Hết việc' AND \"user\".email = 'admin@pii.local'",
];

both! {
    async fn what_hangs_on_a_page_is_all_there_however_much(lab) {
        let behind = database(&lab).await;
        let (key, at, day) = match behind.get_database_backend() {
            DatabaseBackend::Sqlite => ("randomblob(16)", "'2026-02-01 00:00:00+00:00'", "'2031-06-30'"),
            _ => ("gen_random_uuid()", "timestamptz '2026-02-01 00:00:00+00:00'", "date '2031-06-30'"),
        };
        for sql in CROWDED {
            let sql = sql.replace("{key}", key).replace("{at}", at).replace("{day}", day);
            behind.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
        }
        let coordinator = lab.coordinator().await;
        let query = "{ tasks(first: 100, filter: { due: { eq: \"2031-06-30\" } }) { nodes {
            assignments(ended: true) { reports(first: 11) { percent } } } } }";
        let tasks = coordinator.get(query, json!({})).await;
        let assignments: Vec<&Value> = scene::list(&tasks, "/tasks/nodes")
            .iter()
            .flat_map(|task| scene::list(task, "/assignments"))
            .collect();
        assert_eq!(assignments.len(), 1_000);
        assert!(assignments.iter().all(|assignment| scene::list(assignment, "/reports").len() == 11));
    }
}
