//! Publishing an edition: what can be published, and that nothing of it changes afterwards.

use api::store::Read;
use entity::*;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::{COMPUTE, CREATE, Figures, PUBLISH, REVISE, Rows, UPDATE, drafted, enter, publish, words};
use crate::figures::{announced, imported};
use crate::insight::synthetic;
use crate::scene::{put, text};

const DRAFT: &str = "mutation($input: FrameworkDraftInput!) { frameworkDraftCreate(input: $input) {
    framework { id } userErrors { field code message } } }";
const CHANGE: &str =
    "mutation($id: ID!, $input: FrameworkUpdateInput!) { frameworkUpdate(id: $id, input: $input) {
    framework { id } userErrors { field code message } } }";
const PUBLISH_FRAMEWORK: &str = "mutation($id: ID!) { frameworkPublish(id: $id) {
    framework { status } userErrors { field code message } } }";
const COMMIT: &str = "mutation($id: ID!) { editionImportCommit(id: $id, allowUnmatched: true) {
    editionImport { status } userErrors { field code message } } }";
const ANNOUNCE: &str =
    "mutation($id: ID!) { editionImportCreate(input: { editionId: $id, file: { name: \"c.csv\" } }) {
    upload { url } userErrors { field code message } } }";

/// A draft of the framework of 2025, with these changes; its id.
async fn framework(coordinator: &Client, version: &str, change: Value) -> String {
    let from = coordinator.get("{ framework { id } }", json!({})).await["framework"]["id"].clone();
    let input = json!({ "fromId": from, "version": version, "nameVi": "Dự thảo", "nameEn": "Draft" });
    let id = text(&coordinator.done(DRAFT, json!({ "input": input })).await, "/framework/id");
    coordinator.done(CHANGE, json!({ "id": id, "input": change })).await;
    id
}

/// An edition with made-up raw values of this framework; its id.
async fn made_with(lab: &Lab, framework: &str) -> String {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let framework = crate::insight::key(framework);
    let made = api::seed::synthetic_edition(&tx, 1997, framework, Publication::Draft).await;
    tx.commit().await.expect("committed");
    crate::given::gid("edition", made.expect("an edition").id)
}

both! {
    async fn an_edition_needs_figures_and_a_published_framework(lab) {
        let coordinator = lab.coordinator().await;
        let empty = drafted(&coordinator, 2027).await;
        assert_eq!(coordinator.refused(PUBLISH, json!({ "id": empty })).await, ["id EDITION_EMPTY"]);
        let next = framework(&coordinator, "2026", json!({})).await;
        let draft = made_with(&lab, &next).await;
        coordinator.done(COMPUTE, json!({ "id": draft })).await;
        let before = Rows::of(&lab, &draft).await;
        assert_eq!(coordinator.refused(PUBLISH, json!({ "id": draft })).await, ["id INVALID_STATE"]);
        assert!(words(&coordinator, PUBLISH, json!({ "id": draft })).await.contains("FRAMEWORK_DRAFT"));
        assert_eq!(Rows::of(&lab, &draft).await, before);
        coordinator.done(PUBLISH_FRAMEWORK, json!({ "id": next })).await;
        assert_eq!(publish(&coordinator, &draft).await["status"], "PUBLISHED");
        let counted = coordinator.get("{ edition(year: 1997) { unitCount } }", json!({})).await;
        assert_eq!(counted["edition"]["unitCount"], 34, "those that took part, unless somebody said otherwise");
    }

    async fn published_scores_or_too_few_raw_values_are_figures_too(lab) {
        let coordinator = lab.coordinator().await;
        let scored = drafted(&coordinator, 2027).await;
        for (unit, score) in [("20", 40.0), ("24", 60.0)] {
            enter(&lab, &scored, unit, "PII", Figures { score: Some(score), rank: Some(1), ..Figures::default() }).await;
        }
        assert_eq!(publish(&coordinator, &scored).await["computation"], Value::Null);
        let rows = Rows::of(&lab, &scored).await;
        assert_eq!((rows.computed.len(), rows.statistics.len()), (0, 1));
        let all = &rows.statistics[0];
        assert_eq!((all.score_mean, all.score_min, all.score_max), (Some(50.0), Some(40.0), Some(60.0)));

        let few = drafted(&coordinator, 2028).await;
        for node in ["1.1.1", "1.1.2"] {
            enter(&lab, &few, "20", node, Figures { value: Some(7.0), ..Figures::default() }).await;
        }
        assert_eq!(publish(&coordinator, &few).await["computation"], Value::Null);
        let rows = Rows::of(&lab, &few).await;
        let values: Vec<_> = rows.statistics.iter().map(|row| (row.value_mean, row.score_mean)).collect();
        assert_eq!(values, [(Some(7.0), None), (Some(7.0), None)]);
    }

    async fn raw_values_that_the_engine_refuses_are_not_published_without_their_scores(lab) {
        let coordinator = lab.coordinator().await;
        // A geometric mean cannot be taken of z-scores, half of which are below 0.
        let method = json!({ "normalisation": "Z_SCORE", "aggregation": "GEOMETRIC" });
        let next = framework(&coordinator, "2026", method).await;
        coordinator.done(PUBLISH_FRAMEWORK, json!({ "id": next })).await;
        let draft = made_with(&lab, &next).await;
        let before = Rows::of(&lab, &draft).await;
        assert_eq!(coordinator.refused(COMPUTE, json!({ "id": draft })).await, ["id NOT_COMPUTABLE"]);
        assert_eq!(coordinator.refused(PUBLISH, json!({ "id": draft })).await, ["id NOT_COMPUTABLE"]);
        assert_eq!(Rows::of(&lab, &draft).await, before, "nothing was written");
    }

    async fn everyone_sees_what_is_published_and_nothing_of_it_changes(lab) {
        let coordinator = lab.coordinator().await;
        let everyone = [lab.officer("STC").await, lab.sign_in(Role::Leader, None).await,
            lab.sign_in(Role::Integration, None).await, lab.sign_in(Role::Admin, None).await];
        let id = synthetic(&lab, 1998, Publication::Draft).await;
        let ready = imported(&coordinator, &id, "a.csv", b"unit,1.1.1\n20,5\n").await;
        let (pending, url) = announced(&coordinator, &id, "b.csv").await;
        let done = imported(&coordinator, &id, "c.csv", b"unit,1.1.1\n20,6\n").await;
        coordinator.done(COMMIT, json!({ "id": done })).await;
        let made = publish(&coordinator, &id).await;
        let rows = Rows::of(&lab, &id).await;
        let run = rows.computation.as_ref().expect("it was computed");
        assert_eq!(made, json!({ "id": id, "status": "PUBLISHED", "publishedAt": made["publishedAt"],
            "rowVersion": 3, "computation": { "inputHash": run.input_hash } }));
        assert!(rows.edition.published_at.is_some_and(|at| at < rows.edition.updated_at));
        assert_eq!((rows.computed.is_empty(), rows.statistics.len()), (false, 78));
        let seen = "query($id: ID!) { edition(year: 1998) { id } node(id: $id) { id }
            computedRanking(edition: $id, first: 1) { totalCount nodes { rank } } }";
        for client in &everyone {
            let data = client.get(seen, json!({ "id": id })).await;
            assert_eq!(data, json!({ "edition": { "id": id }, "node": { "id": id },
                "computedRanking": { "totalCount": 34, "nodes": [{ "rank": 1.0 }] } }));
        }

        let note = json!({ "id": id, "input": { "note": "Sửa" } });
        for (mutation, variables, wanted) in [
            (UPDATE, note, "id INVALID_STATE"),
            (COMPUTE, json!({ "id": id }), "id INVALID_STATE"),
            (PUBLISH, json!({ "id": id }), "id INVALID_STATE"),
            (ANNOUNCE, json!({ "id": id }), "input.editionId INVALID_STATE"),
            (COMMIT, json!({ "id": ready }), "id INVALID_STATE"),
            (COMMIT, json!({ "id": pending }), "id INVALID_STATE"),
        ] {
            assert_eq!(coordinator.refused(mutation, variables.clone()).await, [wanted], "{mutation}");
            assert!(words(&coordinator, mutation, variables).await.contains("PUBLISHED"), "{mutation}");
        }
        assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,7\n").await.status(), 403);
        // A commit that was carried out before says so again, and writes nothing.
        assert_eq!(coordinator.done(COMMIT, json!({ "id": done })).await["editionImport"]["status"], "COMMITTED");
        let input = json!({ "year": 1998, "frameworkId": format!("framework:{}", rows.edition.framework_id) });
        assert_eq!(coordinator.refused(CREATE, json!({ "input": input })).await, ["input.year TAKEN"]);
        coordinator.done(REVISE, json!({ "id": id, "reason": "Đính chính" })).await;
        assert_eq!(Rows::of(&lab, &id).await, rows, "not one row changed");
    }

    async fn what_a_published_edition_was_computed_with_does_not_change(lab) {
        let coordinator = lab.coordinator().await;
        let id = synthetic(&lab, 1998, Publication::Draft).await;
        let query = "{ indicators(first: 100) { nodes { id code verified direction } } }";
        let all = coordinator.get(query, json!({})).await;
        let loose = crate::scene::list(&all, "/indicators/nodes").iter().find(|one| one["verified"] == false);
        let loose = loose.expect("an indicator that nobody verified");
        assert_eq!(loose["direction"], "HIGHER_IS_BETTER");
        let turn = "mutation($id: ID!, $direction: Direction) {
            indicatorUpdate(id: $id, input: { direction: $direction, nameEn: \"Mended\" }) {
              indicator { direction name(lang: EN) } userErrors { field code message } } }";
        for direction in ["LOWER_IS_BETTER", "HIGHER_IS_BETTER"] {
            let changed = coordinator.done(turn, json!({ "id": loose["id"], "direction": direction })).await;
            assert_eq!(changed["indicator"]["direction"], direction, "a draft is computed anew when it is published");
        }
        publish(&coordinator, &id).await;
        let lower = json!({ "id": loose["id"], "direction": "LOWER_IS_BETTER" });
        assert_eq!(coordinator.refused(turn, lower.clone()).await, ["input.direction INVALID_STATE"]);
        assert!(words(&coordinator, turn, lower).await.contains("COMPUTED"));
        let same = coordinator.done(turn, json!({ "id": loose["id"], "direction": "HIGHER_IS_BETTER" })).await;
        assert_eq!(same["indicator"]["name"], "Mended", "names are mended still");
        let basis = crate::insight::basis(&lab, &id).await;
        assert_eq!(basis.input_hash(), Rows::of(&lab, &id).await.computation.expect("computed").input_hash);
    }

    async fn of_two_who_publish_at_once_one_does(lab) {
        let (one, other) = (lab.coordinator().await, lab.coordinator().await);
        let id = synthetic(&lab, 1998, Publication::Draft).await;
        let publishing = |client: Client| {
            let variables = json!({ "id": id });
            async move { client.get(PUBLISH, variables).await["editionPublish"].take() }
        };
        let (a, b) = tokio::join!(publishing(one), publishing(other));
        let (won, lost) = if a["edition"].is_null() { (b, a) } else { (a, b) };
        assert_eq!((&won["edition"]["rowVersion"], &won["userErrors"]), (&json!(2), &json!([])));
        assert_eq!(lost["edition"], Value::Null);
        assert_eq!(lost["userErrors"][0]["code"], "INVALID_STATE");
        let store = lab.app.system();
        assert_eq!(store.count(store.find::<computation::Entity>()).await.expect("a count"), 1);
    }
}
