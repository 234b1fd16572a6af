//! `POST` and `GET /graphql`, as "GraphQL over HTTP" has it: one operation, weighed before it is executed, answered in
//! the form that its client accepts.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response as Answer, ServerError};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use tokio::time::timeout;
use uuid::Uuid;

use super::negotiate::{Form, accepted, is_json};
use super::operation::{Operation, Ready, Refusal};
use super::{Caller, Peer, Shared, events, graphiql, lang};
use crate::error::{self, Code, Error, Problem};
use crate::lang::Lang;

const MOST_BYTES: usize = 256 * 1024;
/// Whoever has no token signs in, which takes few words.
const MOST_BYTES_OF_STRANGERS: usize = 16 * 1024;
const OFFERED: &str = "application/graphql-response+json, application/json, text/event-stream, \
                       multipart/mixed;subscriptionSpec=1.0";

pub(super) async fn post(
    State(shared): State<Shared>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response {
    let read = async |is_known| {
        refuse_token_in_address(query.as_deref())?;
        // What could be inflated was, and its header taken away.
        let encoding = headers.get(header::CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| encoding != "identity") {
            return Err(Problem::new("", Code::UnsupportedMediaType).with("gzip").into());
        }
        if !is_json(&headers) {
            let wanted = Problem::new("", Code::UnsupportedMediaType).with("application/json; charset=utf-8");
            return Err(wanted.into());
        }
        let bytes = bytes(body, if is_known { MOST_BYTES } else { MOST_BYTES_OF_STRANGERS }).await?;
        serde_json::from_slice(&bytes).map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, Code::BadUserInput))
    };
    let caller = Caller::of(&shared.app, &headers, peer);
    serve(&shared, &headers, caller, read, false).await
}

/// Any other method.
pub(super) async fn other(State(shared): State<Shared>, method: Method, headers: HeaderMap) -> Response {
    let refusal = Problem::new("", Code::MethodNotAllowed).with(method).into();
    let mut response = refuse(Form::ResponseJson, refusal, lang(&headers), shared.app.world.uuid());
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// A query in the address, or GraphiQL for a browser that has none.
pub(super) async fn get(
    State(shared): State<Shared>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let wants_page = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if query.as_deref().unwrap_or_default().is_empty()
        && wants_page.is_some_and(|it| it.contains("text/html"))
    {
        return graphiql::page(State(shared)).await;
    }
    let read = async |_| {
        refuse_token_in_address(query.as_deref())?;
        from_address(query.as_deref().unwrap_or_default())
    };
    let caller = Caller::of(&shared.app, &headers, peer);
    serve(&shared, &headers, caller, read, true).await
}

async fn serve(
    shared: &Shared,
    headers: &HeaderMap,
    caller: Result<Caller, Error>,
    read: impl AsyncFnOnce(bool) -> Result<Operation, Refusal>,
    is_get: bool,
) -> Response {
    let id = shared.app.world.uuid();
    let forms = accepted(headers);
    let form = forms.first().copied().unwrap_or(Form::ResponseJson);
    let work = async {
        if forms.is_empty() {
            return Err(Problem::new("", Code::NotAcceptable).with(OFFERED).into());
        }
        let caller = caller?;
        let principal = caller.principal(&shared.app).await;
        let deadline = Duration::from_secs(shared.app.settings.request_seconds);
        let operation = timeout(deadline, read(matches!(principal, Ok(Some(_)))))
            .await
            .map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::Timeout))??;
        let ready = shared.prepare(&caller, principal, operation, id).await?;
        answer(shared, &caller, &forms, ready, is_get).await
    };
    let mut response = work.await.unwrap_or_else(|refusal| refuse(form, refusal, lang(headers), id));
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

async fn answer(
    shared: &Shared,
    caller: &Caller,
    forms: &[Form],
    ready: Ready,
    is_get: bool,
) -> Result<Response, Refusal> {
    if is_get && ready.kind != OperationType::Query {
        let refused = Problem::new("", Code::MethodNotAllowed).with("GET");
        return Err(refused.into());
    }
    let subscribes = ready.kind == OperationType::Subscription;
    let is_stream = |form: &&Form| matches!(form, Form::Events | Form::Multipart);
    // A client that accepts a stream as well wants one only for what has many answers.
    let chosen = match subscribes {
        true => forms.iter().find(is_stream),
        false => forms.iter().find(|form| !is_stream(form)).or(forms.first()),
    };
    match chosen {
        Some(Form::Events) => events::answer(shared, caller, ready).map_err(Refusal::from),
        Some(form @ (Form::Json | Form::ResponseJson)) => {
            let _place = shared.place()?;
            Ok(respond(*form, &ready.execute(shared).await?, None))
        }
        Some(Form::Multipart) | None => {
            let offered = "text/event-stream, multipart/mixed;subscriptionSpec=1.0";
            Err(Problem::new("", Code::NotAcceptable).with(offered).into())
        }
    }
}

async fn bytes(body: Body, most: usize) -> Result<Bytes, Refusal> {
    let whole = Limited::new(body, most).collect().await;
    whole.map(http_body_util::Collected::to_bytes).map_err(|error| match error.is::<LengthLimitError>() {
        true => Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Code::BadUserInput),
        false => Refusal::new(StatusCode::BAD_REQUEST, Code::BadUserInput),
    })
}

/// The parameters of a request by GET.
fn from_address(query: &str) -> Result<Operation, Refusal> {
    let bad = || Refusal::new(StatusCode::BAD_REQUEST, Code::BadUserInput);
    let mut parameters: HashMap<Cow<'_, str>, Cow<'_, str>> = HashMap::new();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if parameters.insert(key, value).is_some() {
            return Err(bad());
        }
    }
    let mut given = |key: &str| parameters.remove(key).filter(|value| !value.is_empty());
    let object = |text: Option<Cow<'_, str>>| -> Result<Option<Map<String, Json>>, Refusal> {
        text.map(|text| serde_json::from_str(&text)).transpose().map_err(|_| bad())
    };
    Ok(Operation {
        query: given("query").map(Cow::into_owned),
        document_id: given("documentId").map(Cow::into_owned),
        operation_name: given("operationName").map(Cow::into_owned),
        variables: object(given("variables"))?,
        extensions: object(given("extensions"))?,
    })
}

/// Addresses are written to logs and histories: no place for a secret (RFC 9700, 4.3.2).
fn refuse_token_in_address(query: Option<&str>) -> Result<(), Refusal> {
    let mut parameters = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let secret =
        |name: &str| ["access_token", "token", "authorization"].contains(&name.to_lowercase().as_str());
    match parameters.any(|(name, _)| secret(&name)) {
        true => Err(Error::Unauthenticated.into()),
        false => Ok(()),
    }
}

/// The answer that an operation is not executed.
pub(super) fn refuse(form: Form, refusal: Refusal, lang: Lang, id: Uuid) -> Response {
    let (status, retry_after) = (refusal.status, refusal.retry_after);
    let mut answer = refusal.answer();
    error::finish(&mut answer, lang, &id.to_string());
    let mut response = respond(form, &answer, status);
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    match status {
        Some(StatusCode::UNAUTHORIZED) => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Some(StatusCode::UNSUPPORTED_MEDIA_TYPE) => {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Some(StatusCode::METHOD_NOT_ALLOWED) => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        _ => {}
    }
    response
}

/// An answer in JSON. What was refused before execution has no data, not even null.
fn respond(form: Form, answer: &Answer, status: Option<StatusCode>) -> Response {
    #[derive(Serialize)]
    struct NotExecuted<'a> {
        errors: &'a [ServerError],
    }
    let refused = !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty());
    let body = match refused {
        true => serde_json::to_vec(&NotExecuted { errors: &answer.errors }),
        false => serde_json::to_vec(answer),
    };
    let (media_type, otherwise) = match form {
        Form::ResponseJson => ("application/graphql-response+json; charset=utf-8", StatusCode::BAD_REQUEST),
        _ => ("application/json; charset=utf-8", StatusCode::OK),
    };
    let status = status.unwrap_or(if refused { otherwise } else { StatusCode::OK });
    match body {
        Ok(body) => (status, [(header::CONTENT_TYPE, media_type)], body).into_response(),
        Err(cause) => {
            tracing::error!(?cause, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
