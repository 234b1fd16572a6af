//! The schema as clients see it: committed, described, and its error codes listed in the README.

use std::path::{Path, PathBuf};

use api::error::Code;
use serde_json::{Value, json};
use tests::Lab;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

#[test]
fn schema_graphql_is_what_the_program_serves() {
    let path = root().join("schema.graphql");
    let (now, before) = (api::graphql::sdl(), std::fs::read_to_string(&path).unwrap_or_default());
    if now != before {
        std::fs::write(&path, now).expect("schema.graphql is written");
        panic!("schema.graphql was out of date; it has been written anew: review and commit it");
    }
}

#[tokio::test]
async fn every_type_field_argument_and_value_is_described() {
    let lab = Lab::sqlite().await;
    let query = "{ __schema { types { name description
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let data = lab.coordinator().await.get(query, json!({})).await;
    // Arguments that mean the same wherever they stand are described here, once.
    let known =
        ["id", "ids", "input", "first", "after", "filter", "order", "expectedVersion", "reason", "lang"];
    let known_too =
        ["version", "year", "unit", "node", "edition", "code", "email", "password", "ended", "file"];
    let mut bare = Vec::new();
    let mut look = |path: String, item: &Value| {
        if item["description"].as_str().is_none_or(str::is_empty) {
            bare.push(path);
        }
    };
    for kind in data["__schema"]["types"].as_array().expect("types") {
        let name = kind["name"].as_str().expect("a name");
        if name.starts_with("__") {
            continue;
        }
        // async-graphql itself writes `ID` and the connections, without a description of the type.
        if name != "ID" && !name.ends_with("Connection") {
            look(name.to_owned(), kind);
        }
        for list in ["fields", "inputFields", "enumValues"] {
            for item in kind[list].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", item["name"].as_str().expect("a name"));
                for argument in item["args"].as_array().into_iter().flatten() {
                    let argument_name = argument["name"].as_str().expect("a name");
                    if !known.contains(&argument_name) && !known_too.contains(&argument_name) {
                        look(format!("{path}({argument_name})"), argument);
                    }
                }
                look(path, item);
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

/// Caches of clients keep an object by its id: two of one type, or a row and what it once was, must not share one.
#[tokio::test]
async fn an_id_is_of_the_object_that_has_it() {
    let lab = Lab::sqlite().await;
    let query = "{ __schema { types { kind name fields { name } interfaces { name } } } }";
    let data = lab.coordinator().await.get(query, json!({})).await;
    let named =
        |list: &Value, name: &str| list.as_array().into_iter().flatten().any(|item| item["name"] == name);
    let types = data["__schema"]["types"].as_array().expect("types");
    let with_id = types.iter().filter(|it| it["kind"] == "OBJECT" && named(&it["fields"], "id"));
    let (nodes, others): (Vec<_>, Vec<_>) = with_id.partition(|it| named(&it["interfaces"], "Node"));
    assert!(nodes.len() > 30, "{}", nodes.len());
    let others: Vec<_> = others.iter().map(|it| &it["name"]).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn the_readme_lists_every_error_code() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let missing: Vec<String> = Code::ALL
        .iter()
        .map(|code| code.name())
        .filter(|name| !readme.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}
