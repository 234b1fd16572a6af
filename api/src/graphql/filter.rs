//! Typed operators that filters are made of. Fields of one filter are joined by AND.

use async_graphql::{ID, InputObject, InputType};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::{ActiveEnum, ColumnTrait, Condition, Value};

use super::id;
use crate::error::{Code, Problem, Result};
use crate::world::is_calendar_date;

/// Longest list in a filter.
const MOST: usize = 100;

/// Compares an id.
#[derive(InputObject)]
pub struct IdFilter {
    /// Is this one.
    eq: Option<ID>,
    /// Is one of these, at most 100.
    #[graphql(name = "in")]
    any: Option<Vec<ID>>,
}

impl IdFilter {
    /// The condition on `column`, which holds keys of `E`.
    ///
    /// # Errors
    /// [`Code::InvalidId`] and [`Code::TooMany`], about the field `field`.
    pub fn on<E: Row>(&self, column: impl ColumnTrait, field: &str) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(eq) = &self.eq {
            all = all.add(column.eq(id::parse::<E>(eq, &format!("{field}.eq"))?));
        }
        if let Some(any) = &self.any {
            let path = format!("{field}.in");
            short(any, &path)?;
            let keys = any.iter().map(|one| id::parse::<E>(one, &path)).collect::<Result<Vec<_>, _>>()?;
            all = all.add(column.is_in(keys));
        }
        Ok(all)
    }
}

/// Compares a date.
#[derive(InputObject)]
pub struct DateFilter {
    /// Is this day.
    eq: Option<NaiveDate>,
    /// Is before this day.
    lt: Option<NaiveDate>,
    /// Is this day or before.
    lte: Option<NaiveDate>,
    /// Is after this day.
    gt: Option<NaiveDate>,
    /// Is this day or after.
    gte: Option<NaiveDate>,
}

impl DateFilter {
    /// The condition on `column`.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] about the field `field`.
    pub fn on(&self, column: impl ColumnTrait, field: &str) -> Result<Condition> {
        for date in [self.eq, self.lt, self.lte, self.gt, self.gte].into_iter().flatten() {
            calendar_date(date, field)?;
        }
        Ok(Condition::all()
            .add_option(self.eq.map(|day| column.eq(day)))
            .add_option(self.lt.map(|day| column.lt(day)))
            .add_option(self.lte.map(|day| column.lte(day)))
            .add_option(self.gt.map(|day| column.gt(day)))
            .add_option(self.gte.map(|day| column.gte(day))))
    }
}

/// Compares a time.
#[derive(InputObject)]
pub struct TimeFilter {
    /// Is before this time.
    lt: Option<DateTime<Utc>>,
    /// Is this time or before.
    lte: Option<DateTime<Utc>>,
    /// Is after this time.
    gt: Option<DateTime<Utc>>,
    /// Is this time or after.
    gte: Option<DateTime<Utc>>,
}

impl TimeFilter {
    /// The condition on `column`.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] about the field `field`.
    pub fn on(&self, column: impl ColumnTrait, field: &str) -> Result<Condition> {
        for time in [self.lt, self.lte, self.gt, self.gte].into_iter().flatten() {
            calendar_date(time.date_naive(), field)?;
        }
        Ok(Condition::all()
            .add_option(self.lt.map(|time| column.lt(time)))
            .add_option(self.lte.map(|time| column.lte(time)))
            .add_option(self.gt.map(|time| column.gt(time)))
            .add_option(self.gte.map(|time| column.gte(time))))
    }
}

/// A date that both databases can compare with.
///
/// # Errors
/// [`Code::OutOfRange`] about the field `field`.
pub fn calendar_date(date: NaiveDate, field: &str) -> Result<(), Problem> {
    match is_calendar_date(date) {
        true => Ok(()),
        false => Err(Problem::new(field, Code::OutOfRange).with("0001–9999")),
    }
}

/// Compares a value of a closed list.
#[derive(InputObject)]
#[graphql(concrete(name = "TaskStatusFilter", params(TaskStatus)))]
#[graphql(concrete(name = "TaskKindFilter", params(TaskKind)))]
#[graphql(concrete(name = "ReportStatusFilter", params(ReportStatus)))]
#[graphql(concrete(name = "ResponseStatusFilter", params(ResponseStatus)))]
#[graphql(concrete(name = "ObstacleStatusFilter", params(ObstacleStatus)))]
#[graphql(concrete(name = "EvidenceStatusFilter", params(EvidenceStatus)))]
#[graphql(concrete(name = "EvidenceKindFilter", params(EvidenceKind)))]
#[graphql(concrete(name = "OrganizationKindFilter", params(OrganizationKind)))]
#[graphql(concrete(name = "AuditActionFilter", params(AuditAction)))]
#[graphql(concrete(name = "RoleFilter", params(Role)))]
#[graphql(concrete(name = "ModelStatusFilter", params(ModelStatus)))]
#[graphql(concrete(name = "NotificationKindFilter", params(NotificationKind)))]
#[graphql(concrete(name = "OutreachKindFilter", params(OutreachKind)))]
pub struct OneOf<T: InputType> {
    /// Is this value.
    eq: Option<T>,
    /// Is one of these values.
    #[graphql(name = "in")]
    any: Option<Vec<T>>,
    /// Is none of these values.
    not_in: Option<Vec<T>>,
}

impl<T: InputType + ActiveEnum + Clone + Into<Value>> OneOf<T> {
    /// The condition on `column`.
    ///
    /// # Errors
    /// [`Code::TooMany`] about the field `field`.
    pub fn on(&self, column: impl ColumnTrait, field: &str) -> Result<Condition> {
        for list in [&self.any, &self.not_in].into_iter().flatten() {
            short(list, field)?;
        }
        Ok(Condition::all()
            .add_option(self.eq.clone().map(|value| column.eq(value)))
            .add_option(self.any.clone().map(|values| column.is_in(values)))
            .add_option(self.not_in.clone().map(|values| column.is_not_in(values))))
    }
}

fn short<T>(list: &[T], field: &str) -> Result<(), Problem> {
    if list.len() > MOST { Err(Problem::new(field, Code::TooMany).with(MOST)) } else { Ok(()) }
}

/// The words of a search, if any; longer ones than a person types are refused.
///
/// # Errors
/// [`Code::TooLong`] about the field `field`.
pub fn words<'a>(text: Option<&'a str>, field: &str) -> Result<Option<&'a str>, Problem> {
    const LONGEST: usize = 200;
    match text {
        Some(text) if text.chars().count() > LONGEST => Err(Problem::new(field, Code::TooLong).with(LONGEST)),
        other => Ok(other.filter(|text| !text.trim().is_empty())),
    }
}
