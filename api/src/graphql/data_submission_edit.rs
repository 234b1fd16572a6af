//! Supplied figures: writing, handing in and deciding on them.

use async_graphql::{Context, ID, InputObject, Object};
use entity::*;
use sea_orm::{ColumnTrait, NotSet, QueryFilter, QueryOrder, Set};
use serde_json::json;
use uuid::Uuid;

use super::ask::Ask;
use super::check::{Check, LINE, TEXT, after};
use super::data_submission::DataSubmission;
use super::edition_edit::hold_draft;
use super::id;
use super::payload::payload;
use super::report_edit::{self as reports, is_editable};
use crate::error::{Code, Error, Problem, Result};
use crate::figures;
use crate::findings;
use crate::news::{Facts, Names, News, tell};
use crate::policy::{User, Verb};
use crate::store::{Held, Read, Tx};

/// A figure; it is saved whole.
#[derive(InputObject)]
pub struct DataSubmissionSaveInput {
    /// The draft edition that it is for.
    edition_id: ID,
    /// The indicator; one that the viewer's own organization supplies.
    indicator_id: ID,
    /// The raw value.
    value: f64,
    /// Unit of measure of the value; that of the indicator if not said.
    value_unit: Option<String>,
    /// The year that the value is of.
    value_year: i32,
    /// How it was measured or counted; leaving this out clears it.
    method_note: Option<String>,
}

payload! {
    /// What came of writing, submitting or deciding on a supplied figure.
    DataSubmissionPayload {
        /// The figure as it is now.
        submission: DataSubmission
    }
}

/// Mutations of supplied figures.
#[derive(Default)]
pub struct DataSubmissionMutation;

#[Object]
impl DataSubmissionMutation {
    /// Writes the figure of the plan's province for an indicator of a draft edition, or changes it: saving the same twice
    /// is harmless. Possible until it is submitted and again after it was returned. For the organization that supplies
    /// the indicator; the coordinator's where none does.
    async fn data_submission_save(
        &self,
        ctx: &Context<'_>,
        input: DataSubmissionSaveInput,
        expected_version: Option<i32>,
    ) -> Result<Option<DataSubmissionPayload>> {
        DataSubmissionPayload::of(save(ctx, input, expected_version).await)
    }

    /// Hands a figure in that agrees with its evidence. Doing it twice changes nothing.
    async fn data_submission_submit(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "The warnings of its `check` that are confirmed; they are kept on record.")] confirm: Option<
            Vec<Code>,
        >,
        expected_version: Option<i32>,
    ) -> Result<Option<DataSubmissionPayload>> {
        DataSubmissionPayload::of(submit(ctx, id, confirm, expected_version).await)
    }

    /// Takes a submitted figure back before it is decided on; it is a draft again.
    async fn data_submission_withdraw(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<DataSubmissionPayload>> {
        DataSubmissionPayload::of(withdraw(ctx, id, expected_version).await)
    }

    /// Sends a submitted figure back to be mended, or an accepted one as long as its edition is a draft; its value is
    /// then taken out of the draft. For the coordinator, if somebody else wrote and submitted it.
    async fn data_submission_return(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<Option<DataSubmissionPayload>> {
        let mut check = Check::new("");
        let reason = check.text("reason", &reason, TEXT);
        let outcome = match check.done() {
            Ok(()) => decide(ctx, id, ReportStatus::Returned, Some(reason.into()), expected_version).await,
            Err(error) => Err(error),
        };
        DataSubmissionPayload::of(outcome)
    }

    /// Accepts a submitted figure: it becomes the value of the draft edition, and what was computed of the draft goes.
    /// For the coordinator, if somebody else wrote and submitted it.
    async fn data_submission_accept(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<DataSubmissionPayload>> {
        DataSubmissionPayload::of(decide(ctx, id, ReportStatus::Accepted, None, expected_version).await)
    }
}

/// Whether a figure in this state may become one in that state. An accepted one may still be sent back.
pub(super) fn leads_to(from: ReportStatus, to: ReportStatus) -> bool {
    reports::leads_to(from, to) || (from, to) == (ReportStatus::Accepted, ReportStatus::Returned)
}

/// Whether `user` neither wrote nor submitted the figure.
pub(super) fn is_second_person(row: &data_submission::Model, user: Uuid) -> bool {
    row.author_id != user && row.submitter_id != Some(user)
}

/// Whether the user's organization supplies the indicator; where nobody does, the coordinator's.
pub(super) fn may_supply(user: &User, indicator: &indicator::Model) -> bool {
    match indicator.supplier_id {
        Some(supplier) => user.organization == Some(supplier),
        None => user.role == Role::Coordinator,
    }
}

/// Waits for whoever publishes the edition at this moment; what its suppliers may not see of it is not for them.
async fn lock_draft(tx: &Tx, edition: Uuid, field: &str) -> Result<edition::Model> {
    let all = tx.whole();
    let row = all.find::<edition::Entity>().filter(edition::Column::Id.eq(edition));
    match all.first(tx.locked(row)).await? {
        Some(row) if row.status == Publication::Draft => Ok(row),
        Some(_) => Err(Problem::new(field, Code::InvalidState).with("PUBLISHED").into()),
        None => Err(Error::NotFound),
    }
}

/// A figure of a draft that its own organization may change.
async fn hold_own(tx: &Tx, id: &ID) -> Result<Held<data_submission::Entity>> {
    let key = id::parse::<data_submission::Entity>(id, "id")?;
    let row = tx.get::<data_submission::Entity>(key).await?;
    tx.may::<data_submission::Entity>(Verb::Update)?;
    // The edition comes first wherever both are locked.
    let edition = lock_draft(tx, row.edition_id, "id").await;
    let held = tx.hold::<data_submission::Entity>(key, Verb::Update).await?;
    edition.map(|_| held)
}

async fn save(
    ctx: &Context<'_>,
    input: DataSubmissionSaveInput,
    expected: Option<i32>,
) -> Result<DataSubmission> {
    use data_submission::Column::{EditionId, IndicatorId, OrganizationId, UnitId};
    let user = ctx.principal()?.user;
    let mut check = Check::new("input");
    let edition = check.id::<edition::Entity>("editionId", &input.edition_id);
    let indicator = check.id::<indicator::Entity>("indicatorId", &input.indicator_id);
    check.finite("value", Some(input.value));
    let value_unit = check.optional("valueUnit", input.value_unit.as_deref(), LINE);
    let change = data_submission::ActiveModel {
        value: Set(input.value),
        author_id: Set(user.id),
        value_year: Set(check.range("valueYear", input.value_year, 1900..=2200)),
        method_note: Set(check.optional("methodNote", input.method_note.as_deref(), TEXT)),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<data_submission::Entity>(Verb::Create)?;
    let own = user.organization.ok_or(Error::Forbidden)?;
    let collection = tx.get::<data_collection::Entity>(edition).await;
    let collection = collection.map_err(|error| error.at("input.editionId"))?;
    let indicator = indicator_of(&tx, indicator, collection.framework_id).await?;
    if !may_supply(&user, &indicator) {
        return Err(Error::Forbidden);
    }
    lock_draft(&tx, edition, "input.editionId").await?;
    let unit = province(&tx).await?;
    let change =
        data_submission::ActiveModel { value_unit: Set(value_unit.unwrap_or(indicator.unit)), ..change };
    let there = tx
        .find::<data_submission::Entity>()
        .filter(EditionId.eq(edition))
        .filter(IndicatorId.eq(indicator.id))
        .filter(UnitId.eq(unit))
        .filter(OrganizationId.eq(own));
    let row = match tx.first(there).await? {
        Some(there) => {
            let held = tx.hold::<data_submission::Entity>(there.id, Verb::Update).await?;
            if !is_editable(held.status) {
                return Err(Problem::state("input", held.status).into());
            }
            if says_the_same(&held, &change) {
                return Ok(DataSubmission(held.clone().into()));
            }
            tx.update(&held, expected, change).await?
        }
        None => {
            let row = data_submission::ActiveModel {
                edition_id: Set(edition),
                indicator_id: Set(indicator.id),
                unit_id: Set(unit),
                organization_id: Set(own),
                status: Set(ReportStatus::Draft),
                confirmed: Set(json!([])),
                ..change
            };
            tx.insert::<data_submission::Entity>(row).await.map_err(|error| error.at("input"))?
        }
    };
    tx.commit().await?;
    Ok(DataSubmission(row.into()))
}

/// The indicator, if it is one of this framework.
async fn indicator_of(tx: &Tx, id: Uuid, framework: Uuid) -> Result<indicator::Model> {
    let node = tx.get::<node::Entity>(id).await.map_err(|error| error.at("input.indicatorId"))?;
    if node.framework_id != framework {
        return Err(Problem::new("input.indicatorId", Code::NotFound).into());
    }
    tx.get::<indicator::Entity>(id).await.map_err(|error| error.at("input.indicatorId"))
}

/// The province whose plan it is.
async fn province(tx: &Tx) -> Result<Uuid> {
    use plan::Column::{UnitId, Year};
    let plans = tx.find::<plan::Entity>().filter(UnitId.is_not_null()).order_by_desc(Year);
    let unit = tx.first(plans).await?.and_then(|plan| plan.unit_id);
    unit.ok_or_else(|| Problem::new("", Code::InvalidState).with("PLAN").into())
}

/// Whether a figure that is saved again, after its first answer was lost, say, holds nothing new.
fn says_the_same(there: &data_submission::Model, change: &data_submission::ActiveModel) -> bool {
    after(&change.value, &there.value) == there.value
        && after(&change.value_unit, &there.value_unit) == there.value_unit
        && after(&change.value_year, &there.value_year) == there.value_year
        && after(&change.method_note, &there.method_note) == there.method_note
}

async fn submit(
    ctx: &Context<'_>,
    id: ID,
    confirm: Option<Vec<Code>>,
    expected: Option<i32>,
) -> Result<DataSubmission> {
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let held = hold_own(&tx, &id).await?;
    // Handing in twice is what a client does whose first answer was lost.
    if held.status == ReportStatus::Submitted {
        return Ok(DataSubmission(held.clone().into()));
    }
    if !leads_to(held.status, ReportStatus::Submitted) {
        return Err(Problem::state("id", held.status).into());
    }
    if !may_supply(&user, &tx.get::<indicator::Entity>(held.indicator_id).await?) {
        return Err(Error::Forbidden);
    }
    let found = findings::of_submission(&tx, &held).await?;
    let change = data_submission::ActiveModel {
        status: Set(ReportStatus::Submitted),
        confirmed: Set(findings::settle(found, &confirm.unwrap_or_default())?),
        submitter_id: Set(Some(user.id)),
        submitted_at: Set(Some(ctx.app()?.world.now())),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tell_of(&tx, NotificationKind::DataSubmitted, &row).await?;
    tx.commit().await?;
    Ok(DataSubmission(row.into()))
}

async fn withdraw(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<DataSubmission> {
    let tx = ctx.store()?.begin().await?;
    let held = hold_own(&tx, &id).await?;
    if !leads_to(held.status, ReportStatus::Draft) {
        return Err(Problem::state("id", held.status).into());
    }
    // Whoever handed it in once does not decide on it later, unless somebody else has written it anew.
    let change = data_submission::ActiveModel {
        status: Set(ReportStatus::Draft),
        author_id: held.submitter_id.map_or(NotSet, Set),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(DataSubmission(row.into()))
}

async fn decide(
    ctx: &Context<'_>,
    id: ID,
    to: ReportStatus,
    reason: Option<Long>,
    expected: Option<i32>,
) -> Result<DataSubmission> {
    let key = id::parse::<data_submission::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let row = tx.get::<data_submission::Entity>(key).await?;
    tx.may::<data_submission::Entity>(Verb::Decide)?;
    let edition = hold_draft(&tx, row.edition_id, "id").await?;
    let held = tx.hold::<data_submission::Entity>(key, Verb::Decide).await?;
    if !leads_to(held.status, to) {
        return Err(Problem::state("id", held.status).into());
    }
    if !is_second_person(&held, user.id) {
        return Err(Problem::new("id", Code::SecondPerson).into());
    }
    let change = data_submission::ActiveModel {
        status: Set(to),
        decider_id: Set(Some(user.id)),
        decided_at: Set(Some(ctx.app()?.world.now())),
        decided_version: Set(Some(held.row_version)),
        return_reason: Set(reason),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    let kind = match (held.status, to) {
        (_, ReportStatus::Accepted) => {
            is_the_only_one(&tx, &row).await?;
            still_agrees(&tx, &row).await?;
            figures::fill(&tx, &edition, &row, source(&tx, &row).await?).await?;
            NotificationKind::DataAccepted
        }
        (ReportStatus::Accepted, _) => {
            figures::take_out(&tx, &edition, &row).await?;
            NotificationKind::DataReturned
        }
        _ => NotificationKind::DataReturned,
    };
    tell_of(&tx, kind, &row).await?;
    tx.commit().await?;
    Ok(DataSubmission(row.into()))
}

async fn tell_of(tx: &Tx, kind: NotificationKind, row: &data_submission::Model) -> Result<()> {
    let node = tx.get::<node::Entity>(row.indicator_id).await?;
    let facts = Facts {
        code: Some(node.code),
        title: Some(Names { vi: node.name_vi, en: node.name_en }),
        period: Some(row.value_year.to_string()),
        reason: Long::into_optional(row.return_reason.clone())?,
        ..Facts::default()
    };
    tell(tx, News::of::<data_submission::Entity>(kind, row, [row.organization_id], facts)).await
}

/// What it stood on when it was handed in may have been rejected since.
async fn still_agrees(tx: &Tx, row: &data_submission::Model) -> Result<()> {
    let mut found = findings::of_submission(tx, row).await?;
    found.retain(|one| one.is_blocking);
    findings::settle(found, &[]).map(drop)
}

/// An indicator has one value: what another organization supplied before must be sent back first.
async fn is_the_only_one(tx: &Tx, row: &data_submission::Model) -> Result<()> {
    use data_submission::Column::{EditionId, Id, IndicatorId, Status, UnitId};
    let others = tx
        .find::<data_submission::Entity>()
        .filter(EditionId.eq(row.edition_id))
        .filter(IndicatorId.eq(row.indicator_id))
        .filter(UnitId.eq(row.unit_id))
        .filter(Status.eq(ReportStatus::Accepted))
        .filter(Id.ne(row.id));
    match tx.exists(others).await? {
        true => Err(Problem::new("id", Code::Taken).into()),
        false => Ok(()),
    }
}

/// Where an accepted figure was read: its supplier. Everybody reads it once the edition is published, so it does not name
/// the evidence.
async fn source(tx: &Tx, row: &data_submission::Model) -> Result<String> {
    Ok(tx.get::<organization::Entity>(row.organization_id).await?.name_vi)
}
