//! Units side by side.

use entity::Publication;
use serde_json::{Value, json};
use tests::both;

use super::{basis, codes, key, node, published, rows, same, synthetic, unit};

pub const COMPARE: &str = "query($edition: ID!, $units: [ID!]!, $nodes: [ID!]) {
    compareUnits(edition: $edition, units: $units, nodes: $nodes) { edition { year } units { id }
      nodes { node { code level } figures {
        value computedScore computedRank publishedScore publishedRank } } } }";

both! {
    async fn units_stand_side_by_side_with_the_engines_figures(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let basis = basis(&lab, &edition).await;
        let mut units = Vec::new();
        for name in ["lang son", "cao bang", "ha noi"] {
            units.push(unit(&officer, name).await);
        }
        let variables = json!({ "edition": edition, "units": units });
        let upper = officer.get(COMPARE, variables).await["compareUnits"].clone();
        assert_eq!(codes(&upper["nodes"]), ["PII", "IN", "1", "2", "3", "4", "5", "OUT", "6", "7"]);
        let indicator = node(&lab, "1.1.1").await.replace("node:", "indicator:");
        let group = node(&lab, "2.1").await;
        let variables = json!({ "edition": edition, "units": units, "nodes": [group, indicator] });
        let some = officer.get(COMPARE, variables).await["compareUnits"].clone();
        assert_eq!(codes(&some["nodes"]), ["2.1", "1.1.1"]);
        let shown: Vec<&Value> = rows(&some["units"]).iter().map(|unit| &unit["id"]).collect();
        assert_eq!(shown, units.iter().collect::<Vec<_>>());
        for compared in rows(&upper["nodes"]).iter().chain(rows(&some["nodes"])) {
            let place = basis.framework.node(compared["node"]["code"].as_str().expect("a code")).expect("a node");
            for (unit, figures) in units.iter().zip(rows(&compared["figures"])) {
                let row = basis.row(key(unit), "").expect("a row");
                same(&figures["computedScore"], basis.computed.score(place, row));
                same(&figures["computedRank"], basis.computed.rank(place, row));
                same(&figures["value"], basis.figure(place, row).and_then(|row| row.value));
                assert_eq!((&figures["publishedScore"], &figures["publishedRank"]), (&Value::Null, &Value::Null));
            }
        }
    }

    async fn what_was_only_published_is_compared_as_published(lab) {
        let officer = lab.officer("STC").await;
        let edition = published(&officer, 2025).await;
        let units = [unit(&officer, "khanh hoa").await, unit(&officer, "lang son").await];
        let nodes = [node(&lab, "PII").await, node(&lab, "1.1.1").await];
        let variables = json!({ "edition": edition, "units": units, "nodes": nodes });
        let data = officer.get(COMPARE, variables).await["compareUnits"].clone();
        let at = |node: usize, unit: usize| &data["nodes"][node]["figures"][unit];
        let nothing = json!({ "value": null, "computedScore": null, "computedRank": null,
            "publishedScore": null, "publishedRank": null });
        let with = |change: &[(&str, Value)]| {
            let mut figures = nothing.clone();
            change.iter().for_each(|(name, value)| figures[*name] = value.clone());
            figures
        };
        assert_eq!(at(0, 0), &with(&[("publishedScore", 46.54.into()), ("publishedRank", 9.into())]));
        assert_eq!(at(0, 1), &with(&[("publishedRank", 29.into())]));
        assert_eq!(at(1, 0), &with(&[("value", 47.59.into())]));
        assert_eq!(at(1, 1), &nothing);
    }
}
