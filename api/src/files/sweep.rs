//! Clean-up: what a crash or an upload never finished has left behind.

use chrono::{DateTime, Utc};
use entity::{EvidenceStatus, ImportStatus, edition_import, evidence, evidence_link, upload};
use futures_util::TryStreamExt;
use object_store::ObjectStore;
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use uuid::Uuid;

use super::{Files, Purpose, pieces};
use crate::App;
use crate::config::UNFINISHED_UPLOAD_LIFE;
use crate::error::{Error, Result};
use crate::policy::Verb;
use crate::store::Read;

/// What a clean-up removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Evidence and imports whose file never came.
    pub rows: usize,
    /// Files that no row has.
    pub files: usize,
}

impl Files {
    /// Removes evidence and imports that waited too long for their file, files older than that which belong to no row,
    /// and pieces of uploads that broke off.
    pub async fn sweep(&self, app: &App) -> Result<Swept> {
        let cutoff = app.world.now() - UNFINISHED_UPLOAD_LIFE;
        let ended = self.sweep_uploads(app, cutoff).await?;
        let rows = self.sweep_rows(app, cutoff).await?;
        let files = ended + self.sweep_files(app, cutoff).await? + self.sweep_pieces(cutoff).await?;
        Ok(Swept { rows, files })
    }

    /// Removes uploads in pieces that have ended, and pieces of none.
    async fn sweep_uploads(&self, app: &App, cutoff: DateTime<Utc>) -> Result<usize> {
        let (store, now) = (app.system(), app.world.now());
        let mut removed = 0;
        let ended = store.find::<upload::Entity>().filter(upload::Column::ExpiresAt.lte(now));
        for upload in store.every(ended).await? {
            let tx = store.begin().await?;
            tx.delete(tx.hold::<upload::Entity>(upload.id, Verb::Delete).await?).await?;
            tx.commit().await?;
            removed += self.delete_pieces(upload.id).await?;
        }
        let mut listed = self.store.list(Some(&pieces::FOLDER.into()));
        while let Some(piece) = listed.try_next().await.map_err(Error::internal)? {
            let id = piece.location.parts().nth(1).and_then(|id| id.as_ref().parse::<Uuid>().ok());
            let known = match id {
                Some(id) => {
                    store.exists(store.find::<upload::Entity>().filter(upload::Column::Id.eq(id))).await?
                }
                None => false,
            };
            if piece.last_modified < cutoff && !known {
                self.delete(piece.location.as_ref()).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn sweep_rows(&self, app: &App, cutoff: DateTime<Utc>) -> Result<usize> {
        use evidence::Column::{Status, UpdatedAt};
        let tx = app.system().begin().await?;
        // Who still sends a file in pieces has not forgotten it.
        let on_the_way =
            || tx.keys::<upload::Entity>(upload::Column::OwnerId, upload::Column::FinishedAt.is_null());
        let forgotten = tx
            .find::<evidence::Entity>()
            .filter(evidence::Column::Id.not_in_subquery(on_the_way()))
            .filter(Status.eq(EvidenceStatus::Pending))
            .filter(UpdatedAt.lt(cutoff));
        let forgotten = tx.all(forgotten).await?;
        for evidence in &forgotten {
            let links =
                tx.find::<evidence_link::Entity>().filter(evidence_link::Column::EvidenceId.eq(evidence.id));
            for link in tx.all(links).await? {
                tx.delete(tx.hold::<evidence_link::Entity>(link.id, Verb::Delete).await?).await?;
            }
            tx.forget_words::<evidence::Entity>(evidence.id).await?;
            tx.delete(tx.hold::<evidence::Entity>(evidence.id, Verb::Delete).await?).await?;
        }
        use edition_import::Column as Import;
        let unread =
            Condition::all().add(Import::Status.eq(ImportStatus::Pending)).add(Import::UpdatedAt.lt(cutoff));
        let unread = unread.add(Import::Id.not_in_subquery(on_the_way()));
        let unread_count = tx.count(tx.find::<edition_import::Entity>().filter(unread.clone())).await?;
        tx.delete_all::<edition_import::Entity>(unread).await?;
        tx.commit().await?;
        Ok(forgotten.len() + usize::try_from(unread_count).unwrap_or_default())
    }

    async fn sweep_files(&self, app: &App, cutoff: DateTime<Utc>) -> Result<usize> {
        let store = app.system();
        let mut removed = 0;
        for purpose in [Purpose::Evidence, Purpose::Figures] {
            let mut listed = self.store.list(Some(&purpose.folder().into()));
            while let Some(file) = listed.try_next().await.map_err(Error::internal)? {
                let key = file.location.to_string();
                let known = match purpose {
                    Purpose::Evidence => {
                        let rows = store.find::<evidence::Entity>();
                        store.exists(rows.filter(evidence::Column::StorageKey.eq(&key))).await?
                    }
                    Purpose::Figures => {
                        let rows = store.find::<edition_import::Entity>();
                        store.exists(rows.filter(edition_import::Column::StorageKey.eq(&key))).await?
                    }
                };
                if file.last_modified < cutoff && !known {
                    self.delete(&key).await?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// The local store writes to `NAME#N` and renames at the end; it does not list such files. A bucket ends unfinished
    /// uploads by its own lifecycle rule.
    async fn sweep_pieces(&self, cutoff: DateTime<Utc>) -> Result<usize> {
        let Some(folder) = self.folder.clone() else { return Ok(0) };
        let work = move || {
            let mut removed = 0;
            let mut folders = vec![folder];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(folder)? {
                    let entry = entry?;
                    let about = entry.metadata()?;
                    if about.is_dir() {
                        folders.push(entry.path());
                    } else if entry.file_name().to_string_lossy().contains('#')
                        && DateTime::<Utc>::from(about.modified()?) < cutoff
                    {
                        std::fs::remove_file(entry.path())?;
                        removed += 1;
                    }
                }
            }
            Ok::<_, std::io::Error>(removed)
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?.map_err(Error::internal)
    }
}
