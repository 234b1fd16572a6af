//! The messages of `graphql-transport-ws`, and the codes with which a socket is closed.

use std::borrow::Cow;

use async_graphql::ServerError;
use axum::extract::ws::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::http::operation::Operation;

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Heard {
    ConnectionInit { payload: Option<Map<String, Json>> },
    Ping { payload: Option<Map<String, Json>> },
    Pong {},
    Subscribe { id: String, payload: Operation },
    Complete { id: String },
}

/// Longest name that a client may give an operation, in bytes; a reason for closing has room for it.
const LONGEST_ID: usize = 64;

impl Heard {
    /// Reads a message.
    ///
    /// # Errors
    /// [`End::INVALID`] for what the protocol does not know.
    pub(super) fn read(text: &str) -> Result<Self, End> {
        match serde_json::from_str(text) {
            Ok(Self::Subscribe { id, .. }) if id.is_empty() || id.len() > LONGEST_ID => Err(End::INVALID),
            Ok(heard) => Ok(heard),
            Err(_) => Err(End::INVALID),
        }
    }
}

/// A message without an operation.
#[derive(Serialize)]
struct Plain<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a Map<String, Json>>,
}

fn plain(kind: &'static str, payload: Option<&Map<String, Json>>) -> Message {
    text(serde_json::to_string(&Plain { kind, payload }))
}

pub(super) fn acknowledged() -> Message {
    plain("connection_ack", None)
}

pub(super) fn pong(payload: Option<&Map<String, Json>>) -> Message {
    plain("pong", payload)
}

pub(super) fn complete(id: &str) -> Message {
    about(id, "complete", None)
}

/// One more answer.
pub(super) fn next(id: &str, json: &str) -> Message {
    about(id, "next", Some(json))
}

/// That an operation is not executed; nothing follows.
pub(super) fn error(id: &str, errors: &[ServerError]) -> Message {
    about(id, "error", serde_json::to_string(errors).ok().as_deref())
}

/// A message about an operation; its payload is JSON already.
fn about(id: &str, kind: &'static str, payload: Option<&str>) -> Message {
    let payload = payload.map(|json| format!(",\"payload\":{json}")).unwrap_or_default();
    Message::Text(format!("{{\"id\":{},\"type\":\"{kind}\"{payload}}}", Json::from(id)).into())
}

fn text(json: serde_json::Result<String>) -> Message {
    Message::Text(json.unwrap_or_default().into())
}

/// How a socket ends.
#[derive(Debug)]
pub(super) enum End {
    /// With a code and a reason for the client.
    Close(u16, Cow<'static, str>),
    /// The client closes it.
    Closed,
    /// The client is not there any more.
    Gone,
}

impl End {
    pub(super) const GOING_AWAY: Self = Self::because(1001, "Going away");
    pub(super) const MALFORMED: Self = Self::because(1002, "Protocol error");
    pub(super) const NOT_TEXT: Self = Self::because(1007, "Invalid UTF-8");
    pub(super) const TOO_BIG: Self = Self::because(1009, "Message too big");
    pub(super) const TRY_LATER: Self = Self::because(1013, "Try again later");
    pub(super) const INVALID: Self = Self::because(4400, "Invalid message");
    pub(super) const UNAUTHORIZED: Self = Self::because(4401, "Unauthorized");
    pub(super) const FORBIDDEN: Self = Self::because(4403, "Forbidden");
    pub(super) const SUBPROTOCOL: Self = Self::because(4406, "Subprotocol not acceptable");
    pub(super) const LATE: Self = Self::because(4408, "Connection initialisation timeout");
    pub(super) const TWICE: Self = Self::because(4429, "Too many initialisation requests");

    const fn because(code: u16, reason: &'static str) -> Self {
        Self::Close(code, Cow::Borrowed(reason))
    }

    pub(super) fn duplicate(id: &str) -> Self {
        Self::Close(4409, format!("Subscriber for {id} already exists").into())
    }
}
