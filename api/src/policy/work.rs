//! The plan, its tasks, and what is reported and proved on them.

use super::*;

/// Assignments that `organization` holds now.
pub(super) fn held(organization: Uuid) -> Condition {
    Condition::all()
        .add(assignment::Column::OrganizationId.eq(organization))
        .add(assignment::Column::EndedAt.is_null())
}

/// Assignments on tasks that `organization` leads, held by the organizations that work with it.
fn coordinated_with(organization: Uuid) -> Condition {
    use assignment::Column::{EndedAt, OrganizationId, Role, TaskId};
    let leading = Alias::new("leading");
    let of_leading = |column: assignment::Column| Expr::col((leading.clone(), column));
    let led = Condition::all()
        .add(of_leading(TaskId).equals(TaskId.as_column_ref()))
        .add(of_leading(OrganizationId).eq(organization))
        .add(of_leading(EndedAt).is_null())
        .add(of_leading(Role).eq(spelled_out(AssignmentRole::Lead)));
    let led = Query::select()
        .column((leading.clone(), assignment::Column::Id))
        .from_as(assignment::Entity, leading.clone())
        .cond_where(led)
        .take();
    let coordinates = Expr::col(Role.as_column_ref()).eq(spelled_out(AssignmentRole::Coordinating));
    Condition::all().add(coordinates).add(EndedAt.is_null()).add(Expr::exists(led))
}

/// Reports that were handed in and not sent back.
fn submitted() -> Condition {
    use progress_report::Column::Status;
    Condition::all().add(Status.is_in([ReportStatus::Submitted, ReportStatus::Accepted]))
}

pub(super) fn reports_on(assignments: Condition) -> Condition {
    Condition::all().add(names::<assignment::Entity>(progress_report::Column::AssignmentId, assignments))
}

/// Reports of `organization` on the assignments that it holds now.
pub(super) fn reports_of(organization: Uuid) -> Condition {
    reports_on(held(organization))
}

/// Reports of others that `user` may read.
pub(super) fn reports_shown_to(user: &User) -> Option<Condition> {
    match user.role {
        Role::Leader => Some(submitted()),
        Role::Officer => user.organization.map(|own| submitted().add(reports_on(coordinated_with(own)))),
        Role::Coordinator | Role::Integration | Role::Admin => None,
    }
}

/// Whether `viewer` may know of a report that was not handed in if it is not begun, being written or sent back.
pub fn sees_drafts(viewer: &Viewer) -> bool {
    viewer.user().is_none_or(|user| user.role != Role::Leader)
}

fn evidence_of(reports: Condition) -> Condition {
    let attached = names::<progress_report::Entity>(evidence_link::Column::ReportId, reports);
    evidence_behind(Condition::all().add(attached))
}

/// Evidence behind what the leader reads beside reports.
fn evidence_for_leader(user: &User) -> Condition {
    use evidence_link::Column::{ActivityId, ModelId, ObstacleId, ResponseId, SubmissionId};
    let submissions = data_submission::Entity::rows(user, Verb::Read).unwrap_or_else(nothing);
    let links = Condition::any()
        .add(names::<data_submission::Entity>(SubmissionId, submissions))
        .add(ResponseId.is_not_null())
        .add(ObstacleId.is_not_null())
        .add(ModelId.is_not_null())
        .add(ActivityId.is_not_null());
    evidence_behind(links)
}

fn evidence_behind(linked: Condition) -> Condition {
    let of_it = Expr::col((evidence_link::Entity, evidence_link::Column::EvidenceId))
        .equals((evidence::Entity, evidence::Column::Id));
    Condition::all().add(exists::<evidence_link::Entity>(Condition::all().add(linked).add(of_it)))
}

fn plan_rows(user: &User, verb: Verb) -> Option<Condition> {
    match (verb, user.role) {
        (Verb::Read, Role::Integration) => None,
        (Verb::Read, _) => Some(everything()),
        (Verb::Create | Verb::Update, Role::Coordinator) => Some(everything()),
        _ => None,
    }
}

impl Rule for plan::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        plan_rows(user, verb)
    }
}

impl Rule for plan_focus::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        plan_rows(user, verb)
    }
}

impl Rule for target::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Delete, Role::Coordinator) => Some(everything()),
            _ => plan_rows(user, verb),
        }
    }
}

impl Rule for task::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read | Verb::Create | Verb::Update, Role::Coordinator) => Some(everything()),
            (Verb::Read, Role::Leader) => Some(everything()),
            (Verb::Read, Role::Officer) => {
                let own = select::<assignment::Entity>(assignment::Column::TaskId, held(user.organization?));
                Some(Condition::all().add(task::Column::Id.in_subquery(own)))
            }
            _ => None,
        }
    }

    fn row(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Officer) => {
                let of_it = Expr::col(assignment::Column::TaskId.as_column_ref())
                    .equals(task::Column::Id.as_column_ref());
                Some(Condition::all().add(exists::<assignment::Entity>(held(user.organization?).add(of_it))))
            }
            _ => Self::rows(user, verb),
        }
    }

    /// An officer's tasks are found by what its organization holds, which stands in the order in which it is due.
    fn along(user: &User, column: task::Column) -> Option<Along> {
        let organization = user.organization.filter(|_| user.role == Role::Officer)?;
        let by_due = matches!(column, task::Column::DueOn);
        Some(Along {
            table: assignment::Entity.into_iden(),
            key: assignment::Column::TaskId.as_column_ref().into(),
            value: by_due.then(|| assignment::Column::TaskDueOn.as_column_ref().into()),
            rows: held(organization),
        })
    }
}

impl Rule for assignment::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read | Verb::Create | Verb::Update, Role::Coordinator) => Some(everything()),
            (Verb::Read, Role::Leader) => Some(everything()),
            (Verb::Read | Verb::Update, Role::Officer) => user.organization.map(held),
            _ => None,
        }
    }
}

impl Rule for task_participant::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match verb {
            Verb::Read => {
                let tasks = task::Entity::rows(user, Verb::Read)?;
                if tasks.is_empty() {
                    return Some(everything());
                }
                let seen = select::<task::Entity>(task::Column::Id, tasks);
                Some(Condition::all().add(task_participant::Column::TaskId.in_subquery(seen)))
            }
            _ => None,
        }
    }
}

impl Rule for progress_report::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        let own = || user.organization.map(reports_of);
        match (verb, user.role) {
            (Verb::Read | Verb::Decide, Role::Coordinator) => Some(everything()),
            (Verb::Create | Verb::Update, Role::Coordinator | Role::Officer) => own(),
            (Verb::Read, Role::Leader) => reports_shown_to(user),
            (Verb::Read, Role::Officer) => Some(Condition::any().add(own()?).add(reports_shown_to(user)?)),
            _ => None,
        }
    }
}

impl Rule for evidence::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use evidence::Column::{OrganizationId, Status};
        match (verb, user.role) {
            (Verb::Read | Verb::Decide, Role::Coordinator) => Some(everything()),
            (Verb::Create | Verb::Update, Role::Coordinator | Role::Officer) => {
                is(OrganizationId, user.organization)
            }
            (Verb::Read, Role::Leader) => {
                let accepted = Status.eq(EvidenceStatus::Accepted);
                let reported = evidence_of(reports_shown_to(user)?);
                Some(Condition::any().add(accepted).add(reported).add(evidence_for_leader(user)))
            }
            (Verb::Read, Role::Officer) => {
                let own = is(OrganizationId, user.organization)?;
                Some(Condition::any().add(own).add(evidence_of(reports_shown_to(user)?)))
            }
            _ => None,
        }
    }
}

/// A link is read where both its ends are. Whoever attaches owns the evidence and may change what it is attached to; a
/// task or an indicator it need only see.
impl Rule for evidence_link::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use evidence_link::Column as Link;
        let to = match verb {
            Verb::Read => Verb::Read,
            Verb::Create | Verb::Delete => Verb::Update,
            Verb::Update | Verb::Decide => return None,
        };
        let seen = evidence::Entity::rows(user, to)?;
        let rows = Condition::all()
            .add(names::<evidence::Entity>(Link::EvidenceId, seen))
            .add(absent_or::<progress_report::Entity>(user, to, Link::ReportId))
            .add(absent_or::<task::Entity>(user, Verb::Read, Link::TaskId))
            .add(absent_or::<data_submission::Entity>(user, to, Link::SubmissionId))
            .add(absent_or::<evidence_response::Entity>(user, to, Link::ResponseId))
            .add(absent_or::<obstacle::Entity>(user, to, Link::ObstacleId))
            .add(absent_or::<innovation_model::Entity>(user, to, Link::ModelId))
            .add(absent_or::<outreach_activity::Entity>(user, to, Link::ActivityId));
        Some(rows)
    }
}

/// What a link can be attached to whose links are read by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkedTo {
    /// A report.
    Report,
    /// A task.
    Task,
}

/// The links of this sort that `viewer` may read: what the rule for all links says of them, which have no other end.
pub fn links(viewer: &Viewer, to: LinkedTo) -> Option<Condition> {
    use evidence_link::Column::{EvidenceId, ReportId, TaskId};
    let all = rows::<evidence_link::Entity>(viewer, Verb::Read)?;
    let Some(user) = viewer.user() else { return Some(all) };
    let seen = evidence::Entity::rows(&user, Verb::Read)?;
    let end = match to {
        LinkedTo::Report => names::<progress_report::Entity>(
            ReportId,
            progress_report::Entity::rows(&user, Verb::Read).unwrap_or_else(nothing),
        ),
        LinkedTo::Task => {
            names::<task::Entity>(TaskId, task::Entity::row(&user, Verb::Read).unwrap_or_else(nothing))
        }
    };
    Some(Condition::all().add(names::<evidence::Entity>(EvidenceId, seen)).add(end))
}

/// Links without this end, or with one on which `user` may do `verb`.
fn absent_or<E: Rule>(user: &User, verb: Verb, column: evidence_link::Column) -> Condition {
    match E::row(user, verb) {
        Some(rows) if rows.is_empty() => everything(),
        rows => {
            let seen = names::<E>(column, rows.unwrap_or_else(nothing));
            Condition::any().add(column.is_null()).add(seen)
        }
    }
}
