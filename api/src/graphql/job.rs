//! Long computations: starting, watching and giving them up.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Description, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use entity::*;
use futures_util::Stream;
use futures_util::stream::unfold;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::analysis::{MOST_QUEUED_DRAWS, MonteCarloInput, MonteCarloResult, Outcome, Run, place};
use super::ask::Ask;
use super::edition::Edition;
use super::id;
use super::page::{List, page};
use super::payload::payload;
use crate::error::{Error, Problem, Result};
use crate::events::News;
use crate::jobs;
use crate::policy::Verb;
use crate::store::{Read, Sort, Store};

/// A computation too long for one request. Only who asked for it sees it; it is kept for thirty days after its end.
#[derive(Description)]
pub struct Job(pub Arc<job::Model>);

#[Object(use_type_description)]
impl Job {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<job::Entity>(self.0.id)
    }

    /// What is computed.
    async fn kind(&self) -> JobKind {
        self.0.kind
    }

    /// The edition that it is about; null when the viewer may not read it any more.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        let run: Run = serde_json::from_value(self.0.input.clone()).map_err(Error::internal)?;
        Ok(ctx.one::<edition::Entity>(run.edition).await?.map(Edition))
    }

    /// How far it is.
    async fn status(&self) -> JobStatus {
        self.0.status
    }

    /// Steps done.
    async fn done(&self) -> i64 {
        self.0.done
    }

    /// Steps in all.
    async fn total(&self) -> i64 {
        self.0.total
    }

    /// Why it failed, as an error code; null unless it failed.
    async fn problem(&self) -> Option<&str> {
        self.0.problem.as_deref()
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last got on.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// What came of a Monte-Carlo run; null until it has succeeded, and like its edition.
    async fn monte_carlo(&self, ctx: &Context<'_>) -> Result<Option<MonteCarloResult>> {
        let Some(output) = &self.0.output else { return Ok(None) };
        if self.edition(ctx).await?.is_none() {
            return Ok(None);
        }
        let outcome: Outcome = serde_json::from_value(output.clone()).map_err(Error::internal)?;
        let units = ctx.store()?.find::<unit::Entity>().filter(unit::Column::Id.is_in(outcome.units()));
        let units = ctx.store()?.every(units).await?;
        Ok(Some(MonteCarloResult::new(outcome, units)))
    }
}

/// Queries about long computations.
#[derive(Default)]
pub struct JobQuery;

#[Object]
impl JobQuery {
    /// A long computation of the viewer's own; ask again now and then to see it get on, or subscribe to `jobProgress`.
    async fn job(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Job>> {
        ctx.store()?
            .get::<job::Entity>(id::parse::<job::Entity>(&id, "id")?)
            .await
            .map(|row| Job(row.into()))
            .map(Some)
    }

    /// The viewer's own long computations, newest first.
    async fn jobs(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<List<Job>> {
        let all = ctx.store()?.find::<job::Entity>();
        page(ctx, all, Sort::by_greatest(job::Column::CreatedAt), first, after, Job).await
    }
}

payload! {
    /// What came of asking for a long computation, or of giving it up.
    JobPayload {
        /// The computation as it is now.
        job: Job
    }
}

/// Mutations of long computations.
#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobMutation {
    /// Asks for a Monte-Carlo run of up to 5,000,000 draws of the ranks at a node; the index itself if none is named. At
    /// most three of one user's wait or run at a time.
    async fn monte_carlo_start(
        &self,
        ctx: &Context<'_>,
        edition: ID,
        node: Option<ID>,
        input: MonteCarloInput,
    ) -> Result<Option<JobPayload>> {
        JobPayload::of(monte_carlo(ctx, edition, node, input).await)
    }

    /// Gives up a long computation of the viewer's own that has not ended.
    async fn job_cancel(&self, ctx: &Context<'_>, id: ID) -> Result<Option<JobPayload>> {
        JobPayload::of(cancel(ctx, id).await)
    }
}

async fn monte_carlo(
    ctx: &Context<'_>,
    edition: ID,
    node: Option<ID>,
    input: MonteCarloInput,
) -> Result<Job> {
    let author = ctx.principal()?.user.id;
    let basis = ctx.basis(&edition).await?;
    let node = place(&basis, node.as_ref(), "node")?;
    let run = input.run(&basis, node, MOST_QUEUED_DRAWS, "input")?;
    let draws = i64::try_from(run.draws).map_err(Error::internal)?;
    // What the engine refuses is refused now, not when the job's turn comes.
    let (check, on) = (run.clone(), basis.clone());
    ctx.compute(move |_| check.prepare(&on).map(drop)).await.map_err(|error| error.at("input"))?;
    let tx = ctx.store()?.begin().await?;
    let input = serde_json::to_value(&run).map_err(Error::internal)?;
    let row = jobs::queue(&tx, JobKind::MonteCarlo, author, input, draws).await?;
    tx.commit().await?;
    ctx.app()?.queued.notify_one();
    Ok(Job(row.into()))
}

async fn cancel(ctx: &Context<'_>, id: ID) -> Result<Job> {
    let key = id::parse::<job::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<job::Entity>(key, Verb::Update).await?;
    if !is_open(held.status) {
        return Err(Problem::state("id", held.status).into());
    }
    let change = job::ActiveModel { status: Set(JobStatus::Cancelled), ..Default::default() };
    let row = tx.update(&held, None, change).await?;
    tx.commit().await?;
    ctx.app()?.events.changed(key);
    Ok(Job(row.into()))
}

fn is_open(status: JobStatus) -> bool {
    matches!(status, JobStatus::Queued | JobStatus::Running)
}

/// Subscriptions to long computations.
#[derive(Default)]
pub struct JobSubscription;

#[Subscription]
impl JobSubscription {
    /// A long computation of the viewer's own: as it is now, then whenever it has got on, until it has ended.
    async fn job_progress(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<impl Stream<Item = Result<Job>> + use<>> {
        let key = id::parse::<job::Entity>(&id, "id")?;
        let store = ctx.store()?.clone();
        store.get::<job::Entity>(key).await?;
        let news = ctx.app()?.events.listen();
        let watch = Watch { store, key, news, seen: None, ended: false };
        Ok(unfold(watch, |mut watch| async move {
            let next = watch.next().await?;
            Some((next, watch))
        }))
    }
}

struct Watch {
    store: Store,
    key: Uuid,
    news: News,
    seen: Option<i32>,
    ended: bool,
}

impl Watch {
    /// How often to look for what another replica has written.
    const LOOK_EVERY: Duration = Duration::from_secs(2);

    async fn next(&mut self) -> Option<Result<Job>> {
        if self.ended {
            return None;
        }
        loop {
            match self.store.get::<job::Entity>(self.key).await {
                Ok(row) if self.seen == Some(row.row_version) => {}
                Ok(row) => {
                    self.seen = Some(row.row_version);
                    self.ended = !is_open(row.status);
                    return Some(Ok(Job(row.into())));
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
            let _ = tokio::time::timeout(Self::LOOK_EVERY, self.news.of(self.key)).await;
        }
    }
}
