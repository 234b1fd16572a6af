//! The shape of answers: errors leave null behind, and what was not executed has no data.

use entity::Role;
use serde_json::{Value, json};
use tests::both;

use crate::scene::{list, task};

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

    /// By fragments on the object's own type, on an interface of it and on none, but not on one that it is not.
    async fn a_field_asked_for_twice_is_answered_once(lab) {
        let coordinator = lab.coordinator().await;
        let query = "{ ranking(first: 1) { nodes { rank ... { rank } ... on Score { rank of: __typename } ...Any } } }
            fragment Any on Node { of: __typename ... on Score { rank } ... on Task { title } }";
        let url = format!("{}/graphql", coordinator.url);
        let request = coordinator.http.post(url).bearer_auth(coordinator.token.as_ref().expect("a token"));
        let answer = request.json(&json!({ "query": query })).send().await.expect("an answer");
        let text = answer.text().await.expect("a text");
        assert!(text.starts_with(r#"{"data":{"ranking":{"nodes":[{"rank":1,"of":"Score"}]}},"#), "{text}");
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
