//! How many statements a query costs, and that its lists are found by index.

use entity::Role;
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, QueryFilter,
    Statement,
};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::given::{gid, many_tasks};

const TASKS: &str = "query($first: Int) { tasks(first: $first) { totalCount nodes { id
    indicator { code name unit }
    assignments { role organization { code name } latestReport { percent status } }
    participants { role organization { code } }
    evidenceCount } } }";
const REPORTS: &str = "query($first: Int) { progressReports(first: $first) { totalCount nodes { percent
    author { name organization { code } } evidence { title organization { code } }
    assignment { role organization { name } task { code title } } } } }";
const EVIDENCES: &str = "query($first: Int) { evidences(first: $first) { totalCount nodes { title downloadUrl
    organization { code } author { name } links { report { percent assignment { task { code } } } task { code } } } } }";
const ORGANIZATIONS: &str = "query($first: Int) { organizations(first: $first) { totalCount nodes { code name } } }";
const RANKING: &str = "query($first: Int) { ranking(first: $first) { totalCount nodes {
    rank score unit { name } node { code name } edition { year } } } }";
const PROFILE: &str = "query($unit: ID!) { profile(unit: $unit) { unit { name } edition { year }
    entries { node { code name parent { code } } score rank gapToMean scoreStatistics { mean } } } }";
const MINE: &str = "query($first: Int) { myAssignments(first: $first) { totalCount nodes { role
    task { code indicator { code unit } } latestReport { status } } } }";

/// What a query says to the database.
async fn statements(lab: &Lab, client: &Client, query: &str, variables: Value) -> Vec<String> {
    // The first time also reads who asks.
    client.get(query, variables.clone()).await;
    lab.listen();
    client.get(query, variables).await;
    lab.heard()
}

/// The query costs `wanted` statements, for 2 rows as for 40.
async fn costs(lab: &Lab, client: &Client, query: &str, wanted: usize) {
    for first in [2, 40] {
        let heard = statements(lab, client, query, json!({ "first": first })).await;
        assert_eq!(heard.len(), wanted, "first: {first}: {query}\n{}", heard.join("\n\n"));
    }
}

both! {
    async fn lists_cost_the_same_for_two_rows_and_for_forty(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        many_tasks(&lab, officer.user, "A", 50, "STC", "SNV").await;
        for query in [TASKS, REPORTS, EVIDENCES, ORGANIZATIONS, RANKING] { for first in [2, 40] {
            let heard = statements(&lab, &coordinator, query, json!({ "first": first })).await;
            println!("{} {first} {}", &query[22..40], heard.len());
        } }
        for first in [2, 40] {
            let heard = statements(&lab, &officer, MINE, json!({ "first": first })).await;
            println!("mine {first} {}", heard.len());
            let heard = statements(&lab, &officer, TASKS, json!({ "first": first })).await;
            println!("tasks officer {first} {}", heard.len());
        }
        panic!("x");
    }

    async fn results_cost_the_same_for_any_unit(lab) {
        let leader = lab.sign_in(Role::Leader, None).await;
        let units = leader.get("{ units(first: 2, filter: { text: \"lang son\" }) { nodes { id } } }", json!({})).await;
        let unit = &units["units"]["nodes"][0]["id"];
        let heard = statements(&lab, &leader, PROFILE, json!({ "unit": unit })).await;
        for sql in &heard { println!("{}", &sql[sql.len().saturating_sub(170)..]); }
        assert_eq!(heard.len(), 0);
    }
}

/// How SQLite would answer a statement.
pub async fn sqlite_plan(database: &DatabaseConnection, sql: &str) -> String {
    let explain = Statement::from_string(DatabaseBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = database.query_all_raw(explain).await.expect("a plan");
    let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a step")).collect();
    steps.join("\n")
}

/// How PostgreSQL would answer a statement with these values.
pub async fn postgres_plan(lab: &Lab, sql: &str, values: &[String]) -> String {
    let mut options = ConnectOptions::new(lab.app.settings.database_url());
    options.max_connections(1);
    let one = Database::connect(options).await.expect("the database answers");
    one.execute_unprepared("ANALYZE").await.expect("analysed");
    one.execute_unprepared("SET plan_cache_mode = force_custom_plan").await.expect("set");
    one.execute_unprepared(&format!("PREPARE explained AS {sql}")).await.expect("prepared");
    let explain = format!("EXPLAIN EXECUTE explained ({})", values.join(", "));
    let rows = one.query_all_raw(Statement::from_string(DatabaseBackend::Postgres, explain)).await.expect("a plan");
    let steps: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("a step")).collect();
    one.close().await.expect("closed");
    steps.join("\n")
}
both! {
    async fn an_officers_list_reads_no_table_from_end_to_end(lab) {
        let officer = lab.officer("STC").await;
        many_tasks(&lab, officer.user, "A", 5_000, "SXD", "SNV").await;
        many_tasks(&lab, officer.user, "B", 60, "STC", "SNV").await;
        const LIST: &str = "{ tasks(first: 20) { nodes { code } } }";
        let heard = statements(&lab, &officer, LIST, json!({})).await;
        println!("{}", heard.join("\n"));
        let behind = crate::given::database(&lab).await;
        behind.execute_unprepared("ANALYZE").await.expect("analysed");
        if behind.get_database_backend() == DatabaseBackend::Sqlite {
        println!("{}", sqlite_plan(&behind, &heard[0]).await);
        } else {
            let stc = tests::org(&lab.app, "STC").await;
            println!("{}", postgres_plan(&lab, &heard[0], &[format!("'{stc}'"), "21".into()]).await);
        }
        panic!("x");
    }
}
