//! The files that are made of a dossier.

use std::fs::File;
use std::io::{BufReader, Seek, Write};

use async_graphql::Enum;
use entity::dossier;
use serde::{Deserialize, Serialize};

use super::content::{Edition, Period};
use super::docx::Frame;
use super::{Content, Letter, docx, xlsx};
use crate::error::{Error, Result};

/// A file that is made of a dossier, the same bytes each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[graphql(name = "DossierFile")]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// The report of Sở KH&CN to the provincial People's Committee, as a text document to go on working with. Of a period.
    ReportDocx,
    /// The report's tables as a workbook, a sheet each. Of a period.
    ReportXlsx,
    /// The ministry's data file: a workbook with a row for each value and what it stands on.
    DataXlsx,
    /// The annex of the official letter: values, evidence and hashes, as a text document.
    AnnexDocx,
    /// The content as it was hashed, as JSON.
    Content,
}

impl Document {
    /// Whether it is made of the dossier of a period only.
    pub fn is_of_period(self) -> bool {
        matches!(self, Self::ReportDocx | Self::ReportXlsx)
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::ReportDocx | Self::AnnexDocx => {
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            }
            Self::ReportXlsx | Self::DataXlsx => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
            Self::Content => "application/json",
        }
    }

    /// The name of the file: what it is, of which period or edition, in which revision.
    pub fn file_name(self, period: Option<&Period>, edition: Option<&Edition>, revision: i32) -> String {
        let of = match (period, edition) {
            (Some(period), _) => period.code.clone(),
            (None, Some(edition)) => {
                let mark = if edition.synthetic { "-giả-lập" } else { "" };
                format!("PII-{}{mark}", edition.year)
            }
            (None, None) => String::new(),
        };
        let (what, ending) = match self {
            Self::ReportDocx => ("Báo cáo", "docx"),
            Self::ReportXlsx => ("Báo cáo", "xlsx"),
            Self::DataXlsx => ("Số liệu", "xlsx"),
            Self::AnnexDocx => ("Phụ lục", "docx"),
            Self::Content => ("Hồ sơ", "json"),
        };
        // The code of a period may be any text.
        let of: String = of.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
        format!("{what} {of} lần {revision}.{ending}")
    }

    /// The file and its name, in a temporary file: who takes it slowly keeps no memory. `text` is the content as it was
    /// hashed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the content cannot be read or the file not written.
    pub fn write(self, row: &dossier::Model, text: File) -> Result<(File, String)> {
        let read = BufReader::new(&text);
        let (mut file, name) = if self == Self::Content {
            let named: Named = serde_json::from_reader(read).map_err(Error::internal)?;
            (text, self.file_name(named.period.as_ref(), named.edition.as_ref(), row.revision))
        } else {
            let content: Content = serde_json::from_reader(read).map_err(Error::internal)?;
            let mut file = tempfile::tempfile().map_err(Error::internal)?;
            self.make(&content, &Letter::of(row), &mut file)?;
            (file, self.file_name(content.period.as_ref(), content.edition.as_ref(), row.revision))
        };
        file.rewind().map_err(Error::internal)?;
        Ok((file, name))
    }

    /// Writes what is made of the content.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be written.
    pub fn make(
        self,
        content: &Content,
        letter: &Letter,
        file: &mut (impl Write + Seek + Send),
    ) -> Result<()> {
        match self {
            Self::ReportDocx => docx::write(content, letter, Frame::Report, file),
            Self::ReportXlsx => xlsx::report(content, letter, file),
            Self::DataXlsx => xlsx::data_file(content, letter, file),
            Self::AnnexDocx => docx::write(content, letter, Frame::Annex, file),
            Self::Content => serde_json::to_writer(file, content).map_err(Error::internal),
        }
    }
}

/// What names a file, of a content whose rest is passed over.
#[derive(Deserialize)]
struct Named {
    period: Option<Period>,
    edition: Option<Edition>,
}

/// The content that a text holds.
///
/// # Errors
/// [`Error::Internal`] when it is none.
pub fn read(text: &str) -> Result<Content> {
    serde_json::from_str(text).map_err(Error::internal)
}
