//! What a document costs, before anything of it is executed: one walk, each fragment counted once and remembered,
//! sums that stop at the top. A document of a kilobyte that means 2^24 fields is refused in microseconds.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, FieldDefinition, Selection, SelectionSet,
};
use async_graphql_value::{ConstValue, Number, Value};
use serde_json::{Map, Value as Json};

use super::fields::{Fields, named};
use crate::error::{Code, Error, Problem};

/// Most fields that a document may come to, lists multiplied by `first`.
const MOST_COST: u64 = 100_000;
/// Deepest nesting of selections; introspection as GraphiQL asks for it needs 15.
const MOST_DEPTH: u32 = 20;
/// Most open brackets at once in the text, so that no parser runs out of stack.
const MOST_NESTING: u32 = 60;
/// Most tokens in the text.
const MOST_TOKENS: u32 = 10_000;
/// Most of the introspection's lists of types within each other.
const MOST_INTROSPECTION: u32 = 1;
/// Longest name: one is repeated in every row of the answer.
const LONGEST_NAME: u32 = 100;
/// Most fragments that spread one another in a chain.
const MOST_CHAINED: u32 = 50;
/// Rows of a list when nothing is known of `first`.
const MOST_FIRST: u64 = 100;
/// Rows of a connection when `first` does not say.
const DEFAULT_FIRST: u64 = 20;
/// Rows of any other list when `first` does not say.
const DEFAULT_CHILDREN: u64 = 10;

/// What a field costs by itself, where the engine works long for it or many rows or files are read: about 20 for each
/// millisecond of a core, so that no document takes more than a few seconds.
const DECLARED: &[(&str, u64)] = &[
    ("simulate", 200),
    ("marginalGains", 500),
    ("rankGoal", 5_000),
    ("sensitivity", 5_000),
    ("chart", 50),
    ("profile", 30),
    ("history", 20),
    ("explain", 20),
    ("contributions", 20),
    ("strengthsAndWeaknesses", 20),
    ("gaps", 20),
    ("compareUnits", 20),
    ("publishedDifferences", 20),
    ("reliability", 30),
    ("compareEditions", 500),
    ("reportingStatus", 500),
    ("officer", 200),
    ("coordinator", 500),
    ("leader", 500),
    ("coverage", 50),
    ("correlations", 500),
    ("editionImportPreview", 20_000),
    ("editionImportCommit", 20_000),
    ("editionCompute", 2_000),
    ("editionPublish", 2_000),
    ("monteCarloStart", 5_000),
    ("dossierFreeze", 2_000),
    ("reportConsolidate", 2_000),
    ("comparison", 2_000),
    ("frozenContent", 5_000),
    ("dossier", 1_000),
    ("dossiers", 10_000),
];

fn refuse(what: impl ToString) -> Error {
    Problem::new("", Code::QueryTooComplex).with(what).into()
}

/// Refuses a text that is nested too deep or has too many tokens, before it is parsed.
///
/// # Errors
/// [`Code::QueryTooComplex`].
pub(super) fn check_text(text: &str) -> Result<(), Error> {
    let (mut nesting, mut tokens, mut letters) = (0_u32, 0_u32, 0_u32);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        letters = if byte.is_ascii_alphanumeric() || byte == b'_' { letters + 1 } else { 0 };
        if letters > LONGEST_NAME {
            return Err(refuse(format_args!("name > {LONGEST_NAME}")));
        }
        if letters > 1 {
            continue;
        }
        match byte {
            b'{' | b'[' | b'(' => nesting += 1,
            b'}' | b']' | b')' => nesting = nesting.saturating_sub(1),
            b'#' => while bytes.next_if(|&byte| byte != b'\n' && byte != b'\r').is_some() {},
            b'"' => skip_string(&mut bytes),
            b' ' | b'\t' | b'\n' | b'\r' | b',' => continue,
            _ => {}
        }
        tokens += 1;
        if nesting > MOST_NESTING {
            return Err(refuse(format_args!("depth > {MOST_NESTING}")));
        }
        if tokens > MOST_TOKENS {
            return Err(refuse(format_args!("tokens > {MOST_TOKENS}")));
        }
    }
    Ok(())
}

/// Reads behind a string or block string whose first quote was read.
fn skip_string(bytes: &mut std::iter::Peekable<std::str::Bytes<'_>>) {
    let mut quotes = 1;
    while quotes < 3 && bytes.next_if_eq(&b'"').is_some() {
        quotes += 1;
    }
    match quotes {
        2 => {}
        1 => {
            while let Some(byte) = bytes.next() {
                match byte {
                    b'\\' => drop(bytes.next()),
                    b'"' => return,
                    _ => {}
                }
            }
        }
        _ => skip_block_string(bytes),
    }
}

/// Reads behind a block string whose three opening quotes were read. Only `\"""` is an escape in it.
fn skip_block_string(bytes: &mut std::iter::Peekable<std::str::Bytes<'_>>) {
    let mut quotes = 0;
    let mut escaped = false;
    for byte in bytes.by_ref() {
        match byte {
            b'"' => {
                quotes += 1;
                if quotes == 3 && !escaped {
                    return;
                }
                if quotes == 3 {
                    (quotes, escaped) = (0, false);
                }
            }
            other => {
                quotes = 0;
                escaped = other == b'\\';
            }
        }
    }
}

impl Fields {
    /// Refuses a document that costs too much or is nested too deep.
    ///
    /// # Errors
    /// [`Code::QueryTooComplex`], or [`Code::BadUserInput`] for fragments that spread themselves.
    pub(super) fn check_cost(
        &self,
        document: &ExecutableDocument,
        variables: &Map<String, Json>,
    ) -> Result<(), Error> {
        let mut walk = Walk { fields: self, document, variables, known: HashMap::new(), chained: 0 };
        let mut cost = 0_u64;
        for (_, operation) in document.operations.iter() {
            let root = Name::new(match operation.node.ty {
                async_graphql::parser::types::OperationType::Query => "Query",
                async_graphql::parser::types::OperationType::Mutation => "Mutation",
                async_graphql::parser::types::OperationType::Subscription => "Subscription",
            });
            let weight = walk.selections(&operation.node.selection_set.node, &root)?;
            if weight.depth > MOST_DEPTH {
                return Err(refuse(format_args!("depth {} > {MOST_DEPTH}", weight.depth)));
            }
            if weight.introspection > MOST_INTROSPECTION {
                return Err(refuse("introspection"));
            }
            cost = cost.saturating_add(weight.cost);
            if cost > MOST_COST {
                return Err(refuse(format_args!("cost {cost} > {MOST_COST}")));
            }
        }
        // Fragments that no operation uses are walked by validation too.
        for name in document.fragments.keys() {
            if walk.fragment(name)?.cost > MOST_COST {
                return Err(refuse(format_args!("cost > {MOST_COST}")));
            }
        }
        Ok(())
    }
}

/// What a field costs before its rows and their fields are counted.
fn own(parent: &str, field: &str) -> u64 {
    let asks = matches!(parent, "Query" | "Mutation" | "Simulation" | "Dashboard");
    let declared = DECLARED.iter().find(|(name, _)| asks && *name == field);
    declared.map_or(1, |(_, cost)| *cost)
}

/// How many rows a field may have, as far as the schema tells; `None` when its `first` tells.
fn rows(parent: &str, field: &FieldDefinition) -> Option<u64> {
    if field.arguments.iter().any(|argument| argument.node.name.node == "first") {
        return None;
    }
    if field.arguments.iter().any(|argument| argument.node.name.node == "ids") {
        return Some(MOST_FIRST);
    }
    let BaseType::List(items) = &field.ty.node.base else { return Some(1) };
    Some(match (&items.base, field.name.node.as_str()) {
        // These lists were multiplied where `first` stands.
        (_, "edges" | "nodes") if parent.ends_with("Connection") => 1,
        (_, "differences") => 1,
        // A matrix has as many columns as rows.
        (BaseType::List(_), _) => MOST_FIRST * MOST_FIRST,
        // As many as a tree has nodes, or a level of it; other lists without `first` are short.
        (_, "entries" | "nodes" | "moves" | "dropOne" | "effectiveWeights" | "contributions") => 80,
        (_, "reliability" | "rows" | "columns") => 80,
        (_, "organizations" | "indicators") if parent == "ReportingStatus" => 80,
        (_, "weakIndicators" | "withoutTask" | "withoutProgress" | "withoutEvidence") => 50,
        (_, "participants" | "assignments" | "strengths" | "weaknesses") => DEFAULT_FIRST,
        _ => 10,
    })
}

/// How many rows a field of `__schema` or `__type` has, roughly: introspection as GraphiQL asks for it must pass, a few
/// of them in one document must not.
fn introspected_rows(field: &str) -> u64 {
    match field {
        "types" => 40,
        "fields" | "inputFields" | "enumValues" | "possibleTypes" | "interfaces" => 8,
        "args" | "directives" => 3,
        _ => 1,
    }
}

/// From type to type: nested in each other they would list the whole schema again and again.
fn leads_to_types(field: &str) -> bool {
    matches!(field, "fields" | "inputFields" | "possibleTypes" | "interfaces")
}

#[derive(Clone, Copy, Default)]
struct Weight {
    cost: u64,
    depth: u32,
    /// Most of [`leads_to_types`] within each other.
    introspection: u32,
}

struct Walk<'a> {
    fields: &'a Fields,
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Json>,
    /// `None` while a fragment is being counted: meeting it again is a cycle.
    known: HashMap<Name, Option<Weight>>,
    /// Fragments being counted within each other.
    chained: u32,
}

impl Walk<'_> {
    fn selections(&mut self, set: &SelectionSet, parent: &Name) -> Result<Weight, Error> {
        let mut sum = Weight::default();
        for selection in &set.items {
            let weight = match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
                Selection::InlineFragment(inline) => {
                    let on = inline
                        .node
                        .type_condition
                        .as_ref()
                        .map_or(parent, |condition| &condition.node.on.node);
                    self.selections(&inline.node.selection_set.node, on)?
                }
            };
            sum.cost = sum.cost.saturating_add(weight.cost);
            sum.depth = sum.depth.max(weight.depth);
            sum.introspection = sum.introspection.max(weight.introspection);
        }
        Ok(sum)
    }

    fn field(&mut self, field: &Field, parent: &Name) -> Result<Weight, Error> {
        let definition = self.fields.get(parent, &field.name.node);
        // A field that the schema does not have is introspection or refused later.
        let to = definition.map_or_else(|| Name::new(""), |field| named(&field.ty.node.base).clone());
        let rows = match definition {
            Some(definition) => rows(parent, definition).unwrap_or_else(|| self.first(field, definition)),
            None => introspected_rows(&field.name.node),
        };
        let mut inner = self.selections(&field.selection_set.node, &to)?;
        // A matrix of numbers is work although nothing is selected in it.
        inner.cost = inner.cost.max(u64::from(rows > MOST_FIRST));
        let leads_on = definition.is_none() && leads_to_types(&field.name.node);
        Ok(Weight {
            cost: inner.cost.saturating_mul(rows).saturating_add(own(parent, &field.name.node)),
            depth: inner.depth + 1,
            introspection: inner.introspection + u32::from(leads_on),
        })
    }

    fn first(&self, field: &Field, definition: &FieldDefinition) -> u64 {
        let number = |number: &Number| number.as_u64().unwrap_or(MOST_FIRST);
        let children = matches!(definition.ty.node.base, BaseType::List(_));
        let argument = definition.arguments.iter().find(|argument| argument.node.name.node == "first");
        let default = argument.and_then(|argument| argument.node.default_value.as_ref());
        match field.get_argument("first").map(|value| &value.node) {
            Some(Value::Number(given)) => number(given),
            Some(Value::Variable(name)) => match self.variables.get(name.as_str()) {
                Some(Json::Number(given)) => number(given),
                // The document may give it any default.
                _ => MOST_FIRST,
            },
            _ => match default.map(|value| &value.node) {
                Some(ConstValue::Number(default)) => number(default),
                // Lists of figures are whole unless they are cut.
                _ if matches!(field.name.node.as_str(), "gaps" | "publishedDifferences") => MOST_FIRST,
                _ if children => DEFAULT_CHILDREN,
                _ => DEFAULT_FIRST,
            },
        }
        .max(1)
    }

    fn fragment(&mut self, name: &Name) -> Result<Weight, Error> {
        match self.known.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => return Err(Problem::new("", Code::BadUserInput).into()),
            None => {}
        }
        // Validation would walk the rest of such a document as often as it is spread.
        let unknown = || Error::from(Problem::new("", Code::BadUserInput));
        let fragment = self.document.fragments.get(name).ok_or_else(unknown)?;
        self.chained += 1;
        if self.chained > MOST_CHAINED {
            return Err(refuse("fragments"));
        }
        self.known.insert(name.clone(), None);
        let on = &fragment.node.type_condition.node.on.node;
        let weight = self.selections(&fragment.node.selection_set.node, on)?;
        self.chained -= 1;
        // A spread costs something even of nothing.
        let weight = Weight { cost: weight.cost.saturating_add(1), ..weight };
        self.known.insert(name.clone(), Some(weight));
        Ok(weight)
    }
}

#[cfg(test)]
mod tests;
