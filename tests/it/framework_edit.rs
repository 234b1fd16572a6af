//! Drafts of the framework.

use serde_json::json;
use tests::{Client, both};

use crate::scene::{list, text};

/// A draft made out of a framework version; its id and those of its indicators' nodes.
async fn draft(coordinator: &Client, from: &str, version: &str) -> (String, Vec<String>) {
    let create = "mutation($input: FrameworkDraftInput!) {
        frameworkDraftCreate(input: $input) { framework { id nodes(first: 100) { nodes { id level } } } userErrors { code } }
    }";
    let input = json!({ "fromId": from, "version": version, "nameVi": "Dự thảo", "nameEn": "Draft" });
    let made = coordinator.done(create, json!({ "input": input })).await;
    let leaves = list(&made, "/framework/nodes/nodes").iter().filter(|node| node["level"] == "INDICATOR");
    (text(&made, "/framework/id"), leaves.map(|node| text(node, "/id")).collect())
}

both! {
    async fn an_indicator_that_a_later_version_continues_is_not_removed(lab) {
        let coordinator = lab.coordinator().await;
        let published = text(&coordinator.get("{ framework { id } }", json!({})).await, "/framework/id");
        let (first, leaves) = draft(&coordinator, &published, "2030").await;
        let (_, later) = draft(&coordinator, &first, "2031").await;
        let delete = "mutation($id: ID!) { nodeDelete(id: $id) { userErrors { field code message } } }";
        let refused = coordinator.refused(delete, json!({ "id": leaves[0] })).await;
        assert_eq!(refused, ["id INVALID_STATE"]);
        let still = coordinator.get("query($id: ID!) { node(id: $id) { id } }", json!({ "id": leaves[0] })).await;
        assert_eq!(text(&still, "/node/id"), leaves[0]);
        coordinator.done(delete, json!({ "id": later[0] })).await;
        coordinator.done(delete, json!({ "id": leaves[0] })).await;
    }
}
