//! Long answers: they take memory until their client has read them, so there are places for so much of them.

use std::io;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::body::{Body, HttpBody};
use axum::http::header;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, unfold};
use http_body_util::BodyExt;

use super::Shared;
use super::operation::Refusal;
use crate::files::Patience;
use crate::places::Asker;

/// Bytes that are sent at once; a shorter answer is not long. Places are counted in as many.
const PIECE: usize = 64 << 10;
/// Pieces that are waiting to be read, and those of one who asks: 128 and 32 MiB.
pub(super) const MOST_PIECES: (u32, u32) = (2_048, 512);
/// For the next piece and for the whole: a phone that reads 64 KiB in a minute is waited for.
const PATIENCE: Patience = Patience { idle: Duration::from_secs(60), whole: Duration::from_secs(600) };

/// The same answer for `asker`, who has places for what it has not read yet.
///
/// # Errors
/// [`crate::error::Code::Busy`] for a query when there are none; what was changed is told in any case.
pub(super) async fn sent(
    shared: &Shared,
    asker: Asker,
    kind: OperationType,
    response: Response,
) -> Result<Response, Refusal> {
    let length = response.body().size_hint().lower();
    let pieces = u32::try_from(length / PIECE as u64).unwrap_or(u32::MAX).min(MOST_PIECES.1);
    if pieces == 0 {
        return Ok(response);
    }
    let places = match (shared.unread.take_many(asker, pieces), kind) {
        (Ok(places), _) => places,
        (Err(_), OperationType::Mutation) => return Ok(response),
        (Err(busy), _) => return Err(busy.into()),
    };
    let (mut head, body) = response.into_parts();
    // It is in memory already.
    let bytes = body.collect().await.map_err(crate::error::Error::internal)?.to_bytes();
    head.headers.insert(header::CONTENT_LENGTH, length.into());
    let body = Body::from_stream(PATIENCE.send(pieces_of(bytes), places));
    Ok(Response::from_parts(head, body))
}

fn pieces_of(bytes: Bytes) -> BoxStream<'static, io::Result<Bytes>> {
    unfold(bytes, |mut rest| async move {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some((Ok(piece), rest))
    })
    .boxed()
}
