//! Who there is, and who did what.

use super::work::{held, reports_on};
use super::*;

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

    /// Whatever its scopes, a program may ask who it is.
    fn scopes(verb: Verb) -> Scopes {
        if verb == Verb::Read { Scopes::of(&Scope::ALL) } else { Scopes::NONE }
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

/// What clients registered, and what they use.
macro_rules! for_administrators {
    ($($table:ident)+) => { $(
        impl Rule for $table::Entity {
            fn rows(user: &User, verb: Verb) -> Option<Condition> {
                (verb == Verb::Read && user.role == Role::Admin).then(everything)
            }
        }
    )+ };
}

for_administrators!(client_document document_usage field_usage);

/// The product ends sessions; their own are all that users see.
impl Rule for session::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match verb {
            Verb::Read => {
                Some(is(session::Column::UserId, Some(user.id))?.add(session::Column::RevokedAt.is_null()))
            }
            _ => None,
        }
    }
}

impl Rule for service_account::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read | Verb::Create | Verb::Update, Role::Admin) => Some(everything()),
            _ => None,
        }
    }
}

impl Rule for upload::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match verb {
            Verb::Read | Verb::Create | Verb::Update | Verb::Delete => {
                is(upload::Column::UserId, Some(user.id))
            }
            Verb::Decide => None,
        }
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
                let held = || held(own);
                let rows = keys::<task::Entity>(user, Verb::Read)
                    .union(UnionType::All, select::<assignment::Entity>(assignment::Column::Id, held()))
                    .union(
                        UnionType::All,
                        select::<progress_report::Entity>(progress_report::Column::Id, reports_on(held())),
                    )
                    .union(UnionType::All, of::<evidence::Entity>(evidence::Column::OrganizationId, own))
                    .union(
                        UnionType::All,
                        of::<data_submission::Entity>(data_submission::Column::OrganizationId, own),
                    )
                    .union(
                        UnionType::All,
                        of::<evidence_response::Entity>(evidence_response::Column::OrganizationId, own),
                    )
                    .union(UnionType::All, of::<obstacle::Entity>(obstacle::Column::OrganizationId, own))
                    .union(
                        UnionType::All,
                        of::<innovation_model::Entity>(innovation_model::Column::OrganizationId, own),
                    )
                    .union(
                        UnionType::All,
                        of::<outreach_activity::Entity>(outreach_activity::Column::OrganizationId, own),
                    )
                    .union(
                        UnionType::All,
                        of::<lock_exception::Entity>(lock_exception::Column::OrganizationId, own),
                    )
                    .take();
                Some(Condition::all().add(audit_log::Column::RowId.in_subquery(rows)))
            }
            _ => None,
        }
    }
}

/// The keys of the rows of `E` that belong to `organization`.
fn of<E: Row>(organization_id: E::Column, organization: Uuid) -> SelectStatement {
    select::<E>(E::ID, Condition::all().add(organization_id.eq(organization)))
}

/// Whether `user` may see a column in the entries that it reads: an officer does not learn who in another office did
/// something.
pub fn sees_audited(user: &User, column: &str) -> bool {
    const PERSONS: [&str; 9] = [
        "author_id",
        "submitter_id",
        "decider_id",
        "accepted_by",
        "verified_by",
        "user_id",
        "forwarder_id",
        "resolver_id",
        "revoker_id",
    ];
    user.role != Role::Officer || !PERSONS.contains(&column)
}
