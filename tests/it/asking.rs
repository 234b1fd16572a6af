//! Requests for evidence and difficulties: their whole life, and who may do what when.

use std::fmt::Write;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::coverage::{outcome, roles};
use crate::scene::{Cast, act, described, evidence, ids, organization, text};

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

    async fn an_answer_and_a_difficulty_stand_on_their_evidence(lab) {
        let cast = Cast::of(&lab).await;
        let (_, own) = asked(&lab, &cast.coordinator, &cast.finance, "12/KH").await;
        let (pending, _) = described(&cast.finance, "Chưa tải", Some(&own)).await;
        assert_eq!(outcome(&cast.finance.ask(SUBMIT, json!({ "id": own })).await), "(EVIDENCE_PENDING)");
        let detach = "mutation($id: ID!, $from: ID!) { evidenceDetach(id: $id, fromId: $from) { userErrors { code } } }";
        cast.finance.done(detach, json!({ "id": pending, "from": own })).await;
        let proof = evidence(&cast.finance, "Văn bản", Some(&own)).await;
        answered(&cast.finance, &own).await;
        let taken_off = cast.finance.ask(detach, json!({ "id": proof, "from": own })).await;
        assert_eq!(outcome(&taken_off), "(INVALID_STATE)");
        assert_eq!(outcome(&cast.finance.ask(REPLACE, json!({ "id": proof })).await), "(INVALID_STATE)");
        let seen = "query($id: ID!) { evidenceResponse(id: $id) { evidence { title links { response { id } } } } }";
        let shown = json!([{ "title": "Văn bản", "links": [{ "response": { "id": own } }] }]);
        for client in [&cast.finance, &cast.coordinator, &cast.leader] {
            assert_eq!(client.get(seen, json!({ "id": own })).await["evidenceResponse"]["evidence"], shown);
        }
        let unseen = "query($id: ID!) { evidence(id: $id) { id } }";
        assert_eq!(outcome(&cast.home.ask(unseen, json!({ "id": proof })).await), "NOT_FOUND");

        let node = text(&cast.coordinator.get("{ pillars { id } }", json!({})).await, "/pillars/0/id");
        let obstacle = raised(&cast.finance, &node).await;
        let photo = evidence(&cast.finance, "Ảnh", Some(&obstacle)).await;
        act(&cast.coordinator, "obstacleForward", &obstacle).await;
        assert_eq!(outcome(&cast.finance.ask(REPLACE, json!({ "id": photo })).await), "(INVALID_STATE)");
        let foreign = "mutation($id: ID!, $to: ID!) { evidenceAttach(id: $id, toId: $to) { userErrors { code } } }";
        let other = evidence(&cast.home, "Của nơi khác", None).await;
        assert_eq!(outcome(&cast.home.ask(foreign, json!({ "id": other, "to": own })).await), "(NOT_FOUND)");
    }

    async fn answers_by_state_action_and_role(lab) {
        let cast = Cast::of(&lab).await;
        let mut table = String::new();
        let mut number = 0;
        for state in ["OPEN", "ANSWERED", "RETURNED", "ACCEPTED"] {
            for action in ["Submit(id: $id, content: \"Đã gửi\")", "Return(id: $id, reason: \"Thiếu\")", "Accept(id: $id)"] {
                let _ = writeln!(table, "{state} {action}");
                let mut waiting = None;
                for (role, client) in roles(&cast, &lab.nobody()) {
                    let id = match waiting.take() {
                        Some(id) => id,
                        None => {
                            number += 1;
                            response_in(&lab, &cast, state, &format!("{number}/KH")).await
                        }
                    };
                    let came = tried(client, "evidenceResponse", action, "response", &id).await;
                    // What was refused has left the answer as it was: the next role tries the same one.
                    waiting = (field(&cast.finance, "evidenceResponse", &id, "status").await == state).then_some(id);
                    let _ = writeln!(table, "  {role:<22}{came}");
                }
            }
        }
        insta::assert_snapshot!("response_states", table);
    }

    async fn difficulties_by_state_action_and_role(lab) {
        let cast = Cast::of(&lab).await;
        let node = text(&cast.coordinator.get("{ pillars { id } }", json!({})).await, "/pillars/0/id");
        let mend = format!("Update(id: $id, input: {{ nodeId: \"{node}\", title: \"Khác\", description: \"Khác\" }})");
        let actions = [
            mend.as_str(), "Withdraw(id: $id)", "Return(id: $id, reason: \"Chưa rõ\")", "Forward(id: $id)",
            "Resolve(id: $id, answer: \"Đồng ý\")",
        ];
        let mut table = String::new();
        for state in ["RAISED", "RETURNED", "FORWARDED", "RESOLVED", "WITHDRAWN"] {
            for action in actions {
                let _ = writeln!(table, "{state} {}", action.split('(').next().unwrap_or_default());
                let mut waiting = None;
                for (role, client) in roles(&cast, &lab.nobody()) {
                    let id = match waiting.take() {
                        Some(id) => id,
                        None => obstacle_in(&cast, &node, state).await,
                    };
                    let came = tried(client, "obstacle", action, "obstacle", &id).await;
                    waiting = (field(&cast.finance, "obstacle", &id, "status").await == state).then_some(id);
                    let _ = writeln!(table, "  {role:<22}{came}");
                }
            }
        }
        insta::assert_snapshot!("obstacle_states", table);
    }
}

const BACK: &str =
    "mutation($id: ID!) { evidenceResponseReturn(id: $id, reason: \"Thiếu\") { userErrors { code } } }";
const REPLACE: &str =
    "mutation($id: ID!) { evidenceUploadTicket(id: $id, file: { name: \"b.pdf\" }) { userErrors { code } } }";

/// The state that an action brings a row to, or the code of why it does not.
async fn tried(client: &Client, root: &str, action: &str, row: &str, id: &str) -> String {
    let document =
        format!("mutation($id: ID!) {{ {root}{action} {{ {row} {{ status }} userErrors {{ code }} }} }}");
    let answer = client.ask(&document, json!({ "id": id })).await;
    match outcome(&answer).as_str() {
        "ok" => {
            let data = answer.body["data"].as_object().and_then(|data| data.values().next()).cloned();
            text(&data.unwrap_or(Value::Null), &format!("/{row}/status"))
        }
        other => other.to_owned(),
    }
}

/// An answer of Sở Tài chính in a state.
async fn response_in(lab: &Lab, cast: &Cast, state: &str, number: &str) -> String {
    let (_, id) = asked(lab, &cast.coordinator, &cast.finance, number).await;
    if state != "OPEN" {
        answered(&cast.finance, &id).await;
    }
    match state {
        "RETURNED" => drop(cast.coordinator.done(BACK, json!({ "id": id })).await),
        "ACCEPTED" => drop(act(&cast.coordinator, "evidenceResponseAccept", &id).await),
        _ => {}
    }
    id
}

/// A difficulty of Sở Tài chính in a state.
async fn obstacle_in(cast: &Cast, node: &str, state: &str) -> String {
    let id = raised(&cast.finance, node).await;
    let brought: &[(&Client, &str)] = match state {
        "RETURNED" => &[(&cast.coordinator, "Return(id: $id, reason: \"Chưa rõ\")")],
        "FORWARDED" => &[(&cast.coordinator, "Forward(id: $id)")],
        "RESOLVED" => {
            &[(&cast.coordinator, "Forward(id: $id)"), (&cast.leader, "Resolve(id: $id, answer: \"Đồng ý\")")]
        }
        "WITHDRAWN" => &[(&cast.finance, "Withdraw(id: $id)")],
        _ => &[],
    };
    for (by, action) in brought {
        tried(by, "obstacle", action, "obstacle", &id).await;
    }
    assert_eq!(field(&cast.finance, "obstacle", &id, "status").await, state);
    id
}
