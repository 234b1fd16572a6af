//! Relay's `node` and `nodes`: any row by its global id, through the same wall as everything else.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object};
use entity::*;

use super::active_session::ActiveSession;
use super::ask::Ask;
use super::assignment::Assignment;
use super::audit::AuditEntry;
use super::data_submission::DataSubmission;
use super::dossier::Dossier;
use super::edition::{Computation, Edition};
use super::evidence::Evidence;
use super::evidence_request::{EvidenceRequest, EvidenceRequestItem, EvidenceResponse};
use super::framework::{Framework, FrameworkNode};
use super::id;
use super::import::EditionImport;
use super::indicator::Indicator;
use super::innovation_model::{InnovationModel, ModelReplication};
use super::job::Job;
use super::method::Denominator;
use super::notification::Notification;
use super::obstacle::Obstacle;
use super::organization::Organization;
use super::outreach::OutreachActivity;
use super::period::{LockException, ReportSlot, ReportingPeriod};
use super::plan::Plan;
use super::report::ProgressReport;
use super::report_version::ReportVersion;
use super::score::{ComputedScore, Score};
use super::service_account::ServiceAccount;
use super::target::Target;
use super::task::Task;
use super::unit::Unit;
use super::usage::{DocumentUsage, FieldUsage};
use super::user::User;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Rule;

/// Defines [`Node`] and how a global id becomes one: GraphQL type, table, and what makes the one of the other's row.
macro_rules! nodes {
    ($($(#[$doc:meta])* $name:ident, $table:ident, $make:expr;)+) => {
        /// Anything with a global id.
        #[derive(Interface)]
        #[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
        pub enum Node {
            $($(#[$doc])* $name($name),)+
            /// A measured indicator.
            Indicator(Indicator),
        }

        /// The row that `id` names, as far as the viewer may see it.
        pub(super) async fn find(ctx: &Context<'_>, id: &ID, field: &str) -> Result<Option<Node>> {
            ctx.principal()?;
            Ok(match id.split(':').next().unwrap_or_default() {
                $($table::Entity::TABLE => row::<$table::Entity>(ctx, id, field).await?.map(|row| $make(row.into()).into()),)+
                // It shares its key with its node, whose row it is made of.
                indicator::Entity::TABLE => {
                    let key = id::parse::<indicator::Entity>(id, field)?;
                    let node = ctx.one::<node::Entity>(key).await?;
                    node.filter(|node| node.level == NodeLevel::Indicator).map(|node| Indicator(node).into())
                }
                _ => return Err(Error::from(Problem::new(field, Code::InvalidId).with("table:uuid"))),
            })
        }
    };
}

nodes! {
    /// One place where the viewer is signed in.
    ActiveSession, session, ActiveSession;
    /// A task in the hands of one organization.
    Assignment, assignment, Assignment;
    /// One thing that was done.
    AuditEntry, audit_log, AuditEntry;
    /// One run of the engine.
    Computation, computation, Computation;
    /// What the engine made of an edition at one node for one unit.
    ComputedScore, computed_score, ComputedScore;
    /// A raw value that an organization supplies.
    DataSubmission, data_submission, DataSubmission;
    /// What raw values are divided by.
    Denominator, denominator, Denominator;
    /// How often a client sent a document.
    DocumentUsage, document_usage, DocumentUsage;
    /// What was frozen of a period or an edition.
    Dossier, dossier, Dossier::new;
    /// One year's ranking.
    Edition, edition, Edition;
    /// A file of figures for a draft edition.
    EditionImport, edition_import, EditionImport;
    /// A document that proves something.
    Evidence, evidence, Evidence;
    /// A written request for evidence.
    EvidenceRequest, evidence_request, EvidenceRequest;
    /// One thing that a request asks for.
    EvidenceRequestItem, evidence_request_item, EvidenceRequestItem;
    /// What an organization answers to a request.
    EvidenceResponse, evidence_response, EvidenceResponse;
    /// How often a client asked for a field.
    FieldUsage, field_usage, FieldUsage;
    /// A version of the index.
    Framework, framework, Framework;
    /// A node of a framework's tree.
    FrameworkNode, node, FrameworkNode;
    /// An exemplary model.
    InnovationModel, innovation_model, InnovationModel;
    /// A long computation.
    Job, job, Job;
    /// Leave to hand in after a period was locked.
    LockException, lock_exception, LockException;
    /// A place where an exemplary model was taken up.
    ModelReplication, model_replication, ModelReplication;
    /// What the viewer was told.
    Notification, notification, Notification;
    /// A difficulty.
    Obstacle, obstacle, Obstacle;
    /// A body that carries the plan out.
    Organization, organization, Organization;
    /// Something done to make the index known.
    OutreachActivity, outreach_activity, OutreachActivity;
    /// A plan to raise the index.
    Plan, plan, Plan;
    /// What an organization reports.
    ProgressReport, progress_report, ProgressReport;
    /// A report that a period expects.
    ReportSlot, report_slot, ReportSlot;
    /// A report as it was submitted once.
    ReportVersion, report_version, ReportVersion;
    /// A period on which Sở KH&CN reports.
    ReportingPeriod, reporting_period, ReportingPeriod;
    /// The result of one unit at one node in one edition.
    Score, score, Score;
    /// A program that signs in with a secret of its own.
    ServiceAccount, service_account, ServiceAccount;
    /// What a unit wants to reach in a year.
    Target, target, Target;
    /// A task of the plan.
    Task, task, Task;
    /// What is ranked.
    Unit, unit, Unit;
    /// Someone who signs in.
    User, user, User;
}

/// Queries by global id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this global id; null when there is none that the viewer may see.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        find(ctx, &id, "id").await
    }

    /// The objects with these global ids, at most 100, in their order; null for each that the viewer may not see.
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        const MOST: usize = 100;
        ctx.principal()?;
        if ids.len() > MOST {
            return Err(Problem::new("ids", Code::TooMany).with(MOST).into());
        }
        // At once, so that the loader batches them.
        let all = ids.iter().map(|id| find(ctx, id, "ids"));
        futures_util::future::try_join_all(all).await
    }
}

/// The row of `E` that `id` names.
async fn row<E: Rule>(ctx: &Context<'_>, id: &ID, field: &str) -> Result<Option<Arc<E::Model>>>
where
    E::Model: Send + Sync,
{
    ctx.one::<E>(id::parse::<E>(id, field)?).await
}
