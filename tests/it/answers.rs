//! The shape of answers: errors leave null behind, and what was not executed has no data.

use entity::Role;
use serde_json::{Value, json};
use tests::both;

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
