//! The figures of an edition as files: read from them in two steps, preview and commit, and written to them.

mod command;
mod export;
mod import;
mod pages;
mod supply;

pub use command::{FileRequest, import_file};
pub use export::{Export, file_name};
pub use import::{Change, Preview, announce, commit, preview, store_file, takes_file};
pub use supply::{fill, take_out};

use std::collections::HashSet;

use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::error::{Code, Error, Problem, Result};
use crate::scoring::{Tree, renew_statistics};
use crate::sheet::{Column, ColumnKind, Defect, Dictionary, Fault, Limit, Term};
use crate::store::{Held, Read, Tx};

/// What follows once figures of a draft have changed: what the engine made of the old ones goes, statistics are made
/// anew.
async fn changed(tx: &Tx, edition: &Held<edition::Entity>) -> Result<()> {
    let made = Condition::all().add(computation::Column::EditionId.eq(edition.id));
    tx.delete_all::<computation::Entity>(made).await?;
    renew_statistics(tx, edition).await?;
    tx.update(edition, None, Default::default()).await.map(drop)
}

/// What a column of a file speaks of.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A node of the framework.
    Node(node::Model),
    /// A denominator.
    Denominator(denominator::Model),
}

/// The units and columns of which a file of an edition's figures may speak.
pub struct Lexicon {
    /// Those that have figures already, and of the other codes those that exist at the end of the edition's year; by code.
    pub units: Vec<unit::Model>,
    /// The keys of those that have figures already.
    pub figured: HashSet<Uuid>,
    /// The nodes of the framework in the tree's order, then its denominators.
    pub columns: Vec<Subject>,
    /// Both as files name them.
    pub dictionary: Dictionary,
}

impl Subject {
    /// The row's key.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Node(row) => row.id,
            Self::Denominator(row) => row.id,
        }
    }

    fn names(&self) -> (&str, &str, &str) {
        match self {
            Self::Node(row) => (&row.code, &row.name_vi, &row.name_en),
            Self::Denominator(row) => (&row.code, &row.name_vi, &row.name_en),
        }
    }

    fn kind(&self) -> ColumnKind {
        match self {
            Self::Node(row) if row.level == NodeLevel::Indicator => ColumnKind::Indicator,
            Self::Node(_) => ColumnKind::Aggregate,
            Self::Denominator(_) => ColumnKind::Denominator,
        }
    }
}

fn term(code: &str, vi: &str, en: &str) -> Term {
    Term { code: code.to_owned(), names: vec![vi.to_owned(), en.to_owned()] }
}

impl Lexicon {
    /// Of an edition with the tree of its framework.
    async fn of(store: &impl Read, edition: &edition::Model, tree: &Tree) -> Result<Self> {
        use unit::Column::{Code as UnitCode, Id, ValidFrom, ValidTo};
        let end = chrono::NaiveDate::from_ymd_opt(edition.year, 12, 31)
            .ok_or_else(|| Error::internal(edition.year))?;
        let living = Condition::all()
            .add(Condition::any().add(ValidFrom.is_null()).add(ValidFrom.lte(end)))
            .add(Condition::any().add(ValidTo.is_null()).add(ValidTo.gte(end)));
        let figured =
            store.keys::<score::Entity>(score::Column::UnitId, score::Column::EditionId.eq(edition.id));
        let divided = store.keys::<denominator_value::Entity>(
            denominator_value::Column::UnitId,
            denominator_value::Column::EditionId.eq(edition.id),
        );
        let figured = Condition::any().add(Id.in_subquery(figured)).add(Id.in_subquery(divided));
        let units = store
            .find::<unit::Entity>()
            .filter(Condition::any().add(living).add(figured.clone()))
            .order_by_asc(UnitCode)
            .order_by_asc(Id);
        let mut units = store.all(units).await?;
        // Codes are used again after mergers: a unit that has figures here is the one that is meant.
        let of_edition = store.find::<unit::Entity>().filter(figured);
        let of_edition = store.all(of_edition).await?;
        let meant = |row: &unit::Model| {
            of_edition.iter().all(|figured| figured.code != row.code || figured.id == row.id)
        };
        units.retain(meant);
        let nodes = tree.nodes.iter().cloned().map(Subject::Node);
        let columns: Vec<Subject> =
            nodes.chain(tree.denominators.iter().cloned().map(Subject::Denominator)).collect();
        let unit_terms = units.iter().map(|unit| term(&unit.code, &unit.name_vi, &unit.name_en)).collect();
        let column = |subject: &Subject| {
            let (code, vi, en) = subject.names();
            Column { term: term(code, vi, en), kind: subject.kind() }
        };
        let dictionary = Dictionary::new(unit_terms, columns.iter().map(column).collect());
        let figured = of_edition.iter().map(|unit| unit.id).collect();
        Ok(Self { units, figured, columns, dictionary })
    }
}

/// What is wrong with a file as a whole, as a problem of `field`.
pub fn refused(fault: Fault, field: &str) -> Error {
    let problem = |code| Problem::new(field, code);
    match fault {
        Fault::TooLarge(Limit::Bytes) => problem(Code::FileTooLarge).with(Limit::Bytes.most()).into(),
        Fault::TooLarge(limit) => {
            let [vi, en] = too_much(limit).map(|words| words.replace("{}", &limit.most().to_string()));
            problem(Code::FileNotReadable).in_words(vi, en).into()
        }
        Fault::NotReadable(defect) => {
            let [vi, en] = damage(defect);
            problem(Code::FileNotReadable).in_words(vi, en).into()
        }
        Fault::NoHeader => problem(Code::FileNotReadable)
            .in_words(
                "không trang nào có dòng tiêu đề nêu địa phương và ít nhất một chỉ số đã biết",
                "no sheet has a header that names units and at least one known indicator",
            )
            .into(),
        Fault::Empty => problem(Code::FileEmpty).into(),
        Fault::Unsupported => problem(Code::FileTypeNotAllowed).with("xlsx, csv, json").into(),
        Fault::Stopped => problem(Code::Busy).into(),
        Fault::NotWritable => Error::internal("figures that do not fit together"),
    }
}

/// What a file has too much of, in Vietnamese and English.
fn too_much(limit: Limit) -> [&'static str; 2] {
    match limit {
        Limit::Bytes => ["tệp quá {} byte", "more than {} bytes"],
        Limit::Entries => ["sổ tính có quá {} tệp bên trong", "more than {} files inside the workbook"],
        Limit::Unpacked => ["sổ tính giải nén quá {} byte", "the workbook unpacks to more than {} bytes"],
        Limit::Parts => {
            ["sổ tính có quá {} kiểu, tên hoặc liên kết", "more than {} styles, names or relations"]
        }
        Limit::Sheets => ["quá {} trang", "more than {} sheets"],
        Limit::Rows => ["quá {} dòng", "more than {} rows"],
        Limit::Columns => ["quá {} cột", "more than {} columns"],
        Limit::Cells => ["quá {} ô có dữ liệu", "more than {} cells"],
        Limit::Text => ["chữ trong các ô quá {} byte", "more than {} bytes of text"],
    }
}

/// What is wrong with a file as a file, in Vietnamese and English.
fn damage(defect: Defect) -> [&'static str; 2] {
    match defect {
        Defect::Encoding => [
            "chữ không theo UTF-8 hay UTF-16, hoặc có ký tự NUL",
            "its text is neither UTF-8 nor UTF-16, or has a NUL in it",
        ],
        Defect::Archive => {
            ["không phải tệp ZIP, hoặc tệp ZIP bị hỏng", "not a ZIP archive, or a damaged one"]
        }
        Defect::Packing => [
            "tệp ZIP có mật khẩu hoặc nén theo cách lạ",
            "the archive is encrypted, or packed in a way that workbooks are not",
        ],
        Defect::Workbook => {
            ["không phải sổ tính XLSX, hoặc sổ tính bị hỏng", "not an XLSX workbook, or a damaged one"]
        }
        Defect::Json => ["không phải JSON", "not JSON"],
        Defect::DuplicateKey => {
            ["một đối tượng JSON có hai khóa trùng nhau", "a JSON object with the same key twice"]
        }
        Defect::Shape => ["JSON không phải danh sách các dòng phẳng", "JSON that is not a list of flat rows"],
    }
}
