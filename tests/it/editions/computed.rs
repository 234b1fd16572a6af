//! What computing an edition writes: the engine's scores and ranks to the bit, what they depended on, statistics.

use std::collections::BTreeMap;

use api::files::sha256_hex;
use api::store::Read;
use entity::*;
use index::{Framework, Method, Node};
use sea_orm::Set;
use serde_json::json;
use tests::both;
use uuid::Uuid;

use super::{COMPUTE, Figures, Rows, bits_of, drafted, enter, nodes, table};
use crate::insight::{key, near, synthetic};

/// What the figures of the synthetic edition of 1998 come to with the framework of 2025, on either database.
const HASH_OF_1998: &str = "a8afce2098d8a769516416e133f534dbcbab060ee08a73b3332b500519eea61a";

/// The mean, least and greatest of these.
fn spread(figures: &[f64]) -> [Option<f64>; 3] {
    if figures.is_empty() {
        return [None; 3];
    }
    let mean = figures.iter().sum::<f64>() / figures.len() as f64;
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    [Some(mean), sorted.first().copied(), sorted.last().copied()]
}

fn alike(a: [Option<f64>; 3], b: [Option<f64>; 3]) -> bool {
    a.into_iter().zip(b).all(|(a, b)| match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (a, b) => a == b,
    })
}

both! {
    async fn scores_and_ranks_are_the_engines_and_can_be_made_again_from_what_was_recorded(lab) {
        let coordinator = lab.coordinator().await;
        let draft = synthetic(&lab, 1998, Publication::Draft).await;
        let made = coordinator.done(COMPUTE, json!({ "id": draft })).await["computation"].take();
        let rows = Rows::of(&lab, &draft).await;
        let run = rows.computation.as_ref().expect("a computation");
        assert_eq!((run.framework_id, run.author_id, run.unit_count), (rows.edition.framework_id, coordinator.user, 34));
        assert_eq!(made["framework"]["version"], "2025");
        assert_eq!((&made["unitCount"], &made["inputHash"]), (&json!(34), &json!(run.input_hash)));
        assert_eq!(made["method"], run.method);

        let recorded: Vec<Node> = serde_json::from_value(run.method["nodes"].clone()).expect("nodes");
        let method: Method = serde_json::from_value(run.method["method"].clone()).expect("a method");
        let framework = Framework::new(recorded, method).expect("a framework");
        let nodes = nodes(&lab, rows.edition.framework_id).await;
        let (table, units) = table(&lab, &rows, &nodes, &[]).await;
        assert_eq!(sha256_hex(&index::canonical_bytes(&framework, &table)), run.input_hash);
        assert_eq!(run.input_hash, HASH_OF_1998);
        let bits = bits_of(&index::compute(&framework, &table).expect("computed"), &nodes, &units);
        assert_eq!(rows.bits(), bits);
        assert!(rows.computed.iter().all(|row| row.computation_id == run.id));
        assert!(bits.len() > 34 * 70 && bits.len() < 34 * 78, "a few values are missing: {}", bits.len());
    }

    async fn computing_again_comes_to_the_same_bits_in_place_of_the_first(lab) {
        let coordinator = lab.coordinator().await;
        let draft = synthetic(&lab, 1998, Publication::Draft).await;
        coordinator.done(COMPUTE, json!({ "id": draft })).await;
        let first = Rows::of(&lab, &draft).await;
        coordinator.done(COMPUTE, json!({ "id": draft })).await;
        let second = Rows::of(&lab, &draft).await;
        assert_eq!(second.bits(), first.bits());
        let (old, new) = (first.computation.expect("one"), second.computation.expect("one"));
        assert_eq!(new.input_hash, old.input_hash);
        assert!(new.id != old.id && new.created_at > old.created_at);
        let store = lab.app.system();
        assert_eq!(store.count(store.find::<computation::Entity>()).await.expect("a count"), 1);
        enter(&lab, &draft, "20", "1", Figures { score: Some(1.0), ..Figures::default() }).await;
        coordinator.done(COMPUTE, json!({ "id": draft })).await;
        let published = Rows::of(&lab, &draft).await.computation.expect("one").input_hash;
        assert_eq!(published, old.input_hash, "published scores are no input");
        let tx = lab.app.system().begin().await.expect("a transaction");
        let value = first.scores.iter().find(|row| row.value.is_some()).expect("a raw value");
        let change = score::ActiveModel { value: Set(value.value.map(f64::next_up)), ..Default::default() };
        tx.amend::<score::Entity>(value.id, change).await.expect("changed");
        tx.commit().await.expect("committed");
        coordinator.done(COMPUTE, json!({ "id": draft })).await;
        assert_ne!(Rows::of(&lab, &draft).await.computation.expect("one").input_hash, old.input_hash, "a last bit is one");
    }

    async fn statistics_are_renewed_and_what_was_read_in_a_source_stays(lab) {
        let coordinator = lab.coordinator().await;
        let draft = synthetic(&lab, 1998, Publication::Draft).await;
        let nodes = nodes(&lab, Rows::of(&lab, &draft).await.edition.framework_id).await;
        let at = |code: &str| nodes.iter().find(|node| node.code == code).expect("a node").id;
        let units: Vec<String> = crate::insight::basis(&lab, &draft).await.units.into_iter().map(|unit| unit.code).collect();
        for (place, unit) in units.iter().enumerate() {
            let published = Figures { score: Some(40.0 + place as f64), ..Figures::default() };
            enter(&lab, &draft, unit, "1", published).await;
            if place > 0 {
                enter(&lab, &draft, unit, "2", published).await;
            }
        }
        let row = |node: &str, mean: f64, source: Option<&str>| statistic::ActiveModel {
            edition_id: Set(key(&draft)),
            node_id: Set(at(node)),
            score_mean: Set(Some(mean)),
            source: Set(source.map(str::to_owned)),
            ..Default::default()
        };
        let tx = lab.app.system().begin().await.expect("a transaction");
        tx.insert_all::<statistic::Entity>(vec![row("3", 77.0, Some("Báo cáo PII")), row("4", 77.0, None)]).await.expect("written");
        tx.commit().await.expect("committed");
        for _ in 0..2 {
            coordinator.done(COMPUTE, json!({ "id": draft })).await;
            let rows = Rows::of(&lab, &draft).await;
            let mut of: BTreeMap<Uuid, [Vec<f64>; 3]> = BTreeMap::new();
            for row in &rows.scores {
                let [values, published, _] = of.entry(row.node_id).or_default();
                values.extend(row.value);
                published.extend(row.score);
            }
            for row in &rows.computed {
                of.entry(row.node_id).or_default()[2].extend(row.score);
            }
            assert_eq!(rows.statistics.len(), 78, "one of each node");
            for row in &rows.statistics {
                let [values, published, computed] = &of[&row.node_id];
                let shown = [row.score_mean, row.score_min, row.score_max];
                let wanted = match row.node_id {
                    node if node == at("1") => [Some(56.5), Some(40.0), Some(73.0)],
                    node if node == at("3") => [Some(77.0), None, None],
                    _ => spread(computed),
                };
                assert!(alike(shown, wanted), "{row:?}: {wanted:?}");
                assert!(alike([row.value_mean, row.value_min, row.value_max], spread(values)), "{row:?}");
                assert_eq!(row.source.is_some(), row.node_id == at("3"));
                // All have a published score at 1; one has none at 2, so the computed ones are taken there.
                assert_eq!(published.len(), if row.node_id == at("1") { 34 } else if row.node_id == at("2") { 33 } else { 0 });
            }
        }
    }

    async fn new_figures_take_away_what_was_computed_of_the_old(lab) {
        let coordinator = lab.coordinator().await;
        let draft = synthetic(&lab, 1998, Publication::Draft).await;
        coordinator.done(COMPUTE, json!({ "id": draft })).await;
        let import = crate::figures::imported(&coordinator, &draft, "a.csv", b"unit,1.1.1\n20,9999\n").await;
        let commit = "mutation($id: ID!) { editionImportCommit(id: $id) { userErrors { field code } } }";
        coordinator.done(commit, json!({ "id": import })).await;
        let rows = Rows::of(&lab, &draft).await;
        assert!(rows.computation.is_none() && rows.computed.is_empty());
        assert!(rows.statistics.iter().all(|row| row.score_mean.is_none()), "nor a mean of what is no more");
        assert!(rows.statistics.iter().any(|row| row.value_max == Some(9999.0)));
    }

    async fn an_edition_without_raw_values_of_two_units_is_not_computed(lab) {
        let coordinator = lab.coordinator().await;
        let draft = drafted(&coordinator, 2027).await;
        assert_eq!(coordinator.refused(COMPUTE, json!({ "id": draft })).await, ["id NOT_COMPUTABLE"]);
        enter(&lab, &draft, "20", "1.1.1", Figures { value: Some(1.0), ..Figures::default() }).await;
        enter(&lab, &draft, "24", "PII", Figures { score: Some(1.0), ..Figures::default() }).await;
        assert_eq!(coordinator.refused(COMPUTE, json!({ "id": draft })).await, ["id NOT_COMPUTABLE"]);
        enter(&lab, &draft, "24", "1.1.1", Figures { value: Some(3.0), ..Figures::default() }).await;
        coordinator.done(COMPUTE, json!({ "id": draft })).await;
        let ranking = "query($edition: ID!) { computedRanking(edition: $edition) { nodes { score rank unit { code } } } }";
        assert_eq!(coordinator.get(ranking, json!({ "edition": draft })).await["computedRanking"]["nodes"], json!([
            { "score": 100.0, "rank": 1.0, "unit": { "code": "24" } }, { "score": 0.0, "rank": 2.0, "unit": { "code": "20" } }]));
    }
}
