//! How a framework version makes scores: what an indicator does otherwise than its framework, and what values are divided
//! by.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};

use super::ask::Ask;
use super::check::{CODE, Check, LINE, after, given, maybe};
use super::framework::Framework;
use super::framework_edit::{FrameworkPayload, hold_draft, touch};
use super::id;
use super::payload::payload;
use crate::error::{Code, Problem, Result};
use crate::lang::Lang;
use crate::policy::Verb;
use crate::store::Read;

/// What raw values of indicators may be divided by: population, enterprises, GRDP (COINr: `Denominate`).
#[derive(Description)]
pub struct Denominator(pub Arc<denominator::Model>);

#[Object(serial, use_type_description)]
impl Denominator {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<denominator::Entity>(self.0.id)
    }

    /// Code in its framework version, the name of its column in files of figures.
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

    /// Unit of its values.
    async fn unit(&self) -> &str {
        &self.0.unit
    }

    /// The framework version it belongs to.
    async fn framework(&self, ctx: &Context<'_>) -> Result<Framework> {
        ctx.need::<framework::Entity>(self.0.framework_id).await.map(Framework)
    }
}

/// What an indicator does otherwise than its framework; null follows the framework.
#[derive(Description)]
pub struct IndicatorMethod(pub Arc<indicator::Model>);

#[Object(serial, use_type_description)]
impl IndicatorMethod {
    /// What the raw value is divided by; none if it is used as it is.
    async fn denominator(&self, ctx: &Context<'_>) -> Result<Option<Denominator>> {
        match self.0.denominator_id {
            Some(id) => Ok(ctx.one::<denominator::Entity>(id).await?.map(Denominator)),
            None => Ok(None),
        }
    }

    /// How missing values are filled.
    async fn imputation(&self) -> Option<Imputation> {
        self.0.imputation
    }

    /// How outliers are treated.
    async fn treatment(&self) -> Option<Treatment> {
        self.0.treatment
    }

    /// How values are brought to one scale.
    async fn normalisation(&self) -> Option<Normalisation> {
        self.0.normalisation
    }

    /// Lower goalpost, in the unit of the (denominated) value.
    async fn goalpost_min(&self) -> Option<f64> {
        self.0.goalpost_min
    }

    /// Upper goalpost, in the unit of the (denominated) value.
    async fn goalpost_max(&self) -> Option<f64> {
        self.0.goalpost_max
    }

    /// What the distance to target is measured to, in the unit of the (denominated) value.
    async fn target(&self) -> Option<f64> {
        self.0.target
    }

    /// Whether scores beyond goalposts or target are cut.
    async fn capped(&self) -> bool {
        self.0.capped
    }

    /// Whether goalposts are applied to logarithms.
    async fn log_scale(&self) -> bool {
        self.0.log_scale
    }
}

/// Changes of what an indicator does otherwise than its framework: what is absent stays, null follows the framework.
#[derive(InputObject)]
pub struct IndicatorMethodInput {
    /// What the raw value is divided by; one of the draft's denominators.
    denominator_id: MaybeUndefined<ID>,
    /// How missing values are filled.
    imputation: MaybeUndefined<Imputation>,
    /// How outliers are treated.
    treatment: MaybeUndefined<Treatment>,
    /// How values are brought to one scale.
    normalisation: MaybeUndefined<Normalisation>,
    /// Lower goalpost, below the upper one; above 0 with `logScale`.
    goalpost_min: MaybeUndefined<f64>,
    /// Upper goalpost.
    goalpost_max: MaybeUndefined<f64>,
    /// What the distance to target is measured to.
    target: MaybeUndefined<f64>,
    /// Whether scores beyond goalposts or target are cut.
    capped: Option<bool>,
    /// Whether goalposts are applied to logarithms.
    log_scale: Option<bool>,
}

/// Lays the changes of `input` onto `change`, checked against what is there `now`.
pub(super) fn lay_method(
    check: &mut Check,
    input: IndicatorMethodInput,
    now: &indicator::Model,
    change: &mut indicator::ActiveModel,
) {
    change.denominator_id =
        check.change_id::<denominator::Entity>("method.denominatorId", &input.denominator_id);
    change.imputation = maybe(input.imputation);
    change.treatment = maybe(input.treatment);
    change.normalisation = maybe(input.normalisation);
    change.goalpost_min = maybe(input.goalpost_min);
    change.goalpost_max = maybe(input.goalpost_max);
    change.target = maybe(input.target);
    change.capped = given(input.capped);
    change.log_scale = given(input.log_scale);
    let numbers = [
        ("method.goalpostMin", after(&change.goalpost_min, &now.goalpost_min)),
        ("method.goalpostMax", after(&change.goalpost_max, &now.goalpost_max)),
        ("method.target", after(&change.target, &now.target)),
    ];
    for (field, value) in numbers {
        check.finite(field, value);
    }
    let (min, max) = (numbers[0].1, numbers[1].1);
    if let (Some(min), Some(max)) = (min, max)
        && min >= max
    {
        check.problem_with("method.goalpostMax", Code::OutOfRange, format_args!("> {min}"));
    }
    if after(&change.log_scale, &now.log_scale) && min.is_some_and(|min| min <= 0.0) {
        check.problem_with("method.goalpostMin", Code::OutOfRange, "> 0");
    }
}

/// A new denominator of a draft.
#[derive(InputObject)]
pub struct DenominatorCreateInput {
    /// The draft.
    framework_id: ID,
    /// Code, unique among the draft's denominators and nodes.
    code: String,
    /// Name in Vietnamese.
    name_vi: String,
    /// Name in English.
    name_en: String,
    /// Unit of its values.
    unit: String,
}

payload! {
    /// What came of writing a denominator.
    DenominatorPayload {
        /// The denominator.
        denominator: Denominator
    }
}

/// Mutations of a draft's denominators.
#[derive(Default)]
pub struct MethodMutation;

#[Object]
impl MethodMutation {
    /// Adds a denominator to a draft; `indicatorUpdate` puts it under an indicator. For the coordinator.
    async fn denominator_create(
        &self,
        ctx: &Context<'_>,
        input: DenominatorCreateInput,
    ) -> Result<Option<DenominatorPayload>> {
        DenominatorPayload::of(create(ctx, input).await)
    }

    /// Removes a denominator that no indicator uses from a draft. For the coordinator.
    async fn denominator_delete(&self, ctx: &Context<'_>, id: ID) -> Result<Option<FrameworkPayload>> {
        FrameworkPayload::of(delete(ctx, id).await)
    }
}

async fn create(ctx: &Context<'_>, input: DenominatorCreateInput) -> Result<Denominator> {
    let mut check = Check::new("input");
    let framework = check.id::<framework::Entity>("frameworkId", &input.framework_id);
    let row = denominator::ActiveModel {
        framework_id: Set(framework),
        code: Set(check.text("code", &input.code, CODE)),
        name_vi: Set(check.text("nameVi", &input.name_vi, LINE)),
        name_en: Set(check.text("nameEn", &input.name_en, LINE)),
        unit: Set(check.text("unit", &input.unit, LINE)),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<denominator::Entity>(Verb::Create)?;
    let held = hold_draft(&tx, framework, "input.frameworkId")
        .await
        .map_err(|error| error.at("input.frameworkId"))?;
    let taken = tx.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework));
    let code = after(&row.code, &String::new());
    if tx.exists(taken.filter(node::Column::Code.eq(code))).await? {
        return Err(Problem::new("input.code", Code::Taken).into());
    }
    let row = tx.insert::<denominator::Entity>(row).await.map_err(|error| error.at("input.code"))?;
    touch(&tx, &held).await?;
    tx.commit().await?;
    Ok(Denominator(row.into()))
}

async fn delete(ctx: &Context<'_>, id: ID) -> Result<Framework> {
    let key = id::parse::<denominator::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let row = tx.get::<denominator::Entity>(key).await?;
    let held = hold_draft(&tx, row.framework_id, "id").await?;
    let used = tx.find::<indicator::Entity>().filter(indicator::Column::DenominatorId.eq(key));
    if tx.exists(used).await? {
        return Err(Problem::new("id", Code::InvalidState).with("IN_USE").into());
    }
    tx.delete(tx.hold::<denominator::Entity>(key, Verb::Delete).await?).await?;
    let framework = touch(&tx, &held).await?;
    tx.commit().await?;
    Ok(Framework(framework.into()))
}
