//! Which fields and documents client applications use.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::ask::Ask;
use super::check::{CODE, Check};
use super::filter::DateFilter;
use super::id;
use super::page::{List, page};
use crate::document::fields;
use crate::error::Result;
use crate::store::{Read, Sort};

/// How often a client application asked for a field, on one day.
#[derive(Description)]
pub struct FieldUsage(pub Arc<field_usage::Model>);

#[Object(use_type_description)]
impl FieldUsage {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<field_usage::Entity>(self.0.id)
    }

    /// The client application, as its header `apollographql-client-name` says, which nobody checks; empty for one that
    /// does not say. Of names that no settings and no registered document speak of, each user brings the first 5 of a day
    /// and all users together 200; what comes under others is counted under the empty name.
    async fn client(&self) -> &str {
        &self.0.client
    }

    /// The type that has the field.
    async fn type_name(&self) -> &str {
        &self.0.type_name
    }

    /// The field.
    async fn field_name(&self) -> &str {
        &self.0.field_name
    }

    /// Whether the schema says that the field will go.
    async fn is_deprecated(&self) -> bool {
        fields().is_deprecated(&self.0.type_name, &self.0.field_name)
    }

    /// The day, in UTC.
    async fn day(&self) -> NaiveDate {
        self.0.day
    }

    /// Requests that day whose documents named the field.
    async fn requests(&self) -> i64 {
        self.0.requests
    }
}

/// How often a client application sent a document that it registered, on one day.
#[derive(Description)]
pub struct DocumentUsage(pub Arc<document_usage::Model>);

#[Object(use_type_description)]
impl DocumentUsage {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<document_usage::Entity>(self.0.id)
    }

    /// The client application.
    async fn client(&self) -> &str {
        &self.0.client
    }

    /// SHA-256 of the document's text, in hex.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// The day, in UTC.
    async fn day(&self) -> NaiveDate {
        self.0.day
    }

    /// Requests that day.
    async fn requests(&self) -> i64 {
        self.0.requests
    }
}

/// Which usage.
#[derive(InputObject, Default)]
pub struct UsageFilter {
    /// Of this client application; the empty text is those that are not known.
    client: Option<String>,
    /// Of fields of this type; documents have none.
    type_name: Option<String>,
    /// Of fields with this name; documents have none.
    field_name: Option<String>,
    /// On these days.
    day: Option<DateFilter>,
}

/// Questions about what clients use.
#[derive(Default)]
pub struct UsageQuery;

#[Object]
impl UsageQuery {
    /// Which fields client applications ask for, newest day first, so that a deprecated field is taken away when nobody
    /// asks for it any more. Counted within a minute; kept for 400 days. For administrators.
    async fn field_usages(
        &self,
        ctx: &Context<'_>,
        filter: Option<UsageFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<FieldUsage>> {
        use field_usage::Column::{Client, Day, FieldName, TypeName};
        let filter = filter.unwrap_or_default();
        let mut wanted = filter.of(Client, Day)?;
        let mut check = Check::new("filter");
        for (column, name, value) in
            [(TypeName, "typeName", &filter.type_name), (FieldName, "fieldName", &filter.field_name)]
        {
            if let Some(value) = value {
                wanted = wanted.add(column.eq(check.text(name, value, CODE)));
            }
        }
        check.done()?;
        let query = ctx.store()?.find::<field_usage::Entity>().filter(wanted);
        page(ctx, query, Sort::by_greatest(Day), first, after, FieldUsage).await
    }

    /// Which registered documents client applications send, newest day first. For administrators.
    async fn document_usages(
        &self,
        ctx: &Context<'_>,
        filter: Option<UsageFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<DocumentUsage>> {
        use document_usage::Column::{Client, Day};
        let wanted = filter.unwrap_or_default().of(Client, Day)?;
        let query = ctx.store()?.find::<document_usage::Entity>().filter(wanted);
        page(ctx, query, Sort::by_greatest(Day), first, after, DocumentUsage).await
    }
}

impl UsageFilter {
    fn of(&self, client: impl ColumnTrait, day: impl ColumnTrait) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(name) = self.client.as_deref().filter(|name| !name.contains('\0')) {
            all = all.add(client.eq(name));
        }
        if let Some(filter) = &self.day {
            all = all.add(filter.on(day, "filter.day")?);
        }
        Ok(all)
    }
}
