//! An import as an operator's command: the same steps as over GraphQL, in the name of a user, with a report in words.

use std::fmt::Write;
use std::path::Path;

use entity::*;
use futures_util::stream;
use sea_orm::{ColumnTrait, QueryFilter};

use super::{Preview, announce, commit, preview, store_file};
use crate::App;
use crate::auth::Declared;
use crate::error::{Code, Error, Problem, Result};
use crate::files::{Purpose, check_name};
use crate::policy::{User, Viewer};
use crate::sheet::Place;
use crate::store::Read;

/// Which file to read, for what.
#[derive(Clone, Copy, Debug)]
pub struct FileRequest<'a> {
    /// The file.
    pub file: &'a Path,
    /// Year of the draft edition.
    pub year: i32,
    /// What the cells of a wide table are, where the name of its sheet does not say.
    pub figure: Figure,
    /// Whether to write the figures.
    pub commit: bool,
    /// Whether to leave out what names nothing known.
    pub allow_unmatched: bool,
}

/// Reads a file for a draft edition in the name of `user`, and writes its figures if that is asked for; a report.
///
/// # Errors
/// What is wrong with the file, or with what the user may do. Nothing is written then.
pub async fn import_file(app: &App, user: User, request: FileRequest<'_>) -> Result<String> {
    let store = app.store(Viewer::User(user));
    let name = request.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    check_name(&name, Purpose::Figures, "file")?;
    let cannot =
        |error: std::io::Error| Error::from(Problem::new("file", Code::FileNotReadable).with(error.kind()));
    let most = app.files.max_bytes(Purpose::Figures);
    if tokio::fs::metadata(request.file).await.map_err(cannot)?.len() > most {
        return Err(Problem::new("file", Code::FileTooLarge).with(most).into());
    }
    let bytes = bytes::Bytes::from(tokio::fs::read(request.file).await.map_err(cannot)?);
    let drafts = store.find::<edition::Entity>().filter(edition::Column::Year.eq(request.year));
    let draft = store.first(drafts.filter(edition::Column::Status.eq(Publication::Draft))).await?;
    let draft = draft.ok_or_else(|| Error::from(Problem::new("year", Code::NotFound)))?;
    let tx = store.begin().await?;
    let import = announce(&tx, draft.id, user.id, request.figure, &name).await?;
    tx.commit().await?;
    let declared = Declared { name, ..Declared::default() };
    let bytes = stream::iter([Ok::<_, crate::error::Error>(bytes)]);
    let import = store_file(app, &store, import.id, &declared, bytes).await?;
    let mut report = words(&preview(app, &store, &import).await?);
    if request.commit {
        let row = commit(app, &store, import.id, request.allow_unmatched, None).await?;
        let _ = writeln!(report, "committed: {} figures changed", row.changed.unwrap_or_default());
    }
    Ok(report)
}

fn words(preview: &Preview) -> String {
    let reading = &preview.reading;
    let mut report = String::new();
    let _ = writeln!(
        report,
        "rows read {}, units matched {}, figures read {}, figures that change {}, unmatched {}, errors {}",
        reading.rows_read,
        reading.units.len(),
        reading.cells.len(),
        preview.changes.len(),
        reading.unmatched_count,
        reading.error_count,
    );
    for name in &reading.unmatched {
        let _ = writeln!(report, "unmatched {}: {}", at(&name.place), name.text);
    }
    for error in &reading.errors {
        let code = async_graphql::resolver_utils::enum_value(error.code);
        let _ = writeln!(report, "{code} {}: {}", at(&error.place), error.text);
    }
    report
}

/// `Điểm!C3`, or `C3` where there are no sheets.
fn at(place: &Place) -> String {
    let mark = if place.sheet.is_empty() { "" } else { "!" };
    format!("{}{mark}{}{}", place.sheet, place.column, place.row)
}
