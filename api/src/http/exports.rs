//! The figures of an edition by ticket, sent while they are read.

use std::fs::File;
use std::io;

use axum::body::Body;
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::files::about_attachment;
use crate::App;
use crate::error::{Error, Result};
use crate::figures::Export;
use crate::lang::Lang;
use crate::sheet::Format;
use crate::store::Store;

/// Bytes of a temporary file that are read at once.
const PIECE: usize = 64 << 10;

/// Which edition, and as what.
pub(super) struct Wish {
    pub(super) edition: Uuid,
    pub(super) format: Format,
    pub(super) lang: Lang,
}

/// The file for the user `to` who reads through `store`. How long a text is nobody knows before its end, so it says
/// nothing of it.
pub(super) async fn send(
    app: &App,
    store: &Store,
    wish: Wish,
    to: Uuid,
    request: Uuid,
    method: &Method,
) -> Result<Response> {
    let place = app.files.downloads.take(Some(to))?;
    let Wish { edition, format, lang } = wish;
    let export = Export::of(store, edition, format, lang).await?;
    let mut response = Response::new(Body::empty());
    response.headers_mut().extend(about_attachment(&export.name, format.media_type())?);
    if method == Method::HEAD {
        return Ok(response);
    }
    let patience = app.files.patience;
    *response.body_mut() = match format {
        Format::Xlsx => {
            let file = export.workbook(&app.workshop).await?;
            let length = file.metadata().map_err(Error::internal)?.len();
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            Body::from_stream(patience.send(pieces(file), place))
        }
        Format::Csv | Format::Json => {
            let bytes = export.text().await?.map(move |piece| {
                piece.map_err(|cause| {
                    tracing::warn!(%request, ?cause, "an export broke off");
                    io::Error::other("broken off")
                })
            });
            Body::from_stream(patience.send(bytes.boxed(), place))
        }
    };
    Ok(response)
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
