//! `POST` and `GET /graphql`, as "GraphQL over HTTP" has it: one operation, weighed before it is executed, answered in
//! the form that its client accepts.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Duration;

use async_graphql::Response as Answer;
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value as Json};
use tokio::time::timeout;
use uuid::Uuid;

use super::long::Room;
use super::negotiate::{Form, accepted, is_json};
use super::operation::{Operation, Ready, Refusal, Reply, is_refusal, json};
use super::{Caller, Peer, Shared, events, graphiql, lang, multipart, named, socket};
use crate::error::{self, Code, Error, Problem};
use crate::lang::Lang;
use crate::places::{Asker, Places, Taken};

const MOST_BYTES: usize = 256 * 1024;
/// Whoever has no token signs in, which takes few words. So many are kept of every request, of more only of some.
const FEW_BYTES: usize = 16 * 1024;
/// How long the words of whoever has no token may take to come.
pub(super) const STRANGERS_WITHIN: Duration = Duration::from_secs(10);
const OFFERED: &str = "application/graphql-response+json, application/json, text/event-stream, \
                       multipart/mixed;subscriptionSpec=1.0";

pub(super) async fn post(
    State(shared): State<Shared>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response {
    let read = async |asker| {
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
        let (bytes, _place) = bytes(body, asker, &shared.bodies).await?;
        from_body(&bytes)
    };
    let caller = Caller::of(&shared.app, &headers, peer);
    serve(&shared, &headers, caller, read, false).await
}

/// Any other method.
pub(super) async fn other(State(shared): State<Shared>, method: Method, headers: HeaderMap) -> Response {
    let refusal = Problem::new("", Code::MethodNotAllowed).with(method).into();
    let id = shared.app.world.uuid();
    let mut response = refuse(Form::ResponseJson, refusal, lang(&headers), id);
    named(&mut response, id);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// A query in the address, a socket, or GraphiQL for a browser that wants neither.
pub(super) async fn get(
    State(shared): State<Shared>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if headers.contains_key(header::UPGRADE) {
        return socket(&shared, peer, &headers, query.as_deref(), upgrade);
    }
    let wants_page = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if query.as_deref().unwrap_or_default().is_empty()
        && wants_page.is_some_and(|it| it.contains("text/html"))
    {
        return graphiql::page(State(shared), headers).await;
    }
    let read = async |_| {
        refuse_token_in_address(query.as_deref())?;
        from_address(query.as_deref().unwrap_or_default())
    };
    let caller = Caller::of(&shared.app, &headers, peer);
    serve(&shared, &headers, caller, read, true).await
}

/// A socket, or why it is not opened.
fn socket(
    shared: &Shared,
    peer: SocketAddr,
    headers: &HeaderMap,
    query: Option<&str>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let id = shared.app.world.uuid();
    let open = || {
        refuse_token_in_address(query)?;
        let caller = Caller::of(&shared.app, headers, peer)?;
        // What is no WebSocket of RFC 6455.
        let upgrade = upgrade.map_err(|rejection| Refusal::new(rejection.status(), Code::BadUserInput))?;
        socket::open(shared, headers, caller, upgrade)
    };
    open().unwrap_or_else(|refusal| refuse(Form::ResponseJson, refusal, lang(headers), id))
}

async fn serve(
    shared: &Shared,
    headers: &HeaderMap,
    caller: Result<Caller, Error>,
    read: impl AsyncFnOnce(Asker) -> Result<Operation, Refusal>,
    is_get: bool,
) -> Response {
    let id = shared.app.world.uuid();
    let forms = accepted(headers);
    let form = single(&forms).unwrap_or(Form::ResponseJson);
    let work = async {
        if forms.is_empty() {
            return Err(Problem::new("", Code::NotAcceptable).with(OFFERED).into());
        }
        let caller = caller?;
        let principal = caller.principal(&shared.app).await;
        let asker = caller.asker(principal.as_ref().ok().copied().flatten());
        let deadline = Duration::from_secs(shared.app.settings.request_seconds);
        let deadline = if is_stranger(asker) { deadline.min(STRANGERS_WITHIN) } else { deadline };
        let operation = timeout(deadline, read(asker))
            .await
            .map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::Timeout))??;
        let ready = shared.prepare(&caller, principal, operation, id).await?;
        answer(shared, &caller, (headers, &forms), ready, is_get).await
    };
    let mut response = work.await.unwrap_or_else(|refusal| refuse(form, refusal, lang(headers), id));
    named(&mut response, id);
    response
}

async fn answer(
    shared: &Shared,
    caller: &Caller,
    (headers, forms): (&HeaderMap, &[Form]),
    ready: Ready,
    is_get: bool,
) -> Result<Response, Refusal> {
    if is_get && ready.kind != OperationType::Query {
        let refused = Problem::new("", Code::MethodNotAllowed).with("GET");
        return Err(refused.into());
    }
    let subscribes = ready.kind == OperationType::Subscription;
    let chosen = match subscribes {
        true => forms.iter().copied().find(|form| form.is_stream()),
        false => single(forms),
    };
    match chosen {
        Some(Form::Events) => events::answer(shared, caller, ready),
        Some(Form::Multipart) => multipart::answer(shared, caller, ready),
        Some(form @ (Form::Json | Form::ResponseJson)) => {
            let place = shared.place()?;
            let room = Room::of(shared, caller.asker(ready.principal), ready.kind)?;
            let reply = ready.execute(shared).await?;
            drop(place);
            let response = respond_once(form, &reply, is_get.then_some(headers));
            Ok(room.send(response).await?)
        }
        None => {
            let offered = "text/event-stream, multipart/mixed;subscriptionSpec=1.0";
            Err(Problem::new("", Code::NotAcceptable).with(offered).into())
        }
    }
}

/// The form for one answer: a client that accepts a stream as well wants one only for what has many.
fn single(forms: &[Form]) -> Option<Form> {
    forms.iter().copied().find(|form| !form.is_stream()).or(forms.first().copied())
}

fn is_stranger(asker: Asker) -> bool {
    matches!(asker, Asker::Network(_))
}

/// The body, and the place that it takes if it is long.
async fn bytes(body: Body, asker: Asker, places: &Places) -> Result<(BytesMut, Option<Taken>), Refusal> {
    let most = if is_stranger(asker) { FEW_BYTES } else { MOST_BYTES };
    let mut body = Limited::new(body, most);
    let (mut whole, mut place) = (BytesMut::new(), None);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| match error.is::<LengthLimitError>() {
            true => Problem::new("", Code::RequestTooLarge).with(most).into(),
            false => malformed(
                "nội dung bị đứt hoặc không giải nén được",
                "the body broke off or cannot be unpacked",
            ),
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > FEW_BYTES && place.is_none() {
            place = Some(places.take(asker)?);
        }
        whole.extend_from_slice(&data);
    }
    Ok((whole, place))
}

/// A request that is not one; the words say why, and never what it held.
fn malformed(vi: impl Display, en: impl Display) -> Refusal {
    Problem::new("", Code::BadUserInput).in_words(vi, en).into()
}

/// The parameters of a request by POST.
fn from_body(bytes: &[u8]) -> Result<Operation, Refusal> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(malformed(
            "mỗi yêu cầu chỉ một truy vấn, không gửi mảng",
            "one operation per request, no batches",
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match error.is_data() {
            true => malformed(
                format_args!("thành phần sai kiểu hoặc lặp lại ở dòng {line}, cột {column}"),
                format_args!("a member of a wrong type, or there twice, at line {line}, column {column}"),
            ),
            false => malformed(
                format_args!("JSON sai cú pháp ở dòng {line}, cột {column}"),
                format_args!("not JSON at line {line}, column {column}"),
            ),
        }
    })
}

/// The parameters of a request by GET.
fn from_address(query: &str) -> Result<Operation, Refusal> {
    let mut parameters: HashMap<Cow<'_, str>, Cow<'_, str>> = HashMap::new();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if parameters.insert(key, value).is_some() {
            return Err(malformed("một tham số có hai lần", "a parameter is there twice"));
        }
    }
    let mut given = |key: &str| parameters.remove(key).filter(|value| !value.is_empty());
    let object = |name: &str, text: Option<Cow<'_, str>>| -> Result<Option<Map<String, Json>>, Refusal> {
        let read = text.map(|text| serde_json::from_str::<Option<_>>(&text)).transpose().map(Option::flatten);
        read.map_err(|_| {
            malformed(
                format_args!("{name} không phải đối tượng JSON"),
                format_args!("{name} is no JSON object"),
            )
        })
    };
    Ok(Operation {
        query: given("query").map(Cow::into_owned),
        document_id: given("documentId").map(Cow::into_owned),
        operation_name: given("operationName").map(Cow::into_owned),
        variables: object("variables", given("variables"))?,
        extensions: object("extensions", given("extensions"))?,
    })
}

/// Addresses are written to logs and histories: no place for a secret (RFC 9700, 4.3.2).
pub(super) fn refuse_token_in_address(query: Option<&str>) -> Result<(), Refusal> {
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
    // Those who read streams alone read of a bad document there; what is wrong with the request is HTTP's to say.
    let mut response = match (form, status) {
        (Form::Events, None) => events::refuse(answer),
        (Form::Multipart, None) => multipart::refuse(answer),
        _ => respond(form, &answer, status),
    };
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

/// The one answer of an operation. What is made of what is published may be kept by whoever asked by GET, with the headers
/// `asked`, and is not sent again while it is the same.
fn respond_once(form: Form, reply: &Reply, asked: Option<&HeaderMap>) -> Response {
    const KEPT: &[(HeaderName, &str)] = &[
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "authorization, accept, accept-language"),
    ];
    let (kept, spent) = match reply {
        Reply::Own(answer) => return respond(form, answer, None),
        Reply::Published(kept, spent) => (kept, spent),
    };
    let Some(asked) = asked else { return in_form(form, StatusCode::OK, kept.json(spent)) };
    let tag = kept.tag();
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    // Compared weakly (RFC 9110, 13.1.2).
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let is_known = known
        .flat_map(|list| list.split(','))
        .any(|known| [strong(&tag).as_str(), "*"].contains(&strong(known).as_str()));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => in_form(form, StatusCode::OK, kept.json(spent)),
    };
    let told = response.headers_mut();
    told.extend(KEPT.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))));
    told.extend(HeaderValue::try_from(tag).map(|tag| (header::ETAG, tag)));
    response
}

/// An answer in JSON.
fn respond(form: Form, answer: &Answer, status: Option<StatusCode>) -> Response {
    let otherwise = match form {
        Form::ResponseJson => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let status = status.unwrap_or(if is_refusal(answer) { otherwise } else { StatusCode::OK });
    in_form(form, status, json(answer))
}

fn in_form(form: Form, status: StatusCode, json: String) -> Response {
    let media_type = match form {
        Form::ResponseJson => "application/graphql-response+json; charset=utf-8",
        _ => "application/json; charset=utf-8",
    };
    (status, [(header::CONTENT_TYPE, media_type)], json).into_response()
}
