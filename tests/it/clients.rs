//! Clients as others write them, against a running server.

use serde_json::{Value, json};
use tests::{Client, Lab, clients};

use crate::scene::{plan, text};

/// Runs a script of `tests/clients` for `client`.
async fn run(script: &str, client: &Client, more: &[(&str, &str)]) -> Option<Value> {
    let token = client.token.as_deref().expect("signed in");
    let variables: Vec<(&str, &str)> =
        [("PII", client.url.as_str()), ("TOKEN", token)].into_iter().chain(more.iter().copied()).collect();
    clients::node(script, &variables).await
}

/// The specification's own audits, as its reference implementation has them.
#[tokio::test]
async fn all_audits_of_graphql_over_http_are_passed() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let Some(found) = run("audit.mjs", &officer, &[]).await else { return };
    let found = found.as_array().expect("a list");
    let failed: Vec<&Value> = found.iter().filter(|audit| audit["status"] != "ok").collect();
    assert!(failed.is_empty(), "{:#}", json!(failed));
    assert_eq!(found.len(), 61);
}

#[tokio::test]
async fn graphql_request_asks_and_is_refused() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    run("request.mjs", &officer, &[]).await;
}

#[tokio::test]
async fn graphql_ws_speaks_over_a_socket() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    run("ws.mjs", &officer, &[]).await;
}

#[tokio::test]
async fn graphql_sse_reads_events() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    run("sse.mjs", &officer, &[]).await;
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
    let teller = coordinator.token.as_deref().expect("signed in");
    run("apollo.mjs", &officer, &[("TELLER", teller), ("TELL", &tell)]).await;
    let told = officer.get("{ notifications { nodes { title } } }", json!({})).await;
    assert!(!text(&told, "/notifications/nodes/0/title").is_empty());
}
