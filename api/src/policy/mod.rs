//! Who may see and change which rows: all of it. The README's table "Who sees what" in code.
//!
//! Everything that reaches a row, be it a list, a count, a filter, a search, a relation, an id or a file, goes through
//! [`Rule::rows`]; `store` lets nothing else through.

mod cycle;
mod people;
mod results;
mod scopes;
mod work;

pub use people::sees_audited;
pub use scopes::Scopes;
pub use work::{LinkedTo, links, sees_drafts};

use entity::*;
use sea_orm::sea_query::{
    Alias, ColumnRef, DynIden, Expr, ExprTrait, IntoIden, Query, SelectStatement, UnionType,
};
use sea_orm::{ActiveEnum, ColumnTrait, Condition};
use uuid::Uuid;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// The product itself: start-up, clean-up, signing in. Made by [`Viewer::system`] only.
    System(SystemToken),
    /// A user who signed in.
    User(User),
}

/// What makes a [`Viewer::System`]; private, so that there is one constructor to search for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SystemToken(());

/// A user who signed in, as its row says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// The key of its row.
    pub id: Uuid,
    /// What it may do.
    pub role: Role,
    /// Whom it works for.
    pub organization: Option<Uuid>,
    /// To what its token is limited; `None` is to nothing.
    pub scopes: Option<Scopes>,
}

impl User {
    /// The user of this row, without other limits than those of its role.
    pub fn of(row: &user::Model) -> Self {
        Self { id: row.id, role: row.role, organization: row.organization_id, scopes: None }
    }

    /// Whether it is a program whose token was given this scope.
    fn was_given(&self, scope: Scope) -> bool {
        self.scopes.is_some_and(|scopes| scopes.has(scope))
    }
}

impl Viewer {
    /// The product itself, which no rule holds back.
    pub fn system() -> Self {
        Self::System(SystemToken(()))
    }

    /// The user, if it is one.
    pub fn user(&self) -> Option<User> {
        match self {
            Self::System(_) => None,
            Self::User(user) => Some(*user),
        }
    }
}

/// What is done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// See it.
    Read,
    /// Write a new one.
    Create,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
    /// Decide on it: accept, return, reject.
    Decide,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 5] = [Self::Read, Self::Create, Self::Update, Self::Delete, Self::Decide];
}

/// The rows of this table on which a user may do `verb`; `None` is never. No impl, no query.
pub trait Rule: Row {
    /// The condition on the rows.
    fn rows(user: &User, verb: Verb) -> Option<Condition>;

    /// The same condition for rows that are found by their key, where it is better asked of each than looked for.
    fn row(user: &User, verb: Verb) -> Option<Condition> {
        Self::rows(user, verb)
    }

    /// Rows of another table that name the rows that `user` reads, each once, if a list in the order of `column` is
    /// better read along those.
    fn along(_: &User, _: Self::Column) -> Option<Along> {
        None
    }

    /// The scopes that let a limited token do `verb` to these rows, any one of them; none unless the rule says so.
    fn scopes(_: Verb) -> Scopes {
        Scopes::NONE
    }
}

/// Rows of another table that name the rows of a list.
pub struct Along {
    /// The table.
    pub table: DynIden,
    /// Its column with the key of the row of the list.
    pub key: ColumnRef,
    /// Its column with the value by which the list is ordered, if it has one: then an index holds both in this order.
    pub value: Option<ColumnRef>,
    /// Which of its rows.
    pub rows: Condition,
}

/// Along what the rows of `E` that `viewer` reads are listed in the order of `column`, see [`Rule::along`].
pub fn along<E: Rule>(viewer: &Viewer, column: E::Column) -> Option<Along> {
    rows::<E>(viewer, Verb::Read)?;
    E::along(&viewer.user()?, column)
}

/// The rows on which `viewer` may do `verb`; `None` is never.
pub fn rows<E: Rule>(viewer: &Viewer, verb: Verb) -> Option<Condition> {
    ruled::<E>(viewer, verb, E::rows)
}

/// [`rows`] for those that are found by their key, see [`Rule::row`].
pub fn row<E: Rule>(viewer: &Viewer, verb: Verb) -> Option<Condition> {
    ruled::<E>(viewer, verb, E::row)
}

fn ruled<E: Rule>(
    viewer: &Viewer,
    verb: Verb,
    rule: fn(&User, Verb) -> Option<Condition>,
) -> Option<Condition> {
    match viewer {
        Viewer::System(_) => Some(everything()),
        Viewer::User(User { scopes: Some(given), .. }) if !given.meets(E::scopes(verb)) => None,
        Viewer::User(user) => rule(user, verb),
    }
}

/// What of a table a viewer reads, measured by the rows that every user reads: those that are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The published rows and no others.
    Published,
    /// Every row, drafts too.
    All,
    /// Other rows, or none.
    Other,
}

/// A user of no organization and without any right but that of every user: what it reads is published.
pub fn anybody() -> Viewer {
    Viewer::User(User { id: Uuid::nil(), role: Role::Officer, organization: None, scopes: None })
}

/// What `viewer` reads of `E`, told from the rules themselves.
pub fn sight<E: Rule>(viewer: &Viewer) -> Sight {
    match rows::<E>(viewer, Verb::Read) {
        None => Sight::Other,
        Some(rule) if Some(&rule) == rows::<E>(&anybody(), Verb::Read).as_ref() => Sight::Published,
        Some(rule) if rule.is_empty() => Sight::All,
        Some(_) => Sight::Other,
    }
}

fn everything() -> Condition {
    Condition::all()
}

/// `column` of the rows of `E` that meet `condition`, as a subquery.
fn select<E: Row>(column: E::Column, condition: Condition) -> SelectStatement {
    Query::select().column(column).from(E::default()).cond_where(condition).take()
}

/// The keys of the rows of `E` on which `user` may do `verb`.
fn keys<E: Rule>(user: &User, verb: Verb) -> SelectStatement {
    let condition = E::rows(user, verb).unwrap_or_else(nothing);
    select::<E>(E::ID, condition)
}

/// Whether `column` holds the key of a row of `E` that meets `condition`. Beside other conditions this is cheaper than
/// to look for it among all such keys, which the databases would gather first.
fn names<E: Row>(column: impl ColumnTrait, condition: Condition) -> Expr {
    let same = Expr::col((E::default(), E::ID)).equals(column.as_column_ref());
    exists::<E>(Condition::all().add(same).add(condition))
}

/// Whether a row of `E` meets `condition`, in which columns of the row that is asked about may stand.
fn exists<E: Row>(condition: Condition) -> Expr {
    Expr::exists(select::<E>(E::ID, condition))
}

/// A condition that no row meets.
pub fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

/// Rows that everybody reads once they are published, and the coordinator and the leader before.
fn published(user: &User, status: Condition) -> Condition {
    match user.role {
        Role::Coordinator | Role::Leader => everything(),
        Role::Officer | Role::Integration | Role::Admin => status,
    }
}

/// A value in the statement's text: a plan for any value leaves out an index of the rows that have this one.
fn spelled_out(value: impl ActiveEnum<Value = String>) -> Expr {
    Expr::Constant(value.to_value().into())
}

fn is(column: impl ColumnTrait, value: Option<Uuid>) -> Option<Condition> {
    value.map(|value| Condition::all().add(column.eq(value)))
}
