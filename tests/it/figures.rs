//! Files of figures: from upload to the draft, and back.

mod again;
mod command;
mod commit;
mod costs;
mod export;
mod hostile;
mod kept;
mod large;
mod pieces;
mod preview;
mod streamed;
mod wall;

use std::collections::BTreeMap;

use api::store::Read;
use entity::*;
use rust_xlsxwriter::{Workbook, Worksheet};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Client, Lab};
use uuid::Uuid;

use crate::files::stored;
use crate::given::{column, database};
use crate::scene::{list, text};

/// Announces and uploads a file of figures; the import's id.
pub async fn imported(client: &Client, edition: &str, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let (id, url) = announced(client, edition, name).await;
    let answer = client.http.put(url).body(bytes.as_ref().to_vec()).send().await.expect("the server answers");
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
    id
}

/// Announces a file of figures; the import's id and where to put the file.
pub async fn announced(client: &Client, edition: &str, name: &str) -> (String, String) {
    announced_as(client, edition, name, "VALUE").await
}

/// Announces a file whose wide tables hold `figure`.
async fn announced_as(client: &Client, edition: &str, name: &str, figure: &str) -> (String, String) {
    let create = "mutation($input: EditionImportCreateInput!) {
        editionImportCreate(input: $input) { upload { url editionImport { id } } userErrors { field code } }
    }";
    let input = json!({ "editionId": edition, "figure": figure, "file": { "name": name } });
    let made = client.done(create, json!({ "input": input })).await;
    (text(&made, "/upload/editionImport/id"), text(&made, "/upload/url"))
}

/// An empty draft of this year, made with the framework of 2025.
async fn draft(client: &Client, year: i32) -> String {
    let frameworks = client.get("{ frameworks(first: 20) { nodes { id version } } }", json!({})).await;
    let all = list(&frameworks, "/frameworks/nodes");
    let of_2025 = all.iter().find(|one| one["version"] == "2025").expect("the framework is seeded");
    draft_of(client, year, &text(of_2025, "/id")).await
}

/// An empty draft of this year, made with this framework.
async fn draft_of(client: &Client, year: i32, framework: &str) -> String {
    let create = "mutation($input: EditionCreateInput!) {
        editionCreate(input: $input) { edition { id } userErrors { field code } }
    }";
    let input = json!({ "year": year, "frameworkId": framework });
    text(&client.done(create, json!({ "input": input })).await, "/edition/id")
}

const PREVIEW: &str = "query($id: ID!) { editionImportPreview(id: $id) {
    editionImport { status rowVersion } sheets skippedSheets rowsRead unitsMatched figuresRead
    changedCount unmatchedCount errorCount
    changes(first: 100) { unit { code } node { code } denominator { code } figure before after sheet row column }
    unmatched(first: 100) { sheet row column text part }
    errors(first: 100) { sheet row column text code message } } }";

/// What an uploaded file says.
async fn preview(client: &Client, import: &str) -> Value {
    client.get(PREVIEW, json!({ "id": import })).await["editionImportPreview"].take()
}

/// A preview's numbers: rows, units, figures, changes, what is unmatched, errors.
fn numbers(preview: &Value) -> [i64; 6] {
    ["rowsRead", "unitsMatched", "figuresRead", "changedCount", "unmatchedCount", "errorCount"]
        .map(|name| preview[name].as_i64().expect("a number"))
}

/// The changes as `20 1.1.1 VALUE null -> 5.5 at C3`.
fn changes(preview: &Value) -> Vec<String> {
    let one = |change: &Value| {
        let subject = if change["node"].is_null() { &change["denominator"] } else { &change["node"] };
        let (unit, code) = (text(change, "/unit/code"), text(subject, "/code"));
        let (figure, place) = (text(change, "/figure"), place(change));
        format!("{unit} {code} {figure} {} -> {} at {place}", change["before"], change["after"])
    };
    list(preview, "/changes").iter().map(one).collect()
}

/// Where something stands: `Điểm!C3`, or `C3` where there are no sheets.
fn place(found: &Value) -> String {
    let (sheet, column) = (text(found, "/sheet"), text(found, "/column"));
    let mark = if sheet.is_empty() { "" } else { "!" };
    format!("{sheet}{mark}{column}{}", found["row"])
}

/// The errors as `C3 NOT_A_NUMBER abc`.
fn errors(preview: &Value) -> Vec<String> {
    let one = |error: &Value| format!("{} {} {}", place(error), text(error, "/code"), text(error, "/text"));
    list(preview, "/errors").iter().map(one).collect()
}

/// What names nothing known, as `A3 ROW Atlantis`.
fn unmatched(preview: &Value) -> Vec<String> {
    let one = |name: &Value| format!("{} {} {}", place(name), text(name, "/part"), text(name, "/text"));
    list(preview, "/unmatched").iter().map(one).collect()
}

const COMMIT: &str = "mutation($id: ID!, $allow: Boolean! = false, $version: Int) {
    editionImportCommit(id: $id, allowUnmatched: $allow, expectedVersion: $version) {
      editionImport { status changed rowVersion committedAt } userErrors { field code message } } }";

/// Commits an import, which must succeed; how many figures it changed.
async fn committed(client: &Client, import: &str) -> i64 {
    let payload = client.done(COMMIT, json!({ "id": import })).await;
    assert_eq!(payload["editionImport"]["status"], "COMMITTED");
    payload["editionImport"]["changed"].as_i64().expect("a number")
}

/// Why an import is not committed.
async fn uncommitted(client: &Client, import: &str) -> Vec<String> {
    client.refused(COMMIT, json!({ "id": import })).await
}

/// The key in a global id.
fn key(id: &str) -> Uuid {
    id.split_once(':').and_then(|(_, key)| key.parse().ok()).expect("a global id")
}

/// The figures that stand in an edition, as `value score rank source note` by unit and node.
async fn standing(lab: &Lab, edition: &str) -> BTreeMap<(String, String), String> {
    let store = lab.app.system();
    let rows = store.find::<score::Entity>().filter(score::Column::EditionId.eq(key(edition)));
    let mut found = BTreeMap::new();
    let units = store.all(store.find::<unit::Entity>()).await.expect("read");
    let units: BTreeMap<Uuid, String> = units.into_iter().map(|row| (row.id, row.code)).collect();
    let nodes = store.all(store.find::<node::Entity>()).await.expect("read");
    let nodes: BTreeMap<Uuid, String> = nodes.into_iter().map(|row| (row.id, row.code)).collect();
    let shown = |figure: Option<f64>| figure.map_or("-".to_owned(), |figure| figure.to_string());
    for row in store.every(rows).await.expect("read") {
        let (source, note) = (row.source.unwrap_or_default(), row.note.unwrap_or_default());
        let figures = [row.value, row.score, row.rank.map(f64::from)].map(shown).join(" ");
        let at = (units[&row.unit_id].clone(), nodes[&row.node_id].clone());
        assert!(found.insert(at, format!("{figures} {source} {note}").trim_end().to_owned()).is_none());
    }
    found
}

/// All that files of figures write, in counts, dates and versions: equal before and after what writes nothing.
async fn written(lab: &Lab) -> Vec<String> {
    let mut found = Vec::new();
    for table in ["score", "denominator_value", "computation", "computed_score", "statistic", "edition"] {
        let sql = format!(
            "SELECT '{table} ' || COUNT(*) || ' ' || COALESCE(CAST(MAX(updated_at) AS TEXT), '') FROM {table}"
        );
        found.extend(column(&database(lab).await, &sql).await);
    }
    let versions = "SELECT 'versions ' || SUM(row_version) FROM edition";
    found.extend(column(&database(lab).await, versions).await);
    found
}

/// The text of a file, of all its parts if it is a workbook.
fn unpacked(bytes: &[u8]) -> String {
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) else {
        return String::from_utf8(bytes.to_vec()).expect("text");
    };
    let mut said = String::new();
    for part in 0..archive.len() {
        let mut part = archive.by_index(part).expect("a part");
        std::io::Read::read_to_string(&mut part, &mut said).expect("text");
    }
    said
}

/// A workbook whose sheets are filled by `fill`.
fn workbook(sheets: &[(&str, &[&[Cell]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet: &mut Worksheet = book.add_worksheet();
        sheet.set_name(*name).expect("a name");
        for (row, cells) in (0_u32..).zip(*rows) {
            for (column, cell) in (0_u16..).zip(*cells) {
                match cell {
                    Cell::T(text) => sheet.write_string(row, column, *text).expect("written"),
                    Cell::N(number) => sheet.write_number(row, column, *number).expect("written"),
                    Cell::Nothing => continue,
                };
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}

/// A cell of a workbook.
enum Cell {
    /// A text.
    T(&'static str),
    /// A number.
    N(f64),
    /// Empty.
    Nothing,
}
