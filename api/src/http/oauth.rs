//! `POST /oauth/token`: OAuth 2.0 client credentials (RFC 6749, section 4.4), for service accounts.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Limited};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::time::timeout;
use url::form_urlencoded;

use super::graphql::STRANGERS_WITHIN;
use super::{Peer, Shared, client_address, named};
use crate::auth::{
    ClientCredentials, ClientName, ClientRefusal, ClientToken, RequestId, WINDOW, client_token,
};
use crate::error::Error;

const MOST_BYTES: usize = 8 * 1024;

pub(super) async fn token(
    State(shared): State<Shared>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let request = RequestId(shared.app.world.uuid());
    let mut response = match answer(&shared, peer, &headers, body, request).await {
        Ok(token) => granted(&token),
        Err(refusal) => refusal.response(request),
    };
    // RFC 6749 wants both, for caches of any age.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    named(&mut response, request.0);
    response
}

/// Any other method.
pub(super) async fn other(State(shared): State<Shared>) -> Response {
    let request = RequestId(shared.app.world.uuid());
    let refusal = Refusal::Malformed(StatusCode::METHOD_NOT_ALLOWED, "Tokens are asked for with POST.");
    let mut response = refusal.response(request);
    named(&mut response, request.0);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

fn granted(token: &ClientToken) -> Response {
    let body = json!({
        "access_token": token.access,
        "token_type": "Bearer",
        "expires_in": token.life.as_secs(),
        "scope": token.scopes.to_string(),
    });
    Json(body).into_response()
}

/// Why there is no token.
enum Refusal {
    /// Not a token request; the words say why.
    Malformed(StatusCode, &'static str),
    Grant,
    Client(ClientRefusal),
}

impl From<ClientRefusal> for Refusal {
    fn from(refusal: ClientRefusal) -> Self {
        Self::Client(refusal)
    }
}

fn malformed(words: &'static str) -> Refusal {
    Refusal::Malformed(StatusCode::BAD_REQUEST, words)
}

impl Refusal {
    /// The answer in OAuth's words. The standard allows ASCII only, so they are in English.
    fn response(self, request: RequestId) -> Response {
        let (status, code, words) = match &self {
            Self::Malformed(status, words) => (*status, "invalid_request", *words),
            Self::Grant => (
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "The grant type must be client_credentials.",
            ),
            Self::Client(ClientRefusal::Credentials) => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "Unknown client, wrong secret, or an account that is over.",
            ),
            Self::Client(ClientRefusal::Scope) => (
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                "A scope that is unknown, or that the account was not given.",
            ),
            Self::Client(ClientRefusal::TooManyTries) => {
                (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", "Too many tries; wait.")
            }
            Self::Client(ClientRefusal::Fault(cause)) => {
                let cause: &Error = cause;
                tracing::error!(request_id = %request.0, ?cause, "no token could be made");
                (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Internal error")
            }
        };
        let mut response =
            (status, Json(json!({ "error": code, "error_description": words }))).into_response();
        let mut say = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        match status {
            StatusCode::UNAUTHORIZED => say(header::WWW_AUTHENTICATE, "Basic realm=\"pii\""),
            StatusCode::TOO_MANY_REQUESTS => say(header::RETRY_AFTER, &WINDOW.num_seconds().to_string()),
            _ => {}
        }
        response
    }
}

async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: Body,
    request: RequestId,
) -> Result<ClientToken, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !content_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(malformed("The body must be application/x-www-form-urlencoded."));
    }
    let deadline = Duration::from_secs(shared.app.settings.request_seconds).min(STRANGERS_WITHIN);
    let body = timeout(deadline, Limited::new(body, MOST_BYTES).collect()).await;
    let body = body
        .map_err(|_| Refusal::Malformed(StatusCode::REQUEST_TIMEOUT, "The body came too slowly."))?
        .map_err(|_| {
            Refusal::Malformed(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long or broke off.")
        })?;
    let form = Form::read(&body.to_bytes())?;
    match form.value("grant_type") {
        None => return Err(malformed("grant_type is missing.")),
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::Grant),
    }
    let (id, secret) = match (basic(headers)?, form.value("client_id"), form.value("client_secret")) {
        (Some(_), _, Some(_)) => return Err(malformed("The credentials are given in two ways.")),
        (Some((id, _)), Some(named), None) if id != named => {
            return Err(malformed("The credentials are those of another client than client_id."));
        }
        (Some(given), _, None) => given,
        (None, Some(id), Some(secret)) => (id.to_owned(), secret.to_owned()),
        (None, ..) => return Err(ClientRefusal::Credentials.into()),
    };
    let credentials = ClientCredentials { id: &id, secret: &secret, scope: form.value("scope") };
    let address = client_address(&shared.app, headers, peer);
    Ok(client_token(&shared.app, credentials, address, request, &ClientName::of(headers)).await?)
}

/// The parameters of a request.
struct Form(Vec<(String, String)>);

impl Form {
    /// Those of a body; none may be given twice.
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let given: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let twice = |(place, (name, _)): (usize, &(String, String))| {
            given[..place].iter().any(|(before, _)| before == name)
        };
        match given.iter().enumerate().any(twice) {
            true => Err(malformed("A parameter is given twice.")),
            false => Ok(Self(given)),
        }
    }

    /// The value of a parameter; one without a value counts as left out.
    fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Client id and secret of HTTP Basic, if they are given so; both are form-encoded inside.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Refusal> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(malformed("The credentials are given twice."));
    }
    let credentials = || {
        let (scheme, encoded) = authorization.to_str().ok()?.split_once(' ')?;
        let encoded = scheme.eq_ignore_ascii_case("basic").then(|| encoded.trim())?;
        let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        let plain = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8().ok().map(|text| text.into_owned())
        };
        Some((plain(id)?, plain(secret)?))
    };
    credentials().map(Some).ok_or(Refusal::Client(ClientRefusal::Credentials))
}
