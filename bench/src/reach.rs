//! What the product is to reach, and whether it did.

use std::fmt::Write;

use crate::operations::Operation::{self, Q1, Q2, Q3, Q4};
use crate::sides::Name::{self, Bare, HandWritten, PostGraphile, Product, Uncached, WithTrail};
use crate::table::Results;

/// A ratio that is to be reached.
struct Goal {
    operation: Operation,
    side: Name,
    against: Name,
    least: f64,
}

const fn goal(operation: Operation, side: Name, against: Name, least: f64) -> Goal {
    Goal { operation, side, against, least }
}

const ON_POSTGRES: &[Goal] = &[
    goal(Q1, Uncached, PostGraphile, 10.0),
    goal(Q1, Uncached, HandWritten, 2.0),
    goal(Q1, Product, PostGraphile, 75.0),
    goal(Q1, Product, HandWritten, 11.0),
    goal(Q1, Product, Bare, 0.8),
    goal(Q3, Uncached, PostGraphile, 10.0),
    goal(Q3, Uncached, HandWritten, 2.0),
    goal(Q3, Product, PostGraphile, 75.0),
    goal(Q3, Product, HandWritten, 11.0),
    goal(Q3, Product, Bare, 0.8),
    goal(Q2, Product, PostGraphile, 5.0),
    goal(Q2, Product, HandWritten, 1.1),
    goal(Q4, Product, PostGraphile, 6.0),
    goal(Q4, Product, HandWritten, 0.95),
];

/// At 64 connections the slowest hundredth takes at most so many times the median.
const TAIL: f64 = 5.0;
/// Q2 on SQLite against the hand-written server on PostgreSQL, and Q4 against that on SQLite.
const SQLITE_READS: f64 = 1400.0 / 1470.0;
const SQLITE_WRITES: f64 = 0.95;

/// A line for each goal that was measured.
pub fn table(postgres: Option<&Results>, sqlite: Option<&Results>) -> String {
    let mut text = String::from("| goal | wanted | measured | |\n| --- | --- | --- | --- |\n");
    if let Some(postgres) = postgres {
        for Goal { operation, side, against, least } in ON_POSTGRES {
            let what = format!("{} {} × {}", operation.name(), side.text(), against.text());
            at_least(&mut text, &what, *least, postgres.ratio(*operation, *side, *against));
        }
        like_for_like(&mut text, postgres);
    }
    if let Some(sqlite) = sqlite {
        let median = |results: &Results, operation, side| Some(results.rate(operation, side, 8)?.median);
        let wanted = postgres.and_then(|postgres| median(postgres, Q2, HandWritten));
        let reads = wanted.zip(median(sqlite, Q2, Product)).map(|(other, own)| own / other);
        at_least(&mut text, "Q2 pii on SQLite × hand-written on PostgreSQL", SQLITE_READS, reads);
        let writes = sqlite.ratio(Q4, Product, HandWritten);
        at_least(&mut text, "Q4 pii on SQLite × hand-written on SQLite", SQLITE_WRITES, writes);
        like_for_like(&mut text, sqlite);
    }
    for results in [postgres, sqlite].into_iter().flatten() {
        for operation in Operation::ALL {
            let what = format!("{} pii on {}, p99 / p50 at 64", operation.name(), results.database);
            at_most(&mut text, &what, TAIL, results.tail(operation, Product));
        }
    }
    text
}

/// How the product's saves stand against those that keep the same trail: no goal, since the goal is set without it.
fn like_for_like(text: &mut String, results: &Results) {
    if let Some(ratio) = results.ratio(Q4, Product, WithTrail) {
        let what = format!("Q4 pii × {} on {}", WithTrail.text(), results.database);
        let _ = writeln!(text, "| {what} | | {ratio:.2} | |");
    }
}

fn at_least(text: &mut String, what: &str, least: f64, measured: Option<f64>) {
    line(text, what, &format!("≥ {least:.2}"), measured, |measured| measured >= least);
}

fn at_most(text: &mut String, what: &str, most: f64, measured: Option<f64>) {
    line(text, what, &format!("≤ {most:.2}"), measured, |measured| measured <= most);
}

/// What was not measured has no line.
fn line(text: &mut String, what: &str, wanted: &str, measured: Option<f64>, is_good: impl Fn(f64) -> bool) {
    if let Some(measured) = measured {
        let verdict = if is_good(measured) { "reached" } else { "not reached" };
        let _ = writeln!(text, "| {what} | {wanted} | {measured:.2} | {verdict} |");
    }
}
