//! What evidence is attached to, and while that is open to changes.

use async_graphql::ID;
use entity::*;
use sea_orm::sea_query::{ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use super::evidence_request_edit::may_answer;
use super::id;
use super::obstacle_edit::is_open;
use super::report_edit::is_editable;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::{Rule, Verb};
use crate::store::{Held, Read, Tx};

/// What evidence is attached to.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Report(Uuid),
    Task(Uuid),
    Indicator(Uuid),
    Submission(Uuid),
    Response(Uuid),
    Obstacle(Uuid),
    Model(Uuid),
    Activity(Uuid),
}

impl Target {
    /// What the global id names.
    pub(super) fn parse(id: &ID, field: &str) -> Result<Self, Problem> {
        match id.split(':').next().unwrap_or_default() {
            task::Entity::TABLE => id::parse::<task::Entity>(id, field).map(Self::Task),
            indicator::Entity::TABLE => id::parse::<indicator::Entity>(id, field).map(Self::Indicator),
            data_submission::Entity::TABLE => {
                id::parse::<data_submission::Entity>(id, field).map(Self::Submission)
            }
            evidence_response::Entity::TABLE => {
                id::parse::<evidence_response::Entity>(id, field).map(Self::Response)
            }
            obstacle::Entity::TABLE => id::parse::<obstacle::Entity>(id, field).map(Self::Obstacle),
            innovation_model::Entity::TABLE => {
                id::parse::<innovation_model::Entity>(id, field).map(Self::Model)
            }
            outreach_activity::Entity::TABLE => {
                id::parse::<outreach_activity::Entity>(id, field).map(Self::Activity)
            }
            _ => id::parse::<progress_report::Entity>(id, field).map(Self::Report),
        }
    }

    /// Links to it.
    pub(super) fn condition(self) -> SimpleExpr {
        use evidence_link::Column as Link;
        match self {
            Self::Report(id) => Link::ReportId.eq(id),
            Self::Task(id) => Link::TaskId.eq(id),
            Self::Indicator(id) => Link::IndicatorId.eq(id),
            Self::Submission(id) => Link::SubmissionId.eq(id),
            Self::Response(id) => Link::ResponseId.eq(id),
            Self::Obstacle(id) => Link::ObstacleId.eq(id),
            Self::Model(id) => Link::ModelId.eq(id),
            Self::Activity(id) => Link::ActivityId.eq(id),
        }
    }

    /// Makes `row` a link to it.
    pub(super) fn fill(self, row: &mut evidence_link::ActiveModel) {
        match self {
            Self::Report(id) => row.report_id = Set(Some(id)),
            Self::Task(id) => row.task_id = Set(Some(id)),
            Self::Indicator(id) => row.indicator_id = Set(Some(id)),
            Self::Submission(id) => row.submission_id = Set(Some(id)),
            Self::Response(id) => row.response_id = Set(Some(id)),
            Self::Obstacle(id) => row.obstacle_id = Set(Some(id)),
            Self::Model(id) => row.model_id = Set(Some(id)),
            Self::Activity(id) => row.activity_id = Set(Some(id)),
        }
    }

    /// The evidence attached to it, which must be there before it is handed in.
    ///
    /// # Errors
    /// [`Code::EvidencePending`] when a file was not uploaded yet.
    pub(super) async fn evidence(self, tx: &Tx) -> Result<Vec<evidence::Model>> {
        use evidence::Column::Id;
        let attached = tx.keys::<evidence_link::Entity>(evidence_link::Column::EvidenceId, self.condition());
        let attached = tx.find::<evidence::Entity>().filter(Id.in_subquery(attached)).order_by_asc(Id);
        let attached = tx.all(attached).await?;
        match attached.iter().find(|evidence| evidence.status == EvidenceStatus::Pending) {
            Some(pending) => Err(Problem::new("id", Code::EvidencePending).with(&pending.title).into()),
            None => Ok(attached),
        }
    }

    /// Tasks and indicators are not changed by what is attached to them.
    pub(super) fn is_only_read(self) -> bool {
        matches!(self, Self::Task(_) | Self::Indicator(_))
    }

    /// Evidence may be attached to it and taken off.
    pub(super) async fn is_open(self, tx: &Tx, field: &str) -> Result<()> {
        match self {
            Self::Task(id) => tx.get::<task::Entity>(id).await.map(drop).map_err(|error| error.at(field)),
            Self::Indicator(id) => {
                tx.get::<indicator::Entity>(id).await.map(drop).map_err(|error| error.at(field))
            }
            Self::Report(id) => {
                let status = held::<progress_report::Entity>(tx, id, field).await?.status;
                if is_editable(status) { Ok(()) } else { Err(Problem::state(field, status).into()) }
            }
            Self::Submission(id) => {
                let status = held::<data_submission::Entity>(tx, id, field).await?.status;
                if is_editable(status) { Ok(()) } else { Err(Problem::state(field, status).into()) }
            }
            Self::Response(id) => {
                let held = held::<evidence_response::Entity>(tx, id, field).await?;
                may_answer(tx, &held, field).await.map(drop)
            }
            Self::Obstacle(id) => {
                let status = held::<obstacle::Entity>(tx, id, field).await?.status;
                if is_open(status) { Ok(()) } else { Err(Problem::state(field, status).into()) }
            }
            Self::Model(id) => match held::<innovation_model::Entity>(tx, id, field).await?.status {
                ModelStatus::Proposed => Ok(()),
                status => Err(Problem::state(field, status).into()),
            },
            Self::Activity(id) => held::<outreach_activity::Entity>(tx, id, field).await.map(drop),
        }
    }
}

/// A row that the viewer may change, locked.
async fn held<E: Rule + Row>(tx: &Tx, id: Uuid, field: &str) -> Result<Held<E>>
where
    E::Model: Send + Sync,
{
    tx.hold::<E>(id, Verb::Update).await.map_err(|error: Error| error.at(field))
}

/// Something that was handed in and stands on a piece of evidence.
struct Standing {
    state: Problem,
    is_accepted: bool,
}

/// The rows that a piece of evidence is attached to. They are locked whatever their state, so that what is being handed in
/// at this moment is waited for; and whoever lost the task sees its report no more, though it still stands on the file.
async fn attached_to<E: Rule>(tx: &Tx, evidence: Uuid, link: evidence_link::Column) -> Result<Vec<E::Model>>
where
    E::Model: Send + Sync,
{
    let all = tx.whole();
    let links = evidence_link::Column::EvidenceId.eq(evidence).and(link.is_not_null());
    let rows = all.find::<E>().filter(E::ID.in_subquery(all.keys::<evidence_link::Entity>(link, links)));
    all.all(tx.locked(rows.order_by_asc(E::ID))).await
}

async fn handed_in(tx: &Tx, evidence: Uuid) -> Result<Vec<Standing>> {
    use evidence_link::Column::{ObstacleId, ReportId, ResponseId, SubmissionId};
    let standing = |state: Problem, is_accepted: bool| Standing { state, is_accepted };
    let reports = attached_to::<progress_report::Entity>(tx, evidence, ReportId).await?;
    let figures = attached_to::<data_submission::Entity>(tx, evidence, SubmissionId).await?;
    let answers = attached_to::<evidence_response::Entity>(tx, evidence, ResponseId).await?;
    let obstacles = attached_to::<obstacle::Entity>(tx, evidence, ObstacleId).await?;
    let mut all = Vec::new();
    for status in reports.iter().map(|row| row.status).chain(figures.iter().map(|row| row.status)) {
        if !is_editable(status) {
            all.push(standing(Problem::state("id", status), status == ReportStatus::Accepted));
        }
    }
    for status in answers.iter().map(|row| row.status) {
        if matches!(status, ResponseStatus::Answered | ResponseStatus::Accepted) {
            all.push(standing(Problem::state("id", status), status == ResponseStatus::Accepted));
        }
    }
    for status in obstacles.iter().map(|row| row.status) {
        if matches!(status, ObstacleStatus::Forwarded | ObstacleStatus::Resolved) {
            all.push(standing(Problem::state("id", status), status == ObstacleStatus::Resolved));
        }
    }
    Ok(all)
}

/// Nothing that was handed in stands on a piece of evidence, and no dossier names it.
pub(super) async fn stands_on_none(tx: &Tx, evidence: Uuid) -> Result<()> {
    if let Some(standing) = handed_in(tx, evidence).await?.into_iter().next() {
        return Err(standing.state.into());
    }
    let all = tx.whole();
    let named = dossier_piece::Column::Content.contains(&*id::of::<evidence::Entity>(evidence));
    match all.exists(all.find::<dossier_piece::Entity>().filter(named)).await? {
        true => Err(Problem::new("id", Code::InvalidState).with("FROZEN").into()),
        false => Ok(()),
    }
}

/// Nothing that was accepted stands on a piece of evidence: while something does, its file is the one that was decided on.
pub(super) async fn bears_nothing_accepted(tx: &Tx, evidence: Uuid) -> Result<()> {
    let accepted = handed_in(tx, evidence).await?.into_iter().find(|standing| standing.is_accepted);
    accepted.map_or(Ok(()), |standing| Err(standing.state.into()))
}
