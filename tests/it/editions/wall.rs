//! Who may write editions: the coordinator, and nobody else.

use entity::*;
use serde_json::{Value, json};
use tests::both;

use super::{COMPUTE, CREATE, PUBLISH, REVISE, Rows, UPDATE};
use crate::figures::{announced, imported};
use crate::given::{database, written};
use crate::insight::synthetic;
use crate::scene::put;

const ANNOUNCE: &str =
    "mutation($id: ID!) { editionImportCreate(input: { editionId: $id, file: { name: \"c.csv\" } }) {
    upload { url } userErrors { code } } }";
const COMMIT: &str =
    "mutation($id: ID!) { editionImportCommit(id: $id, allowUnmatched: true) { userErrors { code } } }";

both! {
    async fn nobody_but_the_coordinator_writes_editions(lab) {
        let coordinator = lab.coordinator().await;
        let draft = synthetic(&lab, 1998, Publication::Draft).await;
        let published = synthetic(&lab, 1999, Publication::Published).await;
        let import = imported(&coordinator, &draft, "a.csv", b"unit,1.1.1\n20,5\n").await;
        let (_, url) = announced(&coordinator, &draft, "b.csv").await;
        let framework = coordinator.get("{ framework { id } }", json!({})).await["framework"]["id"].clone();
        let behind = database(&lab).await;
        let clients = [
            (lab.nobody(), "UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED"),
            (lab.officer("STC").await, "FORBIDDEN", "NOT_FOUND", "FORBIDDEN"),
            // Of the coordinator's own department, but an officer.
            (lab.officer("SKHCN").await, "FORBIDDEN", "NOT_FOUND", "FORBIDDEN"),
            (lab.sign_in(Role::Integration, None).await, "FORBIDDEN", "NOT_FOUND", "FORBIDDEN"),
            (lab.sign_in(Role::Admin, None).await, "FORBIDDEN", "NOT_FOUND", "FORBIDDEN"),
            (lab.sign_in(Role::Leader, None).await, "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"),
        ];
        let before = (written(&behind).await, Rows::of(&lab, &draft).await, Rows::of(&lab, &published).await);
        for (client, to_create, to_the_draft, to_the_published) in clients {
            let input = json!({ "year": 2027, "frameworkId": framework });
            assert_eq!(client.code(CREATE, json!({ "input": input })).await, to_create);
            assert_eq!(client.code(ANNOUNCE, json!({ "id": draft })).await, to_create);
            assert_eq!(client.code(COMMIT, json!({ "id": import })).await, to_the_draft);
            for mutation in [UPDATE, COMPUTE, PUBLISH, REVISE] {
                for (id, wanted) in [(&draft, to_the_draft), (&published, to_the_published)] {
                    let mut variables = json!({ "id": id });
                    match mutation {
                        UPDATE => variables["input"] = json!({ "note": "Của tôi" }),
                        REVISE => variables["reason"] = json!("Tôi muốn"),
                        _ => {}
                    }
                    let answer = client.ask(mutation, variables).await;
                    assert_eq!(answer.body["errors"][0]["extensions"]["code"], wanted, "{mutation} {id}");
                    let data = answer.body["data"].as_object().into_iter().flat_map(|data| data.values());
                    assert!(data.into_iter().all(Value::is_null), "{}", answer.body);
                }
            }
        }
        let after = (written(&behind).await, Rows::of(&lab, &draft).await, Rows::of(&lab, &published).await);
        assert_eq!(after, before, "nothing was written");
        assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,5\n").await.status(), 200, "the coordinator may");
    }
}
