//! Reporting periods and what is reported in them: figures, answers to requests, difficulties, models, outreach.

use super::work::{held, reports_of, reports_shown_to};
use super::*;

/// Who may write rows of `organization_id`: the officers of that organization, and the coordinator for its own.
fn written_by(user: &User, organization_id: impl ColumnTrait) -> Option<Condition> {
    match user.role {
        Role::Coordinator | Role::Officer => is(organization_id, user.organization),
        Role::Leader | Role::Integration | Role::Admin => None,
    }
}

/// Rows of one organization: read by it, by the coordinator and by the leader.
fn read_by(user: &User, organization_id: impl ColumnTrait) -> Option<Condition> {
    match user.role {
        Role::Coordinator | Role::Leader => Some(everything()),
        Role::Officer => is(organization_id, user.organization),
        Role::Integration | Role::Admin => None,
    }
}

/// What the coordinator alone writes.
fn by_coordinator(user: &User) -> Option<Condition> {
    (user.role == Role::Coordinator).then(everything)
}

impl Rule for reporting_period::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Integration) => None,
            (Verb::Read, _) => Some(everything()),
            (Verb::Create | Verb::Update, _) => by_coordinator(user),
            _ => None,
        }
    }
}

impl Rule for report_slot::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use report_slot::Column::AssignmentId;
        match (verb, user.role) {
            (Verb::Read, Role::Coordinator | Role::Leader) => Some(everything()),
            (Verb::Read, Role::Officer) => {
                let held = select::<assignment::Entity>(assignment::Column::Id, held(user.organization?));
                Some(Condition::all().add(AssignmentId.in_subquery(held)))
            }
            (Verb::Create, _) => by_coordinator(user),
            _ => None,
        }
    }
}

impl Rule for lock_exception::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match verb {
            Verb::Read => read_by(user, lock_exception::Column::OrganizationId),
            Verb::Create | Verb::Update => by_coordinator(user),
            Verb::Delete | Verb::Decide => None,
        }
    }
}

/// What others submitted is read only as long as it was neither taken back nor sent back.
impl Rule for report_version::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use report_version::Column::{Decision, ReportId, WithdrawnAt};
        let on = |reports: Condition| {
            let reports = select::<progress_report::Entity>(progress_report::Column::Id, reports);
            Condition::all().add(ReportId.in_subquery(reports))
        };
        let own = || user.organization.map(|own| on(reports_of(own)));
        let shown = || {
            let standing =
                Condition::any().add(Decision.is_null()).add(Decision.eq(ReportDecision::Accepted));
            reports_shown_to(user).map(|reports| on(reports).add(WithdrawnAt.is_null()).add(standing))
        };
        match (verb, user.role) {
            (Verb::Read | Verb::Decide, Role::Coordinator) => Some(everything()),
            (Verb::Create | Verb::Update, Role::Coordinator | Role::Officer) => own(),
            (Verb::Read, Role::Leader) => shown(),
            (Verb::Read, Role::Officer) => Some(Condition::any().add(own()?).add(shown()?)),
            _ => None,
        }
    }
}

/// Whoever supplies figures knows for which editions they are wanted, and nothing else of a draft.
impl Rule for data_collection::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use data_collection::Column::{FrameworkId, Id};
        match (verb, user.role) {
            (Verb::Read, Role::Coordinator | Role::Leader) => Some(everything()),
            (Verb::Read, Role::Officer) => {
                let supplied = is(indicator::Column::SupplierId, user.organization)?;
                let supplied = select::<indicator::Entity>(indicator::Column::Id, supplied);
                let supplied = Condition::all().add(node::Column::Id.in_subquery(supplied));
                let wanted = select::<node::Entity>(node::Column::FrameworkId, supplied);
                let own = is(data_submission::Column::OrganizationId, user.organization)?;
                let named = select::<data_submission::Entity>(data_submission::Column::EditionId, own);
                Some(Condition::any().add(FrameworkId.in_subquery(wanted)).add(Id.in_subquery(named)))
            }
            _ => None,
        }
    }
}

impl Rule for data_submission::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use data_submission::Column::{OrganizationId, Status};
        match (verb, user.role) {
            (Verb::Read, Role::Leader) => {
                let submitted = Status.is_in([ReportStatus::Submitted, ReportStatus::Accepted]);
                Some(Condition::all().add(submitted))
            }
            (Verb::Read, _) => read_by(user, OrganizationId),
            (Verb::Create | Verb::Update, _) => written_by(user, OrganizationId),
            (Verb::Decide, _) => by_coordinator(user),
            (Verb::Delete, _) => None,
        }
    }
}

impl Rule for dossier::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Leader) => Some(everything()),
            (Verb::Read | Verb::Create | Verb::Update, _) => by_coordinator(user),
            _ => None,
        }
    }
}

impl Rule for dossier_piece::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Leader) => Some(everything()),
            (Verb::Read | Verb::Create, _) => by_coordinator(user),
            _ => None,
        }
    }
}

impl Rule for evidence_request::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Coordinator | Role::Leader) => Some(everything()),
            (Verb::Read, Role::Officer) => {
                let own = is(evidence_response::Column::OrganizationId, user.organization)?;
                let asked = select::<evidence_response::Entity>(evidence_response::Column::RequestId, own);
                Some(Condition::all().add(evidence_request::Column::Id.in_subquery(asked)))
            }
            (Verb::Create | Verb::Update, _) => by_coordinator(user),
            _ => None,
        }
    }
}

impl Rule for evidence_request_item::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use evidence_request_item::Column::RequestId;
        match verb {
            Verb::Read => {
                let requests = evidence_request::Entity::rows(user, Verb::Read)?;
                if requests.is_empty() {
                    return Some(everything());
                }
                let requests = select::<evidence_request::Entity>(evidence_request::Column::Id, requests);
                Some(Condition::all().add(RequestId.in_subquery(requests)))
            }
            Verb::Create => by_coordinator(user),
            Verb::Update | Verb::Delete | Verb::Decide => None,
        }
    }
}

impl Rule for evidence_response::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use evidence_response::Column::OrganizationId;
        match verb {
            Verb::Read => read_by(user, OrganizationId),
            Verb::Update => written_by(user, OrganizationId),
            Verb::Create | Verb::Decide => by_coordinator(user),
            Verb::Delete => None,
        }
    }
}

/// The coordinator passes on or sends back; the leader resolves what was passed on.
impl Rule for obstacle::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use obstacle::Column::{OrganizationId, Status};
        match (verb, user.role) {
            (Verb::Read, _) => read_by(user, OrganizationId),
            (Verb::Create | Verb::Update, _) => written_by(user, OrganizationId),
            (Verb::Decide, Role::Coordinator) => {
                Some(Condition::all().add(Status.ne(ObstacleStatus::Resolved)))
            }
            (Verb::Decide, Role::Leader) => {
                let passed_on = Status.is_in([ObstacleStatus::Forwarded, ObstacleStatus::Resolved]);
                Some(Condition::all().add(passed_on))
            }
            _ => None,
        }
    }
}

/// A model that was commended is there for everybody to take up.
impl Rule for innovation_model::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use innovation_model::Column::{OrganizationId, Status};
        match (verb, user.role) {
            (Verb::Read, Role::Coordinator | Role::Leader) => Some(everything()),
            (Verb::Read, Role::Officer) => {
                let own = is(OrganizationId, user.organization)?;
                Some(Condition::any().add(own).add(Status.eq(ModelStatus::Commended)))
            }
            (Verb::Create | Verb::Update, _) => written_by(user, OrganizationId),
            (Verb::Decide, _) => by_coordinator(user),
            _ => None,
        }
    }
}

impl Rule for model_replication::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use model_replication::Column::{ModelId, OrganizationId};
        let models = || {
            let models = innovation_model::Entity::rows(user, Verb::Read)?;
            if models.is_empty() {
                return Some(everything());
            }
            let models = select::<innovation_model::Entity>(innovation_model::Column::Id, models);
            Some(Condition::all().add(ModelId.in_subquery(models)))
        };
        match (verb, user.role) {
            (Verb::Read, _) => models(),
            (Verb::Create | Verb::Delete, Role::Coordinator) => Some(everything()),
            (Verb::Create | Verb::Delete, Role::Officer) => {
                Some(models()?.add(is(OrganizationId, user.organization)?))
            }
            _ => None,
        }
    }
}

impl Rule for outreach_activity::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use outreach_activity::Column::OrganizationId;
        match verb {
            Verb::Read => read_by(user, OrganizationId),
            Verb::Create | Verb::Update | Verb::Delete => written_by(user, OrganizationId),
            Verb::Decide => None,
        }
    }
}

/// What one is told is one's own; only the product tells.
impl Rule for notification::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match verb {
            Verb::Read | Verb::Update => is(notification::Column::UserId, Some(user.id)),
            Verb::Create | Verb::Delete | Verb::Decide => None,
        }
    }
}

/// Whoever changes something queues the news of it; nobody reads the queue.
impl Rule for outbox::Entity {
    fn rows(_: &User, verb: Verb) -> Option<Condition> {
        (verb == Verb::Create).then(everything)
    }
}
