//! Data for measuring: as much as asked for, synthetic in every name, the same each time, and never beside real data.

use api::bench_data::{MARK, Outcome, Sizes, fill};
use api::policy::Rule;
use api::store::Read;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tests::{Lab, both};

const SIZES: Sizes = Sizes { units: 5, editions: 2, tasks: 40, assignments: 121, organizations: 6, seed: 7 };

async fn filled(lab: &Lab) {
    assert_eq!(fill(&lab.app, &SIZES).await.expect("filled"), Outcome::Filled);
}

async fn all<E: Rule>(lab: &Lab) -> Vec<E::Model>
where
    E::Model: Send + Sync,
{
    let store = lab.app.system();
    store.all(store.find::<E>().order_by_asc(E::ID)).await.expect("rows")
}

/// A token of the first officer's, as `pii token` gives one.
async fn officer(lab: &Lab) -> tests::Client {
    let email = "bench-officer-1@example.invalid";
    let life = std::time::Duration::from_secs(60);
    let token = api::auth::operator_token(&lab.app, email, life).await.expect("a token");
    tests::Client { token: Some(token), ..lab.nobody() }
}

both! {
    async fn it_is_as_much_as_asked_for_and_says_that_it_is_synthetic(lab) {
        filled(&lab).await;
        let units = all::<unit::Entity>(&lab).await;
        assert_eq!(units.iter().filter(|row| row.name_vi.starts_with(MARK)).count(), 5);
        let editions = all::<edition::Entity>(&lab).await;
        let editions: Vec<_> = editions.iter().filter(|row| row.synthetic).collect();
        assert_eq!(editions.len(), 2);
        assert!(editions.iter().all(|row| row.status == Publication::Published && row.year < 2000));
        let scores = all::<score::Entity>(&lab).await;
        let made = scores.iter().filter(|row| row.source.as_deref() == Some(MARK));
        let ranked = made.clone().filter(|row| row.rank.is_some_and(|rank| (1..=5).contains(&rank)));
        assert_eq!((made.count(), ranked.count()), (2 * 5 * 78, 2 * 5 * 78));
        let statistics = all::<statistic::Entity>(&lab).await;
        assert_eq!(statistics.iter().filter(|row| row.source.as_deref() == Some(MARK)).count(), 2 * 78);

        let tasks = all::<task::Entity>(&lab).await;
        assert_eq!(tasks.len(), 40);
        assert!(tasks.iter().all(|row| row.title.starts_with(MARK)), "{tasks:#?}");
        let assignments = all::<assignment::Entity>(&lab).await;
        assert_eq!(assignments.len(), 121);
        assert_eq!(assignments.iter().filter(|row| row.role == AssignmentRole::Lead).count(), 40);
        let reports = all::<progress_report::Entity>(&lab).await;
        assert!((20..=60).contains(&reports.len()), "{} reports on 121 assignments", reports.len());
        assert!(reports.iter().all(|row| row.content.text().is_ok_and(|text| text.starts_with(MARK))));
        let evidence = all::<evidence::Entity>(&lab).await;
        assert!((5..=40).contains(&evidence.len()), "{} documents", evidence.len());
        assert!(evidence.iter().all(|row| row.title.starts_with(MARK)));
        assert_eq!(all::<evidence_link::Entity>(&lab).await.len(), evidence.len());
        let users = all::<user::Entity>(&lab).await;
        let officers: Vec<_> = users.iter().filter(|row| row.email.ends_with("@example.invalid")).collect();
        assert!(officers.len() == 6 && officers.iter().all(|row| row.password_hash.is_none()));
    }

    async fn it_is_the_same_each_time(lab) {
        filled(&lab).await;
        let again = Lab::sqlite().await;
        filled(&again).await;
        let told = async |lab: &Lab| {
            let tasks = all::<task::Entity>(lab).await.into_iter();
            let tasks: Vec<_> = tasks.map(|row| (row.id, row.code, row.title, row.due_on, row.status)).collect();
            let held = all::<assignment::Entity>(lab).await.into_iter();
            let held: Vec<_> = held.map(|row| (row.id, row.task_id, row.organization_id, row.role)).collect();
            let reports = all::<progress_report::Entity>(lab).await.into_iter();
            let reports: Vec<_> = reports.map(|row| (row.id, row.assignment_id, row.percent, row.status)).collect();
            let links = all::<evidence_link::Entity>(lab).await.into_iter();
            let links: Vec<_> = links.map(|row| (row.evidence_id, row.report_id, row.task_id)).collect();
            let store = lab.app.system();
            let scores = store.find::<score::Entity>().filter(score::Column::Source.eq(MARK));
            let scores = store.all(scores.order_by_asc(score::Column::Id)).await.expect("scores").into_iter();
            let scores: Vec<_> = scores.map(|row| (row.id, row.unit_id, row.value, row.score, row.rank)).collect();
            (tasks, held, reports, links, scores)
        };
        assert_eq!(told(&lab).await, told(&again).await);
    }

    async fn an_officer_reads_finds_and_reports(lab) {
        filled(&lab).await;
        let officer = officer(&lab).await;
        let query = "{ tasks(filter: { text: \"synthetic bench\" }) { totalCount }
            myAssignments(first: 1) { nodes { id organization { code } } } }";
        let data = officer.get(query, json!({})).await;
        assert!(data["tasks"]["totalCount"].as_i64().is_some_and(|count| count > 0), "{data}");
        let assignment = &data["myAssignments"]["nodes"][0];
        assert_eq!(assignment["organization"]["code"], "BENCH-001");
        let save = "mutation($input: ReportSaveInput!) { reportSave(input: $input) { report { status } userErrors { code } } }";
        let input = json!({ "assignmentId": assignment["id"], "period": "BENCH-2", "percent": 40, "content": "x" });
        let data = officer.get(save, json!({ "input": input })).await;
        assert_eq!(data["reportSave"], json!({ "report": { "status": "DRAFT" }, "userErrors": [] }));
    }

    async fn it_never_stands_beside_other_data(lab) {
        let refused = async |lab: &Lab| matches!(fill(&lab.app, &SIZES).await, Ok(Outcome::Refused(_)));
        lab.user(Role::Leader, None, None).await;
        assert!(refused(&lab).await, "there is a user that the seed did not make");
        assert!(all::<task::Entity>(&lab).await.is_empty());

        let fresh = Lab::sqlite().await;
        let many = Sizes { assignments: 40 * 6, ..SIZES };
        assert!(matches!(fill(&fresh.app, &many).await, Ok(Outcome::Refused(_))), "an organization twice on a task");
        filled(&fresh).await;
        assert!(refused(&fresh).await, "it is there already");
        assert_eq!(all::<task::Entity>(&fresh).await.len(), 40);
    }
}
