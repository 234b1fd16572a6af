//! The content of a dossier as it was hashed, kept in pieces that are read one behind another.

use std::fs::File;
use std::iter;
use std::pin::pin;

use aws_lc_rs::digest::{Context, SHA256};
use entity::{dossier, dossier_piece};
use futures_util::stream::{Stream, TryStreamExt, try_unfold};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::files::hex;
use crate::store::{Read, Tx};

/// Bytes of a piece, and some more to the next comma.
const PIECE: usize = 64 << 10;
/// Pieces that are read at once.
const AT_ONCE: u64 = 4;
/// More pieces than any dossier has.
pub const MOST: u32 = 10_000;

/// Cut behind a comma: no id is in two pieces, since which rows a dossier names is looked for in each of them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    iter::from_fn(move || {
        let comma = rest.bytes().skip(PIECE).position(|byte| byte == b',');
        let (piece, behind) = rest.split_at(comma.map_or(rest.len(), |at| PIECE + at + 1));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Writes the content of a new dossier.
///
/// # Errors
/// [`Error::Forbidden`] when the viewer may not.
pub async fn keep(tx: &Tx, dossier: Uuid, text: &str) -> Result<()> {
    use dossier_piece::Column::{DossierId, Place};
    let row = |(place, piece): (i32, &str)| dossier_piece::ActiveModel {
        dossier_id: Set(dossier),
        place: Set(place),
        content: Set(piece.to_owned()),
        ..Default::default()
    };
    tx.insert_missing::<dossier_piece::Entity>(
        (0..).zip(pieces(text)).map(row).collect(),
        &[DossierId, Place],
    )
    .await
}

/// The pieces, some at a time, in their order.
fn kept(read: &impl Read, dossier: Uuid) -> impl Stream<Item = Result<Vec<dossier_piece::Model>>> {
    use dossier_piece::Column::{DossierId, Place};
    try_unfold(0, move |next| async move {
        let rest = read.find::<dossier_piece::Entity>().filter(DossierId.eq(dossier)).filter(Place.gte(next));
        let some = read.batch(rest.order_by_asc(Place), AT_ONCE).await?;
        if (next..).zip(&some).any(|(place, piece)| piece.place != place) {
            return Err(Error::internal(format!("a piece of dossier {dossier} is missing")));
        }
        Ok(some.last().map(|last| last.place + 1).map(|next| (some, next)))
    })
}

/// The content whole, for what compares it.
///
/// # Errors
/// [`Error::NotFound`] when the viewer may not read it.
pub async fn text(read: &impl Read, dossier: Uuid) -> Result<String> {
    let mut text = String::new();
    let mut kept = pin!(kept(read, dossier));
    while let Some(some) = kept.try_next().await? {
        text.extend(some.iter().map(|piece| piece.content.as_str()));
    }
    match text.is_empty() {
        true => Err(Error::NotFound),
        false => Ok(text),
    }
}

/// The content in a temporary file.
///
/// # Errors
/// [`Error::Internal`] when the file is not written, or what is kept is not what was hashed.
pub async fn spooled(read: &impl Read, dossier: &dossier::Model) -> Result<File> {
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().map_err(Error::internal)?);
    let mut hash = Context::new(&SHA256);
    let mut kept = pin!(kept(read, dossier.id));
    while let Some(some) = kept.try_next().await? {
        for piece in &some {
            hash.update(piece.content.as_bytes());
            file.write_all(piece.content.as_bytes()).await.map_err(Error::internal)?;
        }
    }
    if hex(hash.finish().as_ref()) != dossier.hash {
        return Err(Error::internal(format!("dossier {} is not what was frozen", dossier.id)));
    }
    file.rewind().await.map_err(Error::internal)?;
    Ok(file.into_std().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_text_and_end_behind_commas() {
        let entry = r#""giá trị số 1","#;
        for text in
            ["", "7", &entry.repeat(9_000), &"x".repeat(PIECE * 3), &format!("{},é", "x".repeat(PIECE))]
        {
            let all: Vec<_> = pieces(text).collect();
            assert_eq!(all.concat(), text);
            for piece in all.iter().rev().skip(1) {
                assert!(piece.ends_with(',') && piece.len() > PIECE && piece.len() < PIECE + 2 + entry.len());
            }
        }
        assert_eq!(pieces(&entry.repeat(9_000)).count(), 3);
    }
}
