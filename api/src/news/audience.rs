//! Whom a piece of news is told: the rule by its kind, and the wall, which nobody is told across.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use uuid::Uuid;

use super::Queued;
use crate::error::Result;
use crate::policy::User;
use crate::store::{Read, Tx};

/// Whom news of a kind concerns.
struct Audience {
    /// Everybody in this role.
    role: Option<Role>,
    /// Those who work for the organizations that it names.
    organizations: bool,
}

fn audience(kind: NotificationKind) -> Audience {
    use NotificationKind::*;
    let (role, organizations) = match kind {
        ReportSubmitted | DataSubmitted | ResponseSubmitted | ObstacleRaised | ModelProposed | Escalation => {
            (Some(Role::Coordinator), false)
        }
        ObstacleForwarded => (Some(Role::Leader), false),
        ObstacleResolved | PeriodOpened | PeriodLocked => (Some(Role::Coordinator), true),
        ReportReturned | ReportAccepted | DataReturned | DataAccepted | RequestReceived
        | ResponseReturned | ResponseAccepted | ObstacleReturned | ModelCommended | ModelDeclined
        | ExceptionGranted | ExceptionRevoked | TaskAssigned | PeriodDue | TaskDue | RequestDue => {
            (None, true)
        }
    };
    Audience { role, organizations }
}

/// Who works for an organization, in the words of the rules: its officers, and the coordinator for its own.
const WORKERS: [Role; 2] = [Role::Officer, Role::Coordinator];

fn concerns(news: &(outbox::Model, Queued), user: &user::Model) -> bool {
    let audience = audience(news.0.kind);
    let works = |organization| news.1.organizations.contains(&organization);
    let is_of =
        audience.organizations && WORKERS.contains(&user.role) && user.organization_id.is_some_and(works);
    (is_of || audience.role == Some(user.role)) && news.1.by != Some(user.id)
}

/// The users whom each piece of news is told.
pub(super) async fn recipients<'a>(
    tx: &Tx,
    news: &[(outbox::Model, Queued)],
    users: &'a [user::Model],
) -> Result<Vec<Vec<&'a user::Model>>> {
    let wanted = news.iter().enumerate().flat_map(|(place, one)| {
        users.iter().filter(|user| concerns(one, user)).map(move |user| (place, user))
    });
    let asked: Vec<(usize, &user::Model)> = wanted.collect();
    let subjects: Vec<(&outbox::Model, &user::Model)> =
        asked.iter().map(|(place, user)| (&news[*place].0, *user)).collect();
    let mut told = vec![Vec::new(); news.len()];
    for ((place, user), shown) in asked.into_iter().zip(shown(tx, &subjects).await?) {
        if shown {
            told[place].push(user);
        }
    }
    Ok(told)
}

/// All whom the news might concern.
pub(super) async fn candidates(tx: &Tx, news: &[(outbox::Model, Queued)]) -> Result<Vec<user::Model>> {
    use user::Column::{DisabledAt, OrganizationId, Role as RoleColumn};
    let mut roles = BTreeSet::new();
    let mut organizations = BTreeSet::new();
    for (row, queued) in news {
        let audience = audience(row.kind);
        roles.extend(audience.role);
        if audience.organizations {
            organizations.extend(queued.organizations.iter().copied());
        }
    }
    let workers = Condition::all().add(RoleColumn.is_in(WORKERS)).add(OrganizationId.is_in(organizations));
    let any = Condition::any().add(RoleColumn.is_in(roles)).add(workers);
    tx.all(tx.find::<user::Entity>().filter(DisabledAt.is_null()).filter(any)).await
}

/// Whether each user may read the row that each piece of news is about. Users of one role in one organization see the
/// same.
pub(super) async fn shown(tx: &Tx, asked: &[(&outbox::Model, &user::Model)]) -> Result<Vec<bool>> {
    type Group = (Role, Option<Uuid>);
    let mut tables: BTreeMap<&str, BTreeMap<Group, (User, BTreeSet<Uuid>)>> = BTreeMap::new();
    for (row, user) in asked {
        if let (Some(table), Some(id)) = (&row.subject_table, row.subject_id) {
            let group = (user.role, user.organization_id);
            let viewer = User::of(user);
            let groups = tables.entry(table).or_default();
            groups.entry(group).or_insert((viewer, BTreeSet::new())).1.insert(id);
        }
    }
    let mut seen: HashSet<(&str, Group, Uuid)> = HashSet::new();
    for (table, groups) in tables {
        let keys: Vec<Group> = groups.keys().copied().collect();
        let groups: Vec<_> =
            groups.into_values().map(|(user, ids)| (user, ids.into_iter().collect())).collect();
        let shown = shown_of(tx, table, &groups).await?;
        seen.extend(shown.into_iter().map(|(place, id)| (table, keys[place], id)));
    }
    let is_seen = |(row, user): &(&outbox::Model, &user::Model)| {
        let subject = row.subject_table.as_deref().zip(row.subject_id);
        subject.is_some_and(|(table, id)| seen.contains(&(table, (user.role, user.organization_id), id)))
    };
    Ok(asked.iter().map(is_seen).collect())
}

async fn shown_of(tx: &Tx, table: &str, asked: &[(User, Vec<Uuid>)]) -> Result<HashSet<(usize, Uuid)>> {
    macro_rules! of_table {
        ($($entity:ident)+) => {
            match table {
                $(<$entity::Entity as Row>::TABLE => tx.shown::<$entity::Entity>(asked).await,)+
                _ => {
                    tracing::error!(table, "news of rows that nobody is told of");
                    Ok(HashSet::new())
                }
            }
        };
    }
    of_table!(assignment data_submission evidence_request evidence_response innovation_model lock_exception obstacle
        progress_report reporting_period task)
}
