//! Speed of the engine. Times mean little on a shared machine: README.md keeps ratios of one run.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use index::goal::{Goal, Wanted, marginal_gains, reach};
use index::uncertainty::{MonteCarlo, Uncertainty};
use index::what_if::{Change, what_if};
use index::{Aggregation, Framework, Method, Normalisation, Outliers, Table, Treatment, compute};

#[path = "../tests/common/mod.rs"]
mod common;

use common::{pii, synthetic};

fn problem(units: usize) -> (Framework, Table) {
    (pii(52, Method::default()), synthetic(units, 52, 0.02, 1))
}

fn pipeline(c: &mut Criterion) {
    let mut group = c.benchmark_group("pipeline");
    for units in [63, 10_000, 1_000_000] {
        let (framework, table) = problem(units);
        group.sample_size(if units > 100_000 { 10 } else { 40 });
        group.measurement_time(Duration::from_secs(if units > 100_000 { 20 } else { 5 }));
        group.bench_function(format!("{units}x52"), |b| {
            b.iter_with_large_drop(|| compute(&framework, black_box(&table)).unwrap())
        });
    }
}

fn monte_carlo(c: &mut Criterion) {
    let (framework, table) = problem(63);
    let weights = Uncertainty { seed: 1, jitter: 0.25, ..Uncertainty::default() };
    let all = Uncertainty {
        normalisations: vec![
            Normalisation::MinMax { low: 1.0, high: 100.0 },
            Normalisation::PercentileRank { scale: 100.0 },
        ],
        aggregations: vec![Aggregation::Arithmetic, Aggregation::Geometric],
        treatments: vec![Treatment::None, Treatment::Outliers(Outliers::default())],
        ..weights.clone()
    };
    let mut group = c.benchmark_group("monte_carlo_10000_63x52");
    group.sample_size(10);
    for (name, spec) in [("weights", weights), ("weights_and_methods", all)] {
        for threads in [1, 2] {
            group.bench_function(format!("{name}_{threads}_threads"), |b| {
                b.iter(|| {
                    let run = MonteCarlo::new(&framework, &table, framework.root(), spec.clone()).unwrap();
                    run.run(0..10_000, threads, &|| false).unwrap()
                })
            });
        }
    }
}

fn simulation(c: &mut Criterion) {
    let (framework, table) = problem(34);
    let base = compute(&framework, &table).unwrap();
    let raw = |code: &str, value| Change::Raw { unit: "u20".into(), code: code.into(), value: Some(value) };
    let one = [raw("i3", 99.0)];
    let ten: Vec<Change> = (0..10).map(|i| raw(&format!("i{}", i * 5), 1.0 + i as f64)).collect();
    let weight = [Change::Weight { code: "p3".into(), weight: 2.0 }];
    for (name, changes) in [("one_value", &one[..]), ("ten_values", &ten[..]), ("one_weight", &weight[..])] {
        c.bench_function(&format!("what_if_34x52/{name}"), |b| {
            b.iter_batched(
                || (),
                |()| what_if(&framework, &base, black_box(changes)).unwrap(),
                BatchSize::SmallInput,
            )
        });
    }
}

fn goal_search(c: &mut Criterion) {
    let (framework, mut table) = problem(34);
    let root = framework.root();
    let base = compute(&framework, &table).unwrap();
    let unit = (0..34).find(|&u| base.rank(root, u) == Some(29.0)).unwrap();
    let name = format!("u{unit}");
    c.bench_function("goal_34x52/rank_29_to_25", |b| {
        let goal = Goal::new(&name, Wanted::Rank(25));
        b.iter(|| reach(&framework, &base, root, black_box(&goal), &|| false).unwrap())
    });
    c.bench_function("goal_34x52/marginal_gains", |b| {
        b.iter(|| marginal_gains(&framework, &base, root, &name, &|| false).unwrap())
    });
    // The unit alone at the minimum of five indicators: raising them moves the other 33.
    for i in [0, 7, 16, 24, 33] {
        table.set(&name, &format!("i{i}"), Some(0.01)).unwrap();
    }
    let base = compute(&framework, &table).unwrap();
    let rank = base.rank(root, unit).unwrap() as u32;
    c.bench_function("goal_34x52/from_the_minimum", |b| {
        let goal = Goal::new(&name, Wanted::Rank(rank - 4));
        b.iter(|| reach(&framework, &base, root, black_box(&goal), &|| false).unwrap())
    });
    let geometric = framework
        .with(|_, method| {
            method.normalisation = Normalisation::MinMax { low: 1.0, high: 100.0 };
            method.aggregation = Aggregation::Geometric;
        })
        .unwrap();
    let base = compute(&geometric, &table).unwrap();
    let rank = base.rank(root, unit).unwrap() as u32;
    c.bench_function("goal_34x52/geometric", |b| {
        let goal = Goal::new(&name, Wanted::Rank(rank - 4));
        b.iter(|| reach(&geometric, &base, root, black_box(&goal), &|| false).unwrap())
    });
}

criterion_group!(benches, simulation, goal_search, monte_carlo, pipeline);
criterion_main!(benches);
