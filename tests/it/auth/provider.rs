//! Signing in with the ID token of an outside OpenID provider: a real one, small, in this process.

use std::sync::{Arc, Mutex};

use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use entity::{AuditAction, Role, audit_log, user};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::{Client, Lab};

use super::{PASSWORD, VIEWER, change_elsewhere, log_in};
use crate::given::text;
use api::auth::Keys;
use api::store::Read;

const ISSUER: &str = "https://id.example.org";
const AUDIENCE: &str = "pii";
const LOGIN: &str = "mutation($token: String!) { loginWithProvider(idToken: $token) {
    session { accessToken user { userId } } userErrors { field code message } } }";

/// A provider's key, under the name of its algorithm.
struct Key {
    algorithm: Algorithm,
    encoding: EncodingKey,
}

impl Key {
    fn new(algorithm: Algorithm) -> Self {
        use aws_lc_rs::encoding::AsDer;
        let pem = |der: &[u8]| {
            format!(
                "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                BASE64_STANDARD.encode(der)
            )
        };
        let encoding = match algorithm {
            Algorithm::RS256 => {
                let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
                EncodingKey::from_rsa_pem(pem(key.as_der().expect("PKCS #8").as_ref()).as_bytes())
            }
            Algorithm::ES256 => {
                let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
                EncodingKey::from_ec_pem(pem(key.to_pkcs8v1().expect("PKCS #8").as_ref()).as_bytes())
            }
            _ => EncodingKey::from_ed_pem(Keys::generate_pem().expect("a key").as_bytes()),
        };
        Self { algorithm, encoding: encoding.expect("a key") }
    }

    fn kid(&self) -> String {
        format!("{:?}", self.algorithm)
    }

    fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.encoding, self.algorithm).expect("a key");
        let mut jwk = serde_json::to_value(jwk).expect("JSON");
        jwk["kid"] = self.kid().into();
        jwk
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.encoding).expect("signed")
    }
}

/// What the provider answers with, and how often it was asked.
struct Answers {
    status: StatusCode,
    body: String,
    asked: usize,
}

struct Provider {
    answers: Arc<Mutex<Answers>>,
    key: Key,
    url: String,
}

impl Provider {
    async fn start() -> Self {
        let key = Key::new(Algorithm::ES256);
        let body = json!({ "keys": [key.jwk()] }).to_string();
        let answers = Arc::new(Mutex::new(Answers { status: StatusCode::OK, body, asked: 0 }));
        let answered = Arc::clone(&answers);
        let answer = move || async move {
            let mut answers = answered.lock().expect("no test panicked");
            answers.asked += 1;
            (answers.status, answers.body.clone())
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            axum::serve(listener, Router::new().route("/keys", get(answer))).await.expect("it serves");
        });
        Self { answers, key, url }
    }

    fn answer(&self, status: StatusCode, body: String) {
        let mut answers = self.answers.lock().expect("no test panicked");
        (answers.status, answers.body) = (status, body);
    }

    fn asked(&self) -> usize {
        self.answers.lock().expect("no test panicked").asked
    }

    /// A lab on each database whose users may sign in here.
    async fn labs(&self) -> Vec<Lab> {
        let flags = ["--oidc-issuer", ISSUER, "--oidc-jwks-url", &self.url, "--oidc-audience", AUDIENCE];
        [Some(Lab::sqlite_with(&flags).await), Lab::postgres_with(&flags).await]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn claims(lab: &Lab, subject: &str, email: &str) -> Value {
    let now = lab.app.world.now();
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "email": email, "email_verified": true,
        "iat": now.timestamp(), "exp": now.timestamp() + 300, "jti": lab.app.world.uuid() })
}

async fn outcome(lab: &Lab, token: &str) -> Result<Client, String> {
    let payload = lab.nobody().get(LOGIN, json!({ "token": token })).await["loginWithProvider"].take();
    match &payload["session"] {
        Value::Null => Err(text(&payload["userErrors"][0]["code"])),
        session => Ok(Client::new(&lab.url, Some(text(&session["accessToken"])))),
    }
}

async fn is_refused(lab: &Lab, token: &str) -> bool {
    match outcome(lab, token).await {
        Ok(_) => false,
        Err(code) => {
            assert_eq!(code, "WRONG_CREDENTIALS");
            true
        }
    }
}

#[tokio::test]
async fn an_account_is_bound_to_whom_it_first_was() {
    let provider = Provider::start().await;
    for lab in provider.labs().await {
        let (id, email) = lab.user(Role::Leader, None, None).await;
        let first = provider.key.sign(&claims(&lab, "an", &email.to_uppercase()));
        let client = outcome(&lab, &first).await.expect("signed in");
        assert_eq!(client.get(VIEWER, json!({})).await["viewer"]["id"], format!("user:{id}"));
        assert!(is_refused(&lab, &first).await, "an ID token is good once");
        // From now on the subject says who it is, whatever the address.
        let mut moved = claims(&lab, "an", "elsewhere@example.org");
        moved["email_verified"] = json!(false);
        outcome(&lab, &provider.key.sign(&moved)).await.expect("known by the subject");
        assert!(
            is_refused(&lab, &provider.key.sign(&claims(&lab, "binh", &email))).await,
            "bound to another"
        );
        let store = lab.app.system();
        let noted = store.find::<audit_log::Entity>().filter(audit_log::Column::UserId.eq(id));
        let noted =
            store.all(noted.filter(audit_log::Column::Action.eq(AuditAction::SignIn))).await.expect("read");
        assert_eq!(noted.len(), 2);

        let now = lab.app.world.now();
        change_elsewhere(&lab, id, user::ActiveModel { disabled_at: Set(Some(now)), ..Default::default() })
            .await;
        assert!(is_refused(&lab, &provider.key.sign(&claims(&lab, "an", &email))).await, "disabled");
    }
    assert_eq!(Provider::start().await.asked(), 0, "nothing is fetched before it is needed");
}

#[tokio::test]
async fn what_is_wrong_is_not_said() {
    let provider = Provider::start().await;
    for lab in provider.labs().await {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let good = claims(&lab, "an", &email);
        let now = lab.app.world.now().timestamp();
        let with = |name: &str, value: Value| {
            let mut said = good.clone();
            said[name] = value;
            provider.key.sign(&said)
        };
        let header = |json: Value| {
            use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL;
            let text = format!("{}.{}", URL.encode(json.to_string()), URL.encode(good.to_string()));
            let signature =
                jsonwebtoken::crypto::sign(text.as_bytes(), &provider.key.encoding, Algorithm::ES256);
            format!("{text}.{}", signature.expect("signed"))
        };
        let public = provider.key.jwk();
        let symmetric = Header { kid: Some(provider.key.kid()), ..Header::new(Algorithm::HS256) };
        let secret = EncodingKey::from_secret(public.to_string().as_bytes());
        let symmetric = jsonwebtoken::encode(&symmetric, &good, &secret).expect("signed");
        let none = header(json!({ "alg": "none", "kid": "ES256" }));
        for (what, token) in [
            ("another issuer", with("iss", json!("https://id.example.com"))),
            ("another audience", with("aud", json!("other"))),
            ("two audiences without a party", with("aud", json!([AUDIENCE, "other"]))),
            ("another party", with("azp", json!("other"))),
            ("ended", with("exp", json!(now - 61))),
            ("good for too long", with("exp", json!(now + 48 * 3600))),
            ("issued in the future", with("iat", json!(now + 120))),
            ("not good yet", with("nbf", json!(now + 120))),
            ("no subject", with("sub", json!(""))),
            ("an address that is not verified", with("email_verified", json!(false))),
            ("verified as text", with("email_verified", json!("true"))),
            ("nobody's address", with("email", json!("nobody@test.local"))),
            ("HS256 with the public key", symmetric),
            ("alg none, signed", none.clone()),
            ("alg none", format!("{}.", none.rsplit_once('.').expect("parts").0)),
            ("an algorithm that is not the key's", header(json!({ "alg": "RS256", "kid": "ES256" }))),
            ("no kid", header(json!({ "alg": "ES256" }))),
            ("a key of its own", header(json!({ "alg": "ES256", "kid": "ES256", "jwk": public }))),
            ("an address of keys", header(json!({ "alg": "ES256", "kid": "ES256", "jku": provider.url }))),
            ("crit", header(json!({ "alg": "ES256", "kid": "ES256", "crit": ["exp"] }))),
            ("another typ", header(json!({ "alg": "ES256", "kid": "ES256", "typ": "at+jwt" }))),
            ("another key", Key::new(Algorithm::ES256).sign(&good)),
            ("nothing", String::new()),
        ] {
            assert!(is_refused(&lab, &token).await, "{what}");
        }
        outcome(&lab, &provider.key.sign(&good)).await.expect("nothing was bound or used up");
        assert_eq!(log_in(&lab, &email, PASSWORD).await["userErrors"], json!([]), "the password stays good");
    }
}

#[tokio::test]
async fn each_kind_of_key_and_no_other() {
    let provider = Provider::start().await;
    let keys = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].map(Key::new);
    provider.answer(StatusCode::OK, json!({ "keys": keys.each_ref().map(Key::jwk) }).to_string());
    let lab = provider.labs().await.remove(0);
    for key in &keys {
        let (_, email) = lab.user(Role::Leader, None, None).await;
        outcome(&lab, &key.sign(&claims(&lab, &key.kid(), &email))).await.expect("signed in");
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_provider_that_is_away() {
    let provider = Provider::start().await;
    let good = provider.answers.lock().expect("no test panicked").body.clone();
    let lab = provider.labs().await.remove(0);
    let (_, email) = lab.user(Role::Leader, None, None).await;
    let with = async |token: &str| outcome(&lab, token).await.err();
    let sign_in = async || with(&provider.key.sign(&claims(&lab, "an", &email))).await;
    let away = Some("PROVIDER_UNAVAILABLE".to_owned());
    let early = provider.key.sign(&claims(&lab, "an", &email));
    for (status, body) in [
        (StatusCode::OK, "no set".to_owned()),
        (StatusCode::BAD_GATEWAY, good.clone()),
        (StatusCode::OK, format!("{good}{}", " ".repeat(64 * 1024))),
    ] {
        provider.answer(status, body);
        assert_eq!(with(&early).await, away);
        assert_eq!(sign_in().await, away, "also while it is not asked again");
        lab.clock.advance(TimeDelta::seconds(61));
    }
    assert!(is_refused(&lab, "x").await, "what is no token has nothing to do with the provider");
    for _ in 0..100 {
        assert_eq!(sign_in().await, away, "nobody loses tries by it");
    }
    provider.answer(StatusCode::OK, good.clone());
    lab.clock.advance(TimeDelta::seconds(61));
    assert_eq!(with(&early).await, None, "a token that could not be checked is still good");
    provider.answer(StatusCode::BAD_GATEWAY, String::new());
    lab.clock.advance(TimeDelta::hours(23));
    assert_eq!(sign_in().await, None, "the set that was fetched is kept on");
    lab.clock.advance(TimeDelta::hours(2));
    assert_eq!(sign_in().await, away, "but not for ever");
    provider.answer(StatusCode::OK, good);
    lab.clock.advance(TimeDelta::seconds(61));
    assert_eq!(sign_in().await, None);
}

#[tokio::test]
async fn a_storm_of_unknown_keys_is_one_question_a_minute() {
    let provider = Provider::start().await;
    let lab = provider.labs().await.remove(0);
    let (_, email) = lab.user(Role::Leader, None, None).await;
    let unknown = Key::new(Algorithm::EdDSA);
    outcome(&lab, &provider.key.sign(&claims(&lab, "an", &email))).await.expect("signed in");
    for _ in 0..30 {
        assert!(is_refused(&lab, &unknown.sign(&claims(&lab, "an", &email))).await);
    }
    assert_eq!(provider.asked(), 1);
    provider.answer(StatusCode::OK, json!({ "keys": [unknown.jwk()] }).to_string());
    lab.clock.advance(TimeDelta::seconds(61));
    outcome(&lab, &unknown.sign(&claims(&lab, "an", &email)))
        .await
        .expect("a new key is found within a minute");
    assert_eq!(provider.asked(), 2);
    assert!(is_refused(&lab, &provider.key.sign(&claims(&lab, "an", &email))).await, "the old one is gone");
}

#[tokio::test]
async fn tries_are_counted_and_settings_checked() {
    let provider = Provider::start().await;
    let lab = provider.labs().await.remove(0);
    for _ in 0..100 {
        assert!(is_refused(&lab, "x").await);
    }
    assert_eq!(outcome(&lab, "x").await.err().as_deref(), Some("TOO_MANY_TRIES"));
    assert!(is_refused(&Lab::sqlite().await, "x").await, "no provider is set up");

    let open = |issuer: Option<&str>, url: &str| {
        let settings = api::config::Settings {
            oidc_issuer: issuer.map(str::to_owned),
            oidc_jwks_url: Some(url.parse().expect("an address")),
            ..lab.app.settings.clone()
        };
        api::auth::Provider::open(&settings).err().unwrap_or_default()
    };
    assert!(open(None, "https://id.example.org/keys").contains("PII_OIDC_ISSUER"));
    assert!(open(Some(ISSUER), "http://id.example.org/keys").contains("PII_OIDC_JWKS_URL"));
    assert!(open(Some(ISSUER), "file:///etc/keys").contains("PII_OIDC_JWKS_URL"));
    assert_eq!(open(Some(ISSUER), "https://id.example.org/keys"), "");
}
