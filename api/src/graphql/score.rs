//! Results of units at nodes: what was published or entered, and what the engine makes of it. The two are kept apart.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::ask::Ask;
use super::audit::AuditEntry;
use super::data_submission::DataSubmission;
use super::edition::{Edition, named_or_newest, root};
use super::framework::FrameworkNode;
use super::id;
use super::page::{List, page};
use super::unit::Unit;
use crate::error::Result;
use crate::store::{Read, Sort, Store};

/// The result of one unit at one node in one edition as it was published or entered. What was not measured or not
/// published is null, never 0.
#[derive(Description)]
pub struct Score(pub Arc<score::Model>);

#[Object(use_type_description)]
impl Score {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<score::Entity>(self.0.id)
    }

    /// Raw value, in the indicator's unit.
    async fn value(&self) -> Option<f64> {
        self.0.value
    }

    /// Score as published, from 0 to 100.
    async fn score(&self) -> Option<f64> {
        self.0.score
    }

    /// Rank as published among the edition's units; 1 is best.
    async fn rank(&self) -> Option<i32> {
        self.0.rank
    }

    /// Where the figures were read.
    async fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// What a reader should know about them.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The supplied figure that the value is, with its evidence; null where there is none or the viewer may not see it.
    async fn submission(&self, ctx: &Context<'_>) -> Result<Option<DataSubmission>> {
        match self.0.submission_id {
            Some(one) => Ok(ctx.one::<data_submission::Entity>(one).await?.map(DataSubmission)),
            None => Ok(None),
        }
    }

    /// The edition.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Edition> {
        ctx.need::<edition::Entity>(self.0.edition_id).await.map(Edition)
    }

    /// The unit.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Unit> {
        ctx.need::<unit::Entity>(self.0.unit_id).await.map(Unit)
    }

    /// The node of the edition's framework.
    async fn node(&self, ctx: &Context<'_>) -> Result<FrameworkNode> {
        ctx.need::<node::Entity>(self.0.node_id).await.map(FrameworkNode)
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }
}

/// What the engine made of an edition's raw values at one node for one unit.
#[derive(Description)]
pub struct ComputedScore(pub Arc<computed_score::Model>);

#[Object(use_type_description)]
impl ComputedScore {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<computed_score::Entity>(self.0.id)
    }

    /// Score, not rounded; from 0 to 100 where the method scales so.
    async fn score(&self) -> Option<f64> {
        self.0.score
    }

    /// Rank among the units that took part, on the rounded score; 1 is best, a half where tied ranks are averaged.
    async fn rank(&self) -> Option<f64> {
        self.0.rank
    }

    /// The edition.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Edition> {
        ctx.need::<edition::Entity>(self.0.edition_id).await.map(Edition)
    }

    /// The unit.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Unit> {
        ctx.need::<unit::Entity>(self.0.unit_id).await.map(Unit)
    }

    /// The node of the edition's framework.
    async fn node(&self, ctx: &Context<'_>) -> Result<FrameworkNode> {
        ctx.need::<node::Entity>(self.0.node_id).await.map(FrameworkNode)
    }
}

/// Rankings.
#[derive(Default)]
pub struct ScoreQuery;

#[Object]
impl ScoreQuery {
    /// The published results of all units at one node, best rank first and the unranked last. Without `edition` the newest
    /// published one; without `node` the index itself.
    async fn ranking(
        &self,
        ctx: &Context<'_>,
        edition: Option<ID>,
        node: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Score>> {
        let (edition, node) = place(ctx.store()?, edition, node).await?;
        let scores = ctx.store()?.find::<score::Entity>().filter(score::Column::EditionId.eq(edition));
        let scores = scores.filter(score::Column::NodeId.eq(node));
        page(ctx, scores, Sort::by(score::Column::Rank), first, after, Score).await
    }

    /// The computed results of all units at one node, best rank first and the unranked last; empty for an edition that
    /// was not computed. Without `edition` the newest published one; without `node` the index itself.
    async fn computed_ranking(
        &self,
        ctx: &Context<'_>,
        edition: Option<ID>,
        node: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<ComputedScore>> {
        use computed_score::Column::{EditionId, NodeId, Rank};
        let (edition, node) = place(ctx.store()?, edition, node).await?;
        let scores = ctx.store()?.find::<computed_score::Entity>();
        let scores = scores.filter(EditionId.eq(edition)).filter(NodeId.eq(node));
        page(ctx, scores, Sort::by(Rank), first, after, ComputedScore).await
    }
}

/// The edition and the node that a ranking is about.
async fn place(store: &Store, edition: Option<ID>, node: Option<ID>) -> Result<(Uuid, Uuid)> {
    let edition = named_or_newest(store, edition).await?;
    let node = match node {
        Some(id) => id::parse::<node::Entity>(&id, "node")?,
        None => root(store, edition.framework_id).await?.id,
    };
    Ok((edition.id, node))
}
