//! Server-sent events: the answers of a subscription, one event each (the distinct connections mode of graphql-sse).

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Response as Answer, ServerError};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{StreamExt, unfold};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Interval, interval_at};

use super::batch::Serving;
use super::graphql::Finish;
use super::{Shared, is_still};
use crate::auth::Principal;
use crate::error::{Code, Error, Problem};

/// Streams that one process serves at once.
pub(super) const MOST_STREAMS: usize = 1_000;
/// How often a silent stream shows that it is alive, and that its client may still listen.
const HEARTBEAT: Duration = Duration::from_secs(5);

struct Open {
    shared: Shared,
    headers: HeaderMap,
    principal: Option<Principal>,
    answers: Serving<'static, Answer>,
    finish: Finish,
    heartbeat: Interval,
    ended: bool,
    _place: OwnedSemaphorePermit,
}

/// The answers as events, until they end or their client may no longer have them.
///
/// # Errors
/// [`Code::Busy`] when too many streams are open.
pub(super) fn answer(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<Principal>,
    answers: Serving<'static, Answer>,
    finish: Finish,
) -> Result<Response, Error> {
    let busy = |_| Error::from(Problem::new("", Code::Busy));
    let place = Arc::clone(&shared.streams).try_acquire_owned().map_err(busy)?;
    let open = Open {
        shared: shared.clone(),
        headers: headers.clone(),
        principal,
        answers,
        finish,
        heartbeat: interval_at(Instant::now() + HEARTBEAT, HEARTBEAT),
        ended: false,
        _place: place,
    };
    let events = unfold(open, |mut open| async move {
        let event = open.next().await?;
        Some((Ok::<_, std::convert::Infallible>(event), open))
    });
    let about = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
    Ok((about, Body::from_stream(events)).into_response())
}

impl Open {
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let answer = tokio::select! {
            answer = self.answers.next() => Some(answer),
            _ = self.heartbeat.tick() => None,
        };
        // Asked before every event: a token that ended or was withdrawn gets nothing more.
        if !is_still(&self.shared.app, &self.headers, self.principal).await {
            self.ended = true;
            let mut refused = ServerError::new("", None);
            refused.source = Some(Arc::new(Error::Unauthenticated));
            return Some(last(&self.finish.of(Answer::from_errors(vec![refused]))));
        }
        match answer {
            None => Some(Bytes::from_static(b":\n\n")),
            Some(Some(answer)) => Some(next(&self.finish.of(answer)).into()),
            Some(None) => {
                self.ended = true;
                Some(Bytes::from_static(b"event: complete\ndata:\n\n"))
            }
        }
    }
}

fn next(answer: &Answer) -> String {
    let json = serde_json::to_string(answer).unwrap_or_default();
    format!("event: next\ndata: {json}\n\n")
}

fn last(answer: &Answer) -> Bytes {
    format!("{}event: complete\ndata:\n\n", next(answer)).into()
}
