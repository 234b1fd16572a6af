//! Cases of notifications.

use serde_json::json;
use tests::Lab;

use super::Cases;
use crate::scene::{Cast, ids};

pub(super) async fn news(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    // The tasks of the cases were assigned to Sở Tài chính.
    api::news::carry_out(&lab.app).await.expect("told");
    let told = ids(&cast.finance.get("{ notifications(first: 1) { nodes { id } } }", json!({})).await);
    cases.query("notifications", "{ nodes { id } }");
    cases.query("notificationUnreadCount", "");
    let document = "mutation($ids: [ID!]!) { notificationsRead(ids: $ids) { userErrors { field code } } }";
    cases.with("notificationsRead", document, move |_| json!({ "ids": told }));
    let document = "mutation { notificationsReadAll { userErrors { field code } } }";
    cases.with("notificationsReadAll", document, |_| json!({}));
    cases.input("noticesUpdate", "NoticesInput", |_| json!({ "language": "EN", "emailNotices": false }));
}
