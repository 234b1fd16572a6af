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
