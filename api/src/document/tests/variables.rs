//! Which values variables may have.

use async_graphql::Variables;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type};
use serde_json::json;

use super::super::fields::Input;
use super::super::valid::Valid;
use super::*;
use crate::graphql::complaints;
use crate::lang::Lang;

/// What becomes of `variables`, or where they do not fit.
fn coerced(document: &str, variables: Json) -> Result<Json, Vec<String>> {
    let document = Document::read(document).expect("a document");
    let Json::Object(given) = variables else { panic!("no object") };
    let coerced = fields().coerce(&document.parsed, None, given);
    coerced.map(Json::Object).map_err(|misfits| misfits.iter().map(|it| it.problem.field.join(".")).collect())
}

#[test]
fn values_fit_their_types() {
    let wrong = |path: &str| Some(format!("variables.{path}"));
    for (ty, value, misfit) in [
        ("Int", json!(1), None),
        ("Int", json!(null), None),
        ("Int!", json!(null), wrong("v")),
        ("Int", json!("1"), wrong("v")),
        ("Int", json!(1.5), wrong("v")),
        ("Int", json!(3e9), wrong("v")),
        ("Int", json!(-1e300), wrong("v")),
        ("Int", json!(true), wrong("v")),
        ("Int", json!(i32::MAX), None),
        ("Int", json!(i64::from(i32::MAX) + 1), wrong("v")),
        ("Int", json!(i64::from(i32::MIN) - 1), wrong("v")),
        ("Int", json!(u64::MAX), wrong("v")),
        ("Float", json!(1), None),
        ("Float", json!(1.5), None),
        ("Float", json!("1.5"), wrong("v")),
        ("String", json!("a"), None),
        ("String", json!(1), wrong("v")),
        ("String", json!(["a"]), wrong("v")),
        ("Boolean", json!(false), None),
        ("Boolean", json!(0), wrong("v")),
        ("Boolean", json!("true"), wrong("v")),
        ("ID", json!("a"), None),
        ("ID", json!(7), None),
        ("ID", json!(7.5), wrong("v")),
        ("ID", json!(u64::MAX), wrong("v")),
        ("ID", json!({}), wrong("v")),
        ("Role", json!("LEADER"), None),
        ("Role", json!("leader"), wrong("v")),
        ("Role", json!("KING"), wrong("v")),
        ("Role", json!(1), wrong("v")),
        ("NaiveDate", json!("2026-02-28"), None),
        ("NaiveDate", json!("2026-02-30"), wrong("v")),
        ("NaiveDate", json!("28/02/2026"), wrong("v")),
        ("NaiveDate", json!(7), wrong("v")),
        ("DateTime", json!("2026-02-28T07:00:00+07:00"), None),
        ("DateTime", json!("2026-02-28"), wrong("v")),
        ("NaiveDate!", json!(null), wrong("v")),
        ("JSON", json!({ "any": [1, null] }), None),
        ("[Int]", json!([1, null]), None),
        ("[Int!]", json!([1, null]), wrong("v.1")),
        ("[Int!]", json!(null), None),
        ("[Int!]!", json!(null), wrong("v")),
        ("[Int]", json!(1), None),
        ("[Int]", json!("a"), wrong("v")),
        ("[[Int]]", json!([[1], [2, 3]]), None),
        ("[[Int]]", json!([1, 2]), None),
        ("[[Int]]", json!(1), None),
        ("[[Int]]", json!([[1], ["a"]]), wrong("v.1.0")),
        ("FileInput", json!({ "name": "a.pdf" }), None),
        ("FileInput", json!({ "name": "a.pdf", "size": null }), None),
        ("FileInput", json!({ "name": null }), wrong("v.name")),
        ("FileInput", json!({}), wrong("v.name")),
        ("FileInput", json!({ "name": "a.pdf", "nope": 1 }), wrong("v")),
        ("FileInput", json!("a.pdf"), wrong("v")),
        ("FileInput", json!([{ "name": "a.pdf" }]), wrong("v")),
        ("MonteCarloInput", json!({}), None),
        ("MonteCarloInput", json!({ "draws": "many" }), wrong("v.draws")),
        ("ChangeInput", json!({ "value": { "unitId": "u", "indicatorId": "i", "value": 1 } }), None),
        ("ChangeInput", json!({ "value": { "unitId": "u", "value": 1 } }), wrong("v.value.indicatorId")),
        ("ChangeInput", json!({ "value": null }), wrong("v")),
        ("ChangeInput", json!({}), wrong("v")),
        ("[ChangeInput!]", json!([{ "value": null, "score": null }]), wrong("v.0")),
        ("Nowhere", json!(1), None),
    ] {
        let document = format!("query($v: {ty}) {{ __typename }}");
        let wanted = misfit.map_or(Ok(json!({ "v": value })), |misfit| Err(vec![misfit]));
        assert_eq!(coerced(&document, json!({ "v": value })), wanted, "{ty} {value}");
    }
}

/// GraphQL, October 2021, 3.5.1: of languages that know no other numbers.
#[test]
fn a_whole_number_may_be_written_as_a_fraction() {
    let document = "query($a: Int, $b: [Int!], $c: MonteCarloInput, $d: Float) { __typename }";
    let given = json!({ "a": -1.0, "b": [2.0, 3], "c": { "draws": 3e2 }, "d": 4.0 });
    let read = json!({ "a": -1, "b": [2, 3], "c": { "draws": 300 }, "d": 4.0 });
    assert_eq!(coerced(document, given), Ok(read));
}

#[test]
fn what_is_not_given_is_the_default_or_missing() {
    let document =
        "query($a: Int!, $b: Int = 5, $c: Role! = LEADER, $d: [Int] = [1, 2], $e: Int) { __typename }";
    let defaults = json!({ "a": 1, "b": 5, "c": "LEADER", "d": [1, 2] });
    assert_eq!(coerced(document, json!({ "a": 1, "other": "passed over" })), Ok(defaults));
    let given = json!({ "a": 1, "b": null, "c": "ADMIN", "d": 3, "e": null });
    assert_eq!(coerced(document, given.clone()), Ok(given));
    assert_eq!(
        coerced(document, json!({ "c": null })),
        Err(vec!["variables.a".into(), "variables.c".into()])
    );
    let many = "query A($a: Int!) { __typename } query B { __typename }";
    assert_eq!(coerced(many, json!({ "x": 1 })), Ok(json!({ "x": 1 })), "nobody knows which is meant");
}

#[test]
fn misfits_are_told_without_their_values() {
    let document = Document::read("query($n: [Int!]!,\n $f: FileInput) { __typename }").expect("a document");
    let given = json!({ "n": vec!["mat-khau"; 30], "f": { "nome": "mat-khau", "mat khau": 1 } });
    let Json::Object(given) = given else { unreachable!() };
    let misfits = fields().coerce(&document.parsed, None, given).expect_err("all is wrong");
    assert_eq!(misfits.len(), 10);
    let given =
        serde_json::from_str(r#"{ "n": 1, "f": { "nome": "mat-khau", "mat khau": 1 } }"#).expect("JSON");
    let misfits = fields().coerce(&document.parsed, None, given).expect_err("the file is no file");
    let told = misfits.iter().map(|it| (it.place.line, it.problem.message(Lang::En))).collect::<Vec<_>>();
    let told = told.iter().map(|(line, told)| (*line, told.as_str())).collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            (2, "The request is not valid: the variable $f.name is missing; it must be of type String!."),
            (2, "The request is not valid: the variable $f has a field …, which FileInput does not have."),
            (2, "The request is not valid: the variable $f has a field nome, which FileInput does not have."),
        ]
    );
}

/// A value of a type with all its fields, lists of one.
fn full(ty: &Type, depth: u32) -> Json {
    let name = match &ty.base {
        BaseType::List(inner) => return json!([full(inner, depth)]),
        BaseType::Named(name) => name,
    };
    match (name.as_str(), fields().input(name)) {
        ("Int" | "Float", _) => json!(3),
        ("Boolean", _) => json!(true),
        (_, Some(Input::Enum(names))) => json!(names[0]),
        (_, Some(Input::Object { fields, is_one_of })) if depth < 4 => {
            let few = fields.iter().take(if *is_one_of { 1 } else { 99 });
            few.map(|field| (field.name.node.to_string(), full(&field.ty.node, depth + 1))).collect()
        }
        (_, Some(Input::Object { .. })) => json!({}),
        _ => json!("a"),
    }
}

/// The same value with each of its parts in turn put in place of by `junk`, taken away, or doubled.
fn spoilt(value: &Json, junk: &[Json]) -> Vec<Json> {
    let mut all = junk.to_vec();
    match value {
        Json::Object(parts) => {
            for key in parts.keys() {
                let without = parts.iter().filter(|(other, _)| *other != key);
                all.push(without.map(|(key, value)| (key.clone(), value.clone())).collect());
                for part in spoilt(&parts[key], junk) {
                    let mut whole = parts.clone();
                    whole.insert(key.clone(), part);
                    all.push(Json::Object(whole));
                }
            }
            let mut more = parts.clone();
            more.insert("nowhere".into(), json!(1));
            all.push(Json::Object(more));
        }
        Json::Array(items) => all.extend(spoilt(&items[0], junk).into_iter().map(|item| json!([item]))),
        _ => {}
    }
    all
}

/// A document that gives a field each of its arguments by a variable.
fn asking(kind: &str, name: &Name, field: &FieldDefinition) -> String {
    let arguments = field.arguments.iter().map(|argument| &argument.node);
    let declared: Vec<_> = arguments.clone().map(|it| format!("${}: {}", it.name, it.ty)).collect();
    let given: Vec<_> = arguments.map(|it| format!("{0}: ${0}", it.name)).collect();
    let selected = if fields().has(named(&field.ty.node.base)) { "{ __typename }" } else { "" };
    format!("{kind}({}) {{ {name}({}) {selected} }}", declared.join(", "), given.join(", "))
}

/// What async-graphql refused by the values of variables, for each argument of the schema's root fields.
#[test]
fn whatever_strict_validation_refused_is_refused() {
    let junk =
        [json!(null), json!(true), json!(-1), json!(1.5), json!(u64::MAX), json!("x"), json!([]), json!({})];
    let (mut refused, mut passed, mut seen) = (0, 0, std::collections::HashSet::new());
    for (kind, root) in [("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")] {
        for (name, field) in fields().of_type(&Name::new(root)).into_iter().flatten() {
            let text = asking(kind, name, field);
            if field.arguments.is_empty() {
                continue;
            }
            let document = Arc::new(Document::read(&text).expect("a document"));
            assert!(Valid::of(&document, None).is_ok(), "{text}");
            let whole: Map<String, Json> = field
                .arguments
                .iter()
                .map(|argument| (argument.node.name.to_string(), full(&argument.node.ty.node, 0)))
                .collect();
            for argument in field.arguments.iter().filter(|it| seen.insert(it.node.ty.to_string())) {
                let name = argument.node.name.node.as_str();
                for value in spoilt(&whole[name], &junk).into_iter().chain([whole[name].clone()]) {
                    let mut given = whole.clone();
                    given.insert(name.to_owned(), value);
                    let variables = Variables::from_json(Json::Object(given.clone()));
                    let strict = complaints(document.parsed.clone(), None, variables).is_empty();
                    let ours = fields().coerce(&document.parsed, None, given.clone());
                    assert!(strict || ours.is_err(), "{text} {given:?}");
                    *(if strict { &mut passed } else { &mut refused }) += 1;
                }
            }
        }
    }
    assert!(refused > 1_000 && passed > 1_000, "{refused} refused, {passed} passed");
}
