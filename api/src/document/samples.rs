//! Values that fit the variables of an operation, so that validation can look at what is written around them. Whether a
//! document is valid must not depend on who asks first, and with what.

use async_graphql::Name;
use async_graphql::parser::types::{BaseType, ExecutableDocument, Type};
use async_graphql_value::{ConstValue, Variables};

use super::fields::{Fields, Input};
use super::variables::chosen;

/// Types within types; the schema's own are not nested so deep.
const MOST_DEPTH: u32 = 20;

impl Fields {
    /// A value for each variable of the operation whose type may be given.
    pub(super) fn samples(&self, document: &ExecutableDocument, operation: Option<&str>) -> Variables {
        let mut samples = Variables::default();
        let declared = chosen(document, operation).map(|(_, operation)| &operation.variable_definitions);
        for variable in declared.into_iter().flatten() {
            if let Some(sample) = self.sample(&variable.node.var_type.node, 0) {
                samples.insert(variable.node.name.node.clone(), sample);
            }
        }
        samples
    }

    fn sample(&self, ty: &Type, depth: u32) -> Option<ConstValue> {
        if depth > MOST_DEPTH {
            return None;
        }
        let name = match &ty.base {
            BaseType::List(_) => return Some(ConstValue::List(Vec::new())),
            BaseType::Named(name) => name,
        };
        match (name.as_str(), self.input(name)) {
            ("Int" | "Float", _) => Some(ConstValue::from(0)),
            ("Boolean", _) => Some(ConstValue::Boolean(false)),
            ("String" | "ID", _) | (_, Some(Input::Scalar)) => Some(ConstValue::String(String::new())),
            (_, Some(Input::Enum(names))) => names.first().cloned().map(ConstValue::Enum),
            (_, Some(Input::Object { fields, is_one_of })) => {
                let wanted = fields
                    .iter()
                    .filter(|field| *is_one_of || (!field.ty.node.nullable && field.default_value.is_none()));
                let wanted = wanted.take(if *is_one_of { 1 } else { fields.len() });
                let sampled: Option<Vec<(Name, ConstValue)>> = wanted
                    .map(|field| Some((field.name.node.clone(), self.sample(&field.ty.node, depth + 1)?)))
                    .collect();
                Some(ConstValue::Object(sampled?.into_iter().collect()))
            }
            (_, None) => None,
        }
    }
}
