//! A province at work: many organizations with many tasks each, made through the store.

use api::store::{Read, Tx};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
use tests::Lab;
use uuid::Uuid;

/// Every organization of the province, as the seed knows them: agencies, communes and wards.
pub async fn organizations(lab: &Lab) -> Vec<organization::Model> {
    let store = lab.app.system();
    let all = store.find::<organization::Entity>().order_by_asc(organization::Column::Code);
    store.all(all).await.expect("read")
}

/// What all rows of a crowd belong to.
pub struct Crowd {
    pub period: reporting_period::Model,
    pub author: Uuid,
    plan: plan::Model,
    edition: edition::Model,
    unit: Uuid,
    indicators: Vec<Uuid>,
}

impl Crowd {
    /// In the period with this code.
    pub async fn of(lab: &Lab, author: Uuid, period: &str) -> Self {
        let store = lab.app.system();
        let found =
            store.find::<reporting_period::Entity>().filter(reporting_period::Column::Code.eq(period));
        let leaves = store.find::<node::Entity>().filter(node::Column::Level.eq(NodeLevel::Indicator));
        let plan = store.first(store.find::<plan::Entity>()).await.expect("read").expect("a plan");
        let leaves = leaves.filter(node::Column::FrameworkId.eq(plan.framework_id));
        let editions = store.find::<edition::Entity>().order_by_desc(edition::Column::Year);
        Self {
            period: store.first(found).await.expect("read").expect("a period"),
            author,
            edition: store.first(editions).await.expect("read").expect("an edition"),
            unit: plan.unit_id.expect("the plan's province"),
            plan,
            indicators: store.all(leaves).await.expect("read").iter().map(|node| node.id).collect(),
        }
    }

    /// Gives each of `organizations` `each` tasks of its own. Of their reports each fifth is not begun, written, handed
    /// in, sent back, accepted; what was handed in has evidence. Each has a figure, an answer and a difficulty too.
    pub async fn join(&self, lab: &Lab, organizations: &[organization::Model], each: u32) {
        let tx = lab.app.system().begin().await.expect("a transaction");
        let mut work = Work::default();
        for organization in organizations {
            for number in 0..each {
                self.task(lab, &mut work, organization, number);
            }
        }
        work.write(&tx).await;
        self.others(lab, &tx, organizations).await;
        tx.commit().await.expect("committed");
    }

    fn task(&self, lab: &Lab, work: &mut Work, organization: &organization::Model, number: u32) {
        let world = &lab.app.world;
        let [task, assigned, reported, piece] = [world.uuid(), world.uuid(), world.uuid(), world.uuid()];
        let first_due = NaiveDate::from_ymd_opt(2026, 5, 1).expect("a date");
        work.tasks.push(task::ActiveModel {
            id: Set(task),
            plan_id: Set(self.plan.id),
            code: Set(format!("{}-{number}", organization.code)),
            title: Set(format!("[TỔNG HỢP / SYNTHETIC] Nhiệm vụ {number}")),
            description: Set(Some("Rà soát, tổng hợp và báo cáo số liệu. ".repeat(20).into())),
            kind: Set(TaskKind::Solution),
            node_id: Set(self.indicators.get(work.tasks.len() % self.indicators.len()).copied()),
            due_on: Set(first_due + Days::new((number % 120).into())),
            recurrence: Set(Recurrence::Once),
            status: Set(TaskStatus::InProgress),
            priority: Set(Priority::Normal),
            ..Default::default()
        });
        work.assignments.push(assignment::ActiveModel {
            id: Set(assigned),
            task_id: Set(task),
            organization_id: Set(organization.id),
            role: Set(AssignmentRole::Lead),
            ..Default::default()
        });
        work.slots.push(report_slot::ActiveModel {
            period_id: Set(self.period.id),
            assignment_id: Set(assigned),
            organization_id: Set(organization.id),
            ..Default::default()
        });
        let status = match number % 5 {
            0 => return,
            1 => ReportStatus::Draft,
            2 => ReportStatus::Submitted,
            3 => ReportStatus::Returned,
            _ => ReportStatus::Accepted,
        };
        let handed_in: Option<DateTime<Utc>> = (status != ReportStatus::Draft)
            .then(|| self.period.due_at - TimeDelta::days((number % 20).into()));
        work.reports.push(progress_report::ActiveModel {
            id: Set(reported),
            assignment_id: Set(assigned),
            period: Set(self.period.code.clone()),
            percent: Set(50),
            content: Set("Đã rà soát và tổng hợp số liệu của địa phương. ".repeat(5).into()),
            status: Set(status),
            author_id: Set(self.author),
            first_submitted_at: Set(handed_in),
            submitted_at: Set(handed_in),
            decided_at: Set(handed_in.filter(|_| status != ReportStatus::Submitted)),
            ..Default::default()
        });
        if handed_in.is_some() {
            work.pieces.push(evidence::ActiveModel {
                id: Set(piece),
                organization_id: Set(organization.id),
                title: Set("Báo cáo".to_owned()),
                kind: Set(EvidenceKind::Report),
                status: Set(EvidenceStatus::Pending),
                author_id: Set(self.author),
                ..Default::default()
            });
            work.links.push(evidence_link::ActiveModel {
                evidence_id: Set(piece),
                report_id: Set(Some(reported)),
                author_id: Set(self.author),
                ..Default::default()
            });
        }
    }

    async fn others(&self, lab: &Lab, tx: &Tx, organizations: &[organization::Model]) {
        let world = &lab.app.world;
        let request = evidence_request::ActiveModel {
            letter_number: Set(world.uuid().to_string()),
            letter_on: Set(self.period.starts_on),
            title: Set("Cung cấp minh chứng".to_owned()),
            content: Set("Gửi văn bản".to_owned().into()),
            due_on: Set(self.period.department_due_on),
            author_id: Set(self.author),
            ..Default::default()
        };
        let request = tx.insert::<evidence_request::Entity>(request).await.expect("written").id;
        let (mut answers, mut figures, mut obstacles) = (Vec::new(), Vec::new(), Vec::new());
        for (place, organization) in organizations.iter().enumerate() {
            let status =
                [ResponseStatus::Open, ResponseStatus::Answered, ResponseStatus::Returned][place % 3];
            answers.push(evidence_response::ActiveModel {
                request_id: Set(request),
                organization_id: Set(organization.id),
                status: Set(status),
                submitted_at: Set((status != ResponseStatus::Open).then(|| world.now())),
                ..Default::default()
            });
            figures.push(data_submission::ActiveModel {
                edition_id: Set(self.edition.id),
                indicator_id: Set(self.indicators[place % self.indicators.len()]),
                unit_id: Set(self.unit),
                organization_id: Set(organization.id),
                value: Set(1.0),
                value_unit: Set("%".to_owned()),
                value_year: Set(2025),
                status: Set([ReportStatus::Submitted, ReportStatus::Returned][place % 2]),
                confirmed: Set(serde_json::json!([])),
                author_id: Set(self.author),
                submitted_at: Set(Some(world.now())),
                ..Default::default()
            });
            obstacles.push(obstacle::ActiveModel {
                organization_id: Set(organization.id),
                node_id: Set(self.indicators.first().copied()),
                title: Set("Thiếu kinh phí".to_owned()),
                description: Set("Chưa bố trí".to_owned().into()),
                status: Set(ObstacleStatus::Raised),
                author_id: Set(self.author),
                ..Default::default()
            });
        }
        tx.insert_all::<evidence_response::Entity>(answers).await.expect("answers are written");
        tx.insert_all::<data_submission::Entity>(figures).await.expect("figures are written");
        tx.insert_all::<obstacle::Entity>(obstacles).await.expect("obstacles are written");
    }
}

#[derive(Default)]
struct Work {
    tasks: Vec<task::ActiveModel>,
    assignments: Vec<assignment::ActiveModel>,
    slots: Vec<report_slot::ActiveModel>,
    reports: Vec<progress_report::ActiveModel>,
    pieces: Vec<evidence::ActiveModel>,
    links: Vec<evidence_link::ActiveModel>,
}

impl Work {
    async fn write(self, tx: &Tx) {
        tx.insert_all::<task::Entity>(self.tasks).await.expect("tasks are written");
        tx.insert_all::<assignment::Entity>(self.assignments).await.expect("assignments are written");
        tx.insert_all::<report_slot::Entity>(self.slots).await.expect("slots are written");
        tx.insert_all::<progress_report::Entity>(self.reports).await.expect("reports are written");
        tx.insert_all::<evidence::Entity>(self.pieces).await.expect("evidence is written");
        tx.insert_all::<evidence_link::Entity>(self.links).await.expect("links are written");
    }
}
