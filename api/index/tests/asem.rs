//! COINr's own example, stage by stage.

mod common;

use common::{asem, asem_stage, csv};
use index::{Edition, Framework, Stage, Treated, compute};

fn same(stage: &Stage, framework: &Framework, edition: &Edition, oracle: &str) {
    let oracle = asem_stage(oracle).0;
    let mut compared = 0;
    for (column, &node) in framework.indicators().iter().enumerate() {
        for (row, unit) in edition.table().units().iter().enumerate() {
            let code = framework.code(node);
            let expected = oracle[&(unit.clone(), code.to_string())];
            match (stage.value(column, row), expected) {
                (None, None) => {}
                (Some(got), Some(want)) => {
                    let close = (got - want).abs() <= 1e-7 * want.abs().max(1e-300) || got == want;
                    assert!(close, "{code} {unit}: {got} for {want}");
                }
                (got, want) => panic!("{code} {unit}: {got:?} for {want:?}"),
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 51 * 49);
}

fn computed() -> (Framework, Edition) {
    let (framework, table) = asem();
    let edition = compute(&framework, &table).unwrap();
    (framework, edition)
}

#[test]
fn denominated() {
    let (f, e) = computed();
    same(&e.denominated, &f, &e, include_str!("fixtures/ASEM_COIN_Denominated.csv"));
}

#[test]
fn imputed() {
    let (f, e) = computed();
    same(&e.imputed, &f, &e, include_str!("fixtures/ASEM_COIN_Imputed.csv"));
}

#[test]
fn treated() {
    let (f, e) = computed();
    same(&e.treated, &f, &e, include_str!("fixtures/ASEM_COIN_Treated.csv"));
    let (_, summary) = csv(include_str!("fixtures/ASEM_COIN_TreatSummary.csv"));
    for row in summary {
        let column = f.column(f.node(&row[0]).unwrap()).unwrap();
        let (low, high) = (row[1].parse::<f64>().unwrap(), row[2].parse::<f64>().unwrap());
        let found = match e.treatments[column] {
            Treated::Winsorised { low, high } => (low as f64, high as f64),
            _ => (0.0, 0.0),
        };
        assert_eq!(found, (low, high), "{}", row[0]);
    }
}

#[test]
fn normalised() {
    let (f, e) = computed();
    same(&e.normalised, &f, &e, include_str!("fixtures/ASEM_COIN_Normalised.csv"));
}

#[test]
fn aggregated() {
    let (f, e) = computed();
    let oracle = asem_stage(include_str!("fixtures/ASEM_COIN_Aggregated.csv")).0;
    for &node in f.aggregates() {
        for (row, unit) in e.table().units().iter().enumerate() {
            let want = oracle[&(unit.clone(), f.code(node).to_string())].unwrap();
            let got = e.score(node, row).unwrap();
            assert!((got - want).abs() < 1e-6, "{} {unit}: {got} for {want}", f.code(node));
        }
    }
}

#[test]
fn ranks() {
    let (f, e) = computed();
    let (head, rows) = csv(include_str!("fixtures/ASEM_COIN_AggregatesRank.csv"));
    let mut right = 0;
    for row in rows {
        let unit = e.table().unit(&row[0]).unwrap();
        for (code, cell) in head.iter().zip(&row).skip(2) {
            let rank = e.rank(f.node(code).unwrap(), unit);
            right += usize::from(rank == Some(cell.parse().unwrap()));
        }
    }
    assert_eq!(right, 561);
}
