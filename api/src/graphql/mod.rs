//! The GraphQL schema: one file per type, the object with its inputs, queries and mutations.

mod active_session;
pub(crate) mod analysis;
mod ask;
mod assignment;
mod assignment_edit;
mod audit;
mod chart;
mod check;
mod cost;
mod coverage;
mod dashboard;
mod dashboard_leader;
mod data_expected;
mod data_submission;
mod data_submission_edit;
mod dossier;
mod dossier_edit;
mod edition;
mod edition_edit;
mod evidence;
mod evidence_edit;
mod evidence_request;
mod evidence_request_edit;
mod evidence_target;
mod executor;
mod filter;
mod finding;
mod framework;
mod framework_edit;
mod id;
mod import;
mod indicator;
mod innovation_model;
mod innovation_model_edit;
mod insight;
mod job;
mod method;
mod node;
mod node_edit;
mod notification;
mod obstacle;
mod obstacle_edit;
mod organization;
mod outreach;
mod page;
mod payload;
mod period;
mod period_edit;
mod plan;
mod profile;
mod report;
mod report_edit;
mod report_version;
mod reporting_status;
mod score;
mod service_account;
mod session;
mod target;
mod target_status;
mod task;
mod task_edit;
mod ticket;
mod unit;
mod usage;
mod user;
mod written;

use async_graphql::{MergedObject, MergedSubscription, SchemaBuilder};

pub(crate) use analysis::{Outcome, Run};
pub use check::Check;
pub(crate) use edition_edit::hold_to_fill;
pub(crate) use evidence_edit::may_replace_file;
pub use executor::sdl;
pub(crate) use executor::{Executor, complaints};
pub(crate) use id::{of as global, parse as parse_id};
pub(crate) use profile::{Standing, StandingsOf, all_standings, standings};
pub use user::email;
pub(crate) use written::written;

/// Where every read begins. All fields but `__typename` need a viewer.
#[derive(MergedObject, Default)]
pub struct Query(
    framework::FrameworkQuery,
    indicator::IndicatorQuery,
    unit::UnitQuery,
    ResultQuery,
    plan::PlanQuery,
    task::TaskQuery,
    assignment::AssignmentQuery,
    ReportingQuery,
    evidence::EvidenceQuery,
    organization::OrganizationQuery,
    PeopleQuery,
    GeneralQuery,
);

/// What belongs to no part of the plan.
#[derive(MergedObject, Default)]
pub struct GeneralQuery(node::NodeQuery, cost::CostQuery, usage::UsageQuery);

/// Reporting periods and what is reported in them.
#[derive(MergedObject, Default)]
pub struct ReportingQuery(
    notification::NotificationQuery,
    report::ReportQuery,
    period::PeriodQuery,
    evidence_request::EvidenceRequestQuery,
    obstacle::ObstacleQuery,
    innovation_model::InnovationModelQuery,
    outreach::OutreachQuery,
    dossier::DossierQuery,
    data_submission::DataSubmissionQuery,
    data_expected::DataExpectedQuery,
    FollowUpQuery,
);

/// Following up.
#[derive(MergedObject, Default)]
pub struct FollowUpQuery(
    reporting_status::ReportingStatusQuery,
    dashboard::DashboardQuery,
    coverage::CoverageQuery,
);

/// Changes of reporting periods and of what is reported in them.
#[derive(MergedObject, Default)]
pub struct ReportingMutation(
    notification::NotificationMutation,
    report_edit::ReportMutation,
    period_edit::PeriodMutation,
    evidence_request_edit::EvidenceRequestMutation,
    obstacle_edit::ObstacleMutation,
    innovation_model_edit::InnovationModelMutation,
    outreach::OutreachMutation,
    dossier_edit::DossierMutation,
    data_submission_edit::DataSubmissionMutation,
);

/// Who signs in, and what they did.
#[derive(MergedObject, Default)]
pub struct PeopleQuery(
    user::UserQuery,
    active_session::ActiveSessionQuery,
    service_account::ServiceAccountQuery,
    audit::AuditQuery,
);

/// Changes of who signs in, and where.
#[derive(MergedObject, Default)]
pub struct PeopleMutation(
    session::SessionMutation,
    active_session::ActiveSessionMutation,
    user::UserMutation,
    service_account::ServiceAccountMutation,
);

/// Results, and questions about them.
#[derive(MergedObject, Default)]
pub struct ResultQuery(
    edition::EditionQuery,
    score::ScoreQuery,
    profile::ProfileQuery,
    target::TargetQuery,
    import::ImportQuery,
    analysis::AnalysisQuery,
    insight::InsightQuery,
    chart::ChartQuery,
    job::JobQuery,
);

/// Changes of results.
#[derive(MergedObject, Default)]
pub struct ResultMutation(
    edition_edit::EditionMutation,
    import::ImportMutation,
    target::TargetMutation,
    job::JobMutation,
);

/// Where every change begins. All fields but `login`, `loginWithProvider` and `tokenRefresh` need a
/// viewer.
#[derive(MergedObject, Default)]
pub struct Mutation(
    PeopleMutation,
    framework_edit::FrameworkMutation,
    node_edit::NodeMutation,
    method::MethodMutation,
    ResultMutation,
    task_edit::TaskMutation,
    assignment::AssignmentMutation,
    ReportingMutation,
    evidence_edit::EvidenceMutation,
    organization::OrganizationMutation,
);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// What is told as it happens, by server-sent events.
#[derive(MergedSubscription, Default)]
pub struct Subscription(job::JobSubscription, notification::NotificationSubscription);

/// The schema without the data that its resolvers need; enough to print it.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
}
