//! `POST /oauth/token` as RFC 6749 describes it: every way to ask, and to be refused.

use api::auth::{ClientAddress, ClientCredentials, ClientName, ClientRefusal, RequestId, client_token};
use chrono::TimeDelta;
use entity::Role;
use serde_json::{Value, json};
use tests::{Client, both};

use super::{Account, account, ask, basic, post};
use crate::scene::text;

const GRANT: &str = "grant_type=client_credentials";

/// What stands in a token.
fn claims(token: &str) -> Value {
    use base64::Engine;
    let middle = token.split('.').nth(1).expect("claims");
    let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(middle).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

both! {
    async fn a_token_is_asked_for_in_both_ways(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["FRAMEWORK_READ", "RESULTS_READ"]).await;
        let Account { client, secret, .. } = &made;
        let by_header = ask(&lab, &made, None).await;
        let body = format!("{GRANT}&client_id={client}&client_secret={secret}&scope=&resource=x");
        let by_body = post(&lab, &body, &[]).await;
        for given in [by_header, by_body] {
            assert_eq!(given.headers["cache-control"], "no-store");
            assert_eq!(given.headers["pragma"], "no-cache");
            assert_eq!(given.headers["content-type"], "application/json");
            let names: Vec<&String> = given.body.as_object().expect("an object").keys().collect();
            assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
            assert_eq!((&given.body["token_type"], &given.body["expires_in"]), (&json!("Bearer"), &json!(900)));
            assert_eq!(given.body["scope"], "framework:read results:read");
            let token = given.token();
            assert_eq!(claims(&token)["scope"], "framework:read results:read");
            let program = Client::new(&lab.url, Some(token));
            let viewer = program.get("{ viewer { role name } }", json!({})).await;
            assert_eq!(viewer["viewer"], json!({ "role": "INTEGRATION", "name": "Hệ thống báo cáo" }));
        }
        let person = claims(admin.token.as_deref().expect("a token"));
        assert!(person.get("scope").is_none(), "a person's token has no scope");
    }

    async fn a_token_gets_less_than_the_account_but_never_more(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["FRAMEWORK_READ", "RESULTS_READ"]).await;
        let less = ask(&lab, &made, Some("framework:read")).await;
        assert_eq!(less.body["scope"], "framework:read");
        let less = Client::new(&lab.url, Some(less.token()));
        let both = Client::new(&lab.url, Some(ask(&lab, &made, Some("results:read framework:read")).await.token()));
        const EDITIONS: &str = "{ editions { totalCount } framework { id } }";
        assert_eq!(less.get(EDITIONS, json!({})).await["editions"]["totalCount"], 0);
        assert_ne!(both.get(EDITIONS, json!({})).await["editions"]["totalCount"], 0);
        for scope in ["results:import", "framework:read results:import", "FRAMEWORK_READ", "admin", "framework:read,results:read"] {
            assert_eq!(ask(&lab, &made, Some(scope)).await.error(), (400, "invalid_scope"), "{scope}");
        }
    }

    async fn what_is_no_token_request_is_refused_in_oauths_words(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let Account { client, secret, .. } = &account(&admin, &["FRAMEWORK_READ"]).await;
        let good = basic(client, secret);
        let auth = ("authorization", good.as_str());
        let both = format!("{GRANT}&client_id={client}&client_secret={secret}");
        let long = format!("{GRANT}&x={}", "x".repeat(8 * 1024));
        let other = format!("{GRANT}&client_id=01990000-0000-7000-8000-000000000000");
        for (form, headers, expected) in [
            ("", vec![auth], (400, "invalid_request")),
            ("grant_type=", vec![auth], (400, "invalid_request")),
            ("grant_type=password&username=a&password=b", vec![auth], (400, "unsupported_grant_type")),
            ("grant_type=client_credentials&grant_type=client_credentials", vec![auth], (400, "invalid_request")),
            (&*both, vec![auth], (400, "invalid_request")),
            (&*other, vec![auth], (400, "invalid_request")),
            (&*long, vec![auth], (413, "invalid_request")),
            (GRANT, vec![auth, ("content-type", "application/json")], (400, "invalid_request")),
            (GRANT, vec![auth, auth], (400, "invalid_request")),
            (GRANT, vec![], (401, "invalid_client")),
            (GRANT, vec![("authorization", "Basic ???")], (401, "invalid_client")),
            (GRANT, vec![("authorization", "Bearer x")], (401, "invalid_client")),
            ("grant_type=client_credentials&client_id=x&client_secret=y", vec![], (401, "invalid_client")),
        ] {
            let given = post(&lab, form, &headers).await;
            assert_eq!(given.error(), expected, "{form:.60}");
            assert_eq!(given.headers["cache-control"], "no-store");
            if expected.0 == 401 {
                assert_eq!(given.headers["www-authenticate"], "Basic realm=\"pii\"");
            }
            assert!(text(&given.body, "/error_description").is_ascii());
        }
        // Exactly as long as it may be, with what the standard says to pass over.
        let most = format!("{GRANT}&x={}", "x".repeat(8 * 1024 - GRANT.len() - 3));
        assert_eq!(post(&lab, &most, &[auth]).await.status, 200);
        let response = lab.nobody().http.get(format!("{}/oauth/token", lab.url)).send().await.expect("an answer");
        assert_eq!(response.status(), 405);
    }

    async fn a_client_has_ten_tries_however_it_is_spelled(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["FRAMEWORK_READ"]).await;
        let other = account(&admin, &["FRAMEWORK_READ"]).await;
        let wrong = Account { id: String::new(), client: made.client.clone(), secret: "x".into() };
        for _ in 0..10 {
            assert_eq!(ask(&lab, &wrong, None).await.error(), (401, "invalid_client"));
        }
        let refused = ask(&lab, &made, None).await;
        assert_eq!(refused.error(), (429, "temporarily_unavailable"));
        assert_eq!(refused.headers["retry-after"], "900");
        for client in [made.client.to_uppercase(), made.client.replace('-', ""), format!("{{{}}}", made.client)] {
            let spelled = Account { id: String::new(), client, secret: made.secret.clone() };
            assert_eq!(ask(&lab, &spelled, None).await.error(), (401, "invalid_client"), "no other way to its secret");
        }
        ask(&lab, &other, None).await.token();
        lab.clock.advance(TimeDelta::minutes(16));
        ask(&lab, &made, None).await.token();
    }

    async fn who_asks_for_tokens_without_end_is_held_back(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["FRAMEWORK_READ"]).await;
        for _ in 0..300 {
            ask(&lab, &made, None).await.token();
        }
        assert_eq!(ask(&lab, &made, None).await.error(), (429, "temporarily_unavailable"));
        lab.clock.advance(TimeDelta::minutes(16));
        ask(&lab, &made, None).await.token();
    }

    async fn a_good_secret_gives_no_more_tries_at_others(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["FRAMEWORK_READ"]).await;
        let address = ClientAddress("2001:db8:0:7::1".parse().expect("an address"));
        let request = RequestId(lab.app.world.uuid());
        let try_it = async |id: &str, secret: &str, address| {
            let credentials = ClientCredentials { id, secret, scope: None };
            client_token(&lab.app, credentials, address, request, &ClientName::default()).await
        };
        for number in 0..100 {
            if number % 5 == 0 {
                try_it(&made.client, &made.secret, address).await.expect("good");
            }
            let refused = try_it(&format!("client {number}"), "x", address).await;
            assert!(matches!(refused, Err(ClientRefusal::Credentials)), "{number}");
        }
        let neighbour = ClientAddress("2001:db8:0:7:ffff::9".parse().expect("an address"));
        let refused = try_it(&made.client, &made.secret, neighbour).await;
        assert!(matches!(refused, Err(ClientRefusal::TooManyTries)), "the network is one address");
        let elsewhere = ClientAddress("2001:db8:0:8::1".parse().expect("an address"));
        try_it(&made.client, &made.secret, elsewhere).await.expect("another network is another address");
    }
}
