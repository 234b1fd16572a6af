//! Analysis, what-if, uncertainty and years, on cases worked out by hand.

mod common;

use std::sync::atomic::{AtomicU64, Ordering};

use common::{Dice, pii, synthetic};
use index::analysis::{
    Correlation, ProfileRule, contributions, correlation, correlations, cronbach_alpha, drop_one,
    effective_weights, gaps, strengths_and_weaknesses,
};
use index::over_time::{Change as OverTime, over_time};
use index::uncertainty::{MonteCarlo, Uncertainty};
use index::what_if::{Change, deltas, what_if};
use index::{
    Aggregation, Direction, Edition, Error, Framework, Method, Node, Normalisation, Outliers, Table,
    Treatment, compute,
};

const UP: Direction = Direction::HigherIsBetter;

fn names(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| code.to_string()).collect()
}

/// r = (3·g + h)/4, g = (a + b)/2, h = c; scores of w, x, y, z equal the raw values.
fn small() -> (Framework, Table) {
    let nodes = vec![
        Node::aggregate("r", None),
        Node { weight: 3.0, ..Node::aggregate("g", Some("r")) },
        Node::aggregate("h", Some("r")),
        Node::indicator("a", "g", UP),
        Node::indicator("b", "g", UP),
        Node::indicator("c", "h", UP),
    ];
    let rows = [
        vec![Some(0.0), Some(100.0), Some(100.0)],
        vec![Some(100.0), Some(0.0), Some(0.0)],
        vec![Some(60.0), None, Some(80.0)],
        vec![Some(10.0), Some(30.0), None],
    ];
    let table = Table::from_rows(names(&["w", "x", "y", "z"]), names(&["a", "b", "c"]), &rows).unwrap();
    (Framework::new(nodes, Method::default()).unwrap(), table)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

fn same_bits(framework: &Framework, a: &Edition, b: &Edition) -> bool {
    (0..framework.nodes().len()).all(|node| {
        let bits = |e: &Edition| e.scores(node).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        bits(a) == bits(b) && a.ranks(node) == b.ranks(node)
    })
}

#[test]
fn levels_count_from_the_indicators() {
    let framework = pii(52, Method::default());
    let level = |code: &str| framework.level(framework.node(code).unwrap());
    assert_eq!(["i0", "g0", "p0", "IN", "PII"].map(level), [1, 2, 3, 4, 5]);
    assert_eq!(framework.indicators().len(), 52);
}

#[test]
fn contributions_add_up() {
    let (framework, table) = small();
    let edition = compute(&framework, &table).unwrap();
    let weights = effective_weights(&framework);
    assert!(weights.iter().zip([1.0, 0.75, 0.25, 0.375, 0.375, 0.25]).all(|(a, b)| near(*a, b)));
    // y lacks b: a has all of g's weight.
    let of_y = contributions(&framework, &edition, 2).unwrap();
    let want = [(0, 1.0, 65.0), (1, 0.75, 45.0), (2, 0.25, 20.0), (3, 0.75, 45.0), (5, 0.25, 20.0)];
    assert_eq!(of_y.len(), want.len());
    for (got, (node, weight, points)) in of_y.iter().zip(want) {
        assert!(got.node == node && near(got.weight, weight) && near(got.points, points), "{got:?}");
    }
    // z lacks c, and with it h.
    let of_z = contributions(&framework, &edition, 3).unwrap();
    let leaves: f64 = of_z.iter().filter(|c| framework.column(c.node).is_some()).map(|c| c.points).sum();
    assert!(near(leaves, 20.0) && near(edition.score(0, 3).unwrap(), 20.0));

    let geometric = framework.with(|nodes, _| nodes[1].aggregation = Some(Aggregation::Geometric)).unwrap();
    let edition = compute(&geometric, &table).unwrap();
    let refused = contributions(&geometric, &edition, 0).unwrap_err();
    assert_eq!(refused, Error::NotAdditive { code: "g".into() });
}

#[test]
fn strengths_leave_out_where_the_unit_is_last() {
    let (framework, table) = small();
    let edition = compute(&framework, &table).unwrap();
    let rule = ProfileRule { strengths: 2, weaknesses: 2, discard_last: true };
    let codes = |unit, rule| {
        let profile = strengths_and_weaknesses(&framework, &edition, unit, rule);
        [profile.strengths, profile.weaknesses]
            .map(|marks| marks.iter().map(|m| (framework.code(m.node), m.rank)).collect::<Vec<_>>())
    };
    // w: a is last (4th), b first, c first.
    assert_eq!(codes(0, rule), [vec![("b", 1.0), ("c", 1.0)], vec![("c", 1.0), ("b", 1.0)]]);
    let all = ProfileRule { strengths: 1, weaknesses: 1, discard_last: false };
    assert_eq!(codes(0, all), [vec![("b", 1.0)], vec![("a", 4.0)]]);
    // y has no b.
    assert_eq!(codes(2, rule), [vec![("a", 2.0), ("c", 2.0)], vec![("c", 2.0), ("a", 2.0)]]);
}

#[test]
fn gaps_to_mean_best_and_next_above() {
    let (framework, table) = small();
    let edition = compute(&framework, &table).unwrap();
    // Index: w 62.5, x 37.5, y 65, z 20.
    let gap = gaps(&framework, &edition, 1)[0];
    assert!(gap.node == 0 && near(gap.mean, 46.25) && near(gap.to_mean, 8.75));
    assert!(gap.best == 2 && near(gap.to_best, 27.5));
    assert!(gap.above.is_some_and(|(unit, way)| unit == 0 && near(way, 25.0)));
    assert_eq!(gaps(&framework, &edition, 2)[0].above, None);
    assert_eq!(gaps(&framework, &edition, 2).len(), 5);
}

#[test]
fn correlations_and_alpha() {
    let none = f64::NAN;
    let (x, y) = ([1.0, 2.0, 3.0, none, 4.0], [2.0, 4.0, 5.0, 9.0, 4.0]);
    // Means 2.5 and 3.75; Σdxdy = 3.5, Σdx² = 5, Σdy² = 4.75.
    assert!(near(correlation(&x, &y, Correlation::Pearson).unwrap(), 3.5 / (5.0f64 * 4.75).sqrt()));
    // Ranks 1 2 3 4 and 1 2.5 4 2.5: Σdxdy = 3, Σdx² = 5, Σdy² = 4.5.
    assert!(near(correlation(&x, &y, Correlation::Spearman).unwrap(), 3.0 / (5.0f64 * 4.5).sqrt()));
    assert_eq!(correlation(&x, &[7.0; 5], Correlation::Pearson), None);
    assert_eq!(correlation(&x[..2], &y[..2], Correlation::Pearson), None);
    // Variances 1 and 1 (of 1 2 3 and 3 2 4), covariance 0.5: 4·0.5/3.
    assert!(near(cronbach_alpha(&[&[1.0, 2.0, 3.0], &[3.0, 2.0, 4.0]]).unwrap(), 2.0 / 3.0));
    assert!(near(cronbach_alpha(&[&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]]).unwrap(), 1.0));
    assert_eq!(cronbach_alpha(&[&[1.0, 2.0, 3.0]]), None);

    let (framework, table) = small();
    let edition = compute(&framework, &table).unwrap();
    let matrix = correlations(&edition, &[3, 4], &[3, 5], Correlation::Pearson);
    assert!(near(matrix[0][0].unwrap(), 1.0));
    assert_eq!(matrix[0][1], correlation(edition.scores(3), edition.scores(5), Correlation::Pearson));
    assert_eq!(matrix[1][1], None, "only two units have both b and c");
}

#[test]
fn dropping_a_node_ranks_without_it() {
    let (framework, table) = small();
    let edition = compute(&framework, &table).unwrap();
    let dropped = drop_one(&framework, &edition, &|| false).unwrap();
    let without = |code: &str| dropped.iter().find(|d| framework.code(d.node) == code).unwrap();
    // Without a: g = b. w = 100, x = 0, y = h alone = 80, z = 30. Before: 2, 3, 1, 4.
    let scores: Vec<f64> = without("a").scores.iter().map(|s| s.unwrap()).collect();
    assert!(scores.iter().zip([100.0, 0.0, 80.0, 30.0]).all(|(a, b)| near(*a, b)), "{scores:?}");
    assert_eq!(without("a").ranks, [Some(1.0), Some(4.0), Some(2.0), Some(3.0)]);
    assert!(near(without("a").mean_shift, 1.0) && near(without("a").max_shift, 1.0));
    // c is all of h: dropping either is the same.
    assert_eq!(without("c").scores, without("h").scores);
    assert_eq!(without("h").scores[0], Some(50.0));
    assert_eq!(drop_one(&framework, &edition, &|| true).unwrap_err(), Error::Cancelled);
}

#[test]
fn what_if_without_change_is_the_base() {
    let (framework, table) = common::asem();
    let base = compute(&framework, &table).unwrap();
    let after = what_if(&framework, &base, &[]).unwrap();
    assert!(same_bits(&framework, &base, &after.edition));
    let value = table.value("VNM", "Goods").unwrap();
    let same = Change::Raw { unit: "VNM".into(), code: "Goods".into(), value };
    assert!(same_bits(&framework, &base, &what_if(&framework, &base, &[same]).unwrap().edition));
    let weight = Change::Weight { code: "Conn".into(), weight: 1.0 };
    assert!(same_bits(&framework, &base, &what_if(&framework, &base, &[weight]).unwrap().edition));
}

#[test]
fn what_if_moves_the_ends_and_the_others() {
    let (framework, table) = small();
    let base = compute(&framework, &table).unwrap();
    let raw = |value| Change::Raw { unit: "x".into(), code: "a".into(), value };
    let after = what_if(&framework, &base, &[raw(Some(200.0))]).unwrap();
    assert_eq!(after.edition.score(3, 2), Some(30.0), "y's a was 60 of 100, now 60 of 200");
    let delta = deltas(&base, &after.edition, 2)[0];
    assert!(near(delta.points().unwrap(), -22.5) && delta.places() == Some(-1.0));

    let missing = what_if(&framework, &base, &[raw(None)]).unwrap();
    assert_eq!(missing.edition.score(3, 1), None);
    assert_eq!(missing.edition.score(1, 1), Some(0.0));
    let score = |score| Change::Score { unit: "z".into(), code: "h".into(), score };
    let laid = what_if(&framework, &base, &[score(Some(100.0)), raw(Some(100.0))]).unwrap();
    assert_eq!(laid.edition.score(0, 3), Some(40.0));
    assert_eq!(laid.edition.score(0, 1), base.score(0, 1));
    let weight = Change::Weight { code: "g".into(), weight: 0.0 };
    let weighed = what_if(&framework, &base, &[weight]).unwrap();
    assert_eq!(weighed.edition.score(0, 0), Some(100.0));
    assert_eq!(weighed.edition.score(0, 3), None);

    let refused = |change| what_if(&framework, &base, &[change]).map(|_| ()).unwrap_err();
    assert_eq!(refused(raw(Some(f64::NAN))), Error::NotFinite { code: "a".into(), unit: "x".into() });
    assert!(matches!(refused(score(Some(f64::INFINITY))), Error::NotFinite { .. }));
    let unknown = Change::Raw { unit: "q".into(), code: "a".into(), value: None };
    assert_eq!(refused(unknown), Error::UnknownUnit { unit: "q".into() });
    assert!(matches!(refused(Change::Weight { code: "q".into(), weight: 1.0 }), Error::UnknownCode { .. }));
}

#[test]
fn what_if_equals_computing_from_scratch() {
    let (framework, table) = common::asem();
    let base = compute(&framework, &table).unwrap();
    let mut dice = Dice(11);
    for _ in 0..60 {
        let mut changed = table.clone();
        let mut changes = Vec::new();
        for _ in 0..1 + (dice.roll() * 3.0) as usize {
            let unit = &table.units()[(dice.roll() * 51.0) as usize];
            let code = &table.codes()[(dice.roll() * table.codes().len() as f64) as usize];
            let value = (dice.roll() < 0.8).then(|| dice.roll() * 50.0);
            changed.set(unit, code, value).unwrap();
            changes.push(Change::Raw { unit: unit.clone(), code: code.clone(), value });
        }
        let after = what_if(&framework, &base, &changes).unwrap();
        assert!(same_bits(&framework, &after.edition, &compute(&framework, &changed).unwrap()));
    }
}

fn uncertain() -> (Framework, Table, Uncertainty) {
    let min_max = Normalisation::MinMax { low: 1.0, high: 100.0 };
    let spec = Uncertainty {
        seed: 42,
        jitter: 0.25,
        normalisations: vec![min_max, Normalisation::PercentileRank { scale: 100.0 }],
        aggregations: vec![Aggregation::Arithmetic, Aggregation::Geometric],
        treatments: vec![Treatment::None, Treatment::Outliers(Outliers::default())],
    };
    (pii(52, Method::default()), synthetic(34, 52, 0.05, 7), spec)
}

#[test]
fn draws_do_not_depend_on_threads_or_ranges() {
    let (framework, table, spec) = uncertain();
    let run = MonteCarlo::new(&framework, &table, framework.root(), spec.clone()).unwrap();
    let never = || false;
    let one = run.run(0..500, 1, &never).unwrap();
    for threads in [2, 3, 7] {
        assert!(one == run.run(0..500, threads, &never).unwrap());
    }
    let mut parts = run.run(0..123, 2, &never).unwrap();
    parts.merge(&run.run(123..500, 1, &never).unwrap());
    assert!(one == parts);
    let other = Uncertainty { seed: 43, ..spec };
    let other = MonteCarlo::new(&framework, &table, framework.root(), other).unwrap();
    assert!(one != other.run(0..500, 1, &never).unwrap());

    let asked = AtomicU64::new(0);
    let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 10;
    assert_eq!(run.run(0..1_000_000, 2, &stop).unwrap_err(), Error::Cancelled);
}

#[test]
fn without_anything_uncertain_the_band_is_the_rank() {
    let (framework, table, _) = uncertain();
    let edition = compute(&framework, &table).unwrap();
    for node in ["PII", "p3", "i7"].map(|code| framework.node(code).unwrap()) {
        let run = MonteCarlo::new(&framework, &table, node, Uncertainty::default()).unwrap();
        let tally = run.run(0..20, 2, &|| false).unwrap();
        for unit in 0..table.len() {
            let band = tally.band(unit);
            assert_eq!(band.map(|b| b.median), edition.rank(node, unit));
            assert!(band.is_none_or(|b| b.low == b.median && b.high == b.median && b.draws == 20));
        }
    }
}

#[test]
fn jitter_spreads_ranks_as_reckoned() {
    // Index of u: (w·100 + v·0)/(w + v), of v the mirror: u is first when w > v, half the time;
    // m has 50 whatever the weights and is always second.
    let nodes =
        vec![Node::aggregate("r", None), Node::indicator("a", "r", UP), Node::indicator("b", "r", UP)];
    let framework = Framework::new(nodes, Method::default()).unwrap();
    let rows = [[100.0, 0.0], [0.0, 100.0], [50.0, 50.0]].map(|row| row.map(Some).to_vec());
    let table = Table::from_rows(names(&["u", "v", "m"]), names(&["a", "b"]), &rows).unwrap();
    let spec = Uncertainty { seed: 1, jitter: 0.2, ..Uncertainty::default() };
    let run = MonteCarlo::new(&framework, &table, 0, spec).unwrap();
    let tally = run.run(0..10_000, 2, &|| false).unwrap();
    let band = |unit| tally.band(unit).map(|b| (b.low, b.high)).unwrap();
    assert_eq!((band(0), band(1)), ((1.0, 3.0), (1.0, 3.0)));
    assert_eq!(band(2), (2.0, 2.0));
    let first = tally.at_least(0, 1.0) as f64 / 10_000.0;
    assert!((first - 0.5).abs() < 0.02, "{first}");

    // With b at weight 1.1, u is first when 0.2·x > 0.1 + 0.22·y, x and y even on −1 to 1: 0.2909.
    let uneven = framework.with(|nodes, _| nodes[2].weight = 1.1).unwrap();
    let spec = Uncertainty { seed: 1, jitter: 0.2, ..Uncertainty::default() };
    let run = MonteCarlo::new(&uneven, &table, 0, spec).unwrap();
    let first = run.run(0..10_000, 2, &|| false).unwrap().at_least(0, 1.0) as f64 / 10_000.0;
    assert!((first - 0.2909).abs() < 0.015, "{first}");

    let wild = Uncertainty { jitter: 1.5, ..Uncertainty::default() };
    assert!(matches!(MonteCarlo::new(&framework, &table, 0, wild), Err(Error::Setting { .. })));
    let impossible = Uncertainty {
        normalisations: vec![Normalisation::ZScore { mean: 0.0, sd: 1.0 }],
        aggregations: vec![Aggregation::Arithmetic, Aggregation::Geometric],
        ..Uncertainty::default()
    };
    assert!(matches!(MonteCarlo::new(&framework, &table, 0, impossible), Err(Error::NegativeScore { .. })));
}

#[test]
fn a_year_splits_into_own_others_and_method() {
    let posts = Normalisation::Goalposts { min: 0.0, max: 100.0, scale: 100.0, cap: true, log: false };
    let nodes =
        vec![Node::aggregate("r", None), Node::indicator("a", "r", UP), Node::indicator("b", "r", UP)];
    let old = Framework::new(nodes, Method { normalisation: posts, ..Method::default() }).unwrap();
    let new = old.with(|nodes, _| nodes[1].weight = 3.0).unwrap();
    let table = |rows: [[f64; 2]; 3]| {
        let rows = rows.map(|row| row.map(Some).to_vec());
        Table::from_rows(names(&["u", "v", "w"]), names(&["a", "b"]), &rows).unwrap()
    };
    let before = table([[10.0, 50.0], [40.0, 40.0], [5.0, 5.0]]);
    let after = table([[60.0, 50.0], [80.0, 80.0], [5.0, 5.0]]);
    // u: 30 by the old weights, 20 by the new on old values, 57.5 on new ones.
    let OverTime::Split { score, rank } = over_time((&old, &before), (&new, &after), "u").unwrap() else {
        panic!("the old year has all columns");
    };
    assert!(near(score.total, 27.5) && near(score.method, -10.0) && near(score.own, 37.5));
    assert!(near(score.others, 0.0), "goalposts: nobody else moves u's score");
    // Rank 2 throughout; own change alone makes it 1st, the others' takes that away again.
    assert!(near(rank.total, 0.0) && near(rank.method, 0.0));
    assert!(near(rank.own, -0.5) && near(rank.others, 0.5), "{rank:?}");

    let (wider, _) = small();
    let rows = vec![vec![Some(1.0), Some(2.0), Some(3.0)], vec![Some(2.0), Some(1.0), Some(1.0)]];
    let wide = Table::from_rows(names(&["u", "v"]), names(&["a", "b", "c"]), &rows).unwrap();
    match over_time((&old, &before), (&wider, &wide), "u").unwrap() {
        OverTime::Whole { missing, .. } => assert_eq!(missing, ["c"]),
        split => panic!("{split:?}"),
    }
}

#[test]
fn parts_of_a_year_add_up() {
    let framework = pii(20, Method::default());
    let new = framework.with(|nodes, _| nodes[4].weight = 2.0).unwrap();
    let (before, after) = (synthetic(30, 20, 0.03, 1), synthetic(34, 20, 0.03, 2));
    for unit in ["u0", "u7", "u29"] {
        match over_time((&framework, &before), (&new, &after), unit).unwrap() {
            OverTime::Split { score, rank } => {
                for s in [score, rank] {
                    assert!(near(s.total, s.method + s.own + s.others), "{s:?}");
                }
            }
            whole => panic!("{whole:?}"),
        }
    }
    let newcomer = over_time((&framework, &before), (&new, &after), "u33");
    assert_eq!(newcomer.unwrap_err(), Error::UnknownUnit { unit: "u33".into() });
}
