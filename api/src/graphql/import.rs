//! Files of figures: taking them in and giving them out.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::*;

use super::ask::Ask;
use super::check::Check;
use super::edition::Edition;
use super::edition_edit::hold_to_fill;
use super::framework::FrameworkNode;
use super::id;
use super::method::Denominator;
use super::page::limit;
use super::payload::payload;
use super::ticket::{Download, FileInput, ticket_end, ticket_url};
use super::unit::Unit;
use crate::auth::{Declared, FileOf, keys};
use crate::error::Result;
use crate::figures::{self, Change, Preview, Subject};
use crate::files::Purpose;
use crate::lang::Lang;
use crate::policy::Verb;
use crate::sheet::{CellCode, CellError, Format, Part, Place, Unmatched};
use crate::store::Read;

/// A file of figures for a draft edition: announced, uploaded, previewed, committed.
#[derive(Description)]
pub struct EditionImport(pub Arc<edition_import::Model>);

#[Object(use_type_description)]
impl EditionImport {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<edition_import::Entity>(self.0.id)
    }

    /// The edition.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Edition> {
        ctx.need::<edition::Entity>(self.0.edition_id).await.map(Edition)
    }

    /// What the cells of a wide table are, where the name of its sheet does not say.
    async fn figure(&self) -> Figure {
        self.0.figure
    }

    /// How far it is.
    async fn status(&self) -> ImportStatus {
        self.0.status
    }

    /// Name of the file.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// Size of the file in bytes, once uploaded.
    async fn size(&self) -> Option<i64> {
        self.0.size
    }

    /// SHA-256 of the file's bytes in hex, once uploaded.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }

    /// How many figures it changed, once committed.
    async fn changed(&self) -> Option<i32> {
        self.0.changed
    }

    /// When its figures were written.
    async fn committed_at(&self) -> Option<DateTime<Utc>> {
        self.0.committed_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// What a file says and what committing it would change. Nothing is written.
#[derive(Description)]
pub struct ImportPreview {
    import: edition_import::Model,
    preview: Preview,
}

/// A row, a header or a cell that names nothing known.
#[derive(SimpleObject)]
pub struct UnmatchedName {
    /// Name of the sheet; empty for CSV and JSON.
    sheet: String,
    /// The row, from 1; 0 for the keys of JSON rows.
    row: i64,
    /// Letters of the column, in JSON its key.
    column: String,
    /// What it says, cut to 100 characters.
    text: String,
    /// What it is.
    part: Part,
}

/// A cell that cannot be taken over.
#[derive(Description)]
pub struct UnreadCell(CellError);

#[Object(use_type_description)]
impl UnreadCell {
    /// Name of the sheet; empty for CSV and JSON.
    async fn sheet(&self) -> &str {
        &self.0.place.sheet
    }

    /// The row, from 1; 0 for the keys of JSON rows.
    async fn row(&self) -> i64 {
        self.0.place.row.into()
    }

    /// Letters of the column, in JSON its key.
    async fn column(&self) -> &str {
        &self.0.place.column
    }

    /// What it says, cut to 100 characters.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// What is wrong with it.
    async fn code(&self) -> CellCode {
        self.0.code
    }

    /// What is wrong with it, for people, in the language of `Accept-Language`.
    async fn message(&self, ctx: &Context<'_>) -> &'static str {
        message(self.0.code, ctx.lang())
    }
}

fn message(code: CellCode, lang: Lang) -> &'static str {
    match code {
        CellCode::NotANumber => lang.pick("Không phải số.", "Not a number."),
        CellCode::NotCalculated => lang.pick(
            "Công thức chưa có kết quả; hãy mở và lưu lại bằng phần mềm bảng tính.",
            "A formula without a result; open and save the file in a spreadsheet program.",
        ),
        CellCode::NotFinite => lang.pick("Không phải số hữu hạn.", "Not a finite number."),
        CellCode::AmbiguousNumber => lang.pick(
            "Không rõ dấu chấm hay phẩy là phần nghìn hay phần thập phân.",
            "It is not clear whether the point or comma parts thousands or decimals.",
        ),
        CellCode::OutOfRange => {
            lang.pick("Hạng phải là số nguyên từ 1.", "A rank must be a whole number from 1.")
        }
        CellCode::WrongFigure => lang.pick(
            "Mục này không có loại số liệu đó: chỉ chỉ số thành phần và mẫu số có giá trị gốc, mẫu số không có điểm và hạng.",
            "It cannot have such a figure: only indicators and denominators have raw values, denominators no scores and ranks.",
        ),
        CellCode::DuplicateUnit => lang.pick("Địa phương này đã có ở dòng khác.", "The unit stands in another row already."),
        CellCode::DuplicateCell => lang.pick("Số liệu này đã có ở ô khác.", "The figure stands in another cell already."),
        CellCode::DuplicateHeader => lang.pick("Cột này đã có.", "The column stands there already."),
        CellCode::AmbiguousName => {
            lang.pick("Tên hoặc mã này có nhiều nghĩa.", "Several units or columns share this name or code.")
        }
        CellCode::Mismatch => lang.pick("Mã và tên không khớp nhau.", "Code and name speak of different things."),
        CellCode::TooLong => lang.pick(
            "Nguồn hoặc ghi chú dài quá 20.000 ký tự.",
            "A source or a note of more than 20,000 characters.",
        ),
        CellCode::Ragged => lang.pick("Số ô khác với dòng tiêu đề.", "The row has another number of fields than the header."),
    }
}

/// A figure that the file would change.
#[derive(SimpleObject)]
pub struct FigureChange {
    /// The unit.
    unit: Unit,
    /// The node; null if it is a denominator.
    node: Option<FrameworkNode>,
    /// The denominator; null if it is a node.
    denominator: Option<Denominator>,
    /// Which figure.
    figure: Figure,
    /// What stands there now.
    before: Option<f64>,
    /// What the file says; null where it says that the figure is missing.
    after: Option<f64>,
    /// Name of the sheet; empty for CSV and JSON.
    sheet: String,
    /// The row, from 1.
    row: i64,
    /// Letters of the column, in JSON its key.
    column: String,
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[Object(use_type_description)]
impl ImportPreview {
    /// The import.
    async fn edition_import(&self) -> EditionImport {
        EditionImport(self.import.clone().into())
    }

    /// Names of the sheets that were read; one empty name for CSV and JSON.
    async fn sheets(&self) -> Vec<&str> {
        self.preview.reading.sheets.iter().map(|sheet| &*sheet.name).collect()
    }

    /// Names of the sheets that were passed over: without a header that can be understood, or hidden.
    async fn skipped_sheets(&self) -> Vec<&str> {
        self.preview.reading.skipped.iter().map(|name| &**name).collect()
    }

    /// Rows below the headers that hold something.
    async fn rows_read(&self) -> i64 {
        count(self.preview.reading.rows_read)
    }

    /// Units that were found.
    async fn units_matched(&self) -> i64 {
        count(self.preview.reading.units.len())
    }

    /// Figures that were read.
    async fn figures_read(&self) -> i64 {
        count(self.preview.reading.cells.len())
    }

    /// Figures that differ from those that stand in the draft now.
    async fn changed_count(&self) -> i64 {
        count(self.preview.changes.len())
    }

    /// The first of them.
    async fn changes(
        &self,
        #[graphql(desc = "How many, at most 100.", default = 20)] first: i32,
    ) -> Result<Vec<FigureChange>> {
        let lexicon = &self.preview.lexicon;
        let shown = |change: &Change| {
            let (node, denominator) = match &lexicon.columns[change.column] {
                Subject::Node(row) => (Some(FrameworkNode(row.clone().into())), None),
                Subject::Denominator(row) => (None, Some(Denominator(row.clone().into()))),
            };
            let Place { sheet, row, column } = &change.place;
            FigureChange {
                unit: Unit(lexicon.units[change.unit].clone().into()),
                node,
                denominator,
                figure: change.figure,
                before: change.before,
                after: change.after,
                sheet: sheet.to_string(),
                row: (*row).into(),
                column: column.to_string(),
            }
        };
        Ok(self.preview.changes.iter().take(limit(Some(first))? as usize).map(shown).collect())
    }

    /// Rows and columns that name nothing known; they would be left out.
    async fn unmatched_count(&self) -> i64 {
        count(self.preview.reading.unmatched_count)
    }

    /// The first of them.
    async fn unmatched(
        &self,
        #[graphql(desc = "How many, at most 100.", default = 20)] first: i32,
    ) -> Result<Vec<UnmatchedName>> {
        let shown = |name: &Unmatched| UnmatchedName {
            sheet: name.place.sheet.to_string(),
            row: name.place.row.into(),
            column: name.place.column.to_string(),
            text: name.text.clone(),
            part: name.what,
        };
        Ok(self.preview.reading.unmatched.iter().take(limit(Some(first))? as usize).map(shown).collect())
    }

    /// Cells that cannot be read; with one of them the file cannot be committed.
    async fn error_count(&self) -> i64 {
        count(self.preview.reading.error_count)
    }

    /// The first of them.
    async fn errors(
        &self,
        #[graphql(desc = "How many, at most 100.", default = 20)] first: i32,
    ) -> Result<Vec<UnreadCell>> {
        let first = limit(Some(first))? as usize;
        Ok(self.preview.reading.errors.iter().take(first).cloned().map(UnreadCell).collect())
    }
}

/// A file of figures that is going to be uploaded.
#[derive(InputObject)]
pub struct EditionImportCreateInput {
    /// The draft edition.
    edition_id: ID,
    /// What the cells of a wide table (one row for each unit, one column for each node) are, where the name of its sheet
    /// does not say. A long table (unit, node, value, score, rank) says it in its header.
    #[graphql(default_with = "Figure::Value")]
    figure: Figure,
    /// The file: XLSX, CSV or JSON, at most 20 MiB.
    file: FileInput,
}

/// Where to send a file of figures.
#[derive(SimpleObject)]
pub struct EditionImportUpload {
    /// The import, pending until the file is there.
    edition_import: EditionImport,
    /// Address to `PUT` the bytes to, without an `Authorization` header.
    url: String,
    /// When the address ends.
    expires_at: DateTime<Utc>,
    /// Largest size in bytes.
    max_bytes: i64,
}

payload! {
    /// What came of announcing a file of figures.
    EditionImportUploadPayload {
        /// Where to send it.
        upload: EditionImportUpload
    }
}

payload! {
    /// What came of committing a file of figures.
    EditionImportPayload {
        /// The import as it is now.
        edition_import: EditionImport
    }
}

/// Queries about files of figures.
#[derive(Default)]
pub struct ImportQuery;

#[Object]
impl ImportQuery {
    /// What an uploaded file says and what committing it would change: read, compared, nothing written. For the
    /// coordinator; the leader may look.
    async fn edition_import_preview(&self, ctx: &Context<'_>, id: ID) -> Result<Option<ImportPreview>> {
        let key = id::parse::<edition_import::Entity>(&id, "id")?;
        let store = ctx.store()?;
        let import = store.get::<edition_import::Entity>(key).await?;
        let preview = figures::preview(ctx.app()?, store, &import).await?;
        Ok(Some(ImportPreview { import, preview }))
    }

    /// Where to get the figures of an edition as a file: values, scores and ranks as the API answers them. What was published
    /// or entered and what was computed stand apart; an import takes over the first only.
    async fn edition_export(
        &self,
        ctx: &Context<'_>,
        edition: ID,
        #[graphql(desc = "XLSX has a sheet for each figure; CSV and JSON a row for each unit and node.")]
        format: Format,
        #[graphql(desc = "Language of headings and names; that of `Accept-Language` if not given.")]
        lang: Option<Lang>,
    ) -> Result<Option<Download>> {
        let key = id::parse::<edition::Entity>(&edition, "edition")?;
        let row = ctx.store()?.get::<edition::Entity>(key).await?;
        let lang = lang.unwrap_or(ctx.lang());
        let file = FileOf::Export { edition: key, format, lang };
        Ok(Some(Download {
            url: ticket_url(ctx, file, keys::GET_FILE, Declared::default())?,
            file_name: figures::file_name(&row, format),
            expires_at: ticket_end(ctx)?,
        }))
    }
}

/// Mutations of files of figures.
#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Announces a file of figures for a draft edition and says where to upload it. For the coordinator.
    async fn edition_import_create(
        &self,
        ctx: &Context<'_>,
        input: EditionImportCreateInput,
    ) -> Result<Option<EditionImportUploadPayload>> {
        EditionImportUploadPayload::of(create(ctx, input).await)
    }

    /// Writes the figures of an uploaded file into its draft, all or nothing. A cell that says "missing" (empty, `-`, `n/a`)
    /// takes the figure away; units and nodes that the file does not name keep theirs. What was computed before goes, for
    /// its raw values may have changed. Doing it twice, or with a file of the same contents, changes nothing. For the
    /// coordinator.
    async fn edition_import_commit(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(
            desc = "Leaves out rows and columns that name nothing known, instead of refusing the file.",
            default
        )]
        allow_unmatched: bool,
        expected_version: Option<i32>,
    ) -> Result<Option<EditionImportPayload>> {
        EditionImportPayload::of(commit(ctx, id, allow_unmatched, expected_version).await)
    }
}

async fn create(ctx: &Context<'_>, input: EditionImportCreateInput) -> Result<EditionImportUpload> {
    let mut check = Check::new("input");
    let edition = check.id::<edition::Entity>("editionId", &input.edition_id);
    let declared = input.file.declared(ctx, &mut check, Purpose::Figures, "file")?;
    check.done()?;
    let author = ctx.principal()?.user.id;
    let tx = ctx.store()?.begin().await?;
    tx.may::<edition_import::Entity>(Verb::Create)?;
    hold_to_fill(&tx, edition, "input.editionId").await.map_err(|error| error.at("input.editionId"))?;
    let row = figures::announce(&tx, edition, author, input.figure, &declared.name).await?;
    tx.commit().await?;
    let app = ctx.app()?;
    Ok(EditionImportUpload {
        url: ticket_url(ctx, FileOf::Import(row.id), keys::PUT_FILE, declared)?,
        expires_at: ticket_end(ctx)?,
        max_bytes: count(usize::try_from(app.files.max_bytes(Purpose::Figures)).unwrap_or(usize::MAX)),
        edition_import: EditionImport(row.into()),
    })
}

async fn commit(
    ctx: &Context<'_>,
    id: ID,
    allow_unmatched: bool,
    expected: Option<i32>,
) -> Result<EditionImport> {
    let key = id::parse::<edition_import::Entity>(&id, "id")?;
    let row = figures::commit(ctx.app()?, ctx.store()?, key, allow_unmatched, expected).await?;
    Ok(EditionImport(row.into()))
}
