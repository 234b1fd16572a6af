//! The report of Sở KH&CN to the provincial People's Committee, as a list of blocks that both the text document and the
//! workbook show, so that their figures are the same.

mod sections;
mod sources;
mod tables;
mod words;

use chrono::NaiveDate;
use entity::dossier;

use super::Content;
use crate::charts::ChartError;
use crate::lang::Lang;
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

/// A part of a document.
pub(super) enum Block {
    /// A numbered section.
    Heading(String),
    /// A paragraph of text.
    Paragraph(String),
    /// A remark that holds long words.
    Note(String),
    /// What an officer is to write by hand.
    Blank,
    /// A table.
    Table(Table),
    /// A picture and what it says.
    Picture { png: Vec<u8>, alt: String },
    /// An annex: begins a page.
    Annex(String),
}

/// A table; in the workbook a sheet.
pub(super) struct Table {
    /// The name of its sheet: at most 31 letters.
    pub sheet: &'static str,
    /// What stands over it.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, as long as the columns.
    pub rows: Vec<Vec<Cell>>,
}

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

/// The report's blocks, from its first section to its last annex.
///
/// # Errors
/// When a picture cannot be drawn.
pub(super) fn blocks(content: &Content, letter: &Letter) -> Result<Vec<Block>, ChartError> {
    let mut sources = Sources::default();
    let mut blocks = Vec::new();
    sections::by_pillar(content, &mut sources, &mut blocks)?;
    sections::by_organization(content, &mut blocks);
    sections::data_and_evidence(content, &mut sources, &mut blocks);
    sections::outreach_and_models(content, &mut sources, &mut blocks);
    sections::obstacles(content, &mut sources, &mut blocks);
    sections::missing(content, &mut blocks);
    sections::next_steps(content, &mut blocks);
    blocks.push(Block::Annex("PHỤ LỤC I. KẾT QUẢ BÁO CÁO THEO NHIỆM VỤ".to_owned()));
    blocks.push(Block::Table(tables::reports(content, &mut sources)));
    blocks.push(Block::Annex("PHỤ LỤC II. NGUỒN SỐ LIỆU".to_owned()));
    blocks.push(Block::Note(words::frozen(content, letter)));
    blocks.push(Block::Table(sources.table()));
    Ok(blocks)
}

/// The annex of the official letter: the values with their evidence.
pub(super) fn annex(content: &Content, letter: &Letter) -> Vec<Block> {
    let mut sources = Sources::default();
    vec![
        Block::Note(words::frozen(content, letter)),
        Block::Table(tables::values(content, &mut sources)),
        Block::Heading("Tài liệu minh chứng".to_owned()),
        Block::Table(tables::evidence(content)),
        Block::Heading("Nội dung còn thiếu".to_owned()),
        Block::Table(tables::missing(content)),
        Block::Heading("Nguồn số liệu".to_owned()),
        Block::Table(sources.table()),
    ]
}

/// What the report is about, in one line.
pub(super) fn subject(content: &Content) -> String {
    words::subject(content)
}
