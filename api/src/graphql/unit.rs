//! Units: the provinces and cities that are ranked.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::ask::Ask;
use super::filter::{calendar_date, words};
use super::id;
use super::page::{List, limit, order, page};
use crate::error::Result;
use crate::lang::Lang;
use crate::store::{Many, Read, Searchable, Sort};

/// What is ranked: a province or a city, with the dates between which it exists.
#[derive(Description)]
pub struct Unit(pub Arc<unit::Model>);

#[Object(serial, use_type_description)]
impl Unit {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<unit::Entity>(self.0.id)
    }

    /// Official code. Codes are used again after mergers: never an identity.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Province or city.
    async fn kind(&self) -> UnitKind {
        self.0.kind
    }

    /// Name in the language asked for, or else that of `Accept-Language`.
    async fn name(&self, ctx: &Context<'_>, lang: Option<Lang>) -> &str {
        lang.unwrap_or(ctx.lang()).pick(&self.0.name_vi, &self.0.name_en)
    }

    /// Name in Vietnamese.
    async fn name_vi(&self) -> &str {
        &self.0.name_vi
    }

    /// Name in English.
    async fn name_en(&self) -> &str {
        &self.0.name_en
    }

    /// First day of existence; none if before the records.
    async fn valid_from(&self) -> Option<NaiveDate> {
        self.0.valid_from
    }

    /// Last day of existence; none if it still exists.
    async fn valid_to(&self) -> Option<NaiveDate> {
        self.0.valid_to
    }

    /// What a reader should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The unit it was merged into.
    async fn successor(&self, ctx: &Context<'_>) -> Result<Option<Unit>> {
        match self.0.successor_id {
            Some(successor) => Ok(ctx.one::<unit::Entity>(successor).await?.map(Unit)),
            None => Ok(None),
        }
    }

    /// The units that were merged into it; 10 unless `first` says otherwise, at most 100.
    async fn predecessors(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Unit>> {
        use unit::Column::{Code, SuccessorId};
        let merged = ctx.many::<unit::Entity>(Many::new(SuccessorId, self.0.id, Code, limit(first)?)).await?;
        Ok(merged.into_iter().map(Unit).collect())
    }
}

/// Which units are wanted.
#[derive(InputObject, Default)]
pub struct UnitFilter {
    /// Those that exist on this day.
    exists_on: Option<NaiveDate>,
    /// Those with this official code, now or formerly.
    code: Option<String>,
    /// Beginnings of words of code or names; marks and case do not matter.
    text: Option<String>,
}

order! {
    /// How a list of units is ordered.
    UnitOrder by UnitOrderField of unit {
        /// By official code.
        Code => Code,
        /// By name in Vietnamese, letter by letter.
        NameVi => NameVi,
    }
}

/// Queries about units.
#[derive(Default)]
pub struct UnitQuery;

#[Object]
impl UnitQuery {
    /// A unit by its id.
    async fn unit(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Unit>> {
        ctx.store()?
            .get::<unit::Entity>(id::parse::<unit::Entity>(&id, "id")?)
            .await
            .map(|row| Unit(row.into()))
            .map(Some)
    }

    /// The provinces and cities, by code unless ordered otherwise; those that no longer exist included unless
    /// `existsOn` leaves them out.
    async fn units(
        &self,
        ctx: &Context<'_>,
        filter: Option<UnitFilter>,
        order: Option<UnitOrder>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Unit>> {
        let filter = filter.unwrap_or_default();
        use unit::Column::{Code, ValidFrom, ValidTo};
        let mut query = ctx.store()?.find::<unit::Entity>();
        if let Some(day) = filter.exists_on {
            calendar_date(day, "filter.existsOn")?;
            query = query
                .filter(Condition::any().add(ValidFrom.is_null()).add(ValidFrom.lte(day)))
                .filter(Condition::any().add(ValidTo.is_null()).add(ValidTo.gte(day)));
        }
        if let Some(code) = words(filter.code.as_deref(), "filter.code")? {
            query = query.filter(Code.eq(code.replace('\0', "")));
        }
        if let Some(text) = words(filter.text.as_deref(), "filter.text")? {
            query = query.filter(unit::Entity::matching(text));
        }
        let sort = order.map_or(Sort::by(unit::Column::Code), UnitOrder::sort);
        page(ctx, query, sort, first, after, Unit).await
    }
}
