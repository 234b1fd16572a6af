//! Cases of sessions and service accounts.

use api::service_accounts::{self, NewServiceAccount};
use entity::{Role, Scope};
use serde_json::json;
use tests::Lab;

use super::Cases;
use crate::scene::{Cast, list, text};

pub(super) async fn accounts(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    const LIST: &str = "{ nodes { id } }";
    cases.query("sessions", LIST);
    lab.renew(&cast.coordinator).await;
    let open = cast.coordinator.get("{ sessions { nodes { id isCurrent } } }", json!({})).await;
    let open = list(&open, "/sessions/nodes");
    let other = open.iter().find(|session| session["isCurrent"] == false).expect("another session");
    cases.act("sessionRevoke", &text(other, "/id"), "");
    let document = "mutation { logoutEverywhere(keepCurrent: true) { userErrors { field code } } }";
    cases.with("logoutEverywhere", document, |_| json!({}));
    let (user, _) = lab.user(Role::Officer, Some("SCT"), None).await;
    cases.act("userSessionsRevoke", &format!("user:{user}"), "");

    cases.query("serviceAccounts", LIST);
    cases.input(
        "serviceAccountCreate",
        "ServiceAccountCreateInput",
        |role| json!({ "name": role, "scopes": ["FRAMEWORK_READ"] }),
    );
    for field in ["serviceAccountRotateSecret", "serviceAccountRevoke"] {
        let account = NewServiceAccount { name: field, scopes: &[Scope::FrameworkRead], expires_at: None };
        let made = service_accounts::add(&lab.app, &lab.app.system(), account, "").await.expect("an account");
        cases.act(field, &format!("service_account:{}", made.account.id), "");
    }
}
