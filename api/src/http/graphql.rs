//! `POST /graphql`: one operation in JSON, weighed before it is executed. Subscriptions, and whoever asks for
//! `text/event-stream`, are answered by server-sent events.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::DataLoader;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection};
use async_graphql::{Name, Positioned, Request, Response as Answer, ServerError, Variables};
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{StreamExt, once};
use http_body_util::{BodyExt, Limited};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::batch::Loads;
use super::cost::check_text;
use super::{Peer, Shared, client_address, events, failure, lang, principal, status};
use crate::auth::RequestId;
use crate::error::{self, Code, Error, Problem, Result};
use crate::lang::Lang;
use crate::policy::Viewer;

const MOST_BYTES: usize = 256 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    query: String,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<serde_json::Map<String, serde_json::Value>>,
}

pub(super) async fn post(
    State(shared): State<Shared>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let lang = lang(&headers);
    let id = shared.app.world.uuid();
    let request_id = id.to_string();
    let deadline = Duration::from_secs(shared.app.settings.request_seconds);
    let work = tokio::time::timeout(deadline, answer(&shared, peer, &headers, body, lang, id));
    let late = |late| Err((StatusCode::SERVICE_UNAVAILABLE, Error::internal(late)));
    let mut response = match work.await.unwrap_or_else(late) {
        Ok(response) => response,
        Err((status, error)) => {
            if let Error::Internal(cause) = &error {
                tracing::error!(request_id, ?cause, "internal error");
            }
            failure(status, &error, lang, Some(&request_id))
        }
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

type Refused = (StatusCode, Error);

fn refuse(error: Error) -> Refused {
    (status(&error), error)
}

fn bad(status: StatusCode) -> Refused {
    (status, Problem::new("", Code::BadUserInput).into())
}

async fn answer(
    shared: &Shared,
    peer: std::net::SocketAddr,
    headers: &HeaderMap,
    body: Body,
    lang: Lang,
    id: Uuid,
) -> Result<Response, Refused> {
    let request_id = id.to_string();
    if !is_json(headers) {
        return Err(bad(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let principal = principal(&shared.app, headers).await;
    let bytes = Limited::new(body, MOST_BYTES)
        .collect()
        .await
        .map_err(|_| bad(StatusCode::PAYLOAD_TOO_LARGE))?
        .to_bytes();
    let body: Operation = serde_json::from_slice(&bytes).map_err(|_| bad(StatusCode::BAD_REQUEST))?;
    let variables = body.variables.unwrap_or_default();
    check_text(&body.query).map_err(|error| (StatusCode::BAD_REQUEST, error))?;
    let document = match parse_query(&body.query) {
        Ok(document) => document,
        Err(error) => {
            // The parser quotes the whole line; the place alone is enough.
            let place = error.positions().next().map(|place| format!(" ({}:{})", place.line, place.column));
            tracing::debug!(request_id, %error, "syntax error");
            let mut answer = Answer::from_errors(vec![error_of_syntax(place.unwrap_or_default())]);
            error::finish(&mut answer, lang, &request_id);
            return Ok(into_json(answer));
        }
    };
    let principal = match principal {
        // Who signs in anew may still send the token that has ended.
        Err(Error::Unauthenticated) if only_signs_in(&document) => None,
        other => other.map_err(refuse)?,
    };
    shared.fields.check_cost(&document, &variables).map_err(|error| (StatusCode::BAD_REQUEST, error))?;

    let subscribes = subscribes(&document, body.operation_name.as_deref());
    let streamed = accepts_events(headers);
    if subscribes && !streamed {
        return Err(bad(StatusCode::NOT_ACCEPTABLE));
    }
    let mut request = Request::new(&body.query)
        .variables(Variables::from_json(serde_json::Value::Object(variables)))
        .data(lang)
        .data(shared.app.workshop.in_turn())
        .data(RequestId(id))
        .data(client_address(&shared.app, headers, peer));
    if let Some(name) = &body.operation_name {
        request = request.operation_name(name);
    }
    request.set_parsed_query(document);
    let loads = Loads::default();
    if let Some(principal) = principal {
        let store = shared.app.store(Viewer::User(principal.user)).for_request(id);
        let begin = loads.clone();
        let loader = DataLoader::new(store, move |load| begin.add(load)).delay(Duration::ZERO);
        request = request.data(principal).data(loader);
    }
    let finish = Finish {
        shared: shared.clone(),
        query: body.query,
        operation: body.operation_name,
        lang,
        request_id,
    };
    if streamed {
        let answers = match subscribes {
            true => shared.schema.execute_stream(request).boxed(),
            // What is answered once has as long for it as without a stream.
            false => once(in_time(shared.clone(), request)).boxed(),
        };
        return events::answer(shared, headers, principal, loads.attend(answers), finish).map_err(refuse);
    }
    let answer = loads.serve(shared.schema.execute(request)).await;
    Ok(into_json(finish.of(answer)))
}

async fn in_time(shared: Shared, request: Request) -> Answer {
    let deadline = Duration::from_secs(shared.app.settings.request_seconds);
    let answer = tokio::time::timeout(deadline, shared.schema.execute(request)).await;
    answer.unwrap_or_else(|late| refusal(Error::internal(late)))
}

/// The answer that there is none.
pub(super) fn refusal(error: Error) -> Answer {
    let mut refused = ServerError::new("", None);
    refused.source = Some(Arc::new(error));
    Answer::from_errors(vec![refused])
}

/// What is done to every answer of a request before the client gets it.
pub(super) struct Finish {
    shared: Shared,
    query: String,
    operation: Option<String>,
    lang: Lang,
    request_id: String,
}

impl Finish {
    /// The answer as the client gets it.
    pub(super) fn of(&self, mut answer: Answer) -> Answer {
        self.shared.fields.complete(&mut answer, &self.query, self.operation.as_deref());
        error::finish(&mut answer, self.lang, &self.request_id);
        answer
    }
}

/// Whether the operation that is asked for is a subscription.
fn subscribes(document: &ExecutableDocument, operation: Option<&str>) -> bool {
    let mut operations = document.operations.iter();
    let chosen = operations.find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation);
    chosen.is_some_and(|(_, chosen)| chosen.node.ty == OperationType::Subscription)
}

fn accepts_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|range| {
        range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
    })
}

/// Whether all that a document asks for is `login` or `tokenRefresh`, which need no token.
fn only_signs_in(document: &ExecutableDocument) -> bool {
    let signs_in = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => {
            matches!(
                field.node.name.node.as_str(),
                "login" | "loginWithProvider" | "tokenRefresh" | "__typename"
            )
        }
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    };
    document
        .operations
        .iter()
        .all(|(_, operation)| operation.node.selection_set.node.items.iter().all(signs_in))
}

fn error_of_syntax(place: String) -> ServerError {
    ServerError::new(format!("Syntax error{place}"), None)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn into_json(answer: Answer) -> Response {
    #[derive(Serialize)]
    struct NotExecuted<'a> {
        errors: &'a [ServerError],
    }
    // What was refused before execution has no data, not even null.
    let refused = !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty());
    let body = match refused {
        true => serde_json::to_vec(&NotExecuted { errors: &answer.errors }),
        false => serde_json::to_vec(&answer),
    };
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response(),
        Err(cause) => failure(StatusCode::INTERNAL_SERVER_ERROR, &Error::internal(cause), Lang::En, None),
    }
}
