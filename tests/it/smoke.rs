//! The harness itself.

use serde_json::json;
use tests::both;

both! {
    async fn the_seeded_server_answers(lab) {
        let coordinator = lab.coordinator().await;
        let data = coordinator.get("{ viewer { email role } plan { rankGoal } }", json!({})).await;
        assert_eq!(data, json!({ "viewer": { "email": coordinator.email, "role": "COORDINATOR" }, "plan": { "rankGoal": 25 } }));
    }
}
