//! Errors leave null behind: async-graphql 7.2 leaves out a field that failed, and says null of an object without fields.
//! GraphQL (October 2021, 6.4.4) wants null in place of the field, or at the nearest place above that may be null.

use async_graphql::parser::types::{BaseType, ExecutableDocument, Selection, SelectionSet, Type};
use async_graphql::{Name, PathSegment, Response, Value};

use crate::document::{Fields, named};

const MOST_ERRORS: usize = 100;

impl Fields {
    /// Puts null where the errors of `answer` say that something failed. `document` is what was asked.
    pub(super) fn complete(
        &self,
        answer: &mut Response,
        document: &ExecutableDocument,
        operation: Option<&str>,
    ) {
        if answer.errors.iter().all(|error| error.path.is_empty()) {
            return;
        }
        // A client gains nothing from so many halves of rows.
        if answer.errors.len() > MOST_ERRORS {
            answer.data = Value::Null;
            return;
        }
        let failed = answer.errors.iter().map(|error| {
            let nullable = self.nullable(document, operation, &error.path);
            let depth = nullable.iter().rposition(|&nullable| nullable).map_or(0, |place| place + 1);
            &error.path[..depth]
        });
        let mut failed: Vec<_> = failed.collect();
        // What stands further up has the last word.
        failed.sort_by_key(|path| std::cmp::Reverse(path.len()));
        for path in failed {
            put_null(&mut answer.data, path);
        }
    }

    /// For every step of `path`, whether null may stand there.
    fn nullable(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        path: &[PathSegment],
    ) -> Vec<bool> {
        let mut operations = document.operations.iter();
        let chosen = operations.find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation);
        let Some((_, chosen)) = chosen else { return Vec::new() };
        let mut parents = vec![(Name::new(chosen.node.ty.to_string()), &chosen.node.selection_set.node)];
        if let Some((root, _)) = parents.first_mut() {
            *root = Name::new(capital(root));
        }
        let mut here: Option<Type> = None;
        let mut nullable = Vec::new();
        for step in path {
            match step {
                PathSegment::Field(key) => {
                    let mut found = Vec::new();
                    for (parent, set) in &parents {
                        self.answering(document, parent, set, key, &mut found);
                    }
                    let Some((ty, _)) = found.first() else { return nullable };
                    nullable.push(ty.nullable);
                    here = Some(ty.clone());
                    parents = found.into_iter().map(|(ty, set)| (named(&ty.base).clone(), set)).collect();
                }
                PathSegment::Index(_) => {
                    let Some(Type { base: BaseType::List(inner), .. }) = here else { return nullable };
                    nullable.push(inner.nullable);
                    here = Some(*inner);
                }
            }
        }
        nullable
    }

    /// The fields of `set` that answer under `key`: their types and what is selected of them.
    fn answering<'a>(
        &self,
        document: &'a ExecutableDocument,
        parent: &Name,
        set: &'a SelectionSet,
        key: &str,
        found: &mut Vec<(Type, &'a SelectionSet)>,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) if field.node.response_key().node == key => {
                    let ty = self.get(parent, &field.node.name.node);
                    found.extend(ty.map(|ty| (ty.ty.node.clone(), &field.node.selection_set.node)));
                }
                Selection::Field(_) => {}
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map_or(parent, |on| &on.node.on.node);
                    self.answering(document, on, &inline.node.selection_set.node, key, found);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.answering(document, on, &fragment.node.selection_set.node, key, found);
                    }
                }
            }
        }
    }
}

/// `query` is the operation, `Query` its type.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Puts null at the end of `path`. Where a field failed there was an object.
fn put_null(value: &mut Value, path: &[PathSegment]) {
    if let (Some(PathSegment::Field(_)), Value::Null) = (path.first(), &*value) {
        *value = Value::Object(Default::default());
    }
    match (path.split_first(), value) {
        (None, value) => *value = Value::Null,
        (Some((PathSegment::Field(key), rest)), Value::Object(fields)) => {
            put_null(fields.entry(Name::new(key)).or_insert(Value::Null), rest);
        }
        (Some((PathSegment::Index(index), rest)), Value::List(items)) => {
            if let Some(item) = items.get_mut(*index) {
                put_null(item, rest);
            }
        }
        // Null already, further up.
        _ => {}
    }
}
