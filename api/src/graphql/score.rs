//! Results of units at nodes: what was published or entered, and what the engine makes of it. The two are kept apart.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object};
use entity::*;
use uuid::Uuid;

use super::ask::Ask;
use super::audit::AuditEntry;
use super::data_submission::DataSubmission;
use super::edition::{Edition, named_or_newest};
use super::framework::FrameworkNode;
use super::id;
use super::page::{List, page_at_hand};
use super::unit::Unit;
use super::written::{Common, Written, WrittenList};
use crate::error::{Error, Result};
use crate::store::Figures;

/// The result of one unit at one node in one edition as it was published or entered. What was not measured or not
/// published is null, never 0.
#[derive(Description)]
pub struct Score(pub Arc<score::Model>);

#[Object(serial, use_type_description)]
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
    async fn unit(&self, ctx: &Context<'_>) -> Result<Written<Unit>> {
        ctx.need::<unit::Entity>(self.0.unit_id).await.map(Unit).map(Written)
    }

    /// The node of the edition's framework.
    async fn node(&self, ctx: &Context<'_>) -> Result<Common<FrameworkNode>> {
        let node = ctx.need::<node::Entity>(self.0.node_id).await?;
        Ok(Common(node.id, FrameworkNode(node)))
    }

    /// The results of the same unit at the nodes of one level below, in the framework's order: in a ranking of the index,
    /// the pillars of each unit. Nodes without a result are left out.
    async fn below(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The level, such as PILLAR.")] level: NodeLevel,
    ) -> Result<WrittenList<Score>> {
        let edition = ctx.need::<edition::Entity>(self.0.edition_id).await?;
        let nodes = ctx.nodes(edition.framework_id).await?;
        let figures = ctx.figures(edition.id).await?;
        let below = nodes.below(self.0.node_id, level).iter();
        Ok(below.filter_map(|node| figures.score(self.0.unit_id, node.id).cloned().map(Score)).collect())
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }
}

/// What the engine made of an edition's raw values at one node for one unit.
#[derive(Description)]
pub struct ComputedScore(pub Arc<computed_score::Model>);

#[Object(serial, use_type_description)]
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
    async fn unit(&self, ctx: &Context<'_>) -> Result<Written<Unit>> {
        ctx.need::<unit::Entity>(self.0.unit_id).await.map(Unit).map(Written)
    }

    /// The node of the edition's framework.
    async fn node(&self, ctx: &Context<'_>) -> Result<Common<FrameworkNode>> {
        let node = ctx.need::<node::Entity>(self.0.node_id).await?;
        Ok(Common(node.id, FrameworkNode(node)))
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
        let (edition, node) = place(ctx, edition, node).await?;
        let figures = ctx.figures(edition).await?;
        page_at_hand(ctx, figures.ranking(node), Figures::BY_RANK, first, after, Score)
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
        let (edition, node) = place(ctx, edition, node).await?;
        let figures = ctx.figures(edition).await?;
        let ranking = figures.computed_ranking(node);
        page_at_hand(ctx, ranking, Figures::BY_COMPUTED_RANK, first, after, ComputedScore)
    }
}

/// The edition and the node that a ranking is about.
async fn place(ctx: &Context<'_>, edition: Option<ID>, node: Option<ID>) -> Result<(Uuid, Uuid)> {
    let edition = named_or_newest(ctx.store()?, edition).await?;
    let node = match node {
        Some(id) => id::parse::<node::Entity>(&id, "node")?,
        None => ctx.nodes(edition.framework_id).await?.root().ok_or(Error::NotFound)?.id,
    };
    Ok((edition.id, node))
}
