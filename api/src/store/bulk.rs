//! Writes of many rows at once, in tables that the audit trail leaves out.

use entity::{Editable, Stamped};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, Condition, QueryFilter};

use super::{Read, Tx};
use crate::error::{Error, Result};
use crate::policy::{self, Rule, Verb};

/// Each database limits the values bound in one statement.
const CHUNK: usize = 500;

impl Tx {
    /// Writes those of many new rows of which there is none yet with the same values in the columns `unique`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the viewer may create any row of the table.
    pub async fn insert_missing<E: Rule + Stamped>(
        &self,
        rows: Vec<E::ActiveModel>,
        unique: &[E::Column],
    ) -> Result<()>
    where
        E::ActiveModel: Send,
    {
        self.is_left_out::<E>()?;
        let rule = policy::rows::<E>(&self.viewer, Verb::Create);
        rule.filter(Condition::is_empty).ok_or(Error::Forbidden)?;
        self.wrote::<E>();
        let there = OnConflict::columns(unique.iter().copied()).do_nothing().to_owned();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk = rows.by_ref().take(CHUNK).map(|mut row| {
                self.stamp::<E>(&mut row);
                row
            });
            let chunk = E::insert_many(chunk.collect::<Vec<_>>()).on_conflict(there.clone());
            chunk.exec_without_returning(&self.transaction).await?;
        }
        Ok(())
    }

    /// Writes `change` to the rows that meet `condition` among those that the viewer may change; gives them back as they
    /// are then.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the change takes one of them out of the rows that the viewer may change.
    pub async fn update_all<E: Rule + Editable>(
        &self,
        condition: Condition,
        mut change: E::ActiveModel,
    ) -> Result<Vec<E::Model>>
    where
        E::Model: Send + Sync,
    {
        self.is_left_out::<E>()?;
        let rule = policy::rows::<E>(&self.viewer, Verb::Update).ok_or(Error::Forbidden)?;
        self.wrote::<E>();
        let whole = rule.is_empty();
        change.set(E::UPDATED_AT, self.world.now().into());
        let rows = E::update_many()
            .set(change)
            .col_expr(E::ROW_VERSION, Expr::col(E::ROW_VERSION).add(1))
            .filter(condition)
            .filter(rule)
            .exec_with_returning(&self.transaction)
            .await?;
        for chunk in rows.chunks(CHUNK).filter(|_| !whole) {
            let ids = chunk.iter().map(E::id);
            let allowed = self.find_by_key::<E>(Verb::Update, ids);
            if self.count(allowed).await? != chunk.len() as u64 {
                return Err(Error::Forbidden);
            }
        }
        Ok(rows)
    }

    /// The trail would have to tell of each row.
    fn is_left_out<E: Rule>(&self) -> Result<()> {
        match self.is_noted::<E>() {
            true => Err(Error::internal(E::TABLE)),
            false => Ok(()),
        }
    }
}
