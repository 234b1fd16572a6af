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

/// Nothing that was handed in stands on a piece of evidence. What is being handed in at this moment is waited for, and
/// whoever lost the task sees its report no more, though the report still stands on the file.
pub(super) async fn stands_on_none(tx: &Tx, evidence: Uuid) -> Result<()> {
    use evidence_link::Column::{EvidenceId, ObstacleId, ReportId, ResponseId};
    let all = tx.whole();
    let linked = |column: evidence_link::Column| {
        all.keys::<evidence_link::Entity>(column, EvidenceId.eq(evidence).and(column.is_not_null()))
    };
    let handed_in = [ReportStatus::Submitted, ReportStatus::Accepted];
    let rows = all
        .find::<progress_report::Entity>()
        .filter(progress_report::Column::Id.in_subquery(linked(ReportId)))
        .filter(progress_report::Column::Status.is_in(handed_in));
    if let Some(row) = all.first(tx.locked(rows)).await? {
        return Err(Problem::state("id", row.status).into());
    }
    if let Some(row) = figures_on(tx, evidence).await?.first() {
        return Err(Problem::state("id", row.status).into());
    }
    let rows = all
        .find::<evidence_response::Entity>()
        .filter(evidence_response::Column::Id.in_subquery(linked(ResponseId)))
        .filter(
            evidence_response::Column::Status.is_in([ResponseStatus::Answered, ResponseStatus::Accepted]),
        );
    if let Some(row) = all.first(tx.locked(rows)).await? {
        return Err(Problem::state("id", row.status).into());
    }
    let rows = all
        .find::<obstacle::Entity>()
        .filter(obstacle::Column::Id.in_subquery(linked(ObstacleId)))
        .filter(obstacle::Column::Status.is_in([ObstacleStatus::Forwarded, ObstacleStatus::Resolved]));
    if let Some(row) = all.first(tx.locked(rows)).await? {
        return Err(Problem::state("id", row.status).into());
    }
    Ok(())
}

/// The supplied figures that were handed in and stand on a piece of evidence; what is being decided on at this moment is
/// waited for.
async fn figures_on(tx: &Tx, evidence: Uuid) -> Result<Vec<data_submission::Model>> {
    use data_submission::Column::{Id, Status};
    let all = tx.whole();
    let linked = evidence_link::Column::EvidenceId.eq(evidence);
    let linked = linked.and(evidence_link::Column::SubmissionId.is_not_null());
    let linked = all.keys::<evidence_link::Entity>(evidence_link::Column::SubmissionId, linked);
    let rows = all
        .find::<data_submission::Entity>()
        .filter(Id.in_subquery(linked))
        .filter(Status.is_in([ReportStatus::Submitted, ReportStatus::Accepted]))
        .order_by_asc(Id);
    all.all(tx.locked(rows)).await
}

/// No accepted figure stands on a piece of evidence: while one does, its file is the one that was decided on.
pub(super) async fn bears_no_accepted_figure(tx: &Tx, evidence: Uuid) -> Result<()> {
    let figures = figures_on(tx, evidence).await?;
    match figures.iter().any(|row| row.status == ReportStatus::Accepted) {
        true => Err(Problem::state("id", ReportStatus::Accepted).into()),
        false => Ok(()),
    }
}
