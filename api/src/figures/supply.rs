//! From a supplied figure to the value of a draft, and out of it again.

use entity::*;
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, QueryFilter, Set};

use super::changed;
use crate::error::Result;
use crate::policy::Verb;
use crate::store::{Held, Read, Tx};

/// Makes an accepted figure the value of the draft that it is for; score and rank that stand there stay.
pub async fn fill(
    tx: &Tx,
    edition: &Held<edition::Entity>,
    figure: &data_submission::Model,
    source: String,
) -> Result<()> {
    use score::Column::{EditionId, NodeId, UnitId};
    let there = tx
        .find::<score::Entity>()
        .filter(EditionId.eq(edition.id))
        .filter(UnitId.eq(figure.unit_id))
        .filter(NodeId.eq(figure.indicator_id));
    let mut row = match tx.first(there).await? {
        Some(there) => taken_away(tx, there).await?,
        None => score::ActiveModel {
            edition_id: Set(edition.id),
            unit_id: Set(figure.unit_id),
            node_id: Set(figure.indicator_id),
            ..Default::default()
        },
    };
    row.value = Set(Some(figure.value));
    row.submission_id = Set(Some(figure.id));
    row.source = Set(Some(source));
    tx.insert::<score::Entity>(row).await?;
    changed(tx, edition).await
}

/// Takes a figure that was accepted, and no longer is, out of the draft that it was for.
pub async fn take_out(
    tx: &Tx,
    edition: &Held<edition::Entity>,
    figure: &data_submission::Model,
) -> Result<()> {
    use score::Column::{EditionId, SubmissionId};
    let filled = tx.find::<score::Entity>().filter(EditionId.eq(edition.id));
    let Some(there) = tx.first(filled.filter(SubmissionId.eq(figure.id))).await? else { return Ok(()) };
    let bare = there.score.is_none() && there.rank.is_none();
    let mut row = taken_away(tx, there).await?;
    if !bare {
        row.value = Set(None);
        row.submission_id = Set(None);
        row.source = Set(None);
        tx.insert::<score::Entity>(row).await?;
    }
    changed(tx, edition).await
}

/// A score is not changed but written anew, under the same key, so that its history goes on.
async fn taken_away(tx: &Tx, row: score::Model) -> Result<score::ActiveModel> {
    tx.delete(tx.hold::<score::Entity>(row.id, Verb::Delete).await?).await?;
    Ok(row.into_active_model().reset_all())
}
