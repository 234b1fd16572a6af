//! Load by `wrk`: the same list of requests for every side, one after the other over all connections.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

use crate::Result;
use crate::operations::Request;
use crate::processes::capped;

/// One run of the load generator.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Run {
    /// Answers.
    pub requests: u64,
    /// Seconds that it took.
    pub seconds: f64,
    /// Half the answers were faster, in milliseconds.
    pub p50: f64,
    /// 99 of 100 answers were faster, in milliseconds.
    pub p99: f64,
    /// Connections that failed, broke off or got no answer in time.
    pub broken: u64,
    /// Answers with a status of 400 or above.
    pub refused: u64,
    /// Answers with status 503, where they were counted.
    pub busy: u64,
    /// Answers that do not look as they should, where they were looked at.
    pub wrong: u64,
}

impl Run {
    /// Answers in a second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// What went wrong, whether or not answers were looked at.
    pub fn faults(&self) -> u64 {
        self.broken + self.refused
    }
}

/// How hard to press.
#[derive(Clone, Copy, Debug)]
pub struct Pressure {
    /// Connections that ask at once.
    pub connections: u32,
    /// Seconds.
    pub seconds: u32,
    /// Whether each answer is looked at, which costs the generator time.
    pub looked_at: bool,
}

/// What the load generator may take.
const WRK_GIB: u64 = 2;
/// How long it may take to end when its time is over: more than it waits for a late answer.
const PATIENCE: Duration = Duration::from_secs(30);

const SCRIPT: &str = include_str!("load.lua");

/// Whether `wrk` is there.
pub fn is_there() -> bool {
    std::process::Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Presses on `url` with `requests`, longer where no answer comes in the time given.
pub async fn press(folder: &Path, url: &str, requests: &[Request], mut pressure: Pressure) -> Result<Run> {
    const LONGEST: u32 = 30;
    loop {
        let run = press_once(folder, url, requests, pressure).await?;
        if run.requests > 0 || run.faults() > 0 || pressure.seconds >= LONGEST {
            return Ok(run);
        }
        pressure.seconds = LONGEST.min(4 * pressure.seconds);
    }
}

async fn press_once(folder: &Path, url: &str, requests: &[Request], pressure: Pressure) -> Result<Run> {
    let folder = tempfile::tempdir_in(folder)?;
    let list = folder.path().join("requests.tsv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&list)?);
    for request in requests {
        writeln!(file, "{}\t{}", request.token, request.body)?;
    }
    file.into_inner()?;
    let script = folder.path().join("load.lua");
    std::fs::write(&script, SCRIPT)?;
    let mut wrk = Command::from(capped("wrk", WRK_GIB));
    wrk.args(["-t1", &format!("-c{}", pressure.connections), &format!("-d{}s", pressure.seconds)])
        .args(["--timeout", "20s", "-s"])
        .arg(&script)
        .args([url, "--"])
        .arg(&list)
        .arg(if pressure.looked_at { "look" } else { "trust" })
        .kill_on_drop(true);
    let output = timeout(Duration::from_secs(pressure.seconds.into()) + PATIENCE, wrk.output());
    let output = output.await.map_err(|_| format!("wrk did not end in time at {url}"))??;
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix("RUN "));
    match line {
        Some(line) => Ok(serde_json::from_str(line)?),
        None => Err(format!("wrk: {said}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
