//! The schema's types, read once from its own text: the fields of what is answered, and what may be given.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, OperationType, TypeKind, TypeSystemDefinition,
};

/// The fields of every object and interface, and every type of what may be given.
pub(crate) struct Fields {
    outputs: HashMap<Name, HashMap<Name, FieldDefinition>>,
    inputs: HashMap<Name, Input>,
}

/// A type of what may be given that the schema defines.
pub(super) enum Input {
    /// Only its resolver knows what fits.
    Scalar,
    /// One of these names.
    Enum(Vec<Name>),
    Object {
        fields: Vec<InputValueDefinition>,
        /// Whether exactly one of the fields must be given.
        is_one_of: bool,
    },
}

impl Fields {
    /// Reads the schema.
    ///
    /// # Panics
    /// When `sdl` is not what async-graphql writes.
    pub(super) fn of(sdl: &str) -> Self {
        let schema = parse_schema(sdl).expect("the schema's own text is parsed");
        let (mut outputs, mut inputs) = (HashMap::new(), HashMap::new());
        for definition in schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let (name, directives) = (definition.node.name.node, definition.node.directives);
            let input = match definition.node.kind {
                TypeKind::Object(object) => {
                    outputs.insert(name, by_name(object.fields));
                    continue;
                }
                TypeKind::Interface(interface) => {
                    outputs.insert(name, by_name(interface.fields));
                    continue;
                }
                TypeKind::Union(_) => continue,
                TypeKind::Scalar => Input::Scalar,
                TypeKind::Enum(names) => {
                    Input::Enum(names.values.into_iter().map(|value| value.node.value.node).collect())
                }
                TypeKind::InputObject(object) => Input::Object {
                    fields: object.fields.into_iter().map(|field| field.node).collect(),
                    is_one_of: directives.iter().any(|directive| directive.node.name.node == "oneOf"),
                },
            };
            inputs.insert(name, input);
        }
        Self { outputs, inputs }
    }

    /// Whether there is such an object or interface.
    pub(super) fn has(&self, parent: &Name) -> bool {
        self.outputs.contains_key(parent)
    }

    /// Whether the schema says that a field will go.
    pub(crate) fn is_deprecated(&self, parent: &str, name: &str) -> bool {
        let field = self.get(&Name::new(parent), &Name::new(name));
        field.is_some_and(|field| field.directives.iter().any(|one| one.node.name.node == "deprecated"))
    }

    /// The field `name` of the type `parent`.
    pub(crate) fn get(&self, parent: &Name, name: &Name) -> Option<&FieldDefinition> {
        self.outputs.get(parent)?.get(name)
    }

    /// The fields of an object or interface.
    #[cfg(test)]
    pub(super) fn of_type(&self, name: &Name) -> Option<&HashMap<Name, FieldDefinition>> {
        self.outputs.get(name)
    }

    /// Whether a value of this type may be given.
    pub(super) fn is_input(&self, name: &Name) -> bool {
        matches!(name.as_str(), "Int" | "Float" | "String" | "Boolean" | "ID")
            || self.inputs.contains_key(name)
    }

    /// The type of this name that may be given; those of GraphQL itself are not among them.
    pub(super) fn input(&self, name: &Name) -> Option<&Input> {
        self.inputs.get(name)
    }
}

fn by_name(fields: Vec<async_graphql::Positioned<FieldDefinition>>) -> HashMap<Name, FieldDefinition> {
    fields.into_iter().map(|field| (field.node.name.node.clone(), field.node)).collect()
}

/// The type at whose fields an operation begins.
pub(super) fn root(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

/// The named type within lists and non-null marks.
pub(crate) fn named(base: &BaseType) -> &Name {
    match base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(&inner.base),
    }
}
