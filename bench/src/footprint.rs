//! What the product costs besides time: its start on a filled database, its memory, and where it is too much for it.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::Result;
use crate::data::Data;
use crate::load::{self, Pressure, Run};
use crate::measure::Spread;
use crate::operations::{Dialect, Operation, varied};
use crate::processes::{self, Memory};
use crate::product::Product;

/// What the product is to keep to.
const MOST_START_MS: f64 = 150.0;
const MOST_MEMORY_MIB: f64 = 64.0;
const STARTS: usize = 5;
/// Connections that are tried one after the other until latency has doubled.
const STEPS: [u32; 6] = [4, 8, 16, 32, 64, 128];

/// Lines about a product that keeps no answers, after its start and under all operations.
pub async fn table(product: &Product, data: &Data, folder: &Path, database: &str) -> Result<String> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let (_process, _, took) = product.serve(&[]).await?;
        starts.push(took.as_secs_f64() * 1000.0);
    }
    let start = Spread::of(starts).map_or(f64::NAN, |spread| spread.median);
    let (process, base, _) = product.serve(&[("PII_ANSWER_CACHE_MB", "0")]).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = processes::memory(process.id());
    let url = format!("{base}/graphql");
    for operation in Operation::ALL {
        press(folder, &url, operation, data, 64).await?;
    }
    let loaded = processes::memory(process.id());
    let overload = overload(folder, &url, data).await?;
    let mut text =
        format!("| pii on {database}, no answers kept | wanted | measured | |\n| --- | --- | --- | --- |\n");
    let verdict = |is_good| if is_good { "reached" } else { "not reached" };
    let _ = writeln!(
        text,
        "| start on a filled database until it is ready, ms, median of {STARTS} | ≤ {MOST_START_MS} | {start:.0} | {} |",
        verdict(start <= MOST_START_MS)
    );
    let both = |memory: Memory| format!("{:.0}, {:.0}", memory.resident, memory.own);
    let _ = writeln!(text, "| memory idle, MiB: resident, own | | {} | |", both(idle));
    // Of a mapped file that is looked through all pages are resident, and the system takes them back when it likes.
    let (judged, word) =
        if product.is_on_sqlite() { (loaded.own, "own") } else { (loaded.resident, "resident") };
    let _ = writeln!(
        text,
        "| memory after all operations at 64 connections, MiB: resident, own | ≤ {MOST_MEMORY_MIB} {word} | {} | {} |",
        both(loaded),
        verdict(judged <= MOST_MEMORY_MIB)
    );
    text += &overload;
    Ok(text)
}

async fn press(folder: &Path, url: &str, operation: Operation, data: &Data, connections: u32) -> Result<Run> {
    let requests = varied(operation, Dialect::Product, data, "footprint");
    let pressure = Pressure { connections, seconds: 1, looked_at: true };
    load::press(folder, url, &requests, pressure).await
}

/// Twice as many connections as double the latency: what is answered, what is put off, what fails.
async fn overload(folder: &Path, url: &str, data: &Data) -> Result<String> {
    let alone = press(folder, url, Operation::Q2, data, 2).await?;
    let mut doubled = *STEPS.last().unwrap_or(&1);
    for connections in STEPS {
        if press(folder, url, Operation::Q2, data, connections).await?.p50 >= 2.0 * alone.p50 {
            doubled = connections;
            break;
        }
    }
    let over = press(folder, url, Operation::Q2, data, 2 * doubled).await?;
    // What is put off with 503 was counted as refused by the generator too.
    let failures = over.broken + over.wrong + over.refused.saturating_sub(over.busy);
    let verdict = if failures == 0 { "reached" } else { "not reached" };
    Ok(format!(
        "| Q2 at {} connections, twice as many as double its latency: failures | 0 | {failures}, {} of {} put off with 503 | {verdict} |\n",
        2 * doubled,
        over.busy,
        over.requests
    ))
}
