//! The files that are made of a dossier.

use async_graphql::Enum;
use entity::dossier;
use serde::{Deserialize, Serialize};

use super::Content;
use crate::error::{Error, Result};

/// A file that is made of a dossier, the same bytes each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[graphql(name = "DossierFile")]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// The content as it was hashed, as JSON.
    Content,
}

impl Document {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Content => "application/json",
        }
    }

    /// The name of the file: what it is, of which period or edition, in which revision.
    pub fn file_name(self, content: &Content, revision: i32) -> String {
        let of = match (&content.period, &content.edition) {
            (Some(period), _) => period.code.clone(),
            (None, Some(edition)) => format!("pii-{}", edition.year),
            (None, None) => String::new(),
        };
        let (what, ending) = match self {
            Self::Content => ("ho-so", "json"),
        };
        format!("{what}-{of}-r{revision}.{ending}")
    }

    /// The bytes and their name; `text` is the content as it was hashed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the content cannot be read.
    pub fn write(self, dossier: &dossier::Model, text: String) -> Result<(Vec<u8>, String)> {
        let content = read(&text)?;
        let bytes = match self {
            Self::Content => text.into_bytes(),
        };
        Ok((bytes, self.file_name(&content, dossier.revision)))
    }
}

/// The content that a text holds.
///
/// # Errors
/// [`Error::Internal`] when it is none.
pub fn read(text: &str) -> Result<Content> {
    serde_json::from_str(text).map_err(Error::internal)
}
