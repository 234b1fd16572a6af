//! Reporting periods: when the rule wants them, which reports they expect, and until when those are handed in.
//!
//! A report belongs to the period whose code it names. The lock follows from the clock, so that no process has to be
//! awake at the cut-off.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use entity::*;
use sea_orm::{ActiveEnum, ColumnTrait, Condition, QueryFilter, Select, Set};
use uuid::Uuid;

use crate::App;
use crate::error::{Code, Error, Problem, Result};
use crate::news::{Facts, Names, News, tell};
use crate::store::{Read, Store, Tx};
use crate::world::{date_of, end_of_day};

/// How long before the cut-off the departments are due, unless said otherwise.
const DEPARTMENTS_BEFORE: Days = Days::new(10);
/// How long before the cut-off a period of the rule opens by itself.
const OPENS_BEFORE: Days = Days::new(60);

/// One of the two periods of a year that the plan orders: reports before 25/6 and before 25/12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfYear {
    year: i32,
    second: bool,
}

impl HalfYear {
    /// The first or the second half of `year`; none for years that no date can have.
    pub fn new(year: i32, second: bool) -> Option<Self> {
        (1900..=2200).contains(&year).then_some(Self { year, second })
    }

    /// The period whose cut-off comes next.
    fn after(today: NaiveDate) -> Option<Self> {
        let halves = [(today.year(), false), (today.year(), true), (today.year() + 1, false)];
        let mut halves = halves.into_iter().filter_map(|(year, second)| Self::new(year, second));
        halves.find(|half| half.due_on().is_some_and(|due| today <= due))
    }

    fn before(self) -> Option<Self> {
        Self::new(if self.second { self.year } else { self.year - 1 }, !self.second)
    }

    fn code(self) -> String {
        format!("{}-H{}", self.year, if self.second { 2 } else { 1 })
    }

    fn due_on(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year, if self.second { 12 } else { 6 }, 25)
    }

    /// The period as the rule makes it; it covers what has happened since the cut-off before.
    pub fn row(self) -> Option<reporting_period::ActiveModel> {
        let due_on = self.due_on()?;
        let (vi, en) =
            if self.second { ("cuối năm", "second half") } else { ("6 tháng đầu năm", "first half") };
        Some(reporting_period::ActiveModel {
            code: Set(self.code()),
            kind: Set(PeriodKind::HalfYear),
            title_vi: Set(format!("Báo cáo {vi} {}", self.year)),
            title_en: Set(format!("Report of the {en} of {}", self.year)),
            starts_on: Set(self.before()?.due_on()?.succ_opt()?),
            department_due_on: Set(department_due_on(due_on)),
            due_at: Set(end_of_day(due_on)),
            status: Set(PeriodStatus::Open),
            ..Default::default()
        })
    }
}

/// When the departments are due for a report that is due on `due_on`.
pub fn department_due_on(due_on: NaiveDate) -> NaiveDate {
    due_on.checked_sub_days(DEPARTMENTS_BEFORE).unwrap_or(due_on)
}

/// How far a period is at this time: what is open locks at its cut-off.
pub fn status_at(period: &reporting_period::Model, now: DateTime<Utc>) -> PeriodStatus {
    match period.status {
        PeriodStatus::Open if period.due_at < now => PeriodStatus::Locked,
        status => status,
    }
}

/// Writes a period with the reports that it expects: one of each assignment on work that is not over.
///
/// # Errors
/// [`Code::Taken`] when there is one with this code.
pub async fn open(tx: &Tx, row: reporting_period::ActiveModel) -> Result<reporting_period::Model> {
    let period = tx.insert::<reporting_period::Entity>(row).await?;
    let all = tx.whole();
    let begun = Condition::any()
        .add(task::Column::StartOn.is_null())
        .add(task::Column::StartOn.lte(date_of(period.due_at)));
    let living = Condition::all()
        .add(task::Column::Status.is_in([TaskStatus::Planned, TaskStatus::InProgress]))
        .add(begun);
    let assignments = all
        .find::<assignment::Entity>()
        .filter(assignment::Column::EndedAt.is_null())
        .filter(assignment::Column::TaskId.in_subquery(all.keys::<task::Entity>(task::Column::Id, living)));
    let assignments = all.every(assignments).await?;
    let slots = assignments.iter().map(|row| slot(&period, row)).collect();
    tx.insert_all::<report_slot::Entity>(slots).await?;
    let organizations: BTreeSet<Uuid> = assignments.iter().map(|row| row.organization_id).collect();
    tell(tx, news(NotificationKind::PeriodOpened, &period, organizations.into_iter().collect())).await?;
    Ok(period)
}

/// News of a period; each sort of it is told once.
pub fn news(kind: NotificationKind, period: &reporting_period::Model, organizations: Vec<Uuid>) -> News {
    let facts = Facts {
        title: Some(Names { vi: period.title_vi.clone(), en: period.title_en.clone() }),
        period: Some(period.code.clone()),
        due_on: Some(period.department_due_on),
        ..Facts::default()
    };
    let key = format!("{}:{}", kind.to_value(), period.id);
    News { key, kind, subject: (reporting_period::Entity::TABLE, period.id), organizations, facts }
}

/// The organizations of which each period expects reports.
pub async fn expected<'a>(
    read: &impl Read,
    periods: &'a [reporting_period::Model],
) -> Result<Vec<(&'a reporting_period::Model, Vec<Uuid>)>> {
    use report_slot::Column::{OrganizationId, PeriodId};
    const PERIODS: usize = 50;
    let mut organizations: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for part in periods.chunks(PERIODS) {
        let slots = read.find::<report_slot::Entity>().filter(PeriodId.is_in(part.iter().map(|row| row.id)));
        for (period, organization, _) in read.pairs(slots, [PeriodId, OrganizationId]).await? {
            organizations.entry(period).or_default().push(organization);
        }
    }
    Ok(periods.iter().map(|row| (row, organizations.remove(&row.id).unwrap_or_default())).collect())
}

fn slot(period: &reporting_period::Model, assignment: &assignment::Model) -> report_slot::ActiveModel {
    report_slot::ActiveModel {
        period_id: Set(period.id),
        assignment_id: Set(assignment.id),
        organization_id: Set(assignment.organization_id),
        ..Default::default()
    }
}

/// What is assigned while periods are open is reported on in them.
pub async fn expect(tx: &Tx, assignments: &[assignment::Model], now: DateTime<Utc>) -> Result<()> {
    use reporting_period::Column::{DueAt, Status};
    let open = tx.find::<reporting_period::Entity>();
    let open = tx.all(open.filter(Status.eq(PeriodStatus::Open)).filter(DueAt.gte(now))).await?;
    let slots: Vec<_> =
        open.iter().flat_map(|period| assignments.iter().map(|row| slot(period, row))).collect();
    match slots.is_empty() {
        true => Ok(()),
        false => tx.insert_all::<report_slot::Entity>(slots).await,
    }
}

/// Opens the period of the rule whose time has come, once.
pub async fn open_by_rule(app: &App) -> Result<()> {
    let today = app.world.today();
    let Some(half) = HalfYear::after(today) else { return Ok(()) };
    if half.due_on().is_none_or(|due| due.checked_sub_days(OPENS_BEFORE).is_none_or(|from| today < from)) {
        return Ok(());
    }
    let tx = app.system().begin_alone().await?;
    let there = tx.find::<reporting_period::Entity>();
    if tx.exists(there.filter(reporting_period::Column::Code.eq(half.code()))).await? {
        return Ok(());
    }
    let row = half.row().ok_or_else(|| Error::internal("a date that is none"))?;
    open(&tx, row).await?;
    tx.commit().await
}

/// A report that an organization wants to hand in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HandIn {
    /// The period that it names; its code, if it is one.
    pub period: String,
    /// Who hands it in.
    pub organization: Uuid,
}

/// Leave to hand in to these periods that holds now.
pub fn exceptions(
    read: &impl Read,
    periods: impl IntoIterator<Item = Uuid>,
    now: DateTime<Utc>,
) -> Select<lock_exception::Entity> {
    use lock_exception::Column::{PeriodId, RevokedAt, Until};
    let all = read.find::<lock_exception::Entity>().filter(PeriodId.is_in(periods));
    all.filter(RevokedAt.is_null()).filter(Until.gte(now))
}

/// Those of `wanted` that a lock holds back.
async fn locked_out(read: &impl Read, wanted: &[HandIn], now: DateTime<Utc>) -> Result<HashSet<HandIn>> {
    held_back(read, &read.all(read.find::<reporting_period::Entity>()).await?, wanted, now).await
}

/// Those of `wanted` that a lock of one of these periods holds back.
async fn held_back(
    read: &impl Read,
    periods: &[reporting_period::Model],
    wanted: &[HandIn],
    now: DateTime<Utc>,
) -> Result<HashSet<HandIn>> {
    use lock_exception::Column::OrganizationId;
    let locked: HashMap<&HandIn, &reporting_period::Model> = wanted
        .iter()
        .filter_map(|one| Some((one, meant(periods, &one.period)?)))
        .filter(|(_, period)| status_at(period, now) != PeriodStatus::Open)
        .collect();
    if locked.is_empty() {
        return Ok(HashSet::new());
    }
    let lifted: HashSet<Uuid> = locked
        .values()
        .filter(|period| period.status != PeriodStatus::Closed)
        .map(|period| period.id)
        .collect();
    let organizations: HashSet<Uuid> = wanted.iter().map(|one| one.organization).collect();
    let exceptions = exceptions(read, lifted, now).filter(OrganizationId.is_in(organizations));
    let lifted: HashSet<(Uuid, Uuid)> =
        read.all(exceptions).await?.iter().map(|row| (row.period_id, row.organization_id)).collect();
    let is_out = |(one, period): &(&HandIn, &reporting_period::Model)| {
        !lifted.contains(&(period.id, one.organization))
    };
    Ok(locked.into_iter().filter(is_out).map(|(one, _)| one.clone()).collect())
}

/// Whether reports of this period are still taken from this organization.
///
/// # Errors
/// [`Code::PeriodLocked`] about `field`.
pub async fn may_hand_in(tx: &Tx, report: HandIn, now: DateTime<Utc>, field: &str) -> Result<()> {
    match locked_out(tx, std::slice::from_ref(&report), now).await?.is_empty() {
        true => Ok(()),
        false => Err(locked(report, field)),
    }
}

/// Whether a report may still be handed in, in batches.
impl Loader<HandIn> for Store {
    type Value = bool;
    type Error = Error;

    async fn load(&self, keys: &[HandIn]) -> Result<HashMap<HandIn, bool>> {
        let out = locked_out(self, keys, self.now()).await?;
        Ok(keys.iter().map(|key| (key.clone(), !out.contains(key))).collect())
    }
}

/// Whether a code is one that the rule gives.
pub fn is_of_rule(code: &str) -> bool {
    let written = plain(code);
    let year = written.strip_suffix("h1").or_else(|| written.strip_suffix("h2"));
    year.is_some_and(|year| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The period that a text names, however it is spelt.
fn meant<'a>(all: &'a [reporting_period::Model], text: &str) -> Option<&'a reporting_period::Model> {
    all.iter().find(|row| row.code == text).or_else(|| {
        let meant = plain(text);
        all.iter().find(|row| plain(&row.code) == meant)
    })
}

/// The period that a text names, however it is spelt, among those that the reader may see.
pub async fn named(store: &Store, text: &str) -> Result<Option<reporting_period::Model>> {
    let all = store.all(store.find::<reporting_period::Entity>()).await?;
    Ok(meant(&all, text).cloned())
}

/// The code of the period that a report means: as it is spelt, however the report spells it; another text stays as it
/// is. Only if reports of it are still taken from this organization.
///
/// # Errors
/// As [`may_hand_in`].
pub async fn canonical(tx: &Tx, report: HandIn, now: DateTime<Utc>, field: &str) -> Result<String> {
    let all = tx.all(tx.find::<reporting_period::Entity>()).await?;
    let Some(period) = meant(&all, &report.period) else { return Ok(report.period) };
    let report = HandIn { period: period.code.clone(), ..report };
    match held_back(tx, &all, std::slice::from_ref(&report), now).await?.is_empty() {
        true => Ok(report.period),
        false => Err(locked(report, field)),
    }
}

fn locked(report: HandIn, field: &str) -> Error {
    Problem::new(field, Code::PeriodLocked).with(report.period).into()
}

/// Letters and digits, in small letters without marks.
fn plain(code: &str) -> String {
    crate::text::fold(code).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether anything in this period may still change; what names no period always may.
///
/// # Errors
/// [`Code::PeriodLocked`] about `field`.
pub async fn not_closed(tx: &Tx, code: &str, field: &str) -> Result<()> {
    let all = tx.all(tx.find::<reporting_period::Entity>()).await?;
    match meant(&all, code).is_some_and(|period| period.status == PeriodStatus::Closed) {
        true => Err(Problem::new(field, Code::PeriodLocked).with(code).into()),
        false => Ok(()),
    }
}

/// The report on an assignment in a period.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReportIn {
    /// The period.
    pub period_id: Uuid,
    /// The assignment.
    pub assignment_id: Uuid,
}

impl Loader<ReportIn> for Store {
    type Value = progress_report::Model;
    type Error = Error;

    async fn load(&self, keys: &[ReportIn]) -> Result<HashMap<ReportIn, progress_report::Model>> {
        use progress_report::Column::{AssignmentId, Period};
        let ids: HashSet<Uuid> = keys.iter().map(|key| key.period_id).collect();
        let periods = self.find::<reporting_period::Entity>().filter(reporting_period::Column::Id.is_in(ids));
        let codes: HashMap<String, Uuid> =
            self.all(periods).await?.into_iter().map(|period| (period.code, period.id)).collect();
        let assignments: HashSet<Uuid> = keys.iter().map(|key| key.assignment_id).collect();
        let reports = self
            .find::<progress_report::Entity>()
            .filter(AssignmentId.is_in(assignments))
            .filter(Period.is_in(codes.keys().cloned()));
        let reports = self.all(reports).await?.into_iter();
        let keyed = reports.filter_map(|row| {
            let period_id = *codes.get(&row.period)?;
            Some((ReportIn { period_id, assignment_id: row.assignment_id }, row))
        });
        Ok(keyed.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a date")
    }

    #[test]
    fn the_next_period_is_that_of_the_next_cut_off() {
        let code = |date| HalfYear::after(date).expect("a period").code();
        assert_eq!(code(day(2026, 6, 25)), "2026-H1");
        assert_eq!(code(day(2026, 6, 26)), "2026-H2");
        assert_eq!(code(day(2026, 12, 26)), "2027-H1");
    }

    #[test]
    fn a_period_begins_after_the_cut_off_before_and_ends_at_midnight_in_viet_nam() {
        let row = HalfYear::new(2026, false).and_then(HalfYear::row).expect("a period");
        assert_eq!(row.starts_on, Set(day(2025, 12, 26)));
        assert_eq!(row.department_due_on, Set(day(2026, 6, 15)));
        assert_eq!(row.due_at, Set("2026-06-25T16:59:59Z".parse().expect("a time")));
    }
}
