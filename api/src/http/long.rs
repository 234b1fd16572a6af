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
/// For the next piece and for the whole: a phone that reads 64 KiB in a minute is waited for.
const PATIENCE: Patience = Patience { idle: Duration::from_secs(60), whole: Duration::from_secs(600) };

/// Places for an answer of so many bytes to `asker`; a short one needs none.
///
/// # Errors
/// [`Code::Busy`](crate::error::Code::Busy) when there are too few; what a mutation did is told in any case.
pub(super) fn places(shared: &Shared, asker: Asker, kind: OperationType, bytes: u64) -> Result<Taken> {
    let pieces = u32::try_from(bytes / PIECE as u64).unwrap_or(u32::MAX).min(MOST_PIECES.1);
    match pieces {
        0 => Ok(Taken::new()),
        _ => match shared.unread.take_many(asker, pieces) {
            Err(_) if kind == OperationType::Mutation => Ok(Taken::new()),
            taken => taken,
        },
    }
}

/// The same answer, which has its `places` until its client has read it or has taken too long.
pub(super) async fn waiting(response: Response, places: Taken) -> Result<Response> {
    if places.is_empty() {
        return Ok(response);
    }
    let length = response.body().size_hint().lower();
    let (mut head, body) = response.into_parts();
    // It is in memory already.
    let bytes = body.collect().await.map_err(Error::internal)?.to_bytes();
    head.headers.insert(header::CONTENT_LENGTH, length.into());
    Ok(Response::from_parts(head, Body::from_stream(said(bytes, places))))
}

/// The same for a part of an answer.
pub(super) fn said(bytes: Bytes, places: Taken) -> BoxStream<'static, io::Result<Bytes>> {
    match places.is_empty() {
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
