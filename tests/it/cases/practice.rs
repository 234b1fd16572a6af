//! Cases of exemplary models and outreach.

use serde_json::json;

use super::Cases;
use crate::practice::{activity, commend, commended, proposed, replicated};
use crate::scene::Cast;

pub(super) async fn practice(cases: &mut Cases, cast: &Cast) {
    let (coordinator, own) = (&cast.coordinator, &cast.finance);
    cases.of("innovationModel", &proposed(own, "Đọc").await);
    cases.query("innovationModels", "{ nodes { id } }");
    cases.input(
        "modelPropose",
        "ModelProposeInput",
        |role| json!({ "title": role, "description": "Một cửa số" }),
    );
    cases.act("modelUpdate", &proposed(own, "Sửa").await, ", input: { results: \"Giảm nửa thời gian\" }");
    let decision = ", decisionNumber: \"12/QĐ-UBND\", decisionOn: \"2026-01-05\"";
    cases.act("modelCommend", &proposed(own, "Công nhận").await, decision);
    cases.act("modelDecline", &proposed(own, "Không công nhận").await, ", reason: \"Chưa rõ kết quả\"");
    let model = commended(coordinator, own, "Nhân rộng").await;
    let taken_up = replicated(own, &model).await;
    cases.input(
        "modelReplicate",
        "ModelReplicateInput",
        move |role| json!({ "modelId": model, "place": role, "startedOn": "2026-01-06" }),
    );
    cases.act("modelReplicationDelete", &taken_up, "");
    cases.of("outreachActivity", &activity(own, "Đọc").await);
    cases.query("outreachActivities", "{ nodes { id } }");
    cases.input(
        "outreachCreate",
        "OutreachCreateInput",
        |role| json!({ "kind": "TRAINING", "subject": role, "heldOn": "2026-01-05" }),
    );
    cases.act("outreachUpdate", &activity(own, "Sửa").await, ", input: { people: 40 }");
    cases.act("outreachDelete", &activity(own, "Xóa").await, "");
    // One that is commended is there for every officer.
    commend(coordinator, &proposed(own, "Chung").await).await;
}
