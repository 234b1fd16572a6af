//! Bad input for users, organizations and passwords.

use entity::Role;
use serde_json::{Value, json};
use tests::{Client, both, org};

use super::{all_refused, input, patched};
use crate::given::{gid, unknown};

both! {
    async fn users(lab) {
        const CREATE: &str =
            "mutation($input: UserCreateInput!) { userCreate(input: $input) { userErrors { field code message } } }";
        const UPDATE: &str = "mutation($id: ID!, $input: UserUpdateInput!, $version: Int) {
            userUpdate(id: $id, input: $input, expectedVersion: $version) { userErrors { field code message } } }";
        const PASSWORD: &str = "mutation($id: ID!, $password: String!) {
            userPasswordSet(id: $id, password: $password) { userErrors { field code message } } }";
        let admin = lab.sign_in(Role::Admin, None).await;
        let (other, taken) = lab.user(Role::Officer, Some("STC"), None).await;
        let base = json!({ "email": "a@b.vn", "name": "A", "role": "LEADER" });
        let long = format!("{}@b.vn", "a".repeat(260));
        let cases: &[(&str, Value, &[&str])] = &[
            ("taken", json!({ "email": taken }), &["input.email TAKEN"]),
            ("taken in capitals", json!({ "email": taken.to_uppercase() }), &["input.email TAKEN"]),
            ("no @", json!({ "email": "a.vn" }), &["input.email INVALID_EMAIL"]),
            ("no domain", json!({ "email": "a@" }), &["input.email INVALID_EMAIL"]),
            ("two addresses", json!({ "email": "a@b.vn, c@d.vn" }), &["input.email INVALID_EMAIL"]),
            ("a header", json!({ "email": "a@b.vn\r\nBcc: c@d.vn" }), &["input.email INVALID_EMAIL"]),
            ("NUL", json!({ "email": "a\0@b.vn" }), &["input.email INVALID_EMAIL"]),
            ("long", json!({ "email": long }), &["input.email INVALID_EMAIL"]),
            ("no name", json!({ "name": "" }), &["input.name REQUIRED"]),
            ("officer of nobody", json!({ "role": "OFFICER" }), &["input.organizationId REQUIRED"]),
            ("of nowhere", json!({ "organizationId": unknown("organization") }), &["input.organizationId NOT_FOUND"]),
            ("of a unit", json!({ "organizationId": unknown("unit") }), &["input.organizationId INVALID_ID"]),
            ("11 letters", json!({ "password": "ă".repeat(11) }), &["input.password PASSWORD_TOO_SHORT"]),
            ("257 letters", json!({ "password": "a".repeat(257) }), &["input.password TOO_LONG"]),
        ];
        all_refused(&lab, &admin, CREATE, input(&base), cases).await;
        let base = json!({ "id": gid("user", other), "input": {} });
        let cases: &[(&str, Value, &[&str])] = &[
            ("stale", json!({ "input": { "name": "B" }, "version": 9 }), &["expectedVersion CONFLICT"]),
            ("blank", json!({ "input": { "name": " " } }), &["input.name REQUIRED"]),
            ("officer of nobody", json!({ "input": { "organizationId": null } }), &["input.organizationId REQUIRED"]),
            ("itself", json!({ "id": gid("user", admin.user), "input": { "disabled": true } }),
                &["input.disabled OWN_ACCOUNT"]),
        ];
        all_refused(&lab, &admin, UPDATE, |patch| patched(&base, patch), cases).await;
        let short = [("short", json!("12345678901"), ["password PASSWORD_TOO_SHORT"].as_slice())];
        let to = |password: &Value| json!({ "id": gid("user", other), "password": password });
        all_refused(&lab, &admin, PASSWORD, to, &short).await;
    }

    async fn organizations(lab) {
        const CREATE: &str = "mutation($input: OrganizationCreateInput!) { organizationCreate(input: $input) {
            userErrors { field code message } } }";
        const UPDATE: &str = "mutation($id: ID!, $input: OrganizationUpdateInput!, $version: Int) {
            organizationUpdate(id: $id, input: $input, expectedVersion: $version) {
                userErrors { field code message } } }";
        let admin = lab.sign_in(Role::Admin, None).await;
        let base = json!({ "code": "MOI", "kind": "DEPARTMENT", "nameVi": "Sở mới", "nameEn": "New department" });
        let cases: &[(&str, Value, &[&str])] = &[
            ("taken", json!({ "code": "STC" }), &["input.code TAKEN"]),
            ("NUL", json!({ "nameVi": "\0" }), &["input.nameVi INVALID_CHARACTER"]),
            ("over before it began", json!({ "activeFrom": "2026-01-02", "activeTo": "2026-01-01" }),
                &["input.activeTo DATE_ORDER"]),
            ("year 1", json!({ "activeTo": "0001-01-01" }), &["input.activeTo OUT_OF_RANGE"]),
            ("of nothing", json!({ "parentId": unknown("organization") }), &["input.parentId NOT_FOUND"]),
        ];
        all_refused(&lab, &admin, CREATE, input(&base), cases).await;
        let id = gid("organization", org(&lab.app, "STC").await);
        let below = gid("organization", org(&lab.app, "SNV").await);
        admin.done(UPDATE, json!({ "id": below, "input": { "parentId": id } })).await;
        let cases: &[(&str, Value, &[&str])] = &[
            ("above itself", json!({ "input": { "parentId": id } }), &["input.parentId CIRCLE"]),
            ("below its own", json!({ "input": { "parentId": below } }), &["input.parentId CIRCLE"]),
            ("below nothing", json!({ "input": { "parentId": unknown("organization") } }), &["input.parentId NOT_FOUND"]),
            ("stale", json!({ "input": { "note": "x" }, "version": 9 }), &["expectedVersion CONFLICT"]),
            ("blank", json!({ "input": { "nameEn": "" } }), &["input.nameEn REQUIRED"]),
        ];
        all_refused(&lab, &admin, UPDATE, |patch| patched(&json!({ "id": id }), patch), cases).await;
    }

    async fn own_password(lab) {
        const CHANGE: &str = "mutation($old: String!, $new: String!) {
            passwordChange(currentPassword: $old, newPassword: $new) { userErrors { field code message } } }";
        let (_, email) = lab.user(Role::Leader, None, Some("correct horse battery")).await;
        let token = api::auth::operator_token(&lab.app, &email, std::time::Duration::from_secs(600)).await;
        let user = Client::new(&lab.url, Some(token.expect("a token")));
        let cases: &[(&str, Value, &[&str])] = &[
            ("short", json!({ "old": "correct horse battery", "new": "12345678901" }),
                &["newPassword PASSWORD_TOO_SHORT"]),
            ("long", json!({ "old": "correct horse battery", "new": "1".repeat(257) }), &["newPassword TOO_LONG"]),
            ("wrong", json!({ "old": "wrong", "new": "correct horse stable" }), &["currentPassword WRONG_CREDENTIALS"]),
        ];
        all_refused(&lab, &user, CHANGE, Value::clone, cases).await;
    }

    async fn log_in(lab) {
        const LOGIN: &str = "mutation($email: String!, $password: String!) {
            login(email: $email, password: $password) { userErrors { field code message } } }";
        const REFRESH: &str =
            "mutation($token: String!) { tokenRefresh(refreshToken: $token) { userErrors { field code message } } }";
        let nobody = lab.nobody();
        let cases: &[(&str, Value, &[&str])] = &[
            ("NUL", json!({ "email": "a\0@b.vn", "password": "x" }), &[" WRONG_CREDENTIALS"]),
            ("blank", json!({ "email": "", "password": "" }), &[" WRONG_CREDENTIALS"]),
            ("long", json!({ "email": "a".repeat(7_000), "password": "a".repeat(7_000) }), &[" WRONG_CREDENTIALS"]),
        ];
        all_refused(&lab, &nobody, LOGIN, Value::clone, cases).await;
        let token = format!("{}.x", lab.app.world.uuid());
        let cases: &[(&str, Value, &[&str])] = &[
            ("nothing", json!({ "token": "" }), &["refreshToken INVALID_TOKEN"]),
            ("NUL", json!({ "token": "\0.\0" }), &["refreshToken INVALID_TOKEN"]),
            ("unknown", json!({ "token": token }), &["refreshToken INVALID_TOKEN"]),
        ];
        all_refused(&lab, &nobody, REFRESH, Value::clone, cases).await;
    }
}
