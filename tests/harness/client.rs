//! A client over real HTTP, and what it got.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};
use uuid::Uuid;

/// A client, signed in or not.
#[derive(Clone)]
pub struct Client {
    /// The user's key.
    pub user: Uuid,
    /// The user's e-mail address.
    pub email: String,
    /// The access token.
    pub token: Option<String>,
    /// The `Accept-Language` header.
    pub lang: &'static str,
    /// The HTTP client.
    pub http: reqwest::Client,
    /// The server's address.
    pub url: String,
}

/// What came back for one operation.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Value,
}

/// No test speaks TLS, and reading the system's certificates takes longer than most requests.
fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().tls_certs_only([])
}

impl Client {
    /// A client of the server at `url`.
    pub fn new(url: &str, token: Option<String>) -> Self {
        let http = http().build().expect("a client");
        Self { user: Uuid::nil(), email: String::new(), token, lang: "en", http, url: url.to_owned() }
    }

    /// The same client, whose requests come from another address of this machine.
    pub fn coming_from(&self, address: Ipv4Addr) -> Self {
        let http = http().local_address(IpAddr::from(address));
        Self { http: http.build().expect("a client"), ..self.clone() }
    }

    /// The same client with another language.
    pub fn speaking(&self, lang: &'static str) -> Self {
        Self { lang, ..self.clone() }
    }

    /// Sends an operation.
    pub async fn ask(&self, query: &str, variables: Value) -> Answer {
        let mut request =
            self.http.post(format!("{}/graphql", self.url)).header("accept-language", self.lang);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let body = json!({ "query": query, "variables": variables });
        let response = request.json(&body).send().await.expect("the server answers");
        let status = response.status().as_u16();
        Answer { status, body: response.json().await.expect("the answer is JSON") }
    }

    /// Sends an operation that must succeed; its data.
    pub async fn get(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.ask(query, variables).await;
        assert!(answer.body.get("errors").is_none(), "{query}\n{:#}", answer.body);
        answer.body["data"].take()
    }

    /// Sends a mutation that must be carried out; its payload.
    pub async fn done(&self, mutation: &str, variables: Value) -> Value {
        let payload = self.payload(mutation, variables).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        payload
    }

    /// Sends a mutation whose input must be refused; `field CODE` of each user error.
    pub async fn refused(&self, mutation: &str, variables: Value) -> Vec<String> {
        let payload = self.payload(mutation, variables).await;
        let errors = payload["userErrors"].as_array().expect("a list of user errors");
        assert!(!errors.is_empty(), "{mutation} was carried out: {payload:#}");
        let path = |error: &Value| {
            let steps = error["field"].as_array().expect("a path").iter();
            steps.map(|step| step.as_str().unwrap_or_default()).collect::<Vec<_>>().join(".")
        };
        errors
            .iter()
            .map(|error| format!("{} {}", path(error), error["code"].as_str().unwrap_or_default()))
            .collect()
    }

    async fn payload(&self, mutation: &str, variables: Value) -> Value {
        let mut data = self.get(mutation, variables).await;
        let (_, payload) =
            data.as_object_mut().expect("an object").iter_mut().next().expect("one root field");
        payload.take()
    }

    /// Sends an operation that must fail; the code of its first error.
    pub async fn code(&self, query: &str, variables: Value) -> String {
        let answer = self.ask(query, variables).await;
        match answer.body["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => code.to_owned(),
            None => panic!("{query} did not fail: {:#}", answer.body),
        }
    }
}
