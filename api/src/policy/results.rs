//! The framework, the results and what is made of them.

use super::*;

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
