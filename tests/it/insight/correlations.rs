//! What moves together.

use entity::Publication;
use index::analysis::{Correlation, correlations, cronbach_alpha};
use serde_json::json;
use tests::both;

use super::{basis, node, rows, same, synthetic};

const MATRIX: &str =
    "query($edition: ID!, $rows: NodeLevel!, $columns: NodeLevel!, $kind: CorrelationKind!, $within: ID) {
    correlations(edition: $edition, rows: $rows, columns: $columns, kind: $kind, within: $within) {
      kind rows { code level } columns { code level } values } }";

both! {
    async fn matrices_are_the_engines(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let basis = basis(&lab, &edition).await;
        let pillar = node(&lab, "2").await;
        for (of, across, within, size) in [
            ("PILLAR", "PILLAR", None, (7, 7)),
            ("INDICATOR", "GROUP", None, (52, 16)),
            ("INDICATOR", "GROUP", Some(&pillar), (7, 2)),
            ("INDEX", "PILLAR", Some(&pillar), (0, 0)),
        ] {
            for (kind, how) in [("PEARSON", Correlation::Pearson), ("SPEARMAN", Correlation::Spearman)] {
                let variables =
                    json!({ "edition": edition, "rows": of, "columns": across, "kind": kind, "within": within });
                let found = officer.get(MATRIX, variables).await["correlations"].clone();
                let places = |side: &str| -> Vec<usize> {
                    let codes = rows(&found[side]).iter().map(|node| node["code"].as_str().expect("a code"));
                    codes.map(|code| basis.framework.node(code).expect("a node")).collect()
                };
                let (of, across) = (places("rows"), places("columns"));
                assert_eq!((of.len(), across.len()), size);
                let made = correlations(&basis.computed, &of, &across, how);
                let shown = rows(&found["values"]);
                assert_eq!(shown.len(), made.len());
                for (shown, made) in shown.iter().zip(made) {
                    assert_eq!(rows(shown).len(), made.len());
                    rows(shown).iter().zip(made).for_each(|(shown, made)| same(shown, made));
                }
            }
        }
    }

    async fn alphas_are_the_engines(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let basis = basis(&lab, &edition).await;
        let document = "query($edition: ID!) { reliability(edition: $edition) { alpha node { code } children { code } } }";
        let found = officer.get(document, json!({ "edition": edition })).await;
        let found = rows(&found["reliability"]);
        assert_eq!(found.len(), basis.framework.aggregates().len());
        for one in found {
            let place = basis.framework.node(one["node"]["code"].as_str().expect("a code")).expect("a node");
            let children = basis.framework.children(place);
            let codes: Vec<&str> = children.iter().map(|&child| basis.framework.code(child)).collect();
            let shown: Vec<&str> =
                rows(&one["children"]).iter().map(|node| node["code"].as_str().expect("a code")).collect();
            assert_eq!(shown, codes);
            let scores: Vec<&[f64]> = children.iter().map(|&child| basis.computed.scores(child)).collect();
            same(&one["alpha"], cronbach_alpha(&scores));
        }
    }
}
