//! The schema's fields by type, read once from its own text.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, TypeKind, TypeSystemDefinition};

/// The fields of every object and interface.
pub(crate) struct Fields(HashMap<Name, HashMap<Name, FieldDefinition>>);

impl Fields {
    /// Reads the schema.
    ///
    /// # Panics
    /// When `sdl` is not what async-graphql writes.
    pub(super) fn of(sdl: &str) -> Self {
        let schema = parse_schema(sdl).expect("the schema's own text is parsed");
        let mut types = HashMap::new();
        for definition in schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let fields = fields.into_iter().map(|field| (field.node.name.node.clone(), field.node));
            types.insert(definition.node.name.node, fields.collect());
        }
        Self(types)
    }

    /// Whether there is such an object or interface.
    pub(super) fn has(&self, parent: &Name) -> bool {
        self.0.contains_key(parent)
    }

    /// Whether the schema says that a field will go.
    pub(crate) fn is_deprecated(&self, parent: &str, name: &str) -> bool {
        let field = self.get(&Name::new(parent), &Name::new(name));
        field.is_some_and(|field| field.directives.iter().any(|one| one.node.name.node == "deprecated"))
    }

    /// The field `name` of the type `parent`.
    pub(crate) fn get(&self, parent: &Name, name: &Name) -> Option<&FieldDefinition> {
        self.0.get(parent)?.get(name)
    }
}

/// The named type within lists and non-null marks.
pub(crate) fn named(base: &BaseType) -> &Name {
    match base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(&inner.base),
    }
}
