//! The figures of an edition as a file, equal to what the API answers: read from the database some units at a time and
//! written as they come, so that memory does not grow with the number of figures.

use std::fs::File;

use bytes::Bytes;
use entity::*;
use futures_util::stream::{BoxStream, StreamExt, once, try_unfold};
use sea_orm::{ColumnTrait, QueryFilter};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::pages::{Mark, Pages};
use super::{Lexicon, Subject, refused};
use crate::error::{Error, Result};
use crate::heavy::Workshop;
use crate::lang::Lang;
use crate::scoring::Tree;
use crate::sheet::{Book, ExportColumn, Fault, Format, Label, Outline, Series, TextFile};
use crate::store::{Read, Store};

/// The values, scores and ranks of an edition, about to be written as a file. What was published or entered and what was
/// computed stand apart; an import takes over the first only.
pub struct Export {
    /// The name of the file.
    pub name: String,
    format: Format,
    outline: Outline,
    pages: Pages,
}

impl Export {
    /// Of what the store's viewer may read of an edition.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an edition that the viewer may not read, and a problem of `edition` with more figures
    /// than a file of this format may hold.
    pub async fn of(store: &Store, edition: Uuid, format: Format, lang: Lang) -> Result<Self> {
        let mark = Mark::of(store, edition).await?;
        let edition = &mark.edition;
        let framework = store.get::<framework::Entity>(edition.framework_id).await?;
        let tree = Tree::read(store, framework).await?;
        let lexicon = Lexicon::of(store, edition, &tree).await?;
        let made =
            store.find::<computed_score::Entity>().filter(computed_score::Column::EditionId.eq(edition.id));
        let computed = store.exists(made).await?.then_some(Series::COMPUTED);
        let series: Vec<Series> = Series::ENTERED.into_iter().chain(computed.into_iter().flatten()).collect();
        let units = lexicon.units.iter().filter(|unit| lexicon.figured.contains(&unit.id));
        let label = |unit: &unit::Model| Label {
            code: unit.code.clone(),
            name: lang.pick(&unit.name_vi, &unit.name_en).clone(),
        };
        let units: Vec<(Uuid, Label)> = units.map(|unit| (unit.id, label(unit))).collect();
        let outline = Outline {
            lang,
            written: store.now(),
            about: about(edition, &tree, lang),
            warnings: warnings(edition, lang),
            columns: lexicon.columns.iter().map(|subject| column(&tree, subject, lang)).collect(),
            series: series.clone(),
            units: units.len(),
        };
        outline.check(format).map_err(unfit)?;
        let name = file_name(edition, format);
        let subjects = lexicon.columns.iter().map(Subject::id).collect();
        Ok(Self { name, format, outline, pages: Pages::new(store.clone(), mark, units, subjects, series) })
    }

    /// CSV or JSON as it is written; nothing more is read before somebody takes what there is.
    ///
    /// # Errors
    /// Here and later [`crate::error::Code::Conflict`] when the figures change meanwhile.
    pub async fn text(self) -> Result<BoxStream<'static, Result<Bytes>>> {
        let Self { format, outline, mut pages, .. } = self;
        let (mut file, mut head) = TextFile::begin(format, outline).map_err(unfit)?;
        // What fails at once is answered as an error, not as a file that breaks off.
        if let Some(lines) = pages.next().await? {
            head.extend(file.lines(&lines).map_err(unfit)?);
        }
        let rest = try_unfold(Some((file, pages)), |state| async move {
            let Some((mut file, mut pages)) = state else { return Ok(None) };
            Ok(Some(match pages.next().await? {
                Some(lines) => (file.lines(&lines).map_err(unfit)?.into(), Some((file, pages))),
                None => (file.end().map_err(unfit)?.into(), None),
            }))
        });
        Ok(once(async move { Ok(head.into()) }).chain(rest).boxed())
    }

    /// A workbook in a temporary file, since its parts are packed when all rows are there.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the figures change meanwhile, [`crate::error::Code::Busy`] when too much is
    /// computed already.
    pub async fn workbook(self, workshop: &Workshop) -> Result<File> {
        let Self { outline, mut pages, .. } = self;
        let (sender, mut receiver) = mpsc::channel(1);
        let written = workshop.run(move |stop| {
            let mut book = Book::begin(outline).map_err(unfit)?;
            while let Some(lines) = receiver.blocking_recv() {
                if stop.is_wanted() {
                    return Err(unfit(Fault::Stopped));
                }
                for line in &lines {
                    book.line(line).map_err(unfit)?;
                }
            }
            let mut file = tempfile::tempfile().map_err(Error::internal)?;
            book.save(&mut file).map_err(unfit)?;
            Ok(file)
        });
        let read = async move {
            while let Some(lines) = pages.next().await? {
                // Whoever takes no more lines says why.
                if sender.send(lines).await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        let (file, ()) = tokio::try_join!(written, read)?;
        Ok(file)
    }
}

fn unfit(fault: Fault) -> Error {
    refused(fault, "edition")
}

/// The name of the file; it too says what the figures are not.
pub fn file_name(edition: &edition::Model, format: Format) -> String {
    let draft = if edition.status == Publication::Draft { "-draft" } else { "" };
    let synthetic = if edition.synthetic { "-synthetic" } else { "" };
    format!("pii-{}-r{}{draft}{synthetic}.{}", edition.year, edition.revision, format.ending())
}

fn column(tree: &Tree, subject: &Subject, lang: Lang) -> ExportColumn {
    let (code, vi, en) = subject.names();
    let measure = match subject {
        Subject::Node(node) => tree.indicators.get(&node.id).map(|indicator| indicator.unit.clone()),
        Subject::Denominator(row) => Some(row.unit.clone()),
    };
    ExportColumn {
        label: Label { code: code.to_owned(), name: lang.pick(vi, en).to_owned() },
        measure: measure.unwrap_or_default(),
        kind: subject.kind(),
    }
}

const DRAFT: (&str, &str) = ("BẢN NHÁP, chưa công bố", "DRAFT, not published");
const SYNTHETIC: (&str, &str) = ("SỐ LIỆU GIẢ LẬP, không phải số thật", "SYNTHETIC DATA, not real figures");

fn warnings(edition: &edition::Model, lang: Lang) -> Vec<String> {
    let draft = (edition.status == Publication::Draft).then_some(DRAFT);
    let synthetic = edition.synthetic.then_some(SYNTHETIC);
    draft.into_iter().chain(synthetic).map(|(vi, en)| lang.pick(vi, en).to_owned()).collect()
}

fn about(edition: &edition::Model, tree: &Tree, lang: Lang) -> Vec<(String, String)> {
    let line = |vi: &str, en: &str, text: String| (lang.pick(vi, en).to_owned(), text);
    let framework = &tree.framework;
    let mut lines = vec![
        line("Năm", "Year", edition.year.to_string()),
        line("Lần công bố", "Revision", edition.revision.to_string()),
        line("Khung chỉ số", "Framework", lang.pick(&framework.name_vi, &framework.name_en).clone()),
        line(
            "Điểm và hạng",
            "Scores and ranks",
            lang.pick(
                "số đã công bố hoặc đã nhập; số hệ thống tính từ giá trị gốc ở cột và trang \"tính toán\", không được nhập lại",
                "as published or entered; what was computed here from the raw values stands in \"computed\" columns and sheets, which an import passes over",
            )
            .to_owned(),
        ),
    ];
    if edition.status == Publication::Draft {
        lines.push(line("Trạng thái", "Status", lang.pick(DRAFT.0, DRAFT.1).to_owned()));
    }
    if edition.synthetic {
        lines.push(line("Số liệu", "Figures", lang.pick(SYNTHETIC.0, SYNTHETIC.1).to_owned()));
    }
    if let Some(reason) = &edition.revision_reason {
        lines.push(line("Lý do đính chính", "Reason of the revision", reason.clone()));
    }
    if let Some(note) = &edition.note {
        lines.push(line("Ghi chú", "Note", note.clone()));
    }
    lines
}
