//! Requests for evidence and difficulties: their whole life, and who may do what when.

use chrono::TimeDelta;
use serde_json::json;
use tests::{Client, Lab, both};

use crate::scene::{Cast, act, ids, organization, text};

const CREATE: &str = "mutation($input: EvidenceRequestCreateInput!) {
    evidenceRequestCreate(input: $input) { request { id } userErrors { field code } } }";
const SUBMIT: &str = "mutation($id: ID!) {
    evidenceResponseSubmit(id: $id, content: \"Đã gửi\") { userErrors { field code } } }";
const RESPONSES: &str =
    "query($request: ID!) { evidenceResponses(filter: { request: { eq: $request } }) { nodes { id } } }";

/// A request to Sở Tài chính and Sở Nội vụ; its id, and that of the client's own answer.
pub async fn asked(lab: &Lab, coordinator: &Client, client: &Client, number: &str) -> (String, String) {
    let to = [organization(lab, "STC").await, organization(lab, "SNV").await];
    let input = json!({ "letterNumber": number, "letterOn": "2026-01-05", "title": "Minh chứng", "content": "Gửi",
        "dueOn": "2026-02-01", "organizationIds": to, "items": [{ "title": "Văn bản" }, { "title": "Số liệu" }] });
    let request = text(&coordinator.done(CREATE, json!({ "input": input })).await, "/request/id");
    let own = ids(&client.get(RESPONSES, json!({ "request": request })).await);
    (request, own[0].clone())
}

/// Gives an answer.
pub async fn answered(client: &Client, response: &str) {
    client.done(SUBMIT, json!({ "id": response })).await;
}

/// A difficulty of the client's organization with a node.
pub async fn raised(client: &Client, node: &str) -> String {
    let raise = "mutation($input: ObstacleInput!) { obstacleRaise(input: $input) { obstacle { id } userErrors { field code } } }";
    let input = json!({ "nodeId": node, "title": "Thiếu kinh phí", "description": "Chưa bố trí" });
    text(&client.done(raise, json!({ "input": input })).await, "/obstacle/id")
}

/// What a field of a row holds for the client.
async fn field(client: &Client, root: &str, id: &str, field: &str) -> serde_json::Value {
    let query = format!("query($id: ID!) {{ {root}(id: $id) {{ {field} }} }}");
    client.get(&query, json!({ "id": id })).await[root][field].clone()
}

both! {
    async fn a_request_from_asking_to_closing(lab) {
        let cast = Cast::of(&lab).await;
        let (request, finance) = asked(&lab, &cast.coordinator, &cast.finance, "12/KH").await;
        let of = json!({ "request": request });
        let home = ids(&cast.home.get(RESPONSES, of.clone()).await);
        assert_eq!(home.len(), 1, "each organization sees its own answer");
        assert_ne!(home[0], finance);
        assert_eq!(ids(&cast.coordinator.get(RESPONSES, of.clone()).await).len(), 2);
        assert!(ids(&cast.health.get(RESPONSES, of).await).is_empty());
        answered(&cast.finance, &finance).await;
        let back = "mutation($id: ID!) { evidenceResponseReturn(id: $id, reason: \"Thiếu\") { userErrors { code } } }";
        cast.coordinator.done(back, json!({ "id": finance })).await;
        assert_eq!(field(&cast.finance, "evidenceResponse", &finance, "returnReason").await, "Thiếu");
        answered(&cast.finance, &finance).await;
        act(&cast.coordinator, "evidenceResponseAccept", &finance).await;
        assert_eq!(field(&cast.finance, "evidenceResponse", &finance, "status").await, "ACCEPTED");
        act(&cast.coordinator, "evidenceRequestClose", &request).await;
        let late = cast.home.ask(SUBMIT, json!({ "id": home[0] })).await;
        assert_eq!(late.body["data"]["evidenceResponseSubmit"]["userErrors"][0]["code"], "INVALID_STATE");
        lab.clock.advance(TimeDelta::days(400));
        let home_again = lab.officer("SNV").await;
        assert_eq!(field(&home_again, "evidenceResponse", &home[0], "overdue").await, true);
        assert_eq!(field(&home_again, "evidenceResponse", &home[0], "status").await, "OPEN");
    }

    async fn a_difficulty_from_raising_to_resolving(lab) {
        let cast = Cast::of(&lab).await;
        let node = text(&cast.coordinator.get("{ pillars { id } }", json!({})).await, "/pillars/0/id");
        let id = raised(&cast.finance, &node).await;
        let back = "mutation($id: ID!) { obstacleReturn(id: $id, reason: \"Chưa rõ\") { userErrors { code } } }";
        cast.coordinator.done(back, json!({ "id": id })).await;
        let mend = "mutation($id: ID!, $input: ObstacleInput!) { obstacleUpdate(id: $id, input: $input) { userErrors { code } } }";
        let input = json!({ "nodeId": node, "title": "Thiếu kinh phí", "description": "Rõ hơn" });
        cast.finance.done(mend, json!({ "id": id, "input": input })).await;
        assert_eq!(field(&cast.finance, "obstacle", &id, "status").await, "RAISED");
        act(&cast.coordinator, "obstacleForward", &id).await;
        let resolve = "mutation($id: ID!) { obstacleResolve(id: $id, answer: \"Đồng ý\") { userErrors { code } } }";
        cast.leader.done(resolve, json!({ "id": id })).await;
        assert_eq!(field(&cast.finance, "obstacle", &id, "status").await, "RESOLVED");
        assert_eq!(field(&cast.finance, "obstacle", &id, "answer").await, "Đồng ý");
    }
}
