//! Apollo's multipart protocol for subscriptions over HTTP: each answer a part of one long `multipart/mixed` body.

use async_graphql::{Response as Answer, ServerError};
use axum::body::Body;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::events::{Listening, Told};
use super::operation::{Ready, Refusal, json};
use super::{Caller, Shared};

/// Each part is ended by the delimiter of the next, at once: clients read a part when they see its end.
const DELIMITER: &str = "--graphql";
const CLOSING: &str = "--\r\n";

/// The answers as parts.
///
/// # Errors
/// [`crate::error::Code::Busy`] when too many streams are open, of the user or in all.
pub(super) fn answer(shared: &Shared, caller: &Caller, ready: Ready) -> Result<Response, Refusal> {
    Ok(respond(Listening::begin(shared, caller, ready)?.into_body(DELIMITER, part)))
}

/// The one answer that nothing is executed, as a part.
pub(super) fn refuse(answer: Answer) -> Response {
    respond(Body::from(DELIMITER.to_owned() + &part(&Told::Refused(answer)) + &part(&Told::Over)))
}

fn respond(body: Body) -> Response {
    let about = [
        (header::CONTENT_TYPE, "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (about, body).into_response()
}

fn part(told: &Told) -> String {
    let part = |json: &str| format!("\r\nContent-Type: application/json\r\n\r\n{json}\r\n{DELIMITER}");
    match told {
        Told::Alive => part("{}"),
        Told::Next(said) => part(&format!("{{\"payload\":{}}}", said.json)),
        Told::Refused(answer) => part(&format!("{{\"payload\":{}}}", json(answer))),
        Told::Over => CLOSING.to_owned(),
        Told::Unauthorized(answer) | Told::Stopping(answer) => part(&broken(&answer.errors)) + CLOSING,
    }
}

/// What ends the stream though the operation might go on.
fn broken(errors: &[ServerError]) -> String {
    #[derive(Serialize)]
    struct Broken<'a> {
        payload: Option<()>,
        errors: &'a [ServerError],
    }
    serde_json::to_string(&Broken { payload: None, errors }).unwrap_or_default()
}
