//! `PUT` and `GET /files/{ticket}`: the bytes of evidence and of files of figures, each time through the wall of the
//! ticket's user.

use std::ops::Range;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use axum::response::{IntoResponse, Json, Response};
use bytes::Bytes;
use entity::{AuditAction, EvidenceStatus, evidence};
use futures_util::stream::BoxStream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::{Shared, charts, failure, lang, made, named, status};
use crate::App;
use crate::auth::{Declared, FileOf, Ticket, keys};
use crate::document::{DOCUMENT_PRICE, EXPORT_PRICE};
use crate::error::{Code, Error, Problem, Result};
use crate::figures;
use crate::files::Purpose;
use crate::graphql::may_replace_file;
use crate::lang::Lang;
use crate::places::Asker;
use crate::policy::{Verb, Viewer};
use crate::store::{Read, Store};

pub(super) async fn put(
    State(shared): State<Shared>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let lang = lang(&headers);
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let request = shared.app.world.uuid();
    // A task of its own: when the client goes away, the body breaks off and what was stored is removed.
    let work = tokio::spawn(async move { receive(&shared.app, &ticket, request, length, body).await });
    let mut response = match work.await.map_err(Error::internal).and_then(|outcome| outcome) {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => refused(&error, lang, request, "upload failed"),
    };
    named(&mut response, request);
    response
}

/// What a transfer that failed answers.
pub(super) fn refused(error: &Error, lang: Lang, request: Uuid, what: &'static str) -> Response {
    if let Error::Internal(cause) = error {
        tracing::error!(%request, ?cause, what);
    }
    let status = match error.code() {
        Code::UploadTimeout => StatusCode::REQUEST_TIMEOUT,
        Code::UploadExpired => StatusCode::GONE,
        Code::UploadLocked => StatusCode::LOCKED,
        Code::OffsetMismatch => StatusCode::CONFLICT,
        Code::FileInfected => StatusCode::UNPROCESSABLE_ENTITY,
        Code::ScanUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        Code::ChecksumMismatch => StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST),
        _ => status(error),
    };
    let mut response = failure(status, error, lang, request);
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::LOCKED) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// The rows of the ticket's user, as long as it may sign in and its session lives.
pub(super) async fn scope(app: &App, ticket: &str, audience: &str, request: Uuid) -> Result<(Ticket, Store)> {
    let ticket = app.keys.check_ticket(ticket, audience, app.world.now())?;
    let principal = app.principals.find(ticket.sub, ticket.sid).await;
    let principal = principal.map_err(|error| match error {
        Error::Unauthenticated => Problem::new("ticket", Code::InvalidTicket).into(),
        other => other,
    })?;
    Ok((ticket, app.store(Viewer::User(principal.user)).for_request(request)))
}

async fn receive(
    app: &App,
    ticket: &str,
    request: Uuid,
    length: Option<u64>,
    body: Body,
) -> Result<serde_json::Value> {
    let (ticket, store) = scope(app, ticket, keys::PUT_FILE, request).await?;
    let most = app.files.max_bytes(owner(&ticket)?.1);
    if length.is_some_and(|length| length > most) {
        return Err(Problem::new("file", Code::FileTooLarge).with(most).into());
    }
    let _place = app.files.uploads.take(Asker::User(ticket.sub))?;
    may_put(&store, &ticket).await?;
    deliver(app, &store, &ticket, app.files.patience.receive(body)).await
}

/// The row that a ticket to put a file is for, and what the file is for.
pub(super) fn owner(ticket: &Ticket) -> Result<(Uuid, Purpose)> {
    match ticket.file {
        FileOf::Evidence(id) => Ok((id, Purpose::Evidence)),
        FileOf::Import(id) => Ok((id, Purpose::Figures)),
        FileOf::Export { .. } | FileOf::Dossier { .. } | FileOf::Chart { .. } => {
            Err(Problem::new("ticket", Code::InvalidTicket).into())
        }
    }
}

/// Whether the row takes a file now. Nothing is locked while the bytes come in, so it is asked again behind them.
pub(super) async fn may_put(store: &Store, ticket: &Ticket) -> Result<()> {
    match owner(ticket)? {
        (import, Purpose::Figures) => figures::takes_file(store, import).await,
        (evidence, Purpose::Evidence) => {
            let tx = store.begin().await?;
            may_replace_file(&tx, &tx.hold::<evidence::Entity>(evidence, Verb::Update).await?).await
        }
    }
}

/// The one door: stores a file, checks it and writes it to its row; what the client is told of it.
pub(super) async fn deliver(
    app: &App,
    store: &Store,
    ticket: &Ticket,
    bytes: BoxStream<'static, Result<Bytes>>,
) -> Result<serde_json::Value> {
    match owner(ticket)? {
        (import, Purpose::Figures) => {
            let row = figures::store_file(app, store, import, &ticket.declared, bytes).await?;
            Ok(json!({ "id": format!("edition_import:{}", row.id), "size": row.size, "sha256": row.sha256 }))
        }
        (evidence, Purpose::Evidence) => {
            let declared = &ticket.declared;
            let stored =
                app.files.put(Purpose::Evidence, evidence, app.world.uuid(), declared, bytes).await?;
            let recorded = record(store, evidence, declared, &stored).await;
            let row = app.files.settle(&stored, recorded).await?;
            let id = format!("evidence:{}", row.id);
            Ok(json!({ "id": id, "size": row.size, "sha256": row.sha256, "mediaType": row.media_type }))
        }
    }
}

/// Writes what was stored to the row; gives back the file that it replaces.
async fn record(
    store: &Store,
    evidence: Uuid,
    declared: &Declared,
    stored: &crate::files::Stored,
) -> Result<(evidence::Model, Option<String>)> {
    let tx = store.begin().await?;
    let held = tx.hold::<evidence::Entity>(evidence, Verb::Update).await?;
    may_replace_file(&tx, &held).await?;
    let change = evidence::ActiveModel {
        file_name: Set(Some(declared.name.clone())),
        media_type: Set(Some(stored.media_type.to_owned())),
        size: Set(Some(i64::try_from(stored.size).map_err(Error::internal)?)),
        sha256: Set(Some(stored.sha256.clone())),
        storage_key: Set(Some(stored.key.clone())),
        status: Set(EvidenceStatus::Ready),
        decider_id: Set(None),
        decided_at: Set(None),
        reject_reason: Set(None),
        ..Default::default()
    };
    let row = tx.update(&held, None, change).await?;
    tx.index_words::<evidence::Entity>(&row).await?;
    tx.commit().await?;
    Ok((row, held.storage_key.clone()))
}

pub(super) async fn get(
    State(shared): State<Shared>,
    Path(ticket): Path<String>,
    method: Method,
    version: Version,
    headers: HeaderMap,
) -> Response {
    let request = shared.app.world.uuid();
    let mut response = match send(&shared, &ticket, request, (&method, version), &headers).await {
        Ok(response) => response,
        Err(error) => refused(&error, lang(&headers), request, "download failed"),
    };
    named(&mut response, request);
    response
}

async fn send(
    shared: &Shared,
    ticket: &str,
    request: Uuid,
    (method, version): (&Method, Version),
    headers: &HeaderMap,
) -> Result<Response> {
    let app = &shared.app;
    let (ticket, store) = scope(app, ticket, keys::GET_FILE, request).await?;
    if let Some(price) = price(&ticket)
        && let Err((error, wait)) = shared.buckets.spend(Asker::User(ticket.sub), price, app.world.now())
    {
        let mut response = refused(&error, lang(headers), request, "download refused");
        response.headers_mut().insert(header::RETRY_AFTER, wait.into());
        return Ok(response);
    }
    let made = made::Getting { app, store: &store, user: ticket.sub, request, method, version };
    let evidence = match ticket.file {
        FileOf::Evidence(evidence) => evidence,
        FileOf::Export { edition, format, lang } => {
            let wish = made::Wish { edition, format, lang };
            return made::figures(&made, wish).await;
        }
        FileOf::Dossier { dossier, document } => return made::document(&made, dossier, document).await,
        FileOf::Chart { request, format, width } => {
            return charts::show(app, &store, &request, format, width, headers).await;
        }
        FileOf::Import(_) => return Err(Problem::new("ticket", Code::InvalidTicket).into()),
    };
    let row = store.get::<evidence::Entity>(evidence).await?;
    let (Some(key), Some(size), Some(sha256), Some(name)) =
        (&row.storage_key, row.size, &row.sha256, &row.file_name)
    else {
        return Err(Error::NotFound);
    };
    let size = u64::try_from(size).map_err(Error::internal)?;
    let etag = format!("\"{sha256}\"");
    let mut response = Response::new(Body::empty());
    let text = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
    let about = response.headers_mut();
    about.insert(header::ETAG, text(&etag)?);
    about.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let value = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let matches = |list: &str| {
        list.trim() == "*" || list.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
    };
    if value(header::IF_NONE_MATCH).is_some_and(matches) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    about
        .insert(header::CONTENT_TYPE, text(row.media_type.as_deref().unwrap_or("application/octet-stream"))?);
    about.insert(header::CONTENT_DISPOSITION, text(&attachment(name))?);
    about.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    let same = value(header::IF_RANGE).is_none_or(|tag| tag.trim() == etag);
    // Ranges are defined for GET alone (RFC 9110, 14.2).
    let asked = value(header::RANGE).filter(|_| same && method == Method::GET);
    let part = match asked.map(|range| part(range, size)) {
        Some(Part::Unsatisfiable) => {
            about.insert(header::CONTENT_RANGE, text(&format!("bytes */{size}"))?);
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            return Ok(response);
        }
        Some(Part::Of(range)) => {
            about.insert(
                header::CONTENT_RANGE,
                text(&format!("bytes {}-{}/{size}", range.start, range.end - 1))?,
            );
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            Some(range)
        }
        Some(Part::Whole) | None => None,
    };
    let length = part.as_ref().map_or(size, |range| range.end - range.start);
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    if method != Method::HEAD {
        let place = app.files.downloads.take(Asker::User(ticket.sub))?;
        let bytes = app.files.get(key, part).await?;
        let tx = store.begin().await?;
        tx.note_event::<evidence::Entity>(AuditAction::Download, Some(row.id), None);
        tx.commit().await?;
        *response.body_mut() = Body::from_stream(app.files.patience.send(bytes, place));
    }
    Ok(response)
}

/// Points of what is made when it is got: an address is good for ten minutes, so asking for it once pays for one.
fn price(ticket: &Ticket) -> Option<u64> {
    match ticket.file {
        FileOf::Export { .. } => Some(EXPORT_PRICE),
        FileOf::Dossier { .. } => Some(DOCUMENT_PRICE),
        FileOf::Chart { .. } => Some(charts::PRICE),
        FileOf::Evidence(_) | FileOf::Import(_) => None,
    }
}

/// A file that is saved, never shown, under a name that every browser reads right (RFC 6266, RFC 8187).
pub(super) fn attachment(name: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' };
    let ascii: String = crate::text::fold(name).chars().map(plain).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, KEPT))
}

#[derive(Debug, PartialEq)]
enum Part {
    Whole,
    Of(Range<u64>),
    Unsatisfiable,
}

/// The one range that a `Range` header asks for (RFC 9110, 14.1.2); what is not understood or is several is the whole.
fn part(header: &str, size: u64) -> Part {
    let Some(range) = header.strip_prefix("bytes=") else { return Part::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Part::Whole };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(last) {
        return Part::Whole;
    }
    let range = match (first.parse::<u64>().ok(), last.parse::<u64>().ok()) {
        (Some(first), Some(last)) if first > last => return Part::Whole,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(size),
        (Some(first), None) => first..size,
        (None, Some(length)) => size.saturating_sub(length)..size,
        (None, None) => return Part::Whole,
    };
    if range.is_empty() { Part::Unsatisfiable } else { Part::Of(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, wanted) in [
            ("bytes=0-3", Part::Of(0..4)),
            ("bytes=4-", Part::Of(4..10)),
            ("bytes=-3", Part::Of(7..10)),
            ("bytes=-30", Part::Of(0..10)),
            ("bytes=8-99", Part::Of(8..10)),
            ("bytes=10-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=3-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("lines=1-2", Part::Whole),
        ] {
            assert_eq!(part(header, 10), wanted, "{header}");
        }
    }

    #[test]
    fn names_are_safe_in_a_header() {
        let header = attachment("Báo cáo \"quý\" 3.pdf");
        assert_eq!(
            header,
            "attachment; filename=\"bao cao _quy_ 3.pdf\"; filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20%22qu%C3%BD%22%203.pdf"
        );
    }
}
