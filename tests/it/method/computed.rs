//! An edition made with settings of every kind comes to what the engine makes of the same settings given by hand.

use std::collections::HashMap;

use api::files::sha256_hex;
use api::store::Read;
use entity::*;
use index::{Framework, Method, Node};
use sea_orm::Set;
use serde_json::json;
use tests::{Client, Lab, both};
use uuid::Uuid;

use super::{Draft, PUBLISH, UPDATE};
use crate::editions::{COMPUTE, REVISE, Rows, bits_of, nodes, publish, table};
use crate::given::gid;
use crate::insight::key;
use crate::scene::text;

/// A draft framework that does everything otherwise, and the key of its denominator.
async fn otherwise(coordinator: &Client) -> (Draft, Uuid) {
    let draft = Draft::of(coordinator, None, "2030").await;
    let population = draft.divide_by(coordinator, "DS").await;
    // Without an indicator that uses it, its column is none of the engine's.
    draft.divide_by(coordinator, "GRDP").await;
    let settings = json!({ "imputation": "GROUP_MEDIAN", "treatment": "WINSORISE_THEN_LOG", "skewLimit": 0.05,
        "kurtosisLimit": 0.5, "winmax": 2, "availability": 0.75, "rankPrecision": 0, "tieRule": "AVERAGE" });
    coordinator.done(UPDATE, json!({ "id": draft.id, "input": settings })).await;
    let posts = json!({ "normalisation": "GOALPOSTS", "goalpostMin": 5.0, "goalpostMax": 300.0, "treatment": "NONE" });
    draft.lay(coordinator, "1.1.1", posts).await;
    draft.lay(coordinator, "1.2.1", json!({ "denominatorId": population, "imputation": "NONE" })).await;
    let target = json!({ "normalisation": "DISTANCE_TO_TARGET", "target": 250.0, "capped": false });
    draft.lay(coordinator, "2.1.1", target).await;
    let node = "mutation($id: ID!) { nodeUpdate(id: $id, input: { aggregation: GEOMETRIC, weight: 2.5 }) {
        userErrors { field code } } }";
    coordinator.done(node, json!({ "id": draft.node("3") })).await;
    let lower = "mutation($id: ID!) { indicatorUpdate(id: $id, input: { direction: LOWER_IS_BETTER }) { userErrors { field code } } }";
    coordinator.done(lower, json!({ "id": draft.indicator("4.1.1") })).await;
    (draft, key(&population))
}

/// The same by hand, on the tree of the published framework.
async fn by_hand(lab: &Lab) -> Framework {
    let store = lab.app.system();
    let published = crate::insight::framework(&store.begin().await.expect("a transaction"), "2025").await;
    let tree = nodes(lab, published.id).await;
    let codes: HashMap<Uuid, &str> = tree.iter().map(|node| (node.id, node.code.as_str())).collect();
    let details = store.all(store.find::<indicator::Entity>()).await.expect("indicators");
    let directions: HashMap<Uuid, Direction> = details.iter().map(|row| (row.id, row.direction)).collect();
    let node = |row: &node::Model| Node {
        weight: row.weight,
        indicator: directions.get(&row.id).map(|direction| index::Indicator {
            direction: match direction {
                Direction::HigherIsBetter => index::Direction::HigherIsBetter,
                Direction::LowerIsBetter => index::Direction::LowerIsBetter,
            },
            ..index::Indicator::default()
        }),
        ..Node::aggregate(&row.code, row.parent_id.map(|parent| codes[&parent]))
    };
    let plain = Framework::new(tree.iter().map(node).collect(), Method::default()).expect("a framework");
    let at = |code: &str| plain.node(code).expect("a node");
    let outliers = index::Outliers { skew: 0.05, kurtosis: 0.5, winmax: 2, log: true };
    let made = plain.with(|nodes, method| {
        *method = Method {
            imputation: index::Imputation::GroupMedian,
            treatment: index::Treatment::Outliers(outliers),
            availability: 0.75,
            ranking: index::Ranking { decimals: Some(0), ties: index::Ties::Average },
            ..Method::default()
        };
        let posts = nodes[at("1.1.1")].indicator.as_mut().expect("an indicator");
        posts.treatment = Some(index::Treatment::None);
        posts.normalisation = Some(index::Normalisation::Goalposts {
            min: 5.0,
            max: 300.0,
            scale: 100.0,
            cap: true,
            log: false,
        });
        let divided = nodes[at("1.2.1")].indicator.as_mut().expect("an indicator");
        divided.denominator = Some("DS".to_owned());
        divided.imputation = Some(index::Imputation::None);
        let target = nodes[at("2.1.1")].indicator.as_mut().expect("an indicator");
        target.normalisation =
            Some(index::Normalisation::DistanceToTarget { target: 250.0, scale: 100.0, cap: false });
        nodes[at("3")].aggregation = Some(index::Aggregation::Geometric);
        nodes[at("3")].weight = 2.5;
        nodes[at("4.1.1")].indicator.as_mut().expect("an indicator").direction =
            index::Direction::LowerIsBetter;
    });
    made.expect("a framework")
}

/// Made-up raw values of a framework, and a population of every unit but one; the edition's id.
async fn figures(lab: &Lab, framework: &str, population: Uuid) -> String {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let edition = api::seed::synthetic_edition(&tx, 1997, key(framework), Publication::Draft).await;
    let edition = edition.expect("an edition").id;
    let units = tx.find::<unit::Entity>();
    let units = sea_orm::QueryFilter::filter(units, sea_orm::ColumnTrait::is_null(&unit::Column::ValidTo));
    let units = tx.all(units).await.expect("units");
    let value = |unit: &unit::Model| denominator_value::ActiveModel {
        edition_id: Set(edition),
        unit_id: Set(unit.id),
        denominator_id: Set(population),
        value: Set(unit.code.parse::<f64>().expect("a number") * 1.7 + 3.0),
        source: Set(Some("Niên giám".to_owned())),
        ..Default::default()
    };
    let values = units.iter().filter(|unit| unit.code != "20").map(value).collect();
    tx.insert_all::<denominator_value::Entity>(values).await.expect("written");
    tx.commit().await.expect("committed");
    gid("edition", edition)
}

both! {
    async fn settings_of_every_kind_come_to_what_the_engine_makes_of_them(lab) {
        let coordinator = lab.coordinator().await;
        let (draft, population) = otherwise(&coordinator).await;
        let edition = figures(&lab, &draft.id, population).await;
        coordinator.done(COMPUTE, json!({ "id": edition })).await;
        let rows = Rows::of(&lab, &edition).await;
        let nodes = nodes(&lab, rows.edition.framework_id).await;
        let (table, units) = table(&lab, &rows, &nodes, &[("DS", population)]).await;
        let framework = by_hand(&lab).await;
        let engine = index::compute(&framework, &table).expect("computed");
        assert_eq!(rows.bits(), bits_of(&engine, &nodes, &units));
        let hash = sha256_hex(&index::canonical_bytes(&framework, &table));
        assert_eq!(rows.computation.as_ref().expect("computed").input_hash, hash);

        // Each of the settings makes a difference.
        let column = |code: &str| framework.column(framework.node(code).expect("a node")).expect("an indicator");
        let lang_son = table.unit("20").expect("a row");
        assert!(engine.denominated.value(column("1.2.1"), lang_son).is_none(), "it has no population");
        assert!(engine.imputed.value(column("1.2.1"), lang_son).is_none(), "nor is it imputed");
        let filled = (0..52).flat_map(|column| (0..34).map(move |row| (column, row)));
        assert!(filled.clone().any(|(c, r)| engine.raw.value(c, r).is_none() && engine.imputed.value(c, r).is_some()));
        assert!(filled.clone().any(|(c, r)| engine.imputed.value(c, r) != engine.treated.value(c, r)));
        assert!(rows.computed.iter().any(|row| row.rank.is_some_and(|rank| rank.fract() != 0.0)), "tied ranks are averaged");
        for back in [
            framework.with(|nodes, _| nodes[framework.node("3").expect("a node")].aggregation = None),
            framework.with(|nodes, _| nodes[framework.node("3").expect("a node")].weight = 1.0),
            framework.with(|_, method| method.imputation = index::Imputation::GroupMean),
            framework.with(|_, method| method.availability = 1.0),
        ] {
            let other = index::compute(&back.expect("a framework"), &table).expect("computed");
            assert_ne!(bits_of(&other, &nodes, &units), rows.bits());
        }

        coordinator.done(PUBLISH, json!({ "id": draft.id })).await;
        let published = publish(&coordinator, &edition).await;
        assert_eq!(published["computation"]["inputHash"], hash);
        let begun = coordinator.done(REVISE, json!({ "id": edition, "reason": "Thử" })).await;
        let revision = text(&begun, "/edition/id");
        let copied = Rows::of(&lab, &revision).await;
        assert_eq!(copied.divisors.len(), 33);
        assert!(copied.divisors.iter().all(|row| row.source.as_deref() == Some("Niên giám")));
        coordinator.done(COMPUTE, json!({ "id": revision })).await;
        let again = Rows::of(&lab, &revision).await;
        assert_eq!((again.bits(), again.computation.expect("computed").input_hash), (rows.bits(), hash));
    }
}
