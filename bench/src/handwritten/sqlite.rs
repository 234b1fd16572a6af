//! The four operations on SQLite, by several readers and one writer, set up as the product sets them up.

use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use uuid::Uuid;

use super::answers::{Coded, Entry, Named, Pillar, Ranked, Saved, Task};
use super::rows::{EntryRow, TaskRow};
use super::{CONNECTIONS, Saved as Wanted};

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
        .pragma("mmap_size", "268435456")
        .pragma("cache_size", "-16000")
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

const TASKS: &str = include_str!("sql/tasks.sql");

pub async fn tasks(pools: &Pools, user: Uuid) -> sqlx::Result<Vec<Task>> {
    let rows: Vec<TaskRow> = sqlx::query_as(TASKS).bind(user).fetch_all(&pools.readers).await?;
    Ok(rows.into_iter().map(Task::from).collect())
}

const PROFILE: &str = include_str!("sql/profile.sql");

pub async fn profile(pools: &Pools, unit: Uuid, edition: Uuid) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query_as(PROFILE).bind(unit).bind(edition);
    let rows: Vec<EntryRow> = rows.fetch_all(&pools.readers).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

const SAVE: &str = include_str!("sql/save.sqlite.sql");

pub async fn save(
    pools: &Pools,
    user: Uuid,
    assignment: Uuid,
    report: &Wanted,
) -> sqlx::Result<Option<Saved>> {
    let row: Option<(i32, String)> = sqlx::query_as(SAVE)
        .bind(Uuid::now_v7())
        .bind(assignment)
        .bind(user)
        .bind(&report.period)
        .bind(report.percent)
        .bind(&report.content)
        .fetch_optional(&pools.writer)
        .await?;
    Ok(row.map(|(percent, status)| Saved { percent, status }))
}
