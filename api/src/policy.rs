//! Who may see and change which rows: all of it. The README's table "Who sees what" in code.
//!
//! Everything that reaches a row, be it a list, a count, a filter, a search, a relation, an id or a file, goes through
//! [`Rule::rows`]; `store` lets nothing else through.

use entity::*;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// The product itself: start-up, clean-up, signing in. Made by [`Viewer::system`] only.
    System(SystemToken),
    /// A user who signed in.
    User(User),
}

/// What makes a [`Viewer::System`]; private, so that there is one constructor to search for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SystemToken(());

/// A user who signed in, as its row says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// The key of its row.
    pub id: Uuid,
    /// What it may do.
    pub role: Role,
    /// Whom it works for.
    pub organization: Option<Uuid>,
}

impl Viewer {
    /// The product itself, which no rule holds back.
    pub fn system() -> Self {
        Self::System(SystemToken(()))
    }

    /// The user, if it is one.
    pub fn user(&self) -> Option<User> {
        match self {
            Self::System(_) => None,
            Self::User(user) => Some(*user),
        }
    }
}

/// What is done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// See it.
    Read,
    /// Write a new one.
    Create,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
    /// Decide on it: accept, return, reject.
    Decide,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 5] = [Self::Read, Self::Create, Self::Update, Self::Delete, Self::Decide];
}

/// The rows of this table on which a user may do `verb`; `None` is never. No impl, no query.
pub trait Rule: Row {
    /// The condition on the rows.
    fn rows(user: &User, verb: Verb) -> Option<Condition>;
}

/// The rows on which `viewer` may do `verb`; `None` is never.
pub fn rows<E: Rule>(viewer: &Viewer, verb: Verb) -> Option<Condition> {
    match viewer {
        Viewer::System(_) => Some(everything()),
        Viewer::User(user) => E::rows(user, verb),
    }
}

fn everything() -> Condition {
    Condition::all()
}

/// `column` of the rows of `E` that meet `condition`, as a subquery.
fn select<E: Row>(column: E::Column, condition: Condition) -> SelectStatement {
    Query::select().column(column).from(E::default()).cond_where(condition).to_owned()
}

/// The keys of the rows of `E` on which `user` may do `verb`.
fn keys<E: Rule>(user: &User, verb: Verb) -> SelectStatement {
    let condition = E::rows(user, verb).unwrap_or_else(nothing);
    select::<E>(E::ID, condition)
}

/// A condition that no row meets.
pub fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

/// Rows that everybody reads once they are published, and the coordinator and the leader before.
fn published(user: &User, status: Condition) -> Condition {
    match user.role {
        Role::Coordinator | Role::Leader => everything(),
        Role::Officer | Role::Integration | Role::Admin => status,
    }
}

/// Assignments that `organization` holds now.
fn held(organization: Uuid) -> Condition {
    Condition::all()
        .add(assignment::Column::OrganizationId.eq(organization))
        .add(assignment::Column::EndedAt.is_null())
}

/// Assignments on tasks that `organization` leads, held by the organizations that work with it.
fn coordinated_with(organization: Uuid) -> Condition {
    let led = held(organization).add(assignment::Column::Role.eq(AssignmentRole::Lead));
    Condition::all()
        .add(assignment::Column::Role.eq(AssignmentRole::Coordinating))
        .add(assignment::Column::EndedAt.is_null())
        .add(
            assignment::Column::TaskId
                .in_subquery(select::<assignment::Entity>(assignment::Column::TaskId, led)),
        )
}

/// Reports that were handed in and not sent back.
fn submitted() -> Condition {
    use progress_report::Column::Status;
    Condition::all().add(Status.is_in([ReportStatus::Submitted, ReportStatus::Accepted]))
}

fn reports_on(assignments: Condition) -> Condition {
    let ids = select::<assignment::Entity>(assignment::Column::Id, assignments);
    Condition::all().add(progress_report::Column::AssignmentId.in_subquery(ids))
}

/// Reports of others that `user` may read.
fn reports_shown_to(user: &User) -> Option<Condition> {
    match user.role {
        Role::Leader => Some(submitted()),
        Role::Officer => user.organization.map(|own| submitted().add(reports_on(coordinated_with(own)))),
        Role::Coordinator | Role::Integration | Role::Admin => None,
    }
}

fn evidence_of(reports: Condition) -> Condition {
    let reports = select::<progress_report::Entity>(progress_report::Column::Id, reports);
    let linked = Condition::all().add(evidence_link::Column::ReportId.in_subquery(reports));
    let ids = select::<evidence_link::Entity>(evidence_link::Column::EvidenceId, linked);
    Condition::all().add(evidence::Column::Id.in_subquery(ids))
}

fn is(column: impl ColumnTrait, value: Option<Uuid>) -> Option<Condition> {
    value.map(|value| Condition::all().add(column.eq(value)))
}

impl Rule for framework::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, _) => {
                let status = framework::Column::Status.eq(Publication::Published);
                Some(published(user, Condition::all().add(status)))
            }
            (Verb::Create | Verb::Update, Role::Coordinator) => Some(everything()),
            _ => None,
        }
    }
}

fn draft_frameworks() -> SelectStatement {
    let draft = Condition::all().add(framework::Column::Status.eq(Publication::Draft));
    select::<framework::Entity>(framework::Column::Id, draft)
}

impl Rule for node::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use node::Column::FrameworkId;
        match (verb, user.role) {
            (Verb::Read, _) => {
                let seen = keys::<framework::Entity>(user, Verb::Read);
                Some(published(user, Condition::all().add(FrameworkId.in_subquery(seen))))
            }
            (Verb::Create | Verb::Delete, Role::Coordinator) => {
                Some(Condition::all().add(FrameworkId.in_subquery(draft_frameworks())))
            }
            (Verb::Update, Role::Coordinator) => Some(everything()),
            _ => None,
        }
    }
}

impl Rule for denominator::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use denominator::Column::FrameworkId;
        match (verb, user.role) {
            (Verb::Read, _) => {
                let seen = keys::<framework::Entity>(user, Verb::Read);
                Some(published(user, Condition::all().add(FrameworkId.in_subquery(seen))))
            }
            (Verb::Create | Verb::Delete, Role::Coordinator) => {
                Some(Condition::all().add(FrameworkId.in_subquery(draft_frameworks())))
            }
            _ => None,
        }
    }
}

impl Rule for indicator::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        let rule = node::Entity::rows(user, verb)?;
        if rule.is_empty() {
            return Some(everything());
        }
        Some(
            Condition::all()
                .add(indicator::Column::Id.in_subquery(select::<node::Entity>(node::Column::Id, rule))),
        )
    }
}

impl Rule for unit::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, _) => Some(everything()),
            (Verb::Create | Verb::Update, Role::Coordinator) => Some(everything()),
            _ => None,
        }
    }
}

fn draft_editions() -> Condition {
    Condition::all().add(edition::Column::Status.eq(Publication::Draft))
}

impl Rule for edition::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, _) => {
                let status = edition::Column::Status.eq(Publication::Published);
                Some(published(user, Condition::all().add(status)))
            }
            // Publishing takes a draft out of the rows that may be changed: it is a decision.
            (Verb::Create | Verb::Decide, Role::Coordinator) => Some(everything()),
            (Verb::Update | Verb::Delete, Role::Coordinator) => Some(draft_editions()),
            _ => None,
        }
    }
}

/// Figures are read with their edition and changed only while it is a draft.
fn figures(user: &User, verb: Verb, edition_id: impl ColumnTrait) -> Option<Condition> {
    match (verb, user.role) {
        (Verb::Read, _) => {
            let seen = keys::<edition::Entity>(user, Verb::Read);
            Some(published(user, Condition::all().add(edition_id.in_subquery(seen))))
        }
        (Verb::Create | Verb::Update | Verb::Delete, Role::Coordinator) => {
            let drafts = select::<edition::Entity>(edition::Column::Id, draft_editions());
            Some(Condition::all().add(edition_id.in_subquery(drafts)))
        }
        _ => None,
    }
}

/// Tables of which every row is a figure of one edition.
macro_rules! figures_of_editions {
    ($($table:ident)+) => { $(
        impl Rule for $table::Entity {
            fn rows(user: &User, verb: Verb) -> Option<Condition> {
                figures(user, verb, $table::Column::EditionId)
            }
        }
    )+ };
}

figures_of_editions!(score statistic denominator_value computation computed_score);

impl Rule for edition_import::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Coordinator | Role::Leader) => Some(everything()),
            (Verb::Create | Verb::Update | Verb::Delete, Role::Coordinator) => {
                let drafts = select::<edition::Entity>(edition::Column::Id, draft_editions());
                Some(Condition::all().add(edition_import::Column::EditionId.in_subquery(drafts)))
            }
            _ => None,
        }
    }
}

/// Whoever asked for a computation; it reads through its author's eyes.
impl Rule for job::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match verb {
            Verb::Read | Verb::Create | Verb::Update => is(job::Column::AuthorId, Some(user.id)),
            Verb::Delete | Verb::Decide => None,
        }
    }
}

impl Rule for organization::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Integration) => None,
            (Verb::Read, _) => Some(everything()),
            (Verb::Create | Verb::Update, Role::Admin) => Some(everything()),
            _ => None,
        }
    }
}

impl Rule for user::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read | Verb::Create | Verb::Update, Role::Admin) => Some(everything()),
            (Verb::Read, _) => is(user::Column::Id, Some(user.id)),
            _ => None,
        }
    }
}

impl Rule for person::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Coordinator | Role::Admin) => Some(everything()),
            (Verb::Read, Role::Officer) => is(person::Column::Id, Some(user.id)),
            _ => None,
        }
    }
}

impl Rule for session::Entity {
    fn rows(_: &User, _: Verb) -> Option<Condition> {
        None
    }
}

/// An officer reads what was done to its organization's own rows. What others handed in to it as the lead is not among
/// them: their entries tell of drafts too.
impl Rule for audit_log::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, Role::Coordinator | Role::Leader | Role::Admin) => Some(everything()),
            (Verb::Read, Role::Officer) => {
                let own = user.organization?;
                let evidence = Condition::all().add(evidence::Column::OrganizationId.eq(own));
                let rows = keys::<task::Entity>(user, Verb::Read)
                    .union(UnionType::All, select::<assignment::Entity>(assignment::Column::Id, held(own)))
                    .union(
                        UnionType::All,
                        select::<progress_report::Entity>(progress_report::Column::Id, reports_on(held(own))),
                    )
                    .union(UnionType::All, select::<evidence::Entity>(evidence::Column::Id, evidence))
                    .to_owned();
                Some(Condition::all().add(audit_log::Column::RowId.in_subquery(rows)))
            }
            _ => None,
        }
    }
}

/// Whether `user` may see a column in the entries that it reads: an officer does not learn who in another office did
/// something.
pub fn sees_audited(user: &User, column: &str) -> bool {
    const PERSONS: [&str; 6] =
        ["author_id", "submitter_id", "decider_id", "accepted_by", "verified_by", "user_id"];
    user.role != Role::Officer || !PERSONS.contains(&column)
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
        let own = || user.organization.map(|own| reports_on(held(own)));
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
                Some(Condition::any().add(accepted).add(evidence_of(reports_shown_to(user)?)))
            }
            (Verb::Read, Role::Officer) => {
                let own = is(OrganizationId, user.organization)?;
                Some(Condition::any().add(own).add(evidence_of(reports_shown_to(user)?)))
            }
            _ => None,
        }
    }
}

impl Rule for evidence_link::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use evidence_link::Column::{EvidenceId, ReportId, TaskId};
        // Whoever attaches must own the evidence and may attach it to a report of its own or to a task it sees.
        let (evidence_verb, report_verb) = match verb {
            Verb::Read => (Verb::Read, Verb::Read),
            Verb::Create | Verb::Delete => (Verb::Update, Verb::Update),
            Verb::Update | Verb::Decide => return None,
        };
        evidence::Entity::rows(user, evidence_verb)?;
        let evidence = keys::<evidence::Entity>(user, evidence_verb);
        let reports = keys::<progress_report::Entity>(user, report_verb);
        let tasks = keys::<task::Entity>(user, Verb::Read);
        let report = Condition::any().add(ReportId.is_null()).add(ReportId.in_subquery(reports));
        let task = Condition::any().add(TaskId.is_null()).add(TaskId.in_subquery(tasks));
        Some(Condition::all().add(EvidenceId.in_subquery(evidence)).add(report).add(task))
    }
}
