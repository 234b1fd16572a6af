//! Signing in and out, the life of tokens, and whom a token stands for.

mod limits;
mod provider;
mod rights;
mod rotation;
mod strict;
mod tokens;

use entity::{Role, user};
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Client, Lab, both};
use uuid::Uuid;

use crate::given::text;
use api::policy::Verb;
use chrono::TimeDelta;

const PASSWORD: &str = "correct horse battery";
const LOGIN: &str =
    "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
    session { accessToken refreshToken accessTokenExpiresAt user { userId email role } }
    userErrors { field code message } } }";
const REFRESH: &str = "mutation($token: String!) { tokenRefresh(refreshToken: $token) {
    session { accessToken refreshToken } userErrors { field code message } } }";
const VIEWER: &str = "{ viewer { id role } }";

/// What `login` answers.
async fn log_in(lab: &Lab, email: &str, password: &str) -> Value {
    lab.nobody().get(LOGIN, json!({ "email": email, "password": password })).await["login"].take()
}

/// A client that signed in with its password, and its refresh token.
async fn signed_in(lab: &Lab, email: &str) -> (Client, String) {
    let session = log_in(lab, email, PASSWORD).await["session"].take();
    (Client::new(&lab.url, Some(text(&session["accessToken"]))), text(&session["refreshToken"]))
}

/// Changes the row of a user as another replica would, unknown to this one.
async fn change_elsewhere(lab: &Lab, id: Uuid, change: user::ActiveModel) {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let held = tx.hold::<user::Entity>(id, Verb::Update).await.expect("the user is there");
    tx.update(&held, None, change).await.expect("written");
    tx.commit().await.expect("committed");
}

both! {
    async fn a_password_opens_a_session(lab) {
        let (id, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let payload = log_in(&lab, &format!("  {} ", email.to_uppercase()), PASSWORD).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(payload["session"]["user"], json!({ "userId": format!("user:{id}"), "email": email, "role": "LEADER" }));
        let client = Client::new(&lab.url, Some(text(&payload["session"]["accessToken"])));
        assert_eq!(client.get(VIEWER, json!({})).await["viewer"]["role"], "LEADER");
    }

    async fn all_failures_look_alike(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (disabled, disabled_email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (_, empty) = lab.user(Role::Leader, None, None).await;
        let now = lab.app.world.now();
        change_elsewhere(&lab, disabled, user::ActiveModel { disabled_at: Set(Some(now)), ..Default::default() }).await;
        let wrong = log_in(&lab, &email, "wrong").await;
        assert_eq!(wrong["session"], Value::Null);
        assert_eq!(wrong["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        for (email, password) in [("nobody@test.local", PASSWORD), (&*disabled_email, PASSWORD), (&*empty, PASSWORD),
            (&*empty, "nobody has this password"), (&*email, "")] {
            assert_eq!(log_in(&lab, email, password).await, wrong, "{email}");
        }
    }

    async fn the_eleventh_try_is_refused(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (_, other) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        for _ in 0..10 {
            assert_eq!(log_in(&lab, &email, "wrong").await["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        }
        for email in [email.clone(), email.to_uppercase(), format!(" {email}")] {
            let payload = log_in(&lab, &email, PASSWORD).await;
            assert_eq!(payload["userErrors"][0]["code"], "TOO_MANY_TRIES", "{email}");
        }
        assert_eq!(log_in(&lab, &other, PASSWORD).await["userErrors"], json!([]), "others are not shut out");
        lab.clock.advance(TimeDelta::minutes(14));
        assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"][0]["code"], "TOO_MANY_TRIES");
        lab.clock.advance(TimeDelta::minutes(2));
        assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"], json!([]));
    }

    async fn tries_in_one_request_are_counted_each(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let tries: String = (0..12)
            .map(|n| {
                let password = if n < 10 { "wrong" } else { PASSWORD };
                format!("t{n}: login(email: \"{email}\", password: \"{password}\") {{ userErrors {{ code }} }} ")
            })
            .collect();
        let data = lab.nobody().get(&format!("mutation {{ {tries} }}"), json!({})).await;
        assert_eq!(data["t9"]["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        assert_eq!(data["t10"]["userErrors"][0]["code"], "TOO_MANY_TRIES");
        assert_eq!(data["t11"]["userErrors"][0]["code"], "TOO_MANY_TRIES");
    }

    async fn success_forgives_what_was_tried_before(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        for _ in 0..3 {
            for _ in 0..9 {
                log_in(&lab, &email, "wrong").await;
            }
            assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"], json!([]));
        }
    }

    async fn an_address_has_a_limit_of_its_own(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let tries: String = (0..100)
            .map(|n| format!("t{n}: login(email: \"{n}@x.vn\", password: \"x\") {{ userErrors {{ code }} }} "))
            .collect();
        let data = lab.nobody().get(&format!("mutation {{ {tries} }}"), json!({})).await;
        assert_eq!(data["t99"]["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"][0]["code"], "TOO_MANY_TRIES");
        lab.clock.advance(TimeDelta::minutes(16));
        assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"], json!([]));
    }
}

/// Behind a proxy each client has its own limit, and may not choose its address.
async fn forwarded(lab: Lab) {
    let login = |forwarded: String, number: u32| {
        let query = format!(
            "mutation {{ login(email: \"{number}@x.vn\", password: \"x\") {{ userErrors {{ code }} }} }}"
        );
        let request = reqwest::Client::new().post(format!("{}/graphql", lab.url));
        let request = request.header("x-forwarded-for", forwarded).json(&json!({ "query": query }));
        async move {
            let body: Value = request.send().await.expect("an answer").json().await.expect("JSON");
            text(&body["data"]["login"]["userErrors"][0]["code"])
        }
    };
    for number in 0..100 {
        assert_eq!(login(format!("10.0.0.{number}, 203.0.113.7"), number).await, "WRONG_CREDENTIALS");
    }
    assert_eq!(login("10.0.0.200, 203.0.113.7".into(), 100).await, "TOO_MANY_TRIES");
    assert_eq!(login("203.0.113.7, 203.0.113.8".into(), 101).await, "WRONG_CREDENTIALS");
}

#[tokio::test]
async fn the_address_behind_a_proxy_is_counted() {
    forwarded(Lab::sqlite_with(&["--trusted-proxies", "1"]).await).await;
}
