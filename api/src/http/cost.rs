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
    ("correlations", 500),
    ("editionImportPreview", 20_000),
    ("editionImportCommit", 20_000),
    ("editionCompute", 2_000),
    ("editionPublish", 2_000),
    ("monteCarloStart", 5_000),
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
    let asks = matches!(parent, "Query" | "Mutation" | "Simulation");
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
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn check(query: &str) -> Result<(), Code> {
        check_text(query).map_err(|error| error.code())?;
        let document = parse_query(query).map_err(|_| Code::BadUserInput)?;
        Fields::of(&crate::graphql::sdl()).check_cost(&document, &Map::new()).map_err(|error| error.code())
    }

    #[test]
    fn fragments_that_spread_each_other_twice_are_refused() {
        let mut bomb = String::from("{...F0}");
        for i in 0..24 {
            bomb += &format!("fragment F{i} on Query{{...F{0} ...F{0}}}", i + 1);
        }
        bomb += "fragment F24 on Query{__typename}";
        assert_eq!(check(&bomb), Err(Code::QueryTooComplex));
    }

    /// What is spread often is executed often, whatever its names.
    #[test]
    fn what_reads_much_costs_much_in_a_fragment_too() {
        for (on, field) in [
            ("", "profile(unit: 1) { edition { year } }"),
            ("", "history(unit: 1) { comparable }"),
            ("", "chart(kind: RADAR) { alt }"),
            ("", "rankGoal(unit: 1, edition: 1, rank: 1) { reached }"),
            ("simulate(edition: 1, changes: [])", "chart(unitId: 1) { alt }"),
        ] {
            let kind = if on.is_empty() { "Query" } else { "Simulation" };
            let hundred: String = (0..100).map(|i| format!("a{i}: {field} ")).collect();
            let spreads = format!("{on} {{ {} }}", "...F ".repeat(60));
            let spreads = if on.is_empty() { spreads } else { format!("{{ {spreads} }}") };
            let document = format!("{spreads} fragment F on {kind} {{ {hundred} }}");
            assert_eq!(check(&document), Err(Code::QueryTooComplex), "{field}");
        }
    }

    #[test]
    fn hidden_bombs_are_refused() {
        let mut bomb = String::from("{...F0}");
        for i in 0..23 {
            bomb += &format!("fragment F{i} on Query{{...F{0} ...F{0}}}", i + 1);
        }
        assert_eq!(check(&bomb), Err(Code::BadUserInput), "the last fragment is not there");
        let chain: String = (0..200).map(|i| format!("fragment F{i} on Query{{...F{}}}", i + 1)).collect();
        assert_eq!(
            check(&format!("{{...F0}}{chain}fragment F200 on Query{{__typename}}")),
            Err(Code::QueryTooComplex)
        );
        assert_eq!(check(&format!("{{{}:__typename}}", "L".repeat(200))), Err(Code::QueryTooComplex));
        // Texts after which an escape was mistaken, so that all behind them went unseen.
        for text in [r#""""\"""""""#, r#"""""\""" """"#] {
            let hidden = format!("{{task(id:{text} x:{}{}){{id}}}}", "[".repeat(400), "]".repeat(400));
            assert_eq!(
                check_text(&hidden).map_err(|error| error.code()),
                Err(Code::QueryTooComplex),
                "{text}"
            );
        }
    }

    #[test]
    fn lists_multiply_and_cycles_and_depth_are_refused() {
        assert_eq!(check("{tasks(first:100){nodes{id title assignments{id}}}}"), Ok(()));
        let board = "{tasks{nodes{title indicator{code} assignments{organization{name} latestReport{percent evidence{title}}}}}}";
        assert_eq!(check(board), Ok(()));
        let detail = "{task(id:1){title assignments{organization{name} reports{content evidence{title links{report{id}}}}}}}";
        assert_eq!(check(detail), Ok(()));
        let nested = "{tasks(first:100){nodes{assignments{reports(first:100){id}}}}}";
        assert_eq!(check(nested), Err(Code::QueryTooComplex));
        assert_eq!(
            check("{...A} fragment A on Query{...B} fragment B on Query{...A}"),
            Err(Code::BadUserInput)
        );
        assert_eq!(check(&("{a".repeat(30) + &"}".repeat(30))), Err(Code::QueryTooComplex));
        assert_eq!(check(&"{a".repeat(20_000)), Err(Code::QueryTooComplex));
        assert_eq!(check(&format!("{{{}}}", "__typename ".repeat(20_000))), Err(Code::QueryTooComplex));
    }

    #[test]
    fn introspection_passes_once_and_does_not_nest() {
        const FULL: &str = "name description fields(includeDeprecated: true) { name description
            args { name description type { ...Ref } defaultValue } type { ...Ref } isDeprecated deprecationReason }
            inputFields { name description type { ...Ref } defaultValue } interfaces { ...Ref }
            enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
            possibleTypes { ...Ref } kind";
        const REF: &str =
            "fragment Ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name
            ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";
        let schema = |alias: &str| {
            format!(
                "{alias}: __schema {{ queryType {{ name }} types {{ {FULL} }} directives {{ name args {{ name type {{ ...Ref }} }} }} }}"
            )
        };
        assert_eq!(check(&format!("{{ {} }} {REF}", schema("a"))), Ok(()));
        let many: String = ["a", "b", "c", "d", "e", "f"].map(schema).concat();
        assert_eq!(check(&format!("{{ {many} }} {REF}")), Err(Code::QueryTooComplex));
        let nested = "{ __schema { types { fields { type { fields { name } } } } } }";
        assert_eq!(check(nested), Err(Code::QueryTooComplex));
    }

    #[test]
    fn lists_without_first_are_counted_too() {
        let changes =
            |deep: &str| format!("{{compareEditions(unit:1 from:1 to:1){{nodes{{node{{{deep}}}}}}}}}");
        assert_eq!(check(&changes("code name")), Ok(()));
        let twice = "children(first:100){children(first:100){id}}";
        assert_eq!(check(&changes(twice)), Err(Code::QueryTooComplex));
        let gaps = |deep: &str| format!("{{gaps(unit:1 edition:1){{node{{{deep}}}}}}}");
        assert_eq!(check(&gaps("code name")), Ok(()));
        assert_eq!(check(&gaps("children{children(first:100){id}}")), Err(Code::QueryTooComplex));
        let matrices = |many: usize| {
            let one = |i| format!("m{i}:correlations(edition:1 rows:INDICATOR columns:INDICATOR){{values}}");
            format!("{{{}}}", (0..many).map(one).collect::<String>())
        };
        assert_eq!(check(&matrices(5)), Ok(()));
        assert_eq!(check(&matrices(20)), Err(Code::QueryTooComplex));
    }

    #[test]
    fn what_a_variable_may_hold_is_counted_as_the_most() {
        let nested =
            "query($n: Int = 100) {tasks(first: $n){nodes{assignments{reports(first: $n){id content}}}}}";
        assert_eq!(check(nested), Err(Code::QueryTooComplex));
        let by_ids = "{nodes(ids: []){... on Task{assignments{reports(first: 100){id}}}}}";
        assert_eq!(check(by_ids), Err(Code::QueryTooComplex));
    }

    #[test]
    fn what_the_engine_works_long_for_has_a_declared_cost() {
        let many = |count: usize, field: &str| {
            let fields: String = (0..count).map(|place| format!("f{place}: {field} ")).collect();
            check(&format!("{{{fields}}}"))
        };
        let sensitivity = "sensitivity(edition: 1, dropOne: true) { edition { year } }";
        assert_eq!(many(19, sensitivity), Ok(()));
        assert_eq!(many(20, sensitivity), Err(Code::QueryTooComplex));
        let goal = "rankGoal(unit: 1, edition: 1, rank: 25) { reached }";
        assert_eq!((many(19, goal), many(20, goal)), (Ok(()), Err(Code::QueryTooComplex)));
        let gains = "marginalGains(unit: 1, edition: 1, first: 1) { value }";
        assert_eq!((many(199, gains), many(200, gains)), (Ok(()), Err(Code::QueryTooComplex)));
        let simulated = "simulate(edition: 1, changes: []) { assumption }";
        assert_eq!((many(497, simulated), many(498, simulated)), (Ok(()), Err(Code::QueryTooComplex)));
        let hidden = format!("{{{}}} fragment F on Query{{{goal}}}", "...F ".repeat(50));
        assert_eq!(check(&hidden), Err(Code::QueryTooComplex));
    }

    #[test]
    fn lists_of_the_analysis_are_counted_as_long_as_they_are() {
        let ranked = |row: &str| check(&format!("{{simulate(edition: 1, changes: []){{ranking{{{row}}}}}}}"));
        assert_eq!(ranked(&"places ".repeat(997)), Ok(()), "100 rows unless `first` says otherwise");
        assert_eq!(ranked(&"places ".repeat(999)), Err(Code::QueryTooComplex));
        let tree = |row: &str| check(&format!("{{sensitivity(edition: 1){{dropOne{{ranks{{{row}}}}}}}}}"));
        assert_eq!(tree("unit{id code} rankBefore rankAfter"), Ok(()));
        assert_eq!(tree(&"rankAfter ".repeat(12)), Err(Code::QueryTooComplex));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let text = format!(r#"{{a(b: "{0}", c: """{0} \""" {0}""") # {0}"#, "[".repeat(100)) + "\n}";
        assert!(check_text(&text).is_ok());
    }
}
