//! What ranks rest on: nodes left out, draws of weights and methods, effective weights.

use entity::*;
use index::Normalisation;
use index::analysis::{drop_one, effective_weights};
use index::uncertainty::{MonteCarlo, Uncertainty};
use serde_json::{Value, json};
use tests::both;

use super::{Given, asked, number, told};
use crate::scene::{list, text};

const DROP: &str = "query($edition: ID!, $node: ID) { sensitivity(edition: $edition, node: $node, dropOne: true) {
    node { id } monteCarlo { draws } dropOne { node { id } meanShift maxShift ranks { unit { id } rankBefore rankAfter } } } }";
const DRAW: &str = "query($edition: ID!, $node: ID, $input: MonteCarloInput!) {
    sensitivity(edition: $edition, node: $node, monteCarlo: $input) { dropOne { maxShift }
        monteCarlo { draws seed bands { unit { id } rank low median high draws } } } }";

both! {
    async fn each_node_is_left_out_as_the_engine_does_it(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let direct = drop_one(&given.basis.framework, &given.basis.computed, &|| false).expect("dropped");
        let found = asked(&officer, DROP, json!({ "edition": given.id })).await;
        assert!(found["monteCarlo"].is_null());
        assert_eq!(list(&found, "/dropOne").len(), direct.len());
        for (line, dropped) in list(&found, "/dropOne").iter().zip(&direct) {
            assert_eq!(line["node"]["id"], given.node(dropped.node));
            assert_eq!(line["meanShift"], told(dropped.mean_shift));
            assert_eq!(line["maxShift"], told(dropped.max_shift));
            let ranks = list(line, "/ranks");
            assert_eq!(ranks.len(), 34);
            for (place, rank) in ranks.iter().enumerate() {
                let row = (0..34).find(|row| rank["unit"]["id"] == given.unit(*row)).expect("a unit");
                assert_eq!(rank["rankBefore"], told(given.basis.computed.rank(given.root(), row)));
                assert_eq!(rank["rankAfter"], told(dropped.ranks[row]));
                assert!(number(rank, "/rankBefore") <= place as f64 + 1.0);
            }
        }
    }

    async fn at_a_pillar_its_own_nodes_are_left_out(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let framework = &given.basis.framework;
        let wide = |place: &usize| given.basis.tree.nodes[*place].level == NodeLevel::Pillar && framework.children(*place).len() > 1;
        let pillar = (0..given.basis.tree.nodes.len()).find(wide).expect("a pillar with several groups");
        let found = asked(&officer, DROP, json!({ "edition": given.id, "node": given.node(pillar) })).await;
        assert_eq!(found["node"]["id"], given.node(pillar));
        let below = |id: &str| (0..given.basis.tree.nodes.len())
            .any(|place| given.node(place) == id && framework.ancestry(place).any(|above| above == pillar) && place != pillar);
        let lines = list(&found, "/dropOne");
        assert!(lines.len() > 3 && lines.iter().all(|line| below(&text(line, "/node/id"))));
        // A node without weight is a node left out.
        let group = framework.children(pillar)[0];
        const WITHOUT: &str = "query($edition: ID!, $changes: [ChangeInput!]!, $node: ID) {
            simulate(edition: $edition, changes: $changes) { ranking(nodeId: $node) { unit { id } rankBefore rankAfter } } }";
        let changes = json!([{ "weight": { "nodeId": given.node(group), "weight": 0 } }]);
        let variables = json!({ "edition": given.id, "changes": changes, "node": given.node(pillar) });
        let wanted = asked(&officer, WITHOUT, variables).await;
        let line = lines.iter().find(|line| text(line, "/node/id") == given.node(group)).expect("the group");
        let sorted = |ranks: &[Value]| {
            let mut ranks: Vec<String> = ranks.iter().map(Value::to_string).collect();
            ranks.sort();
            ranks
        };
        assert_eq!(sorted(list(line, "/ranks")), sorted(list(&wanted, "/ranking")));
    }

    async fn draws_are_the_same_for_the_same_seed(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let draw = async |input: Value| {
            let found = asked(&officer, DRAW, json!({ "edition": given.id, "input": input })).await;
            assert!(found["dropOne"].is_null());
            found["monteCarlo"].clone()
        };
        let input = json!({ "draws": 300, "seed": 7, "normalisations": ["MIN_MAX", "PERCENTILE_RANK"] });
        let once = draw(input.clone()).await;
        assert_eq!(once, draw(input).await);
        let other = draw(json!({ "draws": 300, "seed": 8, "normalisations": ["MIN_MAX", "PERCENTILE_RANK"] })).await;
        assert_ne!(once["bands"], other["bands"]);
        let spec = Uncertainty {
            seed: 7,
            jitter: 0.25,
            normalisations: vec![Normalisation::MinMax { low: 0.0, high: 100.0 }, Normalisation::PercentileRank { scale: 100.0 }],
            ..Uncertainty::default()
        };
        let direct = MonteCarlo::new(&given.basis.framework, given.basis.computed.table(), given.root(), spec);
        let tally = direct.expect("prepared").run(0..300, 2, &|| false).expect("drawn");
        assert_eq!((&once["draws"], &once["seed"]), (&json!(300), &json!(7)));
        assert_eq!(list(&once, "/bands").len(), 34);
        for line in list(&once, "/bands") {
            let row = (0..34).find(|row| line["unit"]["id"] == given.unit(*row)).expect("a unit");
            let band = tally.band(row).expect("a band");
            assert_eq!(line["rank"], told(given.basis.computed.rank(given.root(), row)));
            assert_eq!(line["low"], told(band.low));
            assert_eq!(line["median"], told(band.median));
            assert_eq!(line["high"], told(band.high));
            assert_eq!(line["draws"], band.draws);
        }
        // Nothing that varies, nothing that moves.
        let still = draw(json!({ "draws": 20, "jitter": 0 })).await;
        assert!(list(&still, "/bands").iter().all(|line| line["low"] == line["rank"] && line["high"] == line["rank"]));
    }

    async fn all_methods_are_drawn_at_a_node(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        let input = json!({ "draws": 20_000, "jitter": 1, "normalisations": ["MIN_MAX", "PERCENTILE_RANK", "RANK"],
            "aggregations": ["ARITHMETIC", "GEOMETRIC", "HARMONIC"], "treatments": ["NONE", "WINSORISE_THEN_LOG"] });
        let variables = json!({ "edition": given.id, "node": given.node(3), "input": input });
        let found = asked(&officer, DRAW, variables).await;
        assert_eq!(number(&found, "/monteCarlo/draws"), 20_000.0);
        assert!(list(&found, "/monteCarlo/bands").iter().all(|line| line["low"].as_f64() <= line["high"].as_f64()));
    }

    async fn weights_follow_from_the_framework(lab) {
        let (given, officer) = (Given::of(&lab, 1998, Publication::Published).await, lab.officer("STC").await);
        const WEIGHTS: &str = "query($edition: ID!) { effectiveWeights(edition: $edition) { node { id level } weight } }";
        let found = asked(&officer, WEIGHTS, json!({ "edition": given.id })).await;
        let direct = effective_weights(&given.basis.framework);
        let lines = found.as_array().expect("a list");
        assert_eq!(lines.len(), direct.len());
        for (place, (line, weight)) in lines.iter().zip(&direct).enumerate() {
            assert_eq!((&line["node"]["id"], &line["weight"]), (&json!(given.node(place)), &told(*weight)));
        }
        let leaves = lines.iter().filter(|line| line["node"]["level"] == "INDICATOR");
        assert!((leaves.map(|line| number(line, "/weight")).sum::<f64>() - 1.0).abs() < 1e-12);
        // The real edition has them too, though hardly any raw value.
        let real = officer.get("{ edition(year: 2025) { id } }", json!({})).await;
        let real = asked(&officer, WEIGHTS, json!({ "edition": text(&real, "/edition/id") })).await;
        assert_eq!(real.as_array().map(Vec::len), Some(direct.len()));
    }
}
