//! From a file to the figures of a draft: what it would change, and changing it, whole or not at all.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Set};
use uuid::Uuid;

use super::{Lexicon, Subject, changed, refused};
use crate::App;
use crate::auth::Declared;
use crate::error::{Code, Error, Problem, Result};
use crate::files::{Purpose, Stored};
use crate::graphql::hold_to_fill;
use crate::policy::Verb;
use crate::scoring::Tree;
use crate::sheet::{self, Format, Place, Reading};
use crate::store::{Held, Read, Store, Tx};

/// A figure that a file would change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The unit, counted in the lexicon.
    pub unit: usize,
    /// The column, counted in the lexicon.
    pub column: usize,
    /// Which figure.
    pub figure: Figure,
    /// What stands there now.
    pub before: Option<f64>,
    /// What the file says; `None` where it says that the figure is missing.
    pub after: Option<f64>,
    /// Where it says so.
    pub place: Place,
}

/// What a file says, and what it would change.
pub struct Preview {
    /// Its units and columns.
    pub lexicon: Lexicon,
    /// What was found in it.
    pub reading: Reading,
    /// The figures that differ from those that stand there now.
    pub changes: Vec<Change>,
    now: Now,
}

impl Preview {
    /// Tells anew what the file would change.
    async fn compare(&mut self, store: &impl Read, edition: Uuid) -> Result<()> {
        self.now = Now::of(store, edition).await?;
        self.changes.clear();
        for cell in &self.reading.cells {
            let (unit, column) = (&self.lexicon.units[cell.unit], &self.lexicon.columns[cell.column]);
            let before = self.now.figure(unit.id, column, cell.figure);
            if before != cell.value {
                self.changes.push(Change {
                    unit: cell.unit,
                    column: cell.column,
                    figure: cell.figure,
                    before,
                    after: cell.value,
                    place: cell.place.clone(),
                });
            }
        }
        Ok(())
    }
}

/// The figures that stand in an edition now.
#[derive(Default)]
struct Now {
    scores: HashMap<(Uuid, Uuid), score::Model>,
    divisors: HashMap<(Uuid, Uuid), denominator_value::Model>,
}

impl Now {
    async fn of(store: &impl Read, edition: Uuid) -> Result<Self> {
        let scores = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition));
        let divisors = store
            .find::<denominator_value::Entity>()
            .filter(denominator_value::Column::EditionId.eq(edition));
        let scores = store.every(scores).await?.into_iter().map(|row| ((row.unit_id, row.node_id), row));
        let divisors =
            store.every(divisors).await?.into_iter().map(|row| ((row.unit_id, row.denominator_id), row));
        Ok(Self { scores: scores.collect(), divisors: divisors.collect() })
    }

    fn figure(&self, unit: Uuid, subject: &Subject, figure: Figure) -> Option<f64> {
        match subject {
            Subject::Denominator(row) => Some(self.divisors.get(&(unit, row.id))?.value),
            Subject::Node(row) => {
                let row = self.scores.get(&(unit, row.id))?;
                match figure {
                    Figure::Value => row.value,
                    Figure::Score => row.score,
                    Figure::Rank => row.rank.map(f64::from),
                }
            }
        }
    }

    /// The supplied figure that the value is.
    fn submission(&self, unit: Uuid, subject: &Subject) -> Option<Uuid> {
        self.scores.get(&(unit, subject.id()))?.submission_id
    }

    fn note(&self, unit: Uuid, subject: &Subject) -> Option<&String> {
        let key = (unit, subject.id());
        match subject {
            Subject::Denominator(_) => self.divisors.get(&key)?.note.as_ref(),
            Subject::Node(_) => self.scores.get(&key)?.note.as_ref(),
        }
    }
}

/// Notes that a file of figures for a draft edition is going to come.
///
/// # Errors
/// [`Error::Forbidden`] when the viewer may not import, or the edition is no draft.
pub async fn announce(
    tx: &Tx,
    edition: Uuid,
    author: Uuid,
    figure: Figure,
    file_name: &str,
) -> Result<edition_import::Model> {
    let row = edition_import::ActiveModel {
        edition_id: Set(edition),
        author_id: Set(author),
        figure: Set(figure),
        status: Set(ImportStatus::Pending),
        file_name: Set(file_name.to_owned()),
        ..Default::default()
    };
    tx.insert::<edition_import::Entity>(row).await
}

/// Reads the file of an import and compares it with what stands in its edition now. Writes nothing.
///
/// # Errors
/// [`Code::InvalidState`] before the file is uploaded, and what is wrong with the file as a whole.
pub async fn preview(app: &App, store: &impl Read, import: &edition_import::Model) -> Result<Preview> {
    let edition = store.get::<edition::Entity>(import.edition_id).await?;
    let Some(key) = &import.storage_key else {
        return Err(Problem::new("id", Code::InvalidState).with("PENDING").into());
    };
    let framework = store.get::<framework::Entity>(edition.framework_id).await?;
    let tree = Tree::read(store, framework).await?;
    let lexicon = Lexicon::of(store, &edition, &tree).await?;
    let bytes = app.files.whole(key).await?;
    let (name, figure, dictionary) = (import.file_name.clone(), import.figure, lexicon.dictionary.clone());
    let read = move |stop: &crate::heavy::Stop| {
        let format = Format::of(&name, &bytes).map_err(|fault| refused(fault, "id"))?;
        sheet::read_until(&bytes, format, &dictionary, figure, stop).map_err(|fault| refused(fault, "id"))
    };
    let reading = app.workshop.run(read).await?;
    let mut preview = Preview { lexicon, reading, changes: Vec::new(), now: Now::default() };
    preview.compare(store, edition.id).await?;
    Ok(preview)
}

/// Writes what the file of an import changes, or nothing. What an earlier run of the engine made of the edition goes, for
/// it is no longer what it says. Doing it twice, or with a file of the same contents, changes nothing.
///
/// # Errors
/// [`Code::ImportErrors`] where a cell cannot be read, [`Code::ImportUnmatched`] where a row or column names nothing known
/// and `allow_unmatched` is not said.
pub async fn commit(
    app: &App,
    store: &Store,
    id: Uuid,
    allow_unmatched: bool,
    expected: Option<i32>,
) -> Result<edition_import::Model> {
    let tx = store.begin().await?;
    let read = match hold_uncommitted(&tx, id).await? {
        ControlFlow::Break(committed) => return Ok(committed),
        ControlFlow::Continue(held) => (*held).clone(),
    };
    // Nothing is locked while the file waits for its turn to be read.
    drop(tx);
    let mut preview = preview(app, store, &read).await?;
    let reading = &preview.reading;
    if reading.error_count > 0 {
        return Err(Problem::new("id", Code::ImportErrors).with(reading.error_count).into());
    }
    if reading.unmatched_count > 0 && !allow_unmatched {
        return Err(Problem::new("id", Code::ImportUnmatched).with(reading.unmatched_count).into());
    }
    let tx = store.begin().await?;
    let import = match hold_uncommitted(&tx, id).await? {
        ControlFlow::Break(committed) => return Ok(committed),
        ControlFlow::Continue(held) => held,
    };
    if import.storage_key != read.storage_key {
        return Err(Error::Conflict(vec![Problem::new("id", Code::Conflict)]));
    }
    let edition = hold_to_fill(&tx, import.edition_id, "id").await?;
    preview.compare(&tx, edition.id).await?;
    if !preview.changes.is_empty() {
        write(&tx, &edition, &import, &preview).await?;
        changed(&tx, &edition).await?;
    }
    let change = edition_import::ActiveModel {
        status: Set(ImportStatus::Committed),
        changed: Set(Some(i32::try_from(preview.changes.len()).map_err(Error::internal)?)),
        committed_at: Set(Some(app.world.now())),
        ..Default::default()
    };
    let row = tx.update(&import, expected, change).await?;
    tx.commit().await?;
    Ok(row)
}

/// The import, to be committed, or the row of one that was.
async fn hold_uncommitted(
    tx: &Tx,
    id: Uuid,
) -> Result<ControlFlow<edition_import::Model, Held<edition_import::Entity>>> {
    match tx.hold::<edition_import::Entity>(id, Verb::Update).await {
        Err(Error::Forbidden) => {
            // Its edition is no draft any more: what was committed stays said, all else is too late.
            tx.may::<edition_import::Entity>(Verb::Update)?;
            let row = tx.get::<edition_import::Entity>(id).await?;
            match row.status {
                ImportStatus::Committed => Ok(ControlFlow::Break(row)),
                _ => Err(Problem::new("id", Code::InvalidState).with("PUBLISHED").into()),
            }
        }
        Ok(held) if held.status == ImportStatus::Committed => Ok(ControlFlow::Break((*held).clone())),
        held => held.map(ControlFlow::Continue),
    }
}

/// What a row will hold.
#[derive(Default)]
struct Row {
    value: Option<f64>,
    score: Option<f64>,
    rank: Option<f64>,
    source: Option<String>,
    note: Option<String>,
    submission: Option<Uuid>,
}

async fn write(
    tx: &Tx,
    edition: &Held<edition::Entity>,
    import: &edition_import::Model,
    preview: &Preview,
) -> Result<()> {
    let mut rows: BTreeMap<(usize, usize), Row> = BTreeMap::new();
    let touched: std::collections::BTreeSet<(usize, usize)> =
        preview.changes.iter().map(|change| (change.unit, change.column)).collect();
    for &(unit, column) in &touched {
        let (unit_id, subject) = (preview.lexicon.units[unit].id, &preview.lexicon.columns[column]);
        let figure = |figure| preview.now.figure(unit_id, subject, figure);
        let note = preview.now.note(unit_id, subject).cloned();
        let row = Row {
            value: figure(Figure::Value),
            score: if matches!(subject, Subject::Node(_)) { figure(Figure::Score) } else { None },
            rank: if matches!(subject, Subject::Node(_)) { figure(Figure::Rank) } else { None },
            source: Some(import.file_name.clone()),
            note,
            submission: preview.now.submission(unit_id, subject),
        };
        rows.insert((unit, column), row);
    }
    for cell in &preview.reading.cells {
        let Some(row) = rows.get_mut(&(cell.unit, cell.column)) else { continue };
        match cell.figure {
            Figure::Value => {
                // A value that a file overwrites is no longer the one that was supplied.
                row.submission = row.submission.filter(|_| row.value == cell.value);
                row.value = cell.value;
            }
            Figure::Score => row.score = cell.value,
            Figure::Rank => row.rank = cell.value,
        }
        row.source = cell.source.clone().or(row.source.take());
        row.note = cell.note.clone().or(row.note.take());
    }
    let old_scores: Vec<Uuid> = touched
        .iter()
        .filter_map(|(unit, column)| {
            let key = (preview.lexicon.units[*unit].id, preview.lexicon.columns[*column].id());
            preview.now.scores.get(&key).map(|row| row.id)
        })
        .collect();
    let old_divisors: Vec<Uuid> = touched
        .iter()
        .filter_map(|(unit, column)| {
            let key = (preview.lexicon.units[*unit].id, preview.lexicon.columns[*column].id());
            preview.now.divisors.get(&key).map(|row| row.id)
        })
        .collect();
    // Each database limits the values bound in one statement.
    for part in old_scores.chunks(5_000) {
        let part = score::Column::Id.is_in(part.iter().copied());
        tx.delete_all::<score::Entity>(Condition::all().add(part)).await?;
    }
    for part in old_divisors.chunks(5_000) {
        let part = denominator_value::Column::Id.is_in(part.iter().copied());
        tx.delete_all::<denominator_value::Entity>(Condition::all().add(part)).await?;
    }
    let (mut scores, mut divisors) = (Vec::new(), Vec::new());
    for ((unit, column), row) in rows {
        let unit_id = Set(preview.lexicon.units[unit].id);
        let (edition_id, source, note) = (Set(edition.id), Set(row.source), Set(row.note));
        match &preview.lexicon.columns[column] {
            Subject::Node(_) if row.value.is_none() && row.score.is_none() && row.rank.is_none() => {}
            Subject::Node(node) => scores.push(score::ActiveModel {
                edition_id,
                unit_id,
                node_id: Set(node.id),
                value: Set(row.value),
                score: Set(row.score),
                rank: Set(row.rank.map(|rank| rank as i32)),
                source,
                note,
                submission_id: Set(row.submission),
                ..Default::default()
            }),
            Subject::Denominator(denominator) => {
                let Some(value) = row.value else { continue };
                divisors.push(denominator_value::ActiveModel {
                    edition_id,
                    unit_id,
                    denominator_id: Set(denominator.id),
                    value: Set(value),
                    source,
                    note,
                    ..Default::default()
                });
            }
        }
    }
    tx.insert_all::<score::Entity>(scores).await?;
    tx.insert_all::<denominator_value::Entity>(divisors).await
}

/// Takes in the file of an import; a file that it replaces goes.
///
/// # Errors
/// [`Code::InvalidState`] for one that was committed, and what is wrong with the bytes.
pub async fn store_file(
    app: &App,
    store: &Store,
    id: Uuid,
    declared: &Declared,
    bytes: impl futures_util::Stream<Item = Result<bytes::Bytes>> + Unpin,
) -> Result<edition_import::Model> {
    let stored = app.files.put(Purpose::Figures, id, app.world.uuid(), declared, bytes).await?;
    let recorded = record(store, id, declared, &stored).await;
    app.files.settle(&stored, recorded).await
}

/// Whether the import with this key still takes a file.
pub async fn takes_file(store: &Store, id: Uuid) -> Result<()> {
    hold_open(&store.begin().await?, id).await.map(drop)
}

async fn hold_open(tx: &Tx, id: Uuid) -> Result<Held<edition_import::Entity>> {
    let held = tx.hold::<edition_import::Entity>(id, Verb::Update).await?;
    match held.status {
        ImportStatus::Committed => Err(Problem::new("id", Code::InvalidState).with("COMMITTED").into()),
        ImportStatus::Pending | ImportStatus::Ready => Ok(held),
    }
}

/// Writes what was stored to the row; gives back the file that it replaces.
async fn record(
    store: &Store,
    id: Uuid,
    declared: &Declared,
    stored: &Stored,
) -> Result<(edition_import::Model, Option<String>)> {
    let tx = store.begin().await?;
    let held = hold_open(&tx, id).await?;
    let change = edition_import::ActiveModel {
        status: Set(ImportStatus::Ready),
        file_name: Set(declared.name.clone()),
        storage_key: Set(Some(stored.key.clone())),
        size: Set(Some(i64::try_from(stored.size).map_err(Error::internal)?)),
        sha256: Set(Some(stored.sha256.clone())),
        ..Default::default()
    };
    let row = tx.update(&held, None, change).await?;
    let before = held.storage_key.clone();
    tx.commit().await?;
    Ok((row, before))
}
