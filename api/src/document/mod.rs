//! A GraphQL document before it is executed: parsed and validated once, weighed in one walk, remembered.

mod cost;
mod declared;
mod fields;
mod parts;
mod positions;
mod samples;
#[cfg(test)]
mod tests;
mod text;
mod used;
mod valid;
mod variables;

use std::fmt::Display;
use std::sync::{Arc, LazyLock, OnceLock};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection};
use async_graphql::{Name, Pos, Positioned};
use aws_lc_rs::digest::{SHA256, digest};
use moka::sync::Cache;

pub use cost::{MOST_COST, Weight};
pub(crate) use declared::{DOCUMENT_PRICE, EXPORT_PRICE};
pub(crate) use fields::{Fields, named};
pub(crate) use valid::Valid;
use valid::Validity;
pub(crate) use variables::Misfit;

use crate::error::{Code, Error, Problem};
use crate::graphql::sdl;
use crate::store::Asked;

/// A document as a client sent it, and as the parser reads it.
#[derive(Debug)]
pub struct Document {
    /// Its text.
    pub text: String,
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// What the text says.
    pub parsed: ExecutableDocument,
    asked: OnceLock<Asked>,
    validity: Validity,
}

/// Why a text is no document.
#[derive(Debug)]
pub struct Unreadable {
    /// What to tell the client.
    pub error: Error,
    /// Where in the text, if that is known.
    pub place: Option<Pos>,
}

impl Document {
    /// Reads a text.
    ///
    /// # Errors
    /// [`Code::QueryTooComplex`] for what no parser should see, [`Code::GraphqlParseFailed`] for what it refuses.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        text::check_text(text).map_err(|error| Unreadable { error, place: None })?;
        match parse_query(text) {
            Ok(parsed) => {
                let validity = Validity::unknown(&parsed);
                let asked = OnceLock::new();
                Ok(Self { text: text.to_owned(), hash: hash(text), parsed, asked, validity })
            }
            Err(error) => {
                // The parser's own words quote the whole line; the place alone is enough.
                let place = error.positions().next();
                let shown = place.map(|place| format!("{}:{}", place.line, place.column)).unwrap_or_default();
                let error = Problem::new("", Code::GraphqlParseFailed).with(shown).into();
                Err(Unreadable { error, place })
            }
        }
    }

    /// Bytes that it takes, roughly.
    pub fn bytes(&self) -> usize {
        self.text.len() * PARSED
    }

    /// The columns that it may want to read; looked up when first needed.
    pub fn asked(&self) -> Asked {
        let look = || Asked::by(fields().used(&self.parsed).iter().map(|(_, field)| field.as_str()));
        self.asked.get_or_init(look).clone()
    }

    /// What kind of operation is asked for; `None` when the document has no such operation.
    pub fn kind(&self, operation: Option<&str>) -> Option<OperationType> {
        let mut operations = self.parsed.operations.iter();
        let chosen =
            operations.find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation)?;
        Some(chosen.1.node.ty)
    }

    /// Whether all that is asked for is a way to sign in, which needs no token.
    pub fn only_signs_in(&self) -> bool {
        let signs_in = |selection: &Positioned<Selection>| match &selection.node {
            Selection::Field(field) => {
                matches!(field.node.name.node.as_str(), "login" | "loginWithProvider" | "tokenRefresh")
            }
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
        };
        let mutates =
            self.parsed.operations.iter().all(|(_, operation)| operation.node.ty == OperationType::Mutation);
        let mut operations = self.parsed.operations.iter();
        mutates
            && operations.all(|(_, operation)| operation.node.selection_set.node.items.iter().all(signs_in))
    }
}

/// The schema's types.
pub(crate) fn fields() -> &'static Fields {
    static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::of(&sdl()));
    &FIELDS
}

/// Refuses what goes over a bound, in the words of both languages for what there is too much of.
fn refuse(vi: &str, en: &str, bound: impl Display) -> Error {
    let words = (format!("{vi} {bound}"), format!("{en} {bound}"));
    Problem::new("", Code::QueryTooComplex).in_words(words.0, words.1).into()
}

/// Bytes that the remembered documents may take, roughly.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// A parsed document takes about so many times the bytes of its text.
const PARSED: usize = 20;

/// The documents read lately, by the hash of their text.
pub struct Documents(Cache<[u8; 32], Arc<Document>>);

impl Default for Documents {
    fn default() -> Self {
        let bytes =
            |_: &[u8; 32], document: &Arc<Document>| u32::try_from(document.bytes()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(MOST_BYTES).weigher(bytes).build())
    }
}

impl Documents {
    /// Reads a text, or remembers it. What is read is not remembered before [`Self::keep`] says so: a stranger's texts
    /// push nobody's out.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn read(&self, text: &str) -> Result<Arc<Document>, Unreadable> {
        self.read_hashed(text, &hash(text))
    }

    /// The same for a text of which the hash is known.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub(crate) fn read_hashed(&self, text: &str, hash: &[u8; 32]) -> Result<Arc<Document>, Unreadable> {
        match self.0.get(hash) {
            Some(document) => Ok(document),
            None => Document::read(text).map(Arc::new),
        }
    }

    /// The remembered document whose text has this hash.
    pub fn by_hash(&self, hash: &[u8; 32]) -> Option<Arc<Document>> {
        self.0.get(hash)
    }

    /// Remembers a document.
    pub fn keep(&self, document: &Arc<Document>) {
        if !self.0.contains_key(&document.hash) {
            self.0.insert(document.hash, Arc::clone(document));
        }
    }
}

/// SHA-256 of a document's text: what persisted queries are named by.
pub fn hash(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}
