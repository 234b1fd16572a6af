//! Two at once: one of them wins, nothing is half written.

use entity::{Publication, computed_score, edition, score, statistic};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, TransactionTrait};
use serde_json::{Value, json};
use tests::{Answer, Client, Lab, both};
use uuid::Uuid;

use api::store::Read;

use crate::dossiers::locked_period;
use crate::given::database;
use crate::index::Given;
use crate::scene::{act, draft, evidence, task, text};

const COMPUTE: &str = "mutation($id: ID!) { answer: editionCompute(id: $id) { userErrors { code } } }";
const PUBLISH: &str = "mutation($id: ID!) { answer: editionPublish(id: $id) { userErrors { code } } }";
const REVISE: &str = "mutation($id: ID!) { answer: editionRevise(id: $id, reason: \"again\") {
    edition { id } userErrors { code } } }";
const COMMIT: &str = "mutation($id: ID!) { answer: editionImportCommit(id: $id) { userErrors { code } } }";

fn key(id: &str) -> Uuid {
    id.split_once(':').expect("an id").1.parse().expect("a key")
}

/// `OK`, the code of the first user error, or of the first error.
fn outcome(answer: &Answer) -> String {
    let body = &answer.body;
    let code = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    code("/data/answer/userErrors/0/code")
        .or_else(|| code("/errors/0/extensions/code"))
        .unwrap_or_else(|| "OK".to_owned())
}

async fn at_once(client: &Client, asked: &[(&str, &str)]) -> Vec<String> {
    let answers = asked.iter().map(|(document, id)| client.ask(document, json!({ "id": id })));
    join_all(answers).await.iter().map(outcome).collect()
}

/// A file with another value of one figure, uploaded for a draft.
async fn uploaded(client: &Client, edition: &str, value: f64) -> String {
    let create = "mutation($edition: ID!) { editionImportCreate(input: { editionId: $edition, file: { name: \"a.csv\" } }) {
        upload { url editionImport { id } } userErrors { code } } }";
    let made = client.done(create, json!({ "edition": edition })).await;
    let file = format!("unit,1.1.1\n20,{value}\n");
    let put = client.http.put(text(&made, "/upload/url")).body(file).send().await.expect("an answer");
    assert_eq!(put.status(), 200);
    text(&made, "/upload/editionImport/id")
}

async fn counted<E: api::policy::Rule>(lab: &Lab, column: E::Column, edition: &str) -> u64
where
    E::Model: Send + Sync,
{
    let store = lab.app.system();
    store.count(store.find::<E>().filter(column.eq(key(edition)))).await.expect("counted")
}

/// What was computed is what the figures that stand there give, whole and once; with the hash of that input.
async fn whole(lab: &Lab, edition: &str) -> String {
    let store = lab.app.system();
    let row = store.get::<edition::Entity>(key(edition)).await.expect("there");
    let basis = api::scoring::Basis::read(&store, row).await.expect("computed");
    let (units, nodes) = (basis.units.len(), basis.tree.nodes.len());
    let scored = (0..nodes).flat_map(|node| (0..units).map(move |unit| (node, unit)));
    let scored = scored.filter(|(node, unit)| basis.computed.score(*node, *unit).is_some()).count() as u64;
    assert_eq!(
        counted::<computed_score::Entity>(lab, computed_score::Column::EditionId, edition).await,
        scored
    );
    assert_eq!(counted::<statistic::Entity>(lab, statistic::Column::EditionId, edition).await, nodes as u64);
    let figures = basis.figures.len() as u64;
    assert_eq!(counted::<score::Entity>(lab, score::Column::EditionId, edition).await, figures);
    basis.input_hash()
}

fn ok(outcomes: &[String]) -> usize {
    outcomes.iter().filter(|outcome| *outcome == "OK").count()
}

both! {
    async fn an_edition_is_published_once(lab) {
        let given = Given::of(&lab, 1999, Publication::Draft).await;
        let coordinator = lab.coordinator().await;
        let told = at_once(&coordinator, &[(PUBLISH, &*given.id); 4]).await;
        assert_eq!(ok(&told), 1, "{told:?}");
        assert!(told.iter().all(|code| ["OK", "INVALID_STATE", "CONFLICT"].contains(&code.as_str())), "{told:?}");
        whole(&lab, &given.id).await;
    }

    async fn an_edition_is_revised_once(lab) {
        let given = Given::of(&lab, 1999, Publication::Draft).await;
        let coordinator = lab.coordinator().await;
        assert_eq!(at_once(&coordinator, &[(PUBLISH, &given.id)]).await, ["OK"]);
        let told = at_once(&coordinator, &[(REVISE, &*given.id); 4]).await;
        assert_eq!(ok(&told), 1, "{told:?}");
        assert!(told.iter().all(|code| ["OK", "INVALID_STATE", "CONFLICT", "TAKEN"].contains(&code.as_str())), "{told:?}");
        let store = lab.app.system();
        let drafts = store.find::<edition::Entity>().filter(edition::Column::Year.eq(1999));
        assert_eq!(store.count(drafts).await.expect("counted"), 2);
    }

    async fn a_draft_is_computed_by_one_at_a_time(lab) {
        let given = Given::of(&lab, 1999, Publication::Draft).await;
        let coordinator = lab.coordinator().await;
        let told = at_once(&coordinator, &[(COMPUTE, &*given.id); 4]).await;
        assert!(told.iter().all(|code| ["OK", "CONFLICT"].contains(&code.as_str())) && ok(&told) > 0, "{told:?}");
        whole(&lab, &given.id).await;
    }

    async fn figures_are_committed_before_a_publication_or_not_at_all(lab) {
        let given = Given::of(&lab, 1999, Publication::Draft).await;
        let coordinator = lab.coordinator().await;
        let (one, other) = (uploaded(&coordinator, &given.id, 31.5).await, uploaded(&coordinator, &given.id, 32.5).await);
        let asked = [(COMMIT, &*one), (COMPUTE, &*given.id), (COMMIT, &*other), (PUBLISH, &*given.id), (COMMIT, &*one)];
        let told = at_once(&coordinator, &asked).await;
        let known = ["OK", "INVALID_STATE", "CONFLICT"];
        assert!(told.iter().all(|code| known.contains(&code.as_str())), "{told:?}");
        if told[3] != "OK" {
            assert_eq!(at_once(&coordinator, &[(PUBLISH, &given.id)]).await, ["OK"]);
        }
        let hash = "query($year: Int!) { edition(year: $year) { computation { inputHash } } }";
        let hash = coordinator.get(hash, json!({ "year": 1999 })).await;
        assert_eq!(text(&hash, "/edition/computation/inputHash"), whole(&lab, &given.id).await);
    }

    async fn evidence_stays_what_it_was_when_it_was_handed_in(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let update = "mutation($id: ID!) { answer: evidenceUpdate(id: $id, input: { title: \"Khác\" }) { userErrors { code } } }";
        let submit = "mutation($id: ID!) { answer: reportSubmit(id: $id) { userErrors { code } } }";
        let kept = "query($id: ID!) { progressReport(id: $id) { evidence { title } versions { evidence { title } } } }";
        for round in 0..12 {
            let made = task(&lab, &coordinator, &format!("T-{round}"), &[("STC", "LEAD")]).await;
            let report = draft(&officer, &made, "2026-H1").await;
            let proof = evidence(&officer, "Minh chứng", Some(&report)).await;
            let told = at_once(&officer, &[(submit, &report), (update, &proof)]).await;
            assert_eq!(told[0], "OK");
            let seen = officer.get(kept, json!({ "id": report })).await["progressReport"].take();
            assert_eq!(seen["versions"][0]["evidence"], seen["evidence"], "{told:?}");
        }
    }

    async fn a_period_is_consolidated_once(lab) {
        let coordinator = lab.coordinator().await;
        let period = locked_period(&coordinator, "DX-1").await;
        let consolidate = "mutation($id: ID!) { answer: reportConsolidate(periodId: $id) { dossier { revision hash } userErrors { code } } }";
        // More than there are connections.
        let answers = join_all((0..10).map(|_| coordinator.ask(consolidate, json!({ "id": period })))).await;
        let made: Vec<&Value> = answers.iter().map(|answer| &answer.body["data"]["answer"]["dossier"]).collect();
        assert!(made.iter().all(|one| *one == made[0] && one["revision"] == 1), "{made:?}");
    }

    async fn a_target_is_set_once(lab) {
        let coordinator = lab.coordinator().await;
        let unit = coordinator.get("{ units(first: 1) { nodes { id } } }", json!({})).await;
        let set = "mutation($unit: ID!, $rank: Int!) { answer: targetSet(input: { unitId: $unit, year: 2030, rank: $rank }) {
            userErrors { code } } }";
        let asked = (1..=6).map(|rank| coordinator.ask(set, json!({ "unit": text(&unit, "/units/nodes/0/id"), "rank": rank })));
        let told: Vec<String> = join_all(asked).await.iter().map(outcome).collect();
        assert!(told.iter().all(|code| ["OK", "CONFLICT", "TAKEN"].contains(&code.as_str())) && ok(&told) > 0, "{told:?}");
        let all = coordinator.get("{ targets(year: 2030) { totalCount } }", json!({})).await;
        assert_eq!(all["targets"]["totalCount"], 1, "{told:?}");
    }
}

/// SQLite has one writer, for which all wait.
#[tokio::test]
async fn whoever_may_not_change_a_row_does_not_wait_for_it() {
    let Some(lab) = Lab::postgres_with(&["--request-seconds", "1"]).await else { return };
    let (coordinator, lead, other) =
        (lab.coordinator().await, lab.officer("STC").await, lab.officer("SNV").await);
    let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
    let report = draft(&other, &made, "2026-H1").await;
    act(&other, "reportSubmit", &report).await;
    let behind = database(&lab).await.begin().await.expect("a transaction");
    let lock = format!("SELECT 1 FROM progress_report WHERE id = '{}' FOR UPDATE", key(&report));
    assert_eq!(behind.execute_unprepared(&lock).await.expect("locked").rows_affected(), 1);
    let withdraw = "mutation($id: ID!) { answer: reportWithdraw(id: $id) { userErrors { code } } }";
    assert_eq!(at_once(&lead, &[(withdraw, &report)]).await, ["FORBIDDEN"]);
    assert_eq!(at_once(&other, &[(withdraw, &report)]).await, ["TIMEOUT"], "its own organization would");
    behind.rollback().await.expect("let go");
    assert_eq!(at_once(&other, &[(withdraw, &report)]).await, ["OK"]);
}
