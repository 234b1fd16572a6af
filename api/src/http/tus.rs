//! `/files/tus/{ticket}`: a file in pieces that goes on where it broke off (tus 1.0: core, creation, termination,
//! checksum, expiration). At its end it goes through the same door as a `PUT`.

mod claim;

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use entity::{upload, user};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::files::{may_put, owner, refused, scope};
use super::{Shared, failure, lang, named};
use crate::App;
use crate::auth::{Ticket, keys};
use crate::config::UNFINISHED_UPLOAD_LIFE;
use crate::error::{Code, Error, Problem, Result};
use crate::files::Purpose;
use crate::lang::Lang;
use crate::places::Asker;
use crate::policy::Verb;
use crate::store::{Read, Store};
use claim::Claim;

const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: &str = "creation,termination,checksum,expiration";
/// Unfinished uploads of one user.
const MOST_UNFINISHED: u64 = 20;
/// Longest `Upload-Metadata`, in bytes.
const LONGEST_METADATA: usize = 4_096;

pub(super) async fn about(State(shared): State<Shared>, method: Method, headers: HeaderMap) -> Response {
    match method {
        Method::OPTIONS => options(&shared.app),
        _ => super::missing(State(shared), headers).await,
    }
}

/// What the server can do.
fn options(app: &App) -> Response {
    let most = app.files.max_bytes(Purpose::Evidence).to_string();
    let told = [
        ("tus-resumable", "1.0.0"),
        ("tus-version", "1.0.0"),
        ("tus-extension", EXTENSIONS),
        ("tus-max-size", &most),
        ("tus-checksum-algorithm", "sha256,sha1"),
    ];
    (StatusCode::NO_CONTENT, told).into_response()
}

pub(super) async fn serve(
    State(shared): State<Shared>,
    Path(ticket): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (lang, request) = (lang(&headers), shared.app.world.uuid());
    // For clients that cannot send these methods, as the protocol wants it.
    let method =
        text(&headers, "x-http-method-override").and_then(|name| name.parse().ok()).unwrap_or(method);
    if method == Method::OPTIONS {
        return options(&shared.app);
    }
    let mut response = if headers.get("tus-resumable") != Some(&VERSION) {
        let problem = Problem::new("Tus-Resumable", Code::BadUserInput).into();
        let mut response = failure(StatusCode::PRECONDITION_FAILED, &problem, lang, request);
        response.headers_mut().insert("tus-version", VERSION);
        response
    } else {
        // A task of its own: when the client goes away, what it sent is still stored.
        let work =
            tokio::spawn(
                async move { act(&shared.app, &ticket, request, method, &headers, body, lang).await },
            );
        match work.await.map_err(Error::internal).and_then(|outcome| outcome) {
            Ok(response) => response,
            Err(error) => refused(&error, lang, request, "upload failed"),
        }
    };
    response.headers_mut().insert("tus-resumable", VERSION);
    named(&mut response, request);
    response
}

async fn act(
    app: &App,
    ticket: &str,
    request: Uuid,
    method: Method,
    headers: &HeaderMap,
    body: Body,
    lang: Lang,
) -> Result<Response> {
    match method {
        Method::POST => create(app, ticket, request, headers).await,
        Method::HEAD => tell(app, ticket, request).await,
        Method::PATCH => append(app, ticket, request, headers, body, lang).await,
        Method::DELETE => end(app, ticket, request).await,
        _ => {
            let problem = Problem::new("", Code::MethodNotAllowed).with(method).into();
            let mut response = failure(StatusCode::METHOD_NOT_ALLOWED, &problem, lang, request);
            let allowed = HeaderValue::from_static("OPTIONS, POST, HEAD, PATCH, DELETE");
            response.headers_mut().insert(header::ALLOW, allowed);
            Ok(response)
        }
    }
}

/// Begins an upload; its address holds a ticket of its own, which lasts as long as the upload.
async fn create(app: &App, ticket: &str, request: Uuid, headers: &HeaderMap) -> Result<Response> {
    let (ticket, store) = scope(app, ticket, keys::PUT_FILE, request).await?;
    let (owner, purpose) = owner(&ticket)?;
    let (most, length) = (app.files.max_bytes(purpose), "Upload-Length");
    let size = number(headers, "upload-length").ok_or_else(|| Problem::new(length, Code::Required))?;
    let problem = match size {
        0 => Some(Problem::new(length, Code::FileEmpty)),
        _ if size > most => Some(Problem::new(length, Code::FileTooLarge).with(most)),
        _ if ticket.declared.size.is_some_and(|wanted| wanted != size) => {
            Some(Problem::new(length, Code::SizeMismatch).with(size))
        }
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(problem.into());
    }
    let metadata = text(headers, "upload-metadata").map(str::to_owned);
    if metadata.as_deref().is_some_and(|metadata| !is_metadata(metadata)) {
        return Err(Problem::new("Upload-Metadata", Code::BadUserInput).into());
    }
    may_put(&store, &ticket).await?;
    let expires_at = app.world.now() + UNFINISHED_UPLOAD_LIFE;
    let tx = store.begin().await?;
    // One after another, or all of many at once would find room.
    tx.get_locked::<user::Entity>(ticket.sub).await?;
    use upload::Column::{ExpiresAt, FinishedAt, UserId};
    let unfinished = tx
        .find::<upload::Entity>()
        .filter(UserId.eq(ticket.sub))
        .filter(FinishedAt.is_null())
        .filter(ExpiresAt.gt(app.world.now()));
    if tx.count(unfinished).await? >= MOST_UNFINISHED {
        return Err(Problem::new("", Code::TooMany).with(MOST_UNFINISHED).into());
    }
    let row = upload::ActiveModel {
        user_id: Set(ticket.sub),
        owner_id: Set(owner),
        size: Set(i64::try_from(size).map_err(Error::internal)?),
        received: Set(0),
        pieces: Set(0),
        metadata: Set(metadata),
        expires_at: Set(expires_at),
        ..Default::default()
    };
    let row = tx.insert::<upload::Entity>(row).await?;
    tx.commit().await?;
    // Its signature outlives the upload, so that who comes late is told so.
    let exp = (expires_at + UNFINISHED_UPLOAD_LIFE).timestamp();
    let own = Ticket { aud: keys::UPLOAD.to_owned(), exp, upload: Some(row.id), ..ticket };
    let location = format!("{}/files/tus/{}", app.settings.public_url(), app.keys.sign_ticket(&own)?);
    let about = [("location", location), ("upload-expires", date(row.expires_at))];
    Ok((StatusCode::CREATED, about).into_response())
}

/// The upload of an address, while its user may still have it.
async fn known(app: &App, ticket: &str, request: Uuid) -> Result<(Ticket, Store, upload::Model)> {
    let (ticket, store) = scope(app, ticket, keys::UPLOAD, request).await?;
    if ticket.exp <= (app.world.now() + UNFINISHED_UPLOAD_LIFE).timestamp() {
        return Err(Problem::new("", Code::UploadExpired).into());
    }
    let id = ticket.upload.ok_or_else(|| Problem::new("ticket", Code::InvalidTicket))?;
    let row = store.get::<upload::Entity>(id).await?;
    Ok((ticket, store, row))
}

async fn tell(app: &App, ticket: &str, request: Uuid) -> Result<Response> {
    let (ticket, store, row) = known(app, ticket, request).await?;
    if row.finished_at.is_none() {
        may_put(&store, &ticket).await?;
    }
    let mut response = progress(StatusCode::OK, &row);
    let about = response.headers_mut();
    about.insert("upload-length", row.size.into());
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(metadata) = &row.metadata {
        about.insert("upload-metadata", HeaderValue::from_str(metadata).map_err(Error::internal)?);
    }
    Ok(response)
}

async fn append(
    app: &App,
    ticket: &str,
    request: Uuid,
    headers: &HeaderMap,
    body: Body,
    lang: Lang,
) -> Result<Response> {
    if text(headers, "content-type") != Some("application/offset+octet-stream") {
        let problem = Problem::new("Content-Type", Code::BadUserInput).into();
        return Ok(failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, &problem, lang, request));
    }
    let (ticket, store, row) = known(app, ticket, request).await?;
    let field = "Upload-Offset";
    let offset = number(headers, "upload-offset").ok_or_else(|| Problem::new(field, Code::Required))?;
    let checksum = match headers.get("upload-checksum") {
        None => None,
        Some(_) => Some(
            text(headers, "upload-checksum")
                .and_then(Checksum::read)
                .ok_or_else(|| Problem::new("Upload-Checksum", Code::BadUserInput))?,
        ),
    };
    let _place = app.files.uploads.take(Asker::User(ticket.sub))?;
    if row.finished_at.is_none() {
        may_put(&store, &ticket).await?;
    }
    let claim = Claim::take(app, &store, row.id, offset).await?;
    let left = claim.left();
    if number(headers, "content-length").is_some_and(|length| length > left) {
        claim.release().await?;
        return Err(Problem::new("file", Code::SizeMismatch).with(left).into());
    }
    let row = claim.go_on(&ticket, app.files.patience.receive(body), checksum).await?;
    Ok(progress(StatusCode::NO_CONTENT, &row))
}

async fn end(app: &App, ticket: &str, request: Uuid) -> Result<Response> {
    let (_, store, row) = known(app, ticket, request).await?;
    let tx = store.begin().await?;
    let held = tx.hold::<upload::Entity>(row.id, Verb::Delete).await?;
    if held.claimed_until.is_some_and(|until| until > tx.now()) {
        return Err(Problem::new("", Code::UploadLocked).into());
    }
    tx.delete(held).await?;
    tx.commit().await?;
    app.files.delete_pieces(row.id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn progress(status: StatusCode, row: &upload::Model) -> Response {
    let about = [("upload-offset", row.received.to_string()), ("upload-expires", date(row.expires_at))];
    (status, about).into_response()
}

/// A time as HTTP writes it (RFC 9110, 5.6.7).
fn date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A number of digits and nothing else.
fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// Pairs of a key and a value in Base64, set apart by commas.
fn is_metadata(metadata: &str) -> bool {
    let is_pair = |pair: &str| {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        !key.is_empty() && BASE64_STANDARD.decode(value).is_ok()
    };
    metadata.len() <= LONGEST_METADATA && metadata.split(',').all(is_pair)
}

/// What the bytes of one request must hash to.
struct Checksum {
    so_far: Context,
    wanted: Vec<u8>,
}

impl Checksum {
    fn read(header: &str) -> Option<Self> {
        let (algorithm, wanted) = header.split_once(' ')?;
        let algorithm = match algorithm {
            "sha256" => &SHA256,
            "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
            _ => return None,
        };
        Some(Self { so_far: Context::new(algorithm), wanted: BASE64_STANDARD.decode(wanted).ok()? })
    }

    fn agrees(&self) -> bool {
        self.so_far.clone().finish().as_ref() == self.wanted
    }
}
