//! What is given at each argument of an operation (GraphQL, October 2021, 5.6.1 and 5.8.5): whether a variable may stand
//! there, and whether a date that is written there is one. async-graphql 7.2 looks at neither.

use std::collections::HashSet;

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type,
    VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned, ServerError};
use async_graphql_value::{ConstValue, Value};
use serde_json::Value as Json;

use super::fields::{Fields, Input, named, root};
use super::variables::{chosen, is_date};

/// Most complaints about one operation.
const MOST: usize = 10;

impl Fields {
    /// What is wrong with what is given at the arguments of an operation, at most ten complaints.
    pub(super) fn misplaced(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
    ) -> Vec<ServerError> {
        let Some((_, operation)) = chosen(document, operation) else { return Vec::new() };
        let mut walk =
            Walk { fields: self, document, operation, spread: HashSet::new(), complaints: Vec::new() };
        walk.directives(&operation.directives);
        walk.selections(&Name::new(root(operation.ty)), &operation.selection_set.node);
        walk.complaints
    }
}

/// Where a value is given: what is expected there.
#[derive(Clone, Copy)]
struct Position<'a> {
    ty: &'a Type,
    has_default: bool,
    place: Pos,
}

/// A walk through the selections of an operation, each fragment looked at once.
struct Walk<'a> {
    fields: &'a Fields,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    spread: HashSet<&'a Name>,
    complaints: Vec<ServerError>,
}

impl<'a> Walk<'a> {
    fn selections(&mut self, parent: &Name, selections: &'a SelectionSet) {
        for selection in &selections.items {
            if self.complaints.len() >= MOST {
                return;
            }
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    self.directives(&field.directives);
                    let Some(definition) = self.fields.get(parent, &field.name.node) else { continue };
                    for (name, value) in &field.arguments {
                        let wanted = definition.arguments.iter().find(|it| it.node.name.node == name.node);
                        if let Some(wanted) = wanted {
                            let (ty, has_default) =
                                (&wanted.node.ty.node, wanted.node.default_value.is_some());
                            self.value(Position { ty, has_default, place: value.pos }, &value.node);
                        }
                    }
                    self.selections(named(&definition.ty.node.base), &field.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    self.directives(&fragment.directives);
                    let on = fragment.type_condition.as_ref().map_or(parent, |it| &it.node.on.node);
                    self.selections(on, &fragment.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.node.directives);
                    let name = &spread.node.fragment_name.node;
                    let fragment = self.document.fragments.get(name);
                    if let Some(fragment) = fragment.filter(|_| self.spread.insert(name)) {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.selections(on, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// `@skip` and `@include` alone may stand in an operation.
    fn directives(&mut self, directives: &'a [Positioned<Directive>]) {
        let ty = Type { base: BaseType::Named(Name::new("Boolean")), nullable: false };
        for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
            self.value(Position { ty: &ty, has_default: false, place: value.pos }, &value.node);
        }
    }

    fn value(&mut self, position: Position<'_>, value: &Value) {
        match (&position.ty.base, value) {
            (_, Value::Variable(variable)) => self.variable(position, variable),
            (BaseType::List(inner), Value::List(items)) => {
                for item in items {
                    self.value(Position { ty: inner, has_default: false, ..position }, item);
                }
            }
            // One value is a list of one.
            (BaseType::List(inner), item) => {
                self.value(Position { ty: inner, has_default: false, ..position }, item);
            }
            (BaseType::Named(name), value) => self.named(position, name, value),
        }
    }

    fn named(&mut self, position: Position<'_>, name: &Name, value: &Value) {
        match (self.fields.input(name), value) {
            (Some(Input::Object { fields, .. }), Value::Object(given)) => {
                for field in fields {
                    if let Some(value) = given.get(&field.name.node) {
                        let (ty, has_default) = (&field.ty.node, field.default_value.is_some());
                        self.value(Position { ty, has_default, ..position }, value);
                    }
                }
            }
            (Some(Input::Scalar), value) => {
                let written = value.clone().into_const().and_then(|value| value.into_json().ok());
                let is_wrong = |value: &Json| !value.is_null() && is_date(name, value) == Some(false);
                if written.is_some_and(|value| is_wrong(&value)) {
                    self.complain(position, format!("Invalid value for argument of type \"{name}\""));
                }
            }
            _ => {}
        }
    }

    fn variable(&mut self, position: Position<'_>, variable: &Name) {
        let mut declared = self.operation.variable_definitions.iter();
        let Some(declared) = declared.find(|it| it.node.name.node == *variable) else { return };
        let ty = &declared.node.var_type.node;
        // Of what is not declared or of no type that may be given others complain.
        if self.fields.is_input(named(&ty.base)) && !may_stand(&declared.node, position) {
            let wanted = position.ty;
            self.complain(
                position,
                format!(
                    "Variable \"${variable}\" of type \"{ty}\" used in position expecting type \"{wanted}\""
                ),
            );
        }
    }

    fn complain(&mut self, position: Position<'_>, message: String) {
        if self.complaints.len() < MOST {
            self.complaints.push(ServerError::new(message, Some(position.place)));
        }
    }
}

/// Whether a variable may stand where `position` is.
fn may_stand(variable: &VariableDefinition, position: Position<'_>) -> bool {
    let ty = &variable.var_type.node;
    if position.ty.nullable || !ty.nullable {
        return is_compatible(ty, position.ty);
    }
    let has_value = variable.default_value.as_ref().is_some_and(|it| it.node != ConstValue::Null);
    let nullable = Type { nullable: true, ..position.ty.clone() };
    (has_value || position.has_default) && is_compatible(ty, &nullable)
}

/// Whether every value of the type `given` is one of the type `wanted`.
fn is_compatible(given: &Type, wanted: &Type) -> bool {
    if given.nullable && !wanted.nullable {
        return false;
    }
    match (&given.base, &wanted.base) {
        (BaseType::List(given), BaseType::List(wanted)) => is_compatible(given, wanted),
        (BaseType::Named(given), BaseType::Named(wanted)) => given == wanted,
        _ => false,
    }
}
