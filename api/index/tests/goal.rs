//! Goal search: against brute force on small problems, and every answer made again from scratch.

mod common;

use common::{Dice, pii, synthetic};
use index::goal::{Bound, Goal, Limit, Plan, Proof, Wanted, marginal_gains, reach, trend};
use index::what_if::{Change, what_if};
use index::{
    Aggregation, Direction, Edition, Error, Framework, Indicator, Method, Node, Normalisation, Outliers,
    Ranking, Table, Ties, Treatment, compute,
};

const UP: Direction = Direction::HigherIsBetter;

fn solve(framework: &Framework, base: &Edition, goal: &Goal) -> Plan {
    reach(framework, base, framework.root(), goal, &|| false).unwrap()
}

/// The plan made again by changing the table and computing everything.
fn check(framework: &Framework, base: &Edition, goal: &Goal, plan: &Plan) {
    let mut table = base.table().clone();
    for step in &plan.moves {
        let code = framework.code(step.node);
        assert_eq!(table.value(&goal.unit, code).unwrap(), Some(step.raw.0));
        table.set(&goal.unit, code, Some(step.raw.1)).unwrap();
    }
    let again = compute(framework, &table).unwrap();
    let (root, row) = (framework.root(), table.unit(&goal.unit).unwrap());
    assert_eq!(again.score(root, row), Some(plan.score.1));
    assert_eq!(again.rank(root, row), Some(plan.rank.1));
    let reached = match goal.wanted {
        Wanted::Rank(rank) => plan.rank.1 <= f64::from(rank),
        Wanted::Score(score) => plan.score.1 >= score,
    };
    assert_eq!(plan.reached, reached);
    let cost: f64 = plan.moves.iter().map(|step| step.cost).sum();
    assert!((cost - plan.cost).abs() < 1e-9);
}

/// A small problem: one unit, often at the lower end, a few indicators with limits and costs.
struct Small {
    framework: Framework,
    table: Table,
    levers: Vec<SmallLever>,
    goal: Goal,
}

struct SmallLever {
    code: String,
    raw: f64,
    limit: f64,
    /// Cost per raw unit.
    cost: f64,
    /// Raw values at which the score begins or ceases to rise.
    bends: Vec<f64>,
}

fn small(dice: &mut Dice, ranked: bool) -> Small {
    let (units, leaves) = (4 + (dice.roll() * 4.0) as usize, 2 + (dice.roll() * 3.0) as usize);
    let ties = [Ties::Min, Ties::Max, Ties::Average, Ties::Dense][(dice.roll() * 4.0) as usize];
    let decimals = [Some(2), Some(0), None][(dice.roll() * 3.0) as usize];
    let method = Method { ranking: Ranking { decimals, ties }, ..Method::default() };
    let mut nodes = vec![Node::aggregate("r", None), Node::aggregate("g", Some("r"))];
    for i in 0..leaves {
        let direction = if dice.roll() < 0.3 { Direction::LowerIsBetter } else { UP };
        let weight = 0.2 + dice.roll();
        let parent = if i == 0 { "r" } else { "g" };
        nodes.push(Node { weight, ..Node::indicator(&format!("i{i}"), parent, direction) });
    }
    let framework = Framework::new(nodes, method).unwrap();
    let names: Vec<String> = (0..units).map(|u| format!("u{u}")).collect();
    let codes: Vec<String> = (0..leaves).map(|i| format!("i{i}")).collect();
    let mut columns = Vec::new();
    let (mut levers, mut bounds) = (Vec::new(), Vec::new());
    for (i, code) in codes.iter().enumerate() {
        let sign = framework.indicator(i).direction.sign();
        let mut column: Vec<f64> = (0..units).map(|_| (dice.roll() * 100.0).round()).collect();
        column[1] = column[2] + 7.0;
        column[0] = sign * (dice.roll() * 70.0 - 20.0);
        let others: Vec<f64> = column[1..].iter().map(|x| x * sign).collect();
        let low = others.iter().copied().fold(f64::INFINITY, f64::min);
        let high = others.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let own = column[0] * sign;
        let limit = own + dice.roll() * 80.0;
        let range = high.max(own) - low.min(own);
        let step_cost = 0.3 + dice.roll();
        let bends = [low, high].into_iter().filter(|&b| b > own && b < limit);
        levers.push(SmallLever {
            code: code.clone(),
            raw: column[0],
            limit: limit * sign,
            cost: step_cost * 100.0 / range,
            bends: bends.map(|b| b * sign).collect(),
        });
        bounds.push(Bound { code: code.clone(), limit: Limit::Value(limit * sign), cost: step_cost });
        columns.push(column.into_iter().map(Some).collect());
    }
    let table = Table::from_columns(names, codes, columns).unwrap();
    let base = compute(&framework, &table).unwrap();
    let (score, rank) = (base.score(0, 0).unwrap(), base.rank(0, 0).unwrap());
    let wanted = match ranked {
        true => Wanted::Rank((rank - 1.0 - (dice.roll() * 2.0).floor()).max(1.0) as u32),
        false => Wanted::Score(score + dice.roll() * 35.0),
    };
    let goal = Goal { bounds, limit: Limit::Fixed, ..Goal::new("u0", wanted) };
    Small { framework, table, levers, goal }
}

impl Small {
    /// Whether the unit alone sets the worst, and the best, value of an indicator.
    fn ends(&self) -> (bool, bool) {
        let beats = |column: usize, by: f64| {
            let sign = self.framework.indicator(column).direction.sign() * by;
            let value = |unit: &String| self.table.value(unit, &self.levers[column].code).unwrap().unwrap();
            let units = self.table.units();
            units[1..].iter().all(|unit| value(unit) * sign < value(&units[0]) * sign)
        };
        let any = |by| (0..self.levers.len()).any(|column| beats(column, by));
        (any(-1.0), any(1.0))
    }

    fn reached(&self, raw: &[f64]) -> bool {
        let mut table = self.table.clone();
        for (lever, &raw) in self.levers.iter().zip(raw) {
            table.set("u0", &lever.code, Some(raw)).unwrap();
        }
        let edition = compute(&self.framework, &table).unwrap();
        match self.goal.wanted {
            Wanted::Rank(rank) => edition.rank(0, 0).unwrap() <= f64::from(rank),
            Wanted::Score(score) => edition.score(0, 0).unwrap() >= score,
        }
    }

    /// The least cost with every lever but one at a corner or one of `between` further points of
    /// each stretch, and that one as low as the goal allows. Exact, with none between, where the
    /// own score alone decides: on a line between corners the optimum has at most one lever inside.
    fn brute_force(&self, between: usize) -> Option<f64> {
        let points: Vec<Vec<f64>> = self.levers.iter().map(|lever| lever.points(between)).collect();
        let mut least: Option<f64> = None;
        for free in 0..self.levers.len() {
            let mut at = vec![0; self.levers.len()];
            loop {
                let mut raw: Vec<f64> = at.iter().zip(&points).map(|(&k, points)| points[k]).collect();
                if let Some(x) = self.lowest(&mut raw, free) {
                    raw[free] = x;
                    let each = self.levers.iter().zip(&raw);
                    let cost: f64 = each.map(|(lever, raw)| (raw - lever.raw).abs() * lever.cost).sum();
                    least = Some(least.map_or(cost, |least| least.min(cost)));
                }
                let next = (0..at.len()).filter(|&i| i != free).find(|&i| at[i] + 1 < points[i].len());
                let Some(next) = next else { break };
                at[next] += 1;
                (0..next).filter(|&i| i != free).for_each(|i| at[i] = 0);
            }
        }
        least
    }

    fn lowest(&self, raw: &mut [f64], free: usize) -> Option<f64> {
        let lever = &self.levers[free];
        let (mut short, mut enough) = (lever.raw, lever.limit);
        raw[free] = short;
        if self.reached(raw) {
            return Some(short);
        }
        raw[free] = enough;
        if !self.reached(raw) {
            return None;
        }
        for _ in 0..45 {
            raw[free] = f64::midpoint(short, enough);
            *(if self.reached(raw) { &mut enough } else { &mut short }) = raw[free];
        }
        Some(enough)
    }
}

impl SmallLever {
    fn points(&self, between: usize) -> Vec<f64> {
        let mut corners = vec![self.raw];
        corners.extend(&self.bends);
        corners.push(self.limit);
        let mut points = vec![self.raw];
        for pair in corners.windows(2) {
            let part = |k: usize| pair[0] + (pair[1] - pair[0]) * k as f64 / (between + 1) as f64;
            points.extend((1..=between + 1).map(part));
        }
        points
    }
}

#[test]
fn score_goals_equal_brute_force() {
    let mut dice = Dice(1);
    let (mut reached, mut stuck, mut bent) = (0, 0, 0);
    let (mut worst, mut best) = (0, 0);
    for case in 0..150 {
        let problem = small(&mut dice, false);
        let base = compute(&problem.framework, &problem.table).unwrap();
        let plan = solve(&problem.framework, &base, &problem.goal);
        check(&problem.framework, &base, &problem.goal, &plan);
        assert_eq!(plan.proof, Proof::Cheapest);
        match problem.brute_force(0) {
            Some(least) => {
                assert!(plan.reached, "case {case}: brute force reaches it for {least}");
                assert!(
                    (plan.cost - least).abs() < 1e-6 * least.max(1.0),
                    "case {case}: {} for {least}",
                    plan.cost
                );
                reached += 1;
            }
            None => {
                assert!(!plan.reached);
                stuck += 1;
            }
        }
        bent += usize::from(problem.levers.iter().any(|lever| !lever.bends.is_empty()));
        let (sets_worst, sets_best) = problem.ends();
        (worst, best) = (worst + usize::from(sets_worst), best + usize::from(sets_best));
    }
    assert!(reached > 60 && stuck > 10 && bent > 60, "{reached} {stuck} {bent}");
    assert!(worst > 60 && best > 60, "{worst} {best}");
}

#[test]
fn rank_goals_are_never_dearer_than_brute_force() {
    let mut dice = Dice(2);
    let (mut proven, mut searched, mut stuck) = (0, 0, 0);
    let (mut worst, mut best) = (0, 0);
    for case in 0..250 {
        let problem = small(&mut dice, true);
        let base = compute(&problem.framework, &problem.table).unwrap();
        let plan = solve(&problem.framework, &base, &problem.goal);
        check(&problem.framework, &base, &problem.goal, &plan);
        let (sets_worst, sets_best) = problem.ends();
        (worst, best) = (worst + usize::from(sets_worst), best + usize::from(sets_best));
        let between = if plan.proof == Proof::Cheapest { 0 } else { 2 };
        let Some(least) = problem.brute_force(between) else {
            assert!(!plan.reached);
            stuck += 1;
            continue;
        };
        assert!(plan.reached, "case {case}: brute force reaches it for {least}");
        let slack = 1e-6 * least.max(1.0);
        // Others that move may come to share a printed score: under coarse rounding or ties that
        // count groups, less effort can be worth more, and the search promises no more than to hold.
        let ranking = problem.framework.method().ranking;
        let smooth = ranking.decimals != Some(0) && matches!(ranking.ties, Ties::Min | Ties::Max);
        if smooth || plan.proof == Proof::Cheapest {
            assert!(plan.cost < least + slack, "case {case}: {} for {least}, {:?}", plan.cost, plan.proof);
        }
        if plan.proof == Proof::Cheapest {
            assert!(plan.cost > least - slack, "case {case}: {} for {least}", plan.cost);
            proven += 1;
        } else {
            searched += 1;
        }
    }
    assert!(proven > 20 && searched > 30 && stuck > 3, "{proven} {searched} {stuck}");
    assert!(worst > 100 && best > 100, "{worst} {best}");
}

/// Two indicators of equal weight; u alone has the least of both.
fn pair() -> (Framework, Table) {
    let nodes =
        vec![Node::aggregate("r", None), Node::indicator("a", "r", UP), Node::indicator("b", "r", UP)];
    let framework = Framework::new(nodes, Method::default()).unwrap();
    let rows = [[0.0, 0.0], [50.0, 10.0], [60.0, 20.0], [100.0, 100.0]].map(|row| row.map(Some).to_vec());
    let units = ["u", "v", "w", "x"].map(Into::into).to_vec();
    let table = Table::from_rows(units, vec!["a".into(), "b".into()], &rows).unwrap();
    (framework, table)
}

#[test]
fn a_unit_at_the_minimum_first_pays_for_nothing() {
    let (framework, table) = pair();
    let base = compute(&framework, &table).unwrap();
    let goal = Goal { limit: Limit::Value(90.0), ..Goal::new("u", Wanted::Score(10.0)) };
    let plan = solve(&framework, &base, &goal);
    check(&framework, &base, &goal, &plan);
    // b rises from 10 on, 100/90 a step: 10 + 18 steps for 20 points of b. a would need 50 + 10.
    assert_eq!(plan.moves.len(), 1);
    assert_eq!(framework.code(plan.moves[0].node), "b");
    assert!((plan.cost - 28.0).abs() < 1e-9 && plan.proof == Proof::Cheapest && plan.reached);
}

#[test]
fn limits_and_costs() {
    let (framework, table) = pair();
    let base = compute(&framework, &table).unwrap();
    let furthest = |unit: &str, limit| {
        let goal = Goal { limit, ..Goal::new(unit, Wanted::Score(1000.0)) };
        let plan = solve(&framework, &base, &goal);
        check(&framework, &base, &goal, &plan);
        assert!(!plan.reached);
        plan.moves.iter().map(|step| (framework.code(step.node).to_string(), step.raw.1)).collect::<Vec<_>>()
    };
    let moves = |list: &[(&str, f64)]| list.iter().map(|(c, x)| (c.to_string(), *x)).collect::<Vec<_>>();
    assert_eq!(furthest("w", Limit::Mean), moves(&[("b", 32.5)]), "a is above its mean");
    assert_eq!(furthest("w", Limit::Percent(10.0)), moves(&[("a", 66.0), ("b", 22.0)]));
    assert_eq!(furthest("w", Limit::MeanOrPercent(10.0)), moves(&[("a", 66.0), ("b", 32.5)]));
    assert_eq!(furthest("w", Limit::Value(40.0)), moves(&[("b", 40.0)]));
    assert_eq!(furthest("w", Limit::Fixed), []);

    let refused = |goal: Goal| reach(&framework, &base, 0, &goal, &|| false).map(|_| ()).unwrap_err();
    let goal = || Goal::new("w", Wanted::Rank(1));
    assert!(matches!(refused(Goal { limit: Limit::Percent(-1.0), ..goal() }), Error::Setting { .. }));
    let bound = |code: &str, cost| vec![Bound { code: code.into(), limit: Limit::Mean, cost }];
    assert!(matches!(refused(Goal { bounds: bound("a", -1.0), ..goal() }), Error::Setting { .. }));
    assert!(matches!(refused(Goal { bounds: bound("r", 1.0), ..goal() }), Error::UnknownCode { .. }));
    assert!(matches!(refused(Goal::new("q", Wanted::Rank(1))), Error::UnknownUnit { .. }));
    let wide = Goal { limit: Limit::Value(99.0), ..goal() };
    assert_eq!(reach(&framework, &base, 0, &wide, &|| true).map(|_| ()).unwrap_err(), Error::Cancelled);
}

#[test]
fn nothing_to_do_when_the_goal_is_reached() {
    let (framework, table) = pair();
    let base = compute(&framework, &table).unwrap();
    let plan = solve(&framework, &base, &Goal::new("w", Wanted::Rank(3)));
    assert!(plan.reached && plan.moves.is_empty() && plan.cost == 0.0);
    assert_eq!(plan.score.0, plan.score.1);
}

#[test]
fn every_method_gives_plans_that_hold() {
    let table = synthetic(20, 24, 0.04, 3);
    let z = Normalisation::ZScore { mean: 100.0, sd: 10.0 };
    let posts = Normalisation::Goalposts { min: 0.05, max: 30.0, scale: 100.0, cap: true, log: false };
    let methods = [
        Method::default(),
        Method { normalisation: z, ..Method::default() },
        Method { normalisation: posts, ..Method::default() },
        Method { normalisation: Normalisation::PercentileRank { scale: 100.0 }, ..Method::default() },
        Method {
            normalisation: Normalisation::MinMax { low: 1.0, high: 100.0 },
            aggregation: Aggregation::Geometric,
            ..Method::default()
        },
        Method {
            treatment: Treatment::Outliers(Outliers { skew: 0.5, kurtosis: -1.0, ..Outliers::default() }),
            ..Method::default()
        },
    ];
    for (i, method) in methods.into_iter().enumerate() {
        let framework = pii(24, method);
        let base = compute(&framework, &table).unwrap();
        let unit = (0..20).find(|&u| base.rank(framework.root(), u) == Some(12.0)).unwrap();
        let mut goal = Goal::new(&format!("u{unit}"), Wanted::Rank(9));
        goal.limit = Limit::MeanOrPercent(30.0);
        let plan = solve(&framework, &base, &goal);
        check(&framework, &base, &goal, &plan);
        assert!(plan.reached, "method {i}");
        // One step less of any move is not enough: nothing is wasted.
        for step in &plan.moves {
            let code = framework.code(step.node).to_string();
            let mut changes: Vec<Change> = plan
                .moves
                .iter()
                .map(|other| Change::Raw {
                    unit: goal.unit.clone(),
                    code: framework.code(other.node).into(),
                    value: Some(other.raw.1),
                })
                .collect();
            let less = step.raw.1 + (step.raw.0 - step.raw.1) * 1e-3;
            changes.push(Change::Raw { unit: goal.unit.clone(), code, value: Some(less) });
            let after = what_if(&framework, &base, &changes).unwrap().edition;
            assert!(after.rank(framework.root(), unit).unwrap() > 9.0, "method {i}, {step:?}");
        }
        let score = plan.score.0 + (plan.score.1 - plan.score.0) / 2.0;
        let goal = Goal { wanted: Wanted::Score(score), ..goal };
        let plan = solve(&framework, &base, &goal);
        check(&framework, &base, &goal, &plan);
        assert!(plan.reached);
    }
}

#[test]
fn denominated_values_and_lower_is_better() {
    let by_people = Indicator { denominator: Some("people".into()), ..Indicator::default() };
    let nodes = vec![
        Node::aggregate("r", None),
        Node { indicator: Some(by_people), ..Node::aggregate("patents", Some("r")) },
        Node::indicator("days", "r", Direction::LowerIsBetter),
    ];
    let framework = Framework::new(nodes, Method::default()).unwrap();
    let rows = [[20.0, 10.0, 30.0], [80.0, 10.0, 10.0], [0.0, 5.0, 50.0]].map(|row| row.map(Some).to_vec());
    let units = ["u", "v", "w"].map(Into::into).to_vec();
    let codes = ["patents", "people", "days"].map(Into::into).to_vec();
    let table = Table::from_rows(units, codes, &rows).unwrap();
    let base = compute(&framework, &table).unwrap();
    // 2 of 0–8 per head and 30 of 50–10 days: 25 and 50 points.
    assert_eq!(base.score(0, 0), Some(37.5));
    let cheap_days = vec![Bound { code: "days".into(), limit: Limit::Value(20.0), cost: 0.5 }];
    let goal = Goal { bounds: cheap_days, limit: Limit::Value(60.0), ..Goal::new("u", Wanted::Score(60.0)) };
    let plan = solve(&framework, &base, &goal);
    check(&framework, &base, &goal, &plan);
    // Days first, to their limit: 25 points of days for 12.5; then 20 of patents: 1.6 a head, 16.
    assert!((plan.moves[0].raw.1 - 36.0).abs() < 1e-9 && plan.moves[1].raw == (30.0, 20.0));
    assert!((plan.cost - 32.5).abs() < 1e-9, "{}", plan.cost);

    let gains = marginal_gains(&framework, &base, 0, "u", &|| false).unwrap();
    let (patents, days) = (&gains[0], &gains[1]);
    assert!((patents.point.points - 0.5).abs() < 1e-9 && (days.point.points - 0.5).abs() < 1e-9);
    let raw = |step: &Option<index::goal::Step>| step.and_then(|step| step.raw).unwrap();
    assert!((raw(&patents.ten_percent) - 22.0).abs() < 1e-9 && (raw(&days.ten_percent) - 27.0).abs() < 1e-9);
    assert!((days.ten_percent.unwrap().points - 3.75).abs() < 1e-9);
    assert!((raw(&patents.to_mean) - 100.0 / 3.0).abs() < 1e-9 && days.to_mean.is_none());
    assert!((raw(&patents.to_next) - 80.0).abs() < 1e-9 && (raw(&days.to_next) - 10.0).abs() < 1e-9);
    assert!((patents.to_next.unwrap().points - 37.5).abs() < 1e-9);
    assert_eq!(days.to_next.unwrap().places, 0.0);
}

#[test]
fn marginal_gains_are_what_ifs() {
    let framework = pii(52, Method::default());
    let table = synthetic(34, 52, 0.05, 9);
    let base = compute(&framework, &table).unwrap();
    let gains = marginal_gains(&framework, &base, framework.root(), "u28", &|| false).unwrap();
    assert!(gains.len() > 40);
    for gain in gains {
        for step in [gain.ten_percent, gain.to_mean, gain.to_next].into_iter().flatten() {
            let mut changed = table.clone();
            changed.set("u28", framework.code(gain.node), step.raw).unwrap();
            let after = compute(&framework, &changed).unwrap();
            let root = framework.root();
            assert_eq!(step.points, after.score(root, 28).unwrap() - base.score(root, 28).unwrap());
            assert_eq!(step.places, base.rank(root, 28).unwrap() - after.rank(root, 28).unwrap());
        }
    }
}

#[test]
fn others_may_grow_by_their_trend() {
    let (framework, table) = pair();
    let mut before = table.clone();
    before.set("v", "a", Some(40.0)).unwrap();
    before.set("x", "b", None).unwrap();
    before.set("u", "a", Some(99.0)).unwrap();
    let grown = trend(&before, &table, "u").unwrap();
    assert_eq!(grown.value("v", "a").unwrap(), Some(60.0));
    assert_eq!(grown.value("x", "b").unwrap(), Some(100.0));
    assert_eq!(grown.value("u", "a").unwrap(), Some(0.0));
    let base = compute(&framework, &grown).unwrap();
    let goal = Goal { limit: Limit::Value(95.0), ..Goal::new("u", Wanted::Rank(3)) };
    let plan = solve(&framework, &base, &goal);
    check(&framework, &base, &goal, &plan);
    assert!(plan.reached);
}
