//! Whether an operation asks for an object in parts: twice under one name in the same place, such as by two fragments.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};

/// Objects in one place up to which it is looked for; of more it is taken for granted.
const MOST_OBJECTS: usize = 32;

/// Whether `operation` of the valid `document` does, conditions of fragments set aside. Each fragment is looked at once.
pub(super) fn has_parts(document: &ExecutableDocument, operation: &OperationDefinition) -> bool {
    let mut walk = Walk { document, known: HashMap::new() };
    walk.objects(&operation.selection_set.node).is_none()
}

/// The names under which objects are asked for in one place.
type Objects<'a> = HashSet<&'a str>;

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// Those of fragments, `None` where there are parts.
    known: HashMap<&'a str, Option<Objects<'a>>>,
}

impl<'a> Walk<'a> {
    /// The objects of `set`; `None` if one is there in parts, or further down.
    fn objects(&mut self, set: &'a SelectionSet) -> Option<Objects<'a>> {
        let mut objects = Objects::new();
        for selection in &set.items {
            let more = match &selection.node {
                Selection::Field(field) if field.node.selection_set.node.items.is_empty() => continue,
                Selection::Field(field) => {
                    self.objects(&field.node.selection_set.node)?;
                    Objects::from([field.node.response_key().node.as_str()])
                }
                Selection::InlineFragment(inline) => self.objects(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.spread(&spread.node.fragment_name.node)?,
            };
            for name in more {
                if !objects.insert(name) || objects.len() > MOST_OBJECTS {
                    return None;
                }
            }
        }
        Some(objects)
    }

    fn spread(&mut self, name: &'a str) -> Option<Objects<'a>> {
        if !self.known.contains_key(name) {
            let fragment = self.document.fragments.get(name)?;
            let objects = self.objects(&fragment.node.selection_set.node);
            self.known.insert(name, objects);
        }
        self.known.get(name).cloned().flatten()
    }
}
