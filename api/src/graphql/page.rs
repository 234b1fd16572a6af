//! Relay connections over keyset pages: 20 rows unless asked otherwise, never more than 100.

use std::sync::Arc;

use async_graphql::connection::{
    Connection, ConnectionNameType, CursorType, Edge, EdgeNameType, EmptyFields,
};
use async_graphql::{Context, ObjectType, OutputType, SimpleObject};
use sea_orm::Select;

use super::ask::Ask;
use super::written::Written;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Rule;
use crate::store::{Listed, Page, PageRequest, RowCursor, Sort, page_of};

const DEFAULT: i32 = 20;
const DEFAULT_CHILDREN: i32 = 10;
const MOST: i32 = 100;

/// What a connection says of the whole list.
#[derive(SimpleObject)]
pub struct Whole {
    /// Rows of the whole list that the viewer may see, over all pages. Costs a count: ask only when it is shown.
    total_count: Option<i32>,
}

/// A connection whose nodes are of the GraphQL type `T`.
pub type List<T> = Connection<RowCursor, Written<T>, Whole, EmptyFields, Named, Named>;

/// Cursors go out only: what comes in is read by the list that it belongs to.
impl CursorType for RowCursor {
    type Error = &'static str;

    fn decode_cursor(_: &str) -> std::result::Result<Self, Self::Error> {
        Err("a cursor is read by its list")
    }

    fn encode_cursor(&self) -> String {
        self.encode()
    }
}

/// Names connections and edges after their nodes.
pub struct Named;

impl ConnectionNameType for Named {
    fn type_name<T: OutputType>() -> String {
        format!("{}Connection", T::type_name())
    }
}

impl EdgeNameType for Named {
    fn type_name<T: OutputType>() -> String {
        format!("{}Edge", T::type_name())
    }
}

/// How many children a field may list; 10 if not said.
///
/// # Errors
/// [`Code::OutOfRange`] outside 1 to 100.
pub fn limit(first: Option<i32>) -> Result<u32> {
    within(first.unwrap_or(DEFAULT_CHILDREN))
}

fn within(first: i32) -> Result<u32> {
    match u32::try_from(first) {
        Ok(limit) if (1..=MOST).contains(&first) => Ok(limit),
        _ => Err(Problem::new("first", Code::OutOfRange).with(format_args!("1–{MOST}")).into()),
    }
}

/// One page of `query` as a connection.
///
/// # Errors
/// [`Code::OutOfRange`] for `first` outside 1 to 100, [`Code::InvalidCursor`] for an `after` of another list.
pub async fn page<E: Rule, T: ObjectType>(
    ctx: &Context<'_>,
    query: Select<E>,
    sort: Sort<E>,
    first: Option<i32>,
    after: Option<String>,
    node: impl Fn(Arc<E::Model>) -> T,
) -> Result<List<T>>
where
    E::Model: Send + Sync,
{
    page_of_list(ctx, Listed::new(query, sort), first, after, node).await
}

/// One page of a list as a connection.
///
/// # Errors
/// As [`page`].
pub async fn page_of_list<E: Rule, T: ObjectType>(
    ctx: &Context<'_>,
    list: Listed<E>,
    first: Option<i32>,
    after: Option<String>,
    node: impl Fn(Arc<E::Model>) -> T,
) -> Result<List<T>>
where
    E::Model: Send + Sync,
{
    let request = request(ctx, first, after)?;
    connection(ctx.store()?.page(list, request).await?, node)
}

/// One page of rows that are all at hand, in the order of `sort`, as a connection.
///
/// # Errors
/// As [`page`].
pub fn page_at_hand<E: Rule, T: ObjectType>(
    ctx: &Context<'_>,
    rows: &[Arc<E::Model>],
    sort: Sort<E>,
    first: Option<i32>,
    after: Option<String>,
    node: impl Fn(Arc<E::Model>) -> T,
) -> Result<List<T>> {
    connection(page_of(rows, sort, &request(ctx, first, after)?)?, node)
}

fn request(ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<PageRequest> {
    let count = ctx.look_ahead().field("totalCount").exists();
    Ok(PageRequest { first: within(first.unwrap_or(DEFAULT))?.into(), after, count })
}

fn connection<E: Rule, T: ObjectType>(page: Page<E>, node: impl Fn(Arc<E::Model>) -> T) -> Result<List<T>> {
    let total_count = page.total.map(i32::try_from).transpose().map_err(Error::internal)?;
    let mut list =
        Connection::with_additional_fields(page.has_previous, page.has_next, Whole { total_count });
    list.edges.extend(page.rows.into_iter().map(|(cursor, row)| Edge::new(cursor, Written(node(row)))));
    Ok(list)
}

/// Which way a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
pub enum OrderDirection {
    /// Least, oldest or first in the alphabet first.
    #[default]
    Asc,
    /// Greatest, newest or last in the alphabet first.
    Desc,
}

/// Defines the input `$input { field: $field, direction }` and its `sort()`.
macro_rules! order {
    ($(#[$doc:meta])* $input:ident by $field:ident of $entity:ident { $($(#[$item_doc:meta])* $item:ident => $column:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, async_graphql::InputObject)]
        pub struct $input {
            /// What to order by.
            field: $field,
            /// Which way; ascending if not said.
            direction: Option<$crate::graphql::page::OrderDirection>,
        }

        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
        pub enum $field { $($(#[$item_doc])* $item,)+ }

        impl $input {
            fn sort(self) -> $crate::store::Sort<entity::$entity::Entity> {
                let column = match self.field { $($field::$item => entity::$entity::Column::$column,)+ };
                let descending = self.direction == Some($crate::graphql::page::OrderDirection::Desc);
                $crate::store::Sort { column, descending }
            }
        }
    };
}
pub(crate) use order;
