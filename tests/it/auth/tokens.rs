//! The life of tokens, forged ones, and the key that signs them.

use api::auth::{Claims, Declared, FileOf, Keys, Ticket};
use api::world::World;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use clap::Parser;
use entity::Role;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::{PASSWORD, REFRESH, VIEWER, signed_in};
use crate::given::{evidence, text};

/// What a token says.
fn claims(token: &str) -> Claims {
    let payload = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("claims")
}

async fn status(lab: &Lab, token: &str) -> u16 {
    let answer = Client::new(&lab.url, Some(token.to_owned())).ask(VIEWER, json!({})).await;
    if answer.status != 200 {
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    }
    answer.status
}

/// `tokenRefresh`: the new pair, or the code of its refusal.
async fn refresh(lab: &Lab, token: &str) -> Result<(String, String), String> {
    let payload = lab.nobody().get(REFRESH, json!({ "token": token })).await["tokenRefresh"].take();
    match &payload["session"] {
        Value::Null => Err(text(&payload["userErrors"][0]["code"])),
        session => Ok((text(&session["accessToken"]), text(&session["refreshToken"]))),
    }
}

both! {
    async fn access_ends_after_a_quarter_of_an_hour(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (client, _) = signed_in(&lab, &email).await;
        let token = client.token.expect("signed in");
        lab.clock.advance(TimeDelta::seconds(14 * 60 + 58));
        assert_eq!(status(&lab, &token).await, 200);
        lab.clock.advance(TimeDelta::seconds(3));
        assert_eq!(status(&lab, &token).await, 401);
    }

    async fn refresh_tokens_are_good_once(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (_, first) = signed_in(&lab, &email).await;
        let (_, other) = signed_in(&lab, &email).await;
        lab.clock.advance(TimeDelta::days(1));
        let (_, second) = refresh(&lab, &first).await.expect("good once");
        let (access, third) = refresh(&lab, &second).await.expect("good once");
        assert_eq!(status(&lab, &access).await, 200);
        assert_eq!(refresh(&lab, &first).await, Err("INVALID_TOKEN".to_owned()));
        assert_eq!(refresh(&lab, &third).await, Err("INVALID_TOKEN".to_owned()), "the family is over");
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(status(&lab, &access).await, 401, "its access token too");
        refresh(&lab, &other).await.expect("other sessions go on");
    }

    async fn refresh_tokens_end_after_a_fortnight_unused(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (_, mut token) = signed_in(&lab, &email).await;
        for _ in 0..3 {
            lab.clock.advance(TimeDelta::days(13));
            token = refresh(&lab, &token).await.expect("used in time").1;
        }
        lab.clock.advance(TimeDelta::days(15));
        assert_eq!(refresh(&lab, &token).await, Err("INVALID_TOKEN".to_owned()));
    }

    async fn two_refreshes_at_once_end_the_session(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (_, token) = signed_in(&lab, &email).await;
        let (one, two) = tokio::join!(refresh(&lab, &token), refresh(&lab, &token));
        assert_eq!([&one, &two].iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let (_, next) = one.or(two).expect("one of them won");
        assert_eq!(refresh(&lab, &next).await, Err("INVALID_TOKEN".to_owned()));
    }

    async fn logging_out(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let (client, token) = signed_in(&lab, &email).await;
        let (other, _) = signed_in(&lab, &email).await;
        client.done("mutation { logout { done userErrors { code } } }", json!({})).await;
        assert_eq!(refresh(&lab, &token).await, Err("INVALID_TOKEN".to_owned()));
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(status(&lab, &client.token.expect("signed in")).await, 401);
        assert_eq!(status(&lab, &other.token.expect("signed in")).await, 200);
    }

    async fn forged_tokens(lab) {
        let officer = lab.officer("STC").await;
        let good = officer.token.clone().expect("signed in");
        assert_eq!(status(&lab, &good).await, 200);
        let said = claims(&good);
        let keys = &lab.app.keys;
        let another = Keys::from_pem(&Keys::generate_pem().expect("a key"), said.iss.clone()).expect("a key");
        let header: Value = {
            let part = good.split('.').next().expect("three parts");
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("a header")
        };
        let body = good.split('.').nth(1).expect("three parts");
        let signature = good.split('.').nth(2).expect("three parts");
        let under = |name: &str, value: &str, signature: &str| {
            let mut header = header.clone();
            header[name] = value.into();
            format!("{}.{body}.{signature}", BASE64_URL_SAFE_NO_PAD.encode(header.to_string()))
        };
        let public = serde_json::to_value(keys.public_set()).expect("JSON");
        let public = BASE64_URL_SAFE_NO_PAD.decode(text(&public["keys"][0]["x"])).expect("base64");
        let symmetric = Header {
            typ: Some(text(&header["typ"])),
            kid: Some(text(&header["kid"])),
            ..Header::new(Algorithm::HS256)
        };
        let symmetric = jsonwebtoken::encode(&symmetric, &said, &EncodingKey::from_secret(&public)).expect("signed");
        let with = |change: fn(&mut Claims)| {
            let mut said = said.clone();
            change(&mut said);
            keys.sign_access(&said).expect("signed")
        };
        let ticket = Ticket { iss: said.iss.clone(), aud: "pii-api".into(), sub: said.sub, sid: said.sid,
            file: FileOf::Evidence(said.jti), exp: said.exp, declared: Declared::default(), upload: None };
        let (_, put_url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let put_ticket = put_url.rsplit('/').next().expect("a ticket").to_owned();
        for (what, token) in [
            ("another key", another.sign_access(&said).expect("signed")),
            ("alg none", under("alg", "none", "")),
            ("alg None", under("alg", "None", signature)),
            ("alg HS256 with the public key", symmetric),
            ("no signature", format!("{}.{body}.", good.split('.').next().expect("three parts"))),
            ("another kid", under("kid", "x", signature)),
            ("another typ", under("typ", "JWT", signature)),
            ("a ticket", put_ticket.clone()),
            ("a ticket for the API", keys.sign_ticket(&ticket).expect("signed")),
            ("another audience", with(|said| said.aud = "pii-put".into())),
            ("another issuer", with(|said| said.iss = "https://example.org".into())),
            ("an unknown user", with(|said| said.sub = said.jti)),
            ("an unknown session", with(|said| said.sid = said.jti)),
            ("no end", with(|said| said.exp = 0)),
            ("a long one", "a".repeat(5_000)),
            ("nothing", String::new()),
        ] {
            assert_eq!(status(&lab, &token).await, 401, "{what}");
        }
        for (what, ticket) in [("an access token", good.clone()), ("nothing", "x".to_owned())] {
            for method in [reqwest::Method::PUT, reqwest::Method::GET] {
                let url = format!("{}/files/{ticket}", lab.url);
                let answer = officer.http.request(method, url).body("x").send().await.expect("an answer");
                assert_eq!(answer.status(), 403, "{what}");
            }
        }
        let get = officer.http.get(format!("{}/files/{put_ticket}", lab.url)).send().await.expect("an answer");
        assert_eq!(get.status(), 403, "a ticket to upload does not download");
    }

    async fn tokens_in_the_wrong_place(lab) {
        let officer = lab.officer("STC").await;
        let token = officer.token.clone().expect("signed in");
        let ask = |url: String, headers: Vec<(&'static str, String)>| {
            let mut request = reqwest::Client::new().post(url).json(&json!({ "query": VIEWER }));
            for (name, value) in headers {
                request = request.header(name, value);
            }
            async move {
                let response = request.send().await.expect("an answer");
                let status = response.status().as_u16();
                let body: Value = response.json().await.expect("JSON");
                (status, body["errors"][0]["extensions"]["code"].as_str().map(str::to_owned))
            }
        };
        let url = format!("{}/graphql", lab.url);
        let bearer = ("authorization", format!("Bearer {token}"));
        let refused = Some("UNAUTHENTICATED".to_owned());
        assert_eq!(ask(url.clone(), vec![bearer.clone()]).await, (200, None));
        assert_eq!(ask(url.clone(), vec![("authorization", format!("bearer {token}"))]).await, (200, None));
        assert_eq!(ask(url.clone(), vec![bearer.clone(), bearer]).await, (401, refused.clone()));
        assert_eq!(ask(url.clone(), vec![("authorization", format!("Basic {token}"))]).await, (401, refused.clone()));
        assert_eq!(ask(url.clone(), vec![("authorization", token.clone())]).await, (401, refused.clone()));
        assert_eq!(ask(url.clone(), vec![("cookie", format!("token={token}"))]).await, (401, refused.clone()));
        let in_address = format!("{url}?access_token={token}");
        assert_eq!(ask(in_address.clone(), vec![]).await, (401, refused.clone()));
        let with_header = vec![("authorization", format!("Bearer {token}"))];
        assert_eq!(ask(in_address, with_header).await, (401, refused), "although the header has a good one");
    }

    async fn the_public_key_is_served_without_the_private(lab) {
        let response = lab.nobody().http.get(format!("{}/.well-known/jwks.json", lab.url)).send().await;
        let set: Value = response.expect("an answer").json().await.expect("JSON");
        let key = set["keys"][0].as_object().expect("a key");
        let names: Vec<&str> = key.keys().map(String::as_str).collect();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
        assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
        assert_eq!(key["kid"].as_str().map(str::len), Some(43));
    }
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    settings: api::config::Settings,
}

async fn start(flags: &[&str]) -> Result<api::App, String> {
    let flags = ["pii"].iter().chain(flags);
    api::App::start(Flags::parse_from(flags).settings, World::real(), None).await
}

#[cfg(unix)]
#[tokio::test]
async fn the_embedded_start_makes_a_key_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let flags = ["--data-dir", data.to_str().expect("a path")];
    let first = start(&flags).await.expect("it starts");
    let key = data.join("signing-key.pem");
    assert_eq!(std::fs::metadata(&key).expect("the key is there").permissions().mode() & 0o777, 0o600);
    let second = start(&flags).await.expect("it starts again");
    let kid =
        |app: &api::App| serde_json::to_value(app.keys.public_set()).expect("JSON")["keys"][0]["kid"].clone();
    assert_eq!(kid(&first), kid(&second), "the key stays");
    std::fs::write(&key, "no key").expect("written");
    let message = start(&flags).await.err().expect("it does not start");
    assert!(message.contains("signing-key.pem") && message.contains("Ed25519"), "{message}");
}

#[tokio::test]
async fn postgresql_without_a_key_does_not_start() {
    let Some(lab) = Lab::postgres().await else { return };
    let (data, url) = (lab.folder.path().display().to_string(), lab.app.settings.database_url());
    let message =
        start(&["--data-dir", &data, "--database-url", &url]).await.err().expect("it does not start");
    assert!(message.contains("PII_SIGNING_KEY"), "{message}");
    let missing = lab.folder.path().join("none.pem").display().to_string();
    let flags = ["--data-dir", &data, "--database-url", &url, "--signing-key-file", &missing];
    let message = start(&flags).await.err().expect("it does not start");
    assert!(message.contains("none.pem"), "{message}");
    assert!(!std::path::Path::new(&missing).exists(), "no key is made there");
}

both! {
    async fn a_refresh_token_that_was_made_up_ends_nobodys_session(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some("correct horse battery")).await;
        const LOGIN: &str = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
            session { refreshToken } userErrors { code } } }";
        const REFRESH: &str = "mutation($token: String!) { tokenRefresh(refreshToken: $token) {
            session { accessToken } userErrors { field code message } } }";
        let nobody = lab.nobody();
        let session = nobody.done(LOGIN, json!({ "email": email, "password": "correct horse battery" })).await;
        let token = session["session"]["refreshToken"].as_str().expect("a token").to_owned();
        let parts: Vec<&str> = token.split('.').collect();
        let [id, secret, signature] = parts[..] else { panic!("{token}") };
        for made_up in [format!("{id}.x"), format!("{id}.x.{signature}"), format!("{id}.{secret}.x"), format!("{id}..")] {
            assert_eq!(nobody.refused(REFRESH, json!({ "token": made_up })).await, ["refreshToken INVALID_TOKEN"]);
        }
        nobody.done(REFRESH, json!({ "token": token })).await;
    }
}
