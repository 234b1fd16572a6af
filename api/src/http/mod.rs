//! Routes, limits and what every answer carries.

mod answers;
mod asked;
mod batch;
mod charts;
mod complete;
mod crowd;
mod events;
mod files;
mod graphiql;
mod graphql;
mod listen;
mod long;
mod made;
mod multipart;
mod negotiate;
mod oauth;
mod operation;
mod socket;
mod throttle;
mod tus;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Method;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get, post, put};
use serde_json::json;
use tokio::sync::Semaphore;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::decompression::RequestDecompressionLayer;
use uuid::Uuid;

use crate::App;
use crate::auth::{ClientAddress, ClientName, Principal};
use crate::clients::is_name;
use crate::document::Documents;
use crate::error::{Code, Error, Problem, Result};
use crate::graphql::Executor;
use crate::lang::Lang;
use crate::places::{Asker, Places};
use answers::Answers;
pub use listen::listen;
use throttle::Buckets;

/// What the routes share; each request gets a few copies.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Parts>);

impl std::ops::Deref for Shared {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Of what is shared.
pub(crate) struct Parts {
    app: App,
    executor: Executor,
    documents: Documents,
    buckets: Buckets,
    answers: Answers,
    streams: Places,
    sockets: Places,
    charts: Places,
    waiting: Places,
    bodies: Places,
    unread: Places,
    told: Places,
    places: Arc<Semaphore>,
}

/// Operations that are executed at once.
const MOST_AT_ONCE: usize = 256;
/// Subscriptions that one process serves at once, over any transport, and those of one user.
const MOST_STREAMS: (usize, usize) = (1_000, 50);
/// WebSockets that one process keeps at once, and those of one user.
const MOST_SOCKETS: (usize, usize) = (1_000, 20);
/// Pictures that are asked for at once by address, and those of one user.
const MOST_CHARTS: (usize, usize) = (64, 4);
/// WebSockets that have not said yet whose they are, and those of one network.
const MOST_WAITING: (usize, usize) = (200, 50);
/// Requests of more than a few words that are read at once, and those of one who asks.
const MOST_BODIES: (usize, usize) = (64, 8);

/// All routes of the server.
pub fn router(app: App) -> Router {
    let executor = Executor::new(app.clone());
    let buckets = Buckets::new(app.settings.cost_points, app.settings.cost_points_per_second);
    let places = Arc::new(Semaphore::new(MOST_AT_ONCE));
    let streams = Places::new(MOST_STREAMS.0, MOST_STREAMS.1);
    let charts = Places::new(MOST_CHARTS.0, MOST_CHARTS.1);
    let sockets = Places::new(MOST_SOCKETS.0, MOST_SOCKETS.1);
    let waiting = Places::new(MOST_WAITING.0, MOST_WAITING.1);
    let bodies = Places::new(MOST_BODIES.0, MOST_BODIES.1);
    let unread = Places::new(long::MOST_PIECES.0 as usize, long::MOST_PIECES.1 as usize);
    let told = Places::new(Semaphore::MAX_PERMITS, long::MOST_TOLD as usize);
    let documents = Documents::default();
    let answers = Answers::new(app.settings.answer_cache_mb);
    let shared = Shared(Arc::new(Parts {
        app,
        executor,
        documents,
        buckets,
        answers,
        streams,
        sockets,
        charts,
        waiting,
        bodies,
        unread,
        told,
        places,
    }));
    // What a compressed answer gives away of its secrets, an attacker can only learn who makes the client ask again and
    // again: no cookie does.
    let compressible = SizeAbove::new(COMPRESSED_FROM)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("multipart/mixed"));
    let asked = Router::new()
        .route("/", get(graphiql::page))
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other))
        .route("/graphiql/{*path}", get(graphiql::asset))
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true));
    // A PNG is compressed already.
    let pictures = SizeAbove::new(COMPRESSED_FROM).and(NotForContentType::const_new("image/png"));
    let pictures = CompressionLayer::new().compress_when(pictures);
    let exports = CompressionLayer::new().compress_when(made::is_compressible);
    let origins = cross_origin(&shared.app.settings.cors_origins);
    let routes = Router::new()
        .merge(asked)
        .route("/files/{ticket}", put(files::put).get(files::get).layer(exports))
        .route("/files/tus", any(tus::about))
        .route("/files/tus/{ticket}", any(tus::serve))
        .route("/charts/{name}", get(charts::get).layer(pictures))
        .route("/oauth/token", post(oauth::token).fallback(oauth::other))
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/.well-known/jwks.json", get(keys))
        .method_not_allowed_fallback(not_by_this_method)
        .fallback(missing)
        .layer(from_fn(cover))
        .with_state(shared);
    let across_origins = routes.clone().layer(origins);
    // The layer answers whatever asks for options; but what is no preflight asks about uploads.
    Router::new().fallback(move |request: Request| {
        let is_preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let chosen =
            if request.method() == Method::OPTIONS && !is_preflight { &routes } else { &across_origins };
        let (chosen, is_head) = (chosen.clone(), request.method() == Method::HEAD);
        async move {
            let answer = chosen.oneshot(request).await;
            answer.map(|answer| if is_head { of_known_length_only(answer) } else { answer })
        }
    })
}

/// A body of which nobody can say how long it is; as an answer to `HEAD` it stands for the one that `GET` has.
fn unmeasured() -> Body {
    Body::from_stream(futures_util::stream::empty::<std::io::Result<bytes::Bytes>>())
}

/// The router takes the body from answers to `HEAD`, and would tell the length of what is left.
fn of_known_length_only(mut answer: Response) -> Response {
    if !answer.headers().contains_key(header::CONTENT_LENGTH) {
        *answer.body_mut() = unmeasured();
    }
    answer
}

/// Answers shorter than this many bytes are sent as they are.
const COMPRESSED_FROM: u16 = 1_024;

/// Which pages of other origins may read answers: those of the setting, none else, and none with cookies.
fn cross_origin(origins: &[HeaderValue]) -> CorsLayer {
    const ASKED: &[&str] = &[
        "accept-language",
        "apollo-require-preflight",
        "apollographql-client-name",
        "apollographql-client-version",
        "authorization",
        "content-type",
        "if-none-match",
        "traceparent",
        "tracestate",
        "tus-resumable",
        "upload-checksum",
        "upload-length",
        "upload-metadata",
        "upload-offset",
        "x-request-id",
    ];
    const TOLD: &[&str] = &[
        "accept-ranges",
        "content-disposition",
        "content-range",
        "etag",
        "location",
        "retry-after",
        "tus-resumable",
        "upload-expires",
        "upload-length",
        "upload-offset",
        "x-request-id",
    ];
    let named = |names: &'static [&str]| names.iter().map(|name| HeaderName::from_static(name));
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(named(ASKED).collect::<Vec<_>>())
        .expose_headers(named(TOLD).collect::<Vec<_>>())
        .max_age(std::time::Duration::from_secs(600))
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
async fn cover(mut request: Request, next: Next) -> Response {
    const ALWAYS: &[(HeaderName, &str)] = &[
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    // What is compressed while it is sent has a length that nobody knows before.
    if request.method() == Method::HEAD {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    let mut response = next.run(request).await;
    for (name, value) in ALWAYS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// An error outside GraphQL, in GraphQL's shape, so that clients need one way to read errors; `request` names it in the
/// logs.
fn failure(status: StatusCode, error: &Error, lang: Lang, request: Uuid) -> Response {
    let mut extensions = json!({ "code": error.code().name(), "requestId": request });
    if !error.field().is_empty() {
        extensions["field"] = error.field().into();
    }
    let body = json!({ "errors": [{ "message": error.message(lang), "extensions": extensions }] });
    let mut response = (status, Json(body)).into_response();
    if error.code() == Code::Busy {
        response.headers_mut().insert(header::RETRY_AFTER, BUSY_FOR.into());
    }
    named(&mut response, request);
    response
}

/// Seconds after which there may be a place.
const BUSY_FOR: u64 = 1;

/// Tells the id of the request, as the audit trail has it.
fn named(response: &mut Response, request: Uuid) {
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        response.headers_mut().insert("x-request-id", id);
    }
}

async fn missing(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    failure(StatusCode::NOT_FOUND, &Error::NotFound, lang(&headers), shared.app.world.uuid())
}

/// A method that a route does not have; `Allow` is written by the router.
async fn not_by_this_method(State(shared): State<Shared>, method: Method, headers: HeaderMap) -> Response {
    let problem = Problem::new("", Code::MethodNotAllowed).with(method).into();
    failure(StatusCode::METHOD_NOT_ALLOWED, &problem, lang(&headers), shared.app.world.uuid())
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
            Code::Throttled | Code::TooManyTries => StatusCode::TOO_MANY_REQUESTS,
            Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Code::FileTooLarge | Code::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::FileTypeNotAllowed | Code::FileTypeMismatch => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::FileEmpty | Code::SizeMismatch | Code::HashMismatch | Code::ArchiveAmbiguous => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            _ => StatusCode::BAD_REQUEST,
        },
    }
}

fn lang(headers: &HeaderMap) -> Lang {
    Lang::accepted(headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
}

/// Who sends a request, as far as it says so itself.
#[derive(Clone)]
struct Caller {
    token: Option<String>,
    address: ClientAddress,
    lang: Lang,
    /// The client application, as it names itself; empty if it does not.
    client: String,
    /// The program that it uses.
    program: ClientName,
}

impl Caller {
    /// Reads the headers.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for more than one token, or one of a kind that is not ours.
    fn of(app: &App, headers: &HeaderMap, peer: SocketAddr) -> Result<Self> {
        let address = client_address(app, headers, peer);
        let client = headers.get("apollographql-client-name").and_then(|name| name.to_str().ok());
        let client = client.filter(|name| is_name(name)).unwrap_or_default().to_owned();
        Ok(Self {
            token: bearer(headers)?,
            address,
            lang: lang(headers),
            client,
            program: ClientName::of(headers),
        })
    }

    /// Whose token it is; `None` without one.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a token that is not good.
    async fn principal(&self, app: &App) -> Result<Option<Principal>> {
        let Some(token) = &self.token else { return Ok(None) };
        let claims = app.keys.check_access(token, app.world.now())?;
        app.principals.find(claims.sub, claims.sid).await.map(Some)
    }

    /// Who it is that takes places and spends points.
    fn asker(&self, principal: Option<Principal>) -> Asker {
        match principal {
            Some(principal) => Asker::User(principal.user.id),
            None => Asker::Network(self.address.network()),
        }
    }

    /// Lets it through while it may sign in with the same rights, and its token has not ended.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it may not; others when nobody knows.
    async fn is_still(&self, app: &App, known: Option<Principal>) -> Result<()> {
        if self.principal(app).await? == known { Ok(()) } else { Err(Error::Unauthenticated) }
    }
}

/// The token that the headers carry.
fn bearer(headers: &HeaderMap) -> Result<Option<String>> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(Error::Unauthenticated);
    }
    let authorization = authorization.to_str().map_err(|_| Error::Unauthenticated)?;
    bearer_of(authorization).map(Some)
}

/// The token of an `Authorization` as RFC 6750 has it.
fn bearer_of(authorization: &str) -> Result<String> {
    let (scheme, token) = authorization.split_once(' ').ok_or(Error::Unauthenticated)?;
    match scheme.eq_ignore_ascii_case("bearer") {
        true => Ok(token.trim().to_owned()),
        false => Err(Error::Unauthenticated),
    }
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
