//! GraphQL over WebSocket, the protocol `graphql-transport-ws`: one socket for many operations, each prepared as over
//! HTTP.
//!
//! A socket is one task. It reads the client's next message, or runs its operations until one has something to tell;
//! while it tells it, nothing else is done. So a client that does not read keeps its own operations waiting, no more.

mod line;
mod message;
mod running;

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::{Map, Value as Json};
use tokio::time::{Interval, timeout};
use url::Url;

use super::events::{Listening, Told, heartbeat};
use super::operation::{Operation, Refusal};
use super::{Caller, Shared, bearer_of};
use crate::auth::Principal;
use crate::config::Settings;
use crate::error::{self, Code, Error, Problem};
use crate::lang::Lang;
use crate::places::{Asker, Taken};
use line::Line;
use message::{End, Heard, acknowledged, complete, error, next, pong};
use running::Running;

const PROTOCOL: &str = "graphql-transport-ws";
/// Bytes of a message.
const MOST_BYTES: usize = 256 * 1024;
/// Bytes of the message that says who the client is.
const MOST_BYTES_OF_STRANGERS: usize = 16 * 1024;
/// Bytes read at once: a socket that is silent keeps as much.
const BUFFER: usize = 4 * 1024;
/// Operations of a socket that run at once.
const MOST_OPERATIONS: usize = 50;

/// Answers a request to open a socket.
///
/// # Errors
/// [`Error::Forbidden`] for a page of an origin that is not known, [`Code::Busy`] when too many wait to say who they are.
pub(super) fn open(
    shared: &Shared,
    headers: &HeaderMap,
    caller: Caller,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    if !is_welcome(&shared.app.settings, headers) {
        return Err(Error::Forbidden.into());
    }
    let waiting = shared.waiting.take(Asker::Network(caller.address.network()))?;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_frame_size(MOST_BYTES)
        .max_message_size(MOST_BYTES);
    let understood = upgrade.selected_protocol().is_some();
    let shared = shared.clone();
    Ok(upgrade.on_upgrade(move |socket| serve(shared, caller, socket, waiting, understood)))
}

/// Browsers let any page open a socket; they only tell whose page it is. Programs tell nothing.
fn is_welcome(settings: &Settings, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    if origins.next().is_some() {
        return false;
    }
    let own = |host: &str| {
        let text = origin.to_str().unwrap_or_default();
        text.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    };
    let public = || settings.public_url().parse::<Url>().map(|url| url.origin().ascii_serialization());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    settings.cors_origins.contains(origin)
        || host.is_some_and(own)
        || public().is_ok_and(|public| origin.as_bytes() == public.as_bytes())
}

async fn serve(shared: Shared, caller: Caller, socket: WebSocket, waiting: Taken, understood: bool) {
    let mut waiting = Some(waiting);
    let mut stopping = shared.app.stopping.subscribe();
    let patience = Duration::from_millis(shared.app.settings.rhythm.reading_ms);
    let mut line = Line::new(socket, patience);
    let talk = async {
        if !understood {
            return End::SUBPROTOCOL;
        }
        let Err(end) = talk(shared, caller, &mut line, &mut waiting).await;
        end
    };
    let end = tokio::select! {
        end = talk => end,
        _ = stopping.wait_for(|stopping| *stopping) => End::GOING_AWAY,
    };
    line.close(end).await;
}

async fn talk(
    shared: Shared,
    caller: Caller,
    line: &mut Line,
    waiting: &mut Option<Taken>,
) -> Result<Infallible, End> {
    let within = Duration::from_millis(shared.app.settings.rhythm.greeting_ms);
    let greeting = timeout(within, greeting(line)).await.map_err(|_| End::LATE)??;
    let caller = introduced(caller, greeting.unwrap_or_default())?;
    let principal = match caller.principal(&shared.app).await {
        Ok(Some(principal)) => principal,
        Ok(None) | Err(Error::Unauthenticated) => return Err(End::FORBIDDEN),
        Err(error) => {
            tracing::error!(?error, "it could not be found out whose socket it is");
            return Err(End::TRY_LATER);
        }
    };
    let places = shared.sockets.take(Asker::User(principal.user.id)).map_err(|_| End::TRY_LATER)?;
    *waiting = None;
    line.say(acknowledged()).await?;
    let heartbeat = heartbeat(&shared.app);
    let session = Session { shared, caller, principal, running: Running::default(), _places: places };
    session.serve(line, heartbeat).await
}

/// Waits for the client to say who it is.
async fn greeting(line: &mut Line) -> Result<Option<Map<String, Json>>, End> {
    loop {
        match line.hear(MOST_BYTES_OF_STRANGERS).await? {
            Heard::ConnectionInit { payload } => return Ok(payload),
            Heard::Subscribe { .. } => return Err(End::UNAUTHORIZED),
            Heard::Ping { payload } => line.say(pong(payload.as_ref())).await?,
            Heard::Pong {} | Heard::Complete { .. } => {}
        }
    }
}

/// The caller as its greeting says; a token in the greeting and another in the request is one too many.
fn introduced(mut caller: Caller, greeting: Map<String, Json>) -> Result<Caller, End> {
    for (name, value) in &greeting {
        match name.to_ascii_lowercase().as_str() {
            "authorization" => {
                let token = value.as_str().and_then(|value| bearer_of(value).ok()).ok_or(End::FORBIDDEN)?;
                if caller.token.replace(token.clone()).is_some_and(|before| before != token) {
                    return Err(End::FORBIDDEN);
                }
            }
            "acceptlanguage" | "accept-language" => caller.lang = Lang::accepted(value.as_str()),
            _ => {}
        }
    }
    Ok(caller)
}

/// A socket whose client is known.
struct Session {
    shared: Shared,
    caller: Caller,
    principal: Principal,
    running: Running,
    _places: Taken,
}

impl Session {
    async fn serve(mut self, line: &mut Line, mut heartbeat: Interval) -> Result<Infallible, End> {
        loop {
            tokio::select! {
                heard = line.hear(MOST_BYTES) => match heard? {
                    Heard::Subscribe { id, payload } => self.begin(line, id, payload).await?,
                    Heard::Complete { id } => self.running.end(&id),
                    Heard::ConnectionInit { .. } => return Err(End::TWICE),
                    Heard::Ping { payload } => line.say(pong(payload.as_ref())).await?,
                    Heard::Pong {} => {}
                },
                (id, told) = self.running.next() => self.tell(line, &id, told).await?,
                _ = heartbeat.tick() => {
                    self.check().await?;
                    line.beat().await?;
                }
            }
        }
    }

    /// Whether the client may still be here.
    async fn check(&mut self) -> Result<(), End> {
        let is_still = self.caller.is_still(&self.shared.app, Some(self.principal)).await;
        is_still.map_err(|error| match error {
            Error::Unauthenticated => End::FORBIDDEN,
            _ => End::TRY_LATER,
        })
    }

    async fn begin(&mut self, line: &mut Line, id: String, operation: Operation) -> Result<(), End> {
        if self.running.has(&id) {
            return Err(End::duplicate(&id));
        }
        self.check().await?;
        let request = self.shared.app.world.uuid();
        let begun = match self.running.len() {
            MOST_OPERATIONS.. => Err(Problem::new("", Code::TooMany).with(MOST_OPERATIONS).into()),
            _ => self
                .shared
                .prepare(&self.caller, Ok(Some(self.principal)), operation, request)
                .await
                .and_then(|ready| Listening::begin(&self.shared, &self.caller, ready)),
        };
        match begun {
            Ok(listening) => self.running.begin(id, listening),
            Err(refusal) => {
                let mut answer = refusal.answer();
                error::finish(&mut answer, self.caller.lang, &request.to_string());
                line.say(error(&id, &answer.errors)).await?;
            }
        }
        Ok(())
    }

    async fn tell(&mut self, line: &mut Line, id: &str, told: Told) -> Result<(), End> {
        match told {
            Told::Alive => Ok(()),
            Told::Refused(answer) => {
                self.running.end(id);
                line.say(error(id, &answer.errors)).await
            }
            Told::Next(said) => line.say(next(id, &said.json)).await,
            Told::Over => {
                self.running.end(id);
                line.say(complete(id)).await
            }
            Told::Unauthorized(_) => Err(End::FORBIDDEN),
            Told::Stopping(_) => Err(End::GOING_AWAY),
        }
    }
}
