//! One unit: contributions, strengths and weaknesses, gaps.

use entity::Publication;
use index::analysis::{ProfileRule, contributions, gaps, strengths_and_weaknesses};
use serde_json::{Value, json};
use tests::both;

use super::{basis, codes, key, near, number, rows, same, synthetic, unit};

const CONTRIBUTIONS: &str =
    "query($unit: ID!, $edition: ID!) { contributions(unit: $unit, edition: $edition) {
    weight points score node { code level parent { code } } } }";
const MARKS: &str = "query($unit: ID!, $edition: ID!, $size: Int, $keep: Boolean) {
    strengthsAndWeaknesses(unit: $unit, edition: $edition, size: $size, keepLast: $keep) {
      strengths { rank score value node { code } } weaknesses { rank score value node { code } } } }";
const GAPS: &str = "query($unit: ID!, $edition: ID!, $level: NodeLevel, $order: GapOrder, $first: Int) {
    gaps(unit: $unit, edition: $edition, level: $level, order: $order, first: $first) {
      score mean toMean toBest toAbove best { id } above { id } node { code level } } }";

both! {
    async fn contributions_are_the_engines_and_add_up(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let basis = basis(&lab, &edition).await;
        for name in ["lang son", "ha noi"] {
            let unit = unit(&officer, name).await;
            let row = basis.row(key(&unit), "").expect("a row");
            let data = officer.get(CONTRIBUTIONS, json!({ "unit": unit, "edition": edition })).await;
            let list = rows(&data["contributions"]);
            let engine = contributions(&basis.framework, &basis.computed, row).expect("contributions");
            assert_eq!(list.len(), engine.len());
            for (shown, made) in list.iter().zip(&engine) {
                assert_eq!(shown["node"]["code"], basis.framework.code(made.node));
                same(&shown["weight"], Some(made.weight));
                same(&shown["points"], Some(made.points));
                same(&shown["score"], basis.computed.score(made.node, row));
            }
            let index = number(&list[0]["points"]);
            same(&list[0]["points"], basis.computed.score(basis.framework.root(), row));
            for level in ["SUB_INDEX", "PILLAR", "GROUP", "INDICATOR"] {
                let alike = list.iter().filter(|one| one["node"]["level"] == level);
                let sum: f64 = alike.map(|one| number(&one["points"])).sum();
                assert!(near(sum, index), "{level}: {sum} is not {index}");
            }
        }
    }

    async fn strengths_and_weaknesses_are_the_engines(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let basis = basis(&lab, &edition).await;
        let mut discarded = 0;
        for row in 0..basis.units.len() {
            let unit = format!("unit:{}", basis.units[row].id);
            let mut lists = Vec::new();
            for keep in [false, true] {
                let variables = json!({ "unit": unit, "edition": edition, "size": 20, "keep": keep });
                let data = officer.get(MARKS, variables).await;
                let found = data["strengthsAndWeaknesses"].clone();
                let rule = ProfileRule { strengths: 20, weaknesses: 20, discard_last: !keep };
                let engine = strengths_and_weaknesses(&basis.framework, &basis.computed, row, rule);
                for (shown, made) in [("strengths", engine.strengths), ("weaknesses", engine.weaknesses)] {
                    let shown = rows(&found[shown]);
                    assert_eq!(shown.len(), 20);
                    for (shown, made) in shown.iter().zip(made) {
                        assert_eq!(shown["node"]["code"], basis.framework.code(made.node));
                        same(&shown["rank"], Some(made.rank));
                        same(&shown["score"], Some(made.score));
                        let value = basis.figure(made.node, row).and_then(|figure| figure.value);
                        same(&shown["value"], value);
                    }
                }
                lists.push(found["weaknesses"].clone());
            }
            discarded += usize::from(lists[0] != lists[1]);
        }
        assert!(discarded > 0, "nobody is last in anything");
        let unit = unit(&officer, "lang son").await;
        let document = "query($unit: ID!, $edition: ID!) { strengthsAndWeaknesses(unit: $unit, edition: $edition) {
            strengths { rank } weaknesses { rank } } }";
        let found = officer.get(document, json!({ "unit": unit, "edition": edition })).await;
        let found = &found["strengthsAndWeaknesses"];
        assert_eq!((rows(&found["strengths"]).len(), rows(&found["weaknesses"]).len()), (5, 5));
    }

    async fn gaps_are_the_engines_in_the_order_asked_for(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let basis = basis(&lab, &edition).await;
        let unit = unit(&officer, "lang son").await;
        let row = basis.row(key(&unit), "").expect("a row");
        let engine = gaps(&basis.framework, &basis.computed, row);
        let ask = async |level: Option<&str>, order: Option<&str>, first: Option<i32>| {
            let variables = json!({ "unit": unit, "edition": edition, "level": level, "first": first });
            let mut variables = variables;
            if let Some(order) = order {
                variables["order"] = order.into();
            }
            officer.get(GAPS, variables).await["gaps"].clone()
        };
        let all = ask(None, None, None).await;
        assert_eq!(rows(&all).len(), engine.len());
        let id = |row: usize| format!("unit:{}", basis.units[row].id);
        for (shown, made) in rows(&all).iter().zip(&engine) {
            assert_eq!(shown["node"]["code"], basis.framework.code(made.node));
            let numbers = [made.score, made.mean, made.to_mean, made.to_best];
            for (name, made) in ["score", "mean", "toMean", "toBest"].into_iter().zip(numbers) {
                same(&shown[name], Some(made));
            }
            assert_eq!(shown["best"]["id"], id(made.best));
            assert_eq!(shown["above"]["id"].as_str(), made.above.map(|(row, _)| id(row)).as_deref());
            same(&shown["toAbove"], made.above.map(|(_, way)| way));
        }
        for (order, field) in [("TO_MEAN", "toMean"), ("TO_BEST", "toBest"), ("TO_NEXT", "toAbove")] {
            let sorted = ask(Some("INDICATOR"), Some(order), Some(7)).await;
            let way = |gap: &Value| gap[field].as_f64().unwrap_or(f64::NEG_INFINITY);
            let shown: Vec<f64> = rows(&sorted).iter().map(way).collect();
            let mut wanted: Vec<f64> =
                rows(&all).iter().filter(|gap| gap["node"]["level"] == "INDICATOR").map(way).collect();
            wanted.sort_by(|a, b| b.total_cmp(a));
            assert_eq!(shown, wanted[..7]);
        }
        assert_eq!(codes(&ask(Some("PILLAR"), None, Some(3)).await), ["1", "2", "3"]);
    }
}
