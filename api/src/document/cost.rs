//! What a document costs, before anything of it is executed: one walk, each fragment counted once and remembered,
//! sums that stop at the top. A document of a kilobyte that means 2^24 fields is refused in microseconds.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, FieldDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::{ConstValue, Number, Value};
use serde_json::{Map, Value as Json};

use super::declared::{DECLARED, LONG_TEXTS};
use super::fields::{Fields, named, root};
use super::refuse;
use crate::error::{Code, Error, Problem};

/// Most fields that a document may come to, lists multiplied by `first`.
pub const MOST_COST: u64 = 100_000;
/// Deepest nesting of selections; introspection as GraphiQL asks for it needs 15.
const MOST_DEPTH: u32 = 20;
/// Most of the introspection's lists of types within each other.
const MOST_INTROSPECTION: u32 = 1;
/// Most fragments that spread one another in a chain.
const MOST_CHAINED: u32 = 50;
/// Rows of a list when nothing is known of `first`.
const MOST_FIRST: u64 = 100;
/// Rows of a connection when `first` does not say.
const DEFAULT_FIRST: u64 = 20;
/// Rows of any other list when `first` does not say.
const DEFAULT_CHILDREN: u64 = 10;

/// Most fields at the root of an operation, fragments counted as often as they are spread.
const MOST_ROOT_FIELDS: u64 = 500;
/// Most selections in a document.
const MOST_SELECTIONS: u64 = 4_000;
/// Most directives in a document.
const MOST_DIRECTIVES: u32 = 200;
/// Most aliases in a document.
const MOST_ALIASES: u32 = 1_000;

impl Fields {
    /// What the operation named `operation`, or all of the document's, cost. The walk looks at each selection once.
    ///
    /// # Errors
    /// [`Code::QueryTooComplex`] for a document that costs too much, is nested too deep or has too many of something;
    /// [`Code::BadUserInput`] for fragments that spread themselves or are not there.
    pub(crate) fn weigh(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        variables: &Map<String, Json>,
    ) -> Result<Weight, Error> {
        self.walk(document, operation, variables).1
    }

    /// The same, with the number of selections that were looked at.
    pub(super) fn walk(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        variables: &Map<String, Json>,
    ) -> (u64, Result<Weight, Error>) {
        let mut walk = Walk {
            fields: self,
            document,
            variables,
            known: HashMap::new(),
            chained: 0,
            seen: 0,
            aliases: 0,
            directives: 0,
        };
        let weight = walk.whole(operation);
        (walk.seen, weight)
    }
}

/// What a field costs before its rows and their fields are counted.
fn own(parent: &str, field: &str) -> u64 {
    let asks = matches!(parent, "Query" | "Mutation" | "Simulation" | "Dashboard" | "Dossier");
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

/// What a document, or a part of it, comes to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weight {
    /// Points: fields, lists multiplied by `first`, and what fields cost by themselves.
    pub cost: u64,
    /// Deepest nesting of selections.
    pub depth: u32,
    /// Fields of the outermost selection.
    width: u64,
    /// Most of [`leads_to_types`] within each other.
    nested_types: u32,
    /// Whether it asks about the schema itself.
    pub introspects: bool,
}

impl Weight {
    fn and(self, other: Self) -> Self {
        Self {
            cost: self.cost.saturating_add(other.cost),
            depth: self.depth.max(other.depth),
            width: self.width.saturating_add(other.width),
            nested_types: self.nested_types.max(other.nested_types),
            introspects: self.introspects || other.introspects,
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.depth > MOST_DEPTH {
            return Err(refuse("độ sâu", "depth", format_args!("{} > {MOST_DEPTH}", self.depth)));
        }
        if self.nested_types > MOST_INTROSPECTION {
            return Err(refuse(
                "số danh sách kiểu lồng nhau",
                "lists of types within each other",
                format_args!("{} > {MOST_INTROSPECTION}", self.nested_types),
            ));
        }
        if self.width > MOST_ROOT_FIELDS {
            return Err(refuse(
                "số trường ở gốc",
                "root fields",
                format_args!("{} > {MOST_ROOT_FIELDS}", self.width),
            ));
        }
        if self.cost > MOST_COST {
            return Err(refuse("số điểm", "cost", format_args!("{} > {MOST_COST}", self.cost)));
        }
        Ok(())
    }
}

struct Walk<'a> {
    fields: &'a Fields,
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Json>,
    /// `None` while a fragment is being counted: meeting it again is a cycle.
    known: HashMap<Name, Option<Weight>>,
    /// Fragments being counted within each other.
    chained: u32,
    /// Selections looked at.
    seen: u64,
    aliases: u32,
    directives: u32,
}

impl Walk<'_> {
    fn whole(&mut self, operation: Option<&str>) -> Result<Weight, Error> {
        let (mut all, mut chosen) = (Weight::default(), None);
        for (name, definition) in self.document.operations.iter() {
            let definition = &definition.node;
            let root = Name::new(root(definition.ty));
            self.count(&definition.directives)?;
            let weight = self.selections(&definition.selection_set.node, &root)?;
            weight.check()?;
            all = all.and(weight);
            if operation.is_some() && name.map(Name::as_str) == operation {
                chosen = Some(weight);
            }
        }
        // Validation walks all operations, and fragments that none of them uses.
        let all = Weight { width: 0, ..all };
        all.check()?;
        for name in self.document.fragments.keys() {
            let weight = self.fragment(name)?;
            Weight { width: 0, depth: 0, ..weight }.check()?;
        }
        Ok(chosen.unwrap_or(all))
    }

    fn selections(&mut self, set: &SelectionSet, parent: &Name) -> Result<Weight, Error> {
        let mut sum = Weight::default();
        for selection in &set.items {
            self.seen += 1;
            if self.seen > MOST_SELECTIONS {
                return Err(refuse("số trường được chọn", "selections", format_args!("> {MOST_SELECTIONS}")));
            }
            sum = sum.and(match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent)?,
                Selection::FragmentSpread(spread) => {
                    self.count(&spread.node.directives)?;
                    self.fragment(&spread.node.fragment_name.node)?
                }
                Selection::InlineFragment(inline) => {
                    self.count(&inline.node.directives)?;
                    let on = inline
                        .node
                        .type_condition
                        .as_ref()
                        .map_or(parent, |condition| &condition.node.on.node);
                    self.selections(&inline.node.selection_set.node, on)?
                }
            });
        }
        Ok(sum)
    }

    fn count(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Error> {
        self.directives = self.directives.saturating_add(u32::try_from(directives.len()).unwrap_or(u32::MAX));
        if self.directives > MOST_DIRECTIVES {
            return Err(refuse("số chỉ thị", "directives", format_args!("> {MOST_DIRECTIVES}")));
        }
        Ok(())
    }

    fn field(&mut self, field: &Field, parent: &Name) -> Result<Weight, Error> {
        self.count(&field.directives)?;
        self.aliases += u32::from(field.alias.is_some());
        if self.aliases > MOST_ALIASES {
            return Err(refuse("số bí danh", "aliases", format_args!("> {MOST_ALIASES}")));
        }
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
        // An object may be called as a text is elsewhere, and introspection has short ones.
        let is_text = definition.is_some() && field.selection_set.node.items.is_empty();
        let long = LONG_TEXTS.iter().find(|(name, _)| is_text && *name == field.name.node);
        let own = own(parent, &field.name.node).max(long.map_or(1, |(_, cost)| *cost));
        let leads_on = definition.is_none() && leads_to_types(&field.name.node);
        Ok(Weight {
            cost: inner.cost.saturating_mul(rows).saturating_add(own),
            depth: inner.depth + 1,
            width: 1,
            nested_types: inner.nested_types + u32::from(leads_on),
            introspects: inner.introspects || matches!(field.name.node.as_str(), "__schema" | "__type"),
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
            return Err(refuse(
                "số phân đoạn lồng nhau",
                "fragments within each other",
                format_args!("> {MOST_CHAINED}"),
            ));
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
