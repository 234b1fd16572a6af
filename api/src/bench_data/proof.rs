//! What is reported on assignments, and the documents that prove it.

use chrono::{DateTime, Utc};
use entity::*;
use uuid::Uuid;

use super::MARK;
use super::chance::Chance;
use super::people::Officer;
use super::work::insert;
use crate::error::Result;
use crate::store::Tx;

/// The period whose reports are there.
pub(super) const PERIOD: &str = "BENCH-1";
/// One assignment in so many has a report, one report in so many a document, one document in so many is the task's own.
const REPORTED: usize = 3;
const PROVED: usize = 2;
const OF_TASK: usize = 5;

/// An assignment that may be reported on.
#[derive(Clone, Copy)]
pub(super) struct Reported<'a> {
    pub(super) task: &'a task::Model,
    pub(super) assignment: &'a assignment::Model,
    pub(super) officer: Officer,
}

/// Reports, documents and what they are attached to.
#[derive(Default)]
pub(super) struct Proof {
    reports: Vec<progress_report::Model>,
    evidence: Vec<evidence::Model>,
    links: Vec<evidence_link::Model>,
}

impl Proof {
    pub(super) fn add(&mut self, chance: &mut Chance, about: Reported<'_>, now: DateTime<Utc>) {
        if !chance.once_in(REPORTED) {
            return;
        }
        let report = report(chance, about, now);
        if chance.once_in(PROVED) {
            let document = document(chance, about, now);
            let of_task = chance.once_in(OF_TASK);
            let ends = if of_task { (None, Some(about.task.id)) } else { (Some(report.id), None) };
            self.links.push(link(chance, &document, ends, now));
            self.evidence.push(document);
        }
        self.reports.push(report);
    }

    /// Writes what was added.
    pub(super) async fn write(self, tx: &Tx) -> Result<()> {
        tx.add_words::<evidence::Entity>(&self.evidence).await?;
        insert::<progress_report::Entity>(tx, self.reports).await?;
        insert::<evidence::Entity>(tx, self.evidence).await?;
        insert::<evidence_link::Entity>(tx, self.links).await
    }
}

fn report(chance: &mut Chance, about: Reported<'_>, now: DateTime<Utc>) -> progress_report::Model {
    use ReportStatus::{Accepted, Draft, Submitted};
    let status = *chance.of(&[Draft, Submitted, Submitted, Accepted]);
    let submitted = status != Draft;
    progress_report::Model {
        id: chance.key(),
        assignment_id: about.assignment.id,
        period: PERIOD.to_owned(),
        percent: i32::try_from(chance.below(101)).unwrap_or_default(),
        content: format!("{MARK} Đã triển khai một phần nhiệm vụ {}.", about.task.code).into(),
        difficulties: None,
        status,
        author_id: about.officer.user,
        submitter_id: submitted.then_some(about.officer.user),
        first_submitted_at: submitted.then_some(now),
        submitted_at: submitted.then_some(now),
        decider_id: None,
        decided_at: None,
        decided_version: None,
        return_reason: None,
        created_at: now,
        updated_at: now,
        row_version: 1,
    }
}

/// Its file is nowhere: nobody downloads while it is measured.
fn document(chance: &Chance, about: Reported<'_>, now: DateTime<Utc>) -> evidence::Model {
    let id = chance.key();
    evidence::Model {
        id,
        organization_id: about.assignment.organization_id,
        title: format!("{MARK} Minh chứng {}", about.task.code),
        kind: EvidenceKind::Report,
        issuing_body: None,
        document_number: None,
        issued_on: None,
        effective_from: None,
        effective_to: None,
        stated_value: None,
        stated_unit: None,
        stated_year: None,
        file_name: Some("synthetic.pdf".to_owned()),
        media_type: Some("application/pdf".to_owned()),
        size: Some(1),
        sha256: Some("0".repeat(64)),
        storage_key: Some(format!("synthetic/{id}")),
        status: EvidenceStatus::Ready,
        author_id: about.officer.user,
        decider_id: None,
        decided_at: None,
        reject_reason: None,
        created_at: now,
        updated_at: now,
        row_version: 1,
    }
}

fn link(
    chance: &Chance,
    document: &evidence::Model,
    (report_id, task_id): (Option<Uuid>, Option<Uuid>),
    now: DateTime<Utc>,
) -> evidence_link::Model {
    evidence_link::Model {
        id: chance.key(),
        evidence_id: document.id,
        report_id,
        task_id,
        indicator_id: None,
        submission_id: None,
        response_id: None,
        item_id: None,
        obstacle_id: None,
        model_id: None,
        activity_id: None,
        author_id: document.author_id,
        created_at: now,
        updated_at: now,
    }
}
