//! Runs of the load generator, side after side, and what they come to.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::Result;
use crate::load::{self, Pressure, Run};
use crate::operations::{Operation, Request};
use crate::options::Options;
use crate::postgres::Base;
use crate::processes;
use crate::sides::{Name, Side};

/// One side that is asked one operation.
pub struct Lane<'a> {
    /// Who answers.
    pub side: &'a Side,
    /// What is asked.
    pub operation: Operation,
    /// With what, in turns.
    pub requests: Vec<Request>,
}

/// What came of one run.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Who answered.
    pub side: Name,
    /// What was asked.
    pub operation: Operation,
    /// How many connections asked at once.
    pub connections: u32,
    /// What the load generator saw.
    pub run: Run,
    /// Milliseconds of processor time that a request cost the server.
    pub server_ms: f64,
    /// The same of the database.
    pub database_ms: f64,
    /// Statements of a request, where the database counts them.
    pub statements: Option<f64>,
}

/// How often and how long.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Rounds over all sides.
    pub rounds: usize,
    /// Connections, and seconds with that many.
    pub pressures: &'static [(u32, u32)],
}

impl Plan {
    /// Medians of three rounds.
    const WHOLE: Self = Self { rounds: 3, pressures: &[(8, 2), (1, 1), (64, 1)] };
    /// Only to see that all works.
    const QUICK: Self = Self { rounds: 1, pressures: &[(8, 1), (1, 1), (64, 1)] };

    /// That which the options ask for.
    pub fn of(options: &Options) -> Self {
        if options.quick { Self::QUICK } else { Self::WHOLE }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = if self.rounds == 1 { "round" } else { "rounds" };
        write!(f, "{} {rounds} of", self.rounds)?;
        for (place, (connections, seconds)) in self.pressures.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma} {seconds} s at {connections}")?;
        }
        f.write_str(" connections")
    }
}

/// Looks at every answer of a second, which also warms the side up, and says how many there were.
pub async fn look(folder: &Path, lane: &Lane<'_>) -> Result<u64> {
    let pressure = Pressure { connections: 8, seconds: 1, looked_at: true };
    let run = load::press(folder, &lane.side.url(lane.operation), &lane.requests, pressure).await?;
    match run.faults() + run.wrong + run.busy {
        0 if run.requests > 0 => Ok(run.requests),
        _ => Err(format!("{} at {}: {run:?}", lane.side.name.text(), lane.operation.name()).into()),
    }
}

/// Measures lanes of one operation in turns.
pub async fn in_turns(
    folder: &Path,
    lanes: &[Lane<'_>],
    plan: Plan,
    database: Option<Base<'_>>,
) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for _ in 0..plan.rounds {
        for (connections, seconds) in plan.pressures {
            for lane in lanes {
                let pressure = Pressure { connections: *connections, seconds: *seconds, looked_at: false };
                samples.push(sample(folder, lane, pressure, database).await?);
            }
        }
    }
    Ok(samples)
}

async fn sample(
    folder: &Path,
    lane: &Lane<'_>,
    pressure: Pressure,
    database: Option<Base<'_>>,
) -> Result<Sample> {
    let times = || {
        let server = processes::seconds(lane.side.process.id());
        (server, database.and_then(|base| base.server.pid).map_or(0.0, processes::seconds))
    };
    let statements = || database.map(|base| base.statements()).transpose();
    let asked = statements()?;
    // What the side before was still at is not to be paid for by this one.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = times();
    let run = load::press(folder, &lane.side.url(lane.operation), &lane.requests, pressure).await?;
    let after = times();
    let asked = asked.zip(statements()?).map(|(before, after)| after - before);
    let each = |whole: f64| whole / run.requests.max(1) as f64;
    Ok(Sample {
        side: lane.side.name,
        operation: lane.operation,
        connections: pressure.connections,
        run,
        server_ms: each(1000.0 * (after.0 - before.0)),
        database_ms: each(1000.0 * (after.1 - before.1)),
        statements: asked.map(each),
    })
}

/// The middle of some figures, and the ends.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

impl Spread {
    /// Of no figures there is none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (least, greatest) = (*figures.first()?, *figures.last()?);
        let upper = figures.len() / 2;
        let median = (figures[upper] + figures[(figures.len() - 1) / 2]) / 2.0;
        Some(Self { median, least, greatest })
    }
}
