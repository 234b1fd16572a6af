//! Files that are made when they are got by ticket: the figures of an edition, sent while they are read, and the documents
//! of a dossier. Whoever gets one has a place among the downloads until it is all sent.

use std::fs::File;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use entity::{AuditAction, dossier};
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::time::timeout;
use uuid::Uuid;

use super::files::attachment;
use super::unmeasured;
use crate::App;
use crate::dossier::{Document, frozen};
use crate::error::{Code, Error, Problem, Result};
use crate::figures::Export;
use crate::lang::Lang;
use crate::places::Asker;
use crate::sheet::Format;
use crate::store::{Read, Store};

/// Bytes that are sent at once.
const PIECE: usize = 64 << 10;

/// Who gets a file, and how.
pub(super) struct Getting<'a> {
    pub(super) app: &'a App,
    pub(super) store: &'a Store,
    pub(super) user: Uuid,
    pub(super) request: Uuid,
    pub(super) method: &'a Method,
    pub(super) version: Version,
}

/// The figures of which edition, and as what.
pub(super) struct Wish {
    pub(super) edition: Uuid,
    pub(super) format: Format,
    pub(super) lang: Lang,
}

/// The figures of an edition. How long a text is nobody knows before its end, so the answer says nothing of it.
pub(super) async fn figures(getting: &Getting<'_>, wish: Wish) -> Result<Response> {
    let Getting { app, store, user, request, method, version } = getting;
    let (user, request) = (*user, *request);
    let place = app.files.downloads.take(Asker::User(user))?;
    let Wish { edition, format, lang } = wish;
    let export = Export::of(store, edition, format, lang).await?;
    let mut response = about(&export.name, format.media_type())?;
    if *method == Method::HEAD {
        *response.body_mut() = unmeasured();
        return Ok(response);
    }
    let patience = app.files.patience;
    // Whoever waits for the whole file waits no longer than for any answer.
    let deadline = Duration::from_secs(app.settings.request_seconds);
    let whole = async {
        match (format, *version) {
            (Format::Xlsx, _) => export.workbook(&app.workshop).await.map(Made::File),
            // Where a text without a length ends is told by the connection's end alone, and so might be its half.
            (_, Version::HTTP_10 | Version::HTTP_09) => spooled(export.text().await?).await.map(Made::File),
            _ => export.text().await.map(Made::Text),
        }
    };
    let made = timeout(deadline, whole).await.map_err(|_| Problem::new("", Code::Timeout))??;
    *response.body_mut() = match made {
        Made::File(file) => {
            response.headers_mut().insert(header::CONTENT_LENGTH, length(&file)?);
            Body::from_stream(patience.send(pieces(file), place))
        }
        Made::Text(pieces) => {
            let bytes = pieces.map(move |piece| {
                piece.map_err(|cause| {
                    tracing::warn!(%request, ?cause, "an export broke off");
                    io::Error::other("broken off")
                })
            });
            response.extensions_mut().insert(Compressible);
            Body::from_stream(patience.send(bytes.boxed(), place))
        }
    };
    Ok(response)
}

/// Marks an answer of text, made of what its reader may see and nothing else. Files that people handed in are sent as they
/// are: their parts may be asked for.
#[derive(Clone)]
struct Compressible;

/// Whether an answer may be compressed while it is sent.
pub(super) fn is_compressible(_: StatusCode, _: Version, _: &HeaderMap, about: &Extensions) -> bool {
    about.get::<Compressible>().is_some()
}

enum Made {
    File(File),
    Text(BoxStream<'static, Result<Bytes>>),
}

/// The same bytes in a temporary file.
async fn spooled(mut text: BoxStream<'static, Result<Bytes>>) -> Result<File> {
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().map_err(Error::internal)?);
    while let Some(piece) = text.next().await {
        file.write_all(&piece?).await.map_err(Error::internal)?;
    }
    file.rewind().await.map_err(Error::internal)?;
    Ok(file.into_std().await)
}

/// A document of a dossier: made of the frozen text in the workshop, as many at once as it has places.
pub(super) async fn document(getting: &Getting<'_>, id: Uuid, document: Document) -> Result<Response> {
    let Getting { app, store, user, method, .. } = *getting;
    let place = app.files.downloads.take(Asker::User(user))?;
    let dossier = store.get::<dossier::Entity>(id).await?;
    let text = frozen::spooled(store, &dossier).await?;
    let (file, name) = app.workshop.run(move |_| document.write(&dossier, text)).await?;
    let mut response = about(&name, document.media_type())?;
    response.headers_mut().insert(header::CONTENT_LENGTH, length(&file)?);
    if method == Method::HEAD {
        return Ok(response);
    }
    let tx = store.begin().await?;
    tx.note_event::<dossier::Entity>(AuditAction::Download, Some(id), None);
    tx.commit().await?;
    *response.body_mut() = Body::from_stream(app.files.patience.send(pieces(file), place));
    Ok(response)
}

/// An answer without its body: a file that was made just now.
fn about(name: &str, media_type: &'static str) -> Result<Response> {
    let name = HeaderValue::from_str(&attachment(name)).map_err(Error::internal)?;
    let mut response = Response::new(Body::empty());
    let about = response.headers_mut();
    about.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    about.insert(header::CONTENT_DISPOSITION, name);
    about.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    Ok(response)
}

fn length(file: &File) -> Result<HeaderValue> {
    Ok(file.metadata().map_err(Error::internal)?.len().into())
}

/// The bytes of a file from its beginning.
fn pieces(file: File) -> BoxStream<'static, io::Result<Bytes>> {
    try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.freeze(), file)))
    })
    .boxed()
}
