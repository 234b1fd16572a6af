//! The values of an operation's variables, before anything is done with them (GraphQL, October 2021, 6.1.2).

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, InputValueDefinition, OperationDefinition, Type, VariableDefinition,
};
use async_graphql::{Name, Pos};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value as Json};

use super::fields::{Fields, Input, named};
use crate::error::{Code, Problem};

/// Most problems that a client is told of at once.
const MOST_PROBLEMS: usize = 10;
/// Longest name of a field that does not exist which is told to whoever sent it.
const LONGEST_NAME: usize = 60;

/// What is wrong with a variable's value.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// What to tell the client; never the value.
    pub(crate) problem: Problem,
    /// Where the document declares the variable.
    pub(crate) place: Pos,
}

/// The operation that is executed, and which of the document's it is; `None` when the document has none of this name, or
/// many and the request names none.
pub(super) fn chosen<'a>(
    document: &'a ExecutableDocument,
    operation: Option<&str>,
) -> Option<(usize, &'a OperationDefinition)> {
    let is_only = document.operations.iter().count() == 1;
    let mut operations = document.operations.iter().enumerate();
    let (place, (_, definition)) = operations.find(|(_, (name, _))| match operation {
        Some(operation) => name.is_some_and(|name| name == operation),
        None => is_only,
    })?;
    Some((place, &definition.node))
}

impl Fields {
    /// The values of the variables that the operation declares, its defaults among them. Any others are passed over, and
    /// so are types that the schema does not have: those are the document's fault, not the values'.
    ///
    /// # Errors
    /// What does not fit its type, at most ten.
    pub(crate) fn coerce(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        mut given: Map<String, Json>,
    ) -> Result<Map<String, Json>, Vec<Misfit>> {
        let Some((_, operation)) = chosen(document, operation) else { return Ok(given) };
        let (mut values, mut misfits) = (Map::new(), Vec::new());
        for definition in &operation.variable_definitions {
            let (place, VariableDefinition { name, var_type, default_value, .. }) =
                (definition.pos, &definition.node);
            let name = name.node.as_str();
            let mut fit = Fit { fields: self, variable: name, path: Vec::new(), problems: Vec::new() };
            match (given.remove(name), default_value) {
                (Some(mut value), _) => {
                    fit.value(&var_type.node, &mut value);
                    values.insert(name.to_owned(), value);
                }
                (None, Some(default)) => {
                    let default = default.node.clone().into_json();
                    values.extend(default.ok().map(|default| (name.to_owned(), default)));
                }
                (None, None) if !var_type.node.nullable => fit.missing(&var_type.node),
                (None, None) => {}
            }
            misfits.extend(fit.problems.into_iter().map(|problem| Misfit { problem, place }));
        }
        misfits.truncate(MOST_PROBLEMS);
        if misfits.is_empty() { Ok(values) } else { Err(misfits) }
    }
}

/// Whether a value is one of a type of dates or times; `None` for any other type.
pub(super) fn is_date(ty: &Name, value: &Json) -> Option<bool> {
    let text = value.as_str();
    match ty.as_str() {
        "NaiveDate" => Some(text.is_some_and(|text| text.parse::<NaiveDate>().is_ok())),
        "DateTime" => Some(text.is_some_and(|text| text.parse::<DateTime<Utc>>().is_ok())),
        _ => None,
    }
}

/// How a date or a time is written, for who wrote another one.
fn form(ty: &Type) -> &'static str {
    match named(&ty.base).as_str() {
        "NaiveDate" => " (YYYY-MM-DD)",
        "DateTime" => " (RFC 3339)",
        _ => "",
    }
}

/// A whole number, however it is written: for some languages of clients all numbers are fractions.
fn whole(value: &Json) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let fraction = || value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < EXACT);
    #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough")]
    value.as_i64().or_else(|| fraction().map(|number| number as i64))
}

/// A walk through the value of a variable.
struct Fit<'a> {
    fields: &'a Fields,
    variable: &'a str,
    /// Fields and places in lists down to what is looked at.
    path: Vec<String>,
    problems: Vec<Problem>,
}

impl Fit<'_> {
    fn value(&mut self, ty: &Type, value: &mut Json) {
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        match (&ty.base, value) {
            (_, Json::Null) if ty.nullable => {}
            (_, Json::Null) => self.wrong(ty),
            (BaseType::List(inner), Json::Array(items)) => {
                for (place, item) in items.iter_mut().enumerate() {
                    self.within(place.to_string(), |fit| fit.value(inner, item));
                }
            }
            // One value is a list of one.
            (BaseType::List(inner), item) => self.value(inner, item),
            (BaseType::Named(name), value) => self.named(ty, name, value),
        }
    }

    fn named(&mut self, ty: &Type, name: &Name, value: &mut Json) {
        let fits = match (name.as_str(), self.fields.input(name)) {
            ("Int", _) => {
                let whole = whole(value).and_then(|whole| i32::try_from(whole).ok());
                if let Some(whole) = whole {
                    *value = whole.into();
                }
                whole.is_some()
            }
            ("Float", _) => value.is_number(),
            ("String", _) => value.is_string(),
            ("Boolean", _) => value.is_boolean(),
            ("ID", _) => value.is_string() || value.is_i64(),
            (_, Some(Input::Enum(names))) => {
                value.as_str().is_some_and(|one| names.iter().any(|it| it == one))
            }
            (_, Some(Input::Object { fields, is_one_of })) => match value {
                Json::Object(value) => {
                    self.object(name, fields, value);
                    let given_once = value.len() == 1 && value.values().all(|value| !value.is_null());
                    if *is_one_of && !given_once {
                        self.not_one(name);
                    }
                    true
                }
                _ => false,
            },
            // JSON is whatever it is.
            (_, Some(Input::Scalar)) => is_date(name, value).unwrap_or(true),
            (_, None) => true,
        };
        if !fits {
            self.wrong(ty);
        }
    }

    fn object(&mut self, name: &Name, fields: &[InputValueDefinition], value: &mut Map<String, Json>) {
        for field in fields {
            let ty = &field.ty.node;
            self.within(field.name.node.to_string(), |fit| match value.get_mut(field.name.node.as_str()) {
                Some(value) => fit.value(ty, value),
                None if !ty.nullable && field.default_value.is_none() => fit.missing(ty),
                None => {}
            });
        }
        for key in value.keys().filter(|key| fields.iter().all(|field| field.name.node != key.as_str())) {
            self.unknown(name, key);
        }
    }

    fn within(&mut self, step: String, look: impl FnOnce(&mut Self)) {
        self.path.push(step);
        look(self);
        self.path.pop();
    }

    fn wrong(&mut self, ty: &Type) {
        let (shown, form) = (self.shown(), form(ty));
        self.tell(
            format!("biến {shown} phải có kiểu {ty}{form}"),
            format!("the variable {shown} must be of type {ty}{form}"),
        );
    }

    fn missing(&mut self, ty: &Type) {
        let shown = self.shown();
        self.tell(
            format!("thiếu biến {shown}, phải có kiểu {ty}"),
            format!("the variable {shown} is missing; it must be of type {ty}"),
        );
    }

    fn not_one(&mut self, name: &Name) {
        let shown = self.shown();
        self.tell(
            format!("biến {shown} kiểu {name} phải có đúng một trường, và trường đó khác null"),
            format!("the variable {shown} of type {name} must have exactly one field, and not null"),
        );
    }

    fn unknown(&mut self, name: &Name, key: &str) {
        let is_name =
            key.len() <= LONGEST_NAME && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let (shown, key) = (self.shown(), if is_name { key } else { "…" });
        self.tell(
            format!("biến {shown} có trường {key} mà kiểu {name} không có"),
            format!("the variable {shown} has a field {key}, which {name} does not have"),
        );
    }

    /// The path as people read it.
    fn shown(&self) -> String {
        let mut shown = format!("${}", self.variable);
        for step in &self.path {
            shown.push('.');
            shown.push_str(step);
        }
        shown
    }

    fn tell(&mut self, vi: String, en: String) {
        if self.problems.len() < MOST_PROBLEMS {
            let path = format!("variables.{}", &self.shown()[1..]);
            self.problems.push(Problem::new(&path, Code::BadUserInput).in_words(vi, en));
        }
    }
}
