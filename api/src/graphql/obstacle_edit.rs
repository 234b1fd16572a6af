//! Difficulties: raising, passing on and resolving them.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::Set;

use super::ask::Ask;
use super::check::{Check, LINE, TEXT};
use super::id;
use super::obstacle::Obstacle;
use super::payload::payload;
use crate::error::{Code, Error, Problem, Result};
use crate::news::{Facts, Names, News, tell};
use crate::policy::Verb;
use crate::store::{Read, Tx};

/// A difficulty; it is described whole, so what is left out is cleared.
#[derive(InputObject)]
pub struct ObstacleInput {
    /// The task that it hinders; a task, a node or both.
    task_id: Option<ID>,
    /// The node of the framework that it hinders.
    node_id: Option<ID>,
    /// What it is, in one line.
    title: String,
    /// The same at length.
    description: String,
    /// What the organization proposes.
    proposal: Option<String>,
}

payload! {
    /// What came of raising, changing or deciding on a difficulty.
    ObstaclePayload {
        /// The difficulty as it is now.
        obstacle: Obstacle
    }
}

/// Mutations of difficulties.
#[derive(Default)]
pub struct ObstacleMutation;

#[Object]
impl ObstacleMutation {
    /// Raises a difficulty of the viewer's own organization.
    async fn obstacle_raise(
        &self,
        ctx: &Context<'_>,
        input: ObstacleInput,
    ) -> Result<Option<ObstaclePayload>> {
        ObstaclePayload::of(raise(ctx, input).await)
    }

    /// Describes a difficulty anew, until it is passed on; one that was sent back is raised again.
    async fn obstacle_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: ObstacleInput,
        expected_version: Option<i32>,
    ) -> Result<Option<ObstaclePayload>> {
        ObstaclePayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Takes a difficulty back that was not passed on.
    async fn obstacle_withdraw(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<ObstaclePayload>> {
        ObstaclePayload::of(withdraw(ctx, id, expected_version).await)
    }

    /// Sends a difficulty back to be described better. For the coordinator.
    async fn obstacle_return(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<Option<ObstaclePayload>> {
        ObstaclePayload::of(send_back(ctx, id, reason, expected_version).await)
    }

    /// Passes a difficulty on to the provincial People's Committee. For the coordinator.
    async fn obstacle_forward(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "What the coordinator thinks of it.")] opinion: Option<String>,
        expected_version: Option<i32>,
    ) -> Result<Option<ObstaclePayload>> {
        ObstaclePayload::of(forward(ctx, id, opinion, expected_version).await)
    }

    /// Resolves a difficulty that was passed on. For the leader.
    async fn obstacle_resolve(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "What is resolved.")] answer: String,
        #[graphql(desc = "Date of the answer; today if not said, never later.")] answered_on: Option<
            NaiveDate,
        >,
        expected_version: Option<i32>,
    ) -> Result<Option<ObstaclePayload>> {
        ObstaclePayload::of(resolve(ctx, id, answer, answered_on, expected_version).await)
    }
}

/// Whether its organization may still change a difficulty in this state.
pub(super) fn is_open(status: ObstacleStatus) -> bool {
    matches!(status, ObstacleStatus::Raised | ObstacleStatus::Returned)
}

/// What an input says of a difficulty, with nothing wrong in it.
fn described(input: &ObstacleInput) -> Result<obstacle::ActiveModel> {
    let mut check = Check::new("input");
    if input.task_id.is_none() && input.node_id.is_none() {
        check.problem("taskId", Code::Required);
    }
    let row = obstacle::ActiveModel {
        task_id: Set(check.optional_id::<task::Entity>("taskId", input.task_id.as_ref())),
        node_id: Set(check.optional_id::<node::Entity>("nodeId", input.node_id.as_ref())),
        title: Set(check.text("title", &input.title, LINE)),
        description: Set(check.text("description", &input.description, TEXT).into()),
        proposal: Set(check.optional("proposal", input.proposal.as_deref(), TEXT)),
        ..Default::default()
    };
    check.done()?;
    Ok(row)
}

/// What a difficulty hinders is there for the viewer.
async fn is_there(tx: &Tx, row: &obstacle::ActiveModel) -> Result<()> {
    if let Set(Some(task)) = row.task_id {
        tx.get::<task::Entity>(task).await.map_err(|error| error.at("input.taskId"))?;
    }
    if let Set(Some(node)) = row.node_id {
        tx.get::<node::Entity>(node).await.map_err(|error| error.at("input.nodeId"))?;
    }
    Ok(())
}

async fn raise(ctx: &Context<'_>, input: ObstacleInput) -> Result<Obstacle> {
    let user = ctx.principal()?.user;
    let organization = user.organization.ok_or(Error::Forbidden)?;
    let row = obstacle::ActiveModel {
        organization_id: Set(organization),
        status: Set(ObstacleStatus::Raised),
        author_id: Set(user.id),
        ..described(&input)?
    };
    let tx = ctx.store()?.begin().await?;
    is_there(&tx, &row).await?;
    let row = tx.insert::<obstacle::Entity>(row).await?;
    tell(&tx, news(NotificationKind::ObstacleRaised, &row)?).await?;
    tx.commit().await?;
    Ok(Obstacle(row.into()))
}

async fn update(ctx: &Context<'_>, id: ID, input: ObstacleInput, expected: Option<i32>) -> Result<Obstacle> {
    let change = obstacle::ActiveModel { status: Set(ObstacleStatus::Raised), ..described(&input)? };
    move_on(ctx, id, Verb::Update, is_open, change, expected).await
}

async fn withdraw(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<Obstacle> {
    let change = obstacle::ActiveModel { status: Set(ObstacleStatus::Withdrawn), ..Default::default() };
    move_on(ctx, id, Verb::Update, is_open, change, expected).await
}

async fn send_back(ctx: &Context<'_>, id: ID, reason: String, expected: Option<i32>) -> Result<Obstacle> {
    let mut check = Check::new("");
    let reason = check.text("reason", &reason, TEXT);
    check.done()?;
    let change = obstacle::ActiveModel {
        status: Set(ObstacleStatus::Returned),
        return_reason: Set(Some(reason.into())),
        ..Default::default()
    };
    move_on(ctx, id, Verb::Decide, |from| from == ObstacleStatus::Raised, change, expected).await
}

async fn forward(
    ctx: &Context<'_>,
    id: ID,
    opinion: Option<String>,
    expected: Option<i32>,
) -> Result<Obstacle> {
    let mut check = Check::new("");
    let opinion = check.optional("opinion", opinion.as_deref(), TEXT);
    check.done()?;
    let change = obstacle::ActiveModel {
        status: Set(ObstacleStatus::Forwarded),
        forwarder_id: Set(Some(ctx.principal()?.user.id)),
        forwarded_at: Set(Some(ctx.app()?.world.now())),
        opinion: Set(opinion),
        ..Default::default()
    };
    move_on(ctx, id, Verb::Decide, |from| from == ObstacleStatus::Raised, change, expected).await
}

async fn resolve(
    ctx: &Context<'_>,
    id: ID,
    answer: String,
    answered_on: Option<NaiveDate>,
    expected: Option<i32>,
) -> Result<Obstacle> {
    let world = &ctx.app()?.world;
    let mut check = Check::new("");
    let answer = check.text("answer", &answer, TEXT);
    let today = world.today();
    let answered_on = check.past("answeredOn", answered_on.unwrap_or(today), today);
    check.done()?;
    let change = obstacle::ActiveModel {
        status: Set(ObstacleStatus::Resolved),
        resolver_id: Set(Some(ctx.principal()?.user.id)),
        resolved_at: Set(Some(world.now())),
        answer: Set(Some(answer.into())),
        answered_on: Set(Some(answered_on)),
        ..Default::default()
    };
    move_on(ctx, id, Verb::Decide, |from| from == ObstacleStatus::Forwarded, change, expected).await
}

/// Changes a difficulty if its state is one `from` which that is possible.
async fn move_on(
    ctx: &Context<'_>,
    id: ID,
    verb: Verb,
    from: fn(ObstacleStatus) -> bool,
    change: obstacle::ActiveModel,
    expected: Option<i32>,
) -> Result<Obstacle> {
    let key = id::parse::<obstacle::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<obstacle::Entity>(key, verb).await?;
    if !from(held.status) {
        return Err(Problem::state("id", held.status).into());
    }
    is_there(&tx, &change).await?;
    let row = tx.update(&held, expected, change).await?;
    let kind = match row.status {
        status if status == held.status => None,
        ObstacleStatus::Raised => Some(NotificationKind::ObstacleRaised),
        ObstacleStatus::Returned => Some(NotificationKind::ObstacleReturned),
        ObstacleStatus::Forwarded => Some(NotificationKind::ObstacleForwarded),
        ObstacleStatus::Resolved => Some(NotificationKind::ObstacleResolved),
        ObstacleStatus::Withdrawn => None,
    };
    if let Some(kind) = kind {
        tell(&tx, news(kind, &row)?).await?;
    }
    tx.commit().await?;
    Ok(Obstacle(row.into()))
}

fn news(kind: NotificationKind, row: &obstacle::Model) -> Result<News> {
    let reason = match kind {
        NotificationKind::ObstacleResolved => &row.answer,
        _ => &row.return_reason,
    };
    let facts = Facts {
        title: Names::same(&row.title),
        reason: Long::into_optional(reason.clone())?,
        ..Facts::default()
    };
    Ok(News::of::<obstacle::Entity>(kind, row, [row.organization_id], facts))
}
