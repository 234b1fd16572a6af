//! Long answers: they take memory until their client has read them, so there are places for so much of them.

use std::io;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::body::{Body, HttpBody};
use axum::http::header;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, once, unfold};
use http_body_util::BodyExt;

use super::Shared;
use crate::error::{Error, Result};
use crate::files::Patience;
use crate::places::{Asker, Taken};

/// Bytes that are sent at once; a shorter answer is not long. Places are counted in as many.
const PIECE: usize = 64 << 10;
/// Pieces that are waiting to be read, and those of one who asks: 128 and 32 MiB.
pub(super) const MOST_PIECES: (u32, u32) = (2_048, 512);
/// Of what mutations said only those of one user are counted, 8 MiB: nobody keeps others from writing.
pub(super) const MOST_TOLD: u32 = 128;
/// For the next piece and for the whole: a phone that reads 64 KiB in a minute is waited for.
const PATIENCE: Patience = Patience { idle: Duration::from_secs(60), whole: Duration::from_secs(600) };

/// Where the answers of an operation wait for their client.
pub(super) struct Room {
    shared: Shared,
    asker: Asker,
    /// What a mutation does must be told, so that it has a place before it does anything.
    told: Option<Taken>,
}

impl Room {
    /// Room for what `asker` will be answered.
    ///
    /// # Errors
    /// [`Code::Busy`](crate::error::Code::Busy) for a mutation of a user who has not read what others of its mutations
    /// said. Strangers' say little.
    pub(super) fn of(shared: &Shared, asker: Asker, kind: OperationType) -> Result<Self> {
        let told = match (kind, asker) {
            (OperationType::Mutation, Asker::User(_)) => Some(shared.told.take(asker)?),
            (OperationType::Mutation, Asker::Network(_)) => Some(Taken::new()),
            _ => None,
        };
        Ok(Self { shared: shared.clone(), asker, told })
    }

    /// Places for an answer of so many bytes; a short one needs none.
    ///
    /// # Errors
    /// [`Code::Busy`](crate::error::Code::Busy) when there are too few, but for what a mutation did: of its places it has
    /// as many as are left.
    pub(super) fn take(&mut self, bytes: usize) -> Result<Taken> {
        let told = self.told.take();
        let pieces = u32::try_from(bytes / PIECE).unwrap_or(u32::MAX).min(MOST_PIECES.1);
        if pieces == 0 {
            return Ok(Taken::new());
        }
        match told {
            None => self.shared.unread.take_many(self.asker, pieces),
            Some(mut places) => {
                places.extend(self.shared.told.take_up_to(self.asker, pieces - 1));
                Ok(places)
            }
        }
    }

    /// The same answer, which has its places until its client has read it or has taken too long.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(super) async fn send(mut self, response: Response) -> Result<Response> {
        let length = response.body().size_hint().lower();
        let places = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        if length < PIECE as u64 {
            return Ok(response);
        }
        let (mut head, body) = response.into_parts();
        // It is in memory already.
        let bytes = body.collect().await.map_err(Error::internal)?.to_bytes();
        head.headers.insert(header::CONTENT_LENGTH, length.into());
        Ok(Response::from_parts(head, Body::from_stream(said(bytes, places))))
    }
}

/// What is said to a client; if it is long, `places` are free when the client has read it or has taken too long.
pub(super) fn said(bytes: Bytes, places: Taken) -> BoxStream<'static, io::Result<Bytes>> {
    match bytes.len() < PIECE {
        true => once(async { Ok(bytes) }).boxed(),
        false => PATIENCE.send(pieces_of(bytes), places).boxed(),
    }
}

fn pieces_of(bytes: Bytes) -> BoxStream<'static, io::Result<Bytes>> {
    unfold(bytes, |mut rest| async move {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some((Ok(piece), rest))
    })
    .boxed()
}
