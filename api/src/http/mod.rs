//! Routes, limits and what every answer carries.

mod batch;
mod charts;
mod complete;
mod cost;
mod events;
mod fields;
mod files;
mod graphiql;
mod graphql;
mod tus;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get, put};
use serde_json::json;

use crate::App;
use crate::auth::{ClientAddress, Principal};
use crate::error::{Code, Error, Result};
use crate::graphql::{Schema, builder};
use crate::lang::Lang;
use events::Streams;
use fields::Fields;

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Shared {
    app: App,
    schema: Schema,
    fields: Arc<Fields>,
    streams: Arc<Streams>,
}

/// All routes of the server.
pub fn router(app: App) -> Router {
    let schema = builder().data(app.clone()).finish();
    let fields = Arc::new(Fields::of(&schema.sdl()));
    let streams = Arc::default();
    let shared = Shared { app, schema, fields, streams };
    Router::new()
        .route("/", get(graphiql::page))
        .route("/graphql", get(graphiql::page).post(graphql::post))
        .route("/graphiql/{*path}", get(graphiql::asset))
        .route("/files/{ticket}", put(files::put).get(files::get))
        .route("/files/tus", any(tus::about))
        .route("/files/tus/{ticket}", any(tus::serve))
        .route("/charts/{name}", get(charts::get))
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/.well-known/jwks.json", get(keys))
        .fallback(|| async { failure(StatusCode::NOT_FOUND, &Error::NotFound, Lang::En, None) })
        .layer(from_fn(cover))
        .with_state(shared)
}

async fn ready(State(shared): State<Shared>) -> Response {
    match shared.app.is_ready().await {
        Ok(()) => "ok".into_response(),
        Err(error) => {
            tracing::warn!(?error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response()
        }
    }
}

async fn keys(State(shared): State<Shared>) -> Response {
    Json(shared.app.keys.public_set()).into_response()
}

/// Headers that every answer carries unless its route says otherwise.
async fn cover(request: Request, next: Next) -> Response {
    const ALWAYS: &[(HeaderName, &str)] = &[
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in ALWAYS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// An error outside GraphQL, in GraphQL's shape, so that clients need one way to read errors.
fn failure(status: StatusCode, error: &Error, lang: Lang, request_id: Option<&str>) -> Response {
    let mut extensions = json!({ "code": error.code().name() });
    if let Some(request_id) = request_id {
        extensions["requestId"] = request_id.into();
    }
    if !error.field().is_empty() {
        extensions["field"] = error.field().into();
    }
    let body = json!({ "errors": [{ "message": error.message(lang), "extensions": extensions }] });
    (status, Json(body)).into_response()
}

/// The HTTP status that says what an error says.
fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => match error.code() {
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Forbidden | Code::InvalidTicket => StatusCode::FORBIDDEN,
            Code::InvalidState | Code::Conflict | Code::Taken => StatusCode::CONFLICT,
            Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Code::FileTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::FileTypeNotAllowed | Code::FileTypeMismatch => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::FileEmpty | Code::SizeMismatch | Code::HashMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::BAD_REQUEST,
        },
    }
}

fn lang(headers: &HeaderMap) -> Lang {
    Lang::accepted(headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
}

/// Who sends the request, if it carries a token.
///
/// # Errors
/// [`Error::Unauthenticated`] for a token that is not good, or more than one.
async fn principal(app: &App, headers: &HeaderMap) -> Result<Option<Principal>> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(Error::Unauthenticated);
    }
    let authorization = authorization.to_str().map_err(|_| Error::Unauthenticated)?;
    let (scheme, token) = authorization.split_once(' ').ok_or(Error::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Unauthenticated);
    }
    let claims = app.keys.check_access(token.trim(), app.world.now())?;
    app.principals.find(claims.sub, claims.sid).await.map(Some)
}

/// Whether who sent the request may still sign in with the same rights, and its token has not ended.
async fn is_still(app: &App, headers: &HeaderMap, known: Option<Principal>) -> bool {
    principal(app, headers).await.is_ok_and(|now| now == known)
}

/// Where the request comes from. Each trusted proxy adds one address to the end of `X-Forwarded-For`; what stands
/// before them is the client's own word.
fn client_address(app: &App, headers: &HeaderMap, peer: SocketAddr) -> ClientAddress {
    let proxies = app.settings.trusted_proxies;
    if proxies == 0 {
        return ClientAddress(peer.ip());
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let client = chain.len().checked_sub(proxies).and_then(|place| chain.get(place));
    let address =
        |text: &&str| text.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip())).ok();
    ClientAddress(client.and_then(address).unwrap_or(peer.ip()))
}

type Peer = ConnectInfo<SocketAddr>;
