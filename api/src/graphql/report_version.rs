//! Reports as they were submitted, what was decided on them, and what the viewer may do with a report now.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::*;
use serde::Deserialize;
use uuid::Uuid;

use super::ask::Ask;
use super::id;
use super::report_edit::leads_to;
use super::user::Person;
use crate::error::{Code, Error, Result};
use crate::findings;
use crate::periods::HandIn;

/// A report exactly as it was submitted once, and what was decided on it.
#[derive(Description)]
pub struct ReportVersion(pub Arc<report_version::Model>);

/// A piece of evidence as it was when a report was submitted.
#[derive(SimpleObject)]
pub struct VersionEvidence {
    /// Global id of the evidence, which may have another file by now.
    evidence_id: ID,
    /// What it was called.
    title: String,
    /// SHA-256 of its file's bytes, in hex.
    sha256: Option<String>,
}

#[derive(Deserialize)]
struct Kept {
    id: Uuid,
    title: String,
    sha256: Option<String>,
}

#[Object(use_type_description)]
impl ReportVersion {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<report_version::Entity>(self.0.id)
    }

    /// 1 for what was submitted first, then one more each time.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// How much was done, 0 to 100.
    async fn percent(&self) -> i32 {
        self.0.percent
    }

    /// What was done and reached.
    async fn content(&self) -> Result<&str> {
        Ok(self.0.content.text()?)
    }

    /// What stood in the way.
    async fn difficulties(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.difficulties)?)
    }

    /// The evidence as it was.
    async fn evidence(&self) -> Result<Vec<VersionEvidence>> {
        let kept: Vec<Kept> = serde_json::from_value(self.0.evidence.clone()).map_err(Error::internal)?;
        let kept = kept.into_iter();
        Ok(kept
            .map(|row| VersionEvidence {
                evidence_id: id::of::<evidence::Entity>(row.id),
                title: row.title,
                sha256: row.sha256,
            })
            .collect())
    }

    /// The warnings that its submitter confirmed.
    async fn confirmed(&self) -> Vec<Code> {
        findings::confirmed(&self.0.confirmed)
    }

    /// Who submitted it; null where the viewer may not know.
    async fn submitter(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.0.submitter_id)).await
    }

    /// When it was submitted.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// When it was taken back before a decision.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }

    /// What was decided on exactly this; null while nothing was.
    async fn decision(&self) -> Option<ReportDecision> {
        self.0.decision
    }

    /// Who decided; null where the viewer may not know.
    async fn decider(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.decider_id).await
    }

    /// When it was decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// Why it was sent back.
    async fn reason(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.reason)?)
    }
}

/// What the viewer may do with a report now.
#[derive(SimpleObject, Default)]
pub struct ReportActions {
    /// Hand it in.
    submit: bool,
    /// Take it back before it is decided on.
    withdraw: bool,
    /// Accept it.
    accept: bool,
    /// Send it back.
    #[graphql(name = "return")]
    send_back: bool,
}

impl ReportActions {
    /// What the viewer may do with `report`.
    pub async fn of(ctx: &Context<'_>, report: &progress_report::Model) -> Result<Self> {
        let user = ctx.principal()?.user;
        let may = |to| leads_to(report.status, to);
        let decides = user.role == Role::Coordinator;
        let mut actions = Self {
            accept: decides && may(ReportStatus::Accepted),
            send_back: decides && may(ReportStatus::Returned),
            ..Self::default()
        };
        let hands_in = matches!(user.role, Role::Coordinator | Role::Officer);
        let held = ctx.one::<task_participant::Entity>(report.assignment_id).await?;
        let own = held.map(|held| held.organization_id).filter(|&holder| Some(holder) == user.organization);
        let Some(organization) = own.filter(|_| hands_in) else { return Ok(actions) };
        let wanted = HandIn { period: report.period.clone(), organization };
        if ctx.load(wanted).await?.unwrap_or_default() {
            actions.submit = may(ReportStatus::Submitted);
            actions.withdraw = may(ReportStatus::Draft);
        }
        Ok(actions)
    }
}
