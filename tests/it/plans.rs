//! Lists at the size of years of work: no statement of theirs reads a big table from end to end.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, Statement};
use serde_json::json;
use tests::{Client, Lab, both};

use crate::given::column;

/// Tasks, each in the hands of two organizations, with a report, its evidence and news.
const TASKS: u32 = 100_000;

const BIG: [&str; 6] = ["task", "assignment", "progress_report", "evidence", "evidence_link", "notification"];

const LISTS: [&str; 6] = [
    "{ tasks(first: 20) { nodes { code indicator { code } participants { role organization { code } }
        assignments { organization { code } latestReport { percent } } evidenceCount } } }",
    "{ tasks(first: 20, order: { field: CODE, direction: DESC }) { nodes { code evidence { title } } } }",
    "{ myAssignments(first: 20) { nodes { role task { code } latestReport { status } } } }",
    "{ progressReports(first: 20) { nodes { percent author { name } evidence { title }
        assignment { organization { code } task { code } } } } }",
    "{ evidences(first: 20) { nodes { title organization { code } author { name }
        links { report { percent } task { code } } } } }",
    "{ notifications(first: 20) { nodes { id } } }",
];

/// Writes rows of `table` with the keys 1 to `TASKS`, each a thousand times faster than by hand. `{key:x:n}` is the key
/// of row `n` of the table whose letter is `x`.
async fn write(behind: &DatabaseConnection, table: &str, columns: &str, values: &str, from: &str) {
    let embedded = behind.get_database_backend() == DatabaseBackend::Sqlite;
    let mut values = values.replace("{at}", "'2026-02-01 00:00:00+00:00'");
    if !embedded {
        values = values.replace("'2026-02-01 00:00:00+00:00'", "timestamptz '2026-02-01 00:00:00+00:00'");
    }
    let day = match embedded {
        true => "date('2026-06-01', (n % 900) || ' days')",
        false => "date '2026-06-01' + (n % 900)",
    };
    values = values.replace("{day}", day).replace("{json}", if embedded { "'{}'" } else { "jsonb '{}'" });
    while let Some(start) = values.find("{key:") {
        let length = values[start..].find('}').expect("a key ends");
        let (letter, number) =
            values[start + 5..start + length].split_once(':').expect("a letter and a number");
        let key = match embedded {
            true => format!("unhex(printf('0199000000007000800{letter}%012x', {number}))"),
            false => format!("('01990000-0000-7000-800{letter}-' || lpad(to_hex({number}), 12, '0'))::uuid"),
        };
        values.replace_range(start..=start + length, &key);
    }
    let sql = format!("INSERT INTO {table} (id, {columns}) SELECT {values} FROM s, size, {from}");
    behind.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
}

/// What rows are made from: numbers, and organizations and users by place.
const SOURCES: [&str; 6] = [
    "CREATE TEMPORARY TABLE o AS SELECT row_number() OVER (ORDER BY code) - 1 AS place, id FROM organization",
    "CREATE INDEX o_place ON o (place)",
    "CREATE TEMPORARY TABLE u AS SELECT row_number() OVER (ORDER BY email) - 1 AS place, id FROM \"user\"",
    "CREATE INDEX u_place ON u (place)",
    "CREATE TEMPORARY TABLE size AS SELECT (SELECT count(*) FROM o) AS organizations, (SELECT count(*) FROM u) AS users",
    "CREATE TEMPORARY TABLE s (n INTEGER PRIMARY KEY)",
];

async fn fill(behind: &DatabaseConnection) {
    let numbers = format!(
        "INSERT INTO s WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {TASKS}) SELECT n FROM s"
    );
    for sql in SOURCES.into_iter().chain([numbers.as_str()]) {
        behind.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
    let task = "plan_id, code, title, kind, due_on, recurrence, status, priority, created_at, updated_at";
    let values = "{key:a:n}, plan.id, 'T-' || n, 'Nhiệm vụ', 'solution', {day}, 'once', 'planned', 'normal', {at}, {at}";
    write(behind, "task", task, values, "plan").await;
    let assignment = "task_id, organization_id, role, created_at, updated_at";
    for (letter, role, shift) in [("b", "lead", 0), ("c", "coordinating", 1)] {
        let values = format!("{{key:{letter}:n}}, {{key:a:n}}, o.id, '{role}', {{at}}, {{at}}");
        let held = format!("o WHERE o.place = (n + {shift}) % size.organizations");
        write(behind, "assignment", assignment, &values, &held).await;
    }
    let report = "assignment_id, period, percent, content, status, author_id, created_at, updated_at";
    let values = "{key:d:n}, {key:b:n}, '2026-H1', 50, 'Đã làm', 'submitted', u.id, {at}, {at}";
    let author = "u WHERE u.place = n % size.users";
    write(behind, "progress_report", report, values, author).await;
    let evidence = "organization_id, title, kind, status, author_id, created_at, updated_at";
    let values = "{key:e:n}, o.id, 'Báo cáo', 'report', 'pending', u.id, {at}, {at}";
    let by = "o, u WHERE o.place = n % size.organizations AND u.place = n % size.users";
    write(behind, "evidence", evidence, values, by).await;
    let link = "evidence_id, report_id, author_id, created_at, updated_at";
    write(behind, "evidence_link", link, "{key:f:n}, {key:e:n}, {key:d:n}, u.id, {at}, {at}", author).await;
    let notification = "user_id, key, kind, params, created_at, updated_at";
    let values = "{key:9:n}, u.id, 'news ' || n, 'task_assigned', {json}, {at}, {at}";
    write(behind, "notification", notification, values, author).await;
    let embedded = behind.get_database_backend() == DatabaseBackend::Sqlite;
    behind.execute_unprepared(if embedded { "ANALYZE" } else { "VACUUM ANALYZE" }).await.expect("analysed");
}

/// A connection with the settings of the server's own.
async fn one_like_the_servers(lab: &Lab) -> DatabaseConnection {
    let mut options = ConnectOptions::new(lab.app.settings.database_url());
    let one = Database::connect(options.max_connections(1).to_owned()).await.expect("the database answers");
    if !lab.app.db.is_embedded() {
        for set in ["max_parallel_workers_per_gather = 0", "jit = off", "random_page_cost = 1.1"] {
            one.execute_unprepared(&format!("SET {set}")).await.expect("set");
        }
    }
    one
}

/// The steps by which the database answers a statement.
async fn steps(behind: &DatabaseConnection, statement: &str) -> Vec<String> {
    let embedded = behind.get_database_backend() == DatabaseBackend::Sqlite;
    let explain = if embedded { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
    let explain = Statement::from_string(behind.get_database_backend(), format!("{explain} {statement}"));
    let rows = behind.query_all_raw(explain).await.unwrap_or_else(|error| panic!("{error}\n{statement}"));
    let place = if embedded { 3 } else { 0 };
    rows.iter().map(|row| row.try_get_by_index(place).expect("a step")).collect()
}

/// Whether a step reads a big table from end to end; along an index is another thing, for a page stops.
fn reads_all(step: &str) -> bool {
    BIG.iter().any(|table| {
        let sqlite = step.starts_with(&format!("SCAN {table}")) && !step.contains(" INDEX ");
        let whole_name = step.split(' ').nth(1) == Some(table);
        (sqlite && whole_name) || step.contains(&format!("Seq Scan on {table} "))
    })
}

async fn lists_are_found_by_index(lab: &Lab, behind: &DatabaseConnection, name: &str, client: &Client) {
    for list in LISTS {
        client.get(list, json!({})).await;
        lab.listen();
        client.get(list, json!({})).await;
        let heard = lab.heard_whole();
        assert!(!heard.is_empty(), "{list}");
        for statement in heard {
            let steps = steps(behind, &statement).await;
            let whole: Vec<&String> = steps.iter().filter(|step| reads_all(step)).collect();
            assert!(whole.is_empty(), "{name}: {whole:#?}\n{statement}\n{}", steps.join("\n"));
        }
    }
}

/// Behind a cursor nothing is read that a page before showed, however many rows have the same value.
async fn a_page_begins_where_the_one_before_ended(lab: &Lab, behind: &DatabaseConnection, client: &Client) {
    const PAGE: &str = "query($after: String) { tasks(first: 20, after: $after) { pageInfo { endCursor } } }";
    let first = client.get(PAGE, json!({})).await;
    lab.listen();
    client.get(PAGE, json!({ "after": first["tasks"]["pageInfo"]["endCursor"] })).await;
    let heard = lab.heard_whole();
    let statement = heard.last().expect("a statement");
    let steps = steps(behind, statement).await;
    let is_sought = |step: &String| {
        step.contains("id)>(?,?)") || step.contains("Index Cond: (") && step.contains("id) > ROW(")
    };
    assert!(steps.iter().any(is_sought), "{statement}\n{steps:#?}");
}

both! {
    async fn no_list_reads_a_big_table_from_end_to_end(lab) {
        let behind = one_like_the_servers(&lab).await;
        let communes = column(&behind, "SELECT code FROM organization WHERE kind = 'commune' ORDER BY code").await;
        let commune = communes.first().expect("communes are seeded");
        let coordinator = lab.coordinator().await;
        let (department, commune) = (lab.officer("STC").await, lab.officer(commune).await);
        fill(&behind).await;
        for (name, client) in [("department", department), ("commune", commune), ("coordinator", coordinator)] {
            lists_are_found_by_index(&lab, &behind, name, &client).await;
            a_page_begins_where_the_one_before_ended(&lab, &behind, &client).await;
        }
    }
}
