//! Evidence: describing, attaching and deciding on it.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};

use super::ask::Ask;
use super::check::{Check, LINE, TEXT, after, given, maybe};
use super::evidence::Evidence;
use super::evidence_target::{Target, bears_nothing_accepted, stands_on_none};
use super::id;
use super::payload::payload;
use super::ticket::{FileInput, ticket_end, ticket_url};
use crate::auth::{Declared, FileOf, keys};
use crate::error::{Code, Error, Problem, Result};
use crate::files::Purpose;
use crate::policy::Verb;
use crate::store::{Held, Read, Tx};

/// A new piece of evidence.
#[derive(InputObject)]
pub struct EvidenceCreateInput {
    /// What it is, in one line.
    title: String,
    /// What sort of document it is.
    kind: EvidenceKind,
    /// Who issued it.
    issuing_body: Option<String>,
    /// Its number.
    document_number: Option<String>,
    /// When it was issued.
    issued_on: Option<NaiveDate>,
    /// First day it holds.
    effective_from: Option<NaiveDate>,
    /// Last day it holds.
    effective_to: Option<NaiveDate>,
    /// The figure it proves.
    stated_value: Option<f64>,
    /// The unit of that figure.
    stated_unit: Option<String>,
    /// The year that figure is of.
    stated_year: Option<i32>,
    /// The file.
    file: FileInput,
    /// A report, a task or an indicator to attach it to at once.
    attach_to_id: Option<ID>,
}

/// Changes of a piece of evidence: what is absent stays, null clears what may be empty.
#[derive(InputObject)]
pub struct EvidenceUpdateInput {
    /// What it is, in one line.
    title: Option<String>,
    /// What sort of document it is.
    kind: Option<EvidenceKind>,
    /// Who issued it.
    issuing_body: MaybeUndefined<String>,
    /// Its number.
    document_number: MaybeUndefined<String>,
    /// When it was issued.
    issued_on: MaybeUndefined<NaiveDate>,
    /// First day it holds.
    effective_from: MaybeUndefined<NaiveDate>,
    /// Last day it holds.
    effective_to: MaybeUndefined<NaiveDate>,
    /// The figure it proves.
    stated_value: MaybeUndefined<f64>,
    /// The unit of that figure.
    stated_unit: MaybeUndefined<String>,
    /// The year that figure is of.
    stated_year: MaybeUndefined<i32>,
}

/// Where to send the file of a piece of evidence.
#[derive(SimpleObject)]
pub struct EvidenceUpload {
    /// The evidence, pending until the file is there.
    evidence: Evidence,
    /// Address to `PUT` the bytes to, without an `Authorization` header.
    url: String,
    /// When the address ends; `evidenceUploadTicket` gives another.
    expires_at: DateTime<Utc>,
    /// Largest size in bytes.
    max_bytes: i64,
}

payload! {
    /// What came of asking to upload a file.
    EvidenceUploadPayload {
        /// Where to send it.
        upload: EvidenceUpload
    }
}

payload! {
    /// What came of changing, attaching or deciding on evidence.
    EvidencePayload {
        /// The evidence as it is now.
        evidence: Evidence
    }
}

/// Mutations of evidence.
#[derive(Default)]
pub struct EvidenceMutation;

#[Object]
impl EvidenceMutation {
    /// Describes a piece of evidence of the viewer's own organization and says where to upload its file.
    async fn evidence_create(
        &self,
        ctx: &Context<'_>,
        input: EvidenceCreateInput,
    ) -> Result<Option<EvidenceUploadPayload>> {
        EvidenceUploadPayload::of(create(ctx, input).await)
    }

    /// Says anew where to upload the file: when the first address has ended, the file was rejected, or a better one is
    /// at hand and no report that holds it is submitted or accepted.
    async fn evidence_upload_ticket(
        &self,
        ctx: &Context<'_>,
        id: ID,
        file: FileInput,
    ) -> Result<Option<EvidenceUploadPayload>> {
        EvidenceUploadPayload::of(ticket(ctx, id, file).await)
    }

    /// Changes the description, until the evidence is accepted.
    async fn evidence_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: EvidenceUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<EvidencePayload>> {
        EvidencePayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Attaches evidence of the viewer's own organization to a task it works on, to an indicator, or to what it may
    /// still change: a report, an answer, a difficulty, a model, a supplied figure, an outreach activity. Doing it twice
    /// changes nothing.
    async fn evidence_attach(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(
            desc = "What it proves: a report, a task, an indicator, an answer, a difficulty and so on."
        )]
        to_id: ID,
    ) -> Result<Option<EvidencePayload>> {
        EvidencePayload::of(attach(ctx, id, to_id).await)
    }

    /// Takes evidence off a report that may still be changed, a task or an indicator.
    async fn evidence_detach(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(
            desc = "What it proves: a report, a task, an indicator, an answer, a difficulty and so on."
        )]
        from_id: ID,
    ) -> Result<Option<EvidencePayload>> {
        EvidencePayload::of(detach(ctx, id, from_id).await)
    }

    /// Accepts evidence whose file is there; it changes no more. For the coordinator.
    async fn evidence_accept(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<EvidencePayload>> {
        EvidencePayload::of(decide(ctx, id, EvidenceStatus::Accepted, None, expected_version).await)
    }

    /// Rejects evidence on which no accepted figure stands; another file may be uploaded. For the coordinator.
    async fn evidence_reject(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<Option<EvidencePayload>> {
        EvidencePayload::of(decide(ctx, id, EvidenceStatus::Rejected, Some(&reason), expected_version).await)
    }
}

fn upload(ctx: &Context<'_>, row: evidence::Model, declared: Declared) -> Result<EvidenceUpload> {
    let app = ctx.app()?;
    Ok(EvidenceUpload {
        url: ticket_url(ctx, FileOf::Evidence(row.id), keys::PUT_FILE, declared)?,
        expires_at: ticket_end(ctx)?,
        max_bytes: i64::try_from(app.files.max_bytes(Purpose::Evidence)).unwrap_or(i64::MAX),
        evidence: Evidence(row.into()),
    })
}

fn year(check: &mut Check, year: Option<i32>) -> Option<i32> {
    year.map(|year| check.range("statedYear", year, 1900..=2200))
}

async fn create(ctx: &Context<'_>, input: EvidenceCreateInput) -> Result<EvidenceUpload> {
    let store = ctx.store()?;
    let user = ctx.principal()?.user;
    let organization = user.organization.ok_or(Error::Forbidden)?;
    let mut check = Check::new("input");
    let row = evidence::ActiveModel {
        organization_id: Set(organization),
        title: Set(check.text("title", &input.title, LINE)),
        kind: Set(input.kind),
        issuing_body: Set(check.optional("issuingBody", input.issuing_body.as_deref(), LINE)),
        document_number: Set(check.optional("documentNumber", input.document_number.as_deref(), LINE)),
        issued_on: Set(input.issued_on),
        effective_from: Set(input.effective_from),
        effective_to: Set(input.effective_to),
        stated_value: Set(check.finite("statedValue", input.stated_value)),
        stated_unit: Set(check.optional("statedUnit", input.stated_unit.as_deref(), LINE)),
        stated_year: Set(year(&mut check, input.stated_year)),
        status: Set(EvidenceStatus::Pending),
        author_id: Set(user.id),
        ..Default::default()
    };
    check.dates(("effectiveFrom", input.effective_from), ("effectiveTo", input.effective_to));
    check.date("issuedOn", input.issued_on);
    let declared = input.file.declared(ctx, &mut check, Purpose::Evidence, "file")?;
    let target = input.attach_to_id.as_ref().and_then(|id| check.note(Target::parse(id, "input.attachToId")));
    check.done()?;
    let tx = store.begin().await?;
    let row = tx.insert::<evidence::Entity>(row).await?;
    tx.add_words::<evidence::Entity>(std::slice::from_ref(&row)).await?;
    if let Some(target) = target {
        link(&tx, &row, target, user.id, "input.attachToId").await?;
    }
    tx.commit().await?;
    upload(ctx, row, declared)
}

async fn ticket(ctx: &Context<'_>, id: ID, file: FileInput) -> Result<EvidenceUpload> {
    let key = id::parse::<evidence::Entity>(&id, "id")?;
    let mut check = Check::new("");
    let declared = file.declared(ctx, &mut check, Purpose::Evidence, "file")?;
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<evidence::Entity>(key, Verb::Update).await?;
    may_replace_file(&tx, &held).await?;
    // Touched, so that clean-up waits as long for the file as if the evidence were new.
    let row = tx.update(&held, None, evidence::ActiveModel::default()).await?;
    tx.commit().await?;
    upload(ctx, row, declared)
}

/// A file that a decision is or may be based on stays as it is.
pub(crate) async fn may_replace_file(tx: &Tx, evidence: &Held<evidence::Entity>) -> Result<()> {
    match evidence.status {
        EvidenceStatus::Pending => Ok(()),
        EvidenceStatus::Accepted => Err(Problem::state("id", evidence.status).into()),
        EvidenceStatus::Ready | EvidenceStatus::Rejected => stands_on_none(tx, evidence.id).await,
    }
}

async fn update(
    ctx: &Context<'_>,
    id: ID,
    input: EvidenceUpdateInput,
    expected: Option<i32>,
) -> Result<Evidence> {
    let key = id::parse::<evidence::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<evidence::Entity>(key, Verb::Update).await?;
    may_replace_file(&tx, &held).await?;
    let mut check = Check::new("input");
    let change = evidence::ActiveModel {
        title: check.change_required("title", &input.title, LINE),
        kind: given(input.kind),
        issuing_body: check.change("issuingBody", &input.issuing_body, LINE),
        document_number: check.change("documentNumber", &input.document_number, LINE),
        issued_on: maybe(input.issued_on),
        effective_from: maybe(input.effective_from),
        effective_to: maybe(input.effective_to),
        stated_value: maybe(input.stated_value),
        stated_unit: check.change("statedUnit", &input.stated_unit, LINE),
        stated_year: maybe(input.stated_year),
        ..Default::default()
    };
    year(&mut check, after(&change.stated_year, &held.stated_year));
    check.finite("statedValue", after(&change.stated_value, &held.stated_value));
    check.dates(
        ("effectiveFrom", after(&change.effective_from, &held.effective_from)),
        ("effectiveTo", after(&change.effective_to, &held.effective_to)),
    );
    check.date("issuedOn", after(&change.issued_on, &held.issued_on));
    check.done()?;
    let row = tx.revise(&held, expected, change).await?;
    tx.index_words::<evidence::Entity>(&row).await?;
    tx.commit().await?;
    Ok(Evidence(row.into()))
}

/// Attaches evidence once, to what is still open to changes.
async fn link(
    tx: &Tx,
    evidence: &evidence::Model,
    target: Target,
    author: uuid::Uuid,
    field: &str,
) -> Result<()> {
    target.is_open(tx, field).await?;
    let mut row = evidence_link::ActiveModel {
        evidence_id: Set(evidence.id),
        author_id: Set(author),
        ..Default::default()
    };
    target.fill(&mut row);
    let there = tx.find::<evidence_link::Entity>().filter(evidence_link::Column::EvidenceId.eq(evidence.id));
    if !tx.exists(there.filter(target.condition())).await? {
        tx.insert::<evidence_link::Entity>(row).await?;
    }
    Ok(())
}

async fn attach(ctx: &Context<'_>, id: ID, to: ID) -> Result<Evidence> {
    let key = id::parse::<evidence::Entity>(&id, "id")?;
    let target = Target::parse(&to, "toId")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<evidence::Entity>(key, Verb::Update).await?;
    link(&tx, &held, target, ctx.principal()?.user.id, "toId").await?;
    tx.commit().await?;
    Ok(Evidence(held.clone().into()))
}

async fn detach(ctx: &Context<'_>, id: ID, from: ID) -> Result<Evidence> {
    let key = id::parse::<evidence::Entity>(&id, "id")?;
    let target = Target::parse(&from, "fromId")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<evidence::Entity>(key, Verb::Update).await?;
    if !target.is_only_read() {
        target.is_open(&tx, "fromId").await?;
    }
    let there = tx
        .find::<evidence_link::Entity>()
        .filter(evidence_link::Column::EvidenceId.eq(key))
        .filter(target.condition());
    let there = tx.first(there).await?.ok_or_else(|| Error::from(Problem::new("fromId", Code::NotFound)))?;
    tx.delete(tx.hold::<evidence_link::Entity>(there.id, Verb::Delete).await?).await?;
    tx.commit().await?;
    Ok(Evidence(held.clone().into()))
}

async fn decide(
    ctx: &Context<'_>,
    id: ID,
    to: EvidenceStatus,
    reason: Option<&str>,
    expected: Option<i32>,
) -> Result<Evidence> {
    let key = id::parse::<evidence::Entity>(&id, "id")?;
    let mut check = Check::new("");
    let reason = reason.map(|reason| check.text("reason", reason, TEXT).into());
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<evidence::Entity>(key, Verb::Decide).await?;
    if held.status != EvidenceStatus::Ready {
        return Err(Problem::state("id", held.status).into());
    }
    if to == EvidenceStatus::Rejected {
        bears_nothing_accepted(&tx, key).await?;
    }
    let change = evidence::ActiveModel {
        status: Set(to),
        decider_id: Set(Some(ctx.principal()?.user.id)),
        decided_at: Set(Some(ctx.app()?.world.now())),
        reject_reason: Set(reason),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Evidence(row.into()))
}
