//! The audit trail: what was done, by whom and when, as far as the viewer may know.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{CODE, Check};
use super::filter::{IdFilter, OneOf, TimeFilter};
use super::id;
use super::organization::Organization;
use super::page::{List, limit, page};
use super::user::Person;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::sees_audited;
use crate::store::{Many, Read, Sort};

/// One thing that was done.
#[derive(Description)]
pub struct AuditEntry(pub Arc<audit_log::Model>);

/// A column of a row, before and after. Values are as they are stored: keys without their table, and `***` where only
/// that there is a value may be known.
#[derive(SimpleObject)]
pub struct AuditChange {
    /// The column, as GraphQL names it.
    field: String,
    /// What it held before; null for what was not there.
    before: Option<Json<Value>>,
    /// What it held afterwards; null for what is no longer there.
    after: Option<Json<Value>>,
}

#[Object(use_type_description)]
impl AuditEntry {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<audit_log::Entity>(self.0.id)
    }

    /// Place in the chain of all entries, from 1.
    async fn number(&self) -> i64 {
        self.0.number
    }

    /// When it was done.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Who did it; null for the product itself, and where the viewer may not know.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.user_id).await
    }

    /// What that user might do then; null for the product itself.
    async fn role(&self) -> Option<Role> {
        self.0.role
    }

    /// Whom that user worked for then.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        match self.0.organization_id {
            Some(organization) => Ok(ctx.one::<organization::Entity>(organization).await?.map(Organization)),
            None => Ok(None),
        }
    }

    /// What was done.
    async fn action(&self) -> AuditAction {
        self.0.action
    }

    /// The table that it was done to.
    async fn table(&self) -> &str {
        &self.0.table_name
    }

    /// Global id of the row that it was done to, which may be gone; null where there are many or none.
    async fn row_id(&self) -> Option<ID> {
        self.0.row_id.map(|row| ID(format!("{}:{row}", self.0.table_name)))
    }

    /// What changed; of a new or removed row all of it, of many at once their number and a hash.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<AuditChange>> {
        let user = ctx.principal()?.user;
        let (mut before, mut after) = (columns(self.0.before.as_deref())?, columns(self.0.after.as_deref())?);
        let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
        names.sort();
        names.dedup();
        names.retain(|name| sees_audited(&user, name));
        let changes = names.into_iter().map(|name| AuditChange {
            before: before.remove(&name).filter(|value| !value.is_null()).map(Json),
            after: after.remove(&name).filter(|value| !value.is_null()).map(Json),
            field: camel(&name),
        });
        Ok(changes.collect())
    }

    /// The request in which it was done, as its `x-request-id` said; null for what no request asked for.
    async fn request_id(&self) -> Option<String> {
        self.0.request_id.map(|request| request.to_string())
    }
}

fn columns(json: Option<&str>) -> Result<Map<String, Value>> {
    json.map_or(Ok(Map::new()), |json| serde_json::from_str(json).map_err(Error::internal))
}

/// `due_on` as `dueOn`.
fn camel(column: &str) -> String {
    let mut words = column.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

impl AuditEntry {
    /// What was done to one row, newest first.
    pub async fn history(ctx: &Context<'_>, row: Uuid, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        use audit_log::Column::{Number, RowId};
        let entries = ctx.many::<audit_log::Entity>(Many::last(RowId, row, Number, limit(first)?)).await?;
        Ok(entries.into_iter().map(AuditEntry).collect())
    }
}

/// Which entries are wanted.
#[derive(InputObject, Default)]
pub struct AuditFilter {
    /// The table that it was done to, such as `progress_report`.
    table: Option<String>,
    /// The row that it was done to.
    row: Option<ID>,
    /// Who did it, among those whom the viewer may know.
    user: Option<IdFilter>,
    /// What was done.
    action: Option<OneOf<AuditAction>>,
    /// When it was done.
    at: Option<TimeFilter>,
}

/// Queries about the audit trail.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What was done, newest first: everything for coordinator, leader and administrators, for officers what was done to
    /// their organization's own tasks, assignments, reports and evidence.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        filter: Option<AuditFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<AuditEntry>> {
        let query =
            ctx.store()?.find::<audit_log::Entity>().filter(wanted(ctx, &filter.unwrap_or_default())?);
        page(ctx, query, Sort::by_greatest(audit_log::Column::Number), first, after, AuditEntry).await
    }
}

fn wanted(ctx: &Context<'_>, filter: &AuditFilter) -> Result<Condition> {
    use audit_log::Column::{Action, At, RowId, TableName, UserId};
    let mut all = Condition::all();
    if let Some(table) = &filter.table {
        let mut check = Check::new("filter");
        let table = check.text("table", table, CODE);
        check.done()?;
        all = all.add(TableName.eq(table));
    }
    if let Some(row) = &filter.row {
        let wrong = || Problem::new("filter.row", Code::InvalidId).with("table:uuid");
        let (table, key) = row.split_once(':').ok_or_else(wrong)?;
        let key = Uuid::try_parse(key).ok().filter(|uuid| uuid.to_string() == key).ok_or_else(wrong)?;
        if table.contains('\0') {
            return Err(wrong().into());
        }
        all = all.add(TableName.eq(table)).add(RowId.eq(key));
    }
    if let Some(user) = &filter.user {
        let known = user.on::<user::Entity>(person::Column::Id, "filter.user")?;
        all = all.add(UserId.in_subquery(ctx.store()?.keys::<person::Entity>(person::Column::Id, known)));
    }
    if let Some(action) = &filter.action {
        all = all.add(action.on(Action, "filter.action")?);
    }
    if let Some(at) = &filter.at {
        all = all.add(at.on(At, "filter.at")?);
    }
    Ok(all)
}
