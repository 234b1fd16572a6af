//! What every answer tells browsers and caches, whatever the route and however it ends.

use entity::Scope;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tests::Lab;

use crate::charts::{lang_son, published};
use crate::files::download_url;
use crate::given::{evidence, put};

const OTHERWISE: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
];
/// A page that runs scripts, as GraphiQL does from the server itself.
const PAGE: (&str, &str) = (
    "content-security-policy",
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; font-src 'self' data: 'self'; \
     script-src 'unsafe-inline' 'self'; style-src 'unsafe-inline' 'self'; worker-src blob:; frame-ancestors 'none'",
);
/// What is kept must be asked for again.
const ASK_AGAIN: (&str, &str) = ("cache-control", "private, no-cache");
const FILE: &[(&str, &str)] = &[ASK_AGAIN, ("content-security-policy", "sandbox; default-src 'none'")];
const PICTURE: &[(&str, &str)] =
    &[ASK_AGAIN, ("content-security-policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")];

/// What is asked, as words; which status it has; what its route says itself.
type Row = (&'static str, RequestBuilder, u16, &'static [(&'static str, &'static str)]);

async fn rows(lab: &Lab) -> Vec<Row> {
    let coordinator = lab.coordinator().await;
    let officer = lab.officer("STC").await;
    let (edition, unit) = (published(lab, &coordinator, 1999).await, lang_son(lab).await);
    let (id, upload) = evidence(&officer, json!({ "name": "a.txt" }), None).await;
    let (_, other) = evidence(&officer, json!({ "name": "b.txt" }), None).await;
    assert_eq!(put(&officer, &upload, b"text").await.status(), 200);
    let download = download_url(&officer, &id).await;

    let at = |method: Method, path: &str| officer.http.request(method, format!("{}{path}", lab.url));
    let get = |path: &str| at(Method::GET, path);
    let known = |request: RequestBuilder| request.bearer_auth(officer.token.as_ref().expect("signed in"));
    let post = |query: &str| at(Method::POST, "/graphql").json(&json!({ "query": query }));
    let form = |request: RequestBuilder, body: &str| {
        request.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned())
    };
    let strict = |request: RequestBuilder| request.header("accept", "application/graphql-response+json");
    let chart = format!("/charts/ranking.svg?edition={edition}&unit={unit}");
    let png = chart.replace(".svg", ".png");
    let asked = |query: &str| get(&format!("/graphql?query={query}"));
    let kept = format!("%7Branking(edition:%22{edition}%22)%7Bnodes%7Brank%7D%7D%7D");
    vec![
        ("a query", known(post("{ viewer { id } }")), 200, &[]),
        ("a broken query", strict(known(post("{"))), 400, &[]),
        ("a query of nobody", post("{ viewer { id } }"), 401, &[]),
        ("a body of another type", known(at(Method::POST, "/graphql").body("{}")), 415, &[]),
        ("a body that is too large", known(post(&"x".repeat(300_000))), 413, &[]),
        ("no form of answer", known(post("{ viewer { id } }")).header("accept", "image/png"), 406, &[]),
        ("another method", known(at(Method::PUT, "/graphql")), 405, &[]),
        ("events", known(post("{ viewer { id } }")).header("accept", "text/event-stream"), 200, &[]),
        ("a query by GET", known(asked("%7Bviewer%7Bid%7D%7D")), 200, &[]),
        ("a question by GET to what is published", known(asked(&kept)), 200, &[ASK_AGAIN]),
        ("a mutation by GET", known(asked("mutation%7Blogout%7Bdone%7D%7D")), 405, &[]),
        ("no socket", known(get("/graphql")).header("upgrade", "websocket"), 400, &[]),
        ("the page", get("/"), 200, &[PAGE]),
        ("the page at the endpoint", get("/graphql").header("accept", "text/html"), 200, &[PAGE]),
        ("the page's script", get("/graphiql/graphiql@3/graphiql.min.js"), 200, &[]),
        ("a script that is not there", get("/graphiql/nothing.js"), 404, &[]),
        ("a picture", known(get(&chart)), 200, PICTURE),
        ("a picture of dots", known(get(&png)), 200, PICTURE),
        ("a picture of nobody", get(&chart), 401, &[]),
        ("a picture of nothing", known(get("/charts/ranking.svg")), 400, &[]),
        ("no picture", known(get("/charts/pie.svg")), 404, &[]),
        ("a file", officer.http.get(&download), 200, FILE),
        ("a file's head", officer.http.head(&download), 200, FILE),
        ("a part of a file", officer.http.get(&download).header("range", "bytes=0-1"), 206, FILE),
        ("no such part", officer.http.get(&download).header("range", "bytes=99-"), 416, FILE),
        ("a file without a ticket", get("/files/ticket"), 403, &[]),
        ("an upload", officer.http.put(&other).body("text"), 200, &[]),
        ("an upload without a ticket", at(Method::PUT, "/files/ticket"), 403, &[]),
        ("about resumable uploads", at(Method::OPTIONS, "/files/tus"), 204, &[]),
        (
            "a resumable upload",
            at(Method::HEAD, "/files/tus/ticket").header("tus-resumable", "1.0.0"),
            403,
            &[],
        ),
        ("a token", form(at(Method::POST, "/oauth/token"), &granted(lab).await), 200, &[]),
        ("no token", form(at(Method::POST, "/oauth/token"), "grant_type=x"), 400, &[]),
        ("a token by GET", get("/oauth/token"), 405, &[]),
        ("alive", get("/livez"), 200, &[]),
        ("ready", get("/readyz"), 200, &[]),
        ("not by this method", at(Method::POST, "/readyz"), 405, &[]),
        ("keys", get("/.well-known/jwks.json"), 200, &[]),
        ("nothing", get("/nowhere"), 404, &[]),
    ]
}

/// The words of a service account that asks for a token.
async fn granted(lab: &Lab) -> String {
    use api::service_accounts::{NewServiceAccount, add};
    let account = NewServiceAccount { name: "headers", scopes: &[Scope::FrameworkRead], expires_at: None };
    let made = add(&lab.app, &lab.app.system(), account, "").await.expect("an account");
    let (id, secret) = (made.account.id, made.secret);
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
}

/// Each of the headers once, as it should be.
fn is_told(headers: &HeaderMap, name: &str, value: &str) -> bool {
    let mut told = headers.get_all(name).iter();
    told.next().is_some_and(|it| it == value) && told.next().is_none()
}

async fn every_answer_tells_browsers_and_caches_what_they_may(lab: Lab) {
    let mut wrong = Vec::new();
    for (what, request, status, own) in rows(&lab).await {
        let response = request.send().await.expect("an answer");
        if response.status() != status {
            wrong.push(format!("{what}: {}", response.status()));
        }
        for (name, otherwise) in OTHERWISE {
            let value = own.iter().find(|(own, _)| own == name).map_or(*otherwise, |(_, value)| value);
            if !is_told(response.headers(), name, value) {
                wrong.push(format!("{what}: {name}: {:?}", response.headers().get(*name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// GraphiQL's scripts, as far as the server looks at them.
fn scripts() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["react", "react-dom", "graphiql"] {
        std::fs::create_dir(folder.path().join(name)).expect("made");
    }
    std::fs::write(folder.path().join("graphiql/graphiql.min.js"), "").expect("written");
    folder
}

#[tokio::test]
async fn sqlite() {
    let folder = scripts();
    let assets = folder.path().to_str().expect("text");
    every_answer_tells_browsers_and_caches_what_they_may(
        Lab::sqlite_with(&["--graphiql-assets", assets]).await,
    )
    .await;
}

#[tokio::test]
async fn postgres() {
    let folder = scripts();
    let assets = folder.path().to_str().expect("text");
    if let Some(lab) = Lab::postgres_with(&["--graphiql-assets", assets]).await {
        every_answer_tells_browsers_and_caches_what_they_may(lab).await;
    }
}
