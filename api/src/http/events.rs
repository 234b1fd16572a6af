//! Operations whose answers are told as they come, and their form of server-sent events, one event for each answer (the
//! distinct connections mode of graphql-sse).

use std::time::Duration;

use async_graphql::Response as Answer;
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt, unfold};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::batch::Serving;
use super::long::{Room, said};
use super::operation::{Finish, Ready, Refusal, is_refusal, json};
use super::{Caller, Shared};
use crate::App;
use crate::auth::Principal;
use crate::error::{Code, Error, Problem, Result};
use crate::places::Taken;

/// What a client that listens is told.
pub(super) enum Told {
    /// Nothing yet; but the stream is alive.
    Alive,
    /// One more answer.
    Next(Said),
    /// The one answer, that nothing is executed.
    Refused(Answer),
    /// There is nothing more to come.
    Over,
    /// It may listen no longer, and why.
    Unauthorized(Answer),
    /// The server stops, or has lost its database; another may go on.
    Stopping(Answer),
}

/// An answer as JSON, with its places until the client has read it.
pub(super) struct Said {
    pub(super) json: String,
    places: Taken,
}

/// An operation whose answers are told as they come, as long as its client may have them.
pub(super) struct Listening {
    app: App,
    caller: Caller,
    principal: Option<Principal>,
    subscribes: bool,
    room: Room,
    answers: Serving<'static, Answer>,
    finish: Finish,
    heartbeat: Interval,
    stopping: watch::Receiver<bool>,
    ended: bool,
    places: Taken,
}

/// Ticks as often as a silent stream shows that it is alive, and looks whether its client may still listen.
pub(super) fn heartbeat(app: &App) -> Interval {
    let every = Duration::from_millis(app.settings.rhythm.heartbeat_ms);
    let mut heartbeat = interval_at(Instant::now() + every, every);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat
}

impl Listening {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`Code::Busy`] when too many streams are open, of the user or in all.
    pub(super) fn begin(shared: &Shared, caller: &Caller, ready: Ready) -> Result<Self, Refusal> {
        let principal = ready.principal;
        let subscribes = ready.kind == OperationType::Subscription;
        let places = match subscribes {
            true => shared.streams.take(caller.asker(principal))?,
            false => vec![shared.place()?],
        };
        let room = Room::of(shared, caller.asker(principal), ready.kind)?;
        let (answers, finish) = ready.stream(shared);
        Ok(Self {
            app: shared.app.clone(),
            caller: caller.clone(),
            principal,
            subscribes,
            room,
            answers,
            finish,
            heartbeat: heartbeat(&shared.app),
            stopping: shared.app.stopping.subscribe(),
            ended: false,
            places,
        })
    }

    /// What to tell next; `None` when all was told.
    async fn next(&mut self) -> Option<Told> {
        if self.ended {
            return None;
        }
        // What is answered once ends by itself, and what was done is told even if it was a log-out.
        let mut answer = tokio::select! {
            answer = self.answers.next() => Some(answer),
            _ = self.heartbeat.tick() => None,
            _ = self.stopping.wait_for(|stopping| *stopping), if self.subscribes => {
                self.ended = true;
                let busy = Problem::new("", Code::Busy);
                return Some(Told::Stopping(self.finish.of(Refusal::from(busy).answer())));
            }
        };
        // Asked before every answer: a token that ended or was withdrawn gets nothing more.
        if self.subscribes
            && let Err(error) = self.is_still_allowed(&mut answer).await
        {
            self.ended = true;
            let end =
                if matches!(error, Error::Unauthenticated) { Told::Unauthorized } else { Told::Stopping };
            return Some(end(self.finish.of(Refusal::from(error).answer())));
        }
        Some(match answer {
            None => Told::Alive,
            Some(Some(answer)) => self.say(self.finish.of(answer)),
            Some(None) => {
                self.ended = true;
                Told::Over
            }
        })
    }

    /// Lets its client listen on if it may; what comes up meanwhile becomes `answer`.
    async fn is_still_allowed(&mut self, answer: &mut Option<Option<Answer>>) -> Result<()> {
        let mut is_still = std::pin::pin!(self.caller.is_still(&self.app, self.principal));
        loop {
            tokio::select! {
                is_still = &mut is_still => return is_still,
                // It may hold the last connection to the database, and would not give it back while nobody looks at it.
                next = self.answers.next(), if answer.is_none() => *answer = Some(next),
            }
        }
    }

    fn say(&mut self, answer: Answer) -> Told {
        if !self.subscribes {
            // It is executed, and however slowly it is read, others are.
            self.places.clear();
        }
        if is_refusal(&answer) {
            return Told::Refused(answer);
        }
        let json = json(&answer);
        match self.room.take(json.len()) {
            Ok(places) => Told::Next(Said { json, places }),
            Err(busy) => Told::Refused(self.finish.of(Refusal::from(busy).answer())),
        }
    }

    /// The same as a stream, made in a task of its own that ends with it: while its client reads slowly it comes to its
    /// answers and lets go of what it holds. One may wait for the client; the next is made when that was taken.
    pub(super) fn told(mut self) -> impl Stream<Item = Told> + Send + 'static {
        let (sender, receiver) = mpsc::channel(1);
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Some(told) = self.next().await {
                let is_heard = match told {
                    // What is under way goes on, and a client that has something to read sees that the stream is alive.
                    Told::Alive => !matches!(sender.try_send(told), Err(TrySendError::Closed(_))),
                    told => sender.send(told).await.is_ok(),
                };
                if !is_heard {
                    break;
                }
            }
        });
        unfold((receiver, task), async |(mut receiver, task)| {
            receiver.recv().await.map(|told| (told, (receiver, task)))
        })
    }

    /// What is told behind `opening`, each in the bytes that `write` makes of it.
    pub(super) fn into_body(self, opening: &'static str, write: fn(&Told) -> String) -> Body {
        let opening = stream::iter((!opening.is_empty()).then(|| Ok(opening.into())));
        let told = self.told().flat_map(move |told| {
            let bytes = write(&told).into();
            let places = if let Told::Next(next) = told { next.places } else { Taken::new() };
            said(bytes, places)
        });
        Body::from_stream(opening.chain(told))
    }
}

/// The answers as server-sent events.
///
/// # Errors
/// [`Code::Busy`] when too many streams are open, of the user or in all.
pub(super) fn answer(shared: &Shared, caller: &Caller, ready: Ready) -> Result<Response, Refusal> {
    Ok(respond(Listening::begin(shared, caller, ready)?.into_body("", event)))
}

/// The one answer that nothing is executed, as server-sent events.
pub(super) fn refuse(answer: Answer) -> Response {
    respond(Body::from(event(&Told::Refused(answer)) + &event(&Told::Over)))
}

fn respond(body: Body) -> Response {
    // A proxy such as nginx would keep events back until it has a page of them.
    let about = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (about, body).into_response()
}

fn event(told: &Told) -> String {
    // Browsers pass over an event without data.
    const COMPLETE: &str = "event: complete\ndata:\n\n";
    let next = |json: &str| format!("event: next\ndata: {json}\n\n");
    match told {
        Told::Alive => ":\n\n".to_owned(),
        Told::Next(said) => next(&said.json),
        Told::Refused(answer) => next(&json(answer)),
        Told::Over => COMPLETE.to_owned(),
        Told::Unauthorized(answer) => next(&json(answer)) + COMPLETE,
        // Without an end to the operation its client begins it again, and finds a server that goes on.
        Told::Stopping(_) => ":\n\n".to_owned(),
    }
}
