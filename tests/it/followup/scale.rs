//! The same questions to two organizations and to all of the province's.

use std::time::{Duration, Instant};

use entity::Role;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::crowd::{Crowd, organizations};
use super::{COORDINATOR, COVERAGE, LEADER, OFFICER, STATUS, lists};
use crate::given::database;
use crate::periods::move_to;
use crate::statements::{generic_plan, scans};

const OPEN: &str = "mutation { periodOpen(year: 2026, half: FIRST) { period { id } userErrors { code } } }";

/// A period that is open, on a day after the departments' last; nobody has a task yet.
async fn opened(lab: &Lab) -> (Client, Crowd) {
    let coordinator = lab.coordinator().await;
    coordinator.done(OPEN, json!({})).await;
    let crowd = Crowd::of(lab, coordinator.user, "2026-H1").await;
    move_to(lab, "2026-06-20T02:00:00Z");
    (lab.renew(&coordinator).await, crowd)
}

fn officer() -> String {
    lists(OFFICER)
}

fn coordinator() -> String {
    lists(COORDINATOR)
}

/// Who asks what, and how many statements that costs.
async fn questions(lab: &Lab, coordinating: &Client) -> Vec<(&'static str, Client, String, usize)> {
    let leader = lab.sign_in(Role::Leader, None).await;
    let own = lab.officer("STC").await;
    vec![
        ("reportingStatus, coordinator", coordinating.clone(), STATUS.to_owned(), 5),
        ("reportingStatus, leader", leader.clone(), STATUS.to_owned(), 5),
        ("reportingStatus, officer", own.clone(), STATUS.to_owned(), 5),
        ("dashboard, officer", own, officer(), 9),
        ("dashboard, coordinator", coordinating.clone(), coordinator(), 9),
        ("dashboard, leader", leader, LEADER.to_owned(), 15),
        ("coverage", coordinating.clone(), COVERAGE.to_owned(), 5),
    ]
}

fn variables() -> Value {
    json!({ "period": "2026-H1" })
}

async fn statements(lab: &Lab, client: &Client, query: &str) -> Vec<String> {
    // The first time also reads who asks.
    client.get(query, variables()).await;
    lab.listen();
    client.get(query, variables()).await;
    lab.heard()
}

both! {
    async fn ninety_organizations_cost_as_many_statements_as_two(lab) {
        let (coordinator, crowd) = opened(&lab).await;
        let mut all = organizations(&lab).await;
        assert_eq!(all.len(), 88, "65 communes and wards, 23 agencies");
        // An officer asks too.
        all.sort_by_key(|organization| organization.code != "STC");
        let asked = questions(&lab, &coordinator).await;
        let mut joined = 0;
        for many in [2, 40, 88] {
            crowd.join(&lab, &all[joined..many], 5).await;
            joined = many;
            for (name, client, query, wanted) in &asked {
                let heard = statements(&lab, client, query).await;
                assert_eq!(heard.len(), *wanted, "{name}, {many} organizations\n{}", heard.join("\n\n"));
            }
            let status = coordinator.get(STATUS, variables()).await;
            assert_eq!(status["reportingStatus"]["totals"]["expected"], 5 * many);
            assert_eq!(status["reportingStatus"]["totals"]["accepted"], many);
            assert_eq!(status["reportingStatus"]["organizations"].as_array().expect("rows").len(), many);
        }
    }

    async fn an_officer_is_answered_by_index(lab) {
        let (_, crowd) = opened(&lab).await;
        crowd.join(&lab, &organizations(&lab).await, 60).await;
        let officer = lab.officer("STC").await;
        for query in [STATUS.to_owned(), lists(OFFICER)] {
            for sql in statements(&lab, &officer, &query).await {
                let plan = generic_plan(&lab, &sql).await;
                // These grow with every plan or period.
                for table in ["task", "report_slot", "progress_report"] {
                    assert!(!scans(&plan, table), "{sql}\n{plan}");
                }
            }
        }
    }
}

/// Prints medians; run as the README says. No test depends on time.
mod times {
    use super::*;

    #[tokio::test]
    #[ignore = "prints times"]
    async fn sqlite() {
        print("SQLite", &Lab::sqlite().await).await;
    }

    #[tokio::test]
    #[ignore = "prints times"]
    async fn postgres() {
        if let Some(lab) = Lab::postgres().await {
            print("PostgreSQL", &lab).await;
        }
    }
}

async fn print(name: &str, lab: &Lab) {
    const ROUNDS: usize = 30;
    const TASKS: &str =
        "{ tasks(first: 100) { nodes { id code title status assignments { role organization { code } } } } }";
    let (coordinator, crowd) = opened(lab).await;
    crowd.join(lab, &organizations(lab).await, 100).await;
    // As the database does by itself after a while.
    database(lab).await.execute_unprepared("ANALYZE").await.expect("analysed");
    let mut asked = questions(lab, &coordinator).await;
    asked.insert(0, ("tasks(first: 100), for comparison", coordinator.clone(), TASKS.to_owned(), 0));
    for (question, client, query, _) in asked {
        client.get(&query, variables()).await;
        let mut taken = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            client.get(&query, variables()).await;
            taken.push(begun.elapsed());
        }
        taken.sort();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
        println!("{name:<11} {question:<34} {:>7.1} ms", milliseconds(taken[ROUNDS / 2]));
    }
}
