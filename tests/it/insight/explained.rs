//! Explanations, reckoned again: the formula as written, and the result from the numbers that go in.

use std::collections::HashSet;

use entity::*;
use index::round;
use sea_orm::{ConnectionTrait, Set};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::differences::publish;
use super::{basis, near, node, number, rows, same, synthetic, unit};
use crate::given::{database, told};

/// One explanation.
pub const EXPLAIN: &str = "query($unit: ID!, $node: ID!, $edition: ID!) {
    explain(unit: $unit, node: $node, edition: $edition) {
      source score rank publishedScore publishedRank unit { id } node { code } edition { year }
      steps { kind text formula result inputs { name value }
        children { weight share score points node { code } } } } }";

/// Reads a formula from left to right as a pocket calculator with brackets does.
struct Calculator<'a> {
    rest: &'a str,
    decimal: char,
}

impl Calculator<'_> {
    fn next(&mut self, signs: &[char]) -> Option<char> {
        self.rest = self.rest.trim_start();
        let sign = self.rest.chars().next().filter(|sign| signs.contains(sign))?;
        self.rest = &self.rest[sign.len_utf8()..];
        Some(sign)
    }

    fn sum(&mut self) -> f64 {
        let mut sum = self.product();
        while let Some(sign) = self.next(&['+', '−']) {
            let term = self.product();
            sum += if sign == '+' { term } else { -term };
        }
        sum
    }

    fn product(&mut self) -> f64 {
        let mut product = self.power();
        while let Some(sign) = self.next(&['×', '÷']) {
            let factor = self.power();
            product = if sign == '×' { product * factor } else { product / factor };
        }
        product
    }

    fn power(&mut self) -> f64 {
        let base = self.atom();
        if self.next(&['^']).is_some() { base.powf(self.atom()) } else { base }
    }

    fn atom(&mut self) -> f64 {
        if self.next(&['−']).is_some() {
            return -self.atom();
        }
        let log = self.rest.trim_start().strip_prefix("ln");
        if let Some(rest) = log {
            self.rest = rest;
            return self.atom().ln();
        }
        if self.next(&['(']).is_some() {
            let inner = self.sum();
            assert_eq!(self.next(&[')']), Some(')'), "before {}", self.rest);
            return inner;
        }
        let end =
            self.rest.find(|c: char| !(c.is_ascii_digit() || c == self.decimal)).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.replace(self.decimal, ".").parse().unwrap_or_else(|_| panic!("no number: {digits:?} {rest}"))
    }
}

/// Left and right of a formula, and half a step of the last decimal on the right.
fn sides(formula: &str, decimal: char) -> (f64, f64, f64) {
    let (left, right) = formula.split_once(" = ").expect("an equation");
    let value = |text| {
        let mut calculator = Calculator { rest: text, decimal };
        let value = calculator.sum();
        assert_eq!(calculator.rest.trim(), "", "{formula}");
        value
    };
    let decimals = right.split_once(decimal).map_or(0, |(_, decimals)| decimals.len());
    (value(left), value(right), 0.5 / 10_f64.powi(decimals as i32))
}

fn input(step: &Value, name: &str) -> f64 {
    let found = rows(&step["inputs"]).iter().find(|input| input["name"] == name);
    number(&found.unwrap_or_else(|| panic!("no {name} in {step}"))["value"])
}

/// Reckons every step again.
pub fn checked(explanation: &Value, decimal: char) {
    for step in rows(&explanation["steps"]) {
        assert!(step["text"].as_str().is_some_and(|text| !text.is_empty()));
        if let Some(formula) = step["formula"].as_str() {
            let (left, right, half) = sides(formula, decimal);
            // What goes in is written with so many digits that it hardly matters.
            assert!((left - right).abs() <= half * 1.02, "{formula}: {left}");
            // Ends that cut a score are said in words.
            let cut = step["text"].as_str().is_some_and(|text| {
                text.contains("cut to the greatest") || text.contains("cắt ở mức tối đa")
            });
            let result = number(&step["result"]);
            assert!(cut || (result - right).abs() <= half * 1.02, "{formula}: {result}");
        }
        let made = match step["kind"].as_str().expect("a kind") {
            "RAW" | "MISSING" | "IMPUTED" | "TREATED" => continue,
            "AGGREGATED" | "DENOMINATED" if step["result"].is_null() => continue,
            "DENOMINATED" => input(step, "value") / input(step, "denominator"),
            "RANKED" if step["formula"].as_str().is_some_and(|formula| formula.contains('÷')) => {
                input(step, "above") + (input(step, "sharing") + 1.0) / 2.0
            }
            "RANKED" => input(step, "above") + 1.0,
            "AGGREGATED" | "PUBLISHED" if !rows(&step["children"]).is_empty() => {
                let children = rows(&step["children"]);
                let points: Vec<f64> = children.iter().filter_map(|child| child["points"].as_f64()).collect();
                if points.is_empty() {
                    continue;
                }
                let share =
                    |child: &Value| number(&child["share"]) * child["score"].as_f64().unwrap_or_default();
                assert!(near(children.iter().map(share).sum(), points.iter().sum()));
                points.iter().sum()
            }
            "PUBLISHED" if rows(&step["inputs"]).iter().any(|input| input["name"] == "made") => {
                round(input(step, "made"), 2) - round(input(step, "published"), 2)
            }
            "PUBLISHED" if step["result"].is_null() => continue,
            "NORMALISED" if !rows(&step["inputs"]).iter().any(|input| input["name"] == "low") => continue,
            _ => {
                let (worst, best) = (input(step, "worst"), input(step, "best"));
                (input(step, "value") - worst) / (best - worst) * 100.0
            }
        };
        let result = number(&step["result"]);
        assert!((made - result).abs() <= 1e-9 * made.abs().max(1.0), "{step:#}");
    }
}

/// An explanation as a person reads it.
pub fn in_words(code: &str, explanation: &Value) -> String {
    let lines = rows(&explanation["steps"]).iter().map(|step| {
        let formula = step["formula"].as_str().map_or(String::new(), |formula| format!("\n  {formula}"));
        format!(
            "{} {}{formula}\n",
            step["kind"].as_str().expect("a kind"),
            step["text"].as_str().expect("a text")
        )
    });
    format!("{code}\n{}\n", lines.collect::<String>())
}

fn reviewed(told: &str) {
    insta::assert_snapshot!("in_words", told);
}

fn forms_reviewed(told: &str) {
    insta::assert_snapshot!("forms", told);
}

/// Divides an indicator by what is made up for every unit but the first.
async fn denominate(lab: &Lab, edition: &str, code: &str) {
    let basis = basis(lab, edition).await;
    let tx = lab.app.system().begin().await.expect("a transaction");
    let made = denominator::ActiveModel {
        framework_id: Set(basis.tree.framework.id),
        code: Set("people".to_owned()),
        name_vi: Set("Dân số".to_owned()),
        name_en: Set("Population".to_owned()),
        unit: Set("nghìn người".to_owned()),
        ..Default::default()
    };
    let made = tx.insert::<denominator::Entity>(made).await.expect("written");
    let value = |(unit, row): (&unit::Model, u32)| denominator_value::ActiveModel {
        edition_id: Set(basis.edition.id),
        unit_id: Set(unit.id),
        denominator_id: Set(made.id),
        value: Set(f64::from(row) * 7.3),
        ..Default::default()
    };
    let values = basis.units.iter().zip(0..).skip(1).map(value).collect();
    tx.insert_all::<denominator_value::Entity>(values).await.expect("written");
    tx.commit().await.expect("committed");
    let of = "SELECT node.id FROM node JOIN framework ON framework.id = framework_id WHERE version = '2025'";
    let link = "UPDATE indicator SET denominator_id = (SELECT id FROM denominator)";
    execute(lab, &format!("{link} WHERE id IN ({of} AND node.code = '{code}')")).await;
}

/// Explanations of a unit at every node of the framework of 2025, by one request.
async fn all(client: &Client, nodes: &[String], unit: &str, edition: &str) -> Vec<Value> {
    let fields: String = nodes
        .iter()
        .zip(0..)
        .map(|(node, place)| {
            format!(
                "n{place}: explain(unit: \"{unit}\", node: \"node:{node}\", edition: \"{edition}\") {{ source score rank
                 steps {{ kind text formula result inputs {{ name value }}
                 children {{ weight share score points node {{ code }} }} }} }} "
            )
        })
        .collect();
    let mut data = client.get(&format!("{{ {fields} }}"), json!({})).await;
    (0..nodes.len()).map(|place| data[format!("n{place}")].take()).collect()
}

/// Explains every node for two units, reckons it again and compares it with the engine.
async fn explained(lab: &Lab, client: &Client, edition: &str) -> Vec<Value> {
    let basis = basis(lab, edition).await;
    let nodes: Vec<String> = basis.tree.nodes.iter().map(|node| node.id.to_string()).collect();
    let mut found = Vec::new();
    for row in [0, 11] {
        let unit = format!("unit:{}", basis.units[row].id);
        for (place, explanation) in all(client, &nodes, &unit, edition).await.into_iter().enumerate() {
            assert_eq!(explanation["source"], "COMPUTED");
            same(&explanation["score"], basis.computed.score(place, row));
            same(&explanation["rank"], basis.computed.rank(place, row));
            let steps = rows(&explanation["steps"]);
            if let Some(raw) = steps.iter().find(|step| step["kind"] == "RAW") {
                same(&raw["result"], basis.figure(place, row).and_then(|figure| figure.value));
            }
            let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().expect("a kind")).collect();
            let last = if explanation["score"].is_null() { "MISSING" } else { "RANKED" };
            assert_eq!(kinds.last(), Some(&last), "{kinds:?}");
            found.push(explanation);
        }
    }
    found
}

/// Changes rows behind the server.
pub async fn execute(lab: &Lab, sql: &str) {
    let behind = database(lab).await;
    behind.execute_unprepared(sql).await.expect("obeyed");
    told(lab, &behind).await;
}

fn has(found: &[Value], kind: &str) -> usize {
    let steps = found.iter().flat_map(|explanation| rows(&explanation["steps"]));
    steps.filter(|step| step["kind"] == kind).count()
}

both! {
    async fn every_node_is_explained_so_that_it_can_be_reckoned_again(lab) {
        let english = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        for (client, decimal) in [(english.clone(), '.'), (english.speaking("vi"), ',')] {
            let found = explained(&lab, &client, &edition).await;
            found.iter().for_each(|explanation| checked(explanation, decimal));
            assert_eq!(has(&found, "RAW"), 104);
            assert_eq!(has(&found, "AGGREGATED"), 52);
            assert!(has(&found, "MISSING") > 0, "the synthetic edition has missing values");
        }
        let unit = unit(&english, "lang son").await;
        let one = node(&lab, "1.1.1").await.replace("node:", "indicator:");
        let variables = json!({ "unit": unit, "node": one, "edition": edition });
        let found = english.get(EXPLAIN, variables).await;
        assert_eq!(found["explain"]["node"]["code"], "1.1.1");
        assert_eq!(found["explain"]["unit"]["id"], json!(unit));
    }

    async fn a_value_is_divided_by_its_denominator(lab) {
        let english = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        denominate(&lab, &edition, "1.1.2").await;
        let found = explained(&lab, &english, &edition).await;
        found.iter().for_each(|explanation| checked(explanation, '.'));
        assert_eq!(has(&found, "DENOMINATED"), 2);
        let told: String = found.iter().map(|explanation| in_words("", explanation)).collect();
        assert!(told.contains("MISSING The denominator is missing or 0"), "the first unit has none");
        assert!(told.contains(" ÷ 80.30 = "), "{told}");
        assert!(told.contains("DENOMINATED Divided by Population (nghìn người)."), "{told}");
        let vietnamese = explained(&lab, &english.speaking("vi"), &edition).await;
        let told: String = vietnamese.iter().map(|explanation| in_words("", explanation)).collect();
        assert!(told.contains("DENOMINATED Chia cho Dân số (nghìn người)."), "{told}");
    }

    async fn the_published_score_stands_beside_the_computed_one(lab) {
        let english = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let basis = basis(&lab, &edition).await;
        publish(&lab, &basis, &[("PII", 3, 0.0), ("PII", 4, 0.25)]).await;
        let root = basis.tree.nodes[basis.framework.root()].id;
        for (row, off, said) in [(3, 0.0, "The score made here agrees."), (4, -0.25, "0.25 points off.")] {
            let variables = json!({ "unit": format!("unit:{}", basis.units[row].id),
                "node": format!("node:{root}"), "edition": edition });
            let found = english.get(EXPLAIN, variables).await["explain"].clone();
            checked(&found, '.');
            let last = rows(&found["steps"]).last().expect("a step");
            assert_eq!((&last["kind"], found["publishedRank"].as_u64()), (&json!("PUBLISHED"), Some(row as u64 + 1)));
            assert!(near(number(&last["result"]), off), "{last}");
            assert!(last["text"].as_str().is_some_and(|text| text.ends_with(said)), "{last}");
        }
    }

    async fn what_is_said_is_reviewed(lab) {
        let english = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let basis = basis(&lab, &edition).await;
        let lacking = |place: &usize| basis.figure(*place, 11).is_none();
        let lacking = basis.framework.indicators().iter().copied().find(lacking).expect("a missing value");
        let parent = basis.framework.parent(lacking).expect("a group");
        let nodes = ["1.1.1", "PII"].map(|code| basis.framework.node(code).expect("a node"));
        let mut told = String::new();
        for place in [nodes[0], lacking, parent, nodes[1]] {
            let node = &basis.tree.nodes[place];
            let variables = json!({ "unit": format!("unit:{}", basis.units[11].id),
                "node": format!("node:{}", node.id), "edition": edition });
            for client in [english.clone(), english.speaking("vi")] {
                told += &in_words(&node.code, &client.get(EXPLAIN, variables.clone()).await["explain"]);
            }
        }
        reviewed(&told);
    }

    async fn every_method_is_explained(lab) {
        let english = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        execute(&lab, "UPDATE indicator SET goalpost_min = 10, goalpost_max = 90, target = 100, capped = TRUE").await;
        execute(&lab, "UPDATE node SET weight = 2 WHERE code LIKE '%.1'").await;
        execute(&lab, "UPDATE indicator SET direction = 'lower_is_better' WHERE id IN (SELECT id FROM node WHERE code LIKE '1.%')").await;
        let (mut told, mut forms) = (String::new(), HashSet::new());
        for method in [
            "normalisation = 'goalposts', aggregation = 'geometric'",
            "normalisation = 'goalposts', aggregation = 'harmonic'",
            "normalisation = 'distance_to_target', aggregation = 'arithmetic'",
            "normalisation = 'z_score', tie_rule = 'average'",
            "normalisation = 'percentile_rank', aggregation = 'geometric', tie_rule = 'min'",
            "normalisation = 'rank', aggregation = 'harmonic'",
            "normalisation = 'min_max', aggregation = 'arithmetic', imputation = 'group_mean', availability = 1",
            "imputation = 'group_median'",
            "imputation = 'none', treatment = 'winsorise_then_log'",
            "treatment = 'winsorise_then_log', winmax = 1",
        ] {
            if method.contains("treatment") {
                let far = "UPDATE score SET value = 1000 * (1 + value) WHERE unit_id IN (SELECT id FROM unit WHERE code IN ('01', '04'))";
                execute(&lab, far).await;
            }
            execute(&lab, &format!("UPDATE framework SET {method} WHERE version = '2025'")).await;
            let found = explained(&lab, &english, &edition).await;
            found.iter().for_each(|explanation| checked(explanation, '.'));
            let vietnamese = explained(&lab, &english.speaking("vi"), &edition).await;
            vietnamese.iter().for_each(|explanation| checked(explanation, ','));
            for explanation in found.iter().chain(&vietnamese) {
                for step in rows(&explanation["steps"]) {
                    let kind = step["kind"].as_str().expect("a kind");
                    let text = step["text"].as_str().expect("a text");
                    // One sentence of each form is enough to read.
                    let form: String = text.chars().filter(|c| c.is_alphabetic()).collect();
                    if ["IMPUTED", "TREATED", "NORMALISED"].contains(&kind) && forms.insert(form) {
                        let formula = step["formula"].as_str().unwrap_or("no formula");
                        told += &format!("{kind} {text}\n  {formula}\n");
                    }
                }
            }
            let alone = |step: &Value| step["kind"] == "RANKED" && input(step, "sharing") == 1.0;
            let steps = found.iter().flat_map(|explanation| rows(&explanation["steps"]));
            let formulas = steps.filter(|step| alone(step)).all(|step| step["formula"].is_null());
            assert_eq!(formulas, method.contains("average"), "{method}");
            let wanted = if method.contains("treatment") { "TREATED" } else { "NORMALISED" };
            assert!(has(&found, wanted) > 50, "{method}");
            if method.contains("winmax") {
                let texts = found.iter().map(|explanation| in_words("", explanation)).collect::<String>();
                assert!(texts.contains("  ln("), "{texts}");
            }
            if method.contains("group_mean") {
                assert!(has(&found, "IMPUTED") > 0);
            }
        }
        forms_reviewed(&told);
    }
}
