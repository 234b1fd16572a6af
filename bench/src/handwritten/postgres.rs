//! The four operations on PostgreSQL.

use sqlx::postgres::{PgPool, PgPoolOptions};
use uuid::Uuid;

use super::CONNECTIONS;
use super::answers::{Coded, Named, Pillar, Ranked};
use super::rows::{EntryRow, PROFILE, SavedRow, TASKS, TaskRow};
use super::saving::{LAST, Save, append, save};
use super::trail::Entry;

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

pub async fn tasks(pool: &PgPool, user: Uuid) -> sqlx::Result<Vec<TaskRow>> {
    sqlx::query_as(TASKS).bind(user).fetch_all(pool).await
}

pub async fn profile(pool: &PgPool, unit: Uuid, edition: Uuid) -> sqlx::Result<Vec<EntryRow>> {
    sqlx::query_as(PROFILE).bind(unit).bind(edition).fetch_all(pool).await
}

pub async fn save(pool: &PgPool, save: &Save) -> sqlx::Result<Option<SavedRow>> {
    save!(save).fetch_optional(pool).await
}

/// The report as it is, held until the end of the transaction.
const BEFORE: &str = include_str!("sql/before.postgres.sql");
/// The product's own lock: whoever appends waits for the one before to commit.
const LOCK: &str = "SELECT pg_advisory_xact_lock(4927340128)";

pub async fn save_with_trail(pool: &PgPool, save: &Save) -> sqlx::Result<Option<SavedRow>> {
    let mut transaction = pool.begin().await?;
    let before = sqlx::query_as(BEFORE).bind(save.viewer).bind(save.assignment).bind(&save.period);
    let Some(before) = before.fetch_optional(&mut *transaction).await? else { return Ok(None) };
    let Some(saved) = save!(save).fetch_optional(&mut *transaction).await? else { return Ok(None) };
    sqlx::query(LOCK).execute(&mut *transaction).await?;
    let last = sqlx::query_as(LAST).fetch_optional(&mut *transaction).await?;
    append!(Entry::behind(last, save, before, &saved)).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some(saved))
}
