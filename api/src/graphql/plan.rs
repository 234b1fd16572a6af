//! The plan: its goals, its strengths and weaknesses.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::ask::Ask;
use super::framework::Framework;
use super::id;
use super::indicator::Indicator;
use super::page::{List, page};
use crate::error::Result;
use crate::lang::Lang;
use crate::store::{Many, Read, Sort};

/// A plan of the provincial People's Committee to raise the index.
#[derive(Description)]
pub struct Plan(pub Arc<plan::Model>);

/// One goal of a plan.
#[derive(SimpleObject)]
pub struct Goal {
    /// In Vietnamese.
    vi: String,
    /// In English.
    en: String,
}

#[Object(use_type_description)]
impl Plan {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<plan::Entity>(self.0.id)
    }

    /// The year it starts with.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Its document number, where known.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// When it was signed, where known.
    async fn issued_on(&self) -> Option<NaiveDate> {
        self.0.issued_on
    }

    /// Who issued it.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Who signed it.
    async fn signer(&self) -> Option<&str> {
        self.0.signer.as_deref()
    }

    /// Title in the language asked for, or else that of `Accept-Language`.
    async fn title(&self, ctx: &Context<'_>, lang: Option<Lang>) -> &str {
        lang.unwrap_or(ctx.lang()).pick(&self.0.title_vi, &self.0.title_en)
    }

    /// Title in Vietnamese.
    async fn title_vi(&self) -> &str {
        &self.0.title_vi
    }

    /// Title in English.
    async fn title_en(&self) -> &str {
        &self.0.title_en
    }

    /// Where the province stood, in the language asked for, or else that of `Accept-Language`.
    async fn standing(&self, ctx: &Context<'_>, lang: Option<Lang>) -> &str {
        lang.unwrap_or(ctx.lang()).pick(&self.0.standing_vi, &self.0.standing_en)
    }

    /// The goals in order.
    async fn goals(&self) -> Vec<Goal> {
        self.0.goals.0.iter().map(|goal| Goal { vi: goal.vi.clone(), en: goal.en.clone() }).collect()
    }

    /// The year compared with.
    async fn base_year(&self) -> i32 {
        self.0.base_year
    }

    /// The rank in that year.
    async fn base_rank(&self) -> i32 {
        self.0.base_rank
    }

    /// The rank wanted in the plan's year.
    async fn rank_goal(&self) -> i32 {
        self.0.rank_goal
    }

    /// The framework version it speaks of.
    async fn framework(&self, ctx: &Context<'_>) -> Result<Framework> {
        ctx.need::<framework::Entity>(self.0.framework_id).await.map(Framework)
    }

    /// What the province is strong in and is to keep, in the plan's order.
    async fn strengths(&self, ctx: &Context<'_>) -> Result<Vec<PlanFocus>> {
        focus(ctx, self.0.id, FocusKind::Strength).await
    }

    /// What the province is weak in and is to overcome, in the plan's order.
    async fn weaknesses(&self, ctx: &Context<'_>) -> Result<Vec<PlanFocus>> {
        focus(ctx, self.0.id, FocusKind::Weakness).await
    }

    /// Grows by one with every change.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

async fn focus(ctx: &Context<'_>, plan: uuid::Uuid, kind: FocusKind) -> Result<Vec<PlanFocus>> {
    use plan_focus::Column::{PlanId, Position};
    let all = ctx.many::<plan_focus::Entity>(Many::new(PlanId, plan, Position, 100)).await?;
    Ok(all.into_iter().filter(|focus| focus.kind == kind).map(PlanFocus).collect())
}

/// A strength or a weakness that the plan names.
#[derive(Clone, Description)]
pub struct PlanFocus(pub Arc<plan_focus::Model>);

#[Object(use_type_description)]
impl PlanFocus {
    /// Strength or weakness.
    async fn kind(&self) -> FocusKind {
        self.0.kind
    }

    /// Place in the plan's list, from 1.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// The code as the plan prints it, which may differ from the framework's.
    async fn printed_code(&self) -> &str {
        &self.0.printed_code
    }

    /// What a reader should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The indicator.
    async fn indicator(&self, ctx: &Context<'_>) -> Result<Indicator> {
        ctx.need::<node::Entity>(self.0.node_id).await.map(Indicator)
    }
}

/// Queries about plans.
#[derive(Default)]
pub struct PlanQuery;

#[Object]
impl PlanQuery {
    /// The plan that starts with a year, or the newest one.
    async fn plan(&self, ctx: &Context<'_>, year: Option<i32>) -> Result<Option<Plan>> {
        let store = ctx.store()?;
        let query = store.find::<plan::Entity>();
        let query = match year {
            Some(year) => query.filter(plan::Column::Year.eq(year)),
            None => query.order_by_desc(plan::Column::Year),
        };
        Ok(store.first(query).await?.map(|row| Plan(row.into())))
    }

    /// All plans, newest first.
    async fn plans(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Plan>> {
        let all = ctx.store()?.find::<plan::Entity>();
        page(ctx, all, Sort::by_greatest(plan::Column::Year), first, after, Plan).await
    }
}
