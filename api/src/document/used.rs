//! Which fields of the schema a document names, each fragment looked at once.

use std::collections::BTreeSet;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::fields::{Fields, named, root};

impl Fields {
    /// The fields that a document names, by type.
    pub(crate) fn used(&self, document: &ExecutableDocument) -> BTreeSet<(String, String)> {
        let mut used = BTreeSet::new();
        self.visit(document, &mut |parent, field| {
            if self.get(parent, field).is_some() {
                used.insert((parent.to_string(), field.to_string()));
            }
        });
        used
    }

    /// A field that a document names and the schema does not have.
    pub(crate) fn unknown(&self, document: &ExecutableDocument) -> Option<String> {
        let mut unknown = None;
        self.visit(document, &mut |parent, field| {
            if self.has(parent) && self.get(parent, field).is_none() && !field.starts_with("__") {
                unknown.get_or_insert_with(|| format!("{parent}.{field}"));
            }
        });
        unknown
    }

    fn visit(&self, document: &ExecutableDocument, see: &mut impl FnMut(&Name, &Name)) {
        for (_, operation) in document.operations.iter() {
            self.visit_set(&Name::new(root(operation.node.ty)), &operation.node.selection_set.node, see);
        }
        for fragment in document.fragments.values() {
            let on = &fragment.node.type_condition.node.on.node;
            self.visit_set(on, &fragment.node.selection_set.node, see);
        }
    }

    fn visit_set(&self, parent: &Name, set: &SelectionSet, see: &mut impl FnMut(&Name, &Name)) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = &field.node.name.node;
                    see(parent, name);
                    if let Some(definition) = self.get(parent, name) {
                        let to = named(&definition.ty.node.base);
                        self.visit_set(to, &field.node.selection_set.node, see);
                    }
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map_or(parent, |on| &on.node.on.node);
                    self.visit_set(on, &inline.node.selection_set.node, see);
                }
                // A fragment is looked at by itself.
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}
