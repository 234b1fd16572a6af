//! Clients and tools as others write them, against the running server.

mod bodies;

use serde_json::{Value, json};
use tests::{Client, Lab, both, clients};

use crate::scene::{plan, text};

/// What a script of `tests/clients` tells about a server.
async fn told(lab: &Lab, script: &str, client: &Client) -> Option<Value> {
    let token = client.token.as_deref().expect("a token");
    clients::node(script, &[("PII", &lab.url), ("TOKEN", token)]).await
}

both! {
    async fn every_audit_of_graphql_over_http_passes(lab) {
        let coordinator = lab.coordinator().await;
        let Some(told) = told(&lab, "audit.mjs", &coordinator).await else { return };
        assert_eq!(told, json!({ "audits": 61, "passed": 61, "failed": [] }), "{told:#}");
    }

    async fn graphql_request_reads_writes_and_hears_what_is_wrong(lab) {
        let admin = lab.sign_in(entity::Role::Admin, None).await;
        let Some(told) = told(&lab, "request.mjs", &admin).await else { return };
        assert_eq!((text(&told, "/email"), &told["codes"]), (admin.email.clone(), &json!(2)));
        assert_eq!(told["same"], true, "by GET as by POST");
        assert_eq!(told["created"]["organization"], json!({ "code": "CLIENT", "nameVi": "Khách hàng" }));
        assert_eq!(told["again"]["organization"], Value::Null);
        assert_eq!(told["again"]["userErrors"][0]["code"], "TAKEN", "{told:#}");
        assert_eq!(told["unknownField"], json!([400, "BAD_USER_INPUT"]));
        assert_eq!(told["unknownVariable"], json!([400, "BAD_USER_INPUT"]));
        assert_eq!(told["stranger"], json!([401, "UNAUTHENTICATED"]));
    }
}

#[tokio::test]
async fn graphql_ws_speaks_over_a_socket() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    assert!(told(&lab, "ws.mjs", &officer).await.is_none_or(|told| told == "ok"));
}

#[tokio::test]
async fn graphql_sse_reads_events() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    assert!(told(&lab, "sse.mjs", &officer).await.is_none_or(|told| told == "ok"));
}

#[tokio::test]
async fn apollo_client_asks_by_hash_and_subscribes_over_multipart() {
    let lab = Lab::sqlite().await;
    tokio::spawn(api::news::work(lab.app.clone()));
    let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
    let input = json!({
        "planId": plan(&coordinator).await, "code": "APOLLO", "title": "Việc mới", "dueOn": "2026-12-31",
        "assignments": [{ "organizationId": format!("organization:{}", tests::org(&lab.app, "STC").await), "role": "LEAD" }],
    });
    let query = "mutation($input: TaskCreateInput!) { taskCreate(input: $input) { userErrors { code } } }";
    let tell = json!({ "query": query, "variables": { "input": input } }).to_string();
    let [token, teller] = [&officer, &coordinator].map(|client| client.token.as_deref().expect("signed in"));
    let variables = [("PII", lab.url.as_str()), ("TOKEN", token), ("TELLER", teller), ("TELL", &tell)];
    if clients::node("apollo.mjs", &variables).await.is_none() {
        return;
    }
    let told = officer.get("{ notifications { nodes { title } } }", json!({})).await;
    assert!(!text(&told, "/notifications/nodes/0/title").is_empty());
}

#[tokio::test]
async fn gql_of_python_subscribes_over_multipart() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let token = officer.token.as_deref().expect("signed in");
    let told = clients::python("multipart.py", &[("PII", &lab.url), ("TOKEN", token)]).await;
    assert!(told.is_none_or(|told| told == "ok"));
}
