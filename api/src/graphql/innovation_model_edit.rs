//! Exemplary models: proposing them, deciding on them and taking them up.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::Set;

use super::ask::Ask;
use super::check::{Check, LINE, TEXT};
use super::id;
use super::innovation_model::{InnovationModel, ModelReplication};
use super::organization::all_active;
use super::payload::payload;
use crate::error::{Code, Error, Problem, Result};
use crate::news::{Facts, Names, News, tell};
use crate::policy::Verb;
use crate::store::{Read, Tx};

/// A model that is proposed for commendation.
#[derive(InputObject)]
pub struct ModelProposeInput {
    /// What it is called.
    title: String,
    /// How it works.
    description: String,
    /// What it has reached.
    results: Option<String>,
    /// The node of the framework that it serves.
    node_id: Option<ID>,
}

/// A change of a proposed model; what is left out stays.
#[derive(InputObject)]
pub struct ModelUpdateInput {
    /// What it is called.
    title: Option<String>,
    /// How it works.
    description: Option<String>,
    /// What it has reached; null clears it.
    results: MaybeUndefined<String>,
    /// The node of the framework that it serves; null clears it.
    node_id: MaybeUndefined<ID>,
}

/// A place where a commended model was taken up.
#[derive(InputObject)]
pub struct ModelReplicateInput {
    /// The model; a commended one.
    model_id: ID,
    /// Who took it up; the viewer's own organization if not given. Another one only for the coordinator.
    organization_id: Option<ID>,
    /// Where.
    place: String,
    /// Since when; today at the latest.
    started_on: NaiveDate,
    /// What a reader should know about it.
    note: Option<String>,
}

payload! {
    /// What came of proposing, changing or deciding on an exemplary model.
    InnovationModelPayload {
        /// The model as it is now.
        model: InnovationModel
    }
}

payload! {
    /// What came of entering where a model was taken up.
    ModelReplicationPayload {
        /// The replication.
        replication: ModelReplication
    }
}

payload! {
    /// What came of taking a replication out.
    ModelReplicationDeletePayload {
        /// The id of the replication that is no more.
        deleted_id: ID
    }
}

/// Mutations of exemplary models.
#[derive(Default)]
pub struct InnovationModelMutation;

#[Object]
impl InnovationModelMutation {
    /// Proposes a model of the viewer's own organization for commendation.
    async fn model_propose(
        &self,
        ctx: &Context<'_>,
        input: ModelProposeInput,
    ) -> Result<Option<InnovationModelPayload>> {
        InnovationModelPayload::of(propose(ctx, input).await)
    }

    /// Changes a model of the viewer's own organization that nobody has decided on yet.
    async fn model_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: ModelUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<InnovationModelPayload>> {
        InnovationModelPayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Enters the decision that commends a proposed model; everybody sees it from then on. For the coordinator.
    async fn model_commend(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "Number of the decision.")] decision_number: String,
        #[graphql(desc = "Date of the decision; today at the latest.")] decision_on: NaiveDate,
        expected_version: Option<i32>,
    ) -> Result<Option<InnovationModelPayload>> {
        InnovationModelPayload::of(commend(ctx, id, &decision_number, decision_on, expected_version).await)
    }

    /// Does not commend a proposed model. For the coordinator.
    async fn model_decline(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<Option<InnovationModelPayload>> {
        InnovationModelPayload::of(decline(ctx, id, &reason, expected_version).await)
    }

    /// Enters where a commended model was taken up: an officer for its own organization, the coordinator for any.
    async fn model_replicate(
        &self,
        ctx: &Context<'_>,
        input: ModelReplicateInput,
    ) -> Result<Option<ModelReplicationPayload>> {
        ModelReplicationPayload::of(replicate(ctx, input).await)
    }

    /// Takes out a replication that should not have been entered.
    async fn model_replication_delete(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<ModelReplicationDeletePayload>> {
        ModelReplicationDeletePayload::of(delete(ctx, id).await)
    }
}

/// A model in another state does not allow what was asked.
fn only_in(wanted: ModelStatus, status: ModelStatus, field: &str) -> Result<()> {
    if status == wanted {
        return Ok(());
    }
    Err(Problem::state(field, status).into())
}

async fn known_node(tx: &Tx, node: Option<uuid::Uuid>) -> Result<()> {
    if let Some(node) = node {
        tx.get::<node::Entity>(node).await.map_err(|error| error.at("input.nodeId"))?;
    }
    Ok(())
}

async fn propose(ctx: &Context<'_>, input: ModelProposeInput) -> Result<InnovationModel> {
    let user = ctx.principal()?.user;
    let mut check = Check::new("input");
    let node = check.optional_id::<node::Entity>("nodeId", input.node_id.as_ref());
    let mut row = innovation_model::ActiveModel {
        title: Set(check.text("title", &input.title, LINE)),
        description: Set(check.text("description", &input.description, TEXT).into()),
        results: Set(check.optional("results", input.results.as_deref(), TEXT)),
        node_id: Set(node),
        status: Set(ModelStatus::Proposed),
        author_id: Set(user.id),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<innovation_model::Entity>(Verb::Create)?;
    known_node(&tx, node).await?;
    row.organization_id = Set(user.organization.ok_or(Error::Forbidden)?);
    let row = tx.insert::<innovation_model::Entity>(row).await?;
    tell(&tx, news(NotificationKind::ModelProposed, &row)?).await?;
    tx.commit().await?;
    Ok(InnovationModel(row.into()))
}

async fn update(
    ctx: &Context<'_>,
    id: ID,
    input: ModelUpdateInput,
    expected: Option<i32>,
) -> Result<InnovationModel> {
    let key = id::parse::<innovation_model::Entity>(&id, "id")?;
    let mut check = Check::new("input");
    let change = innovation_model::ActiveModel {
        title: check.change_required("title", &input.title, LINE),
        description: check.change_required("description", &input.description, TEXT),
        results: check.change("results", &input.results, TEXT),
        node_id: check.change_id::<node::Entity>("nodeId", &input.node_id),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<innovation_model::Entity>(key, Verb::Update).await?;
    only_in(ModelStatus::Proposed, held.status, "id")?;
    if let Set(node) = &change.node_id {
        known_node(&tx, *node).await?;
    }
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(InnovationModel(row.into()))
}

async fn commend(
    ctx: &Context<'_>,
    id: ID,
    number: &str,
    on: NaiveDate,
    expected: Option<i32>,
) -> Result<InnovationModel> {
    let today = ctx.app()?.world.today();
    let mut check = Check::new("");
    let change = innovation_model::ActiveModel {
        status: Set(ModelStatus::Commended),
        decision_number: Set(Some(check.text("decisionNumber", number, LINE))),
        decision_on: Set(Some(check.past("decisionOn", on, today))),
        ..Default::default()
    };
    check.done()?;
    decide(ctx, id, change, expected).await
}

async fn decline(ctx: &Context<'_>, id: ID, reason: &str, expected: Option<i32>) -> Result<InnovationModel> {
    let mut check = Check::new("");
    let change = innovation_model::ActiveModel {
        status: Set(ModelStatus::Declined),
        decline_reason: Set(Some(check.text("reason", reason, TEXT).into())),
        ..Default::default()
    };
    check.done()?;
    decide(ctx, id, change, expected).await
}

async fn decide(
    ctx: &Context<'_>,
    id: ID,
    change: innovation_model::ActiveModel,
    expected: Option<i32>,
) -> Result<InnovationModel> {
    let key = id::parse::<innovation_model::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<innovation_model::Entity>(key, Verb::Decide).await?;
    only_in(ModelStatus::Proposed, held.status, "id")?;
    let change = innovation_model::ActiveModel {
        decider_id: Set(Some(user.id)),
        decided_at: Set(Some(ctx.app()?.world.now())),
        ..change
    };
    let row = tx.update(&held, expected, change).await?;
    let kind = match row.status {
        ModelStatus::Commended => NotificationKind::ModelCommended,
        _ => NotificationKind::ModelDeclined,
    };
    tell(&tx, news(kind, &row)?).await?;
    tx.commit().await?;
    Ok(InnovationModel(row.into()))
}

fn news(kind: NotificationKind, row: &innovation_model::Model) -> Result<News> {
    let facts = Facts {
        title: Names::same(&row.title),
        code: row.decision_number.clone(),
        reason: Long::into_optional(row.decline_reason.clone())?,
        ..Facts::default()
    };
    Ok(News::of::<innovation_model::Entity>(kind, row, [row.organization_id], facts))
}

async fn replicate(ctx: &Context<'_>, input: ModelReplicateInput) -> Result<ModelReplication> {
    let user = ctx.principal()?.user;
    let today = ctx.app()?.world.today();
    let mut check = Check::new("input");
    let model = check.id::<innovation_model::Entity>("modelId", &input.model_id);
    let given = check.optional_id::<organization::Entity>("organizationId", input.organization_id.as_ref());
    let mut row = model_replication::ActiveModel {
        model_id: Set(model),
        place: Set(check.text("place", &input.place, LINE)),
        started_on: Set(check.past("startedOn", input.started_on, today)),
        note: Set(check.optional("note", input.note.as_deref(), TEXT)),
        author_id: Set(user.id),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<model_replication::Entity>(Verb::Create)?;
    let model = tx.get::<innovation_model::Entity>(model).await.map_err(|error| error.at("input.modelId"))?;
    only_in(ModelStatus::Commended, model.status, "input.modelId")?;
    let organization = given
        .or(user.organization)
        .ok_or_else(|| Error::from(Problem::new("input.organizationId", Code::Required)))?;
    all_active(&tx, vec![("input.organizationId".to_owned(), organization)], today).await?;
    row.organization_id = Set(organization);
    let row = tx.insert::<model_replication::Entity>(row).await.map_err(|error| error.at("input.place"))?;
    tx.commit().await?;
    Ok(ModelReplication(row.into()))
}

async fn delete(ctx: &Context<'_>, id: ID) -> Result<ID> {
    let key = id::parse::<model_replication::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    tx.delete(tx.hold::<model_replication::Entity>(key, Verb::Delete).await?).await?;
    tx.commit().await?;
    Ok(id)
}
