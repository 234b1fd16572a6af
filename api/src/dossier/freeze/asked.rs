//! Requests for evidence, difficulties, models and outreach of a period.

use std::collections::{BTreeMap, HashMap};

use entity::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::Window;
use super::names::Names;
use super::work::attached;
use crate::dossier::content::{
    Missing, MissingKind, Model, Obstacle, Outreach, Replication, Request, Response,
};
use crate::error::Result;
use crate::graphql::global;
use crate::store::{Read, Tx};

/// The requests whose letter is of the period, and the answers to them.
pub(super) async fn requests(
    tx: &Tx,
    names: &Names,
    window: &Window,
    missing: &mut Vec<Missing>,
) -> Result<Vec<Request>> {
    use evidence_response::Column::{Id, RequestId, Status};
    let (first, last) = window.days();
    let wanted = || evidence_request::Column::LetterOn.between(first, last);
    let rows = tx.every(tx.find::<evidence_request::Entity>().filter(wanted())).await?;
    let of_period =
        || RequestId.in_subquery(tx.keys::<evidence_request::Entity>(evidence_request::Column::Id, wanted()));
    let responses = tx.every(tx.find::<evidence_response::Entity>().filter(of_period())).await?;
    let accepted =
        tx.keys::<evidence_response::Entity>(Id, of_period().and(Status.eq(ResponseStatus::Accepted)));
    let mut proofs = attached(tx, evidence_link::Column::ResponseId, accepted).await?;
    let mut by_request: HashMap<Uuid, BTreeMap<String, Response>> = HashMap::new();
    for row in responses {
        let organization = names.organization(row.organization_id);
        let response = Response {
            id: global::<evidence_response::Entity>(row.id),
            organization: organization.clone(),
            status: row.status,
            evidence: proofs.remove(&row.id).unwrap_or_default(),
        };
        by_request.entry(row.request_id).or_default().insert(organization, response);
    }
    let mut requests = BTreeMap::new();
    for row in rows {
        let responses: Vec<Response> = by_request.remove(&row.id).unwrap_or_default().into_values().collect();
        let open = responses.iter().filter(|response| response.status != ResponseStatus::Accepted);
        missing.extend(open.map(|response| Missing {
            kind: MissingKind::Response,
            organization: Some(response.organization.clone()),
            subject: row.letter_number.clone(),
        }));
        let request = Request {
            id: global::<evidence_request::Entity>(row.id),
            letter_number: row.letter_number.clone(),
            letter_on: row.letter_on,
            title: row.title,
            due_on: row.due_on,
            responses,
        };
        requests.insert((row.letter_on, row.letter_number, row.id), request);
    }
    Ok(requests.into_values().collect())
}

/// The difficulties that were passed on before the period's end, unless they were resolved before its beginning.
pub(super) async fn obstacles(tx: &Tx, names: &Names, window: &Window) -> Result<Vec<Obstacle>> {
    use obstacle::Column::{ForwardedAt, ResolvedAt, Status, TaskId};
    let wanted = || {
        let still = ResolvedAt.is_null().or(ResolvedAt.gte(window.from));
        Status
            .is_in([ObstacleStatus::Forwarded, ObstacleStatus::Resolved])
            .and(ForwardedAt.lte(window.to))
            .and(still)
    };
    let rows = tx.every(tx.find::<obstacle::Entity>().filter(wanted())).await?;
    let tasks = tx.keys::<obstacle::Entity>(TaskId, wanted());
    let tasks = tx.every(tx.find::<task::Entity>().filter(task::Column::Id.in_subquery(tasks))).await?;
    let codes: HashMap<Uuid, String> = tasks.into_iter().map(|row| (row.id, row.code)).collect();
    let mut obstacles = BTreeMap::new();
    for row in rows {
        let obstacle = Obstacle {
            id: global::<obstacle::Entity>(row.id),
            organization: names.organization(row.organization_id),
            task: row.task_id.and_then(|id| codes.get(&id).cloned()),
            node: names.code(row.node_id),
            title: row.title,
            description: row.description.into_text()?,
            proposal: Long::into_optional(row.proposal)?,
            opinion: Long::into_optional(row.opinion)?,
            status: row.status,
            answer: Long::into_optional(row.answer)?,
            answered_on: row.answered_on,
        };
        obstacles.insert((row.forwarded_at, row.id), obstacle);
    }
    Ok(obstacles.into_values().collect())
}

/// The models that were proposed or commended in the period, with all places where they were taken up.
pub(super) async fn models(tx: &Tx, names: &Names, window: &Window) -> Result<Vec<Model>> {
    use innovation_model::Column::{CreatedAt, DecidedAt, Id, Status};
    let wanted = || {
        let moved = CreatedAt.between(window.from, window.to).or(DecidedAt.between(window.from, window.to));
        Status.is_in([ModelStatus::Proposed, ModelStatus::Commended]).and(moved)
    };
    let rows = tx.every(tx.find::<innovation_model::Entity>().filter(wanted())).await?;
    let of_models = tx.keys::<innovation_model::Entity>(Id, wanted());
    let taken_up = tx.find::<model_replication::Entity>();
    let taken_up = taken_up.filter(model_replication::Column::ModelId.in_subquery(of_models));
    let mut by_model: HashMap<Uuid, BTreeMap<(String, String), Replication>> = HashMap::new();
    for row in tx.every(taken_up).await? {
        let organization = names.organization(row.organization_id);
        let key = (organization.clone(), row.place.clone());
        let replication = Replication { organization, place: row.place, started_on: row.started_on };
        by_model.entry(row.model_id).or_default().insert(key, replication);
    }
    let mut models = BTreeMap::new();
    for row in rows {
        let organization = names.organization(row.organization_id);
        let key = (organization.clone(), row.title.clone(), row.id);
        let model = Model {
            id: global::<innovation_model::Entity>(row.id),
            organization,
            title: row.title,
            results: Long::into_optional(row.results)?,
            status: row.status,
            decision_number: row.decision_number,
            decision_on: row.decision_on,
            replications: by_model.remove(&row.id).unwrap_or_default().into_values().collect(),
        };
        models.insert(key, model);
    }
    Ok(models.into_values().collect())
}

/// Communication and training in the period.
pub(super) async fn outreach(tx: &Tx, names: &Names, window: &Window) -> Result<Vec<Outreach>> {
    let (first, last) = window.days();
    let rows = tx.find::<outreach_activity::Entity>();
    let rows = rows.filter(outreach_activity::Column::HeldOn.between(first, last));
    let mut activities = BTreeMap::new();
    for row in tx.every(rows).await? {
        let activity = Outreach {
            id: global::<outreach_activity::Entity>(row.id),
            organization: names.organization(row.organization_id),
            kind: row.kind,
            subject: row.subject,
            held_on: row.held_on,
            place: row.place,
            people: row.people,
        };
        activities.insert((row.held_on, row.id), activity);
    }
    Ok(activities.into_values().collect())
}
