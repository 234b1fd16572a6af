//! The GraphQL schema: one file per type, the object with its inputs, queries and mutations.

mod ask;
mod assignment;
mod check;
mod edition;
mod evidence;
mod evidence_edit;
mod filter;
mod framework;
mod framework_edit;
mod id;
mod indicator;
mod insight;
mod node;
mod node_edit;
mod organization;
mod page;
mod payload;
mod plan;
mod report;
mod report_edit;
mod session;
mod task;
mod task_edit;
mod unit;
mod user;

use async_graphql::{EmptySubscription, MergedObject, SchemaBuilder};

pub use check::Check;
pub(crate) use evidence_edit::may_replace_file;
pub use user::email;

/// Where every read begins. All fields but `__typename` need a viewer.
#[derive(MergedObject, Default)]
pub struct Query(
    framework::FrameworkQuery,
    indicator::IndicatorQuery,
    unit::UnitQuery,
    edition::ResultQuery,
    plan::PlanQuery,
    task::TaskQuery,
    assignment::AssignmentQuery,
    report::ReportQuery,
    evidence::EvidenceQuery,
    organization::OrganizationQuery,
    user::UserQuery,
    node::NodeQuery,
    insight::InsightQuery,
);

/// Where every change begins. All fields but `login` and `tokenRefresh` need a viewer.
#[derive(MergedObject, Default)]
pub struct Mutation(
    session::SessionMutation,
    framework_edit::FrameworkMutation,
    node_edit::NodeMutation,
    task_edit::TaskMutation,
    assignment::AssignmentMutation,
    report_edit::ReportMutation,
    evidence_edit::EvidenceMutation,
    organization::OrganizationMutation,
    user::UserMutation,
);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema without the data that its resolvers need; enough to print it.
pub fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
}

/// The schema in GraphQL's schema definition language, as `schema.graphql` holds it.
pub fn sdl() -> String {
    use async_graphql::SDLExportOptions;
    builder()
        .finish()
        .sdl_with_options(SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items())
}
