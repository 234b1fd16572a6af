//! Cases of requests for evidence and of difficulties.

use serde_json::json;
use tests::Lab;

use super::Cases;
use crate::asking::{answered, asked, raised};
use crate::scene::{Cast, act, organization, text};

pub(super) async fn cycle_ask(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let (coordinator, lead) = (&cast.coordinator, &cast.finance);
    let (request, response) = asked(lab, coordinator, lead, "READ").await;
    cases.of("evidenceRequest", &request);
    cases.of("evidenceResponse", &response);
    cases.query("evidenceRequests", "{ nodes { id } }");
    cases.query("evidenceResponses", "{ nodes { id } }");
    let finance = organization(lab, "STC").await;
    cases.input("evidenceRequestCreate", "EvidenceRequestCreateInput", move |role| {
        json!({ "letterNumber": role, "letterOn": "2026-01-05", "title": "Mới", "content": "Gửi minh chứng",
            "dueOn": "2026-02-01", "organizationIds": [finance], "items": [{ "title": "Văn bản" }] })
    });
    cases.act("evidenceRequestClose", &asked(lab, coordinator, lead, "CLOSE").await.0, "");
    let response = asked(lab, coordinator, lead, "SUBMIT").await.1;
    cases.act("evidenceResponseSubmit", &response, ", content: \"Đã gửi\"");
    for (field, arguments) in
        [("evidenceResponseReturn", ", reason: \"Thiếu\""), ("evidenceResponseAccept", "")]
    {
        let response = asked(lab, coordinator, lead, field).await.1;
        answered(lead, &response).await;
        cases.act(field, &response, arguments);
    }
    let node = text(&coordinator.get("{ pillars { id } }", json!({})).await, "/pillars/0/id");
    cases.of("obstacle", &raised(lead, &node).await);
    cases.query("obstacles", "{ nodes { id } }");
    let input = format!("{{ nodeId: \"{node}\", title: \"Sửa\", description: \"Rõ hơn\" }}");
    let of = node.clone();
    cases.input(
        "obstacleRaise",
        "ObstacleInput",
        move |role| json!({ "nodeId": of, "title": role, "description": "Vướng" }),
    );
    cases.act("obstacleUpdate", &raised(lead, &node).await, &format!(", input: {input}"));
    cases.act("obstacleWithdraw", &raised(lead, &node).await, "");
    cases.act("obstacleReturn", &raised(lead, &node).await, ", reason: \"Chưa rõ\"");
    cases.act("obstacleForward", &raised(lead, &node).await, "");
    let passed_on = raised(lead, &node).await;
    act(coordinator, "obstacleForward", &passed_on).await;
    cases.act("obstacleResolve", &passed_on, ", answer: \"Đồng ý\"");
}
