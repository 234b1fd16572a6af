//! Pages by keyset: a cursor names the last row seen, and the cost of a page does not grow with its depth.

use std::cmp::Ordering;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use entity::Row;
use sea_orm::sea_query::{ColumnRef, Expr, ExprTrait, Order};
use sea_orm::{
    ColumnTrait, ColumnType, Condition, IdenStatic, ModelTrait, QueryFilter, QueryTrait, Select, Value,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Read, Store};
use crate::error::{Code, Error, Problem, Result};
use crate::policy::{self, Along, Rule};
use crate::world::is_calendar_date;

/// The order of a list: by one column, then by key. Rows without a value come last either way.
#[derive(Clone, Copy, Debug)]
pub struct Sort<E: Row> {
    /// The column.
    pub column: E::Column,
    /// Greatest first.
    pub descending: bool,
}

impl<E: Row> Sort<E> {
    /// Least first.
    pub fn by(column: E::Column) -> Self {
        Self { column, descending: false }
    }

    /// Greatest first.
    pub fn by_greatest(column: E::Column) -> Self {
        Self { column, descending: true }
    }

    /// The same the other way round if `descending`.
    pub fn descending_if(self, descending: bool) -> Self {
        Self { descending: self.descending ^ descending, ..self }
    }
}

/// Which page of a list.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// Most rows.
    pub first: u64,
    /// The cursor behind which to begin.
    pub after: Option<String>,
    /// Whether to count the whole list.
    pub count: bool,
}

/// One page of a list.
pub struct Page<E: Row> {
    /// The rows, each with the cursor that names it.
    pub rows: Vec<(RowCursor, Arc<E::Model>)>,
    /// Whether there are more.
    pub has_next: bool,
    /// Whether the page began behind a cursor.
    pub has_previous: bool,
    /// Rows of the whole list, if asked.
    pub total: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "o")]
    order: Arc<str>,
    #[serde(rename = "k")]
    key: Json,
    #[serde(rename = "i")]
    id: Uuid,
}

/// Names a row of a list in an order; written out when somebody asks for it.
pub struct RowCursor(Cursor);

impl RowCursor {
    /// As clients get it.
    pub fn encode(&self) -> String {
        // No part of a cursor can fail to be written; nobody takes an empty one.
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0).unwrap_or_default())
    }
}

/// The value of a column as JSON; null where the row has none.
pub(super) fn to_json(value: Value) -> Result<Json> {
    Ok(match value {
        Value::Int(n) => n.into(),
        Value::BigInt(n) => n.into(),
        Value::Double(n) => n.into(),
        Value::ChronoDateTimeUtc(time) => time.map(|time| time.to_rfc3339()).into(),
        Value::ChronoDate(date) => date.map(|date| date.to_string()).into(),
        Value::String(text) => text.into(),
        Value::Bool(is) => is.into(),
        Value::Uuid(id) => id.map(|id| id.to_string()).into(),
        Value::Json(json) => json.map_or(Json::Null, |json| *json),
        other => return Err(Error::internal(other)),
    })
}

/// Back from JSON to a value of the column's type; `None` when it is not of that type.
fn from_json(json: &Json, column: &ColumnType) -> Option<Value> {
    Some(match column {
        ColumnType::Integer => i32::try_from(json.as_i64()?).ok()?.into(),
        ColumnType::BigInteger => json.as_i64()?.into(),
        ColumnType::Double => json.as_f64()?.into(),
        ColumnType::TimestampWithTimeZone => {
            let time = json.as_str()?.parse::<DateTime<Utc>>().ok()?;
            Some(time).filter(|time| is_calendar_date(time.date_naive()))?.into()
        }
        ColumnType::Date => json.as_str()?.parse().ok().filter(|date| is_calendar_date(*date))?.into(),
        // PostgreSQL cannot compare with NUL.
        ColumnType::String(_) | ColumnType::Text => json.as_str().filter(|text| !text.contains('\0'))?.into(),
        _ => return None,
    })
}

/// A list: rows of `E` in an order, and the columns by which they stand in it.
pub struct Listed<E: Row> {
    query: Select<E>,
    sort: Sort<E>,
    place: PlaceColumns,
}

/// The columns of a list's order.
pub(crate) struct PlaceColumns {
    value: ColumnRef,
    key: ColumnRef,
}

impl PlaceColumns {
    /// Those of the rows themselves.
    pub(crate) fn of<E: Row>(sort: Sort<E>) -> Self {
        Self { value: sort.column.as_column_ref().into(), key: E::ID.as_column_ref().into() }
    }
}

impl<E: Row> Listed<E> {
    /// The rows of `query` in the order of `sort`.
    pub fn new(query: Select<E>, sort: Sort<E>) -> Self {
        Self { query, sort, place: PlaceColumns::of(sort) }
    }

    /// Of those, the ones that meet `condition`.
    pub fn filter(self, condition: Condition) -> Self {
        Self { query: self.query.filter(condition), ..self }
    }
}

impl Store {
    /// The rows of `E` that the viewer may read in the order of `sort`, found in the way that policy knows to be the
    /// shortest.
    pub fn list<E: Rule>(&self, sort: Sort<E>) -> Listed<E> {
        let Some(Along { table, key, value, rows }) = policy::along::<E>(self.viewer(), sort.column) else {
            return Listed::new(self.find::<E>(), sort);
        };
        let mut query = E::find().filter(rows);
        let same = Expr::col(key.clone()).equals(E::ID.as_column_ref());
        QueryTrait::query(&mut query).inner_join(table, same);
        let place = value.map_or_else(|| PlaceColumns::of(sort), |value| PlaceColumns { value, key });
        Listed { query, sort, place }
    }

    /// One page of a list.
    ///
    /// # Errors
    /// [`Code::InvalidCursor`] when the cursor is not one of this list in this order.
    pub async fn page<E: Rule>(&self, list: Listed<E>, request: PageRequest) -> Result<Page<E>>
    where
        E::Model: Send + Sync,
    {
        let Listed { query, sort, place } = list;
        let total = if request.count { Some(self.count(query.clone()).await?) } else { None };
        let has_previous = request.after.is_some();
        let mut query = match &request.after {
            Some(cursor) => query.filter(behind(sort, &place, cursor)?),
            None => query,
        };
        let order = if sort.descending { Order::Desc } else { Order::Asc };
        let ordered = QueryTrait::query(&mut query);
        if sort.column.def().is_null() {
            ordered.order_by_expr(Expr::col(place.value.clone()).is_null(), Order::Asc);
        }
        ordered.order_by(place.value, order.clone()).order_by(place.key, order);
        let mut rows = self.batch(self.narrowed(query), request.first + 1).await?;
        let most = usize::try_from(request.first).unwrap_or(usize::MAX);
        let has_next = rows.len() > most;
        rows.truncate(most);
        let name: Arc<str> = order_name(sort).into();
        let rows = rows
            .into_iter()
            .map(|row| Ok((cursor::<E>(&name, sort, &row)?, Arc::new(row))))
            .collect::<Result<_>>()?;
        Ok(Page { rows, has_next, has_previous, total })
    }
}

impl<E: Row> Sort<E> {
    /// How two rows stand to each other in this order, as the databases have it.
    pub fn compare(self, one: &E::Model, other: &E::Model) -> Ordering {
        self.compare_to(one, &present(other.get(self.column)), E::id(other))
    }

    fn compare_to(self, row: &E::Model, value: &Option<Value>, id: Uuid) -> Ordering {
        let turned = |order: Ordering| if self.descending { order.reverse() } else { order };
        let by_value = match (present(row.get(self.column)), value) {
            (Some(one), Some(other)) => turned(compare(&one, other)),
            (one, other) => one.is_none().cmp(&other.is_none()),
        };
        by_value.then_with(|| turned(E::id(row).cmp(&id)))
    }
}

/// A value, if there is one.
pub(super) fn present(value: Value) -> Option<Value> {
    (value != value.as_null()).then_some(value)
}

/// Values of one column; text is compared byte by byte.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => one.cmp(other),
        (Value::BigInt(one), Value::BigInt(other)) => one.cmp(other),
        (Value::Double(Some(one)), Value::Double(Some(other))) => one.total_cmp(other),
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::ChronoDate(one), Value::ChronoDate(other)) => one.cmp(other),
        (Value::ChronoDateTimeUtc(one), Value::ChronoDateTimeUtc(other)) => one.cmp(other),
        (Value::Uuid(one), Value::Uuid(other)) => one.cmp(other),
        _ => Ordering::Equal,
    }
}

/// One page of rows that are all at hand, in the order of `sort`.
///
/// # Errors
/// As [`Store::page`].
pub fn page_of<E: Row>(rows: &[Arc<E::Model>], sort: Sort<E>, request: &PageRequest) -> Result<Page<E>> {
    let begin = match &request.after {
        Some(cursor) => {
            let place = Place::read(sort, cursor)?;
            rows.partition_point(|row| sort.compare_to(row, &place.value, place.id).is_le())
        }
        None => 0,
    };
    let rest = &rows[begin..];
    let most = usize::try_from(request.first).unwrap_or(usize::MAX).min(rest.len());
    let name: Arc<str> = order_name(sort).into();
    let page = rest[..most].iter().map(|row| Ok((cursor::<E>(&name, sort, row)?, Arc::clone(row))));
    Ok(Page {
        rows: page.collect::<Result<_>>()?,
        has_next: most < rest.len(),
        has_previous: request.after.is_some(),
        total: request.count.then_some(rows.len() as u64),
    })
}

fn order_name<E: Row>(sort: Sort<E>) -> String {
    format!("{}.{}{}", E::TABLE, sort.column.as_str(), if sort.descending { "-" } else { "" })
}

fn cursor<E: Row>(order: &Arc<str>, sort: Sort<E>, row: &E::Model) -> Result<RowCursor> {
    let (order, key) = (Arc::clone(order), to_json(row.get(sort.column))?);
    Ok(RowCursor(Cursor { order, key, id: E::id(row) }))
}

/// Where a page ends: the last row's value in the column of the order, if it has one, and its key.
struct Place {
    value: Option<Value>,
    id: Uuid,
}

impl Place {
    fn read<E: Row>(sort: Sort<E>, cursor: &str) -> Result<Self> {
        const LONGEST: usize = 2_000;
        let invalid = || Error::from(Problem::new("after", Code::InvalidCursor));
        if cursor.len() > LONGEST {
            return Err(invalid());
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        if *cursor.order != *order_name(sort) {
            return Err(invalid());
        }
        let column = sort.column.def();
        let value = match (&cursor.key, column.is_null()) {
            (Json::Null, true) => None,
            (Json::Null, false) => return Err(invalid()),
            (key, _) => Some(from_json(key, column.get_column_type()).ok_or_else(invalid)?),
        };
        Ok(Self { value, id: cursor.id })
    }
}

/// The rows that come behind `cursor` in a list that stands in order by the columns of `list`.
pub(crate) fn behind<E: Row>(sort: Sort<E>, list: &PlaceColumns, cursor: &str) -> Result<Condition> {
    let place = Place::read(sort, cursor)?;
    let beyond = |one: Expr, other: Expr| if sort.descending { one.lt(other) } else { one.gt(other) };
    let [own_value, own_key] = [&list.value, &list.key].map(|column| Expr::col(column.clone()));
    let nothing = own_value.clone().is_null();
    let Some(value) = place.value else {
        return Ok(Condition::all().add(nothing).add(beyond(own_key, place.id.into())));
    };
    // Compared as a pair, which an index of both finds at once, however many rows have the same value.
    let rest = beyond(Expr::tuple([own_value, own_key]), Expr::tuple([value.into(), place.id.into()]));
    let nullable = sort.column.def().is_null();
    Ok(if nullable { Condition::any().add(rest).add(nothing) } else { Condition::all().add(rest) })
}
