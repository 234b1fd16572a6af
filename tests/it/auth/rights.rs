//! Transfers, disabling, role and password changes hold within seconds.

use chrono::TimeDelta;
use entity::{Role, user};
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{both, org};

use super::{PASSWORD, REFRESH, VIEWER, change_elsewhere, log_in, signed_in};
use crate::given::{gid, task, text};

const UPDATE: &str = "mutation($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) {
    user { id } userErrors { field code message } } }";

both! {
    async fn disabling_holds_at_once(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let (id, email) = lab.user(Role::Officer, Some("STC"), Some(PASSWORD)).await;
        let (client, token) = signed_in(&lab, &email).await;
        client.get(VIEWER, json!({})).await;
        admin.done(UPDATE, json!({ "id": gid("user", id), "input": { "disabled": true } })).await;
        assert_eq!(client.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
        let payload = lab.nobody().get(REFRESH, json!({ "token": token })).await;
        assert_eq!(payload["tokenRefresh"]["userErrors"][0]["code"], "INVALID_TOKEN");
        assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        admin.done(UPDATE, json!({ "id": gid("user", id), "input": { "disabled": false } })).await;
        assert_eq!(client.code(VIEWER, json!({})).await, "UNAUTHENTICATED", "its sessions stay over");
        assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"], json!([]));
    }

    async fn disabling_elsewhere_holds_within_seconds(lab) {
        let (id, email) = lab.user(Role::Officer, Some("STC"), Some(PASSWORD)).await;
        let (client, token) = signed_in(&lab, &email).await;
        client.get(VIEWER, json!({})).await;
        let now = lab.app.world.now();
        change_elsewhere(&lab, id, user::ActiveModel { disabled_at: Set(Some(now)), ..Default::default() }).await;
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(client.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
        let payload = lab.nobody().get(REFRESH, json!({ "token": token })).await;
        assert_eq!(payload["tokenRefresh"]["userErrors"][0]["code"], "INVALID_TOKEN");
    }

    async fn a_transfer_moves_what_is_seen(lab) {
        let (coordinator, admin) = (lab.coordinator().await, lab.sign_in(Role::Admin, None).await);
        task(&lab, &coordinator, "T-1", &["STC"]).await;
        task(&lab, &coordinator, "T-2", &["SNV"]).await;
        let officer = lab.officer("STC").await;
        let codes = async || {
            let data = officer.get("{ tasks { nodes { code } } }", json!({})).await;
            data["tasks"]["nodes"].as_array().expect("tasks").iter().map(|task| text(&task["code"])).collect::<Vec<_>>()
        };
        assert_eq!(codes().await, ["T-1"]);
        let snv = org(&lab.app, "SNV").await;
        let transfer = user::ActiveModel { organization_id: Set(Some(snv)), ..Default::default() };
        change_elsewhere(&lab, officer.user, transfer).await;
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(codes().await, ["T-2"]);
        let stc = gid("organization", org(&lab.app, "STC").await);
        let back = json!({ "id": gid("user", officer.user), "input": { "organizationId": stc } });
        admin.done(UPDATE, back).await;
        assert_eq!(codes().await, ["T-1"], "at once where it was changed");
    }

    async fn a_role_is_taken_away(lab) {
        let coordinator = lab.coordinator().await;
        task(&lab, &coordinator, "T-1", &["STC"]).await;
        const COUNT: &str = "{ tasks { totalCount } }";
        assert_eq!(coordinator.get(COUNT, json!({})).await["tasks"]["totalCount"], 1);
        let change = user::ActiveModel { role: Set(Role::Integration), ..Default::default() };
        change_elsewhere(&lab, coordinator.user, change).await;
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(coordinator.get(COUNT, json!({})).await["tasks"]["totalCount"], 0);
        const CREATE: &str = "mutation($input: OrganizationCreateInput!) { organizationCreate(input: $input) {
            userErrors { code } } }";
        let input = json!({ "code": "X", "kind": "PRESS", "nameVi": "X", "nameEn": "X" });
        assert_eq!(coordinator.code(CREATE, json!({ "input": input })).await, "FORBIDDEN");
    }

    async fn a_password_change_ends_the_other_sessions(lab) {
        const CHANGE: &str = "mutation($old: String!, $new: String!) {
            passwordChange(currentPassword: $old, newPassword: $new) { done userErrors { field code message } } }";
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (client, _) = signed_in(&lab, &email).await;
        let (other, token) = signed_in(&lab, &email).await;
        other.get(VIEWER, json!({})).await;
        client.done(CHANGE, json!({ "old": PASSWORD, "new": "correct horse stable" })).await;
        lab.clock.advance(TimeDelta::seconds(4));
        client.get(VIEWER, json!({})).await;
        assert_eq!(other.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
        let payload = lab.nobody().get(REFRESH, json!({ "token": token })).await;
        assert_eq!(payload["tokenRefresh"]["userErrors"][0]["code"], "INVALID_TOKEN");
        assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        assert_eq!(log_in(&lab, &email, "correct horse stable").await["userErrors"], json!([]));
        for _ in 0..10 {
            client.get(CHANGE, json!({ "old": "wrong", "new": "correct horse battery" })).await;
        }
        let refused = client.refused(CHANGE, json!({ "old": "correct horse stable", "new": PASSWORD })).await;
        assert_eq!(refused, ["currentPassword TOO_MANY_TRIES"]);
    }

    async fn an_administrator_keeps_users(lab) {
        const CREATE: &str = "mutation($input: UserCreateInput!) { userCreate(input: $input) {
            user { id email } userErrors { field code message } } }";
        const SET: &str = "mutation($id: ID!, $password: String!) { userPasswordSet(id: $id, password: $password) {
            user { id } userErrors { field code message } } }";
        let admin = lab.sign_in(Role::Admin, None).await;
        let stc = gid("organization", org(&lab.app, "STC").await);
        let input = json!({ "email": "Mới@Test.local", "name": "Người mới", "role": "OFFICER", "organizationId": stc });
        let made = admin.done(CREATE, json!({ "input": input })).await["user"].take();
        let email = text(&made["email"]);
        assert_eq!(email, "mới@test.local");
        assert_eq!(log_in(&lab, &email, "").await["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        admin.done(SET, json!({ "id": made["id"], "password": PASSWORD })).await;
        let (client, _) = signed_in(&lab, &email).await;
        assert_eq!(client.get(VIEWER, json!({})).await["viewer"]["role"], "OFFICER");
        admin.done(SET, json!({ "id": made["id"], "password": "correct horse stable" })).await;
        assert_eq!(client.code(VIEWER, json!({})).await, "UNAUTHENTICATED", "a new password ends all sessions");
        for other in [lab.coordinator().await, lab.officer("STC").await, lab.sign_in(Role::Leader, None).await] {
            let input = json!({ "email": "x@test.local", "name": "X", "role": "ADMIN" });
            assert_eq!(other.code(CREATE, json!({ "input": input })).await, "FORBIDDEN");
            let change = json!({ "id": gid("user", other.user), "input": { "role": "ADMIN" } });
            assert_eq!(other.code(UPDATE, change).await, "FORBIDDEN");
            let of_another = json!({ "id": made["id"], "input": { "role": "ADMIN" } });
            assert_eq!(other.code(UPDATE, of_another).await, "NOT_FOUND");
            let users = other.get("{ users { totalCount nodes { email } } }", json!({})).await;
            assert_eq!(users["users"], json!({ "totalCount": 1, "nodes": [{ "email": other.email }] }));
        }
        let all: Value = admin.get("{ users(first: 100) { nodes { email } } }", json!({})).await;
        assert!(all.to_string().contains("mới@test.local"));
    }
}
