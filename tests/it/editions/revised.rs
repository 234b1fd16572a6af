//! Correcting a published edition: the next revision, while the one before stays as it was.

use entity::*;
use sea_orm::Set;
use serde_json::{Value, json};
use tests::both;

use super::{REVISE, Rows, publish, words};
use crate::insight::{key, published, synthetic};
use crate::scene::{list, text};

/// What figures say, without the keys of their rows and the times at which those were written.
fn said(rows: &Rows) -> Value {
    let scores = rows
        .scores
        .iter()
        .map(|row| json!([row.unit_id, row.node_id, row.value, row.score, row.rank, row.source, row.note]));
    let statistics = rows.statistics.iter().map(|row| {
        json!([
            row.node_id,
            row.value_mean,
            row.value_min,
            row.value_max,
            row.score_mean,
            row.score_min,
            row.score_max,
            row.source
        ])
    });
    let sorted = |rows: Vec<Value>| {
        let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
        rows.sort();
        rows
    };
    json!([sorted(scores.collect()), sorted(statistics.collect())])
}

both! {
    async fn a_correction_begins_as_a_copy_with_a_reason(lab) {
        let coordinator = lab.coordinator().await;
        let officer = lab.officer("STC").await;
        let first = published(&coordinator, 2025).await;
        let before = Rows::of(&lab, &first).await;
        assert_eq!(coordinator.refused(REVISE, json!({ "id": first, "reason": " " })).await, ["reason REQUIRED"]);
        let made = coordinator.done(REVISE, json!({ "id": first, "reason": "Bộ đính chính" })).await["edition"].take();
        let second = text(&made, "/id");
        assert_eq!(made, json!({ "id": second, "year": 2025, "status": "DRAFT", "revision": 2,
            "revisionReason": "Bộ đính chính", "publishedAt": null, "publishedOn": before.edition.published_on,
            "unitCount": 34, "rowVersion": 1, "revises": { "id": first }, "computation": null }));
        let copy = Rows::of(&lab, &second).await;
        assert_eq!(said(&copy), said(&before));
        assert_eq!((copy.scores.len(), copy.statistics.len()), (before.scores.len(), 17));
        assert!(copy.scores.iter().all(|row| before.scores.iter().all(|old| old.id != row.id)));
        assert_eq!(Rows::of(&lab, &first).await, before);

        for id in [&first, &second] {
            assert_eq!(coordinator.refused(REVISE, json!({ "id": id, "reason": "Nữa" })).await, ["id INVALID_STATE"]);
        }
        assert!(words(&coordinator, REVISE, json!({ "id": first, "reason": "Nữa" })).await.contains("REVISED"));
        assert!(words(&coordinator, REVISE, json!({ "id": second, "reason": "Nữa" })).await.contains("DRAFT"));
        let ask = "{ edition(year: 2025) { id } second: edition(year: 2025, revision: 2) { id } }";
        assert_eq!(coordinator.get(ask, json!({})).await, json!({ "edition": { "id": first }, "second": { "id": second } }));
        assert_eq!(officer.get(ask, json!({})).await, json!({ "edition": { "id": first }, "second": null }));
    }

    async fn the_newest_published_revision_counts_and_the_others_stay_readable(lab) {
        // The seed's clock began where this one begins.
        lab.clock.advance(chrono::TimeDelta::days(1));
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let first = published(&coordinator, 2025).await;
        let begun = coordinator.done(REVISE, json!({ "id": first, "reason": "Bổ sung" })).await;
        let second = text(&begun, "/edition/id");
        let old = Rows::of(&lab, &first).await;
        let unit = crate::insight::unit(&officer, "lang son").await;
        let history = "query($unit: ID!) { history(unit: $unit) { edition { year revision } score { score rank } } }";
        let of_2025 = async |client: &tests::Client| {
            let data = client.get(history, json!({ "unit": unit })).await;
            list(&data, "/history").iter().filter(|entry| entry["edition"]["year"] == 2025).cloned().collect::<Vec<_>>()
        };
        let shown = [json!({ "edition": { "year": 2025, "revision": 1 }, "score": { "score": null, "rank": 29 } })];
        assert_eq!(of_2025(&officer).await, shown);
        let root = key(&crate::insight::node(&lab, "PII").await);
        let copies = Rows::of(&lab, &second).await.scores;
        let copy = copies.iter().find(|row| row.unit_id == key(&unit) && row.node_id == root).expect("copied");
        let tx = lab.app.system().begin().await.expect("a transaction");
        let change = score::ActiveModel { score: Set(Some(41.5)), rank: Set(Some(28)), ..Default::default() };
        tx.amend::<score::Entity>(copy.id, change).await.expect("corrected");
        tx.commit().await.expect("committed");
        assert_eq!(of_2025(&coordinator).await, shown, "a draft of a correction does not count");
        publish(&coordinator, &second).await;
        for client in [&coordinator, &officer] {
            assert_eq!(of_2025(client).await, [json!({ "edition": { "year": 2025, "revision": 2 }, "score": { "score": 41.5, "rank": 28 } })]);
            let ask = "{ newest: edition { id } named: edition(year: 2025) { id }
                first: edition(year: 2025, revision: 1) { id revision } second: edition(year: 2025, revision: 2) { id revises { id } }
                editions(first: 100) { nodes { year revision } } }";
            let data = client.get(ask, json!({})).await;
            assert_eq!((&data["newest"]["id"], &data["named"]["id"]), (&json!(second), &json!(second)));
            assert_eq!(data["first"], json!({ "id": first, "revision": 1 }));
            assert_eq!(data["second"], json!({ "id": second, "revises": { "id": first } }));
            let years: Vec<(i64, i64)> = list(&data, "/editions/nodes").iter()
                .map(|edition| (edition["year"].as_i64().expect("a year"), edition["revision"].as_i64().expect("a number")))
                .collect();
            assert_eq!(years, [(2025, 2), (2025, 1), (2024, 1), (2023, 1)]);
        }
        assert_eq!(Rows::of(&lab, &first).await, old);
        assert_eq!(coordinator.refused(REVISE, json!({ "id": first, "reason": "Nữa" })).await, ["id INVALID_STATE"]);
        let third = coordinator.done(REVISE, json!({ "id": second, "reason": "Nữa" })).await["edition"].take();
        assert_eq!((&third["revision"], &third["revises"]["id"]), (&json!(3), &json!(second)));
    }

    async fn a_correction_of_raw_values_is_computed_for_itself(lab) {
        let coordinator = lab.coordinator().await;
        let first = synthetic(&lab, 1998, Publication::Draft).await;
        publish(&coordinator, &first).await;
        let begun = coordinator.done(REVISE, json!({ "id": first, "reason": "Thử" })).await;
        let second = text(&begun, "/edition/id");
        let copy = Rows::of(&lab, &second).await;
        assert!(copy.edition.synthetic && copy.computed.is_empty() && copy.statistics.is_empty());
        publish(&coordinator, &second).await;
        let (old, new) = (Rows::of(&lab, &first).await, Rows::of(&lab, &second).await);
        assert_eq!(new.bits(), old.bits(), "nothing was corrected yet");
        assert_eq!(new.computation.expect("computed").input_hash, old.computation.expect("computed").input_hash);
        assert_eq!(new.statistics.len(), old.statistics.len());
    }
}
