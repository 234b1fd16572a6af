//! The four operations on SQLite, by several readers and one writer, set up as the product sets them up.

use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use uuid::Uuid;

use super::CONNECTIONS;
use super::answers::{Coded, Named, Pillar, Ranked};
use super::rows::{EntryRow, PROFILE, SavedRow, TASKS, TaskRow};
use super::saving::{LAST, Save, append, save};
use super::trail::Entry;

/// Readers and the writer.
pub struct Pools {
    readers: SqlitePool,
    writer: SqlitePool,
}

/// Opens the file.
pub async fn open(file: &str) -> sqlx::Result<Pools> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("mmap_size", "1073741824")
        .pragma("cache_size", "-2000")
        .pragma("temp_store", "MEMORY");
    let pool = |size| SqlitePoolOptions::new().max_connections(size).test_before_acquire(false);
    let writer = pool(1).connect_with(options.clone()).await?;
    Ok(Pools { readers: pool(CONNECTIONS).connect_with(options).await?, writer })
}

const RANKING: &str = include_str!("sql/ranking.sqlite.sql");

type RankedRow = (Option<i32>, Option<f64>, String, String, String, Option<f64>);

/// One row for each pillar, units one after the other.
pub async fn ranking(pools: &Pools, edition: Uuid) -> sqlx::Result<Vec<Ranked>> {
    let rows: Vec<RankedRow> = sqlx::query_as(RANKING).bind(edition).fetch_all(&pools.readers).await?;
    let mut units: Vec<Ranked> = Vec::new();
    for (rank, score, code, name, pillar, below) in rows {
        let pillar = Pillar { score: below, node: Coded { code: pillar } };
        match units.last_mut().filter(|last| last.unit.code == code) {
            Some(last) => last.below.push(pillar),
            None => units.push(Ranked { rank, score, unit: Named { code, name }, below: vec![pillar] }),
        }
    }
    Ok(units)
}

pub async fn tasks(pools: &Pools, user: Uuid) -> sqlx::Result<Vec<TaskRow>> {
    sqlx::query_as(TASKS).bind(user).fetch_all(&pools.readers).await
}

pub async fn profile(pools: &Pools, unit: Uuid, edition: Uuid) -> sqlx::Result<Vec<EntryRow>> {
    sqlx::query_as(PROFILE).bind(unit).bind(edition).fetch_all(&pools.readers).await
}

pub async fn save(pools: &Pools, save: &Save) -> sqlx::Result<Option<SavedRow>> {
    save!(save).fetch_optional(&pools.writer).await
}

/// The report as it is.
const BEFORE: &str = include_str!("sql/before.sqlite.sql");

/// There is no lock to take: the transaction is the only one that writes.
pub async fn save_with_trail(pools: &Pools, save: &Save) -> sqlx::Result<Option<SavedRow>> {
    let mut transaction = pools.writer.begin_with("BEGIN IMMEDIATE").await?;
    let before = sqlx::query_as(BEFORE).bind(save.viewer).bind(save.assignment).bind(&save.period);
    let Some(before) = before.fetch_optional(&mut *transaction).await? else { return Ok(None) };
    let Some(saved) = save!(save).fetch_optional(&mut *transaction).await? else { return Ok(None) };
    let last = sqlx::query_as(LAST).fetch_optional(&mut *transaction).await?;
    append!(Entry::behind(last, save, before, &saved)).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some(saved))
}
