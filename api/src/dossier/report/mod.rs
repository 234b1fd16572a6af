//! The report of Sở KH&CN to the provincial People's Committee, as blocks that both the text document and the workbook
//! show, so that their figures are the same. They are told one after another, a table row by row, so that no document is
//! ever whole in memory.

mod sections;
mod sources;
mod tables;
mod words;

use chrono::NaiveDate;
use entity::dossier;

use super::Content;
use crate::error::Result;
use crate::lang::Lang;
pub(super) use sections::pictures;
use sources::Sources;
pub(super) use words::{listed, place_and_date, province};

/// The official letter that a dossier goes with; what is not known yet is left to be filled in by hand.
pub struct Letter {
    /// Its number.
    pub number: Option<String>,
    /// Its date.
    pub on: Option<NaiveDate>,
    /// Office of who signs it.
    pub signer_title: Option<String>,
    /// Name of who signs it.
    pub signer_name: Option<String>,
    /// Which revision of the dossier it is made of.
    pub revision: i32,
    /// SHA-256 of the dossier's content, in hex.
    pub hash: String,
}

impl Letter {
    /// The letter of a dossier.
    pub fn of(row: &dossier::Model) -> Self {
        Self {
            number: row.letter_number.clone(),
            on: row.letter_on,
            signer_title: row.signer_title.clone(),
            signer_name: row.signer_name.clone(),
            revision: row.revision,
            hash: row.hash.clone(),
        }
    }
}

/// Who is told the blocks of a document, in their order.
pub(super) type Listener<'l> = dyn FnMut(Block<'_>) -> Result<()> + 'l;

/// A part of a document.
pub(super) enum Block<'c> {
    /// A numbered section.
    Heading(String),
    /// A paragraph of text.
    Paragraph(String),
    /// A remark that holds long words.
    Note(String),
    /// What an officer is to write by hand.
    Blank,
    /// A table.
    Table(Table<'c>),
    /// A picture.
    Picture(&'c Drawn),
    /// An annex: begins a page.
    Annex(String),
}

/// A picture and what it says.
pub(super) struct Drawn {
    /// Its bytes.
    pub png: Vec<u8>,
    /// What it shows, for those who do not see it.
    pub alt: String,
}

/// A table; in the workbook a sheet.
pub(super) struct Table<'c> {
    /// The name of its sheet: at most 31 letters.
    pub sheet: &'static str,
    /// What stands over it.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, as long as the columns, made when they are asked for.
    pub rows: Rows<'c>,
}

/// The rows of a table.
pub(super) type Rows<'c> = Box<dyn Iterator<Item = Vec<Cell>> + 'c>;

/// A column of a table.
pub(super) struct Column {
    /// What stands over it.
    pub title: &'static str,
    /// Its share of the width.
    pub width: usize,
}

/// What stands in a table.
pub(super) enum Cell {
    /// Words.
    Text(String),
    /// A count.
    Count(u64),
    /// A number, shown with so many decimals; `None` shows it whole.
    Number(f64, Option<u8>),
    /// A day.
    Date(NaiveDate),
    /// Nothing is known.
    Missing,
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn number(number: Option<f64>, decimals: u8) -> Self {
        number.map_or(Self::Missing, |number| Self::Number(number, Some(decimals)))
    }

    fn date(date: Option<NaiveDate>) -> Self {
        date.map_or(Self::Missing, Self::Date)
    }

    fn rank(rank: Option<i32>) -> Self {
        rank.and_then(|rank| u64::try_from(rank).ok()).map_or(Self::Missing, Self::Count)
    }

    fn optional(text: Option<&String>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(text.clone()))
    }

    /// The cell as people read it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number, Some(decimals)) => Lang::Vi.number(*number, *decimals),
            Self::Number(number, None) => number.to_string().replace('.', ",").replace('-', "−"),
            Self::Date(date) => words::date(*date),
            Self::Missing => "–".to_owned(),
        }
    }
}

/// Tells the report, from its first section to its last annex.
///
/// # Errors
/// The listener's.
pub(super) fn tell(
    content: &Content,
    letter: &Letter,
    pictures: &[Drawn],
    listener: &mut Listener<'_>,
) -> Result<()> {
    let mut sources = Sources::default();
    sections::by_pillar(content, &mut sources, pictures, listener)?;
    sections::by_organization(content, listener)?;
    sections::data_and_evidence(content, &mut sources, listener)?;
    sections::outreach_and_models(content, &mut sources, listener)?;
    sections::obstacles(content, &mut sources, listener)?;
    sections::missing(content, listener)?;
    sections::next_steps(content, listener)?;
    listener(Block::Annex("PHỤ LỤC I. KẾT QUẢ BÁO CÁO THEO NHIỆM VỤ".to_owned()))?;
    listener(Block::Table(tables::reports(content, &mut sources)))?;
    listener(Block::Annex("PHỤ LỤC II. NGUỒN SỐ LIỆU".to_owned()))?;
    listener(Block::Note(words::frozen(content, letter)))?;
    listener(Block::Table(sources.table()))
}

/// Tells the annex of the official letter: the values with their evidence.
///
/// # Errors
/// The listener's.
pub(super) fn tell_annex(content: &Content, letter: &Letter, listener: &mut Listener<'_>) -> Result<()> {
    let mut sources = Sources::default();
    listener(Block::Note(words::frozen(content, letter)))?;
    listener(Block::Table(tables::values(content, &mut sources)))?;
    listener(Block::Heading("Tài liệu minh chứng".to_owned()))?;
    listener(Block::Table(tables::evidence(content)))?;
    listener(Block::Heading("Nội dung còn thiếu".to_owned()))?;
    listener(Block::Table(tables::missing(content)))?;
    listener(Block::Heading("Nguồn số liệu".to_owned()))?;
    listener(Block::Table(sources.table()))
}

/// What the report is about, in one line.
pub(super) fn subject(content: &Content) -> String {
    words::subject(content)
}
