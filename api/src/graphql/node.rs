//! Relay's `node` and `nodes`: any row by its global id, through the same wall as everything else.

use async_graphql::{Context, ID, Interface, Object};
use entity::*;

use super::ask::Ask;
use super::assignment::Assignment;
use super::audit::AuditEntry;
use super::data_submission::DataSubmission;
use super::edition::{Computation, Edition};
use super::evidence::Evidence;
use super::framework::{Framework, FrameworkNode};
use super::id;
use super::import::EditionImport;
use super::indicator::Indicator;
use super::innovation_model::{InnovationModel, ModelReplication};
use super::job::Job;
use super::method::Denominator;
use super::organization::Organization;
use super::outreach::OutreachActivity;
use super::plan::Plan;
use super::report::ProgressReport;
use super::score::{ComputedScore, Score};
use super::target::Target;
use super::task::Task;
use super::unit::Unit;
use super::user::User;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Rule;

/// Anything with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
pub enum Node {
    /// A task in the hands of one organization.
    Assignment(Assignment),
    /// One thing that was done.
    AuditEntry(AuditEntry),
    /// One year's ranking.
    Edition(Edition),
    /// One run of the engine.
    Computation(Computation),
    /// What the engine made of an edition at one node for one unit.
    ComputedScore(ComputedScore),
    /// A raw value that an organization supplies.
    DataSubmission(DataSubmission),
    /// What raw values are divided by.
    Denominator(Denominator),
    /// A file of figures for a draft edition.
    EditionImport(EditionImport),
    /// A document that proves something.
    Evidence(Evidence),
    /// A version of the index.
    Framework(Framework),
    /// A node of a framework's tree.
    FrameworkNode(FrameworkNode),
    /// A measured indicator.
    Indicator(Indicator),
    /// An exemplary model.
    InnovationModel(InnovationModel),
    /// A long computation.
    Job(Job),
    /// A place where an exemplary model was taken up.
    ModelReplication(ModelReplication),
    /// A body that carries the plan out.
    Organization(Organization),
    /// Something done to make the index known.
    OutreachActivity(OutreachActivity),
    /// A plan to raise the index.
    Plan(Plan),
    /// What an organization reports.
    ProgressReport(ProgressReport),
    /// The result of one unit at one node in one edition.
    Score(Score),
    /// What a unit wants to reach in a year.
    Target(Target),
    /// A task of the plan.
    Task(Task),
    /// What is ranked.
    Unit(Unit),
    /// Someone who signs in.
    User(User),
}

/// Queries by global id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this global id; null when there is none that the viewer may see.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        find(ctx, &id, "id").await
    }

    /// The objects with these global ids, at most 100, in their order; null for each that the viewer may not see.
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        const MOST: usize = 100;
        ctx.principal()?;
        if ids.len() > MOST {
            return Err(Problem::new("ids", Code::TooMany).with(MOST).into());
        }
        // At once, so that the loader batches them.
        let all = ids.iter().map(|id| find(ctx, id, "ids"));
        futures_util::future::try_join_all(all).await
    }
}

/// The row of `E` that `id` names.
async fn row<E: Rule>(ctx: &Context<'_>, id: &ID, field: &str) -> Result<Option<E::Model>>
where
    E::Model: Send + Sync,
{
    ctx.one::<E>(id::parse::<E>(id, field)?).await
}

async fn find(ctx: &Context<'_>, id: &ID, field: &str) -> Result<Option<Node>> {
    ctx.principal()?;
    let indicators =
        |node: node::Model| (node.level == NodeLevel::Indicator).then_some(Node::Indicator(Indicator(node)));
    Ok(match id.split(':').next().unwrap_or_default() {
        assignment::Entity::TABLE => {
            row::<assignment::Entity>(ctx, id, field).await?.map(|row| Assignment(row).into())
        }
        audit_log::Entity::TABLE => {
            row::<audit_log::Entity>(ctx, id, field).await?.map(|row| AuditEntry(row).into())
        }
        computation::Entity::TABLE => {
            row::<computation::Entity>(ctx, id, field).await?.map(|row| Computation(row).into())
        }
        computed_score::Entity::TABLE => {
            row::<computed_score::Entity>(ctx, id, field).await?.map(|row| ComputedScore(row).into())
        }
        data_submission::Entity::TABLE => {
            row::<data_submission::Entity>(ctx, id, field).await?.map(|row| DataSubmission(row).into())
        }
        denominator::Entity::TABLE => {
            row::<denominator::Entity>(ctx, id, field).await?.map(|row| Denominator(row).into())
        }
        edition::Entity::TABLE => {
            row::<edition::Entity>(ctx, id, field).await?.map(|row| Edition(row).into())
        }
        edition_import::Entity::TABLE => {
            row::<edition_import::Entity>(ctx, id, field).await?.map(|row| EditionImport(row).into())
        }
        evidence::Entity::TABLE => {
            row::<evidence::Entity>(ctx, id, field).await?.map(|row| Evidence(row).into())
        }
        framework::Entity::TABLE => {
            row::<framework::Entity>(ctx, id, field).await?.map(|row| Framework(row).into())
        }
        node::Entity::TABLE => {
            row::<node::Entity>(ctx, id, field).await?.map(|row| FrameworkNode(row).into())
        }
        indicator::Entity::TABLE => {
            let key = id::parse::<indicator::Entity>(id, field)?;
            ctx.one::<node::Entity>(key).await?.and_then(indicators)
        }
        innovation_model::Entity::TABLE => {
            row::<innovation_model::Entity>(ctx, id, field).await?.map(|row| InnovationModel(row).into())
        }
        job::Entity::TABLE => row::<job::Entity>(ctx, id, field).await?.map(|row| Job(row).into()),
        model_replication::Entity::TABLE => {
            row::<model_replication::Entity>(ctx, id, field).await?.map(|row| ModelReplication(row).into())
        }
        organization::Entity::TABLE => {
            row::<organization::Entity>(ctx, id, field).await?.map(|row| Organization(row).into())
        }
        outreach_activity::Entity::TABLE => {
            row::<outreach_activity::Entity>(ctx, id, field).await?.map(|row| OutreachActivity(row).into())
        }
        plan::Entity::TABLE => row::<plan::Entity>(ctx, id, field).await?.map(|row| Plan(row).into()),
        progress_report::Entity::TABLE => {
            row::<progress_report::Entity>(ctx, id, field).await?.map(|row| ProgressReport(row).into())
        }
        score::Entity::TABLE => row::<score::Entity>(ctx, id, field).await?.map(|row| Score(row).into()),
        target::Entity::TABLE => row::<target::Entity>(ctx, id, field).await?.map(|row| Target(row).into()),
        task::Entity::TABLE => row::<task::Entity>(ctx, id, field).await?.map(|row| Task(row).into()),
        unit::Entity::TABLE => row::<unit::Entity>(ctx, id, field).await?.map(|row| Unit(row).into()),
        user::Entity::TABLE => row::<user::Entity>(ctx, id, field).await?.map(|row| User(row).into()),
        _ => return Err(Error::from(Problem::new(field, Code::InvalidId).with("table:uuid"))),
    })
}
