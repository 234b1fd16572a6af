//! Tasks with their assignments, and the periods in which they are reported on.

use chrono::{Datelike, Days, NaiveDate};
use entity::*;
use sea_orm::IntoActiveModel;

use super::chance::Chance;
use super::people::Officer;
use super::proof::{Proof, Reported};
use super::{MARK, Sizes};
use crate::error::Result;
use crate::periods::{HalfYear, department_due_on};
use crate::policy::Rule;
use crate::store::Tx;
use crate::world::end_of_day;

/// The period that takes reports.
const OPEN_PERIOD: &str = "BENCH-2";
/// Tasks written at a time.
const BATCH: u64 = 2_000;
/// All is due more than a year from now: nobody is to be reminded of it while it is measured.
const FIRST_DUE: u64 = 400;
const DUE_WITHIN: usize = 1_000;

/// What tasks are made of.
pub(super) struct Work<'a> {
    pub(super) tx: &'a Tx,
    pub(super) plan: &'a plan::Model,
    pub(super) nodes: &'a [node::Model],
    pub(super) officers: &'a [Officer],
    pub(super) today: NaiveDate,
}

impl Work<'_> {
    pub(super) async fn write(&self, chance: &mut Chance, sizes: &Sizes) -> Result<()> {
        self.write_periods(chance).await?;
        let indicators = self.nodes.iter().filter(|node| node.level == NodeLevel::Indicator);
        let indicators: Vec<&node::Model> = indicators.collect();
        let (all, assignments) = (u64::from(sizes.tasks), u64::from(sizes.assignments));
        let mut written = 0;
        while written < all {
            let end = all.min(written + BATCH);
            let mut tasks = Vec::new();
            let mut held = Vec::new();
            let mut proof = Proof::default();
            for number in written..end {
                let task = self.task(chance, number + 1, &indicators);
                // Spread evenly, whatever the remainder.
                let here = (number + 1) * assignments / all - number * assignments / all;
                let first = chance.below(self.officers.len());
                for place in 0..here as usize {
                    let officer = self.officers[(first + place) % self.officers.len()];
                    let assignment = self.assignment(chance, &task, officer, place == 0);
                    proof.add(
                        chance,
                        Reported { task: &task, assignment: &assignment, officer },
                        self.tx.now(),
                    );
                    held.push(assignment);
                }
                tasks.push(task);
            }
            self.tx.add_words::<task::Entity>(&tasks).await?;
            insert::<task::Entity>(self.tx, tasks).await?;
            insert::<assignment::Entity>(self.tx, held).await?;
            proof.write(self.tx).await?;
            written = end;
        }
        Ok(())
    }

    fn task(&self, chance: &mut Chance, number: u64, indicators: &[&node::Model]) -> task::Model {
        use Priority::{High, Low, Normal};
        use TaskKind::{Communication, DataSupply, Solution, Training};
        use TaskStatus::{Completed, InProgress, Planned};
        let node = *chance.of(indicators);
        let verb = chance.of(&["Cải thiện", "Rà soát", "Tập huấn về", "Cung cấp số liệu của"]);
        task::Model {
            id: chance.key(),
            plan_id: self.plan.id,
            code: format!("BENCH-{number:07}"),
            title: format!("{MARK} {verb} chỉ số {}", node.code),
            description: None,
            kind: *chance.of(&[Solution, Solution, DataSupply, Communication, Training]),
            node_id: Some(node.id),
            expected_product: None,
            evidence_required: false,
            start_on: None,
            due_on: self.today + Days::new(FIRST_DUE + chance.below(DUE_WITHIN) as u64),
            recurrence: Recurrence::Once,
            status: *chance.of(&[Planned, Planned, InProgress, InProgress, InProgress, Completed]),
            priority: *chance.of(&[Low, Normal, Normal, High]),
            cancel_reason: None,
            created_at: self.tx.now(),
            updated_at: self.tx.now(),
            row_version: 1,
        }
    }

    fn assignment(
        &self,
        chance: &mut Chance,
        task: &task::Model,
        officer: Officer,
        leads: bool,
    ) -> assignment::Model {
        let accepted = !chance.once_in(10);
        assignment::Model {
            id: chance.key(),
            task_id: task.id,
            organization_id: officer.organization,
            role: if leads { AssignmentRole::Lead } else { AssignmentRole::Coordinating },
            instruction: None,
            accepted_at: accepted.then(|| self.tx.now()),
            accepted_by: accepted.then_some(officer.user),
            ended_at: None,
            end_reason: None,
            successor_id: None,
            task_due_on: None,
            created_at: self.tx.now(),
            updated_at: self.tx.now(),
            row_version: 1,
        }
    }

    /// A locked period, an open one, and those that the rule would open by itself while it is measured.
    async fn write_periods(&self, chance: &Chance) -> Result<()> {
        let locked = self.period(chance, super::proof::PERIOD, self.today - Days::new(100));
        let open = self.period(chance, OPEN_PERIOD, self.today + Days::new(FIRST_DUE));
        insert::<reporting_period::Entity>(self.tx, vec![locked, open]).await?;
        for year in [self.today.year(), self.today.year() + 1] {
            for second in [false, true] {
                if let Some(row) = HalfYear::new(year, second).and_then(HalfYear::row) {
                    self.tx.insert::<reporting_period::Entity>(row).await?;
                }
            }
        }
        Ok(())
    }

    fn period(&self, chance: &Chance, code: &str, due_on: NaiveDate) -> reporting_period::Model {
        let due_at = end_of_day(due_on);
        let is_over = due_on < self.today;
        reporting_period::Model {
            id: chance.key(),
            code: code.to_owned(),
            kind: PeriodKind::AdHoc,
            title_vi: format!("{MARK} Kỳ báo cáo {code}"),
            title_en: format!("{MARK} Period {code}"),
            reason: Some(MARK.to_owned()),
            starts_on: self.today - Days::new(FIRST_DUE),
            department_due_on: department_due_on(due_on),
            due_at,
            status: if is_over { PeriodStatus::Locked } else { PeriodStatus::Open },
            author_id: None,
            locked_at: is_over.then_some(due_at),
            closed_at: None,
            created_at: self.tx.now(),
            updated_at: self.tx.now(),
            row_version: 1,
        }
    }
}

/// Writes rows whose every column is known.
pub(super) async fn insert<E: Rule + Stamped>(tx: &Tx, rows: Vec<E::Model>) -> Result<()>
where
    E::ActiveModel: Send,
    E::Model: IntoActiveModel<E::ActiveModel> + Send + Sync,
{
    tx.insert_all::<E>(rows.into_iter().map(IntoActiveModel::into_active_model).collect()).await
}
