//! Framework versions and the nodes of their trees: reading them.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;

use super::ask::Ask;
use super::indicator::Indicator;
use super::method::Denominator;
use super::page::{List, limit, page_at_hand};
use super::{check, id};
use crate::error::Result;
use crate::lang::Lang;
use crate::store::{Many, Nodes, Sort};

/// A version of the index: its tree of nodes and the method by which scores are made.
#[derive(Description)]
pub struct Framework(pub Arc<framework::Model>);

#[Object(serial, use_type_description)]
impl Framework {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<framework::Entity>(self.0.id)
    }

    /// The version's label, such as `2025`.
    async fn version(&self) -> &str {
        &self.0.version
    }

    /// Name in the language asked for, or else that of `Accept-Language`.
    async fn name(&self, ctx: &Context<'_>, lang: Option<Lang>) -> &str {
        lang.unwrap_or(ctx.lang()).pick(&self.0.name_vi, &self.0.name_en)
    }

    /// Name in Vietnamese.
    async fn name_vi(&self) -> &str {
        &self.0.name_vi
    }

    /// Name in English.
    async fn name_en(&self) -> &str {
        &self.0.name_en
    }

    /// Number of the decision that approves it.
    async fn decision_number(&self) -> Option<&str> {
        self.0.decision_number.as_deref()
    }

    /// Date of that decision.
    async fn decision_date(&self) -> Option<NaiveDate> {
        self.0.decision_date
    }

    /// Draft or published.
    async fn status(&self) -> Publication {
        self.0.status
    }

    /// When it was published here.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// How raw values are brought to one scale.
    async fn normalisation(&self) -> Normalisation {
        self.0.normalisation
    }

    /// How outliers are treated before that.
    async fn treatment(&self) -> Treatment {
        self.0.treatment
    }

    /// How children make their parent's score.
    async fn aggregation(&self) -> Aggregation {
        self.0.aggregation
    }

    /// How missing raw values are filled.
    async fn imputation(&self) -> Imputation {
        self.0.imputation
    }

    /// Share of a node's children that must have a score, 0 to 1, else the node has none; 0 asks for one child.
    async fn availability(&self) -> f64 {
        self.0.availability
    }

    /// Where outliers are treated: a column has some when |skew| is at least this and kurtosis at least `kurtosisLimit`.
    async fn skew_limit(&self) -> f64 {
        self.0.skew_limit
    }

    /// See `skewLimit`.
    async fn kurtosis_limit(&self) -> f64 {
        self.0.kurtosis_limit
    }

    /// Points to winsorise at most before logarithms are tried.
    async fn winmax(&self) -> i32 {
        self.0.winmax
    }

    /// What raw values of indicators may be divided by, at most 100.
    async fn denominators(&self, ctx: &Context<'_>) -> Result<Vec<Denominator>> {
        use denominator::Column::{Code, FrameworkId};
        let all = ctx.many::<denominator::Entity>(Many::new(FrameworkId, self.0.id, Code, 100)).await?;
        Ok(all.into_iter().map(Denominator).collect())
    }

    /// Decimals of the score on which units are ranked.
    async fn rank_precision(&self) -> i32 {
        self.0.rank_precision
    }

    /// Which rank equal scores get.
    async fn tie_rule(&self) -> TieRule {
        self.0.tie_rule
    }

    /// What a reader should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// The nodes of the tree in depth-first order.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<FrameworkNode>> {
        let nodes = ctx.nodes(self.0.id).await?;
        page_at_hand(ctx, nodes.in_order(), Nodes::IN_ORDER, first, after, FrameworkNode)
    }
}

/// A node of a framework's tree: the index, a sub-index, a pillar, a group or an indicator.
#[derive(Description)]
pub struct FrameworkNode(pub Arc<node::Model>);

#[Object(serial, use_type_description)]
impl FrameworkNode {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<node::Entity>(self.0.id)
    }

    /// The level in the tree.
    async fn level(&self) -> NodeLevel {
        self.0.level
    }

    /// Code in this framework version, such as `4.2.2`. Codes are used anew from version to version: never an identity.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language asked for, or else that of `Accept-Language`.
    async fn name(&self, ctx: &Context<'_>, lang: Option<Lang>) -> &str {
        lang.unwrap_or(ctx.lang()).pick(&self.0.name_vi, &self.0.name_en)
    }

    /// Name in Vietnamese.
    async fn name_vi(&self) -> &str {
        &self.0.name_vi
    }

    /// Name in English.
    async fn name_en(&self) -> &str {
        &self.0.name_en
    }

    /// Place in the depth-first order of the tree, from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Weight among its siblings; weights are rescaled among those that have a score.
    async fn weight(&self) -> f64 {
        self.0.weight
    }

    /// How its children make its score, where that differs from the framework's.
    async fn aggregation(&self) -> Option<Aggregation> {
        self.0.aggregation
    }

    /// Where name and code were read.
    async fn provenance(&self) -> Provenance {
        self.0.provenance
    }

    /// Whether name and code are certain: read in the plan or a published profile, or confirmed by an officer.
    async fn verified(&self) -> bool {
        is_verified(&self.0)
    }

    /// When an officer confirmed name and code.
    async fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.0.verified_at
    }

    /// What a reader should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// The framework version it belongs to.
    async fn framework(&self, ctx: &Context<'_>) -> Result<Framework> {
        ctx.need::<framework::Entity>(self.0.framework_id).await.map(Framework)
    }

    /// The node above; none for the index.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<FrameworkNode>> {
        match self.0.parent_id {
            Some(parent) => Ok(ctx.one::<node::Entity>(parent).await?.map(FrameworkNode)),
            None => Ok(None),
        }
    }

    /// The nodes below, in order; 10 unless `first` says otherwise, at most 100.
    async fn children(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<FrameworkNode>> {
        use node::Column::{ParentId, Position};
        let children =
            ctx.many::<node::Entity>(Many::new(ParentId, self.0.id, Position, limit(first)?)).await?;
        Ok(children.into_iter().map(FrameworkNode).collect())
    }

    /// What is measured here, if it is an indicator.
    async fn indicator(&self) -> Option<Indicator> {
        (self.0.level == NodeLevel::Indicator).then(|| Indicator(self.0.clone()))
    }
}

/// Names read in the plan or in a published profile need no confirmation.
pub(super) fn is_verified(node: &node::Model) -> bool {
    node.verified_at.is_some() || matches!(node.provenance, Provenance::Plan | Provenance::Profile)
}

/// Queries about frameworks.
#[derive(Default)]
pub struct FrameworkQuery;

#[Object]
impl FrameworkQuery {
    /// A framework version by its label, or the newest published one.
    async fn framework(&self, ctx: &Context<'_>, version: Option<String>) -> Result<Option<Framework>> {
        Ok(find(ctx, version.as_deref()).await?.map(Framework))
    }

    /// All framework versions, newest label first.
    async fn frameworks(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Framework>> {
        let sort: Sort<framework::Entity> = Sort::by_greatest(framework::Column::Version);
        let mut all = ctx.store()?.table::<framework::Entity>().await?;
        all.sort_by(|one, other| sort.compare(one, other));
        page_at_hand(ctx, &all, sort, first, after, Framework)
    }

    /// The pillars of a framework version, in order; of the newest published one if none is named.
    async fn pillars(&self, ctx: &Context<'_>, version: Option<String>) -> Result<Vec<FrameworkNode>> {
        let Some(framework) = find(ctx, version.as_deref()).await? else { return Ok(Vec::new()) };
        let nodes = ctx.nodes(framework.id).await?;
        let pillars = nodes.in_order().iter().filter(|node| node.level == NodeLevel::Pillar);
        Ok(pillars.cloned().map(FrameworkNode).collect())
    }
}

/// The framework version with this label, or the newest published one.
pub(super) async fn find(ctx: &Context<'_>, version: Option<&str>) -> Result<Option<Arc<framework::Model>>> {
    let mut check = check::Check::new("");
    let version = version.map(|version| check.text("version", version, check::CODE));
    check.done()?;
    let mut all = ctx.store()?.table::<framework::Entity>().await?.into_iter();
    Ok(match version {
        Some(version) => all.find(|row| row.version == version),
        None => all
            .filter(|row| row.status == Publication::Published)
            .max_by(|one, other| one.version.cmp(&other.version)),
    })
}
