//! The shape of answers: errors leave null behind, and what was not executed has no data.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::Role;
use serde_json::{Value, json};
use tests::{Client, both};

use crate::cases::cases;
use crate::scene::{Cast, list, task, text};

/// The fields of the schema's objects that need no argument.
struct Types(HashMap<String, Vec<(String, Value)>>);

impl Types {
    async fn of(admin: &Client) -> Self {
        const TYPES: &str = "{ __schema { types { kind name fields { name args { type { kind } }
            type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";
        let found = admin.get(TYPES, json!({})).await;
        let needs = |field: &Value| list(field, "/args").iter().any(|arg| arg["type"]["kind"] == "NON_NULL");
        let fields = |ty: &Value| {
            let all = ty["fields"].as_array().into_iter().flatten().filter(|field| !needs(field));
            all.map(|field| (text(field, "/name"), field["type"].clone())).collect()
        };
        let objects = list(&found, "/__schema/types").iter().filter(|ty| ty["kind"] == "OBJECT");
        Self(objects.map(|ty| (text(ty, "/name"), fields(ty))).collect())
    }

    fn fields(&self, of: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.0[of].iter().map(|(name, ty)| (name.as_str(), ty))
    }

    /// A selection of all fields, those of objects to this depth.
    fn selection(&self, of: &str, depth: u32) -> String {
        let mut selection = String::from("__typename");
        for (name, ty) in self.fields(of) {
            match self.0.get(named(ty)) {
                Some(_) if depth > 1 => {
                    selection += &format!(" {name} {{ {} }}", self.selection(named(ty), depth - 1))
                }
                None if is_leaf(ty) => selection += &format!(" {name}"),
                _ => {}
            }
        }
        selection
    }
}

fn innermost(ty: &Value) -> &Value {
    if ty["ofType"].is_null() { ty } else { innermost(&ty["ofType"]) }
}

fn named(ty: &Value) -> &str {
    innermost(ty)["name"].as_str().expect("a name")
}

fn is_leaf(ty: &Value) -> bool {
    ["SCALAR", "ENUM"].iter().any(|kind| innermost(ty)["kind"] == *kind)
}

both! {
    async fn a_failed_field_is_null_or_takes_its_parents_along(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let unknown = "task:00000000-0000-7000-8000-000000000000";
        // Both may be null, and `viewer` is not lost with them.
        let answer = admin.ask("{ viewer { role } node(id: \"nothing:1\") { id } }", json!({})).await;
        assert_eq!(answer.body["data"], json!({ "viewer": { "role": "ADMIN" }, "node": null }));
        let answer = admin.ask("query($id: ID!) { viewer { role } task(id: $id) { id } }", json!({ "id": unknown })).await;
        assert_eq!(answer.body["data"], json!({ "viewer": { "role": "ADMIN" }, "task": null }));
        // Nothing else stands beside them, yet they alone are null.
        let answer = admin.ask("query($id: ID!) { task(id: $id) { id } }", json!({ "id": unknown })).await;
        assert_eq!(answer.body["data"], json!({ "task": null }));
        let answer = admin.ask("query($id: ID!) { task(id: $id) { id } node(id: \"nothing:1\") { id } }", json!({ "id": unknown })).await;
        assert_eq!(answer.body["data"], json!({ "task": null, "node": null }));
        let answer = admin.ask("{ task(id: \"nothing:1\") { id } tasks(after: \"?\") { nodes { id } } }", json!({})).await;
        assert_eq!(answer.body["data"], Value::Null, "a list of tasks may not be null");
        // `viewer` may not be null, so nothing is left.
        let answer = lab.nobody().ask("{ viewer { role } task(id: \"task:1\") { id } }", json!({})).await;
        assert_eq!(answer.body["data"], Value::Null);
        // The first list of more than 100 fails within `framework`, which may be null, under an alias and a fragment.
        let query = "{ viewer { role } best: framework { ...deep } } fragment deep on Framework { nodes(first: 3) { edges { node { code few: children(first: 200) { code } } } } }";
        let answer = admin.ask(query, json!({})).await;
        assert_eq!(answer.body["data"], json!({ "viewer": { "role": "ADMIN" }, "best": null }));
        assert_eq!(answer.body["errors"][0]["path"], json!(["best", "nodes", "edges", 0, "node", "few"]));
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "OUT_OF_RANGE");
    }

    /// Fragments of a client's components ask for the same objects, each for its part of them.
    async fn an_object_asked_for_in_parts_is_one_object(lab) {
        let coordinator = lab.coordinator().await;
        for code in ["T-1", "T-2"] {
            task(&lab, &coordinator, code, &[("STC", "LEAD"), ("SYT", "COORDINATING")]).await;
        }
        let whole = "{ ranking(first: 3) { nodes { __typename rank unit { code name } below(level: PILLAR) { score node { code } } } }
            tasks(first: 5) { nodes { code title assignments { role organization { name code } latestReport { percent } }
            again: assignments { organization { code } } } } }";
        let parts = "{ ranking(first: 3) { nodes { rank rank unit { code } } } ...Ranks
            tasks(first: 5) { nodes { ...Named assignments { role } } } tasks(first: 5) { nodes { code ...Named ...Held again: assignments { organization { code } } } } }
            fragment Named on Task { code title }
            fragment Held on Task { assignments { organization { name } organization { code } latestReport { percent } } }
            fragment Ranks on Query { ranking(first: 3) { nodes { unit { name } ...Below } } }
            fragment Below on Score { below(level: PILLAR) { score } below(level: PILLAR) { node { code } } __typename }";
        let whole = coordinator.get(whole, json!({})).await;
        assert_eq!(coordinator.get(parts, json!({})).await, whole);
        assert_eq!(whole["ranking"]["nodes"][0]["__typename"], "Score");
        assert_eq!(list(&whole, "/tasks/nodes/0/assignments").len(), 2);
        assert!(whole.pointer("/tasks/nodes/0/assignments/1/organization/name").is_some_and(Value::is_string));
    }

    /// Asked for once it is written as text, asked for twice it is put together by async-graphql.
    async fn every_list_says_the_same_in_parts(lab) {
        let cast = Cast::of(&lab).await;
        cases(&lab, &cast).await;
        let types = Types::of(&cast.admin).await;
        let mut rows = 0;
        for (field, ty) in types.fields("Query") {
            let Some(of) = named(ty).strip_suffix("Connection") else { continue };
            let selection = types.selection(of, 2);
            // Each field of a dossier may be a long document.
            let first = if of == "Dossier" { 1 } else { 5 };
            let asked = format!("{field}(first: {first}) {{ nodes {{ {selection} }} edges {{ node {{ __typename }} }} }}");
            for client in [&cast.coordinator, &cast.leader, &cast.finance] {
                // Time to get points back.
                lab.clock.advance(TimeDelta::seconds(5));
                let whole = client.ask(&format!("{{ {asked} }}"), json!({})).await.body;
                let parts = client.ask(&format!("{{ {asked} {asked} }}"), json!({})).await.body;
                assert!(whole.get("data").is_some(), "{field}: {whole}");
                assert_eq!(whole["data"], parts["data"], "{field}");
                rows += whole["data"][field]["nodes"].as_array().map_or(0, Vec::len);
            }
        }
        assert!(rows > 100, "only {rows} rows were compared");
    }

    /// By fragments on the object's own type, on an interface of it and on none, but not on one that it is not.
    async fn a_field_asked_for_twice_is_answered_once(lab) {
        let coordinator = lab.coordinator().await;
        let query = "{ ranking(first: 1) { nodes { rank ... { rank } ... on Score { rank of: __typename } ...Any } } }
            fragment Any on Node { of: __typename ... on Score { rank } ... on Task { title } }";
        let url = format!("{}/graphql", coordinator.url);
        let token = coordinator.token.as_ref().expect("a token");
        let request = coordinator.http.post(&url).bearer_auth(token);
        let answer = request.json(&json!({ "query": query })).send().await.expect("an answer");
        let text = answer.text().await.expect("a text");
        assert!(text.starts_with(r#"{"data":{"ranking":{"nodes":[{"rank":1,"of":"Score"}]}},"#), "{text}");
        // Many are told apart in another way.
        let many: String = (0..40).map(|i| format!("a{i}: rank ")).collect();
        let query = format!("{{ ranking(first: 1) {{ nodes {{ {many} a0: rank a39: rank rank rank }} }} }}");
        let answer = coordinator.http.post(url).bearer_auth(token).json(&json!({ "query": query }));
        let text = answer.send().await.expect("an answer").text().await.expect("a text");
        let data = text.split("extensions").next().unwrap_or_default();
        assert_eq!(data.matches(":1").count(), 41, "{text}");
    }

    async fn what_was_not_executed_has_no_data(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        for (query, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", "BAD_USER_INPUT"),
            ("query A { viewer { id } } query B { viewer { id } }", "BAD_USER_INPUT"),
        ] {
            let answer = admin.ask(query, json!({})).await;
            assert!(answer.body.get("data").is_none(), "{query}: {}", answer.body);
            assert_eq!(answer.body["errors"][0]["extensions"]["code"], code, "{query}");
        }
    }
}
