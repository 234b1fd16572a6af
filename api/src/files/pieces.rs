//! The pieces of a file on its way: objects of their own, so that whichever replica gets the rest finds them.

use std::collections::BTreeMap;

use bytes::Bytes;
use entity::upload;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use super::{Files, not_stored};
use crate::error::{Error, Result};
use uuid::Uuid;

pub(super) const FOLDER: &str = "uploads";

fn folder(upload: Uuid) -> Path {
    Path::from_iter([FOLDER.to_owned(), upload.to_string()])
}

/// Offset and version of a piece by its name.
fn place(name: &str) -> Option<(u64, i32)> {
    let (offset, version) = name.split_once('.')?;
    Some((offset.parse().ok()?, version.parse().ok()?))
}

impl Files {
    /// Stores the bytes that begin at `offset`; the key. The row's version is in the name: a request that lost its
    /// claim and still writes does not touch what its successor wrote.
    ///
    /// # Errors
    /// [`Code::StorageFull`](crate::error::Code::StorageFull).
    pub async fn put_piece(&self, upload: &upload::Model, offset: u64, bytes: PutPayload) -> Result<String> {
        let key = folder(upload.id).join(format!("{offset}.{}", upload.row_version));
        self.store.put(&key, bytes).await.map_err(not_stored)?;
        Ok(key.to_string())
    }

    /// The bytes of all pieces, which must make up `size`. Of two at one offset the later version is meant: whoever
    /// wrote it had seen that the other was not recorded.
    pub async fn pieces(&self, upload: Uuid, size: u64) -> Result<BoxStream<'static, Result<Bytes>>> {
        let mut found: BTreeMap<(u64, i32), (Path, u64)> = BTreeMap::new();
        let mut listed = self.store.list(Some(&folder(upload)));
        while let Some(piece) = listed.try_next().await.map_err(Error::internal)? {
            if let Some(place) = piece.location.filename().and_then(place) {
                found.insert(place, (piece.location, piece.size));
            }
        }
        let mut chain = Vec::new();
        let mut at = 0;
        while at < size {
            let at_it = found.range((at, i32::MIN)..=(at, i32::MAX)).next_back();
            let Some((_, (key, length))) = at_it.filter(|(_, (_, length))| *length > 0) else {
                return Err(Error::internal(format!("upload {upload} has no piece at {at}")));
            };
            chain.push(key.clone());
            at += length;
        }
        let store = self.store.clone();
        let bytes = stream::iter(chain).then(move |key| {
            let store = store.clone();
            async move { Ok::<_, object_store::Error>(store.get(&key).await?.into_stream()) }
        });
        Ok(bytes.try_flatten().map_err(Error::internal).boxed())
    }

    /// Removes all pieces of an upload.
    pub async fn delete_pieces(&self, upload: Uuid) -> Result<usize> {
        let mut listed = self.store.list(Some(&folder(upload)));
        let mut removed = 0;
        while let Some(piece) = listed.try_next().await.map_err(Error::internal)? {
            self.delete(piece.location.as_ref()).await?;
            removed += 1;
        }
        Ok(removed)
    }
}
