//! What is wrong with a question is told by code and path.

use entity::*;
use serde_json::{Value, json};
use tests::{Client, both};

use super::{Given, refusal};
use crate::given::unknown;

async fn refused(client: &Client, types: &str, field: &str, variables: Value) -> String {
    let document = format!("query({types}) {{ {field} {{ __typename }} }}");
    refusal(&client.ask(&document, variables).await)
}

both! {
    async fn changes_that_cannot_be_made(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let (unit, leaf) = (given.unit(0), given.weak(0));
        let (indicator, node) = (given.indicator(leaf), given.node(leaf));
        let group = given.node(given.basis.framework.parent(leaf).expect("a group"));
        let fine = json!({ "value": { "unitId": unit, "indicatorId": node, "value": 3 } });
        let siblings = given.basis.framework.children(given.root()).iter();
        let weightless: Vec<Value> = siblings
            .map(|place| json!({ "weight": { "nodeId": given.node(*place), "weight": 0 } }))
            .collect();
        for (changes, wanted) in [
            (json!([fine, { "value": { "unitId": "unit:1", "indicatorId": indicator, "value": 1 } }]), "INVALID_ID changes.1.value.unitId"),
            (json!([{ "value": { "unitId": unknown("unit"), "indicatorId": indicator, "value": 1 } }]), "UNSCORED changes.0.value.unitId"),
            (json!([{ "value": { "unitId": unit, "indicatorId": unit, "value": 1 } }]), "INVALID_ID changes.0.value.indicatorId"),
            (json!([{ "value": { "unitId": unit, "indicatorId": group, "value": 1 } }]), "INVALID_ID changes.0.value.indicatorId"),
            (json!([{ "value": { "unitId": unit, "indicatorId": unknown("node"), "value": 1 } }]), "NOT_FOUND changes.0.value.indicatorId"),
            (json!([{ "value": { "unitId": unit, "indicatorId": indicator } }]), "REQUIRED changes.0.value.value"),
            (json!([{ "value": { "unitId": unit, "indicatorId": indicator, "value": 1.1e15 } }]), "OUT_OF_RANGE changes.0.value.value"),
            (json!([{ "score": { "unitId": unit, "nodeId": group, "score": -2e15 } }]), "OUT_OF_RANGE changes.0.score.score"),
            (json!([{ "score": { "unitId": unit, "nodeId": unknown("indicator"), "score": 1 } }]), "NOT_FOUND changes.0.score.nodeId"),
            (json!([{ "denominator": { "unitId": unit, "denominatorId": indicator, "value": 1 } }]), "NOT_FOUND changes.0.denominator.denominatorId"),
            (json!([{ "denominator": { "unitId": unit, "denominatorId": unknown("denominator"), "value": 1 } }]), "NOT_FOUND changes.0.denominator.denominatorId"),
            (json!([{ "weight": { "nodeId": node, "weight": -1 } }]), "OUT_OF_RANGE changes.0.weight.weight"),
            (json!([{ "weight": { "nodeId": node, "weight": 1e7 } }]), "OUT_OF_RANGE changes.0.weight.weight"),
            (json!(weightless), "FRAMEWORK_INCOMPLETE changes"),
            (json!(vec![&fine; 501]), "TOO_MANY changes"),
            (json!([{ "value": { "unitId": unit, "indicatorId": indicator, "value": 1 }, "weight": { "nodeId": node, "weight": 1 } }]), "BAD_USER_INPUT variables.changes.0"),
            (json!([{}]), "BAD_USER_INPUT variables.changes.0"),
        ] {
            let types = "$edition: ID!, $changes: [ChangeInput!]!";
            let field = "simulate(edition: $edition, changes: $changes)";
            let variables = json!({ "edition": given.id, "changes": changes });
            assert_eq!(refused(&officer, types, field, variables).await, wanted);
        }
        // As many as may be.
        let many = json!({ "edition": given.id, "changes": vec![&fine; 500] });
        let document = "query($edition: ID!, $changes: [ChangeInput!]!) { simulate(edition: $edition, changes: $changes) { assumption } }";
        officer.get(document, many).await;
    }

    async fn rankings_that_cannot_be_shown(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let many = vec![given.unit(0); 101];
        for (field, wanted) in [
            ("ranking(nodeId: \"node:1\") { rankAfter }".to_owned(), "INVALID_ID nodeId"),
            (format!("ranking(nodeId: \"{}\") {{ rankAfter }}", unknown("node")), "NOT_FOUND nodeId"),
            (format!("ranking(unitIds: [\"{}\", \"x\"]) {{ rankAfter }}", given.unit(0)), "INVALID_ID unitIds.1"),
            (format!("ranking(unitIds: {}) {{ rankAfter }}", json!(many)), "TOO_MANY unitIds"),
            ("ranking(first: 101) { rankAfter }".to_owned(), "OUT_OF_RANGE first"),
            ("ranking(first: 0) { rankAfter }".to_owned(), "OUT_OF_RANGE first"),
            (format!("nodes(unitId: \"{}\") {{ rankAfter }}", unknown("unit")), "UNSCORED unitId"),
        ] {
            let document = format!("query($edition: ID!) {{ simulate(edition: $edition, changes: []) {{ {field} }} }}");
            let answer = officer.ask(&document, json!({ "edition": given.id })).await;
            assert_eq!(refusal(&answer), wanted, "{field}");
        }
    }

    async fn goals_that_cannot_be_set(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let leaf = given.weak(0);
        let (indicator, group) = (given.indicator(leaf), given.node(given.basis.framework.parent(leaf).expect("a group")));
        let bound = |more: &str| format!("rank: 1, bounds: [{{ indicatorId: \"{indicator}\", {more} }}]");
        for (arguments, wanted) in [
            (String::new(), "REQUIRED rank"),
            ("rank: 3, score: 50".to_owned(), "EXCLUSIVE rank"),
            ("rank: 0".to_owned(), "OUT_OF_RANGE rank"),
            ("rank: -1".to_owned(), "OUT_OF_RANGE rank"),
            ("rank: 35".to_owned(), "OUT_OF_RANGE rank"),
            ("score: 1e16".to_owned(), "OUT_OF_RANGE score"),
            ("rank: 1, node: \"unit:1\"".to_owned(), "INVALID_ID node"),
            ("rank: 1, limit: { kind: VALUE, amount: 3 }".to_owned(), "OUT_OF_RANGE limit.kind"),
            ("rank: 1, limit: { kind: PERCENT, amount: -1 }".to_owned(), "OUT_OF_RANGE limit.amount"),
            ("rank: 1, limit: { kind: MEAN_OR_PERCENT, amount: 10001 }".to_owned(), "OUT_OF_RANGE limit.amount"),
            (bound("limit: { kind: VALUE }"), "REQUIRED bounds.0.limit.amount"),
            (bound("limit: { kind: VALUE, amount: 1e16 }"), "OUT_OF_RANGE bounds.0.limit.amount"),
            (bound("cost: -1"), "OUT_OF_RANGE bounds.0.cost"),
            (format!("rank: 1, bounds: [{{ indicatorId: \"{group}\" }}]"), "INVALID_ID bounds.0.indicatorId"),
            (format!("rank: 1, bounds: [{{ indicatorId: \"{indicator}\" }}, {{ indicatorId: \"{}\" }}]", given.node(leaf)), "DUPLICATE bounds.1.indicatorId"),
        ] {
            let field = format!("rankGoal(unit: $unit, edition: $edition, {arguments})");
            let variables = json!({ "unit": given.unit(0), "edition": given.id });
            assert_eq!(refused(&officer, "$unit: ID!, $edition: ID!", &field, variables).await, wanted, "{arguments}");
        }
        for (client, unit, rank, wanted) in [
            (officer.clone(), given.unit(0), 35, "Outside the allowed range: 1–34."),
            (officer.clone(), unknown("unit"), 3, "There is no score: this unit has no raw values in the edition of 1998."),
            (officer.speaking("vi"), unknown("unit"), 3, "Không có điểm: địa phương này không có giá trị gốc trong kỳ 1998."),
        ] {
            let document = "query($unit: ID!, $edition: ID!, $rank: Int) { rankGoal(unit: $unit, edition: $edition, rank: $rank) { reached } }";
            let answer = client.ask(document, json!({ "unit": unit, "edition": given.id, "rank": rank })).await;
            assert_eq!(answer.body["errors"][0]["message"], wanted);
        }
        for field in ["rankGoal(unit: $unit, edition: $edition, rank: 3)", "marginalGains(unit: $unit, edition: $edition)"] {
            for (unit, edition, wanted) in [
                (unknown("unit"), given.id.clone(), "UNSCORED unit"),
                ("node:1".to_owned(), given.id.clone(), "INVALID_ID unit"),
                (given.unit(0), "edition:1".to_owned(), "INVALID_ID edition"),
            ] {
                let variables = json!({ "unit": unit, "edition": edition });
                assert_eq!(refused(&officer, "$unit: ID!, $edition: ID!", field, variables).await, wanted, "{field}");
            }
        }
    }

    async fn sensitivities_that_cannot_be_told(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        for (arguments, wanted) in [
            ("node: null", "REQUIRED dropOne"),
            ("dropOne: false", "REQUIRED dropOne"),
            ("dropOne: true, monteCarlo: {}", "EXCLUSIVE dropOne"),
            ("dropOne: true, node: \"node:1\"", "INVALID_ID node"),
            ("monteCarlo: { draws: 0 }", "OUT_OF_RANGE monteCarlo.draws"),
            ("monteCarlo: { draws: 20001 }", "OUT_OF_RANGE monteCarlo.draws"),
            ("monteCarlo: { seed: -1 }", "OUT_OF_RANGE monteCarlo.seed"),
            ("monteCarlo: { jitter: 1.01 }", "OUT_OF_RANGE monteCarlo.jitter"),
            ("monteCarlo: { normalisations: [MIN_MAX, GOALPOSTS] }", "OUT_OF_RANGE monteCarlo.normalisations"),
            ("monteCarlo: { aggregations: [HARMONIC, HARMONIC] }", "DUPLICATE monteCarlo.aggregations.1"),
            ("monteCarlo: { normalisations: [Z_SCORE], aggregations: [GEOMETRIC] }", "NOT_COMPUTABLE monteCarlo"),
        ] {
            let field = format!("sensitivity(edition: $edition, {arguments})");
            let variables = json!({ "edition": given.id });
            assert_eq!(refused(&officer, "$edition: ID!", &field, variables).await, wanted, "{arguments}");
        }
        let answer = officer.ask("query($edition: ID!) { sensitivity(edition: $edition, monteCarlo: { draws: 20001 }) { __typename } }",
            json!({ "edition": given.id })).await;
        assert_eq!(answer.body["errors"][0]["message"], "Outside the allowed range: 1–20000 (monteCarloStart).");
        let answer = officer.speaking("vi").ask("query($edition: ID!) { sensitivity(edition: $edition, monteCarlo: { normalisations: [Z_SCORE], aggregations: [HARMONIC] }) { __typename } }",
            json!({ "edition": given.id })).await;
        assert!(answer.body["errors"][0]["message"].as_str().expect("a text").contains("điểm âm ở thành phần thuộc "));
    }
}
