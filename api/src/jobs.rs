//! Computations too long for one request: a queue in the database, written with the change that asks for it, claimed by
//! one process at a time and begun anew when that one dies.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Set};

use crate::App;
use crate::error::{Code, Error, Problem, Result};
use crate::graphql::{Outcome, Run};
use crate::policy::{User, Verb, Viewer};
use crate::scoring::Basis;
use crate::store::{Read, Tx};

/// How long a process that runs a job is believed to be alive after its last sign.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How often a process with nothing to do looks for jobs that another has queued.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long a job that has ended is kept.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Runs jobs for ever, one after another.
pub async fn work(app: App) {
    loop {
        match turn(&app).await {
            Ok(true) => {}
            Ok(false) => {
                // Queued here or elsewhere: the first is heard of, the second found.
                let _ = tokio::time::timeout(LOOK_EVERY, app.queued.notified()).await;
            }
            Err(error) => {
                tracing::warn!(?error, "a job could not be run");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Runs the job that has waited longest, if there is one.
pub async fn turn(app: &App) -> Result<bool> {
    let Some(job) = claim(app).await? else { return Ok(false) };
    let outcome = match job.kind {
        JobKind::MonteCarlo => monte_carlo(app, &job).await,
    };
    let change = match outcome {
        Ok(Some(output)) => job::ActiveModel {
            status: Set(JobStatus::Succeeded),
            output: Set(Some(output)),
            done: Set(job.total),
            ..Default::default()
        },
        // Given up by its author meanwhile.
        Ok(None) => return Ok(true),
        Err(error) => {
            if let Error::Internal(cause) = &error {
                tracing::error!(job = %job.id, ?cause, "job failed");
            }
            job::ActiveModel {
                status: Set(JobStatus::Failed),
                problem: Set(Some(error.code().name())),
                ..Default::default()
            }
        }
    };
    sign(app, &job, change).await?;
    Ok(true)
}

async fn claim(app: &App) -> Result<Option<job::Model>> {
    use job::Column::{Id, LeaseUntil, Status};
    let now = app.world.now();
    let dead = Condition::all().add(Status.eq(JobStatus::Running)).add(LeaseUntil.lt(now));
    let waiting = Condition::any().add(Status.eq(JobStatus::Queued)).add(dead);
    let tx = app.system().begin().await?;
    let query = tx.find::<job::Entity>().filter(waiting).order_by_asc(Id);
    let Some(row) = tx.first(tx.claimed(query)).await? else { return Ok(None) };
    let held = tx.hold::<job::Entity>(row.id, Verb::Update).await?;
    let change = job::ActiveModel {
        status: Set(JobStatus::Running),
        lease_until: Set(Some(now + LEASE)),
        done: Set(0),
        ..Default::default()
    };
    let row = tx.update(&held, None, change).await?;
    tx.commit().await?;
    app.events.changed(row.id);
    Ok(Some(row))
}

/// Writes to a running job and renews its lease; false when it is no longer this process's to run.
async fn sign(app: &App, job: &job::Model, change: job::ActiveModel) -> Result<bool> {
    let tx = app.system().begin().await?;
    let held = tx.hold::<job::Entity>(job.id, Verb::Update).await?;
    if held.status != JobStatus::Running {
        return Ok(false);
    }
    let lease_until = Set(Some(app.world.now() + LEASE));
    tx.update(&held, None, job::ActiveModel { lease_until, ..change }).await?;
    tx.commit().await?;
    app.events.changed(job.id);
    Ok(true)
}

/// The job's author as its row says now: what it reads is what that user may read.
async fn author(app: &App, job: &job::Model) -> Result<Viewer> {
    let row = app.system().get::<user::Entity>(job.author_id).await?;
    match row.disabled_at {
        Some(_) => Err(Error::Unauthenticated),
        None => Ok(Viewer::User(User::of(&row))),
    }
}

async fn monte_carlo(app: &App, job: &job::Model) -> Result<Option<serde_json::Value>> {
    let run: Run = serde_json::from_value(job.input.clone()).map_err(Error::internal)?;
    let store = app.store(author(app, job).await?);
    let edition = store.get::<edition::Entity>(run.edition).await?;
    let basis = Arc::new(Basis::read(&store, edition).await?);
    let prepared = Arc::new(run.prepare(&basis)?);
    let step = (run.draws / 100).clamp(500, 50_000);
    let mut sum = None;
    let mut done = 0;
    while done < run.draws {
        let until = (done + step).min(run.draws);
        let draws = Arc::clone(&prepared);
        let range = done..until;
        let tally = app
            .workshop
            .run_unhurried(move |stop| {
                draws.run(range, 1, &|| stop.is_wanted()).map_err(crate::scoring::refused)
            })
            .await?;
        match &mut sum {
            None => sum = Some(tally),
            Some(sum) => sum.merge(&tally),
        }
        done = until;
        let progress = job::ActiveModel {
            done: Set(i64::try_from(done).map_err(Error::internal)?),
            ..Default::default()
        };
        if done < run.draws && !sign(app, job, progress).await? {
            return Ok(None);
        }
    }
    let tally = sum.ok_or_else(|| Error::internal("a run without draws"))?;
    let outcome: Outcome = run.outcome(&basis, &tally)?;
    serde_json::to_value(outcome).map(Some).map_err(Error::internal)
}

/// Queues a job in the transaction of the request that asks for it.
///
/// # Errors
/// [`Code::TooMany`] when its author has three that have not ended.
pub async fn queue(
    tx: &Tx,
    kind: JobKind,
    author: uuid::Uuid,
    input: serde_json::Value,
    total: i64,
) -> Result<job::Model> {
    const MOST_OPEN: u64 = 3;
    use job::Column::{AuthorId, Status};
    // One user's jobs are queued one after another, so that all are counted.
    tx.get_locked::<user::Entity>(author).await?;
    let open = tx.find::<job::Entity>().filter(AuthorId.eq(author));
    let open = open.filter(Status.is_in([JobStatus::Queued, JobStatus::Running]));
    if tx.count(open).await? >= MOST_OPEN {
        return Err(Problem::new("", Code::TooMany)
            .in_words(
                format_args!("mỗi người dùng chỉ được có {MOST_OPEN} phép tính đang chờ hoặc đang chạy"),
                format_args!("a user may have {MOST_OPEN} computations waiting or running"),
            )
            .into());
    }
    let row = job::ActiveModel {
        kind: Set(kind),
        status: Set(JobStatus::Queued),
        author_id: Set(author),
        input: Set(input),
        done: Set(0),
        total: Set(total),
        ..Default::default()
    };
    tx.insert::<job::Entity>(row).await
}

/// Forgets jobs that ended long ago.
pub async fn sweep(app: &App) -> Result<()> {
    use job::Column::{Status, UpdatedAt};
    let ended = [JobStatus::Succeeded, JobStatus::Failed, JobStatus::Cancelled];
    let old = Condition::all().add(Status.is_in(ended)).add(UpdatedAt.lt(app.world.now() - KEPT));
    let tx = app.system().begin().await?;
    tx.delete_all::<job::Entity>(old).await?;
    tx.commit().await
}
