//! Requests for evidence: asking, answering and deciding on the answers.

use std::collections::HashSet;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{CODE, Check, LINE, TEXT};
use super::evidence_request::{EvidenceRequest, EvidenceResponse, MOST_ITEMS, is_wanted};
use super::evidence_target::Target;
use super::id;
use super::organization::all_active;
use super::payload::payload;
use crate::error::{Code, Error, Problem, Result};
use crate::news::{Facts, Names, News, tell};
use crate::policy::Verb;
use crate::store::{Read, Tx};

/// Most organizations that one request may ask.
const MOST_ASKED: usize = 200;

/// One thing to ask for.
#[derive(InputObject)]
pub struct EvidenceRequestItemInput {
    /// What is wanted.
    title: String,
    /// The node of the framework that it is about.
    node_id: Option<ID>,
}

/// A new request for evidence.
#[derive(InputObject)]
pub struct EvidenceRequestCreateInput {
    /// Number of the official letter.
    letter_number: String,
    /// Date of the official letter.
    letter_on: NaiveDate,
    /// What it is about, in one line.
    title: String,
    /// What is asked.
    content: String,
    /// Last day for the answers; not before the letter.
    due_on: NaiveDate,
    /// The organizations that are asked, 1 to 200; they must exist today.
    organization_ids: Vec<ID>,
    /// What is asked for, 1 to 50 things in order.
    items: Vec<EvidenceRequestItemInput>,
}

payload! {
    /// What came of asking for evidence.
    EvidenceRequestPayload {
        /// The request as it is now.
        request: EvidenceRequest
    }
}

payload! {
    /// What came of answering a request for evidence, or of deciding on the answer.
    EvidenceResponsePayload {
        /// The answer as it is now.
        response: EvidenceResponse
    }
}

/// Mutations of requests for evidence.
#[derive(Default)]
pub struct EvidenceRequestMutation;

#[Object]
impl EvidenceRequestMutation {
    /// Asks organizations for evidence; each has an answer of its own to give. For the coordinator.
    async fn evidence_request_create(
        &self,
        ctx: &Context<'_>,
        input: EvidenceRequestCreateInput,
    ) -> Result<Option<EvidenceRequestPayload>> {
        EvidenceRequestPayload::of(create(ctx, input).await)
    }

    /// Closes a request; answers are taken no more. For the coordinator.
    async fn evidence_request_close(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<EvidenceRequestPayload>> {
        EvidenceRequestPayload::of(close(ctx, id, expected_version).await)
    }

    /// Answers a request that is not closed, once the files of the answer's evidence are there.
    async fn evidence_response_submit(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "What the organization answers.")] content: String,
        expected_version: Option<i32>,
    ) -> Result<Option<EvidenceResponsePayload>> {
        EvidenceResponsePayload::of(submit(ctx, id, content, expected_version).await)
    }

    /// Sends an answer back to be given again. For the coordinator, if somebody else gave it.
    async fn evidence_response_return(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<Option<EvidenceResponsePayload>> {
        let outcome = decide(ctx, id, ResponseStatus::Returned, Some(&reason), expected_version).await;
        EvidenceResponsePayload::of(outcome)
    }

    /// Accepts an answer; it changes no more. For the coordinator, if somebody else gave it.
    async fn evidence_response_accept(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<EvidenceResponsePayload>> {
        EvidenceResponsePayload::of(decide(ctx, id, ResponseStatus::Accepted, None, expected_version).await)
    }
}

/// An answer may be changed: it is still wanted and its request is not closed.
pub(super) async fn may_answer(
    tx: &Tx,
    response: &evidence_response::Model,
    field: &str,
) -> Result<evidence_request::Model> {
    if !is_wanted(response.status) {
        return Err(Problem::state(field, response.status).into());
    }
    // A request that is being closed at this moment is waited for.
    let request = tx.get_locked::<evidence_request::Entity>(response.request_id).await?;
    match request.closed_at {
        Some(_) => Err(Problem::new(field, Code::InvalidState).with("CLOSED").into()),
        None => Ok(request),
    }
}

/// How many there are is between one and `most`.
fn counted(check: &mut Check, field: &str, count: usize, most: usize) {
    if count == 0 {
        check.problem(field, Code::Required);
    } else if count > most {
        check.problem_with(field, Code::TooMany, most);
    }
}

async fn create(ctx: &Context<'_>, input: EvidenceRequestCreateInput) -> Result<EvidenceRequest> {
    let user = ctx.principal()?.user;
    let mut check = Check::new("input");
    let request = evidence_request::ActiveModel {
        letter_number: Set(check.text("letterNumber", &input.letter_number, CODE)),
        letter_on: Set(input.letter_on),
        title: Set(check.text("title", &input.title, LINE)),
        content: Set(check.text("content", &input.content, TEXT).into()),
        due_on: Set(input.due_on),
        author_id: Set(user.id),
        ..Default::default()
    };
    check.dates(("letterOn", Some(input.letter_on)), ("dueOn", Some(input.due_on)));
    let most_items = MOST_ITEMS as usize;
    counted(&mut check, "organizationIds", input.organization_ids.len(), MOST_ASKED);
    counted(&mut check, "items", input.items.len(), most_items);
    let mut asked = Vec::new();
    let mut seen = HashSet::new();
    for (place, id) in input.organization_ids.iter().take(MOST_ASKED).enumerate() {
        let field = format!("organizationIds.{place}");
        let key = check.id::<organization::Entity>(&field, id);
        if !seen.insert(key) {
            check.problem(&field, Code::Duplicate);
        }
        asked.push(key);
    }
    let mut items = Vec::new();
    for (place, item) in input.items.iter().take(most_items).enumerate() {
        let title = check.text(&format!("items.{place}.title"), &item.title, LINE);
        let node = check.optional_id::<node::Entity>(&format!("items.{place}.nodeId"), item.node_id.as_ref());
        items.push((title, node));
    }
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<evidence_request::Entity>(Verb::Create)?;
    let named = asked.iter().enumerate().map(|(place, &key)| (format!("input.organizationIds.{place}"), key));
    all_active(&tx, named.collect(), ctx.app()?.world.today()).await?;
    nodes_are_there(&tx, &items).await?;
    let request = tx.insert::<evidence_request::Entity>(request).await;
    let request = request.map_err(|error| error.at("input.letterNumber"))?;
    let items = (1..).zip(items).map(|(position, (title, node_id))| evidence_request_item::ActiveModel {
        request_id: Set(request.id),
        position: Set(position),
        title: Set(title),
        node_id: Set(node_id),
        ..Default::default()
    });
    tx.insert_all::<evidence_request_item::Entity>(items.collect()).await?;
    let facts = Facts { due_on: Some(request.due_on), ..facts_of(&request) };
    let kind = NotificationKind::RequestReceived;
    tell(&tx, News::of::<evidence_request::Entity>(kind, &request, asked.clone(), facts)).await?;
    // One by one, so that the history of each answer begins with its being asked for.
    for organization in asked {
        let response = evidence_response::ActiveModel {
            request_id: Set(request.id),
            organization_id: Set(organization),
            status: Set(ResponseStatus::Open),
            ..Default::default()
        };
        tx.insert::<evidence_response::Entity>(response).await?;
    }
    tx.commit().await?;
    Ok(EvidenceRequest(request.into()))
}

/// Every node that an item names is there.
async fn nodes_are_there(tx: &Tx, items: &[(String, Option<Uuid>)]) -> Result<()> {
    let wanted: HashSet<Uuid> = items.iter().filter_map(|(_, node)| *node).collect();
    let found = tx.all(tx.find::<node::Entity>().filter(node::Column::Id.is_in(wanted))).await?;
    let found: HashSet<Uuid> = found.into_iter().map(|row| row.id).collect();
    let lost = |(place, (_, node)): (usize, &(String, Option<Uuid>))| {
        let lost = node.is_some_and(|node| !found.contains(&node));
        lost.then(|| Problem::new(&format!("input.items.{place}.nodeId"), Code::NotFound))
    };
    let problems: Vec<Problem> = items.iter().enumerate().filter_map(lost).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

async fn close(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<EvidenceRequest> {
    let key = id::parse::<evidence_request::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<evidence_request::Entity>(key, Verb::Update).await?;
    // Closing twice is what a client does whose first answer was lost.
    if held.closed_at.is_some() {
        return Ok(EvidenceRequest(held.clone().into()));
    }
    let change =
        evidence_request::ActiveModel { closed_at: Set(Some(ctx.app()?.world.now())), ..Default::default() };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(EvidenceRequest(row.into()))
}

async fn submit(
    ctx: &Context<'_>,
    id: ID,
    content: String,
    expected: Option<i32>,
) -> Result<EvidenceResponse> {
    let key = id::parse::<evidence_response::Entity>(&id, "id")?;
    let mut check = Check::new("");
    let content = check.text("content", &content, TEXT);
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<evidence_response::Entity>(key, Verb::Update).await?;
    let request = may_answer(&tx, &held, "id").await?;
    Target::Response(key).evidence(&tx).await?;
    let change = evidence_response::ActiveModel {
        status: Set(ResponseStatus::Answered),
        content: Set(Some(content.into())),
        submitter_id: Set(Some(ctx.principal()?.user.id)),
        submitted_at: Set(Some(ctx.app()?.world.now())),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tell(&tx, news(NotificationKind::ResponseSubmitted, &row, &request)?).await?;
    tx.commit().await?;
    Ok(EvidenceResponse(row.into()))
}

fn facts_of(request: &evidence_request::Model) -> Facts {
    Facts {
        code: Some(request.letter_number.clone()),
        title: Names::same(&request.title),
        ..Facts::default()
    }
}

fn news(
    kind: NotificationKind,
    row: &evidence_response::Model,
    request: &evidence_request::Model,
) -> Result<News> {
    let facts = Facts { reason: Long::into_optional(row.return_reason.clone())?, ..facts_of(request) };
    Ok(News::of::<evidence_response::Entity>(kind, row, [row.organization_id], facts))
}

async fn decide(
    ctx: &Context<'_>,
    id: ID,
    to: ResponseStatus,
    reason: Option<&str>,
    expected: Option<i32>,
) -> Result<EvidenceResponse> {
    let key = id::parse::<evidence_response::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let mut check = Check::new("");
    let reason = reason.map(|reason| check.text("reason", reason, TEXT).into());
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<evidence_response::Entity>(key, Verb::Decide).await?;
    if held.status != ResponseStatus::Answered {
        return Err(Problem::state("id", held.status).into());
    }
    // Nobody decides on what is one's own.
    if held.submitter_id == Some(user.id) {
        return Err(Error::Forbidden);
    }
    let change = evidence_response::ActiveModel {
        status: Set(to),
        decider_id: Set(Some(user.id)),
        decided_at: Set(Some(ctx.app()?.world.now())),
        decided_version: Set(Some(held.row_version)),
        return_reason: Set(reason),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    let request = tx.get::<evidence_request::Entity>(row.request_id).await?;
    let kind = match to {
        ResponseStatus::Accepted => NotificationKind::ResponseAccepted,
        _ => NotificationKind::ResponseReturned,
    };
    tell(&tx, news(kind, &row, &request)?).await?;
    tx.commit().await?;
    Ok(EvidenceResponse(row.into()))
}
