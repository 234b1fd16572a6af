//! The audit trail: what a transaction did, appended to a chain of hashes just before it commits.
//!
//! No resolver takes part: whatever [`Tx`] writes, it notes. A transaction that changed nothing leaves no entry.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use entity::{
    AuditAction, Row, Stamped, audit_log, dossier_piece, job, login_attempt, notification, outbox,
    search_word, session, upload,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityName, EntityTrait,
    IdenStatic, IntoActiveModel, Iterable, ModelTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::page::to_json;
use super::{Db, Tx};
use crate::error::{Error, Result};
use crate::files::{hex, sha256_hex};
use crate::policy::{User, Viewer};

/// Whether what `by` does to a table is left out of the trail. This is the whole list.
fn left_out(table: &str, by: &Viewer) -> bool {
    let tables = [
        session::Entity.table_name(),
        login_attempt::Entity.table_name(),
        search_word::Entity.table_name(),
        notification::Entity.table_name(),
        outbox::Entity.table_name(),
        dossier_piece::Entity.table_name(),
        upload::Entity.table_name(),
    ];
    // Signing in is noted as such; tries are counts; words and news follow from rows that are noted; of
    // a dossier's content the hash is noted; of an upload what comes of it.
    tables.contains(&table)
        // Who asks for a job or cancels it is noted, how far it is not.
        || (table == job::Entity.table_name() && matches!(by, Viewer::System(_)))
}

/// Columns of which the trail says only that there is a value.
const MASKED: [&str; 4] = ["password_hash", "token_hash", "secret_hash", "storage_key"];
const MASK: &str = "***";

/// Who does something and in which request, as the trail tells it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Origin {
    pub(super) user: Option<User>,
    pub(super) request: Option<Uuid>,
}

/// What a transaction has done so far.
#[derive(Default)]
pub(super) struct Notes(Mutex<Vec<Note>>);

struct Note {
    action: AuditAction,
    table: &'static str,
    row_id: Option<Uuid>,
    before: Option<String>,
    after: Option<String>,
}

/// Columns that the database keeps itself: what they hold follows from rows that are noted.
const KEPT_BY_DATABASE: [&str; 1] = ["task_due_on"];

type Columns = Map<String, Json>;

/// The columns of a row by name.
fn columns<E: Row>(row: &E::Model) -> Result<Columns> {
    let columns = E::Column::iter().filter(|column| !KEPT_BY_DATABASE.contains(&column.as_str()));
    columns.map(|column| Ok((column.as_str().to_owned(), to_json(row.get(column))?))).collect()
}

fn masked(mut columns: Columns) -> String {
    for name in MASKED {
        if let Some(value) = columns.get_mut(name).filter(|value| !value.is_null()) {
            *value = MASK.into();
        }
    }
    Json::Object(columns).to_string()
}

/// How many rows were written or removed at once, and their hash.
pub(super) struct Tally {
    rows: u64,
    hash: Context,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { rows: 0, hash: Context::new(&SHA256) }
    }

    fn add(&mut self, row: &Columns) -> Result<()> {
        self.rows += 1;
        self.hash.update(&serde_json::to_vec(row).map_err(Error::internal)?);
        Ok(())
    }

    /// A row to be written.
    pub(super) fn add_new<E: Row>(&mut self, row: &E::ActiveModel) -> Result<()> {
        let given = E::Column::iter().filter_map(|column| Some((column, row.get(column).into_value()?)));
        let row = given.map(|(column, value)| Ok((column.as_str().to_owned(), to_json(value)?)));
        self.add(&row.collect::<Result<_>>()?)
    }

    /// Rows that were removed, in whatever order.
    pub(super) fn of<E: Row>(mut rows: Vec<E::Model>) -> Result<Self> {
        rows.sort_by_key(E::id);
        let mut tally = Self::new();
        rows.iter().try_for_each(|row| tally.add(&columns::<E>(row)?))?;
        Ok(tally)
    }
}

impl Tx {
    /// Whether changes of the table are noted.
    pub(super) fn is_noted<E: Row>(&self) -> bool {
        !left_out(E::TABLE, &self.viewer)
    }

    fn note<E: Row>(&self, action: AuditAction, row_id: Option<Uuid>, [before, after]: [Option<Columns>; 2]) {
        let (before, after) = (before.map(masked), after.map(masked));
        let note = Note { action, table: E::TABLE, row_id, before, after };
        self.notes.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    pub(super) fn note_created<E: Row>(&self, row: &E::Model) -> Result<()> {
        if self.is_noted::<E>() {
            self.note::<E>(AuditAction::Create, Some(E::id(row)), [None, Some(columns::<E>(row)?)]);
        }
        Ok(())
    }

    /// What changed; not when, which the entry says itself.
    pub(super) fn note_updated<E: Stamped>(&self, before: &E::Model, after: &E::Model) -> Result<()> {
        if !self.is_noted::<E>() {
            return Ok(());
        }
        let id = E::id(before);
        let (mut before, mut after) = (columns::<E>(before)?, columns::<E>(after)?);
        before.retain(|name, value| {
            let same = name == E::UPDATED_AT.as_str() || after.get(name) == Some(value);
            if same {
                after.remove(name);
            }
            !same
        });
        self.note::<E>(AuditAction::Update, Some(id), [Some(before), Some(after)]);
        Ok(())
    }

    pub(super) fn note_deleted<E: Row>(&self, row: &E::Model) -> Result<()> {
        if self.is_noted::<E>() {
            self.note::<E>(AuditAction::Delete, Some(E::id(row)), [Some(columns::<E>(row)?), None]);
        }
        Ok(())
    }

    /// Many rows at once are one entry.
    pub(super) fn note_many<E: Row>(&self, action: AuditAction, tally: Tally) {
        if tally.rows == 0 || !self.is_noted::<E>() {
            return;
        }
        let sha256 = hex(tally.hash.finish().as_ref());
        let rows =
            Map::from_iter([("rows".to_owned(), tally.rows.into()), ("sha256".to_owned(), sha256.into())]);
        let sides = if action == AuditAction::Delete { [Some(rows), None] } else { [None, Some(rows)] };
        self.note::<E>(action, None, sides);
    }

    /// Notes what leaves no row of its own behind: a sign-in, a download.
    pub fn note_event<E: Row>(&self, action: AuditAction, row_id: Option<Uuid>, said: Option<Columns>) {
        self.note::<E>(action, row_id, [None, said]);
    }

    /// The last entry's number and hash. Whoever asks next waits for this transaction to end; SQLite has a single writer
    /// anyway.
    async fn end_of_trail(&self) -> Result<Option<(i64, String)>> {
        const LAST: &str = "SELECT number, hash FROM audit_log ORDER BY number DESC LIMIT 1";
        const LAST_AND_LOCK: &str = "SELECT number, hash FROM audit_log_end() WHERE number IS NOT NULL";
        let backend = self.transaction.get_database_backend();
        let sql = if backend == DatabaseBackend::Postgres { LAST_AND_LOCK } else { LAST };
        let last = self.transaction.query_one_raw(Statement::from_string(backend, sql)).await?;
        Ok(last
            .map(|row| Ok::<_, DbErr>((row.try_get_by("number")?, row.try_get_by("hash")?)))
            .transpose()?)
    }

    /// Appends what was noted to the chain. Called last, so that whoever waits for the chain's lock waits for a commit
    /// and nothing else.
    pub(super) async fn append_notes(&self) -> Result<()> {
        // Each database limits the values bound in one statement.
        const CHUNK: usize = 500;
        let notes = std::mem::take(&mut *self.notes.0.lock().unwrap_or_else(PoisonError::into_inner));
        if notes.is_empty() {
            return Ok(());
        }
        let (mut number, mut hash) = self.end_of_trail().await?.unwrap_or_else(|| (0, first_hash()));
        let at = self.world.now();
        let mut entries = Vec::with_capacity(notes.len());
        for note in notes {
            number += 1;
            let mut entry = audit_log::Model {
                id: self.world.uuid(),
                number,
                at,
                user_id: self.origin.user.map(|user| user.id),
                role: self.origin.user.map(|user| user.role),
                organization_id: self.origin.user.and_then(|user| user.organization),
                action: note.action,
                table_name: note.table.to_owned(),
                row_id: note.row_id,
                before: note.before,
                after: note.after,
                request_id: self.origin.request,
                previous_hash: hash,
                hash: String::new(),
            };
            entry.hash = seal(&entry);
            hash = entry.hash.clone();
            entries.push(entry.into_active_model());
        }
        for chunk in entries.chunks(CHUNK) {
            audit_log::Entity::insert_many(chunk.to_vec()).exec_without_returning(&self.transaction).await?;
        }
        Ok(())
    }
}

fn first_hash() -> String {
    "0".repeat(64)
}

/// The hash of an entry: of a JSON list of all its other fields, the time in microseconds.
fn seal(entry: &audit_log::Model) -> String {
    let audit_log::Model {
        id, number, at, user_id, role, organization_id, action, table_name, row_id, ..
    } = entry;
    let audit_log::Model { before, after, request_id, previous_hash, .. } = entry;
    let said = json!([
        id,
        number,
        at.timestamp_micros(),
        user_id,
        role,
        organization_id,
        action,
        table_name,
        row_id,
        before,
        after,
        request_id,
        previous_hash,
    ]);
    sha256_hex(said.to_string().as_bytes())
}

/// What a walk along the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trail {
    /// Every entry is as it was written.
    Unbroken {
        /// Entries walked.
        entries: u64,
        /// The last one's number and hash; noted elsewhere, they show later that no end was cut off.
        last: (i64, String),
    },
    /// The first entry that is not.
    Broken(i64, Fault),
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is none with this number.
    Missing,
    /// It says something else than when it was written.
    Changed,
    /// It was not written behind the one that stands before it.
    OutOfOrder,
}

impl std::fmt::Display for Trail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unbroken { entries, last: (number, hash) } => {
                write!(f, "{entries} entries, unbroken; the last is {number}, {hash}")
            }
            Self::Broken(number, Fault::Missing) => write!(f, "entry {number} is missing"),
            Self::Broken(number, Fault::Changed) => write!(f, "entry {number} was changed"),
            Self::Broken(number, Fault::OutOfOrder) => write!(f, "entry {number} is out of order"),
        }
    }
}

impl Db {
    /// Walks the chain from its beginning, or from behind entry `after`, a part at a time.
    pub async fn verify_trail(&self, after: Option<i64>) -> Result<Trail> {
        use audit_log::Column::Number;
        let mut part = 500;
        let mut entries = 0;
        let mut last = (0, first_hash());
        if let Some(number) = after.filter(|number| *number > 0) {
            let known = audit_log::Entity::find().filter(Number.eq(number)).one(self.reader()).await?;
            match known {
                None => return Ok(Trail::Broken(number, Fault::Missing)),
                Some(known) if known.hash != seal(&known) => {
                    return Ok(Trail::Broken(number, Fault::Changed));
                }
                Some(known) => last = (number, known.hash),
            }
        }
        loop {
            let rest = audit_log::Entity::find().filter(Number.gt(last.0)).order_by_asc(Number);
            let part = match rest.limit(part).all(self.reader()).await {
                Ok(part) => part,
                // Values that the product never writes: which entry holds them is found one by one.
                Err(_) if part > 1 => {
                    part = 1;
                    continue;
                }
                Err(_) => {
                    self.ping().await?;
                    return Ok(Trail::Broken(last.0 + 1, Fault::Changed));
                }
            };
            if part.is_empty() {
                return Ok(Trail::Unbroken { entries, last });
            }
            for entry in part {
                let next = last.0 + 1;
                let fault = if entry.number != next {
                    Fault::Missing
                } else if entry.previous_hash != last.1 {
                    Fault::OutOfOrder
                } else if entry.hash != seal(&entry) {
                    Fault::Changed
                } else {
                    entries += 1;
                    last = (entry.number, entry.hash);
                    continue;
                };
                return Ok(Trail::Broken(next, fault));
            }
        }
    }
}
