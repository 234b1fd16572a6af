//! Much asked at once: a document waits for itself, a stream has the deadline of any request, one user does not take the
//! places of all.

use std::time::Duration;

use entity::{JobStatus, Publication, job};
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::given::{column, database};
use crate::index::Given;
use crate::scene::{list, plan, text};

const START: &str = "mutation($edition: ID!, $draws: Int!) {
    monteCarloStart(edition: $edition, input: { draws: $draws }) { job { id } userErrors { field code } }
}";

async fn stream(client: &Client, query: &str, variables: Value) -> reqwest::Response {
    let request = client.http.post(format!("{}/graphql", client.url)).header("accept", "text/event-stream");
    let request = request.bearer_auth(client.token.as_ref().expect("a token"));
    request.json(&json!({ "query": query, "variables": variables })).send().await.expect("an answer")
}

both! {
    async fn a_document_waits_for_itself(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let many: String = (0..200).map(|i| format!("a{i}: reliability(edition: $edition) {{ alpha }} ")).collect();
        let answer = officer.get(&format!("query($edition: ID!) {{ {many} }}"), json!({ "edition": given.id })).await;
        assert_eq!(answer.as_object().expect("an object").len(), 200, "none was refused as BUSY");
    }

    async fn a_job_is_not_crowded_out_by_requests(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let started = officer.done(START, json!({ "edition": given.id, "draws": 10 })).await;
        let crowd = (0..1_000).map(|_| {
            let workshop = lab.app.workshop.clone();
            async move { workshop.run(|_| { std::thread::sleep(Duration::from_millis(150)); Ok(()) }).await.is_ok() }
        });
        let (crowd, ran) = tokio::join!(join_all(crowd), api::jobs::turn(&lab.app));
        assert!(crowd.contains(&false), "all doors were taken");
        assert!(ran.expect("run"));
        let job = officer.get("query($id: ID!) { job(id: $id) { status problem } }", json!({ "id": text(&started, "/job/id") })).await;
        assert_eq!(job["job"], json!({ "status": "SUCCEEDED", "problem": null }));
    }

    async fn asked_for_at_once_three_jobs_wait_at_most(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let start = || officer.ask(START, json!({ "edition": given.id, "draws": 10 }));
        join_all((0..8).map(|_| start())).await;
        let all = officer.get("{ jobs { totalCount } }", json!({})).await;
        assert_eq!(all["jobs"]["totalCount"], 3);
    }

    async fn workers_take_a_job_each(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        for _ in 0..3 {
            officer.done(START, json!({ "edition": given.id, "draws": 10 })).await;
        }
        // SQLite's second writer may be told to come again.
        let turns = || join_all((0..3).map(|_| api::jobs::turn(&lab.app)));
        while turns().await.into_iter().any(|ran| !matches!(ran, Ok(false))) {}
        let all = officer.get("{ jobs { nodes { status } } }", json!({})).await;
        let jobs = list(&all, "/jobs/nodes");
        assert!(jobs.iter().all(|job| job["status"] == "SUCCEEDED"), "{jobs:?}");
        use api::store::Read;
        let store = lab.app.system();
        let rows = store.every(store.find::<job::Entity>()).await.expect("read");
        assert!(rows.iter().all(|row| row.status == JobStatus::Succeeded && row.row_version == 3), "{rows:?}");
    }

    async fn whoever_finds_no_place_is_told_to_come_again(lab) {
        const FIT: usize = 256;
        const MORE: usize = 44;
        const TASKS: &str = "{ tasks { totalCount } }";
        let officer = lab.officer("STC").await;
        let right = officer.get(TASKS, json!({})).await;
        // From here on the database is asked for the tasks alone, and has no connection left for it.
        let mut taken = Vec::new();
        for _ in 0..lab.app.settings.database_connections {
            taken.push(lab.app.system().snapshot().await.expect("a connection"));
        }
        let ask = || {
            let request = officer.http.post(format!("{}/graphql", officer.url)).bearer_auth(officer.token.as_ref().expect("a token"));
            let request = request.json(&json!({ "query": TASKS }));
            async move {
                let response = request.send().await.expect("an answer");
                let (status, retry) = (response.status(), response.headers().get("retry-after").cloned());
                (status.as_u16(), retry, response.json::<Value>().await.expect("JSON"))
            }
        };
        let mut answers: FuturesUnordered<_> = (0..FIT + MORE).map(|_| ask()).collect();
        for _ in 0..MORE {
            let (status, retry, body) = answers.next().await.expect("an answer");
            let code = &body["errors"][0]["extensions"]["code"];
            assert_eq!((status, code, body.get("data")), (503, &json!("BUSY"), None), "{body:#}");
            assert_eq!(retry.expect("when to come again"), "1");
        }
        drop(taken);
        let mut served = 0;
        while let Some((status, _, body)) = answers.next().await {
            assert_eq!((status, &body["data"]), (200, &right), "{body:#}");
            served += 1;
        }
        assert_eq!(served, FIT);
    }

    async fn streams_of_one_user_are_counted(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let (officer, other) = (lab.officer("STC").await, lab.officer("SNV").await);
        let watch = "subscription($id: ID!) { jobProgress(id: $id) { status } }";
        let mut own = Vec::new();
        for client in [&officer, &other] {
            let started = client.done(START, json!({ "edition": given.id, "draws": 10 })).await;
            own.push(json!({ "id": text(&started, "/job/id") }));
        }
        let mut open = Vec::new();
        for _ in 0..50 {
            open.push(stream(&officer, watch, own[0].clone()).await);
        }
        assert!(open.iter().all(|answer| answer.status() == 200));
        assert_eq!(stream(&officer, watch, own[0].clone()).await.status(), 503, "one too many");
        assert_eq!(stream(&other, watch, own[1].clone()).await.status(), 200, "others find a place");
        drop(open);
        let mut again = stream(&officer, watch, own[0].clone()).await;
        // A stream ends when its next beat finds nobody.
        for _ in 0..100 {
            if again.status() == 200 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            again = stream(&officer, watch, own[0].clone()).await;
        }
        panic!("the places of streams that ended stay taken");
    }
}

#[tokio::test]
async fn a_query_over_a_stream_has_the_deadline_too() {
    let lab = Lab::sqlite_with(&["--request-seconds", "1"]).await;
    let given = Given::of(&lab, 1999, Publication::Published).await;
    let officer = lab.officer("STC").await;
    let draws: String = (0..19)
        .map(|i| format!("a{i}: sensitivity(edition: $edition, monteCarlo: {{ draws: 20000, seed: {i} }}) {{ edition {{ id }} }} "))
        .collect();
    let query = format!("query($edition: ID!) {{ {draws} }}");
    let answer = stream(&officer, &query, json!({ "edition": given.id })).await;
    let told =
        tokio::time::timeout(Duration::from_secs(10), answer.text()).await.expect("it ends").expect("text");
    assert!(told.contains("\"TIMEOUT\"") && told.contains("event: complete"), "{told}");
}

/// Makes it endless to read targets and to write a task with the code `ENDLESS`.
fn endless(backend: DatabaseBackend) -> &'static [&'static str] {
    match backend {
        DatabaseBackend::Sqlite => &[
            "ALTER TABLE target RENAME TO target_table",
            "CREATE VIEW target AS SELECT * FROM target_table
                WHERE (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n) > 0",
            "CREATE TRIGGER endless BEFORE INSERT ON task WHEN NEW.code = 'ENDLESS' BEGIN
                SELECT (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n); END",
        ],
        _ => &[
            "ALTER TABLE target RENAME TO target_table",
            "CREATE VIEW target AS SELECT * FROM target_table WHERE pg_sleep(600) IS NOT NULL",
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$",
            "CREATE TRIGGER endless BEFORE INSERT ON task FOR EACH ROW WHEN (NEW.code = 'ENDLESS')
                EXECUTE FUNCTION wait()",
        ],
    }
}

async fn endless_statements_are_given_up(lab: Lab) {
    const CREATE: &str = "mutation($input: TaskCreateInput!) {
        taskCreate(input: $input) { task { id } userErrors { code } } }";
    const READ: &str = "{ targets(first: 1) { nodes { id } } }";
    const TASKS: &str = "{ tasks(filter: { text: \"Việc\" }, first: 5) { nodes { code } } }";
    let coordinator = lab.coordinator().await;
    let plan = plan(&coordinator).await;
    let input = |code: &str| json!({ "input": { "planId": plan, "code": code, "title": "Việc", "dueOn": "2026-06-30" } });
    let behind = database(&lab).await;
    for sql in endless(behind.get_database_backend()) {
        behind.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
    // As many as there are connections, and one that writes.
    let reads = join_all((0..4).map(|_| coordinator.ask(READ, json!({}))));
    let (reads, write) = tokio::join!(reads, coordinator.ask(CREATE, input("ENDLESS")));
    for answer in reads.iter().chain([&write]) {
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "TIMEOUT", "{}", answer.body);
    }
    // Whoever comes next waits until the connections have given up.
    for _ in 0..20 {
        let answer = coordinator.ask(CREATE, input("NEXT")).await;
        if answer.body.get("errors").is_none() {
            let tasks = coordinator.get(TASKS, json!({})).await;
            let left = json!([{ "code": "NEXT" }]);
            assert_eq!(tasks["tasks"]["nodes"], left, "what was given up left nothing behind");
            return;
        }
    }
    panic!("the connections are still busy");
}

/// SQLite takes a whole transaction back by itself when a disk is full or a statement is given up; here a trigger makes it.
#[tokio::test]
async fn what_is_written_after_a_transaction_that_sqlite_took_back_is_there() {
    const CREATE: &str = "mutation($input: TaskCreateInput!) {
        taskCreate(input: $input) { task { id } userErrors { code } } }";
    let lab = Lab::sqlite().await;
    let coordinator = lab.coordinator().await;
    let plan = plan(&coordinator).await;
    let input = |code: &str| json!({ "input": { "planId": plan, "code": code, "title": "Việc", "dueOn": "2026-06-30" } });
    let behind = database(&lab).await;
    let take_back = "CREATE TRIGGER gone BEFORE INSERT ON task WHEN NEW.code = 'GONE' BEGIN SELECT RAISE(ROLLBACK, 'x'); END";
    behind.execute_unprepared(take_back).await.expect("made");
    for round in 0..3 {
        let answer = coordinator.ask(CREATE, input("GONE")).await;
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "INTERNAL", "{}", answer.body);
        for number in 0..3 {
            let code = format!("T-{round}-{number}");
            coordinator.done(CREATE, input(&code)).await;
            let there = column(&behind, &format!("SELECT code FROM task WHERE code = '{code}'")).await;
            assert_eq!(there, [code.as_str()], "for everybody");
            // Taken back by the product: the code is taken.
            let again =
                coordinator.ask(CREATE, input(&code)).await.body["data"]["taskCreate"]["userErrors"].take();
            assert_eq!(again[0]["code"], "TAKEN", "{again:#}");
        }
    }
}

mod endless_statements {
    use super::*;

    const QUICK: &[&str] = &["--request-seconds", "1"];

    #[tokio::test]
    async fn sqlite() {
        endless_statements_are_given_up(Lab::sqlite_with(QUICK).await).await;
    }

    #[tokio::test]
    async fn postgres() {
        if let Some(lab) = Lab::postgres_with(QUICK).await {
            endless_statements_are_given_up(lab).await;
        }
    }
}
