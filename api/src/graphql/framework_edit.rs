//! Framework versions: drafting, verifying and publishing them. For the coordinator.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, NotSet, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{CODE, Check, LINE, TEXT, after, given, maybe};
use super::framework::{Framework, is_verified};
use super::id;
use super::indicator::Indicator;
use super::method::{IndicatorMethodInput, lay_method};
use super::payload::payload;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Verb;
use crate::scoring::Tree;
use crate::store::{Held, Read, Tx};

/// A new draft, made from a framework version that is there.
#[derive(InputObject)]
pub struct FrameworkDraftInput {
    /// The framework version to begin with; its nodes and indicators are copied.
    from_id: ID,
    /// Label of the new version, unique, such as `2026`.
    version: String,
    /// Name in Vietnamese.
    name_vi: String,
    /// Name in English.
    name_en: String,
}

/// Changes of a draft: what is absent stays, null clears what may be empty.
#[derive(InputObject)]
pub struct FrameworkUpdateInput {
    /// Name in Vietnamese.
    name_vi: Option<String>,
    /// Name in English.
    name_en: Option<String>,
    /// Number of the decision that approves it.
    decision_number: MaybeUndefined<String>,
    /// Date of that decision.
    decision_date: MaybeUndefined<NaiveDate>,
    /// How raw values are brought to one scale.
    normalisation: Option<Normalisation>,
    /// How outliers are treated before that.
    treatment: Option<Treatment>,
    /// How children make their parent's score.
    aggregation: Option<Aggregation>,
    /// How missing raw values are filled.
    imputation: Option<Imputation>,
    /// Share of a node's children that must have a score, 0 to 1.
    availability: Option<f64>,
    /// |skew| from which a column has outliers, above 0.
    skew_limit: Option<f64>,
    /// Kurtosis from which a column has outliers, above 0.
    kurtosis_limit: Option<f64>,
    /// Points to winsorise at most, 0 to 1,000.
    winmax: Option<i32>,
    /// Decimals of the score on which units are ranked, 0 to 10.
    rank_precision: Option<i32>,
    /// Which rank equal scores get.
    tie_rule: Option<TieRule>,
    /// What a reader should know about it.
    note: MaybeUndefined<String>,
}

/// Changes of an indicator: what is absent stays, null clears what may be empty.
#[derive(InputObject)]
pub struct IndicatorUpdateInput {
    /// Name in Vietnamese; until it is verified, or in a draft.
    name_vi: Option<String>,
    /// Name in English; until it is verified, or in a draft.
    name_en: Option<String>,
    /// Unit of the raw value; until it is verified, or in a draft.
    unit: Option<String>,
    /// Whether more is better; until it is verified or a published edition was computed with it, or in a draft.
    direction: Option<Direction>,
    /// Where the raw value comes from.
    data_source: Option<String>,
    /// The organization of the province that supplies the raw value.
    supplier_id: MaybeUndefined<ID>,
    /// How to gather the data and which evidence to keep.
    guidance: MaybeUndefined<String>,
    /// What it does otherwise than its framework; in a draft.
    method: Option<IndicatorMethodInput>,
    /// What a reader should know about it.
    note: MaybeUndefined<String>,
}

payload! {
    /// What came of writing a framework version.
    FrameworkPayload {
        /// The framework version as it is now.
        framework: Framework
    }
}

payload! {
    /// What came of writing an indicator.
    IndicatorPayload {
        /// The indicator as it is now.
        indicator: Indicator
    }
}

/// Mutations of framework versions.
#[derive(Default)]
pub struct FrameworkMutation;

#[Object]
impl FrameworkMutation {
    /// Makes a draft out of a framework version; every indicator of the draft supersedes the one it was copied from.
    /// For the coordinator.
    async fn framework_draft_create(
        &self,
        ctx: &Context<'_>,
        input: FrameworkDraftInput,
    ) -> Result<Option<FrameworkPayload>> {
        FrameworkPayload::of(draft(ctx, input).await)
    }

    /// Changes a draft. For the coordinator.
    async fn framework_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: FrameworkUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<FrameworkPayload>> {
        FrameworkPayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Publishes a draft: its tree, weights and method no longer change. Every branch must end in an indicator. For the
    /// coordinator.
    async fn framework_publish(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<FrameworkPayload>> {
        FrameworkPayload::of(publish(ctx, id, expected_version).await)
    }

    /// Changes an indicator: everything in a draft or while it is not verified, afterwards only source, supplier,
    /// guidance and note. `expectedVersion` is the indicator's `rowVersion`. For the coordinator.
    async fn indicator_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: IndicatorUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<IndicatorPayload>> {
        IndicatorPayload::of(indicator_update(ctx, id, input, expected_version).await)
    }

    /// Confirms that name and code of an indicator are right. For the coordinator.
    async fn indicator_verify(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<IndicatorPayload>> {
        IndicatorPayload::of(verify(ctx, id, expected_version).await)
    }
}

fn not_a_draft(field: &str) -> Error {
    Problem::new(field, Code::InvalidState).with("PUBLISHED").into()
}

pub(super) async fn tree(tx: &Tx, framework: Uuid) -> Result<Vec<node::Model>> {
    let nodes = tx.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework));
    tx.all(nodes.order_by_asc(node::Column::Position)).await
}

async fn draft(ctx: &Context<'_>, input: FrameworkDraftInput) -> Result<Framework> {
    let world = &ctx.app()?.world;
    let mut check = Check::new("input");
    let from = check.id::<framework::Entity>("fromId", &input.from_id);
    let version = check.text("version", &input.version, CODE);
    let (name_vi, name_en) =
        (check.text("nameVi", &input.name_vi, LINE), check.text("nameEn", &input.name_en, LINE));
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<framework::Entity>(Verb::Create)?;
    let from = tx.get::<framework::Entity>(from).await.map_err(|error| error.at("input.fromId"))?;
    let row = framework::ActiveModel {
        id: NotSet,
        version: Set(version),
        name_vi: Set(name_vi),
        name_en: Set(name_en),
        decision_number: Set(None),
        decision_date: Set(None),
        status: Set(Publication::Draft),
        published_at: Set(None),
        row_version: Set(1),
        ..from.clone().into_active_model().reset_all()
    };
    let row = tx.insert::<framework::Entity>(row).await.map_err(|error| error.at("input.version"))?;
    let mut divisors = HashMap::new();
    let all = tx.find::<denominator::Entity>().filter(denominator::Column::FrameworkId.eq(from.id));
    for old in tx.all(all).await? {
        let copy = denominator::ActiveModel {
            id: NotSet,
            framework_id: Set(row.id),
            row_version: Set(1),
            ..old.clone().into_active_model().reset_all()
        };
        divisors.insert(old.id, tx.insert::<denominator::Entity>(copy).await?.id);
    }
    let nodes = tree(&tx, from.id).await?;
    let copies: HashMap<Uuid, Uuid> = nodes.iter().map(|node| (node.id, world.uuid())).collect();
    for old in nodes {
        let node = node::ActiveModel {
            id: Set(copies[&old.id]),
            framework_id: Set(row.id),
            parent_id: Set(old.parent_id.and_then(|parent| copies.get(&parent).copied())),
            row_version: Set(1),
            ..old.clone().into_active_model().reset_all()
        };
        let node = tx.insert::<node::Entity>(node).await?;
        tx.add_words::<node::Entity>(std::slice::from_ref(&node)).await?;
        if old.level == NodeLevel::Indicator {
            let detail = tx.get::<indicator::Entity>(old.id).await?;
            let copy = indicator::ActiveModel {
                id: Set(node.id),
                supersedes_id: Set(Some(old.id)),
                denominator_id: Set(detail.denominator_id.and_then(|id| divisors.get(&id)).copied()),
                row_version: Set(1),
                ..detail.into_active_model().reset_all()
            };
            tx.insert::<indicator::Entity>(copy).await?;
        }
    }
    tx.commit().await?;
    Ok(Framework(row.into()))
}

/// A change of the tree is a change of its framework: whoever publishes says which version it has seen.
pub(super) async fn touch(tx: &Tx, framework: &Held<framework::Entity>) -> Result<framework::Model> {
    tx.update(framework, None, Default::default()).await
}

/// The draft with this id, to be changed.
pub(super) async fn hold_draft(tx: &Tx, id: Uuid, field: &str) -> Result<Held<framework::Entity>> {
    let held = tx.hold::<framework::Entity>(id, Verb::Update).await?;
    if held.status == Publication::Draft { Ok(held) } else { Err(not_a_draft(field)) }
}

async fn update(
    ctx: &Context<'_>,
    id: ID,
    input: FrameworkUpdateInput,
    expected: Option<i32>,
) -> Result<Framework> {
    let key = id::parse::<framework::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = hold_draft(&tx, key, "id").await?;
    let mut check = Check::new("input");
    let change = framework::ActiveModel {
        name_vi: check.change_required("nameVi", &input.name_vi, LINE),
        name_en: check.change_required("nameEn", &input.name_en, LINE),
        decision_number: check.change("decisionNumber", &input.decision_number, LINE),
        decision_date: maybe(input.decision_date),
        normalisation: given(input.normalisation),
        treatment: given(input.treatment),
        aggregation: given(input.aggregation),
        imputation: given(input.imputation),
        availability: given(input.availability.map(|share| check.range("availability", share, 0.0..=1.0))),
        skew_limit: given(input.skew_limit.map(|limit| check.range("skewLimit", limit, 0.001..=1_000.0))),
        kurtosis_limit: given(
            input.kurtosis_limit.map(|limit| check.range("kurtosisLimit", limit, 0.001..=1_000.0)),
        ),
        winmax: given(input.winmax.map(|points| check.range("winmax", points, 0..=1_000))),
        rank_precision: given(
            input.rank_precision.map(|digits| check.range("rankPrecision", digits, 0..=10)),
        ),
        tie_rule: given(input.tie_rule),
        note: check.change("note", &input.note, TEXT),
        ..Default::default()
    };
    check.date("decisionDate", after(&change.decision_date, &held.decision_date));
    check.done()?;
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Framework(row.into()))
}

async fn publish(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<Framework> {
    let key = id::parse::<framework::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = hold_draft(&tx, key, "id").await?;
    // What the engine refuses, no edition could be made with.
    Tree::read(&tx, held.clone()).await?.engine().map_err(|error| error.at("id"))?;
    let now = ctx.app()?.world.now();
    let change = framework::ActiveModel {
        status: Set(Publication::Published),
        published_at: Set(Some(now)),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Framework(row.into()))
}

async fn indicator_update(
    ctx: &Context<'_>,
    id: ID,
    input: IndicatorUpdateInput,
    expected: Option<i32>,
) -> Result<Indicator> {
    let key = id::parse::<indicator::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let framework = tx.get::<node::Entity>(key).await?.framework_id;
    // Held, so that it is not published meanwhile.
    let framework = tx.hold::<framework::Entity>(framework, Verb::Update).await?;
    let node = tx.hold::<node::Entity>(key, Verb::Update).await?;
    let detail = tx.hold::<indicator::Entity>(key, Verb::Update).await?;
    let mut check = Check::new("input");
    let fixed = framework.status == Publication::Published && is_verified(&node);
    let touches_identity =
        [input.name_vi.is_some(), input.name_en.is_some(), input.unit.is_some(), input.direction.is_some()];
    if framework.status == Publication::Published && input.method.is_some() {
        check.problem_with("method", Code::InvalidState, "PUBLISHED");
    }
    if fixed && touches_identity.contains(&true) {
        check.problem_with("", Code::InvalidState, "VERIFIED");
    }
    let turned = input.direction.is_some_and(|direction| direction != detail.direction);
    if turned && computed_and_published(&tx, framework.id).await? {
        check.problem_with("direction", Code::InvalidState, "COMPUTED");
    }
    let method_changes = turned || input.method.is_some();
    let node_change = node::ActiveModel {
        name_vi: check.change_required("nameVi", &input.name_vi, LINE),
        name_en: check.change_required("nameEn", &input.name_en, LINE),
        note: check.change("note", &input.note, TEXT),
        ..Default::default()
    };
    let mut change = indicator::ActiveModel {
        unit: check.change_required("unit", &input.unit, LINE),
        direction: given(input.direction),
        data_source: check.change_required("dataSource", &input.data_source, LINE),
        supplier_id: check.change_id::<organization::Entity>("supplierId", &input.supplier_id),
        guidance: check.change("guidance", &input.guidance, TEXT),
        ..Default::default()
    };
    if let Some(method) = input.method {
        lay_method(&mut check, method, &detail, &mut change);
    }
    check.done()?;
    if let Set(Some(denominator)) = &change.denominator_id {
        let known = tx.find::<denominator::Entity>().filter(denominator::Column::Id.eq(*denominator));
        if !tx.exists(known.filter(denominator::Column::FrameworkId.eq(node.framework_id))).await? {
            return Err(Problem::new("input.method.denominatorId", Code::NotFound).into());
        }
    }
    if let Set(Some(supplier)) = &change.supplier_id {
        tx.get::<organization::Entity>(*supplier).await.map_err(|error| error.at("input.supplierId"))?;
    }
    // The node's version stands for both rows: every change of the indicator moves it.
    let row = tx.update(&node, expected, node_change).await?;
    tx.update(&detail, None, change).await?;
    tx.index_words::<node::Entity>(&row).await?;
    if method_changes {
        touch(&tx, &framework).await?;
    }
    tx.commit().await?;
    Ok(Indicator(row.into()))
}

/// Whether a published edition was computed with this framework version: then its method is that edition's too.
async fn computed_and_published(tx: &Tx, framework: Uuid) -> Result<bool> {
    let published = edition::Column::Status.eq(Publication::Published);
    let published = tx.keys::<edition::Entity>(edition::Column::Id, published);
    let runs = tx.find::<computation::Entity>().filter(computation::Column::FrameworkId.eq(framework));
    tx.exists(runs.filter(computation::Column::EditionId.in_subquery(published))).await
}

async fn verify(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<Indicator> {
    let key = id::parse::<indicator::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<node::Entity>(key, Verb::Update).await?;
    if held.level != NodeLevel::Indicator {
        return Err(Error::NotFound);
    }
    let change = node::ActiveModel {
        verified_at: Set(Some(ctx.app()?.world.now())),
        verified_by: Set(Some(ctx.principal()?.user.id)),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Indicator(row.into()))
}
