//! Indicators: what is measured at the leaves of a framework's tree.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter};

use super::ask::Ask;
use super::evidence::Evidence;
use super::filter::{IdFilter, words};
use super::framework::{self as frameworks, FrameworkNode};
use super::method::IndicatorMethod;
use super::organization::Organization;
use super::page::{List, limit, order, page};
use super::{check, id};
use crate::error::{Code, Error, Problem, Result};
use crate::lang::Lang;
use crate::store::{Many, Read, Searchable, Sort};

/// A measured indicator (chỉ số thành phần) of one framework version.
#[derive(Description)]
pub struct Indicator(pub Arc<node::Model>);

impl Indicator {
    async fn detail(&self, ctx: &Context<'_>) -> Result<Arc<indicator::Model>> {
        ctx.need::<indicator::Entity>(self.0.id).await
    }
}

#[Object(serial, use_type_description)]
impl Indicator {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<indicator::Entity>(self.0.id)
    }

    /// Code in its framework version, such as `4.2.2`. Codes are used anew from version to version: never an identity.
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

    /// Where name and code were read.
    async fn provenance(&self) -> Provenance {
        self.0.provenance
    }

    /// Whether name and code are certain: read in the plan or a published profile, or confirmed by an officer.
    async fn verified(&self) -> bool {
        frameworks::is_verified(&self.0)
    }

    /// What a reader should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// The node of the tree that it is.
    async fn node(&self) -> FrameworkNode {
        FrameworkNode(self.0.clone())
    }

    /// Unit of the raw value.
    async fn unit(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.detail(ctx).await?.unit.clone())
    }

    /// Whether more is better.
    async fn direction(&self, ctx: &Context<'_>) -> Result<Direction> {
        Ok(self.detail(ctx).await?.direction)
    }

    /// Where the raw value comes from.
    async fn data_source(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.detail(ctx).await?.data_source.clone())
    }

    /// How to gather the data and which evidence to keep.
    async fn guidance(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.detail(ctx).await?.guidance.clone())
    }

    /// The organization of the province that supplies the raw value.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        match self.detail(ctx).await?.supplier_id {
            Some(supplier) => Ok(ctx.one::<organization::Entity>(supplier).await?.map(Organization)),
            None => Ok(None),
        }
    }

    /// What it does otherwise than its framework on the way from raw value to score.
    async fn method(&self, ctx: &Context<'_>) -> Result<IndicatorMethod> {
        self.detail(ctx).await.map(IndicatorMethod)
    }

    /// The same indicator in the framework version before, whatever its code was there.
    async fn supersedes(&self, ctx: &Context<'_>) -> Result<Option<Indicator>> {
        match self.detail(ctx).await?.supersedes_id {
            Some(before) => Ok(ctx.one::<node::Entity>(before).await?.map(Indicator)),
            None => Ok(None),
        }
    }

    /// Evidence attached to the indicator itself, newest first; 10 unless `first` says otherwise, at most 100.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        Evidence::linked(ctx, Many::newest(evidence_link::Column::IndicatorId, self.0.id, limit(first)?))
            .await
    }
}

/// Which indicators are wanted.
#[derive(InputObject, Default)]
pub struct IndicatorFilter {
    /// Label of the framework version; the newest published one if not given.
    version: Option<String>,
    /// A node above them: a group, a pillar, a sub-index.
    under: Option<ID>,
    /// Whether name and code are certain.
    verified: Option<bool>,
    /// Organization that supplies the raw value.
    supplier: Option<IdFilter>,
    /// Beginnings of words of code or names; marks and case do not matter.
    text: Option<String>,
}

order! {
    /// How a list of indicators is ordered.
    IndicatorOrder by IndicatorOrderField of node {
        /// By place in the tree.
        Position => Position,
        /// By code.
        Code => Code,
        /// By weight.
        Weight => Weight,
    }
}

/// Queries about indicators.
#[derive(Default)]
pub struct IndicatorQuery;

#[Object]
impl IndicatorQuery {
    /// An indicator by `id`, or by `code` within a framework version (the newest published one if not named).
    async fn indicator(
        &self,
        ctx: &Context<'_>,
        id: Option<ID>,
        code: Option<String>,
        version: Option<String>,
    ) -> Result<Option<Indicator>> {
        let store = ctx.store()?;
        let row = match (id, code) {
            (Some(id), None) => store.get::<node::Entity>(id::parse::<indicator::Entity>(&id, "id")?).await?,
            (None, Some(code)) => {
                let mut check = check::Check::new("");
                let code = check.text("code", &code, check::CODE);
                check.done()?;
                let framework = frameworks::find(ctx, version.as_deref()).await?.ok_or(Error::NotFound)?;
                let of_framework =
                    store.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework.id));
                store.first(of_framework.filter(node::Column::Code.eq(code))).await?.ok_or(Error::NotFound)?
            }
            (Some(_), Some(_)) => return Err(Problem::new("id", Code::Exclusive).with("id, code").into()),
            (None, None) => return Err(Problem::new("id", Code::Required).into()),
        };
        if row.level == NodeLevel::Indicator { Ok(Some(Indicator(row.into()))) } else { Err(Error::NotFound) }
    }

    /// The indicators of one framework version.
    async fn indicators(
        &self,
        ctx: &Context<'_>,
        filter: Option<IndicatorFilter>,
        order: Option<IndicatorOrder>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Indicator>> {
        let filter = filter.unwrap_or_default();
        use node::Column::{FrameworkId, Id, Level, Provenance as Source, VerifiedAt};
        let store = ctx.store()?;
        let framework = frameworks::find(ctx, filter.version.as_deref()).await?.ok_or(Error::NotFound)?;
        let mut query = store
            .find::<node::Entity>()
            .filter(FrameworkId.eq(framework.id))
            .filter(Level.eq(NodeLevel::Indicator));
        if let Some(under) = &filter.under {
            query = query
                .filter(Id.in_subquery(store.subtree(id::parse::<node::Entity>(under, "filter.under")?)));
        }
        if let Some(verified) = filter.verified {
            let certain = VerifiedAt.is_not_null().or(Source.is_in([Provenance::Plan, Provenance::Profile]));
            query = query.filter(if verified { certain } else { certain.not() });
        }
        if let Some(supplier) = &filter.supplier {
            let supplied =
                supplier.on::<organization::Entity>(indicator::Column::SupplierId, "filter.supplier")?;
            query = query
                .filter(Id.in_subquery(store.keys::<indicator::Entity>(indicator::Column::Id, supplied)));
        }
        if let Some(text) = words(filter.text.as_deref(), "filter.text")? {
            query = query.filter(node::Entity::matching(text));
        }
        let sort = order.map_or(Sort::by(node::Column::Position), IndicatorOrder::sort);
        page(ctx, query, sort, first, after, Indicator).await
    }
}
