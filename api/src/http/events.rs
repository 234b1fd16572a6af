//! Server-sent events: the answers of a subscription, one event each (the distinct connections mode of graphql-sse).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_graphql::Response as Answer;
use axum::body::Body;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{StreamExt, unfold};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Interval, interval_at};
use uuid::Uuid;

use super::batch::Serving;
use super::operation::{Finish, Ready, Refusal};
use super::{Caller, Shared};
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

/// What a client that listens is told.
pub(super) enum Told {
    /// Nothing yet; but the stream is alive.
    Alive,
    /// One more answer.
    Next(Answer),
    /// There is nothing more to come; perhaps because of an error.
    Over(Option<Answer>),
}

/// An operation whose answers are told as they come, as long as its client may have them.
pub(super) struct Listening {
    shared: Shared,
    caller: Caller,
    principal: Option<Principal>,
    answers: Serving<'static, Answer>,
    finish: Finish,
    heartbeat: Interval,
    ended: bool,
    _place: Place,
}

impl Listening {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`Code::Busy`] when too many streams are open, of the user or in all.
    pub(super) fn begin(shared: &Shared, caller: &Caller, ready: Ready) -> Result<Self, Error> {
        let principal = ready.principal;
        let place = shared.streams.place(principal.map(|principal| principal.user.id))?;
        let (answers, finish) = ready.stream(shared);
        Ok(Self {
            shared: shared.clone(),
            caller: caller.clone(),
            principal,
            answers,
            finish,
            heartbeat: interval_at(Instant::now() + HEARTBEAT, HEARTBEAT),
            ended: false,
            _place: place,
        })
    }

    /// What to tell next; `None` when all was told.
    pub(super) async fn next(&mut self) -> Option<Told> {
        if self.ended {
            return None;
        }
        let answer = tokio::select! {
            answer = self.answers.next() => Some(answer),
            _ = self.heartbeat.tick() => None,
        };
        // Asked before every answer: a token that ended or was withdrawn gets nothing more.
        if !self.caller.is_still(&self.shared.app, self.principal).await {
            self.ended = true;
            let refusal = Refusal::from(Error::Unauthenticated);
            return Some(Told::Over(Some(self.finish.of(refusal.answer()))));
        }
        Some(match answer {
            None => Told::Alive,
            Some(Some(answer)) => Told::Next(self.finish.of(answer)),
            Some(None) => {
                self.ended = true;
                Told::Over(None)
            }
        })
    }

    /// What is told, each in the bytes that `write` makes of it.
    pub(super) fn into_body(self, write: fn(Told) -> String) -> Body {
        let bytes = unfold(self, move |mut listening| async move {
            let told = listening.next().await?;
            Some((Ok::<_, std::convert::Infallible>(write(told)), listening))
        });
        Body::from_stream(bytes)
    }
}

/// The answers as server-sent events.
///
/// # Errors
/// [`Code::Busy`] when too many streams are open, of the user or in all.
pub(super) fn answer(shared: &Shared, caller: &Caller, ready: Ready) -> Result<Response, Error> {
    let body = Listening::begin(shared, caller, ready)?.into_body(event);
    // A proxy such as nginx would keep events back until it has a page of them.
    let about = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((about, body).into_response())
}

fn event(told: Told) -> String {
    const COMPLETE: &str = "event: complete\ndata:\n\n";
    let next = |answer: Answer| {
        let json = serde_json::to_string(&answer).unwrap_or_default();
        format!("event: next\ndata: {json}\n\n")
    };
    match told {
        Told::Alive => ":\n\n".to_owned(),
        Told::Next(answer) => next(answer),
        Told::Over(None) => COMPLETE.to_owned(),
        Told::Over(Some(answer)) => next(answer) + COMPLETE,
    }
}
