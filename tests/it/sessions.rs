//! Where a user is signed in, and ending it: one session, the others, all of them.

use chrono::TimeDelta;
use entity::Role;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::given::{column, database};
use crate::scene::{list, text};

const PASSWORD: &str = "correct horse battery";
const SESSIONS: &str =
    "{ sessions { totalCount nodes { id signedInAt refreshedAt expiresAt client isCurrent } } }";
const REVOKE: &str = "mutation($id: ID!) { sessionRevoke(id: $id) { done userErrors { field code } } }";
const REFRESH: &str = "mutation($token: String!) { tokenRefresh(refreshToken: $token) {
    session { accessToken refreshToken } userErrors { field code } } }";
const VIEWER: &str = "{ viewer { id } }";

/// Signs in as a client that calls itself `name`; its refresh token too.
async fn sign_in(lab: &Lab, email: &str, name: &str) -> (Client, String) {
    let login = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
        session { accessToken refreshToken } userErrors { code } } }";
    let body = json!({ "query": login, "variables": { "email": email, "password": PASSWORD } });
    let request =
        lab.nobody().http.post(format!("{}/graphql", lab.url)).header("user-agent", name).json(&body);
    let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    let session = &answer["data"]["login"]["session"];
    (Client::new(&lab.url, Some(text(session, "/accessToken"))), text(session, "/refreshToken"))
}

async fn sessions(client: &Client) -> Vec<Value> {
    list(&client.get(SESSIONS, json!({})).await, "/sessions/nodes").clone()
}

both! {
    async fn a_user_sees_its_own_living_sessions(lab) {
        let (_, email) = lab.user(Role::Officer, Some("STC"), Some(PASSWORD)).await;
        let (_, other) = lab.user(Role::Officer, Some("STC"), Some(PASSWORD)).await;
        let (first, token) = sign_in(&lab, &email, "Trình duyệt cũ").await;
        let (second, _) = sign_in(&lab, &email, &"x".repeat(300)).await;
        let (stranger, _) = sign_in(&lab, &other, "another").await;
        let (over, _) = sign_in(&lab, &email, "over").await;
        over.get("mutation { logout { done } }", json!({})).await;
        let seen = sessions(&second).await;
        assert_eq!(seen.len(), 2, "newest first, without the one that is over");
        assert_eq!(text(&seen[0], "/client"), "x".repeat(200));
        assert_eq!((&seen[0]["isCurrent"], &seen[1]["isCurrent"]), (&json!(true), &json!(false)));
        assert_eq!(seen[1]["signedInAt"], seen[1]["refreshedAt"]);
        lab.clock.advance(TimeDelta::minutes(5));
        lab.nobody().done(REFRESH, json!({ "token": token })).await;
        let refreshed = sessions(&first).await;
        assert!(text(&refreshed[1], "/refreshedAt") > text(&refreshed[1], "/signedInAt"));
        assert!(text(&refreshed[1], "/expiresAt") > text(&seen[1], "/expiresAt"));

        let foreign = text(&sessions(&stranger).await[0], "/id");
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(first.get(node, json!({ "id": foreign })).await["node"], Value::Null);
        assert_eq!(first.code(REVOKE, json!({ "id": foreign })).await, "NOT_FOUND");
        let admin = lab.sign_in(Role::Admin, None).await;
        assert_eq!(admin.code(REVOKE, json!({ "id": foreign })).await, "NOT_FOUND", "not even an administrator");
        stranger.get(VIEWER, json!({})).await;
        assert_eq!(first.get(node, json!({ "id": seen[0]["id"] })).await["node"]["id"], seen[0]["id"]);
    }

    async fn what_has_ended_long_ago_is_forgotten(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (client, _) = sign_in(&lab, &email, "first").await;
        lab.clock.advance(TimeDelta::days(13));
        let (later, _) = sign_in(&lab, &email, "second").await;
        let forget = async || {
            let cutoff = lab.app.world.now() - TimeDelta::days(1);
            lab.app.db.forget_old_sessions(cutoff).await.expect("forgotten");
        };
        forget().await;
        assert_eq!(sessions(&later).await.len(), 2, "what may still be refreshed stays");
        lab.clock.advance(TimeDelta::days(3));
        forget().await;
        let rest = column(&database(&lab).await, "SELECT client FROM session").await;
        assert_eq!(rest, ["second"]);
        assert_eq!(client.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    }

    async fn one_session_is_ended(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (first, _) = sign_in(&lab, &email, "first").await;
        let (second, token) = sign_in(&lab, &email, "second").await;
        let lost = sessions(&first).await.into_iter().find(|one| one["client"] == "second").expect("there");
        first.done(REVOKE, json!({ "id": lost["id"] })).await;
        assert_eq!(second.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
        assert_eq!(lab.nobody().refused(REFRESH, json!({ "token": token })).await, ["refreshToken INVALID_TOKEN"]);
        assert_eq!(sessions(&first).await.len(), 1);
        assert_eq!(first.code(REVOKE, json!({ "id": lost["id"] })).await, "NOT_FOUND", "it is gone");
        assert_eq!(first.refused(REVOKE, json!({ "id": "user:x" })).await, ["id INVALID_ID"]);
    }

    async fn signing_out_everywhere(lab) {
        const EVERYWHERE: &str = "mutation($keep: Boolean!) { logoutEverywhere(keepCurrent: $keep) { count userErrors { code } } }";
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let mut all = Vec::new();
        for name in ["a", "b", "c"] {
            all.push(sign_in(&lab, &email, name).await);
        }
        let bystander = lab.sign_in(Role::Leader, None).await;
        let here = &all[0].0;
        assert_eq!(here.done(EVERYWHERE, json!({ "keep": true })).await["count"], 2);
        here.get(VIEWER, json!({})).await;
        for (client, token) in &all[1..] {
            assert_eq!(client.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
            assert_eq!(lab.nobody().refused(REFRESH, json!({ "token": token })).await, ["refreshToken INVALID_TOKEN"]);
        }
        sign_in(&lab, &email, "d").await;
        assert_eq!(here.done(EVERYWHERE, json!({ "keep": false })).await["count"], 2);
        assert_eq!(here.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
        bystander.get(VIEWER, json!({})).await;
    }

    async fn an_administrator_ends_all_sessions_of_a_user(lab) {
        const END: &str = "mutation($id: ID!) { userSessionsRevoke(id: $id) { count userErrors { code } } }";
        let (id, email) = lab.user(Role::Officer, Some("STC"), Some(PASSWORD)).await;
        let (client, _) = sign_in(&lab, &email, "lost telephone").await;
        client.get(VIEWER, json!({})).await;
        let user = json!({ "id": format!("user:{id}") });
        assert_eq!(lab.coordinator().await.code(END, user.clone()).await, "NOT_FOUND");
        assert_eq!(client.code(END, user.clone()).await, "FORBIDDEN", "its own are ended by logoutEverywhere");
        let admin = lab.sign_in(Role::Admin, None).await;
        assert_eq!(admin.done(END, user).await["count"], 1);
        assert_eq!(client.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
        sign_in(&lab, &email, "again").await;
    }
}
