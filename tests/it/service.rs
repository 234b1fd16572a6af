//! Programs that sign in with a secret of their own, and the wall before what their scopes do not open.

mod import;
mod life;
mod oauth;
mod scopes;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use entity::Scope;
use serde_json::{Value, json};
use tests::{Client, Lab};

use crate::scene::text;

const CREATE: &str = "mutation($input: ServiceAccountCreateInput!) { serviceAccountCreate(input: $input) {
    credentials { clientId clientSecret serviceAccount { id name userId clientId scopes expiresAt lastUsedAt revokedAt } }
    userErrors { field code message } } }";
const ROTATE: &str = "mutation($id: ID!) { serviceAccountRotateSecret(id: $id) {
    credentials { clientId clientSecret } userErrors { field code message } } }";
const REVOKE: &str = "mutation($id: ID!) { serviceAccountRevoke(id: $id) {
    serviceAccount { id revokedAt } userErrors { field code message } } }";

/// A service account as its administrator got it.
struct Account {
    id: String,
    client: String,
    secret: String,
}

/// Enters an account with these scopes.
async fn account(admin: &Client, scopes: &[&str]) -> Account {
    let input = json!({ "name": "Hệ thống báo cáo", "scopes": scopes });
    let made = admin.done(CREATE, json!({ "input": input })).await;
    Account {
        id: text(&made, "/credentials/serviceAccount/id"),
        client: text(&made, "/credentials/clientId"),
        secret: text(&made, "/credentials/clientSecret"),
    }
}

/// What the token endpoint answers: status, headers, body.
struct Given {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Given {
    fn token(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        text(&self.body, "/access_token")
    }

    /// Status and error.
    fn error(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or_default())
    }
}

/// Sends a form to the token endpoint.
async fn post(lab: &Lab, form: &str, headers: &[(&str, &str)]) -> Given {
    let mut request = lab.nobody().http.post(format!("{}/oauth/token", lab.url));
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.body(form.to_owned()).send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Given { status, headers, body: response.json().await.expect("JSON") }
}

fn basic(client: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{client}:{secret}")))
}

/// Asks for a token, with a scope or without.
async fn ask(lab: &Lab, account: &Account, scope: Option<&str>) -> Given {
    let scope = scope.map(|scope| format!("&scope={}", scope.replace(' ', "+"))).unwrap_or_default();
    let form = format!("grant_type=client_credentials{scope}");
    post(lab, &form, &[("authorization", &basic(&account.client, &account.secret))]).await
}

/// A client with a token of these scopes.
pub async fn program(lab: &Lab, scopes: &[Scope]) -> Client {
    let account = api::service_accounts::NewServiceAccount { name: "Máy", scopes, expires_at: None };
    let made =
        api::service_accounts::add(&lab.app, &lab.app.system(), account, "").await.expect("an account");
    let id = made.account.id;
    let account = Account { id: String::new(), client: id.to_string(), secret: made.secret };
    let token = ask(lab, &account, None).await.token();
    Client { user: id, ..Client::new(&lab.url, Some(token)) }
}
