//! Each step on cases worked out by hand.

mod common;

use common::{csv, number};
use index::aggregate::aggregate;
use index::denominate::denominate;
use index::impute::impute;
use index::normalise::normalise;
use index::treat::{kurtosis, skew, treat};
use index::{
    Aggregation, Direction, Error, Framework, Imputation, Indicator, Method, Node, Normalisation, Outliers,
    Rank, Ranker, Ranking, Table, Ties, Treated, canonical_bytes, compute, round,
};

const NO: f64 = f64::NAN;

fn close(got: &[f64], want: &[f64]) {
    let same = |(g, w): (&f64, &f64)| (g.is_nan() && w.is_nan()) || (g - w).abs() < 1e-9;
    assert!(got.len() == want.len() && got.iter().zip(want).all(same), "{got:?} for {want:?}");
}

fn score(x: &[f64], direction: Direction, how: Normalisation) -> Vec<f64> {
    normalise(x, direction, how)
}

#[test]
fn denominating_by_zero_or_missing_is_missing() {
    close(&denominate(&[6.0, 1.0, NO, 4.0], &[2.0, 0.0, 1.0, NO]), &[3.0, NO, NO, NO]);
}

#[test]
fn imputing_takes_the_group_and_leaves_empty_groups() {
    let x = [1.0, 2.0, 9.0, NO, NO];
    close(&impute(&x, &[0, 0, 0, 0, 1], Imputation::GroupMean), &[1.0, 2.0, 9.0, 4.0, NO]);
    close(&impute(&x, &[0, 0, 0, 0, 1], Imputation::GroupMedian), &[1.0, 2.0, 9.0, 2.0, NO]);
    close(&impute(&[1.0, 2.0, NO], &[0, 0, 0], Imputation::GroupMedian), &[1.0, 2.0, 1.5]);
}

#[test]
fn skew_and_kurtosis_are_those_of_a_spreadsheet() {
    // SKEW and KURT of the example in Excel's help: 3, 4, 5, 2, 3, 4, 5, 6, 4, 7.
    let x = [3.0, 4.0, 5.0, 2.0, NO, 3.0, 4.0, 5.0, 6.0, 4.0, 7.0];
    assert!((skew(&x) - 0.359543071).abs() < 1e-9);
    assert!((kurtosis(&x) + 0.151799637).abs() < 1e-9);
    assert!(skew(&[1.0, 2.0]).is_nan() && kurtosis(&[1.0, 2.0, 4.0]).is_nan());
    assert!(skew(&[5.0; 4]).is_nan() && kurtosis(&[5.0; 4]).is_nan());
}

#[test]
fn treating_winsorises_then_takes_logarithms() {
    let mut x: Vec<f64> = (1..=20).map(f64::from).collect();
    assert_eq!(treat(&x, Outliers::default()), (Treated::Untouched, None));
    x.extend([1000.0, 5000.0, 5000.0]);
    let (what, treated) = treat(&x, Outliers::default());
    assert_eq!(what, Treated::Winsorised { low: 0, high: 3 });
    assert_eq!(treated.unwrap()[20..], [20.0, 20.0, 20.0]);
    let mirrored: Vec<f64> = x.iter().map(|x| -x).collect();
    let (what, treated) = treat(&mirrored, Outliers::default());
    assert_eq!(what, Treated::Winsorised { low: 3, high: 0 });
    assert_eq!(treated.unwrap()[20..], [-20.0, -20.0, -20.0]);
    // Two ties count as two points, and are moved together.
    let (what, treated) = treat(&x, Outliers { winmax: 2, ..Outliers::default() });
    assert_eq!(what, Treated::Logged);
    let treated = treated.unwrap();
    assert!((treated[0] - (0.01f64 * 4999.0).ln()).abs() < 1e-12);
    assert!((treated[22] - (4999.0f64 + 49.99).ln()).abs() < 1e-12);
    let strict = Outliers { winmax: 2, log: false, ..Outliers::default() };
    assert_eq!(treat(&x, strict), (Treated::Failed, None));
}

#[test]
fn normalising_by_every_method() {
    use Direction::{HigherIsBetter as Up, LowerIsBetter as Down};
    let x = [2.0, NO, 4.0, 10.0, 4.0];
    let min_max = Normalisation::MinMax { low: 0.0, high: 100.0 };
    close(&score(&x, Up, min_max), &[0.0, NO, 25.0, 100.0, 25.0]);
    close(&score(&x, Down, min_max), &[100.0, NO, 75.0, 0.0, 75.0]);
    close(&score(&x, Up, Normalisation::MinMax { low: 1.0, high: 9.0 }), &[1.0, NO, 3.0, 9.0, 3.0]);

    let posts = |cap, log| Normalisation::Goalposts { min: 2.0, max: 8.0, scale: 100.0, cap, log };
    close(&score(&[2.0, 5.0, 11.0, 0.0, NO], Up, posts(true, false)), &[0.0, 50.0, 100.0, 0.0, NO]);
    close(&score(&[2.0, 5.0, 11.0], Up, posts(false, false)), &[0.0, 50.0, 150.0]);
    close(&score(&[2.0, 5.0, 11.0], Down, posts(true, false)), &[100.0, 50.0, 0.0]);
    close(&score(&[4.0, -1.0], Up, posts(true, true)), &[50.0, 0.0]);
    close(&score(&[4.0, -1.0, 0.0], Up, posts(false, true)), &[50.0, NO, NO]);
    // UNDP, Human Development Report 2021/22, technical note 1: income of 20,000 between 100 and 75,000.
    let income = Normalisation::Goalposts { min: 100.0, max: 75_000.0, scale: 1.0, cap: true, log: true };
    close(&score(&[20_000.0], Up, income), &[(200f64).ln() / (750f64).ln()]);

    let z = Normalisation::ZScore { mean: 0.0, sd: 1.0 };
    close(&score(&[1.0, 2.0, 3.0, NO], Up, z), &[-1.0, 0.0, 1.0, NO]);
    close(&score(&[1.0, 2.0, 3.0], Down, z), &[1.0, 0.0, -1.0]);
    close(&score(&[1.0, 2.0, 3.0], Up, Normalisation::ZScore { mean: 50.0, sd: 10.0 }), &[40.0, 50.0, 60.0]);

    let percentile = Normalisation::PercentileRank { scale: 100.0 };
    close(&score(&[2.0, NO, 4.0, 10.0, 4.0], Up, percentile), &[0.0, NO, 100.0 / 3.0, 100.0, 100.0 / 3.0]);
    close(&score(&x, Up, Normalisation::Rank), &[1.0, NO, 2.0, 4.0, 2.0]);
    close(&score(&x, Down, Normalisation::Rank), &[4.0, NO, 2.0, 1.0, 2.0]);

    let target = |cap| Normalisation::DistanceToTarget { target: 6.0, scale: 100.0, cap };
    close(&score(&x, Up, target(true)), &[0.0, NO, 50.0, 100.0, 50.0]);
    close(&score(&x, Up, target(false)), &[0.0, NO, 50.0, 200.0, 50.0]);
    close(&score(&x, Down, target(true)), &[100.0, NO, 100.0, 0.0, 100.0]);
}

#[test]
fn the_worst_score_is_no_negative_zero() {
    let posts = Normalisation::Goalposts { min: 2.0, max: 8.0, scale: 100.0, cap: true, log: false };
    let target = Normalisation::DistanceToTarget { target: 9.0, scale: 100.0, cap: false };
    for how in [posts, target] {
        let worst = score(&[8.0, 2.0], Direction::LowerIsBetter, how)[0];
        assert_eq!(worst.to_bits(), 0, "{how:?}");
        let mut out = [NO];
        let children = [(1.0, &[worst][..]), (1.0, &[0.0][..])];
        aggregate(Aggregation::Harmonic, children.into_iter(), 0.0, &mut out);
        assert_eq!(out, [0.0]);
    }
}

#[test]
fn a_zero_range_is_missing_never_zero() {
    let ways = [
        Normalisation::MinMax { low: 0.0, high: 100.0 },
        Normalisation::ZScore { mean: 0.0, sd: 1.0 },
        Normalisation::PercentileRank { scale: 100.0 },
        Normalisation::Rank,
        Normalisation::DistanceToTarget { target: 0.1, scale: 100.0, cap: true },
    ];
    for how in ways {
        close(&score(&[0.1, 0.1, NO, 0.1], Direction::HigherIsBetter, how), &[NO; 4]);
        close(&score(&[NO, NO], Direction::LowerIsBetter, how), &[NO; 2]);
    }
}

#[test]
fn means_drop_the_missing_and_keep_the_threshold() {
    let (a, b, c) = ([10.0, NO, NO, 4.0], [40.0, 40.0, NO, 0.0], [90.0, NO, NO, 9.0]);
    let mean = |how, availability| {
        let mut out = [0.0; 4];
        let children = [(1.0, &a[..]), (2.0, &b[..]), (1.0, &c[..])];
        aggregate(how, children.into_iter(), availability, &mut out);
        out
    };
    close(&mean(Aggregation::Arithmetic, 0.0), &[45.0, 40.0, NO, 3.25]);
    close(&mean(Aggregation::Arithmetic, 0.5), &[45.0, NO, NO, 3.25]);
    close(&mean(Aggregation::Geometric, 0.0), &[(10f64 * 1600.0 * 90.0).powf(0.25), 40.0, NO, 0.0]);
    close(&mean(Aggregation::Harmonic, 0.0), &[4.0 / (0.1 + 0.05 + 1.0 / 90.0), 40.0, NO, 0.0]);
    // Children without weight are no children.
    let mut out = [0.0; 4];
    aggregate(Aggregation::Arithmetic, [(0.0, &b[..]), (1.0, &a[..])].into_iter(), 1.0, &mut out);
    close(&out, &a);
}

#[test]
fn rounding_is_decimal() {
    let cases = [
        (2.675, 2, 2.68),
        (1.005, 2, 1.01),
        (-2.675, 2, -2.68),
        (0.285, 2, 0.29),
        (1.45, 1, 1.5),
        (0.5, 0, 1.0),
        (2.5, 0, 3.0),
        (-0.5, 0, -1.0),
        (99.995, 2, 100.0),
        (58.8961, 2, 58.9),
        (1e300, 2, 1e300),
        (123456789012.345, 2, 123456789012.35),
        (4.35, 15, 4.35),
        (2.6749999999999994, 2, 2.67),
        (0.000_000_5, 6, 0.000_001),
    ];
    for (x, decimals, want) in cases {
        assert_eq!(round(x, decimals), want, "{x} at {decimals}");
    }
    assert!(round(NO, 2).is_nan());
}

#[test]
fn ties_share_by_rule() {
    let scores = [3.004, NO, 5.0, 3.0, 1.0, 3.0049];
    let by = |decimals, ties| {
        let mut ranks = [Rank::default(); 6];
        Ranker::default().rank(&scores, Ranking { decimals, ties }, &mut ranks);
        ranks.map(|rank| rank.value().unwrap_or(0.0))
    };
    assert_eq!(by(Some(2), Ties::Min), [2.0, 0.0, 1.0, 2.0, 5.0, 2.0]);
    assert_eq!(by(Some(2), Ties::Max), [4.0, 0.0, 1.0, 4.0, 5.0, 4.0]);
    assert_eq!(by(Some(2), Ties::Average), [3.0, 0.0, 1.0, 3.0, 5.0, 3.0]);
    assert_eq!(by(Some(2), Ties::Dense), [2.0, 0.0, 1.0, 2.0, 3.0, 2.0]);
    assert_eq!(by(None, Ties::Min), [3.0, 0.0, 1.0, 4.0, 5.0, 2.0]);
    assert_eq!(by(Some(15), Ties::Min), [3.0, 0.0, 1.0, 4.0, 5.0, 2.0]);
}

#[test]
fn ranks_round_as_printed() {
    // 2.675 and 1.005 are printed 2.68 and 1.01, whatever their binary neighbours.
    let ranks = |scores: &[f64]| {
        let mut ranks = vec![Rank::default(); scores.len()];
        Ranker::default().rank(scores, Ranking::default(), &mut ranks);
        ranks.into_iter().map(|rank| rank.value().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(
        ranks(&[2.675, 2.68, 2.6749, 1.005, 1.01, -2.675, -2.68]),
        [1.0, 1.0, 3.0, 4.0, 4.0, 6.0, 6.0]
    );
    assert_eq!(ranks(&[2.6e7 + 0.005, 2.6e7 + 0.01]), [1.0, 1.0]);
}

#[test]
fn the_ways_of_ranking_agree() {
    // Few units sort, many count, wide scores compare: the same order, the same ranks.
    let mut dice = common::Dice(5);
    for (units, width, decimals) in [(50, 100.0, 2), (40_000, 100.0, 2), (500, 1e12, 2), (40_000, 7.0, 3)] {
        let scores: Vec<f64> = (0..units).map(|_| (dice.roll() - 0.5) * width).collect();
        for ties in [Ties::Min, Ties::Max, Ties::Average, Ties::Dense] {
            let mut ranks = vec![Rank::default(); units];
            Ranker::default().rank(&scores, Ranking { decimals: Some(decimals), ties }, &mut ranks);
            let rounded: Vec<f64> = scores.iter().map(|&x| round(x, decimals)).collect();
            let mut plain = vec![Rank::default(); units];
            Ranker::default().rank(&rounded, Ranking { decimals: None, ties }, &mut plain);
            assert!(ranks == plain, "{units} {width} {ties:?}");
        }
    }
}

#[test]
fn khanh_hoa_2025() {
    let (_, rows) = csv(include_str!("fixtures/profile-khanh-hoa-2025.csv"));
    let cell = |code: &str, at: usize| number(&rows.iter().find(|row| row[0] == code).unwrap()[at]);
    let codes = ["1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2", "1.2.3", "1.2.4", "2.1.1", "2.1.2", "2.1.3"];
    let mut nodes = vec![Node::aggregate("top", None)];
    nodes.extend(["1.1", "1.2", "2.1"].map(|code| Node::aggregate(code, Some("top"))));
    nodes.extend(codes.map(|code| Node::indicator(code, &code[..3], Direction::HigherIsBetter)));
    let framework = Framework::new(nodes, Method::default()).unwrap();
    let rows = [2, 3, 4].map(|at| codes.map(|code| cell(code, at)).to_vec());
    let units = ["56", "least", "most"].map(Into::into).to_vec();
    let table = Table::from_rows(units, codes.map(Into::into).to_vec(), &rows).unwrap();
    let edition = compute(&framework, &table).unwrap();
    let group = |code: &str| edition.score(framework.node(code).unwrap(), 0).unwrap();
    assert_eq!(round(group("1.1"), 2), 58.9);
    for code in ["1.2", "2.1"] {
        // Values and ends were published at two decimals: so far can their score be off.
        let inside = codes.iter().filter(|indicator| indicator.starts_with(code));
        let off = |i: &&str| 100.0 * 0.01 / (cell(i, 4).unwrap() - cell(i, 3).unwrap());
        let slack = inside.clone().map(off).sum::<f64>() / inside.count() as f64;
        let published = cell(code, 2).unwrap();
        assert!((group(code) - published).abs() < slack, "{code}: {} for {published}", group(code));
    }

    let posts = Normalisation::Goalposts { min: 0.0, max: 100.0, scale: 100.0, cap: true, log: false };
    let groups = ["1.1", "1.2", "2.1", "2.2"];
    let mut nodes = vec![Node::aggregate("top", None)];
    nodes.extend(["1", "2"].map(|code| Node::aggregate(code, Some("top"))));
    nodes.extend(groups.map(|code| Node::indicator(code, &code[..1], Direction::HigherIsBetter)));
    let method = Method { normalisation: posts, ..Method::default() };
    let framework = Framework::new(nodes, method).unwrap();
    let row = groups.map(|code| cell(code, 2)).to_vec();
    let table = Table::from_rows(vec!["56".into()], groups.map(Into::into).to_vec(), &[row]).unwrap();
    let edition = compute(&framework, &table).unwrap();
    for pillar in ["1", "2"] {
        let score = edition.score(framework.node(pillar).unwrap(), 0).unwrap();
        assert_eq!(round(score, 2), cell(pillar, 2).unwrap(), "{pillar}");
    }
}

#[test]
fn published_sub_indices_average_to_the_index() {
    let posts = Normalisation::Goalposts { min: 0.0, max: 100.0, scale: 100.0, cap: true, log: false };
    let mut nodes = vec![Node::aggregate("PII", None)];
    nodes.extend(["IN", "OUT"].map(|code| Node::indicator(code, "PII", Direction::HigherIsBetter)));
    let method = Method { normalisation: posts, ..Method::default() };
    let framework = Framework::new(nodes, method).unwrap();
    let units = ["Huế", "Bắc Ninh"].map(Into::into).to_vec();
    let codes = ["IN", "OUT"].map(Into::into).to_vec();
    let rows = [vec![Some(51.50), Some(47.23)], vec![Some(53.06), Some(44.47)]];
    let edition = compute(&framework, &Table::from_rows(units, codes, &rows).unwrap()).unwrap();
    for (unit, published) in [(0, 49.37), (1, 48.76)] {
        let index = edition.score(framework.root(), unit).unwrap();
        assert!((index - published).abs() < 0.01 + 1e-9, "{index} for {published}");
    }
}

#[test]
fn bad_trees_are_refused() {
    let up = Direction::HigherIsBetter;
    let tree = |nodes: Vec<Node>| Framework::new(nodes, Method::default()).map(|_| ()).unwrap_err();
    let root = || Node::aggregate("r", None);
    let leaf = |code: &str| Node::indicator(code, "r", up);
    let code = || "a".to_string();
    assert_eq!(tree(vec![root(), leaf("a"), leaf("a")]), Error::DuplicateCode { code: code() });
    let lost = vec![root(), leaf("b"), Node::indicator("a", "x", up)];
    assert_eq!(tree(lost), Error::UnknownParent { code: code(), parent: "x".into() });
    assert_eq!(tree(vec![]), Error::Roots { found: 0 });
    assert_eq!(
        tree(vec![root(), leaf("a"), Node::aggregate("s", None), Node::indicator("b", "s", up)]),
        Error::Roots { found: 2 }
    );
    let round = vec![root(), leaf("x"), Node::aggregate("a", Some("b")), Node::aggregate("b", Some("a"))];
    assert_eq!(tree(round), Error::Cycle { code: code() });
    assert_eq!(tree(vec![root(), leaf("x"), Node::aggregate("a", Some("r"))]), Error::Leaf { code: code() });
    assert_eq!(tree(vec![root(), leaf("a"), Node::indicator("b", "a", up)]), Error::Leaf { code: code() });
    let weighing = |weight| vec![root(), Node { weight, ..leaf("a") }];
    assert_eq!(tree(weighing(-1.0)), Error::Weight { code: code(), weight: -1.0 });
    assert!(matches!(tree(weighing(f64::NAN)), Error::Weight { .. }));
    assert_eq!(tree(weighing(0.0)), Error::Weightless { code: "r".into() });
    let posts = Normalisation::Goalposts { min: 1.0, max: 1.0, scale: 1.0, cap: true, log: false };
    let odd = Indicator { normalisation: Some(posts), ..Indicator::default() };
    let odd = vec![root(), Node { indicator: Some(odd), ..leaf("a") }];
    assert_eq!(tree(odd), Error::Setting { setting: "normalisation", code: Some(code()) });
    let method = Method { availability: 1.5, ..Method::default() };
    let refused = Framework::new(vec![root(), leaf("a")], method).unwrap_err();
    assert_eq!(refused, Error::Setting { setting: "availability", code: None });
}

#[test]
fn bad_tables_are_refused() {
    let units = || vec!["u".to_string(), "v".to_string()];
    let codes = || vec!["a".to_string(), "b".to_string()];
    let table = |rows: &[Vec<Option<f64>>]| Table::from_rows(units(), codes(), rows);
    let row = |x: f64| vec![Some(x), Some(1.0)];
    assert_eq!(
        table(&[row(1.0), vec![None]]).unwrap_err(),
        Error::Ragged { at: "v".into(), expected: 2, found: 1 }
    );
    assert!(matches!(table(&[row(1.0)]), Err(Error::Ragged { .. })));
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = table(&[row(1.0), row(wrong)]).unwrap_err();
        assert_eq!(refused, Error::NotFinite { code: "a".into(), unit: "v".into() });
        assert!(refused.to_string().contains("a") && refused.to_string().contains("v"));
    }
    let twice = Table::from_rows(vec!["u".into(), "u".into()], codes(), &[row(1.0), row(2.0)]);
    assert_eq!(twice.unwrap_err(), Error::DuplicateUnit { unit: "u".into() });
    let twice = Table::from_rows(units(), vec!["a".into(), "a".into()], &[row(1.0), row(2.0)]);
    assert_eq!(twice.unwrap_err(), Error::DuplicateCode { code: "a".into() });

    let up = Direction::HigherIsBetter;
    let nodes = |leaf: &str| vec![Node::aggregate("r", None), Node::indicator(leaf, "r", up)];
    let fine = table(&[row(1.0), row(2.0)]).unwrap();
    let framework = Framework::new(nodes("a"), Method::default()).unwrap();
    assert_eq!(compute(&framework, &fine).unwrap_err(), Error::UnknownCode { code: "b".into() });
    let framework = Framework::new(nodes("c"), Method::default()).unwrap();
    assert_eq!(compute(&framework, &fine).unwrap_err(), Error::MissingColumn { code: "c".into() });

    let one = |x| Table::from_columns(units(), vec!["a".into()], vec![vec![Some(1.0), x]]).unwrap();
    let method = Method { imputation: Imputation::GroupMean, ..Method::default() };
    let framework = Framework::new(nodes("a"), method).unwrap();
    assert_eq!(compute(&framework, &one(None)).unwrap_err(), Error::NoGroups);
    assert!(compute(&framework, &one(Some(2.0))).is_ok());
    let normalisation = Normalisation::ZScore { mean: 0.0, sd: 1.0 };
    let method = Method { normalisation, aggregation: Aggregation::Geometric, ..Method::default() };
    let framework = Framework::new(nodes("a"), method).unwrap();
    let refused = compute(&framework, &one(Some(2.0))).unwrap_err();
    assert_eq!(refused, Error::NegativeScore { code: "r".into(), unit: "u".into() });
}

#[test]
fn the_method_survives_json_and_every_setting_reaches_the_bytes() {
    let (framework, table) = common::asem();
    let json = serde_json::to_string(&(framework.nodes(), framework.method())).unwrap();
    let (nodes, method): (Vec<Node>, Method) = serde_json::from_str(&json).unwrap();
    let again = Framework::new(nodes, method).unwrap();
    let bytes = canonical_bytes(&framework, &table);
    assert!(bytes == canonical_bytes(&again, &table));

    let changes: [fn(&mut Vec<Node>, &mut Method); 10] = [
        |nodes, _| nodes[3].weight = 2.0,
        |nodes, _| nodes[3].aggregation = Some(Aggregation::Arithmetic),
        |nodes, _| nodes[3].indicator.as_mut().unwrap().direction = Direction::LowerIsBetter,
        |nodes, _| nodes[1].indicator.as_mut().unwrap().denominator = None,
        |nodes, _| nodes.swap(0, 1),
        |_, method| method.imputation = Imputation::GroupMedian,
        |_, method| method.availability = 0.5,
        |_, method| method.ranking.ties = Ties::Dense,
        |_, method| method.ranking.decimals = None,
        |_, method| method.normalisation = Normalisation::MinMax { low: 1.0, high: 100.0 },
    ];
    for (i, change) in changes.into_iter().enumerate() {
        assert!(bytes != canonical_bytes(&framework.with(change).unwrap(), &table), "change {i}");
    }
    let mut other = table.clone();
    other.set("AUT", "LPI", None).unwrap();
    assert!(bytes != canonical_bytes(&framework, &other));
}
