//! Reminders of what falls due, to those who still owe it, and word to the coordinators of who is late.
//!
//! Each is named by its subject, the threshold that has passed last and the organization, and queued once under that
//! name, however often and wherever this runs; a server that was down sends the latest only.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use uuid::Uuid;

use super::{Facts, Names, News, tell_all};
use crate::App;
use crate::error::Result;
use crate::periods::{self, expected};
use crate::store::{Read, Store};

/// How long before a due date reminders begin, and how long after it the last is still worth telling.
const REACH: Days = Days::new(30);
/// Due dates asked about in one statement, and news queued in one transaction.
const BATCH: usize = 50;

/// The threshold that has passed last: days before (negative) or after the due date.
fn threshold(due_on: NaiveDate, today: NaiveDate) -> Option<i64> {
    match (due_on - today).num_days() {
        left if left < 0 => Some(1),
        left if left <= 1 => Some(-1),
        left if left <= 7 => Some(-7),
        left if left <= 30 => Some(-30),
        _ => None,
    }
}

/// Something that falls due.
struct Deadline {
    id: Uuid,
    due_on: NaiveDate,
    facts: Facts,
}

/// Queues what is to be told today of due dates, and of periods that the clock has locked.
pub async fn remind(app: &App) -> Result<()> {
    let store = app.system();
    let today = app.world.today();
    let (from, to) = (today - REACH, today + REACH);
    for (kind, deadlines) in [
        (NotificationKind::PeriodDue, open_periods(&store, from, to).await?),
        (NotificationKind::TaskDue, tasks(&store, from, to).await?),
        (NotificationKind::RequestDue, requests(&store, from, to).await?),
    ] {
        for batch in deadlines.chunks(BATCH) {
            let mut news = Vec::new();
            for (deadline, organization, owed) in owing(&store, kind, batch).await? {
                news.extend(reminders(kind, deadline, organization, owed, today));
            }
            queue(&store, news).await?;
        }
    }
    locked(&store, app.world.now()).await
}

/// Queues news in transactions of their own; one process at a time, so that two never wait for each other.
async fn queue(store: &Store, news: Vec<News>) -> Result<()> {
    const AT_ONCE: usize = 500;
    for part in news.chunks(AT_ONCE) {
        let tx = store.begin_alone().await?;
        tell_all(&tx, part.to_vec()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What is told of one organization that owes something: a reminder to it, and when it is late a word to the
/// coordinators.
fn reminders(
    kind: NotificationKind,
    deadline: &Deadline,
    organization: Uuid,
    owed: i64,
    today: NaiveDate,
) -> Vec<News> {
    let Some(days) = threshold(deadline.due_on, today) else { return Vec::new() };
    let (table, name) = match kind {
        NotificationKind::PeriodDue => (reporting_period::Entity::TABLE, "period"),
        NotificationKind::TaskDue => (task::Entity::TABLE, "task"),
        _ => (evidence_request::Entity::TABLE, "request"),
    };
    let facts = Facts { late: days > 0, owed: Some(owed), ..deadline.facts.clone() };
    let about = |kind, key: String| News {
        // With the day: one that is put off is reminded of anew.
        key: format!("{key}:{}:{}:{organization}", deadline.id, deadline.due_on),
        kind,
        subject: (table, deadline.id),
        organizations: vec![organization],
        facts: facts.clone(),
    };
    let mut news = vec![about(kind, format!("{name}-due:{days:+}"))];
    if days > 0 {
        news.push(about(NotificationKind::Escalation, format!("escalation:{name}")));
    }
    news
}

/// Open periods. What was locked by hand takes no reports, so nobody is reminded of them.
async fn open_periods(store: &Store, from: NaiveDate, to: NaiveDate) -> Result<Vec<Deadline>> {
    use reporting_period::Column::{DepartmentDueOn, Status};
    let open = store.find::<reporting_period::Entity>().filter(Status.eq(PeriodStatus::Open));
    let rows = store.all(open.filter(DepartmentDueOn.between(from, to))).await?;
    let deadline = |row: reporting_period::Model| Deadline {
        id: row.id,
        due_on: row.department_due_on,
        facts: Facts {
            due_on: Some(row.department_due_on),
            period: Some(row.code),
            title: Some(Names { vi: row.title_vi, en: row.title_en }),
            ..Facts::default()
        },
    };
    Ok(rows.into_iter().map(deadline).collect())
}

fn is_living() -> Condition {
    Condition::all().add(task::Column::Status.is_in([TaskStatus::Planned, TaskStatus::InProgress]))
}

async fn tasks(store: &Store, from: NaiveDate, to: NaiveDate) -> Result<Vec<Deadline>> {
    let due = store.find::<task::Entity>().filter(is_living()).filter(task::Column::DueOn.between(from, to));
    let deadline = |row: task::Model| Deadline {
        id: row.id,
        due_on: row.due_on,
        facts: Facts {
            due_on: Some(row.due_on),
            code: Some(row.code),
            title: Names::same(&row.title),
            ..Facts::default()
        },
    };
    Ok(store.every(due).await?.into_iter().map(deadline).collect())
}

async fn requests(store: &Store, from: NaiveDate, to: NaiveDate) -> Result<Vec<Deadline>> {
    use evidence_request::Column::{ClosedAt, DueOn};
    let open = store.find::<evidence_request::Entity>().filter(ClosedAt.is_null());
    let deadline = |row: evidence_request::Model| Deadline {
        id: row.id,
        due_on: row.due_on,
        facts: Facts {
            due_on: Some(row.due_on),
            code: Some(row.letter_number),
            title: Names::same(&row.title),
            ..Facts::default()
        },
    };
    Ok(store.every(open.filter(DueOn.between(from, to))).await?.into_iter().map(deadline).collect())
}

/// Which organizations still owe something, and how much of it, in one statement.
async fn owing<'a>(
    store: &Store,
    kind: NotificationKind,
    deadlines: &'a [Deadline],
) -> Result<Vec<(&'a Deadline, Uuid, i64)>> {
    let ids: Vec<Uuid> = deadlines.iter().map(|deadline| deadline.id).collect();
    let pairs = match kind {
        NotificationKind::PeriodDue => {
            use report_slot::Column::{AssignmentId, OrganizationId, PeriodId};
            let mut handed_in = Condition::any();
            for deadline in deadlines {
                let reports = store.keys::<progress_report::Entity>(
                    progress_report::Column::AssignmentId,
                    Condition::all()
                        .add(progress_report::Column::Period.eq(deadline.facts.period.as_deref()))
                        .add(handed_in_reports()),
                );
                let there =
                    Condition::all().add(PeriodId.eq(deadline.id)).add(AssignmentId.in_subquery(reports));
                handed_in = handed_in.add(there);
            }
            let held = store.keys::<assignment::Entity>(assignment::Column::Id, held_assignments(store));
            let slots = store.find::<report_slot::Entity>().filter(PeriodId.is_in(ids));
            let slots = slots.filter(AssignmentId.in_subquery(held)).filter(handed_in.not());
            store.pairs(slots, [PeriodId, OrganizationId]).await?
        }
        NotificationKind::TaskDue => {
            use assignment::Column::{Id, OrganizationId, TaskId};
            let finished = handed_in_reports().add(progress_report::Column::Percent.eq(100));
            let finished =
                store.keys::<progress_report::Entity>(progress_report::Column::AssignmentId, finished);
            let held = store.find::<assignment::Entity>().filter(TaskId.is_in(ids));
            let held =
                held.filter(assignment::Column::EndedAt.is_null()).filter(Id.not_in_subquery(finished));
            store.pairs(held, [TaskId, OrganizationId]).await?
        }
        _ => {
            use evidence_response::Column::{OrganizationId, RequestId, Status};
            let wanted = Status.is_in([ResponseStatus::Open, ResponseStatus::Returned]);
            let wanted = store.find::<evidence_response::Entity>().filter(wanted);
            store.pairs(wanted.filter(RequestId.is_in(ids)), [RequestId, OrganizationId]).await?
        }
    };
    let deadlines: HashMap<Uuid, &Deadline> = deadlines.iter().map(|one| (one.id, one)).collect();
    let named = |(id, organization, owed)| Some((*deadlines.get(&id)?, organization, owed));
    Ok(pairs.into_iter().filter_map(named).collect())
}

fn handed_in_reports() -> Condition {
    let status = progress_report::Column::Status;
    Condition::all().add(status.is_in([ReportStatus::Submitted, ReportStatus::Accepted]))
}

/// Assignments that hold now, on work that is not over.
fn held_assignments(store: &Store) -> Condition {
    let living = store.keys::<task::Entity>(task::Column::Id, is_living());
    Condition::all()
        .add(assignment::Column::EndedAt.is_null())
        .add(assignment::Column::TaskId.in_subquery(living))
}

/// Nobody is there when the clock locks a period: it is told here, under the name under which `periodLock` tells it.
async fn locked(store: &Store, now: chrono::DateTime<chrono::Utc>) -> Result<()> {
    use reporting_period::Column::{DueAt, Status};
    let over = store.find::<reporting_period::Entity>().filter(Status.eq(PeriodStatus::Open));
    let over = store.all(over.filter(DueAt.between(now - REACH, now))).await?;
    let mut news = Vec::new();
    for (period, organizations) in expected(store, &over).await? {
        news.push(periods::news(NotificationKind::PeriodLocked, period, organizations));
    }
    queue(store, news).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_that_passed_last_counts() {
        let due = NaiveDate::from_ymd_opt(2026, 6, 15).expect("a date");
        let told = |days: i64| threshold(due, due + chrono::TimeDelta::days(days));
        assert_eq!(told(-31), None);
        for (days, wanted) in [(-30, -30), (-8, -30), (-7, -7), (-2, -7), (-1, -1), (0, -1), (1, 1), (30, 1)]
        {
            assert_eq!(told(days), Some(wanted), "{days}");
        }
    }
}
