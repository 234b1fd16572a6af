//! Fixtures for the tests: a small CSV reader, the ASEM framework and table, random problems.
#![allow(dead_code)]

use std::collections::HashMap;

use index::{Direction, Framework, Imputation, Indicator, Method, Node, Outliers, Table, Treatment};

pub fn csv(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut lines = text.lines().map(fields);
    let head = lines.next().unwrap();
    (head, lines.collect())
}

fn fields(line: &str) -> Vec<String> {
    let (mut all, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    all.push(field);
    all
}

pub fn number(text: &str) -> Option<f64> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

/// A COINr data set: (unit, code) → value.
pub struct Stage(pub HashMap<(String, String), Option<f64>>);

pub fn asem_stage(text: &str) -> Stage {
    let (head, rows) = csv(text);
    let mut cells = HashMap::new();
    for row in rows {
        let named = head.iter().zip(&row).filter(|(h, _)| *h != "UnitName" && !h.starts_with("Group"));
        for (code, cell) in named.skip(1) {
            cells.insert((row[0].clone(), code.clone()), number(cell));
        }
    }
    Stage(cells)
}

pub fn asem() -> (Framework, Table) {
    let (head, rows) = csv(include_str!("../fixtures/ASEM_iMeta.csv"));
    let at = |name: &str| head.iter().position(|h| h == name).unwrap();
    let some = |s: &String| (!s.is_empty()).then(|| s.clone());
    let mut nodes = Vec::new();
    let mut wanted = Vec::new();
    for row in &rows {
        let kind = row[at("Type")].as_str();
        if kind != "Group" && kind != "Aggregate" {
            wanted.push(row[at("iCode")].clone());
        }
        if kind != "Indicator" && kind != "Aggregate" {
            continue;
        }
        let direction =
            if row[at("Direction")] == "1.0" { Direction::HigherIsBetter } else { Direction::LowerIsBetter };
        let denominator = some(&row[at("Denominator")]);
        nodes.push(Node {
            code: row[at("iCode")].clone(),
            parent: some(&row[at("Parent")]),
            weight: number(&row[at("Weight")]).unwrap(),
            aggregation: None,
            indicator: (kind == "Indicator").then(|| Indicator {
                direction,
                denominator,
                ..Indicator::default()
            }),
        });
    }
    let method = Method {
        imputation: Imputation::GroupMean,
        treatment: Treatment::Outliers(Outliers { winmax: 5, ..Outliers::default() }),
        ..Method::default()
    };
    let framework = Framework::new(nodes, method).unwrap();

    let (head, rows) = csv(include_str!("../fixtures/ASEM_iData.csv"));
    let at = |name: &str| head.iter().position(|h| h == name).unwrap();
    let units = rows.iter().map(|row| row[at("uCode")].clone()).collect();
    let columns = wanted.iter().map(|code| rows.iter().map(|row| number(&row[at(code)])).collect()).collect();
    let groups: Vec<String> = rows.iter().map(|row| row[at("EurAsia_group")].clone()).collect();
    let table = Table::from_columns(units, wanted, columns).unwrap().with_groups(&groups).unwrap();
    (framework, table)
}

/// A small deterministic generator, so that the tests need none of the engine's.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58476d1ce4e5b9);
        ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// PII's shape: index, 2 sub-indices, 7 pillars, 16 groups, `indicators` spread over the groups.
pub fn pii(indicators: usize, method: Method) -> Framework {
    let mut nodes = vec![Node::aggregate("PII", None)];
    nodes.extend(["IN", "OUT"].map(|code| Node::aggregate(code, Some("PII"))));
    for pillar in 0..7 {
        let parent = if pillar < 5 { "IN" } else { "OUT" };
        nodes.push(Node::aggregate(&format!("p{pillar}"), Some(parent)));
    }
    for group in 0..16 {
        nodes.push(Node::aggregate(&format!("g{group}"), Some(&format!("p{}", group * 7 / 16))));
    }
    for i in 0..indicators {
        let direction = if i % 9 == 4 { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
        nodes.push(Node::indicator(&format!("i{i}"), &format!("g{}", i % 16), direction));
    }
    Framework::new(nodes, method).unwrap()
}

/// Random values, a share of them missing.
pub fn synthetic(units: usize, indicators: usize, missing: f64, seed: u64) -> Table {
    let mut dice = Dice(seed);
    let names = (0..units).map(|u| format!("u{u}")).collect();
    let codes = (0..indicators).map(|i| format!("i{i}")).collect();
    let mut cell = |scale: f64| (dice.roll() >= missing).then(|| scale * (0.5 + dice.roll()));
    let columns =
        (0..indicators).map(|i| (0..units).map(|_| cell(10f64.powi(i as i32 % 5 - 1))).collect()).collect();
    Table::from_columns(names, codes, columns).unwrap()
}
