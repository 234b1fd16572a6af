//! The cheapest way to gain enough from parts that each gain in proportion to what is put in,
//! some of them only after a stretch that costs and gains nothing.

/// A part: `setup` steps gain nothing, the next `room` steps gain `slope` each; every step costs
/// `cost` ≥ 0. `slope` and `room` are positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub setup: f64,
    pub room: f64,
    pub slope: f64,
    pub cost: f64,
}

/// Steps to put into each part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filling {
    pub steps: Vec<f64>,
    pub cost: f64,
    /// False when the search was cut off before it had seen everything.
    pub proven: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Setup {
    Undecided,
    Paid,
    Closed,
}

/// Branches looked at before giving up the proof.
const MOST_BRANCHES: usize = 20_000;

/// The cheapest filling that gains `need`; `None` when all parts together gain less.
///
/// Without setups this is Dantzig's fractional knapsack: the best gain per cost first. A setup is
/// relaxed by spreading its cost over the part's whole room; when the relaxed optimum uses such a
/// part whole or not at all it is the true one, and the one part it may use in between is
/// branched on: setup paid, or part closed.
pub(super) fn fill(parts: &[Part], need: f64) -> Option<Filling> {
    let mut search = Search { parts, need, best: None, branches: 0 };
    let free = |part: &Part| part.setup == 0.0 || part.cost == 0.0;
    let mut state: Vec<Setup> =
        parts.iter().map(|part| if free(part) { Setup::Paid } else { Setup::Undecided }).collect();
    search.branch(&mut state);
    let proven = search.branches < MOST_BRANCHES;
    search.best.map(|(cost, steps)| Filling { steps, cost, proven })
}

struct Search<'a> {
    parts: &'a [Part],
    need: f64,
    best: Option<(f64, Vec<f64>)>,
    branches: usize,
}

impl Search<'_> {
    fn branch(&mut self, state: &mut [Setup]) {
        self.branches += 1;
        if self.branches >= MOST_BRANCHES && self.best.is_some() {
            return;
        }
        let Some((cost, steps, between)) = self.relaxed(state) else { return };
        if self.best.as_ref().is_some_and(|(best, _)| *best <= cost) {
            return;
        }
        let Some(part) = between else {
            self.best = Some((cost, steps));
            return;
        };
        for decided in [Setup::Paid, Setup::Closed] {
            state[part] = decided;
            self.branch(state);
        }
        state[part] = Setup::Undecided;
    }

    /// Cost and steps of the relaxed optimum, and the undecided part it uses in between.
    fn relaxed(&self, state: &[Setup]) -> Option<(f64, Vec<f64>, Option<usize>)> {
        let per_gain = |i: usize| {
            let part = &self.parts[i];
            let spread = if state[i] == Setup::Undecided { part.setup / part.room } else { 0.0 };
            part.cost * (1.0 + spread) / part.slope
        };
        let open = (0..self.parts.len()).filter(|&i| state[i] != Setup::Closed);
        let mut order: Vec<(f64, usize)> = open.map(|i| (per_gain(i), i)).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut steps = vec![0.0; self.parts.len()];
        let paid = |i: &usize| state[*i] == Setup::Paid;
        let mut cost: f64 =
            (0..self.parts.len()).filter(paid).map(|i| self.parts[i].cost * self.parts[i].setup).sum();
        let mut need = self.need;
        let mut between = None;
        for (per_gain, i) in order {
            let part = &self.parts[i];
            if need <= 0.0 {
                break;
            }
            let whole = part.room * part.slope;
            let gain = whole.min(need);
            need -= gain;
            cost += gain * per_gain;
            steps[i] = if gain < whole { part.setup + gain / part.slope } else { part.setup + part.room };
            between = (gain < whole && state[i] == Setup::Undecided).then_some(i);
        }
        (need <= 0.0).then_some((cost, steps, between))
    }
}
