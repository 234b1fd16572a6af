//! The figures of an edition as files: read from them in two steps, preview and commit, and written to them.

mod command;
mod export;
mod import;

pub use command::{FileRequest, import_file};
pub use export::{export, file_name};
pub use import::{Change, Preview, announce, commit, preview, store_file};

use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::error::{Code, Error, Problem, Result};
use crate::scoring::Tree;
use crate::sheet::{Column, ColumnKind, Dictionary, Fault, Term};
use crate::store::Read;

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
    /// Those that exist at the end of the edition's year, and those that have figures already; by code.
    pub units: Vec<unit::Model>,
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
        let units = store
            .find::<unit::Entity>()
            .filter(Condition::any().add(living).add(Id.in_subquery(figured)))
            .order_by_asc(UnitCode)
            .order_by_asc(Id);
        let units = store.all(units).await?;
        let nodes = tree.nodes.iter().cloned().map(Subject::Node);
        let columns: Vec<Subject> =
            nodes.chain(tree.denominators.iter().cloned().map(Subject::Denominator)).collect();
        let unit_terms = units.iter().map(|unit| term(&unit.code, &unit.name_vi, &unit.name_en)).collect();
        let column = |subject: &Subject| {
            let (code, vi, en) = subject.names();
            Column { term: term(code, vi, en), kind: subject.kind() }
        };
        let dictionary = Dictionary::new(unit_terms, columns.iter().map(column).collect());
        Ok(Self { units, columns, dictionary })
    }
}

/// What is wrong with a file as a whole, as a problem of `field`.
pub fn refused(fault: Fault, field: &str) -> Error {
    let problem = |code| Problem::new(field, code);
    match fault {
        Fault::TooLarge(crate::sheet::Limit::Bytes) => {
            problem(Code::FileTooLarge).with(crate::sheet::Limit::Bytes.most()).into()
        }
        Fault::TooLarge(limit) => problem(Code::FileNotReadable)
            .with(format_args!("{} > {}", format!("{limit:?}").to_lowercase(), limit.most()))
            .into(),
        Fault::NotReadable(defect) => {
            problem(Code::FileNotReadable).with(format!("{defect:?}").to_lowercase()).into()
        }
        Fault::NoHeader => problem(Code::FileNotReadable)
            .in_words(
                "không trang nào có dòng tiêu đề nêu địa phương và ít nhất một chỉ số đã biết",
                "no sheet has a header that names units and at least one known indicator",
            )
            .into(),
        Fault::Empty => problem(Code::FileEmpty).into(),
        Fault::Unsupported => problem(Code::FileTypeNotAllowed).with("xlsx, csv, json").into(),
        Fault::NotWritable => Error::internal("figures that do not fit together"),
    }
}
