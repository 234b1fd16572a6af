//! Which documents are valid, looked at once for each of their operations.

use std::sync::{Arc, OnceLock};

use async_graphql::ServerError;
use async_graphql::parser::types::{BaseType, DocumentOperations, ExecutableDocument, OperationDefinition};

use super::parts::has_parts;
use super::variables::chosen;
use super::{Document, Fields, fields, named};
use crate::graphql::complaints;

/// A document that was validated for one of its operations. There is no other way to make one than to validate it.
#[derive(Clone)]
pub(crate) struct Valid {
    document: Arc<Document>,
    operation: Option<String>,
    has_parts: bool,
}

/// For each operation of a document that is known as valid, whether it asks for an object in parts.
#[derive(Debug)]
pub(super) struct Validity(Box<[OnceLock<bool>]>);

impl Validity {
    /// Nothing is known yet.
    pub(super) fn unknown(document: &ExecutableDocument) -> Self {
        Self(document.operations.iter().map(|_| OnceLock::new()).collect())
    }

    /// Which operations are known as valid.
    #[cfg(test)]
    pub(super) fn known(&self) -> Vec<bool> {
        self.0.iter().map(|known| known.get().is_some()).collect()
    }

    fn of(&self, operation: usize) -> Option<&OnceLock<bool>> {
        self.0.get(operation)
    }
}

impl Valid {
    /// Validates a document, unless that was done before. It does not depend on the values of variables.
    ///
    /// # Errors
    /// What is wrong with the document.
    pub(crate) fn of(document: &Arc<Document>, operation: Option<&str>) -> Result<Self, Vec<ServerError>> {
        let chosen = chosen(&document.parsed, operation);
        let known = chosen.and_then(|(place, _)| document.validity.of(place));
        let has_parts = match known.and_then(OnceLock::get) {
            Some(has_parts) => *has_parts,
            None => {
                let wrong = validate(&document.parsed, operation);
                if !wrong.is_empty() {
                    return Err(wrong);
                }
                let found = chosen.is_none_or(|(_, operation)| has_parts(&document.parsed, operation));
                *known.map_or(&found, |known| known.get_or_init(|| found))
            }
        };
        Ok(Self { document: Arc::clone(document), operation: operation.map(str::to_owned), has_parts })
    }

    /// Whether it asks for an object in parts: twice under one name in the same place.
    pub(crate) fn has_parts(&self) -> bool {
        self.has_parts
    }

    /// The document.
    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// The operation's name as it was asked for.
    pub(crate) fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }
}

fn validate(document: &ExecutableDocument, operation: Option<&str>) -> Vec<ServerError> {
    let misplaced = fields().misplaced(document, operation);
    if !misplaced.is_empty() {
        return misplaced;
    }
    let samples = fields().samples(document, operation);
    let mut document = document.clone();
    match &mut document.operations {
        DocumentOperations::Single(operation) => fields().spare(&mut operation.node),
        DocumentOperations::Multiple(operations) => {
            operations.values_mut().for_each(|operation| fields().spare(&mut operation.node));
        }
    }
    complaints(document, operation, samples)
}

impl Fields {
    /// async-graphql 7.2 panics at the default of a list of a type that is not there: validation does without, and
    /// complains of the type.
    fn spare(&self, operation: &mut OperationDefinition) {
        for variable in &mut operation.variable_definitions {
            let ty = &variable.node.var_type.node.base;
            if matches!(ty, BaseType::List(_)) && !self.is_input(named(ty)) {
                variable.node.default_value = None;
            }
        }
    }
}
