//! One request's hold on an upload: it alone adds pieces, until it is done or its time is over.

use std::time::Duration;

use bytes::Bytes;
use entity::upload;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::{PutPayload, PutPayloadMut};
use sea_orm::Set;
use tokio::time::Instant;
use uuid::Uuid;

use super::super::files::deliver;
use super::Checksum;
use crate::App;
use crate::auth::Ticket;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Verb;
use crate::store::Store;

/// Bytes of a piece, and of the memory that a request takes.
const PIECE: usize = 1 << 20;
/// A slow client's piece is stored when it is so old.
const PIECE_AGE: Duration = Duration::from_secs(20);
/// Pieces of one upload.
const MOST_PIECES: i32 = 10_000;
/// How long a claim lasts without a sign of life: longer than a piece may take.
const CLAIM_LIFE: Duration = Duration::from_secs(60);
/// How long it lasts while the whole file is checked.
const CHECK_LIFE: Duration = Duration::from_secs(600);

/// An upload that this request alone goes on with.
pub(super) struct Claim<'a> {
    app: &'a App,
    store: &'a Store,
    row: upload::Model,
    /// Behind the last byte that is stored, recorded or not.
    at: u64,
    /// Keys of the pieces that this request stored.
    stored: Vec<String>,
}

impl<'a> Claim<'a> {
    /// Claims the upload `id`, of which `offset` bytes must be there.
    ///
    /// # Errors
    /// [`Code::UploadLocked`], [`Code::OffsetMismatch`], [`Code::TooMany`].
    pub(super) async fn take(app: &'a App, store: &'a Store, id: Uuid, offset: u64) -> Result<Self> {
        let tx = store.begin().await?;
        let held = tx.hold::<upload::Entity>(id, Verb::Update).await?;
        if held.claimed_until.is_some_and(|until| until > tx.now()) {
            return Err(Problem::new("", Code::UploadLocked).into());
        }
        if u64::try_from(held.received).ok() != Some(offset) {
            return Err(Problem::new("Upload-Offset", Code::OffsetMismatch).with(held.received).into());
        }
        if held.pieces >= MOST_PIECES {
            return Err(Problem::new("", Code::TooMany).with(MOST_PIECES).into());
        }
        let change =
            upload::ActiveModel { claimed_until: Set(Some(tx.now() + CLAIM_LIFE)), ..Default::default() };
        let row = tx.update(&held, None, change).await?;
        tx.commit().await?;
        Ok(Self { app, store, row, at: offset, stored: Vec::new() })
    }

    fn size(&self) -> u64 {
        u64::try_from(self.row.size).unwrap_or_default()
    }

    /// Bytes that are still to come.
    pub(super) fn left(&self) -> u64 {
        self.size().saturating_sub(self.at)
    }

    /// Takes the bytes; when they were the last, hands the whole file on.
    ///
    /// # Errors
    /// What the bytes, their checksum or the check of the whole file say. What came before bytes broke off is kept,
    /// unless a checksum was to be met. What fails for good is removed; what may pass later goes on from the last piece.
    pub(super) async fn go_on(
        mut self,
        ticket: &Ticket,
        bytes: BoxStream<'static, Result<Bytes>>,
        checksum: Option<Checksum>,
    ) -> Result<upload::Model> {
        let outcome = self.receive(bytes, checksum).await;
        if outcome.is_ok() && self.left() == 0 && self.row.finished_at.is_none() {
            return self.finish(ticket).await;
        }
        // The claim of a request that failed is given back, too.
        let released = self.release().await;
        outcome?;
        released
    }

    async fn receive(
        &mut self,
        mut bytes: BoxStream<'static, Result<Bytes>>,
        mut checksum: Option<Checksum>,
    ) -> Result<()> {
        let whole = checksum.is_some();
        let outcome = self.take_in(&mut bytes, &mut checksum).await;
        let outcome = match (outcome, checksum) {
            (Ok(()), Some(checksum)) if !checksum.agrees() => {
                Err(Problem::new("Upload-Checksum", Code::ChecksumMismatch).into())
            }
            (outcome, _) => outcome,
        };
        if whole && outcome.is_err() {
            for key in std::mem::take(&mut self.stored) {
                self.app.files.delete(&key).await?;
            }
            self.at = u64::try_from(self.row.received).unwrap_or_default();
        }
        outcome
    }

    async fn take_in(
        &mut self,
        bytes: &mut BoxStream<'static, Result<Bytes>>,
        checksum: &mut Option<Checksum>,
    ) -> Result<()> {
        let mut piece = PutPayloadMut::new();
        let mut since = Instant::now();
        let outcome = loop {
            let chunk = match bytes.next().await {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(chunk)) => chunk,
            };
            if (piece.content_length() + chunk.len()) as u64 > self.left() {
                return Err(Problem::new("file", Code::SizeMismatch).with(self.left()).into());
            }
            if let Some(checksum) = checksum {
                checksum.so_far.update(&chunk);
            }
            piece.extend_from_slice(&chunk);
            if piece.content_length() >= PIECE || since.elapsed() >= PIECE_AGE {
                self.keep(std::mem::take(&mut piece).freeze(), checksum.is_some()).await?;
                since = Instant::now();
            }
        };
        if !piece.is_empty() {
            self.keep(piece.freeze(), checksum.is_some()).await?;
        }
        outcome
    }

    /// Stores a piece and records it, but for one whose checksum is not known yet and for the last: that is recorded
    /// when the whole file was accepted.
    async fn keep(&mut self, piece: PutPayload, unproven: bool) -> Result<()> {
        if self.row.pieces >= MOST_PIECES {
            return Err(Problem::new("", Code::TooMany).with(MOST_PIECES).into());
        }
        let length = piece.content_length() as u64;
        self.stored.push(self.app.files.put_piece(&self.row, self.at, piece).await?);
        self.at += length;
        let received = if unproven || self.left() == 0 { self.row.received } else { self.end()? };
        self.change(upload::ActiveModel {
            received: Set(received),
            pieces: Set(self.row.pieces + 1),
            claimed_until: Set(Some(self.app.world.now() + CLAIM_LIFE)),
            ..Default::default()
        })
        .await
    }

    fn end(&self) -> Result<i64> {
        i64::try_from(self.at).map_err(Error::internal)
    }

    /// Writes to the row, if the claim still stands.
    async fn change(&mut self, change: upload::ActiveModel) -> Result<()> {
        let tx = self.store.begin().await?;
        let held = tx.hold::<upload::Entity>(self.row.id, Verb::Update).await?;
        let row = tx.update(&held, Some(self.row.row_version), change).await;
        let row = row.map_err(|error| match error {
            Error::Conflict(_) => Problem::new("", Code::UploadLocked).into(),
            other => other,
        })?;
        tx.commit().await?;
        self.row = row;
        Ok(())
    }

    /// Gives the upload back, with the bytes that are proven.
    pub(super) async fn release(mut self) -> Result<upload::Model> {
        let received = if self.left() == 0 { self.row.received } else { self.end()? };
        let change =
            upload::ActiveModel { received: Set(received), claimed_until: Set(None), ..Default::default() };
        self.change(change).await?;
        Ok(self.row)
    }

    async fn finish(mut self, ticket: &Ticket) -> Result<upload::Model> {
        let claimed_until = Set(Some(self.app.world.now() + CHECK_LIFE));
        self.change(upload::ActiveModel { claimed_until, ..Default::default() }).await?;
        let delivered = match self.app.files.pieces(self.row.id, self.size()).await {
            Ok(bytes) => deliver(self.app, self.store, ticket, bytes).await,
            Err(error) => Err(error),
        };
        match delivered {
            Ok(_) => {
                self.change(upload::ActiveModel {
                    received: Set(self.row.size),
                    finished_at: Set(Some(self.app.world.now())),
                    claimed_until: Set(None),
                    ..Default::default()
                })
                .await?;
                if let Err(cause) = self.app.files.delete_pieces(self.row.id).await {
                    tracing::warn!(upload = %self.row.id, ?cause, "pieces were not removed; clean-up will do it");
                }
                Ok(self.row)
            }
            Err(error) if may_pass(error.code()) => {
                self.release().await?;
                Err(error)
            }
            Err(error) => {
                let tx = self.store.begin().await?;
                tx.delete(tx.hold::<upload::Entity>(self.row.id, Verb::Delete).await?).await?;
                tx.commit().await?;
                self.app.files.delete_pieces(self.row.id).await?;
                Err(error)
            }
        }
    }
}

/// Whether the same bytes may be taken later.
fn may_pass(code: Code) -> bool {
    matches!(code, Code::Internal | Code::ScanUnavailable | Code::StorageFull | Code::Busy)
}
