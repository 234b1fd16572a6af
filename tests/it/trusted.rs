//! Documents by their names: Apollo's hashes, registered manifests, and who uses what.

use std::collections::BTreeMap;

use api::clients;
use chrono::TimeDelta;
use entity::Role;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::scene::text;

const VIEWER: &str = "query Me { viewer { id } }";

fn sha256(text: &str) -> String {
    api::files::sha256_hex(text.as_bytes())
}

/// Sends a body as the client application `name`; the status and the answer.
async fn send(client: &Client, name: Option<&str>, body: Value) -> (u16, Value) {
    let mut request = client.http.post(format!("{}/graphql", client.url)).header("accept-language", "en");
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    if let Some(name) = name {
        request = request.header("apollographql-client-name", name);
    }
    let response = request.json(&body).send().await.expect("the server answers");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

fn code(answer: &(u16, Value)) -> String {
    text(&answer.1, "/errors/0/extensions/code")
}

fn hashed(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

both! {
    async fn a_document_sent_once_is_asked_for_by_its_hash(lab) {
        let (one, other) = (lab.officer("STC").await, lab.officer("SYT").await);
        let hash = sha256(VIEWER);
        let unknown = send(&one, None, json!({ "extensions": hashed(&hash) })).await;
        assert_eq!((unknown.0, code(&unknown).as_str()), (200, "PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(unknown.1["errors"][0]["message"], "PersistedQueryNotFound", "as Apollo's clients know it");
        let wrong = send(&one, None, json!({ "query": "{ viewer { name } }", "extensions": hashed(&hash) })).await;
        assert_eq!((wrong.0, code(&wrong).as_str()), (422, "HASH_MISMATCH"));
        let still = send(&one, None, json!({ "extensions": hashed(&hash) })).await;
        assert_eq!(code(&still), "PERSISTED_QUERY_NOT_FOUND", "nobody names another's document");
        let taught = send(&one, None, json!({ "query": VIEWER, "extensions": hashed(&hash) })).await;
        assert_eq!(text(&taught.1, "/data/viewer/id"), format!("user:{}", one.user));
        // Whoever asks by hash is answered as itself.
        let known = send(&other, None, json!({ "extensions": hashed(&hash) })).await;
        assert_eq!(text(&known.1, "/data/viewer/id"), format!("user:{}", other.user));
        let nobody = send(&lab.nobody(), None, json!({ "extensions": hashed(&hash) })).await;
        assert_eq!((nobody.0, code(&nobody).as_str()), (401, "UNAUTHENTICATED"));
        for bad in [json!({}), json!({ "version": 2, "sha256Hash": hash }), json!({ "version": 1, "sha256Hash": "A" })] {
            let answer = send(&one, None, json!({ "extensions": { "persistedQuery": bad } })).await;
            assert_eq!((answer.0, code(&answer).as_str()), (400, "BAD_USER_INPUT"));
            let message = text(&answer.1, "/errors/0/message");
            assert!(message.contains("version") && message.contains("64"), "it says what is wanted: {message}");
        }
    }

    async fn trusted_clients_send_registered_documents_alone(lab) {
        drop(lab);
        let lab = Lab::sqlite_with(&["--documents", "off,web=trusted"]).await;
        let officer = lab.officer("STC").await;
        let manifest = json!({ "me-1": VIEWER }).to_string();
        assert_eq!(clients::register(&lab.app, "web", &manifest).await.expect("registered"), 1);
        let own = "{ viewer { name } }";
        for body in [
            json!({ "query": own }),
            json!({ "documentId": "me-2" }),
            json!({ "extensions": hashed(&sha256(own)) }),
            json!({ "query": own, "documentId": "me-2" }),
        ] {
            let refused = send(&officer, Some("web"), body.clone()).await;
            assert_eq!((refused.0, code(&refused).as_str()), (200, "UNTRUSTED_DOCUMENT"), "{body}");
        }
        for body in [
            json!({ "documentId": "me-1" }),
            json!({ "documentId": format!("sha256:{}", sha256(VIEWER)) }),
            json!({ "query": VIEWER }),
            json!({ "extensions": hashed(&sha256(VIEWER)) }),
        ] {
            let answer = send(&officer, Some("web"), body.clone()).await;
            assert_eq!(text(&answer.1, "/data/viewer/id"), format!("user:{}", officer.user), "{body}");
        }
        // Other clients are not held to it, and do not reach what this one registered.
        assert_eq!(send(&officer, None, json!({ "query": own })).await.1.get("errors"), None);
        let hash = send(&officer, None, json!({ "extensions": hashed(&sha256(own)) })).await;
        assert_eq!(code(&hash), "PERSISTED_QUERY_NOT_SUPPORTED");
        assert_eq!(code(&send(&officer, Some("app"), json!({ "documentId": "me-1" })).await), "PERSISTED_QUERY_NOT_FOUND");
        assert_eq!(clients::remove(&lab.app, "web", Some("me-1")).await.expect("removed"), 1);
        lab.clock.advance(TimeDelta::seconds(6));
        assert_eq!(code(&send(&officer, Some("web"), json!({ "query": VIEWER })).await), "UNTRUSTED_DOCUMENT");
    }

    async fn manifests_are_registered_whole_or_not_at_all(lab) {
        let register = async |manifest: Value| {
            let outcome = clients::register(&lab.app, "web", &manifest.to_string()).await;
            outcome.map_err(|error| error.code().name())
        };
        let apollo = json!({ "format": "apollo-persisted-query-manifest", "version": 1,
            "operations": [{ "id": "a", "name": "Me", "type": "query", "body": VIEWER }] });
        assert_eq!(register(apollo).await, Ok(1));
        assert_eq!(register(json!({ "a": "{ viewer { name } }", "b": VIEWER })).await, Ok(2), "an id's text is replaced");
        for (bad, wanted) in [
            (json!([]), "FILE_NOT_READABLE"),
            (json!({ "c": 7 }), "FILE_NOT_READABLE"),
            (json!({ "c": VIEWER, "d": "{" }), "GRAPHQL_PARSE_FAILED"),
            (json!({ "c": VIEWER, "d": "{ viewer { secrets } }" }), "NOT_FOUND"),
            (json!({ "c": VIEWER, "": VIEWER }), "TOO_LONG"),
        ] {
            assert_eq!(register(bad.clone()).await, Err(wanted.to_owned()), "{bad}");
        }
        let there = clients::list(&lab.app).await.expect("listed");
        let there: Vec<(&str, &str)> = there.iter().map(|row| (row.document_id.as_str(), row.content.as_str())).collect();
        assert_eq!(there, [("a", "{ viewer { name } }"), ("b", VIEWER)]);
    }

    async fn manifests_of_the_tools_are_registered_as_they_are(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let tools = [("relay", include_str!("manifests/relay.json")), ("codegen", include_str!("manifests/codegen.json"))];
        for (tool, manifest) in tools {
            assert_eq!(clients::register(&lab.app, tool, manifest).await.expect("registered"), 3, "{tool}");
        }
        for (tool, manifest) in tools {
            let documents: BTreeMap<String, String> = serde_json::from_str(manifest).expect("a manifest");
            let input = json!({ "code": tool, "kind": "DEPARTMENT", "nameVi": "Mới", "nameEn": "New" });
            let made = json!({ "organization": { "code": tool, "nameVi": "Mới" }, "userErrors": [] });
            for (operation, variables, pointer, wanted) in [
                ("HomeViewer", json!({}), "/viewer/email", json!(admin.email)),
                ("HomeOrganizations", json!({ "first": 1 }), "/organizations/nodes/0/code", json!("05977")),
                ("HomeCreate", json!({ "input": input }), "/organizationCreate", made),
            ] {
                let (id, _) = documents.iter().find(|(_, text)| text.contains(operation)).expect("a document");
                let mut answer = send(&admin, Some(tool), json!({ "documentId": id, "variables": variables })).await.1;
                // Relay asks for the id of everything.
                answer["data"].pointer_mut("/organizationCreate/organization").and_then(Value::as_object_mut).map(|it| it.remove("id"));
                assert_eq!(answer["data"].pointer(pointer), Some(&wanted), "{tool} {operation}: {answer:#}");
            }
            let other = send(&admin, None, json!({ "documentId": documents.keys().next() })).await;
            assert_eq!(code(&other), "PERSISTED_QUERY_NOT_FOUND", "they are this client's alone");
        }
    }

    async fn it_is_counted_who_uses_what(lab) {
        let (admin, officer) = (lab.sign_in(Role::Admin, None).await, lab.officer("STC").await);
        clients::register(&lab.app, "web", &json!({ "me": VIEWER }).to_string()).await.expect("registered");
        for _ in 0..2 {
            send(&officer, Some("web"), json!({ "documentId": "me" })).await;
        }
        send(&officer, Some("unheard of"), json!({ "query": "{ viewer { id name } }" })).await;
        send(&officer, None, json!({ "query": "{ viewer { email } }" })).await;
        clients::flush(&lab.app).await.expect("written");
        send(&officer, Some("web"), json!({ "documentId": "me" })).await;
        clients::flush(&lab.app).await.expect("written");
        const USAGES: &str = "{ fieldUsages(filter: { typeName: \"User\" }) { nodes { client typeName fieldName requests isDeprecated day } }
            documentUsages(filter: { client: \"web\" }) { totalCount nodes { client sha256 requests } } }";
        let used = admin.get(USAGES, json!({})).await;
        let mut fields: Vec<(String, String, i64)> = used["fieldUsages"]["nodes"].as_array().expect("a list").iter()
            .map(|row| (text(row, "/client"), text(row, "/fieldName"), row["requests"].as_i64().expect("a number")))
            .collect();
        fields.sort();
        let row = |client: &str, field: &str, requests| (client.to_owned(), field.to_owned(), requests);
        assert_eq!(fields, [row("", "email", 1), row("unheard of", "id", 1), row("unheard of", "name", 1), row("web", "id", 3)]);
        assert_eq!(used["fieldUsages"]["nodes"][0]["day"], "2026-02-02");
        let document = json!({ "client": "web", "sha256": sha256(VIEWER), "requests": 3 });
        assert_eq!(used["documentUsages"], json!({ "totalCount": 1, "nodes": [document] }));
        let nothing = officer.get("{ fieldUsages { nodes { id } } documentUsages { nodes { id } } }", json!({})).await;
        assert_eq!(nothing, json!({ "fieldUsages": { "nodes": [] }, "documentUsages": { "nodes": [] } }));
        lab.app.db.forget_usage("2026-02-03".parse().expect("a day")).await.expect("forgotten");
        assert_eq!(admin.get(USAGES, json!({})).await["documentUsages"]["totalCount"], 0);
    }

    async fn names_that_nobody_registered_are_bounded(lab) {
        let (admin, officer, other) =
            (lab.sign_in(Role::Admin, None).await, lab.officer("STC").await, lab.officer("SYT").await);
        clients::register(&lab.app, "web", &json!({ "me": VIEWER }).to_string()).await.expect("registered");
        let ask = async |who: &Client, name: &str| {
            assert_eq!(send(who, Some(name), json!({ "query": "{ viewer { email } }" })).await.1.get("errors"), None);
        };
        for number in 0..7 {
            ask(&officer, &format!("made up {number}")).await;
        }
        ask(&officer, "web").await;
        ask(&other, "another app").await;
        ask(&officer, "another app").await;
        clients::flush(&lab.app).await.expect("written");
        let counted = async |admin: &Client| {
            let query = "{ fieldUsages(filter: { fieldName: \"email\" }) { nodes { client requests } } }";
            let mut used = admin.get(query, json!({})).await;
            let rows = used["fieldUsages"]["nodes"].as_array_mut().expect("a list").drain(..);
            rows.map(|row| (text(&row, "/client"), row["requests"].as_i64().expect("a number"))).collect::<BTreeMap<_, _>>()
        };
        let first = (0..5).map(|number| (format!("made up {number}"), 1));
        let others = [("", 2), ("web", 1), ("another app", 2)].map(|(client, requests)| (client.to_owned(), requests));
        let mut wanted: BTreeMap<String, i64> = first.chain(others).collect();
        assert_eq!(counted(&admin).await, wanted);
        // The next day brings new ones.
        lab.clock.advance(TimeDelta::days(1));
        clients::flush(&lab.app).await.expect("written");
        let (admin, officer) = (lab.sign_in(Role::Admin, None).await, lab.officer("STC").await);
        ask(&officer, "made up 6").await;
        clients::flush(&lab.app).await.expect("written");
        wanted.insert("made up 6".to_owned(), 1);
        assert_eq!(counted(&admin).await, wanted);
    }
}
