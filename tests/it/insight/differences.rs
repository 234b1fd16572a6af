//! Published figures against computed ones.

use api::scoring::Basis;
use entity::*;
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::{basis, key, near, number, rows, same, synthetic};

const DIFFERENCES: &str = "query($edition: ID!, $beyond: Boolean, $level: NodeLevel, $unit: ID, $first: Int) {
    publishedDifferences(edition: $edition, beyondRounding: $beyond, level: $level, unit: $unit, first: $first) {
      total beyondRounding notComputed differences { difference beyondRounding publishedScore publishedRank
        computedScore computedRank unit { id } node { code level } } } }";

/// Adds published scores: of (node, row of the unit) the computed score less what is said, as printed.
pub async fn publish(lab: &Lab, basis: &Basis, figures: &[(&str, usize, f64)]) {
    let tx = lab.app.system().begin().await.expect("a transaction");
    for &(code, row, off) in figures {
        let place = basis.framework.node(code).expect("a node");
        let score = index::round(basis.computed.score(place, row).expect("a score"), 2);
        let made = score::ActiveModel {
            edition_id: Set(basis.edition.id),
            unit_id: Set(basis.units[row].id),
            node_id: Set(basis.tree.nodes[place].id),
            score: Set(Some(index::round(score + off, 2))),
            rank: Set(Some(row as i32 + 1)),
            ..Default::default()
        };
        tx.insert::<score::Entity>(made).await.expect("written");
    }
    tx.commit().await.expect("committed");
}

async fn ask(client: &Client, edition: &str, more: Value) -> Value {
    let mut variables = json!({ "edition": edition });
    for (name, value) in more.as_object().expect("variables") {
        variables[name] = value.clone();
    }
    client.get(DIFFERENCES, variables).await["publishedDifferences"].take()
}

both! {
    async fn what_differs_beyond_rounding_is_flagged_and_nothing_else(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let before = basis(&lab, &edition).await;
        let wrong = [("PII", 3, 0.01), ("1", 5, -2.5), ("2.1", 7, 0.4)];
        let right = [("PII", 0, 0.0), ("PII", 1, 0.0), ("IN", 2, 0.0), ("6", 4, 0.0)];
        publish(&lab, &before, &wrong).await;
        publish(&lab, &before, &right).await;
        let all = ask(&officer, &edition, json!({})).await;
        assert_eq!((&all["total"], &all["beyondRounding"], &all["notComputed"]), (&json!(7), &json!(3), &json!(0)));
        let list = rows(&all["differences"]);
        let flagged = |one: &&Value| one["beyondRounding"] == true;
        let codes: Vec<&str> =
            list.iter().filter(flagged).map(|one| one["node"]["code"].as_str().expect("a code")).collect();
        assert_eq!(codes, ["1", "2.1", "PII"]);
        let sizes: Vec<f64> = list.iter().map(|one| number(&one["difference"]).abs()).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
        for one in list {
            let place = before.framework.node(one["node"]["code"].as_str().expect("a code")).expect("a node");
            let row = before.row(key(one["unit"]["id"].as_str().expect("an id")), "").expect("a row");
            let score = before.computed.score(place, row).expect("a score");
            same(&one["computedScore"], Some(score));
            same(&one["computedRank"], before.computed.rank(place, row));
            assert_eq!(one["publishedRank"], row + 1);
            assert!(near(number(&one["difference"]), score - number(&one["publishedScore"])));
        }
        for (beyond, count) in [(true, 3), (false, 4)] {
            let some = ask(&officer, &edition, json!({ "beyond": beyond })).await;
            let list = rows(&some["differences"]);
            assert!(list.len() == count && list.iter().all(|one| one["beyondRounding"] == beyond));
            assert_eq!((&some["total"], &some["beyondRounding"]), (&json!(7), &json!(3)));
        }
        let two = ask(&officer, &edition, json!({ "first": 2 })).await;
        assert_eq!((rows(&two["differences"]).len(), &two["total"]), (2, &json!(7)));
        let pillars = ask(&officer, &edition, json!({ "level": "PILLAR" })).await;
        assert_eq!((&pillars["total"], &pillars["beyondRounding"]), (&json!(2), &json!(1)));
        let unit = format!("unit:{}", before.units[7].id);
        let own = ask(&officer, &edition, json!({ "unit": unit })).await;
        assert_eq!((&own["total"], &own["differences"][0]["unit"]["id"]), (&json!(1), &json!(unit)));
    }

    async fn what_nothing_is_computed_for_is_told_apart(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let before = basis(&lab, &edition).await;
        publish(&lab, &before, &[("PII", 0, 0.0)]).await;
        let tx = lab.app.system().begin().await.expect("a transaction");
        let former = sea_orm::QueryFilter::filter(
            api::store::Read::find::<unit::Entity>(&tx),
            sea_orm::ColumnTrait::is_not_null(&unit::Column::ValidTo),
        );
        let former = api::store::Read::first(&tx, former).await.expect("read").expect("a former unit");
        let made = score::ActiveModel {
            edition_id: Set(before.edition.id),
            unit_id: Set(former.id),
            node_id: Set(before.tree.nodes[0].id),
            score: Set(Some(50.0)),
            ..Default::default()
        };
        tx.insert::<score::Entity>(made).await.expect("written");
        tx.commit().await.expect("committed");
        let all = ask(&officer, &edition, json!({})).await;
        assert_eq!((&all["total"], &all["beyondRounding"], &all["notComputed"]), (&json!(2), &json!(0), &json!(1)));
        let last = &all["differences"][1];
        assert_eq!(last["unit"]["id"], format!("unit:{}", former.id));
        assert_eq!((&last["difference"], &last["beyondRounding"]), (&Value::Null, &Value::Null));
        for beyond in [true, false] {
            let some = ask(&officer, &edition, json!({ "beyond": beyond })).await;
            assert!(rows(&some["differences"]).iter().all(|one| one["beyondRounding"] == beyond));
        }
    }
}
