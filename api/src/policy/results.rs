//! The framework, the results and what is made of them.

use super::*;

const NODES: Scopes = Scopes::of(&[Scope::FrameworkRead, Scope::ResultsRead, Scope::ResultsImport]);
const RESULTS: Scopes = Scopes::of(&[Scope::ResultsRead]);
const IMPORT: Scopes = Scopes::of(&[Scope::ResultsImport]);
const RESULTS_AND_IMPORT: Scopes = Scopes::of(&[Scope::ResultsRead, Scope::ResultsImport]);

/// Whatever reads or writes results reads the nodes and units that they name.
fn nodes(verb: Verb) -> Scopes {
    if verb == Verb::Read { NODES } else { Scopes::NONE }
}

/// Who fills drafts from files: the coordinator, and programs that were given leave.
fn imports(user: &User) -> bool {
    user.role == Role::Coordinator || user.was_given(Scope::ResultsImport)
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

    fn scopes(verb: Verb) -> Scopes {
        nodes(verb)
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

    fn scopes(verb: Verb) -> Scopes {
        nodes(verb)
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

    fn scopes(verb: Verb) -> Scopes {
        nodes(verb)
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

    fn scopes(verb: Verb) -> Scopes {
        nodes(verb)
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

    fn scopes(verb: Verb) -> Scopes {
        nodes(verb)
    }
}

/// What those read who see results once they are published: a program that fills drafts sees these too, or, if it
/// was given no other scope, these alone.
fn editions_of(user: &User) -> Condition {
    let published = || Condition::all().add(edition::Column::Status.eq(Publication::Published));
    match user.scopes {
        Some(given) if given.meets(IMPORT) && given.meets(RESULTS) => everything(),
        Some(given) if given.meets(IMPORT) => draft_editions(),
        _ => published(),
    }
}

fn draft_editions() -> Condition {
    Condition::all().add(edition::Column::Status.eq(Publication::Draft))
}

impl Rule for edition::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        match (verb, user.role) {
            (Verb::Read, _) => Some(published(user, editions_of(user))),
            // Publishing takes a draft out of the rows that may be changed: it is a decision.
            (Verb::Create | Verb::Decide, Role::Coordinator) => Some(everything()),
            (Verb::Delete, Role::Coordinator) => Some(draft_editions()),
            (Verb::Update, _) if imports(user) => Some(draft_editions()),
            _ => None,
        }
    }

    fn scopes(verb: Verb) -> Scopes {
        match verb {
            Verb::Read => RESULTS_AND_IMPORT,
            Verb::Update => IMPORT,
            Verb::Create | Verb::Delete | Verb::Decide => Scopes::NONE,
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
        (Verb::Create | Verb::Update | Verb::Delete, _) if imports(user) => {
            let drafts = select::<edition::Entity>(edition::Column::Id, draft_editions());
            Some(Condition::all().add(edition_id.in_subquery(drafts)))
        }
        _ => None,
    }
}

/// Tables of which every row is a figure of one edition, and the scopes that read them and write them.
macro_rules! figures_of_editions {
    ($($table:ident: $read:expr, $written:expr;)+) => { $(
        impl Rule for $table::Entity {
            fn rows(user: &User, verb: Verb) -> Option<Condition> {
                figures(user, verb, $table::Column::EditionId)
            }

            fn scopes(verb: Verb) -> Scopes {
                match verb {
                    Verb::Read => $read,
                    Verb::Create | Verb::Delete => $written,
                    Verb::Update | Verb::Decide => Scopes::NONE,
                }
            }
        }
    )+ };
}

figures_of_editions! {
    score: RESULTS_AND_IMPORT, IMPORT;
    statistic: RESULTS_AND_IMPORT, IMPORT;
    denominator_value: RESULTS_AND_IMPORT, IMPORT;
    computed_score: RESULTS, Scopes::NONE;
}

impl Rule for computation::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        figures(user, verb, computation::Column::EditionId)
    }

    fn scopes(verb: Verb) -> Scopes {
        match verb {
            Verb::Read => RESULTS,
            // What was computed of a draft goes when its figures change.
            Verb::Delete => IMPORT,
            Verb::Create | Verb::Update | Verb::Decide => Scopes::NONE,
        }
    }
}

impl Rule for edition_import::Entity {
    fn rows(user: &User, verb: Verb) -> Option<Condition> {
        use edition_import::Column::{AuthorId, EditionId};
        let in_drafts = || {
            let drafts = select::<edition::Entity>(edition::Column::Id, draft_editions());
            Condition::all().add(EditionId.in_subquery(drafts))
        };
        match (verb, user.role) {
            (Verb::Read, Role::Coordinator | Role::Leader) => Some(everything()),
            (Verb::Create | Verb::Update | Verb::Delete, Role::Coordinator) => Some(in_drafts()),
            (Verb::Read, _) if imports(user) => is(AuthorId, Some(user.id)),
            (Verb::Create | Verb::Update, _) if imports(user) => Some(in_drafts().add(AuthorId.eq(user.id))),
            _ => None,
        }
    }

    fn scopes(verb: Verb) -> Scopes {
        match verb {
            Verb::Read | Verb::Create | Verb::Update => IMPORT,
            Verb::Delete | Verb::Decide => Scopes::NONE,
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
