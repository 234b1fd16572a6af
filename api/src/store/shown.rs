//! Which rows somebody else may read: asked before the product tells of them.

use std::collections::HashSet;

use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait};
use uuid::Uuid;

use super::{Connected, Tx};
use crate::error::{Error, Result};
use crate::policy::{Rule, User, Verb};

impl Tx {
    /// Of the rows of `E` asked about for each user, those that the user may read, with the user's place in `asked`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the product itself asks.
    pub async fn shown<E: Rule>(&self, asked: &[(User, Vec<Uuid>)]) -> Result<HashSet<(usize, Uuid)>> {
        // Neither database takes a union of any length.
        const CHUNK: usize = 50;
        if self.viewer.user().is_some() {
            return Err(Error::Forbidden);
        }
        let mut shown = HashSet::new();
        let mut questions = Vec::new();
        for (place, (user, ids)) in asked.iter().enumerate() {
            match E::rows(user, Verb::Read) {
                None => {}
                Some(rule) if rule.is_empty() => shown.extend(ids.iter().map(|id| (place, *id))),
                Some(rule) => {
                    let place = i32::try_from(place).map_err(Error::internal)?;
                    let mut question = Query::select();
                    question
                        .expr_as(Expr::val(place), Alias::new("place"))
                        .expr_as(Expr::col((E::default(), E::ID)), Alias::new("key"))
                        .from(E::default())
                        .and_where(E::ID.is_in(ids.iter().copied()))
                        .cond_where(rule);
                    questions.push(question);
                }
            }
        }
        for chunk in questions.chunks(CHUNK) {
            let Some((first, rest)) = chunk.split_first() else { continue };
            let mut all: SelectStatement = first.clone();
            for question in rest {
                all.union(UnionType::All, question.clone());
            }
            for row in self.connection().query_all(&all).await? {
                let place: i32 = row.try_get("", "place")?;
                shown.insert((usize::try_from(place).map_err(Error::internal)?, row.try_get("", "key")?));
            }
        }
        Ok(shown)
    }
}
