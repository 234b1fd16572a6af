//! What if: the same as a run of the engine with the same changes.

use api::policy::Verb;
use entity::*;
use index::Edition;
use index::what_if::{Change, what_if};
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::{Given, asked, number, told};
use crate::given::gid;
use crate::scene::{list, text};

const SIMULATE: &str = "query($edition: ID!, $changes: [ChangeInput!]!, $node: ID) {
    simulate(edition: $edition, changes: $changes) { edition { id } assumption ranking(nodeId: $node) {
        unit { id } scoreBefore scoreAfter rankBefore rankAfter points places } } }";

/// The ranking at a node after some changes.
async fn ranking(client: &Client, given: &Given, changes: Value, node: Option<usize>) -> Vec<Value> {
    let node = node.map(|place| given.node(place));
    let variables = json!({ "edition": given.id, "changes": changes, "node": node });
    list(&asked(client, SIMULATE, variables).await, "/ranking").clone()
}

/// Every unit stands in the ranking as in these two editions, in the order of its new rank.
fn agrees(given: &Given, ranking: &[Value], node: usize, after: &Edition) {
    assert_eq!(ranking.len(), given.basis.units.len());
    let before = &given.basis.computed;
    for line in ranking {
        let row = (0..ranking.len()).find(|row| line["unit"]["id"] == given.unit(*row)).expect("a unit");
        assert_eq!(line["scoreBefore"], told(before.score(node, row)), "{line}");
        assert_eq!(line["scoreAfter"], told(after.score(node, row)), "{line}");
        assert_eq!(line["rankBefore"], told(before.rank(node, row)), "{line}");
        assert_eq!(line["rankAfter"], told(after.rank(node, row)), "{line}");
    }
    let ranks: Vec<f64> = ranking.iter().map(|line| line["rankAfter"].as_f64().unwrap_or(f64::MAX)).collect();
    assert!(ranks.is_sorted(), "{ranks:?}");
}

/// What the engine makes of changes directly.
fn directly(given: &Given, changes: &[Change]) -> Edition {
    what_if(&given.basis.framework, &given.basis.computed, changes).expect("computed").edition
}

fn value(given: &Given, row: usize, place: usize, value: Option<f64>) -> Value {
    json!({ "value": { "unitId": given.unit(row), "indicatorId": given.indicator(place), "value": value } })
}

fn raw(given: &Given, row: usize, place: usize, value: Option<f64>) -> Change {
    Change::Raw { unit: given.basis.units[row].code.clone(), code: given.code(place), value }
}

both! {
    async fn no_change_equals_what_is_computed(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        for node in [None, Some(3), Some(given.weak(0))] {
            let found = ranking(&officer, &given, json!([]), node).await;
            agrees(&given, &found, node.unwrap_or(given.root()), &given.basis.computed);
            assert!(found.iter().all(|line| line["points"] == told(0.0) || line["points"].is_null()));
        }
        // To set what is already there is no change either.
        let leaf = given.weak(0);
        let same = json!([value(&given, 0, leaf, Some(given.value(leaf, 0)))]);
        agrees(&given, &ranking(&officer, &given, same, None).await, given.root(), &given.basis.computed);
    }

    async fn a_raised_value_moves_score_and_rank_as_the_engine_says(lab) {
        let (given, leader) = (Given::of(&lab, 1998, Publication::Published).await, lab.sign_in(Role::Leader, None).await);
        let row = given.ranked(20);
        let leaf = given.weak(row);
        let better = Some(given.value(leaf, row) + 40.0);
        let after = directly(&given, &[raw(&given, row, leaf, better)]);
        let found = ranking(&leader, &given, json!([value(&given, row, leaf, better)]), None).await;
        agrees(&given, &found, given.root(), &after);
        let own = found.iter().find(|line| line["unit"]["id"] == given.unit(row)).expect("the unit");
        assert!(number(own, "/points") > 0.0 && number(own, "/places") >= 0.0, "{own}");
    }

    async fn who_sets_the_range_moves_the_others(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let leaf = given.weak(0);
        let changes = json!([value(&given, 0, leaf, Some(1e6))]);
        let after = directly(&given, &[raw(&given, 0, leaf, Some(1e6))]);
        let at_leaf = ranking(&officer, &given, changes.clone(), Some(leaf)).await;
        agrees(&given, &at_leaf, leaf, &after);
        let moved = at_leaf.iter().filter(|line| line["points"].as_f64().is_some_and(|points| points != 0.0));
        assert!(moved.count() > 20, "all that were scored above 0 fall");
        // Node by node for one of the others, and only the way to the root changed.
        const NODES: &str = "query($edition: ID!, $changes: [ChangeInput!]!, $unit: ID!) {
            simulate(edition: $edition, changes: $changes) {
                all: nodes(unitId: $unit) { node { id } scoreAfter rankAfter }
                changed: nodes(unitId: $unit, changedOnly: true) { node { id } points } } }";
        let other = (1..34).find(|row| given.basis.computed.score(leaf, *row).is_some_and(|score| score > 1.0));
        let other = other.expect("somebody has more");
        let variables = json!({ "edition": given.id, "changes": changes, "unit": given.unit(other) });
        let found = asked(&officer, NODES, variables).await;
        for (place, line) in list(&found, "/all").iter().enumerate() {
            assert_eq!(line["node"]["id"], given.node(place));
            assert_eq!(line["scoreAfter"], told(after.score(place, other)));
            assert_eq!(line["rankAfter"], told(after.rank(place, other)));
        }
        let changed: Vec<String> = list(&found, "/changed").iter().map(|line| text(line, "/node/id")).collect();
        let before = &given.basis.computed;
        let differs = |place: &usize| {
            before.score(*place, other) != after.score(*place, other)
                || before.rank(*place, other) != after.rank(*place, other)
        };
        let wanted: Vec<String> =
            (0..given.basis.tree.nodes.len()).filter(differs).map(|place| given.node(place)).collect();
        assert_eq!(changed, wanted);
        assert!(changed.contains(&given.node(leaf)) && changed.contains(&given.node(given.root())));
    }

    async fn values_scores_and_weights_of_several_units_change_at_once(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let (leaf, other) = (given.weak(0), given.weak(1));
        let children = given.basis.framework.children(given.root()).to_vec();
        let codes = |row: usize| given.basis.units[row].code.clone();
        let changes = json!([
            value(&given, 0, leaf, Some(1.0)),
            value(&given, 1, other, None),
            { "score": { "unitId": given.unit(2), "nodeId": given.node(children[0]), "score": 99.5 } },
            { "score": { "unitId": given.unit(3), "nodeId": given.node(leaf), "score": null } },
            // Nothing would be left between these two, so the engine must not see them one by one.
            { "weight": { "nodeId": given.node(children[0]), "weight": 0 } },
            { "weight": { "nodeId": given.node(children[1]), "weight": 0 } },
            { "weight": { "nodeId": given.node(children[0]), "weight": 3 } },
            value(&given, 0, leaf, Some(2.0)),
        ]);
        let direct = [
            raw(&given, 0, leaf, Some(2.0)),
            raw(&given, 1, other, None),
            Change::Score { unit: codes(2), code: given.code(children[0]), score: Some(99.5) },
            Change::Score { unit: codes(3), code: given.code(leaf), score: None },
            Change::Weight { code: given.code(children[0]), weight: 3.0 },
            Change::Weight { code: given.code(children[1]), weight: 0.0 },
        ];
        let after = directly(&given, &direct);
        agrees(&given, &ranking(&officer, &given, changes, None).await, given.root(), &after);
        assert_eq!(after.score(given.root(), 2), Some(99.5));
    }

    async fn a_denominator_changes_too(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let leaf = given.weak(0);
        let key = divide(&lab, &given, leaf).await;
        let given = Given::read(&lab, given.basis.edition.id).await;
        for id in [gid("denominator", key), given.indicator(leaf), given.node(leaf)] {
            let changes = json!([{ "denominator": { "unitId": given.unit(0), "denominatorId": id, "value": 0.5 } }]);
            let code = given.basis.units[0].code.clone();
            let after = directly(&given, &[Change::Raw { unit: code, code: "POP".to_owned(), value: Some(0.5) }]);
            assert_ne!(after.score(leaf, 0), given.basis.computed.score(leaf, 0));
            agrees(&given, &ranking(&officer, &given, changes, Some(leaf)).await, leaf, &after);
        }
    }

    async fn a_ranking_may_be_of_some_units(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        const SOME: &str = "query($edition: ID!, $units: [ID!]) {
            simulate(edition: $edition, changes: []) { ranking(unitIds: $units, first: 2) { unit { id } rankAfter } } }";
        let ids = [given.unit(given.ranked(30)), given.unit(given.ranked(2)), given.unit(given.ranked(11))];
        let found = asked(&officer, SOME, json!({ "edition": given.id, "units": ids })).await;
        let seen: Vec<String> = list(&found, "/ranking").iter().map(|line| text(line, "/unit/id")).collect();
        assert_eq!(seen, [ids[1].clone(), ids[2].clone()]);
    }

    async fn what_is_held_still_is_said_in_both_languages(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let variables = json!({ "edition": given.id, "changes": [] });
        let english = asked(&officer, SIMULATE, variables.clone()).await;
        assert!(text(&english, "/assumption").contains("stay as they are in the edition"));
        let vietnamese = asked(&officer.speaking("vi"), SIMULATE, variables).await;
        assert!(text(&vietnamese, "/assumption").contains("giữ nguyên như trong kỳ"));
    }
}

/// Lets an indicator be divided by a population of 1 to 34.
async fn divide(lab: &Lab, given: &Given, place: usize) -> uuid::Uuid {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let row = denominator::ActiveModel {
        framework_id: Set(given.basis.tree.framework.id),
        code: Set("POP".to_owned()),
        name_vi: Set("Dân số".to_owned()),
        name_en: Set("Population".to_owned()),
        unit: Set("nghìn người".to_owned()),
        ..Default::default()
    };
    let made = tx.insert::<denominator::Entity>(row).await.expect("a denominator");
    let key = given.basis.tree.nodes[place].id;
    let held = tx.hold::<indicator::Entity>(key, Verb::Update).await.expect("the indicator");
    let change = indicator::ActiveModel { denominator_id: Set(Some(made.id)), ..Default::default() };
    tx.update(&held, None, change).await.expect("divided");
    let value = |(number, unit): (i32, &unit::Model)| denominator_value::ActiveModel {
        edition_id: Set(given.basis.edition.id),
        unit_id: Set(unit.id),
        denominator_id: Set(made.id),
        value: Set(f64::from(number)),
        ..Default::default()
    };
    let values = (1..).zip(&given.basis.units).map(value).collect();
    tx.insert_all::<denominator_value::Entity>(values).await.expect("values");
    tx.commit().await.expect("committed");
    made.id
}
