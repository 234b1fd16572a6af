//! Editions: drafting, computing, publishing and correcting them. For the coordinator.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, IntoActiveModel, NotSet, QueryFilter, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{Check, TEXT, after, maybe};
use super::edition::{Computation, Edition};
use super::id;
use super::payload::payload;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Verb;
use crate::scoring;
use crate::store::{Held, Read, Tx};

/// A new draft of a year's edition.
#[derive(InputObject)]
pub struct EditionCreateInput {
    /// The year of the ranking, from 1900 to 2200; one that has no edition yet.
    year: i32,
    /// The framework version it is made with.
    framework_id: ID,
    /// Whether its figures will be made up, to try things out; it is said wherever they are shown.
    #[graphql(default)]
    synthetic: bool,
    /// What a reader should know about it.
    note: Option<String>,
}

/// Changes of a draft: what is absent stays, null clears what may be empty.
#[derive(InputObject)]
pub struct EditionUpdateInput {
    /// When the ministry published it.
    published_on: MaybeUndefined<NaiveDate>,
    /// How many units were ranked; 1 to 10,000.
    unit_count: MaybeUndefined<i32>,
    /// What a reader should know about it.
    note: MaybeUndefined<String>,
}

payload! {
    /// What came of writing an edition.
    EditionPayload {
        /// The edition as it is now.
        edition: Edition
    }
}

payload! {
    /// What came of computing an edition.
    ComputationPayload {
        /// The run.
        computation: Computation
    }
}

payload! {
    /// What came of throwing a draft away.
    EditionDeletePayload {
        /// The id of the draft that is no more.
        deleted_id: ID
    }
}

/// Mutations of editions.
#[derive(Default)]
pub struct EditionMutation;

#[Object]
impl EditionMutation {
    /// Begins the draft of a year's edition, seen by coordinator and leader only until it is published. For the
    /// coordinator.
    async fn edition_create(
        &self,
        ctx: &Context<'_>,
        input: EditionCreateInput,
    ) -> Result<Option<EditionPayload>> {
        EditionPayload::of(create(ctx, input).await)
    }

    /// Changes what is said of a draft. For the coordinator.
    async fn edition_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: EditionUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<EditionPayload>> {
        EditionPayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Computes a draft from its raw values with its framework's method, in place of what an earlier run made. Needs raw
    /// values of two units. For the coordinator.
    async fn edition_compute(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<ComputationPayload>> {
        ComputationPayload::of(compute(ctx, id, expected_version).await)
    }

    /// Publishes a draft: everyone sees it and nothing of it changes any more. Where there are raw values of two units it
    /// is computed once more. Its framework must be published. For the coordinator.
    async fn edition_publish(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<EditionPayload>> {
        EditionPayload::of(publish(ctx, id, expected_version).await)
    }

    /// Throws a draft away, with its figures, its computation and its files of figures. A published edition stays, and so
    /// does a draft for which figures were supplied. For the coordinator.
    async fn edition_delete(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<EditionDeletePayload>> {
        EditionDeletePayload::of(delete(ctx, id, expected_version).await)
    }

    /// Begins a correction of a published edition: a draft with all its figures, the next revision. Both stay readable.
    /// For the coordinator.
    async fn edition_revise(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
    ) -> Result<Option<EditionPayload>> {
        EditionPayload::of(revise(ctx, id, reason).await)
    }
}

async fn create(ctx: &Context<'_>, input: EditionCreateInput) -> Result<Edition> {
    let mut check = Check::new("input");
    let framework = check.id::<framework::Entity>("frameworkId", &input.framework_id);
    let row = edition::ActiveModel {
        year: Set(check.range("year", input.year, 1900..=2200)),
        framework_id: Set(framework),
        status: Set(Publication::Draft),
        synthetic: Set(input.synthetic),
        note: Set(check.optional("note", input.note.as_deref(), TEXT)),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<edition::Entity>(Verb::Create)?;
    tx.get::<framework::Entity>(framework).await.map_err(|error| error.at("input.frameworkId"))?;
    let row = tx.insert::<edition::Entity>(row).await.map_err(|error| error.at("input.year"))?;
    tx.commit().await?;
    Ok(Edition(row.into()))
}

/// The draft with this id, to be changed or published.
pub(crate) async fn hold_draft(tx: &Tx, id: Uuid, field: &str) -> Result<Held<edition::Entity>> {
    let held = tx.hold::<edition::Entity>(id, Verb::Decide).await?;
    match held.status {
        Publication::Draft => Ok(held),
        Publication::Published => Err(Problem::new(field, Code::InvalidState).with("PUBLISHED").into()),
    }
}

/// The draft, to be filled: by whoever may change it, though not decide on it.
pub(crate) async fn hold_to_fill(tx: &Tx, id: Uuid, field: &str) -> Result<Held<edition::Entity>> {
    match tx.may::<edition::Entity>(Verb::Decide) {
        Ok(()) => hold_draft(tx, id, field).await,
        Err(_) => tx.hold::<edition::Entity>(id, Verb::Update).await,
    }
}

async fn update(
    ctx: &Context<'_>,
    id: ID,
    input: EditionUpdateInput,
    expected: Option<i32>,
) -> Result<Edition> {
    let key = id::parse::<edition::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = hold_draft(&tx, key, "id").await?;
    let mut check = Check::new("input");
    let change = edition::ActiveModel {
        published_on: maybe(input.published_on),
        unit_count: maybe(input.unit_count),
        note: check.change("note", &input.note, TEXT),
        ..Default::default()
    };
    check.date("publishedOn", after(&change.published_on, &held.published_on));
    if let Some(count) = after(&change.unit_count, &held.unit_count) {
        check.range("unitCount", count, 1..=10_000);
    }
    check.done()?;
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Edition(row.into()))
}

async fn compute(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<Computation> {
    let key = id::parse::<edition::Entity>(&id, "id")?;
    let author = ctx.principal()?.user.id;
    let tx = ctx.store()?.begin().await?;
    let held = hold_draft(&tx, key, "id").await?;
    let edition = tx.update(&held, expected, Default::default()).await?;
    let row = scoring::compute(&tx, edition, author).await.map_err(|error| error.at("id"))?;
    tx.commit().await?;
    Ok(Computation(row.into()))
}

async fn publish(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<Edition> {
    let key = id::parse::<edition::Entity>(&id, "id")?;
    let author = ctx.principal()?.user.id;
    let now = ctx.app()?.world.now();
    let tx = ctx.store()?.begin().await?;
    let held = hold_draft(&tx, key, "id").await?;
    let framework = tx.get_locked::<framework::Entity>(held.framework_id).await?;
    if framework.status == Publication::Draft {
        return Err(Problem::new("id", Code::InvalidState).with("FRAMEWORK_DRAFT").into());
    }
    let figures = tx.find::<score::Entity>().filter(score::Column::EditionId.eq(key));
    if !tx.exists(figures).await? {
        return Err(Problem::new("id", Code::EditionEmpty).into());
    }
    // Raw values of fewer units are figures all the same, such as one unit's profile.
    let mut change = edition::ActiveModel {
        status: Set(Publication::Published),
        published_at: Set(Some(now)),
        ..Default::default()
    };
    if scoring::is_measured(&tx, key).await? {
        let run = scoring::compute(&tx, held.clone(), author).await.map_err(|error| error.at("id"))?;
        change.unit_count = Set(held.unit_count.or(Some(run.unit_count)));
    } else {
        scoring::renew_statistics(&tx, &held).await?;
    }
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Edition(row.into()))
}

async fn revise(ctx: &Context<'_>, id: ID, reason: String) -> Result<Edition> {
    let key = id::parse::<edition::Entity>(&id, "id")?;
    let mut check = Check::new("");
    let reason = check.text("reason", &reason, TEXT);
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<edition::Entity>(key, Verb::Decide).await?;
    let later = tx.find::<edition::Entity>().filter(edition::Column::Year.eq(held.year));
    let later = tx.first(later.filter(edition::Column::Revision.gt(held.revision))).await?;
    if held.status == Publication::Draft || later.is_some() {
        let state = if held.status == Publication::Draft { "DRAFT" } else { "REVISED" };
        return Err(Problem::new("id", Code::InvalidState).with(state).into());
    }
    let row = edition::ActiveModel {
        id: NotSet,
        status: Set(Publication::Draft),
        published_at: Set(None),
        revision: Set(held.revision + 1),
        revises_id: Set(Some(held.id)),
        revision_reason: Set(Some(reason)),
        row_version: Set(1),
        ..held.clone().into_active_model().reset_all()
    };
    let row = tx.insert::<edition::Entity>(row).await?;
    copy_figures(&tx, held.id, row.id).await?;
    tx.commit().await?;
    Ok(Edition(row.into()))
}

async fn delete(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<ID> {
    let key = id::parse::<edition::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let draft = hold_draft(&tx, key, "id").await?;
    if expected.is_some_and(|expected| expected != draft.row_version) {
        return Err(Error::Conflict(vec![Problem::new("expectedVersion", Code::Conflict)]));
    }
    let of = |column: sea_orm::sea_query::SimpleExpr| Condition::all().add(column);
    // Its computed scores go with the computation.
    tx.delete_all::<computation::Entity>(of(computation::Column::EditionId.eq(key))).await?;
    tx.delete_all::<statistic::Entity>(of(statistic::Column::EditionId.eq(key))).await?;
    tx.delete_all::<score::Entity>(of(score::Column::EditionId.eq(key))).await?;
    tx.delete_all::<denominator_value::Entity>(of(denominator_value::Column::EditionId.eq(key))).await?;
    let imports = edition_import::Column::EditionId.eq(key);
    let files = tx.all(tx.find::<edition_import::Entity>().filter(imports.clone())).await?;
    tx.delete_all::<edition_import::Entity>(of(imports)).await?;
    tx.delete(tx.hold::<edition::Entity>(key, Verb::Delete).await?).await?;
    tx.commit().await?;
    for file in files.into_iter().filter_map(|import| import.storage_key) {
        if let Err(cause) = ctx.app()?.files.delete(&file).await {
            tracing::warn!(file, ?cause, "a file of figures was not removed; clean-up will do it");
        }
    }
    Ok(id)
}

async fn copy_figures(tx: &Tx, from: Uuid, to: Uuid) -> Result<(), Error> {
    let scores = tx.every(tx.find::<score::Entity>().filter(score::Column::EditionId.eq(from))).await?;
    let copy = |row: score::Model| score::ActiveModel {
        id: NotSet,
        edition_id: Set(to),
        ..row.into_active_model().reset_all()
    };
    tx.insert_all::<score::Entity>(scores.into_iter().map(copy).collect()).await?;
    let read = tx.find::<statistic::Entity>().filter(statistic::Column::EditionId.eq(from));
    let copy = |row: statistic::Model| statistic::ActiveModel {
        id: NotSet,
        edition_id: Set(to),
        ..row.into_active_model().reset_all()
    };
    let read = tx.all(read.filter(statistic::Column::Source.is_not_null())).await?;
    tx.insert_all::<statistic::Entity>(read.into_iter().map(copy).collect()).await?;
    let divisors =
        tx.find::<denominator_value::Entity>().filter(denominator_value::Column::EditionId.eq(from));
    let copy = |row: denominator_value::Model| denominator_value::ActiveModel {
        id: NotSet,
        edition_id: Set(to),
        ..row.into_active_model().reset_all()
    };
    let divisors = tx.every(divisors).await?;
    tx.insert_all::<denominator_value::Entity>(divisors.into_iter().map(copy).collect()).await
}
