//! The four operations on PostgreSQL.

use sqlx::postgres::{PgPool, PgPoolOptions};
use uuid::Uuid;

use super::answers::{Coded, Entry, Named, Pillar, Ranked, Saved, Task};
use super::rows::{EntryRow, TaskRow};
use super::{CONNECTIONS, Saved as Wanted};

/// The pool; a broken connection is noticed by its first statement, not asked for before each.
pub async fn open(url: &str) -> sqlx::Result<PgPool> {
    PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false).connect(url).await
}

/// A unit and its pillars, side by side: one row for each unit is cheaper than one for each pillar.
const RANKING: &str = include_str!("sql/ranking.postgres.sql");

type RankedRow = (Option<i32>, Option<f64>, String, String, Vec<i32>, Vec<String>, Vec<Option<f64>>);

pub async fn ranking(pool: &PgPool, edition: Uuid) -> sqlx::Result<Vec<Ranked>> {
    let rows: Vec<RankedRow> = sqlx::query_as(RANKING).bind(edition).fetch_all(pool).await?;
    let unit = |(rank, score, code, name, places, codes, scores): RankedRow| {
        let mut pillars: Vec<_> = places.into_iter().zip(codes.into_iter().zip(scores)).collect();
        pillars.sort_unstable_by_key(|(place, _)| *place);
        let pillar = |(_, (code, score))| Pillar { score, node: Coded { code } };
        Ranked { rank, score, unit: Named { code, name }, below: pillars.into_iter().map(pillar).collect() }
    };
    Ok(rows.into_iter().map(unit).collect())
}

const TASKS: &str = include_str!("sql/tasks.sql");

pub async fn tasks(pool: &PgPool, user: Uuid) -> sqlx::Result<Vec<Task>> {
    let rows: Vec<TaskRow> = sqlx::query_as(TASKS).bind(user).fetch_all(pool).await?;
    Ok(rows.into_iter().map(Task::from).collect())
}

const PROFILE: &str = include_str!("sql/profile.sql");

pub async fn profile(pool: &PgPool, unit: Uuid, edition: Uuid) -> sqlx::Result<Vec<Entry>> {
    let rows: Vec<EntryRow> = sqlx::query_as(PROFILE).bind(unit).bind(edition).fetch_all(pool).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

const SAVE: &str = include_str!("sql/save.postgres.sql");

pub async fn save(
    pool: &PgPool,
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
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|(percent, status)| Saved { percent, status }))
}
