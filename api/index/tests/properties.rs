//! What must hold for any data.

mod common;

use index::what_if::{Change, what_if};
use index::{
    Aggregation, Direction, Edition, Framework, Imputation, Method, Normalisation, Outliers, Rank, Ranker,
    Ranking, Table, Ties, Treatment, canonical_bytes, compute, round,
};
use proptest::prelude::*;

const LEAVES: usize = 18;

fn method() -> impl Strategy<Value = Method> {
    let normalisation = prop_oneof![
        Just(Normalisation::MinMax { low: 0.0, high: 100.0 }),
        Just(Normalisation::ZScore { mean: 1000.0, sd: 1.0 }),
        Just(Normalisation::PercentileRank { scale: 100.0 }),
        Just(Normalisation::Rank),
        Just(Normalisation::DistanceToTarget { target: 2000.0, scale: 100.0, cap: true }),
        Just(Normalisation::Goalposts { min: 1.0, max: 900.0, scale: 100.0, cap: true, log: true }),
    ];
    let aggregation =
        prop_oneof![Just(Aggregation::Arithmetic), Just(Aggregation::Geometric), Just(Aggregation::Harmonic)];
    let treatment = prop_oneof![Just(Treatment::None), Just(Treatment::Outliers(Outliers::default()))];
    let imputation =
        prop_oneof![Just(Imputation::None), Just(Imputation::GroupMean), Just(Imputation::GroupMedian)];
    let ties = prop_oneof![Just(Ties::Min), Just(Ties::Max), Just(Ties::Average), Just(Ties::Dense)];
    (normalisation, aggregation, treatment, imputation, ties, 0.0..=1.0).prop_map(
        |(normalisation, aggregation, treatment, imputation, ties, availability)| {
            // Upward goals and fixed ends do not turn with the direction of a synthetic column.
            let ranking = Ranking { decimals: Some(6), ties };
            Method { imputation, treatment, normalisation, aggregation, availability, ranking }
        },
    )
}

type Rows = Vec<Vec<Option<f64>>>;

fn rows() -> impl Strategy<Value = Rows> {
    let cell = prop_oneof![
        1 => Just(None),
        6 => (1.0..1000.0f64).prop_map(Some),
        2 => (1..5i32).prop_map(|x| Some(f64::from(x))),
    ];
    prop::collection::vec(prop::collection::vec(cell, LEAVES), 1..14)
}

fn framework(method: Method) -> Framework {
    let plain = common::pii(LEAVES, method);
    plain
        .with(|nodes, _| {
            for node in nodes.iter_mut().filter(|node| node.indicator.is_some()) {
                node.indicator.as_mut().unwrap().direction = Direction::HigherIsBetter;
            }
        })
        .unwrap()
}

fn table(rows: &Rows) -> Table {
    let units = (0..rows.len()).map(|u| format!("u{u}")).collect();
    let codes = (0..LEAVES).map(|i| format!("i{i}")).collect();
    let groups: Vec<String> = (0..rows.len()).map(|u| format!("g{}", u % 2)).collect();
    Table::from_rows(units, codes, rows).unwrap().with_groups(&groups).unwrap()
}

fn bits(framework: &Framework, edition: &Edition) -> Vec<(Vec<u64>, Vec<Rank>)> {
    let node = |n| (edition.scores(n).iter().map(|x| x.to_bits()).collect(), edition.ranks(n).to_vec());
    (0..framework.nodes().len()).map(node).collect()
}

fn alike(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
        (a, b) => a.is_none() && b.is_none(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_inputs_give_the_same_bits(method in method(), rows in rows()) {
        let framework = framework(method);
        let (a, b) = (table(&rows), table(&rows));
        let (first, second) = (compute(&framework, &a), compute(&framework, &b));
        if let (Ok(first), Ok(second)) = (first, second) {
            prop_assert!(bits(&framework, &first) == bits(&framework, &second));
        }
        prop_assert!(canonical_bytes(&framework, &a) == canonical_bytes(&framework, &b));
    }

    #[test]
    fn a_what_if_without_change_is_the_base(method in method(), rows in rows(), at in 0..LEAVES) {
        let (framework, table) = (framework(method), table(&rows));
        if let Ok(base) = compute(&framework, &table) {
            let (unit, code) = ("u0".to_string(), format!("i{at}"));
            let weight = Change::Weight { code: code.clone(), weight: 1.0 };
            let raw = Change::Raw { unit: unit.clone(), code, value: rows[0][at] };
            let laid = |node| {
                let score = base.score(node, 0);
                Change::Score { unit: unit.clone(), code: framework.code(node).into(), score }
            };
            let scores: Vec<Change> = (0..framework.nodes().len()).map(laid).collect();
            for same in [&[][..], &[raw], &[weight], &scores] {
                let after = what_if(&framework, &base, same).unwrap();
                prop_assert!(bits(&framework, &base) == bits(&framework, &after.edition));
            }
        }
    }

    #[test]
    fn a_what_if_is_a_new_computation(
        method in method(), rows in rows(), at in 0..LEAVES, value in prop::option::of(1.0..2000.0f64),
    ) {
        let (framework, table) = (framework(method), table(&rows));
        if let Ok(base) = compute(&framework, &table) {
            let mut changed = table.clone();
            changed.set("u0", &format!("i{at}"), value).unwrap();
            let change = Change::Raw { unit: "u0".into(), code: format!("i{at}"), value };
            match (what_if(&framework, &base, &[change]), compute(&framework, &changed)) {
                (Ok(a), Ok(b)) => prop_assert!(bits(&framework, &a.edition) == bits(&framework, &b)),
                (a, b) => prop_assert!(a.is_err() && b.is_err()),
            }
        }
    }

    #[test]
    fn scaling_all_weights_changes_nothing(method in method(), rows in rows(), by in 0.01..100.0f64) {
        let (framework, table) = (framework(method), table(&rows));
        let scaled = framework.with(|nodes, _| nodes.iter_mut().for_each(|n| n.weight *= by)).unwrap();
        if let (Ok(a), Ok(b)) = (compute(&framework, &table), compute(&scaled, &table)) {
            for node in 0..framework.nodes().len() {
                for unit in 0..rows.len() {
                    prop_assert!(alike(a.score(node, unit), b.score(node, unit)));
                }
            }
        }
        // A power of two is scaled by without rounding.
        let doubled = framework.with(|nodes, _| nodes.iter_mut().for_each(|n| n.weight *= 8.0)).unwrap();
        if let (Ok(a), Ok(b)) = (compute(&framework, &table), compute(&doubled, &table)) {
            prop_assert!(bits(&framework, &a) == bits(&framework, &b));
        }
    }

    #[test]
    fn the_order_of_units_changes_nothing(method in method(), rows in rows(), turn in 0..14usize) {
        let framework = framework(method);
        let n = rows.len();
        let order: Vec<usize> = (0..n).map(|u| (u + turn) % n).rev().collect();
        let plain = table(&rows);
        let moved = Table::from_rows(
            order.iter().map(|u| format!("u{u}")).collect(),
            plain.codes().to_vec(),
            &order.iter().map(|&u| rows[u].clone()).collect::<Rows>(),
        ).unwrap();
        let groups: Vec<String> = order.iter().map(|u| format!("g{}", u % 2)).collect();
        let moved = moved.with_groups(&groups).unwrap();
        if let (Ok(a), Ok(b)) = (compute(&framework, &plain), compute(&framework, &moved)) {
            let exact = matches!(framework.method().normalisation, Normalisation::MinMax { .. })
                && framework.method().imputation != Imputation::GroupMean
                && framework.method().treatment == Treatment::None;
            for node in 0..framework.nodes().len() {
                for (row, &unit) in order.iter().enumerate() {
                    prop_assert!(alike(a.score(node, unit), b.score(node, row)));
                    prop_assert!(!exact || a.score(node, unit) == b.score(node, row));
                    prop_assert!(!exact || a.rank(node, unit) == b.rank(node, row));
                }
            }
        }
    }

    #[test]
    fn reversing_the_direction_mirrors(rows in rows()) {
        let posts = |cap, log| Normalisation::Goalposts { min: 1.0, max: 900.0, scale: 100.0, cap, log };
        let mirrors = [
            (Normalisation::MinMax { low: 0.0, high: 100.0 }, 100.0),
            (Normalisation::MinMax { low: 1.0, high: 10.0 }, 11.0),
            (Normalisation::ZScore { mean: 50.0, sd: 10.0 }, 100.0),
            (posts(true, false), 100.0),
            (posts(false, false), 100.0),
            (posts(true, true), 100.0),
        ];
        let table = table(&rows);
        for (normalisation, both) in mirrors {
            let ranking = Ranking { decimals: None, ties: Ties::Min };
            let up = framework(Method { normalisation, ranking, ..Method::default() });
            let down = up.with(|nodes, _| {
                for node in nodes.iter_mut().filter(|node| node.indicator.is_some()) {
                    node.indicator.as_mut().unwrap().direction = Direction::LowerIsBetter;
                }
            }).unwrap();
            let (a, b) = (compute(&up, &table).unwrap(), compute(&down, &table).unwrap());
            for node in 0..up.nodes().len() {
                for unit in 0..rows.len() {
                    let mirrored = b.score(node, unit).map(|score| both - score);
                    prop_assert!(alike(a.score(node, unit), mirrored), "{normalisation:?}");
                }
            }
            // The first among the indicator's units is the last when less is better.
            for &leaf in up.indicators().iter().filter(|_| matches!(normalisation, Normalisation::MinMax { .. })) {
                let scored = a.scores(leaf).iter().filter(|score| !score.is_nan()).count();
                for unit in 0..rows.len() {
                    let tied = b.ranks(leaf).iter().filter(|rank| **rank == b.ranks(leaf)[unit]).count();
                    let mirrored = b.rank(leaf, unit).map(|rank| (scored + 2 - tied) as f64 - rank);
                    prop_assert_eq!(a.rank(leaf, unit), mirrored);
                }
            }
        }
    }

    #[test]
    fn missing_is_never_zero(rows in rows(), at in 0..LEAVES) {
        // A missing value leaves the unit without a score there; a zero gives the worst one.
        let framework = framework(Method::default());
        let with = |value| {
            let mut rows = rows.clone();
            rows[0][at] = value;
            compute(&framework, &table(&rows)).unwrap()
        };
        let (missing, zero) = (with(None), with(Some(0.0)));
        let leaf = framework.node(&format!("i{at}")).unwrap();
        prop_assert_eq!(missing.score(leaf, 0), None);
        prop_assert_eq!(missing.rank(leaf, 0), None);
        let others = rows[1..].iter().any(|row| row[at].is_some());
        prop_assert_eq!(zero.score(leaf, 0), others.then_some(0.0));
        // A missing child counts as one that is not in the framework.
        let group = framework.parent(leaf).unwrap();
        let rest = missing.score(group, 0);
        let siblings = framework.children(group).iter().filter(|&&sibling| sibling != leaf);
        let there: Vec<f64> = siblings.filter_map(|&sibling| missing.score(sibling, 0)).collect();
        let mean = there.iter().sum::<f64>() / there.len() as f64;
        prop_assert!(alike(rest, (!there.is_empty()).then_some(mean)));
        // With the same scores elsewhere, the parent must differ unless it is 0 anyway.
        if others && rest.is_some_and(|rest| rest > 0.0) {
            prop_assert!(zero.score(group, 0).unwrap() < rest.unwrap());
        }
    }

    #[test]
    fn min_max_stays_within_its_ends(rows in rows()) {
        let framework = framework(Method::default());
        let edition = compute(&framework, &table(&rows)).unwrap();
        for node in 0..framework.nodes().len() {
            for unit in 0..rows.len() {
                prop_assert!(edition.score(node, unit).is_none_or(|x| (0.0..=100.0 + 1e-9).contains(&x)));
            }
        }
        for &leaf in framework.indicators() {
            let scores = edition.scores(leaf);
            prop_assert!(scores.iter().all(|x| x.is_nan()) || scores.contains(&0.0) && scores.contains(&100.0));
        }
    }

    #[test]
    fn raising_a_value_never_lowers_the_unit(rows in rows(), at in 0..LEAVES, by in 0.0..500.0f64) {
        prop_assume!(rows[0][at].is_some());
        let (framework, table) = (framework(Method::default()), table(&rows));
        let base = compute(&framework, &table).unwrap();
        let leaf = framework.node(&format!("i{at}")).unwrap();
        prop_assume!(base.score(leaf, 0).is_some());
        let raised = Change::Raw { unit: "u0".into(), code: format!("i{at}"), value: rows[0][at].map(|x| x + by) };
        let after = what_if(&framework, &base, &[raised]).unwrap().edition;
        prop_assume!(after.score(leaf, 0).is_some());
        let root = framework.root();
        prop_assert!(after.score(root, 0).unwrap() >= base.score(root, 0).unwrap() - 1e-9);
    }

    #[test]
    fn ranks_count_those_above(
        scores in prop::collection::vec(prop::option::of(-50.0..50.0f64), 0..60), decimals in 0..4u8,
    ) {
        let coded: Vec<f64> = scores.iter().map(|s| s.unwrap_or(f64::NAN)).collect();
        let mut ranks = vec![Rank::default(); coded.len()];
        let ranking = Ranking { decimals: Some(decimals), ties: Ties::Min };
        Ranker::default().rank(&coded, ranking, &mut ranks);
        for (own, rank) in coded.iter().zip(&ranks) {
            let above = coded.iter().filter(|x| round(**x, decimals) > round(*own, decimals)).count();
            let expected = (!own.is_nan()).then_some(above as f64 + 1.0);
            prop_assert_eq!(rank.value(), expected);
        }
    }

    #[test]
    fn rounding_agrees_with_the_printed_decimal(cents in -9_999_999i64..9_999_999, tail in 0..1000u32) {
        // A number written with five decimals is rounded by its digits.
        let text = format!("{}{}.{:02}{tail:03}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
        let up = i64::from(tail >= 500);
        let want = (cents.abs() + up) as f64 / 100.0 * if cents < 0 { -1.0 } else { 1.0 };
        prop_assert_eq!(round(text.parse().unwrap(), 2), want, "{}", text);
    }
}
