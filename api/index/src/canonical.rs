//! One byte string per framework and table, for the caller to hash: equal bytes, equal results.

use crate::{
    Aggregation, Direction, Framework, Imputation, Indicator, Method, Node, Normalisation, Outliers, Ranking,
    Table, Ties, Treatment,
};

/// Version of the encoding; changes whenever the engine could give other bits for the same inputs.
const VERSION: u8 = 2;

/// Canonical bytes of all that [`crate::compute`] depends on: nodes, method, units, columns and
/// groups, in their order (sums are made in that order, so it belongs to the bits). Texts carry
/// their length, numbers are little-endian IEEE 754 with one NaN for missing and no −0.
pub fn canonical_bytes(framework: &Framework, table: &Table) -> Vec<u8> {
    let mut out = Bytes(b"index\0".to_vec());
    out.0.push(VERSION);
    out.method(framework.method());
    out.list(framework.nodes(), Bytes::node);
    out.list(table.units(), |out, unit| out.text(unit));
    out.list(table.codes(), |out, code| out.text(code));
    for column in &table.columns {
        column.iter().for_each(|&x| out.float(x));
    }
    out.option(table.groups.as_ref(), |out, groups| {
        groups.iter().for_each(|group| out.0.extend(group.to_le_bytes()));
    });
    out.0
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn length(&mut self, n: usize) {
        self.0.extend((n as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend(text.as_bytes());
    }

    fn float(&mut self, x: f64) {
        let x = if x.is_nan() { f64::NAN } else { x + 0.0 };
        let bits = if x.is_nan() { 0x7ff8_0000_0000_0000 } else { x.to_bits() };
        self.0.extend(bits.to_le_bytes());
    }

    fn floats(&mut self, tag: u8, xs: &[f64]) {
        self.0.push(tag);
        xs.iter().for_each(|&x| self.float(x));
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.length(items.len());
        items.iter().for_each(|item| write(self, item));
    }

    // Patterns without `..`: a new setting does not compile until it is written here.

    fn node(&mut self, node: &Node) {
        let Node { code, parent, weight, aggregation, indicator } = node;
        self.text(code);
        self.option(parent.as_deref(), Self::text);
        self.float(*weight);
        self.option(*aggregation, Self::aggregation);
        self.option(indicator.as_ref(), |out, indicator| {
            let Indicator { direction, denominator, imputation, treatment, normalisation } = indicator;
            out.0.push(match direction {
                Direction::HigherIsBetter => 0,
                Direction::LowerIsBetter => 1,
            });
            out.option(denominator.as_deref(), Self::text);
            out.option(*imputation, Self::imputation);
            out.option(*treatment, Self::treatment);
            out.option(*normalisation, Self::normalisation);
        });
    }

    fn method(&mut self, method: &Method) {
        let Method { imputation, treatment, normalisation, aggregation, availability, ranking } = method;
        self.imputation(*imputation);
        self.treatment(*treatment);
        self.normalisation(*normalisation);
        self.aggregation(*aggregation);
        self.float(*availability);
        let Ranking { decimals, ties } = ranking;
        self.option(*decimals, |out, decimals| out.0.push(decimals));
        self.0.push(match ties {
            Ties::Min => 0,
            Ties::Max => 1,
            Ties::Average => 2,
            Ties::Dense => 3,
        });
    }

    fn imputation(&mut self, imputation: Imputation) {
        self.0.push(match imputation {
            Imputation::None => 0,
            Imputation::GroupMean => 1,
            Imputation::GroupMedian => 2,
        });
    }

    fn treatment(&mut self, treatment: Treatment) {
        match treatment {
            Treatment::None => self.0.push(0),
            Treatment::Outliers(Outliers { skew, kurtosis, winmax, log }) => {
                self.floats(1, &[skew, kurtosis]);
                self.length(winmax);
                self.0.push(u8::from(log));
            }
        }
    }

    fn normalisation(&mut self, normalisation: Normalisation) {
        match normalisation {
            Normalisation::MinMax { low, high } => self.floats(0, &[low, high]),
            Normalisation::Goalposts { min, max, scale, cap, log } => {
                self.floats(1, &[min, max, scale]);
                self.0.extend([u8::from(cap), u8::from(log)]);
            }
            Normalisation::ZScore { mean, sd } => self.floats(2, &[mean, sd]),
            Normalisation::PercentileRank { scale } => self.floats(3, &[scale]),
            Normalisation::Rank => self.0.push(4),
            Normalisation::DistanceToTarget { target, scale, cap } => {
                self.floats(5, &[target, scale]);
                self.0.push(u8::from(cap));
            }
        }
    }

    fn aggregation(&mut self, aggregation: Aggregation) {
        self.0.push(match aggregation {
            Aggregation::Arithmetic => 0,
            Aggregation::Geometric => 1,
            Aggregation::Harmonic => 2,
        });
    }
}
