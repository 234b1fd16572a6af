//! What documents cost, from bombs to the clients' own.

mod parts;
mod valid;
mod variables;

use serde_json::{Map, Value as Json};

use super::text::check_text;
use super::*;

fn check(query: &str) -> Result<(), Code> {
    let document = Document::read(query).map_err(|unreadable| unreadable.error.code())?;
    fields().weigh(&document.parsed, None, &Map::new()).map(|_| ()).map_err(|error| error.code())
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
        assert_eq!(check_text(&hidden).map_err(|error| error.code()), Err(Code::QueryTooComplex), "{text}");
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
    assert_eq!(check("{...A} fragment A on Query{...B} fragment B on Query{...A}"), Err(Code::BadUserInput));
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
    let changes = |deep: &str| format!("{{compareEditions(unit:1 from:1 to:1){{nodes{{node{{{deep}}}}}}}}}");
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
fn the_root_aliases_and_directives_have_bounds() {
    let many = |count: usize, what: &str| format!("{{{}}}", what.repeat(count));
    assert_eq!(check(&many(500, "__typename ")), Ok(()));
    assert_eq!(check(&many(501, "__typename ")), Err(Code::QueryTooComplex));
    assert_eq!(check(&format!("{{viewer{}}}", many(1_000, "a:id "))), Ok(()));
    assert_eq!(check(&format!("{{viewer{}}}", many(1_001, "a:id "))), Err(Code::QueryTooComplex));
    assert_eq!(check(&format!("{{viewer{{id {}}}}}", "@skip(if:true)".repeat(200))), Ok(()));
    assert_eq!(
        check(&format!("{{viewer{{id {}}}}}", "@skip(if:true)".repeat(201))),
        Err(Code::QueryTooComplex)
    );
    assert_eq!(check(&format!("{{viewer{}}}", many(4_000, "id "))), Err(Code::QueryTooComplex));
    let hidden = format!("{{{}}} fragment F on Query{}", "...F ".repeat(6), many(100, "__typename "));
    assert_eq!(check(&hidden), Err(Code::QueryTooComplex));
}

/// A document of a kilobyte must not mean an answer of gigabytes.
#[test]
fn what_may_be_long_costs_by_its_length() {
    let texts = |objects: usize, aliases: usize| {
        let objects: String =
            (0..objects).map(|i| format!("n{i}: progressReport(id: 1) {{ ...F }} ")).collect();
        let aliases: String = (0..aliases).map(|i| format!("a{i}: content ")).collect();
        check(&format!("{{ {objects} }} fragment F on ProgressReport {{ {aliases} }}"))
    };
    assert_eq!((texts(1, 500), texts(3, 500)), (Ok(()), Err(Code::QueryTooComplex)));
    let contents = |count: usize| {
        let aliases: String = (0..count).map(|i| format!("a{i}: frozenContent ")).collect();
        check(&format!("{{ dossier(id: 1) {{ {aliases} }} }}"))
    };
    assert_eq!((contents(4), contents(5)), (Ok(()), Err(Code::QueryTooComplex)));
    let within = |count: usize| {
        let aliases: String = (0..count).map(|i| format!("a{i}: comparison {{ isSame }} ")).collect();
        check(&format!("{{ dossier(id: 1) {{ {aliases} }} }}"))
    };
    assert_eq!((within(49), within(50)), (Ok(()), Err(Code::QueryTooComplex)));
}

/// Whoever renames a field renames its cost.
#[test]
fn what_has_a_cost_is_in_the_schema() {
    let sdl = crate::graphql::sdl();
    for (name, _) in declared::DECLARED.iter().chain(declared::LONG_TEXTS) {
        let is_there =
            name.starts_with("__") || ["(", ":"].iter().any(|end| sdl.contains(&format!("\t{name}{end}")));
        assert!(is_there, "{name}");
    }
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let text = format!(r#"{{a(b: "{0}", c: """{0} \""" {0}""") # {0}"#, "[".repeat(100)) + "\n}";
    assert!(check_text(&text).is_ok());
}

/// However fragments spread each other, a selection is looked at once.
mod linear {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// A document of fragments that spread those behind them, any number of times.
    fn document(spreads: &[Vec<usize>]) -> String {
        let count = spreads.len();
        let mut text = String::from("{ ...F0 }");
        for (place, targets) in spreads.iter().enumerate() {
            text += &format!(" fragment F{place} on Query {{ __typename viewer {{ id }}");
            for target in targets {
                let behind = place + 1 + target % (count - place);
                match behind < count {
                    true => text += &format!(" ...F{behind}"),
                    false => text += " a: __typename",
                }
            }
            text += " }";
        }
        text
    }

    proptest! {
        #[test]
        fn work_grows_with_the_text(spreads in vec(vec(0..40_usize, 0..12), 1..40)) {
            let text = document(&spreads);
            let tokens = text.split_whitespace().count() as u64;
            let document = Document::read(&text).map_err(|_| TestCaseError::reject("too long"))?;
            let (seen, _) = fields().walk(&document.parsed, None, &Map::new());
            prop_assert!(seen <= tokens, "{seen} selections looked at, {tokens} tokens");
        }
    }
}
