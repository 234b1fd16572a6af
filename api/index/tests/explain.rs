//! Every step of an explanation made again from the numbers in it.

mod common;

use common::{asem, csv, number, pii, synthetic};
use index::explain::{Explanation, Formula, Missing, Step, explain};
use index::what_if::{Change, what_if};
use index::{
    Aggregation, Direction, Edition, Error, Framework, Imputation, Indicator, Method, Node, Normalisation,
    Outliers, Ranking, Table, Ties, Treated, Treatment, compute, round,
};

fn bits(x: Option<f64>) -> Option<u64> {
    // + 0.0: a fraction of two negative numbers may be a negative zero, which no score is.
    x.map(|x| (x + 0.0).to_bits())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11 * b.abs().max(1.0)
}

/// Goes through the steps with pen and paper, comparing each with the edition's stage.
fn by_hand(framework: &Framework, edition: &Edition, node: usize, unit: usize) -> Explanation {
    let explanation = explain(framework, edition, node, unit).unwrap();
    let column = framework.column(node);
    let stage = |stage: &index::Stage| stage.value(column.unwrap(), unit);
    let mut value = None;
    for step in &explanation.steps {
        match *step {
            Step::Raw { value: raw } => {
                assert_eq!(bits(raw), bits(stage(&edition.raw)));
                value = raw;
            }
            Step::Denominated { value: raw, by, result } => {
                assert_eq!(bits(raw), bits(value));
                let quotient = raw.zip(by).map(|(raw, by)| raw / by).filter(|x| x.is_finite());
                assert_eq!(bits(result), bits(quotient));
                value = result;
            }
            Step::Imputed { method, members, result } => {
                assert!(value.is_none() && method == framework.imputation(column.unwrap()));
                assert_eq!(members > 0, result.is_some());
                value = result;
            }
            Step::Treated { what, before, after, min, max, .. } => {
                assert_eq!(bits(before), bits(value));
                assert_eq!(what, edition.treatments[column.unwrap()]);
                if what == Treated::Logged {
                    let (min, max) = (min.unwrap(), max.unwrap());
                    let log = before.map(|x| (x - min + 0.01 * (max - min)).ln());
                    assert_eq!(bits(after), bits(log));
                } else {
                    assert_eq!((min, max), (None, None));
                }
                value = after;
            }
            Step::Normalised { value: x, sign, formula, result } => {
                assert_eq!(bits(x), bits(value));
                assert_eq!(sign, framework.indicator(column.unwrap()).direction.sign());
                // Ranks alone do not show that all values are equal.
                if explanation.missing != Some(Missing::Range) {
                    assert_eq!(bits(result), bits(normalised(x, sign, formula)), "{formula:?} of {x:?}");
                }
                assert_eq!(bits(result), bits(stage(&edition.normalised)));
                value = result;
            }
            Step::Aggregated { .. } => value = aggregated(edition, unit, step),
            Step::Laid { score } => value = score,
            Step::Ranked { .. } => ranked(framework, edition, node, unit, step),
        }
    }
    assert_eq!(bits(value), bits(edition.score(node, unit)));
    assert_eq!(bits(explanation.score), bits(value));
    assert_eq!(explanation.missing.is_some(), value.is_none());
    assert!(matches!(explanation.steps.last(), Some(Step::Ranked { .. })));
    explanation
}

fn normalised(x: Option<f64>, sign: f64, formula: Formula) -> Option<f64> {
    let x = x?;
    let score = match formula {
        Formula::MinMax { low, high, worst, best } => {
            let (worst, best) = (worst?, best?);
            (x - worst) / (best - worst) * (high - low) + low
        }
        Formula::Goalposts { min, max, scale, cap, capped, log, at, worst, best } => {
            let cut = if cap { x.clamp(min, max) } else { x };
            assert_eq!(capped, cut != x);
            let f = |x: f64| if log { x.ln() } else { x };
            assert_eq!((worst, best), if sign > 0.0 { (f(min), f(max)) } else { (f(max), f(min)) });
            assert_eq!(at, Some(f(cut)).filter(|at| at.is_finite()));
            (at? - worst) / (best - worst) * scale
        }
        Formula::ZScore { mean, sd, centre, deviation } => (x - centre?) * sign / deviation? * sd + mean,
        Formula::PercentileRank { scale, rank, units } => (rank? as f64 - 1.0) / (units as f64 - 1.0) * scale,
        Formula::Rank { rank, units } => rank.filter(|&rank| rank <= units)? as f64,
        Formula::DistanceToTarget { target, scale, cap, capped, worst } => {
            let fraction = (x - worst?) / (target - worst?);
            assert_eq!(capped, cap && fraction > 1.0);
            if capped { scale } else { fraction * scale }
        }
    };
    score.is_finite().then_some(score)
}

fn aggregated(edition: &Edition, unit: usize, step: &Step) -> Option<f64> {
    let Step::Aggregated { aggregation, children, weighted, availability, needed, present, result } = step
    else {
        unreachable!()
    };
    for child in children {
        assert_eq!(bits(child.score), bits(edition.score(child.node, unit)));
    }
    let there: Vec<_> = children.iter().filter(|c| c.weight > 0.0 && c.score.is_some()).collect();
    assert_eq!(there.len(), *present);
    assert_eq!(children.iter().filter(|c| c.weight > 0.0).count(), *weighted);
    let enough = *present > 0 && *present as f64 >= availability * *weighted as f64;
    assert_eq!((enough, enough), (present >= needed, result.is_some()), "{step:?}");
    let total: f64 = there.iter().map(|c| c.weight).sum();
    for child in children {
        let there = child.weight > 0.0 && child.score.is_some();
        assert_eq!(child.share, if there { child.weight / total } else { 0.0 });
        let points = child.score.map(|score| child.share * score);
        assert_eq!(child.points, points.filter(|_| *aggregation == Aggregation::Arithmetic));
    }
    let sum = |f: fn(f64) -> f64| there.iter().map(|c| c.share * f(c.score.unwrap())).sum::<f64>();
    let mean = match aggregation {
        Aggregation::Arithmetic => children.iter().filter_map(|c| c.points).sum(),
        Aggregation::Geometric => sum(f64::ln).exp(),
        Aggregation::Harmonic => sum(f64::recip).recip(),
    };
    assert!(result.is_none_or(|score| near(mean, score)), "{mean} for {result:?}");
    *result
}

fn ranked(framework: &Framework, edition: &Edition, node: usize, unit: usize, step: &Step) {
    let Step::Ranked { decimals, ties, units, place } = *step else { unreachable!() };
    assert_eq!(framework.method().ranking, Ranking { decimals, ties });
    let scores = edition.scores(node).iter().filter(|score| !score.is_nan());
    let printed: Vec<f64> = scores.map(|&x| decimals.map_or(x, |decimals| round(x, decimals))).collect();
    assert_eq!(units, printed.len());
    assert_eq!(place.map(|place| place.rank), edition.rank(node, unit));
    let Some(place) = place else { return };
    let own = edition.score(node, unit).unwrap();
    assert_eq!(place.printed, decimals.map_or(own, |decimals| round(own, decimals)));
    assert_eq!(place.above, printed.iter().filter(|&&other| other > place.printed).count());
    assert_eq!(place.sharing, printed.iter().filter(|&&other| other == place.printed).count());
    let rank = match ties {
        Ties::Min => place.above as f64 + 1.0,
        Ties::Max => (place.above + place.sharing) as f64,
        Ties::Average => place.above as f64 + (place.sharing as f64 + 1.0) / 2.0,
        Ties::Dense => place.scores_above as f64 + 1.0,
    };
    assert_eq!(place.rank, rank);
}

fn all_by_hand(framework: &Framework, edition: &Edition) -> Vec<Explanation> {
    let units = 0..edition.table().len();
    let nodes = 0..framework.nodes().len();
    nodes.flat_map(|node| units.clone().map(move |unit| by_hand(framework, edition, node, unit))).collect()
}

#[test]
fn asem_step_by_step() {
    let (framework, table) = asem();
    let edition = compute(&framework, &table).unwrap();
    let all = all_by_hand(&framework, &edition);
    assert_eq!(all.len(), 51 * 60);
    let count = |is: fn(&Step) -> bool| all.iter().flat_map(|e| &e.steps).filter(|step| is(step)).count();
    let denominated = framework.indicators().iter().enumerate();
    let denominated = denominated.filter(|(column, _)| framework.indicator(*column).denominator.is_some());
    assert_eq!(count(|step| matches!(step, Step::Denominated { .. })), 51 * denominated.count());
    let treated = edition.treatments.iter().filter(|what| **what != Treated::Untouched).count();
    assert!(treated > 3);
    assert_eq!(count(|step| matches!(step, Step::Treated { .. })), 51 * treated);
    let moved = |step: &Step| matches!(step, Step::Treated { before, after, .. } if before != after);
    assert!(all.iter().flat_map(|e| &e.steps).any(moved));
    assert!(count(|step| matches!(step, Step::Imputed { .. })) > 20);

    for explanation in all {
        let Some(column) = framework.column(explanation.node) else { continue };
        for step in explanation.steps {
            match step {
                Step::Imputed { members, result, .. } => {
                    imputed(&framework, &edition, column, members, result)
                }
                Step::Treated { what: Treated::Winsorised { low, high }, before, after, .. } => {
                    let column = |stage: &index::Stage| stage.column(column).to_vec();
                    let (old, new) = (column(&edition.imputed), column(&edition.treated));
                    assert_eq!(old.iter().zip(&new).filter(|(old, new)| old != new).count(), low + high);
                    let (least, most) = new
                        .iter()
                        .fold((f64::MAX, f64::MIN), |(least, most), &x| (least.min(x), most.max(x)));
                    assert_eq!(after, before.map(|x| x.clamp(least, most)));
                }
                _ => {}
            }
        }
    }
}

/// Some group of ASEM's two has so many members, and their mean is the result.
fn imputed(framework: &Framework, edition: &Edition, column: usize, members: usize, result: Option<f64>) {
    let (head, rows) = csv(include_str!("fixtures/ASEM_iData.csv"));
    let group = head.iter().position(|name| name == "EurAsia_group").unwrap();
    let fits = ["Asia", "Europe"].iter().any(|name| {
        let values = edition.denominated.column(column).iter().zip(&rows);
        let values = values.filter(|(x, row)| row[group] == *name && !x.is_nan()).map(|(x, _)| *x);
        let mean = values.clone().sum::<f64>() / values.clone().count() as f64;
        values.count() == members && near(result.unwrap() / mean, 1.0)
    });
    assert!(fits, "{} {members} {result:?}", framework.code(framework.indicators()[column]));
}

#[test]
fn every_method_step_by_step() {
    let table = synthetic(25, 20, 0.1, 11);
    let table = table.with_groups(&(0..25).map(|u| format!("g{}", u % 3)).collect::<Vec<_>>()).unwrap();
    let posts = |cap, log| Normalisation::Goalposts { min: 0.08, max: 60.0, scale: 100.0, cap, log };
    let target = |cap| Normalisation::DistanceToTarget { target: 7.0, scale: 100.0, cap };
    let normalisations = [
        Normalisation::MinMax { low: 0.0, high: 100.0 },
        Normalisation::MinMax { low: 1.0, high: 9.0 },
        posts(true, false),
        posts(false, false),
        posts(true, true),
        posts(false, true),
        Normalisation::ZScore { mean: 50.0, sd: 10.0 },
        Normalisation::PercentileRank { scale: 100.0 },
        Normalisation::Rank,
        target(true),
        target(false),
    ];
    let aggregations = [Aggregation::Arithmetic, Aggregation::Geometric, Aggregation::Harmonic];
    let ties = [Ties::Min, Ties::Max, Ties::Average, Ties::Dense];
    let imputations = [Imputation::None, Imputation::GroupMean, Imputation::GroupMedian];
    let strict = Outliers { skew: 0.3, kurtosis: -3.0, winmax: 1, log: true };
    let treatments = [Treatment::None, Treatment::Outliers(strict)];
    let (mut met, mut refused) = (0, 0);
    for (i, &normalisation) in normalisations.iter().enumerate() {
        for (k, &aggregation) in aggregations.iter().enumerate() {
            let method = Method {
                imputation: imputations[(i + k) % 3],
                treatment: treatments[(i / 2 + k) % 2],
                normalisation,
                aggregation,
                availability: [0.0, 0.6, 1.0][(i + 2 * k) % 3],
                ranking: Ranking { decimals: [Some(2), Some(0), None][(i + k) % 3], ties: ties[(i + k) % 4] },
            };
            let weigh = |(at, node): (usize, &mut Node)| node.weight = (at % 4) as f64 * 0.7 + 0.1;
            let framework = pii(20, method).with(|nodes, _| nodes.iter_mut().enumerate().for_each(weigh));
            let framework = framework.unwrap();
            match compute(&framework, &table) {
                Ok(edition) => met += all_by_hand(&framework, &edition).len(),
                Err(Error::NegativeScore { .. }) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(met > 20 * 46 * 25 && refused > 3, "{met} {refused}");
}

/// Two groups under a root; `g` has a and b, `h` has c, which is divided by people.
fn small() -> (Framework, Table) {
    let up = Direction::HigherIsBetter;
    let c = Indicator { denominator: Some("people".into()), ..Indicator::default() };
    let nodes = vec![
        Node::aggregate("r", None),
        Node::aggregate("g", Some("r")),
        Node { weight: 3.0, ..Node::aggregate("h", Some("r")) },
        Node::indicator("a", "g", up),
        Node::indicator("b", "g", Direction::LowerIsBetter),
        Node { indicator: Some(c), ..Node::aggregate("c", Some("h")) },
    ];
    let framework = Framework::new(nodes, Method::default()).unwrap();
    let codes = ["a", "b", "c", "people"].map(Into::into).to_vec();
    let rows = vec![
        vec![Some(1.0), Some(5.0), Some(3.0), Some(0.0)],
        vec![None, Some(5.0), Some(8.0), Some(2.0)],
        vec![Some(3.0), Some(5.0), Some(4.0), None],
        vec![Some(2.0), Some(5.0), Some(6.0), Some(3.0)],
    ];
    let units = ["t", "u", "v", "w"].map(Into::into).to_vec();
    (framework, Table::from_rows(units, codes, &rows).unwrap())
}

#[test]
fn what_is_missing_says_why() {
    let (framework, table) = small();
    let why = |framework: &Framework, table: &Table, code: &str, unit: usize| {
        let edition = compute(framework, table).unwrap();
        all_by_hand(framework, &edition);
        by_hand(framework, &edition, framework.node(code).unwrap(), unit)
    };
    let plain = |code: &str, unit| why(&framework, &table, code, unit).missing;
    assert_eq!(plain("a", 1), Some(Missing::Value));
    assert_eq!(plain("b", 0), Some(Missing::Range));
    assert_eq!(plain("c", 0), Some(Missing::Denominator));
    assert_eq!(plain("c", 2), Some(Missing::Denominator));
    assert_eq!(plain("g", 1), Some(Missing::Children));
    assert_eq!(plain("r", 1), None);
    let unranked = why(&framework, &table, "g", 1).steps.pop();
    assert_eq!(unranked, Some(Step::Ranked { decimals: Some(2), ties: Ties::Min, units: 3, place: None }));

    let demanding = framework.with(|_, method| method.availability = 0.6).unwrap();
    let explanation = why(&demanding, &table, "g", 0);
    assert_eq!(explanation.missing, Some(Missing::Children));
    let Step::Aggregated { needed, present, weighted, .. } = explanation.steps[0] else { panic!() };
    assert_eq!((needed, present, weighted), (2, 1, 2));

    let lone = table.clone().with_groups(&["x", "y", "x", "x"].map(Into::into)).unwrap();
    let imputing = framework.with(|_, method| method.imputation = Imputation::GroupMean).unwrap();
    let explanation = why(&imputing, &lone, "a", 1);
    assert_eq!(explanation.missing, Some(Missing::Members));
    let none = Step::Imputed { method: Imputation::GroupMean, members: 0, result: None };
    assert!(explanation.steps.contains(&none));

    let mut table = table;
    table.set("t", "a", Some(-1.0)).unwrap();
    let with = |normalisation| framework.with(|_, method| method.normalisation = normalisation).unwrap();
    let alike = [
        Normalisation::ZScore { mean: 0.0, sd: 1.0 },
        Normalisation::PercentileRank { scale: 1.0 },
        Normalisation::Rank,
        Normalisation::DistanceToTarget { target: 5.0, scale: 100.0, cap: false },
    ];
    for how in alike {
        assert_eq!(why(&with(how), &table, "b", 0).missing, Some(Missing::Range), "{how:?}");
    }
    let logs = Normalisation::Goalposts { min: 1.0, max: 9.0, scale: 100.0, cap: false, log: true };
    assert_eq!(why(&with(logs), &table, "a", 0).missing, Some(Missing::Logarithm));
    table.set("t", "a", Some(-1.7e308)).unwrap();
    table.set("v", "a", Some(1.7e308)).unwrap();
    assert_eq!(why(&framework, &table, "a", 2).missing, Some(Missing::Overflow));

    let edition = compute(&framework, &table).unwrap();
    assert!(matches!(explain(&framework, &edition, 6, 0), Err(Error::UnknownCode { .. })));
    assert!(matches!(explain(&framework, &edition, 0, 4), Err(Error::UnknownUnit { .. })));
}

#[test]
fn a_score_laid_down_is_told_apart() {
    let (framework, table) = small();
    let base = compute(&framework, &table).unwrap();
    let lay = |code: &str, score| Change::Score { unit: "w".into(), code: code.into(), score };
    let changes = [lay("g", Some(90.0)), lay("a", None), Change::Weight { code: "h".into(), weight: 2.0 }];
    let after = what_if(&framework, &base, &changes).unwrap();
    all_by_hand(&after.framework, &after.edition);
    let at = |code: &str| by_hand(&after.framework, &after.edition, framework.node(code).unwrap(), 3);
    assert_eq!(at("a").missing, Some(Missing::Laid));
    let group = at("g");
    assert_eq!((group.score, group.missing), (Some(90.0), None));
    assert_eq!(group.steps[1], Step::Laid { score: Some(90.0) });
    let Step::Aggregated { children, .. } = &at("r").steps[0] else { panic!() };
    assert_eq!((children[0].share, children[1].share), (1.0 / 3.0, 2.0 / 3.0));
}

#[test]
fn khanh_hoa_2025_by_hand() {
    let (_, rows) = csv(include_str!("fixtures/profile-khanh-hoa-2025.csv"));
    let codes = ["1.1.1", "1.1.2", "1.1.3"];
    let cell = |code: &str, at: usize| number(&rows.iter().find(|row| row[0] == code).unwrap()[at]);
    let mut nodes = vec![Node::aggregate("1.1", None)];
    nodes.extend(codes.map(|code| Node::indicator(code, "1.1", Direction::HigherIsBetter)));
    let framework = Framework::new(nodes, Method::default()).unwrap();
    let rows = [2, 3, 4].map(|at| codes.map(|code| cell(code, at)).to_vec());
    let units = ["56", "least", "most"].map(Into::into).to_vec();
    let table = Table::from_rows(units, codes.map(Into::into).to_vec(), &rows).unwrap();
    let edition = compute(&framework, &table).unwrap();
    all_by_hand(&framework, &edition);
    for (node, code) in (1..).zip(codes) {
        let explanation = explain(&framework, &edition, node, 0).unwrap();
        let (value, worst, best) = (cell(code, 2), cell(code, 3), cell(code, 4));
        let formula = Formula::MinMax { low: 0.0, high: 100.0, worst, best };
        let result = (value.unwrap() - worst.unwrap()) / (best.unwrap() - worst.unwrap()) * 100.0;
        let expected =
            [Step::Raw { value }, Step::Normalised { value, sign: 1.0, formula, result: Some(result) }];
        assert_eq!(explanation.steps[..2], expected, "{code}");
    }
    let explanation = explain(&framework, &edition, 0, 0).unwrap();
    let Some(Step::Ranked { place: Some(place), units: 3, .. }) = explanation.steps.last() else { panic!() };
    assert_eq!((place.printed, place.above, place.sharing, place.rank), (58.9, 1, 1, 2.0));
    let Step::Aggregated { children, .. } = &explanation.steps[0] else { panic!() };
    assert!(children.iter().all(|child| child.share == 1.0 / 3.0));

    let json = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), explanation);
}
