//! Which documents ask for an object in parts.

use super::super::valid::Valid;
use super::*;

fn has_parts(text: &str) -> bool {
    let document = Arc::new(Document::read(text).expect("a document"));
    Valid::of(&document, None).expect("a valid one").has_parts()
}

#[test]
fn objects_under_one_name_are_parts_of_one() {
    for text in [
        "{ viewer { id } viewer { role } }",
        "{ viewer { id } ... { viewer { id } } }",
        "{ a: viewer { id } ...F } fragment F on Query { a: viewer { role } }",
        "{ ...F ...F } fragment F on Query { viewer { role } }",
        "{ tasks { nodes { plan { id } ...F } } } fragment F on Task { ...G } fragment G on Task { plan { __typename } }",
        "{ tasks { ...F } } fragment F on TaskConnection { nodes { plan { id } plan { id } } }",
    ] {
        assert!(has_parts(text), "{text}");
    }
    for text in [
        "{ viewer { id id } }",
        "{ viewer { id } a: viewer { id } }",
        "{ viewer { id ...F ...F } } fragment F on User { role }",
        "{ tasks { nodes { plan { id } ...F } } } fragment F on Task { node { id } }",
        "{ a: tasks { nodes { ...F } } b: tasks { nodes { ...F } } } fragment F on Task { plan { id } }",
    ] {
        assert!(!has_parts(text), "{text}");
    }
    let many: String = (0..40).map(|i| format!("a{i}: viewer {{ id }} ")).collect();
    assert!(has_parts(&format!("{{ {many} }}")), "of so many objects it is taken for granted");
}
