//! Which documents are valid.

use super::super::valid::Valid;
use super::*;

/// What is wrong with a document.
fn wrong(text: &str, operation: Option<&str>) -> Vec<String> {
    let document = Arc::new(Document::read(text).expect("a document"));
    let errors = Valid::of(&document, operation).err().unwrap_or_default();
    errors.into_iter().map(|error| error.message).collect()
}

#[test]
fn a_document_is_validated_whatever_its_variables_hold() {
    for text in [
        "query($t: String) { tasks(filter: { text: $t, status: { in: [PLANNED] } }) { totalCount } }",
        "query($s: TaskStatus!, $n: Int! = 3) { tasks(first: $n, filter: { status: { in: [$s] } }) { totalCount } }",
        "query($c: [ChangeInput!]!) { simulate(edition: 1, changes: $c) { assumption } }",
        "query($c: ChangeInput!, $x: Boolean!) { simulate(edition: 1, changes: [$c]) @skip(if: $x) { assumption } }",
    ] {
        assert_eq!(wrong(text, None), Vec::<String>::new(), "{text}");
    }
    for text in [
        "{ nothing }",
        "query($t: String) { tasks(filter: { text: $t, nope: 1 }) { totalCount } }",
        "query($t: String) { tasks(filter: { text: $t, status: { in: [NOPE] } }) { totalCount } }",
        "query($t: String) { tasks(filter: { status: { in: [$t] } }) { totalCount } }",
        "query($n: Int) { viewer { id } }",
        "query($n: Nope) { tasks(first: $n) { totalCount } }",
        "query($n: Task) { tasks(first: $n) { totalCount } }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ viewer }",
        "{ viewer { a: id a: name } }",
    ] {
        assert!(!wrong(text, None).is_empty(), "{text}");
    }
}

#[test]
fn a_variable_stands_where_its_type_may() {
    const LIST: &str = "tasks(first: $v) { totalCount }";
    for (declared, used) in [
        ("Int", LIST),
        ("Int!", LIST),
        ("ID!", "node(id: $v) { id }"),
        ("ID = 1", "node(id: $v) { id }"),
        ("[ID!]!", "nodes(ids: $v) { id }"),
        ("ID!", "nodes(ids: [$v]) { id }"),
        ("TaskStatus!", "tasks(filter: { status: { in: [$v] } }) { totalCount }"),
        ("TaskFilter", "tasks(filter: $v) { totalCount }"),
        ("NaiveDate", "tasks(filter: { due: { gte: $v } }) { totalCount }"),
        ("Boolean!", "viewer @skip(if: $v) { id }"),
        ("Boolean = true", "viewer { ... @include(if: $v) { id } }"),
        ("String", "...F } fragment F on Query { tasks(filter: { text: $v }) { totalCount }"),
    ] {
        assert_eq!(
            wrong(&format!("query($v: {declared}) {{ {used} }}"), None),
            Vec::<String>::new(),
            "{declared} {used}"
        );
    }
    for (declared, used) in [
        ("Float", LIST),
        ("String", LIST),
        ("[Int]", LIST),
        ("ID", "node(id: $v) { id }"),
        ("ID = null", "node(id: $v) { id }"),
        ("String!", "node(id: $v) { id }"),
        ("ID!", "nodes(ids: $v) { id }"),
        ("[ID]!", "nodes(ids: $v) { id }"),
        ("ID", "nodes(ids: [$v]) { id }"),
        ("[Int!]", "tasks(filter: $v) { totalCount }"),
        ("String", "tasks(filter: $v) { totalCount }"),
        ("TaskStatus", "tasks(filter: { status: { in: [$v] } }) { totalCount }"),
        ("String", "tasks(filter: { due: { gte: $v } }) { totalCount }"),
        ("String", "tasks(order: { field: $v }) { totalCount }"),
        ("Boolean", "viewer @skip(if: $v) { id }"),
        ("Int!", "viewer { ... @include(if: $v) { id } }"),
        ("Int", "...F } fragment F on Query { tasks(filter: { text: $v }) { totalCount }"),
        ("Int", "... on Query { tasks(filter: { text: $v }) { totalCount } }"),
    ] {
        let wrong = wrong(&format!("query($v: {declared}) {{ {used} }}"), None);
        assert!(
            wrong.iter().any(|it| it.starts_with("Variable \"$v\" of type")),
            "{declared} {used}: {wrong:?}"
        );
    }
    let text = "query A($v: String) { ...F } query B($v: Int) { ...F }
        fragment F on Query { tasks(filter: { text: $v }) { totalCount } }";
    assert_eq!(wrong(text, Some("A")), Vec::<String>::new());
    assert_eq!(
        wrong(text, Some("B")),
        ["Variable \"$v\" of type \"Int\" used in position expecting type \"String\""]
    );
}

#[test]
fn a_date_that_is_written_in_a_document_is_one() {
    let asks = |date: &str| format!("{{ tasks(filter: {{ due: {{ gte: {date} }} }}) {{ totalCount }} }}");
    assert_eq!(wrong(&asks("\"2026-02-28\""), None), Vec::<String>::new());
    for date in ["\"2026-02-30\"", "\"28/02/2026\"", "\"\"", "20260228"] {
        assert!(!wrong(&asks(date), None).is_empty(), "{date}");
    }
}

/// async-graphql would panic.
#[test]
fn a_default_of_no_type_is_complained_of() {
    for ty in ["[Nope]", "[[Nope!]]!"] {
        let wrong = wrong(&format!("query($v: {ty} = [1]) {{ tasks(first: $v) {{ totalCount }} }}"), None);
        assert!(wrong.iter().any(|it| it.contains("Unknown type \"Nope\"")), "{wrong:?}");
    }
}

#[test]
fn each_operation_is_looked_at_for_itself() {
    let text = "query A($v: Int) { tasks(first: $v) { totalCount } }
        query B($v: Int) { tasks(first: $v, filter: { text: $w, nope: 1 }) { totalCount } }";
    let document = Arc::new(Document::read(text).expect("a document"));
    for operation in [Some("A"), Some("B"), None] {
        assert!(Valid::of(&document, operation).is_err(), "{operation:?}");
    }
    let text = "query A { viewer { id } } query B { viewer { name } }";
    let document = Arc::new(Document::read(text).expect("a document"));
    assert!(Valid::of(&document, Some("B")).is_ok());
    let known = || document.validity.known();
    assert_eq!(known().iter().filter(|known| **known).count(), 1);
    assert!(Valid::of(&document, None).is_ok(), "execution says that a name is wanted");
    assert_eq!(known().iter().filter(|known| **known).count(), 1);
    assert!(Valid::of(&document, Some("A")).is_ok());
    assert_eq!(known(), [true, true]);
}
