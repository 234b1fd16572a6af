//! What it takes: plans that hold when they are tried, and marginal gains.

use entity::*;
use index::goal::{Bound, Goal, Limit, Wanted, marginal_gains, reach};
use serde_json::{Value, json};
use tests::{Client, both};

use super::{Given, asked, number, told};
use crate::given::gid;
use crate::scene::{list, text};

const GOAL: &str = "query($unit: ID!, $edition: ID!, $node: ID, $rank: Int, $score: Float, $limit: LimitInput, $bounds: [BoundInput!]) {
    rankGoal(unit: $unit, edition: $edition, node: $node, rank: $rank, score: $score, limit: $limit, bounds: $bounds) {
        edition { id } unit { id } node { id } reached proof cost verified trendSince { id } assumption
        scoreBefore scoreAfter rankBefore rankAfter
        moves { node { id } valueBefore valueAfter scoreBefore scoreAfter cost }
        ranking(first: 40) { unit { id } scoreAfter rankBefore rankAfter } } }";

async fn goal(client: &Client, given: &Given, row: usize, more: Value) -> Value {
    let mut variables = json!({ "unit": given.unit(row), "edition": given.id });
    variables.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    asked(client, GOAL, variables).await
}

/// Puts a plan's moves to `simulate`, which must find the plan's own ranking.
async fn tried(client: &Client, given: &Given, row: usize, plan: &Value) {
    let change = |part: &Value| {
        json!({ "value": { "unitId": given.unit(row), "indicatorId": text(part, "/node/id"),
            "value": part["valueAfter"] } })
    };
    let changes: Vec<Value> = list(plan, "/moves").iter().map(change).collect();
    const TRY: &str = "query($edition: ID!, $changes: [ChangeInput!]!, $node: ID) {
        simulate(edition: $edition, changes: $changes) {
            ranking(nodeId: $node) { unit { id } scoreAfter rankBefore rankAfter } } }";
    let node = text(plan, "/node/id");
    let found = asked(client, TRY, json!({ "edition": given.id, "changes": changes, "node": node })).await;
    let ranks = |value: &Value| -> Vec<Value> {
        let lines = list(value, "/ranking").iter();
        lines.map(|line| json!([line["unit"]["id"], line["rankBefore"], line["rankAfter"]])).collect()
    };
    assert_eq!(ranks(&found), ranks(plan));
    assert_eq!(plan["verified"], true);
    let own = |value: &Value| {
        let lines = list(value, "/ranking").iter();
        lines
            .filter(|line| line["unit"]["id"] == given.unit(row))
            .map(|line| number(line, "/scoreAfter"))
            .sum::<f64>()
    };
    assert!((own(&found) - own(plan)).abs() < 1e-9);
    assert!((own(plan) - number(plan, "/scoreAfter")).abs() < 1e-9);
}

both! {
    async fn a_plan_holds_when_it_is_tried(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let row = given.ranked(20);
        let plan = goal(&officer, &given, row, json!({ "rank": 17 })).await;
        assert_eq!(plan["reached"], true);
        assert!(number(&plan, "/rankBefore") > 17.0 && number(&plan, "/rankAfter") <= 17.0, "{plan:#}");
        assert!(!list(&plan, "/moves").is_empty() && number(&plan, "/cost") > 0.0);
        assert!(text(&plan, "/assumption").contains("stay as they are") && plan["trendSince"].is_null());
        tried(&officer, &given, row, &plan).await;
        let direct = Goal::new(&given.basis.units[row].code, Wanted::Rank(17));
        let direct = reach(&given.basis.framework, &given.basis.computed, given.root(), &direct, &|| false);
        let direct = direct.expect("a plan");
        assert_eq!(plan["cost"], told(direct.cost));
        assert_eq!(list(&plan, "/moves").len(), direct.moves.len());
        for (told_move, part) in list(&plan, "/moves").iter().zip(&direct.moves) {
            assert_eq!(told_move["valueAfter"], told(part.raw.1));
            assert_eq!(told_move["scoreAfter"], told(part.score.1));
        }
    }

    async fn a_score_at_a_pillar_is_reached(lab) {
        let (given, leader) = (Given::of(&lab, 1998, Publication::Published).await, lab.sign_in(Role::Leader, None).await);
        let pillar = given.basis.tree.nodes.iter().position(|node| node.level == NodeLevel::Pillar).expect("a pillar");
        let row = (0..34).min_by(|a, b| {
            let score = |row: usize| given.basis.computed.score(pillar, row).expect("a score");
            score(*a).total_cmp(&score(*b))
        }).expect("a unit");
        let wanted = given.basis.computed.score(pillar, row).expect("a score") + 2.0;
        let plan = goal(&leader, &given, row, json!({ "score": wanted, "node": given.node(pillar) })).await;
        assert_eq!(plan["reached"], true);
        assert!(number(&plan, "/scoreAfter") >= wanted);
        tried(&leader, &given, row, &plan).await;
    }

    async fn what_cannot_be_reached_is_said_with_the_furthest(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let row = given.ranked(33);
        let still = goal(&officer, &given, row, json!({ "rank": 1, "limit": { "kind": "FIXED" } })).await;
        assert_eq!((&still["reached"], &still["proof"]), (&json!(false), &json!("CHEAPEST")));
        assert_eq!(list(&still, "/moves").len(), 0);
        let far = goal(&officer, &given, row, json!({ "rank": 1, "limit": { "kind": "PERCENT", "amount": 1 } })).await;
        assert_eq!(far["reached"], false);
        assert!(!list(&far, "/moves").is_empty());
        tried(&officer, &given, row, &far).await;
        let there = goal(&officer, &given, row, json!({ "rank": 34 })).await;
        assert_eq!((&there["reached"], list(&there, "/moves").len()), (&json!(true), 0));
        for plan in [&still, &there] {
            assert!(number(plan, "/cost").is_sign_positive(), "{}", plan["cost"]);
        }
    }

    async fn bounds_are_kept(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let row = given.ranked(20);
        let free = goal(&officer, &given, row, json!({ "rank": 17 })).await;
        let used: Vec<String> = list(&free, "/moves").iter().map(|part| text(part, "/node/id")).collect();
        let dear = list(&free, "/moves").iter().max_by(|a, b| number(a, "/cost").total_cmp(&number(b, "/cost")));
        let (dear, leaf) = dear.map(|part| (part, text(part, "/node/id"))).expect("a move");
        let halfway = f64::midpoint(number(dear, "/valueBefore"), number(dear, "/valueAfter"));
        let place = given.basis.tree.nodes.iter().position(|node| gid("node", node.id) == leaf).expect("a node");
        for (bound, engine) in [
            (json!({ "indicatorId": leaf, "limit": { "kind": "FIXED" } }), (Limit::Fixed, 1.0)),
            (json!({ "indicatorId": given.indicator(place), "limit": { "kind": "VALUE", "amount": halfway }, "cost": 0.5 }),
                (Limit::Value(halfway), 0.5)),
            (json!({ "indicatorId": leaf, "limit": { "kind": "MEAN" }, "cost": 3 }), (Limit::Mean, 3.0)),
            (json!({ "indicatorId": leaf, "cost": 100 }), (Limit::MeanOrPercent(20.0), 100.0)),
        ] {
            let more = json!({ "rank": 17, "limit": { "kind": "MEAN_OR_PERCENT", "amount": 20 }, "bounds": [bound] });
            let plan = goal(&officer, &given, row, more).await;
            let direct = Goal {
                limit: Limit::MeanOrPercent(20.0),
                bounds: vec![Bound { code: given.code(place), limit: engine.0, cost: engine.1 }],
                ..Goal::new(&given.basis.units[row].code, Wanted::Rank(17))
            };
            let direct = reach(&given.basis.framework, &given.basis.computed, given.root(), &direct, &|| false);
            let direct = direct.expect("a plan");
            assert_eq!((&plan["cost"], &plan["reached"]), (&told(direct.cost), &json!(direct.reached)));
            let moved = list(&plan, "/moves").iter().find(|part| text(part, "/node/id") == leaf);
            match engine.0 {
                Limit::Fixed => assert!(moved.is_none()),
                Limit::Value(most) => assert!(moved.is_none_or(|part| {
                    let up = number(part, "/valueAfter") - number(part, "/valueBefore");
                    up.abs() <= (most - number(part, "/valueBefore")).abs() + 1e-9
                })),
                _ => {}
            }
            tried(&officer, &given, row, &plan).await;
        }
        assert!(used.contains(&leaf));
    }

    async fn marginal_gains_are_the_engines_in_the_order_wanted(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let row = given.ranked(25);
        const GAINS: &str = "query($unit: ID!, $edition: ID!, $node: ID, $order: MarginalGainOrder, $first: Int) {
            marginalGains(unit: $unit, edition: $edition, node: $node, order: $order, first: $first) {
                node { id } value score perPoint { value points places }
                perTenPercent { value points } toMean { value points places } toNext { value points places } } }";
        let ask = async |more: Value| {
            let mut variables = json!({ "unit": given.unit(row), "edition": given.id });
            variables.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            asked(&officer, GAINS, variables).await.as_array().expect("a list").clone()
        };
        let code = &given.basis.units[row].code;
        let direct = marginal_gains(&given.basis.framework, &given.basis.computed, given.root(), code, &|| false);
        let direct = direct.expect("gains");
        let all = ask(json!({ "order": "FRAMEWORK" })).await;
        assert_eq!(all.len(), direct.len());
        for (line, gain) in all.iter().zip(&direct) {
            assert_eq!(line["node"]["id"], given.node(gain.node));
            assert_eq!((&line["value"], &line["score"]), (&told(gain.raw), &told(gain.score)));
            assert_eq!(line["perPoint"]["points"], told(gain.point.points));
            assert!(line["perPoint"]["value"].is_null());
            for (name, step) in [("toMean", gain.to_mean), ("toNext", gain.to_next)] {
                assert_eq!(line[name].is_null(), step.is_none());
                if let Some(step) = step {
                    assert_eq!(line[name], json!({ "value": told(step.raw), "points": told(step.points), "places": told(step.places) }));
                }
            }
        }
        for (order, step) in [("TO_MEAN", "toMean"), ("TO_NEXT", "toNext"), ("PER_POINT", "perPoint"), ("PER_TEN_PERCENT", "perTenPercent")] {
            let sorted = ask(json!({ "order": order })).await;
            let points: Vec<f64> =
                sorted.iter().map(|line| line[step]["points"].as_f64().unwrap_or(f64::NEG_INFINITY)).collect();
            assert_eq!(points.len(), direct.len());
            assert!(points.is_sorted_by(|a, b| a >= b), "{order} {points:?}");
        }
        let best = ask(json!({ "first": 1 })).await;
        assert_eq!(best, ask(json!({ "order": "TO_MEAN" })).await[..1]);
        assert_eq!(ask(json!({})).await, ask(json!({ "order": null, "first": null })).await);
        // At a pillar only what is below it counts.
        let pillar = given.basis.tree.nodes.iter().position(|node| node.level == NodeLevel::Pillar).expect("a pillar");
        let below = ask(json!({ "node": given.node(pillar), "order": "FRAMEWORK" })).await;
        assert!(!below.is_empty() && below.len() < all.len());
        assert!(below.iter().all(|line| number(line, "/perPoint/points") > 0.0));
    }
}
