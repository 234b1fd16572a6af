//! What was measured, in Markdown.

use std::fmt::Write;

use crate::measure::{Sample, Spread};
use crate::operations::Operation;
use crate::sides::Name;

/// Connections at which sides are compared.
const COMPARED_AT: u32 = 8;

/// All samples of one database.
pub struct Results {
    /// The database's name.
    pub database: &'static str,
    /// What was measured.
    pub samples: Vec<Sample>,
    /// What the product costs besides time.
    pub footprint: String,
}

impl Results {
    fn of(&self, operation: Operation, side: Name, connections: u32) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| {
            sample.operation == operation && sample.side == side && sample.connections == connections
        })
    }

    /// Requests in a second.
    pub fn rate(&self, operation: Operation, side: Name, connections: u32) -> Option<Spread> {
        Spread::of(self.of(operation, side, connections).map(|sample| sample.run.rate()))
    }

    /// How many times as many requests `side` answers as `other` does.
    pub fn ratio(&self, operation: Operation, side: Name, other: Name) -> Option<f64> {
        let rate = |side| self.rate(operation, side, COMPARED_AT).map(|spread| spread.median);
        Some(rate(side)? / rate(other)?)
    }

    /// How many times as long as half the answers the slowest hundredth takes, at 64 connections.
    pub fn tail(&self, operation: Operation, side: Name) -> Option<f64> {
        let shares = self.of(operation, side, 64).map(|sample| sample.run.p99 / sample.run.p50);
        Spread::of(shares).map(|spread| spread.median)
    }

    /// A line for each operation and side.
    pub fn table(&self) -> String {
        let mut text = format!(
            "| {} | requests/s at 8 (min–max) | at 1 | at 64 | p50, p99 ms at 64 | CPU ms server + database | statements | \
             × hand-written | × bare | × PostGraphile | errors |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
            self.database
        );
        for operation in Operation::ALL {
            for side in Name::ALL {
                if let Some(rate) = self.rate(operation, side, COMPARED_AT) {
                    self.line(&mut text, operation, side, rate);
                }
            }
        }
        text
    }

    fn line(&self, text: &mut String, operation: Operation, side: Name, rate: Spread) {
        let at = |connections| whole(self.rate(operation, side, connections).map(|spread| spread.median));
        let middle = |connections, figure: fn(&Sample) -> f64| {
            Spread::of(self.of(operation, side, connections).map(figure)).map_or(0.0, |spread| spread.median)
        };
        let errors: u64 = self
            .samples
            .iter()
            .filter(|sample| sample.operation == operation && sample.side == side)
            .map(|sample| sample.run.faults())
            .sum();
        let statements = self.of(operation, side, COMPARED_AT).filter_map(|sample| sample.statements);
        let statements =
            Spread::of(statements).map_or_else(String::new, |spread| format!("{:.1}", spread.median));
        let times = |other| times(self.ratio(operation, side, other).filter(|_| other != side));
        let _ = writeln!(
            text,
            "| {} {} | {:.0} ({:.0}–{:.0}) | {} | {} | {:.1}, {:.1} | {:.3} + {:.3} | {statements} | {} | {} | {} | {errors} |",
            operation.name(),
            side.text(),
            rate.median,
            rate.least,
            rate.greatest,
            at(1),
            at(64),
            middle(64, |sample| sample.run.p50),
            middle(64, |sample| sample.run.p99),
            middle(COMPARED_AT, |sample| sample.server_ms),
            middle(COMPARED_AT, |sample| sample.database_ms),
            times(Name::HandWritten),
            times(Name::Bare),
            times(Name::PostGraphile),
        );
    }
}

fn whole(figure: Option<f64>) -> String {
    figure.map_or_else(String::new, |figure| format!("{figure:.0}"))
}

fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}
