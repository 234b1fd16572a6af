//! How many statements a query costs, and that its lists are found by index.

use entity::Role;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, Statement};
use serde_json::{Value, json};
use tests::{Client, Lab, both, org};

use crate::given::{assignment_of, database, many_tasks, task};

const TASKS: &str = "query($first: Int) { tasks(first: $first) { totalCount nodes { id
    indicator { code name unit }
    assignments { role organization { code name } latestReport { percent status } }
    participants { role organization { code } }
    evidenceCount } } }";
const REPORTS: &str = "query($first: Int) { progressReports(first: $first) { totalCount nodes { percent
    author { name } evidence { title } assignment { role organization { name } task { code title } } } } }";
const EVIDENCES: &str = "query($first: Int) { evidences(first: $first) { totalCount nodes { title downloadUrl
    organization { code } author { name } links { report { percent assignment { task { code } } } task { code } } } } }";
const ORGANIZATIONS: &str =
    "query($first: Int) { organizations(first: $first) { totalCount nodes { code name } } }";
const RANKING: &str = "query($first: Int) { ranking(first: $first) { totalCount nodes {
    rank score unit { name } node { code name } edition { year } } } }";
const PROFILE: &str = "query($unit: ID!) { profile(unit: $unit) { unit { name } edition { year }
    entries { node { code name parent { code } } score rank gapToMean scoreStatistics { mean } } } }";
const MINE: &str = "query($first: Int) { myAssignments(first: $first) { totalCount nodes { role
    task { code indicator { code unit } } latestReport { status } } } }";

const TEXTS: [(&str, &str); 5] = [
    ("description", "Rà soát"),
    ("expected_product", "Báo cáo"),
    ("instruction", "Chủ trì"),
    ("content", "Đã làm"),
    ("difficulties", "Thiếu số liệu"),
];
/// Queries, and the texts that they ask for: of a page, of the rows that hang on its rows and that its rows name.
const TEXTS_ASKED: [(&str, &[&str]); 6] = [
    ("{ tasks { nodes { title assignments { role latestReport { percent } } } } }", &[]),
    ("{ tasks { nodes { title description } } }", &["description"]),
    (
        "{ tasks { edges { node { ...Whole } } } } fragment Whole on Task { about: description expectedProduct }",
        &["description", "expected_product"],
    ),
    (
        "{ tasks { nodes { assignments { instruction latestReport { ... on ProgressReport { difficulties } } } } } }",
        &["instruction", "difficulties"],
    ),
    ("{ progressReports { nodes { content assignment { role } } } }", &["content"]),
    ("{ progressReports { nodes { assignment { task { expectedProduct } } } } }", &["expected_product"]),
];

/// What a query says to the database.
async fn statements(lab: &Lab, client: &Client, query: &str, variables: Value) -> Vec<String> {
    // The first time also reads who asks.
    client.get(query, variables.clone()).await;
    lab.listen();
    client.get(query, variables).await;
    lab.heard()
}

/// The query costs `wanted` statements, for 2 rows as for 100.
async fn costs(lab: &Lab, client: &Client, query: &str, wanted: usize) {
    for first in [2, 40, 100] {
        let heard = statements(lab, client, query, json!({ "first": first })).await;
        assert_eq!(heard.len(), wanted, "first: {first}: {query}\n{}", heard.join("\n\n"));
    }
}

both! {
    async fn lists_cost_the_same_whatever_their_length(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        many_tasks(&lab, officer.user, "A", 120, "STC", "SNV").await;
        costs(&lab, &coordinator, TASKS, 6).await;
        costs(&lab, &officer, TASKS, 6).await;
        costs(&lab, &officer, MINE, 4).await;
        costs(&lab, &coordinator, REPORTS, 7).await;
        costs(&lab, &coordinator, EVIDENCES, 7).await;
        costs(&lab, &coordinator, ORGANIZATIONS, 2).await;
        costs(&lab, &coordinator, RANKING, 1).await;
    }

    async fn a_page_reads_one_row_more_than_it_shows(lab) {
        let officer = lab.officer("STC").await;
        const CODES: &str = "{ tasks(first: 7) { nodes { code } } }";
        officer.get(CODES, json!({})).await;
        lab.listen();
        officer.get(CODES, json!({})).await;
        let heard = lab.heard_whole();
        assert!(heard.len() == 1 && heard[0].ends_with(" LIMIT 8"), "{heard:#?}");
    }

    async fn texts_at_length_are_read_where_they_are_asked_for(lab) {
        let officer = lab.officer("STC").await;
        many_tasks(&lab, officer.user, "A", 3, "STC", "SNV").await;
        let database = database(&lab).await;
        for set in [
            "task SET description = 'Rà soát', expected_product = 'Báo cáo'",
            "assignment SET instruction = 'Chủ trì'",
            "progress_report SET content = 'Đã làm', difficulties = 'Thiếu số liệu'",
        ] {
            database.execute_unprepared(&format!("UPDATE {set}")).await.expect("written");
        }
        for (query, read) in TEXTS_ASKED {
            let answer = officer.get(query, json!({})).await.to_string();
            let heard = statements(&lab, &officer, query, json!({})).await.join("\n");
            for (column, text) in TEXTS {
                let wanted = read.contains(&column);
                let said = heard.contains(&format!("\"{column}\""));
                assert_eq!((said, answer.contains(text)), (wanted, wanted), "{column}: {query}\n{heard}\n{answer}");
            }
        }
    }

    async fn a_draft_is_saved_in_few_statements(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let task = task(&lab, &coordinator, "A", &["STC"]).await;
        let assignment = assignment_of(&task, "STC");
        const SAVE: &str = "mutation($input: ReportSaveInput!) {
            reportSave(input: $input) { report { percent } userErrors { code } } }";
        // Assignment and task, periods, report, the write, its check, the trail's end and what is appended to it.
        let wanted = 7;
        for percent in [10, 20, 30] {
            let input = json!({ "assignmentId": assignment, "period": "2026-H1", "percent": percent, "content": "x" });
            lab.listen();
            officer.done(SAVE, json!({ "input": input })).await;
            let heard = lab.heard();
            // Who asks is looked up every few seconds, not each time.
            let who = |sql: &String| sql.contains("\"session\"") || sql.contains("\"user\"");
            let said: Vec<&String> = heard.iter().filter(|sql| !who(sql)).collect();
            // At first it is looked for again among reports that may only be read.
            let first = usize::from(percent == 10);
            assert_eq!(said.len(), wanted + first, "{percent}%\n{said:#?}");
        }
    }

    async fn a_profile_costs_the_same_for_any_unit(lab) {
        let leader = lab.sign_in(Role::Leader, None).await;
        for name in ["lang son", "ha noi"] {
            const UNITS: &str = "query($name: String) { units(filter: { text: $name }) { nodes { id } } }";
            let units = leader.get(UNITS, json!({ "name": name })).await;
            let unit = &units["units"]["nodes"][0]["id"];
            let heard = statements(&lab, &leader, PROFILE, json!({ "unit": unit })).await;
            assert_eq!(heard.len(), 1, "{name}\n{}", heard.join("\n\n"));
        }
    }

    async fn an_officers_list_reads_no_table_from_end_to_end(lab) {
        let officer = lab.officer("STC").await;
        many_tasks(&lab, officer.user, "A", 3_000, "SXD", "SNV").await;
        many_tasks(&lab, officer.user, "B", 30, "STC", "SNV").await;
        let heard = statements(&lab, &officer, "{ tasks(first: 20) { nodes { code } } }", json!({})).await;
        let [statement] = heard.as_slice() else { panic!("one statement is enough: {heard:#?}") };
        let own = format!("'{}'", org(&lab.app, "STC").await);
        let plan = plan(&lab, statement, &[own]).await;
        for table in ["task", "assignment"] {
            assert!(!scans(&plan, table), "{plan}");
        }
        assert!(plan.contains("assignment_due"), "{plan}");
        assert!(!["Sort", "TEMP B-TREE"].iter().any(|step| plan.contains(step)), "{plan}");
    }
}

/// With several threads a load must not begin before the others have asked either.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lists_cost_the_same_on_several_threads() {
    let lab = Lab::sqlite().await;
    let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
    many_tasks(&lab, officer.user, "A", 120, "STC", "SNV").await;
    for _ in 0..5 {
        costs(&lab, &coordinator, TASKS, 6).await;
    }
}

/// Whether a plan reads a table from end to end.
pub fn scans(plan: &str, table: &str) -> bool {
    plan.lines().any(|step| {
        let sqlite = step.trim() == format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} "));
        sqlite || step.contains(&format!("Seq Scan on {table} "))
    })
}

/// How the lab's database would answer a statement with these values, written as PostgreSQL's literals.
pub async fn plan(lab: &Lab, sql: &str, values: &[String]) -> String {
    let behind = database(lab).await;
    behind.execute_unprepared("ANALYZE").await.expect("analysed");
    match behind.get_database_backend() {
        DatabaseBackend::Sqlite => sqlite_plan(&behind, sql).await,
        _ => postgres_plan(lab, sql, values, "force_custom_plan").await,
    }
}

/// How the lab's database would answer a statement whatever its values.
pub async fn generic_plan(lab: &Lab, sql: &str) -> String {
    let behind = database(lab).await;
    behind.execute_unprepared("ANALYZE").await.expect("analysed");
    match behind.get_database_backend() {
        DatabaseBackend::Sqlite => sqlite_plan(&behind, sql).await,
        _ => {
            let values = vec!["NULL".to_owned(); sql.matches('$').count()];
            postgres_plan(lab, sql, &values, "force_generic_plan").await
        }
    }
}

async fn sqlite_plan(database: &DatabaseConnection, sql: &str) -> String {
    let explain = Statement::from_string(DatabaseBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = database.query_all_raw(explain).await.expect("a plan");
    let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a step")).collect();
    steps.join("\n")
}

async fn postgres_plan(lab: &Lab, sql: &str, values: &[String], mode: &str) -> String {
    let mut options = ConnectOptions::new(lab.app.settings.database_url());
    // What is prepared is known to its own connection only.
    options.max_connections(1);
    let one = Database::connect(options).await.expect("the database answers");
    one.execute_unprepared(&format!("SET plan_cache_mode = {mode}")).await.expect("set");
    one.execute_unprepared(&format!("PREPARE explained AS {sql}")).await.expect("prepared");
    let values = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
    let explain = format!("EXPLAIN EXECUTE explained {values}");
    let rows =
        one.query_all_raw(Statement::from_string(DatabaseBackend::Postgres, explain)).await.expect("a plan");
    let steps: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("a step")).collect();
    one.close().await.expect("closed");
    steps.join("\n")
}

/// What the documents above cost: whoever changes the weights sees what clients will notice of it.
#[tokio::test]
async fn what_the_clients_documents_cost() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    const COST: &str =
        "query($d: String!, $v: JSON) { costOf(document: $d, variables: $v) { requested depth } }";
    let mut costs = String::new();
    for (name, document) in [
        ("tasks", TASKS),
        ("progressReports", REPORTS),
        ("evidences", EVIDENCES),
        ("organizations", ORGANIZATIONS),
        ("ranking", RANKING),
        ("profile", PROFILE),
        ("myAssignments", MINE),
    ] {
        for first in [20, 100] {
            let asked = json!({ "d": document, "v": { "first": first } });
            let cost = officer.get(COST, asked).await["costOf"].take();
            costs += &format!(
                "{name:<16} first {first:<4} {:>7} points, depth {}\n",
                cost["requested"], cost["depth"]
            );
        }
    }
    insta::assert_snapshot!("costs", costs);
}
