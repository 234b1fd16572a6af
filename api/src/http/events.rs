//! Server-sent events: the answers of a subscription, one event each (the distinct connections mode of graphql-sse).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_graphql::Response as Answer;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{StreamExt, unfold};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Interval, interval_at};
use uuid::Uuid;

use super::batch::Serving;
use super::graphql::{Finish, refusal};
use super::{Shared, is_still};
use crate::auth::Principal;
use crate::error::{Code, Error, Problem};

/// Streams that one process serves at once.
const MOST_STREAMS: usize = 1_000;
/// Streams of one user, or of all who are not signed in.
const MOST_OF_ONE: usize = 50;
/// How often a silent stream shows that it is alive, and that its client may still listen.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The places that streams take.
pub(super) struct Streams {
    all: Arc<Semaphore>,
    by_user: Mutex<HashMap<Option<Uuid>, Weak<Semaphore>>>,
}

impl Default for Streams {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(MOST_STREAMS)), by_user: Mutex::default() }
    }
}

/// A place among the user's streams and one among all.
type Place = (OwnedSemaphorePermit, OwnedSemaphorePermit);

impl Streams {
    fn place(&self, user: Option<Uuid>) -> Result<Place, Error> {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        // A user without a stream is forgotten.
        by_user.retain(|_, own| own.strong_count() > 0);
        let own = by_user.get(&user).and_then(Weak::upgrade);
        let own = own.unwrap_or_else(|| Arc::new(Semaphore::new(MOST_OF_ONE)));
        by_user.insert(user, Arc::downgrade(&own));
        let busy = |_| Error::from(Problem::new("", Code::Busy));
        let own = own.try_acquire_owned().map_err(busy)?;
        Ok((own, Arc::clone(&self.all).try_acquire_owned().map_err(busy)?))
    }
}

struct Open {
    shared: Shared,
    headers: HeaderMap,
    principal: Option<Principal>,
    answers: Serving<'static, Answer>,
    finish: Finish,
    heartbeat: Interval,
    ended: bool,
    _place: Place,
}

/// The answers as events, until they end or their client may no longer have them.
///
/// # Errors
/// [`Code::Busy`] when too many streams are open, of the user or in all.
pub(super) fn answer(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<Principal>,
    answers: Serving<'static, Answer>,
    finish: Finish,
) -> Result<Response, Error> {
    let place = shared.streams.place(principal.map(|principal| principal.user.id))?;
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
    // A proxy such as nginx would keep events back until it has a page of them.
    let about = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
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
            return Some(last(&self.finish.of(refusal(Error::Unauthenticated))));
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
