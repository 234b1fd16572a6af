//! GraphQL over HTTP: methods, forms of answers, other origins, compression, points to spend.

use entity::Role;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::given::Obstacle;
use crate::scene::text;

const VIEWER: &str = "{ viewer { id } }";
const LOGOUT: &str = "mutation { logout { done } }";

fn with_token(client: &Client, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    match &client.token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

/// What came back: status, headers, and the body if it is JSON.
async fn sent(request: reqwest::RequestBuilder) -> (u16, HeaderMap, Value) {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.expect("a body");
    (status, headers, serde_json::from_slice(&body).unwrap_or_default())
}

async fn get(client: &Client, parameters: &[(&str, &str)]) -> (u16, HeaderMap, Value) {
    let url = reqwest::Url::parse_with_params(&format!("{}/graphql", client.url), parameters).expect("a URL");
    sent(with_token(client, client.http.get(url)).header("accept", "application/graphql-response+json")).await
}

fn code(body: &Value) -> String {
    text(body, "/errors/0/extensions/code")
}

both! {
    async fn get_is_for_queries(lab) {
        let officer = lab.officer("STC").await;
        let (status, headers, body) = get(&officer, &[("query", VIEWER)]).await;
        assert_eq!((status, text(&body, "/data/viewer/id")), (200, format!("user:{}", officer.user)));
        assert_eq!(headers["content-type"], "application/graphql-response+json; charset=utf-8");
        assert_eq!(headers["cache-control"], "no-store");
        let named = "query A { viewer { id } } query B($n: Int) { organizations(first: $n) { nodes { id } } }";
        let chosen = [("query", named), ("operationName", "B"), ("variables", "{\"n\": 1}"), ("extensions", "{}")];
        assert_eq!(get(&officer, &chosen).await.2["data"]["organizations"]["nodes"].as_array().map(Vec::len), Some(1));
        for document in [LOGOUT, "subscription { notificationAdded { id } }"] {
            let (status, headers, body) = get(&officer, &[("query", document)]).await;
            assert_eq!((status, code(&body).as_str()), (405, "METHOD_NOT_ALLOWED"));
            assert_eq!(headers["allow"], "POST");
        }
        officer.get(VIEWER, json!({})).await;
        for parameters in [
            &[][..],
            &[("query", VIEWER), ("query", VIEWER)],
            &[("query", VIEWER), ("variables", "[]")],
            &[("query", VIEWER), ("variables", "{")],
            &[("query", VIEWER), ("extensions", "1")],
        ] {
            let (status, _, body) = get(&officer, parameters).await;
            assert_eq!((status, code(&body).as_str()), (400, "BAD_USER_INPUT"), "{parameters:?}");
        }
        let (status, headers, body) = get(&lab.nobody(), &[("query", VIEWER)]).await;
        assert_eq!((status, code(&body).as_str()), (401, "UNAUTHENTICATED"));
        assert_eq!(headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn other_methods_are_none() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    for method in [reqwest::Method::PUT, reqwest::Method::DELETE, reqwest::Method::PATCH] {
        let request = officer.http.request(method, format!("{}/graphql", lab.url));
        let (status, headers, body) = sent(with_token(&officer, request)).await;
        assert_eq!((status, code(&body).as_str()), (405, "METHOD_NOT_ALLOWED"));
        assert_eq!(headers["allow"], "GET, POST");
    }
}

#[tokio::test]
async fn the_status_follows_the_form_of_the_answer() {
    const GRAPHQL: &str = "application/graphql-response+json";
    const JSON: &str = "application/json";
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let failing = json!({ "query": "{ task(id: \"x\") { id } }" });
    let deep = json!({ "query": format!("{}id{}", "{ viewer ".repeat(40), " }".repeat(40)) });
    let costly =
        json!({ "query": "{ tasks(first: 100) { nodes { assignments { reports(first: 100) { id } } } } }" });
    let circle = json!({ "query": "{ ...F } fragment F on Query { ...F }" });
    for (accept, body, wanted) in [
        (GRAPHQL, json!({ "query": VIEWER }), 200),
        (GRAPHQL, failing.clone(), 200),
        (GRAPHQL, json!({ "query": "{" }), 400),
        (GRAPHQL, json!({ "query": "{ nothing }" }), 400),
        (JSON, json!({ "query": "{" }), 200),
        (JSON, json!({ "query": "{ nothing }" }), 200),
        (GRAPHQL, deep.clone(), 400),
        (JSON, deep, 200),
        (GRAPHQL, costly.clone(), 400),
        (JSON, costly, 200),
        (GRAPHQL, circle.clone(), 400),
        (JSON, circle, 200),
        (JSON, json!({ "query": 7 }), 400),
        ("image/png", json!({ "query": VIEWER }), 406),
        ("application/json; charset=utf-16", json!({ "query": VIEWER }), 406),
        ("text/html, application/graphql-response+json;q=0.1", json!({ "query": VIEWER }), 200),
    ] {
        let request = officer.http.post(format!("{}/graphql", lab.url)).header("accept", accept).json(&body);
        let (status, headers, answer) = sent(with_token(&officer, request)).await;
        assert_eq!(status, wanted, "{accept} {body} {answer:#}");
        let executed = wanted == 200 && (body["query"] == VIEWER || body == failing);
        assert_eq!(answer.get("data").is_some(), executed, "{answer:#}");
        let media_type = headers["content-type"].to_str().expect("text");
        assert!(
            accept.contains(media_type.split(';').next().expect("a type")) || wanted == 406,
            "{media_type}"
        );
    }
}

#[tokio::test]
async fn what_is_too_much_is_said_in_both_languages() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let query = "{ tasks(first: 100) { nodes { assignments { reports(first: 100) { id } } } } }";
    for (lang, start) in
        [("vi", "Truy vấn quá phức tạp: số điểm "), ("en", "The query is too complex: cost ")]
    {
        let message = text(&officer.speaking(lang).ask(query, json!({})).await.body, "/errors/0/message");
        assert!(message.starts_with(start) && message.ends_with(" > 100000."), "{message}");
    }
}

/// Whatever is wrong with the words of a request, none of them comes back.
#[tokio::test]
async fn nothing_of_a_broken_document_is_echoed() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let secret = "mat-khau-bi-mat-cua-toi";
    let query = format!("mutation {{ login(email: \"a@b.vn\", password: \"{secret}\" {{ session }} }}");
    let answer = officer.ask(&query, json!({})).await;
    assert_eq!(code(&answer.body), "GRAPHQL_PARSE_FAILED");
    assert!(!answer.body.to_string().contains(secret), "{:#}", answer.body);
    assert_eq!(answer.body["errors"][0]["locations"][0]["line"], 1);
}

#[tokio::test]
async fn other_origins_read_nothing_unless_they_are_named() {
    let lab = Lab::sqlite_with(&["--cors-origins", "https://pii.example.vn,http://localhost:5173"]).await;
    let url = format!("{}/graphql", lab.url);
    for (origin, wanted) in [
        ("https://pii.example.vn", true),
        ("http://localhost:5173", true),
        ("https://pii.example.vn.evil.example", false),
        ("https://pii.example.vn:444", false),
        ("http://pii.example.vn", false),
        ("null", false),
    ] {
        let preflight = reqwest::Client::new()
            .request(reqwest::Method::OPTIONS, &url)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let (_, headers, _) = sent(preflight).await;
        let allowed = headers.get("access-control-allow-origin").map(|value| value.to_str().expect("text"));
        assert_eq!(allowed, wanted.then_some(origin));
        assert!(!headers.contains_key("access-control-allow-credentials"));
    }
    for bad in ["*", "null", "https://pii.example.vn/", "pii.example.vn"] {
        assert!(tests::settings_of(&["--cors-origins", bad]).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn answers_are_compressed_and_requests_inflated_within_bounds() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let wide = json!({ "query": "{ organizations(first: 100) { nodes { id code nameVi: name } } }" });
    for encoding in ["gzip", "br", "zstd"] {
        let request = officer.http.post(format!("{}/graphql", lab.url)).header("accept-encoding", encoding);
        let (status, headers, _) = sent(with_token(&officer, request.json(&wide))).await;
        assert_eq!((status, &headers["content-encoding"]), (200, &encoding.parse().expect("a header")));
    }
    let packed = |text: &str| {
        use std::io::Write;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(text.as_bytes()).expect("packed");
        gzip.finish().expect("packed")
    };
    let send = |encoding: &'static str, body: Vec<u8>| {
        let request = officer.http.post(format!("{}/graphql", lab.url)).header("content-encoding", encoding);
        sent(with_token(&officer, request.header("content-type", "application/json").body(body)))
    };
    let good = json!({ "query": VIEWER }).to_string();
    assert_eq!(send("gzip", packed(&good)).await.0, 200);
    let bomb = packed(&json!({ "query": VIEWER, "variables": { "x": "0".repeat(50_000_000) } }).to_string());
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let (status, _, body) = send("gzip", bomb).await;
    assert_eq!((status, code(&body).as_str()), (413, "REQUEST_TOO_LARGE"));
    let (status, _, body) = send("gzip", good.clone().into_bytes()).await;
    assert_eq!((status, code(&body).as_str()), (400, "BAD_USER_INPUT"), "no gzip at all");
    let (status, headers, body) = send("compress", good.into_bytes()).await;
    assert_eq!((status, code(&body).as_str()), (415, "UNSUPPORTED_MEDIA_TYPE"));
    assert_eq!(headers["accept-encoding"], "gzip");
}

both! {
    async fn who_has_no_token_only_signs_in(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some("một mật khẩu đủ dài")).await;
        let login = "mutation($e: String!, $p: String!) { login(email: $e, password: $p) { session { accessToken } } }";
        let nobody = lab.nobody();
        let signed_in = nobody.get(login, json!({ "e": email, "p": "một mật khẩu đủ dài" })).await;
        let token = text(&signed_in, "/login/session/accessToken");
        assert!(!token.is_empty());
        for document in [
            "{ __typename }",
            "{ __schema { queryType { name } } }",
            "mutation { __typename }",
            "mutation { logout { done } }",
            "mutation { ...F } fragment F on Mutation { login(email: \"a\", password: \"b\") { session { accessToken } } }",
            "mutation { login(email: \"a\", password: \"b\") { session { accessToken } } logout { done } }",
            "query A { viewer { id } } mutation B { tokenRefresh(refreshToken: \"a\") { userErrors { code } } }",
        ] {
            let answer = nobody.ask(document, json!({})).await;
            assert_eq!((answer.status, code(&answer.body).as_str()), (401, "UNAUTHENTICATED"), "{document}");
        }
        let long = json!({ "e": "a".repeat(17_000), "p": "x" });
        let answer = nobody.ask(login, long.clone()).await;
        assert_eq!(answer.status, 413, "a stranger's words are few");
        let known = Client { token: Some(token), ..nobody };
        assert_eq!(known.ask(login, long).await.status, 200);
    }

    async fn points_are_spent_and_flow_back(lab) {
        drop(lab);
        let lab = Lab::sqlite_with(&["--cost-points", "100000", "--cost-points-per-second", "100"]).await;
        let (one, other) = (lab.officer("STC").await, lab.officer("SYT").await);
        let dear = "{ costOf(document: \"{ viewer { id } }\") { requested limit depth } }";
        let answer = one.ask(dear, json!({})).await;
        assert_eq!(answer.body["data"]["costOf"], json!({ "requested": 2, "limit": 100_000, "depth": 2 }));
        let cost = &answer.body["extensions"]["cost"];
        assert_eq!(cost, &json!({ "requested": 1_003, "limit": 100_000,
            "throttle": { "available": 98_997, "restoreRate": 100 } }));
        let simulations: String = (0..490).map(|i| format!("s{i}: simulate(edition: \"x\", changes: []) {{ assumption }} ")).collect();
        let simulations = format!("{{ {simulations} }}");
        assert_eq!(one.ask(&simulations, json!({})).await.status, 200);
        let refused = with_token(&one, one.http.post(format!("{}/graphql", lab.url)).header("accept-language", "en"));
        let (status, headers, body) = sent(refused.json(&json!({ "query": simulations }))).await;
        assert_eq!((status, code(&body).as_str()), (429, "THROTTLED"));
        let wait: i64 = headers["retry-after"].to_str().expect("text").parse().expect("seconds");
        assert_eq!(other.ask(&simulations, json!({})).await.status, 200, "each spends its own");
        lab.clock.advance(chrono::TimeDelta::seconds(wait));
        assert_eq!(one.ask(&simulations, json!({})).await.status, 200);
        let picture = with_token(&one, one.http.get(format!("{}/charts/radar.svg", one.url)));
        let (status, headers, body) = sent(picture).await;
        assert_eq!((status, code(&body).as_str()), (429, "THROTTLED"), "a picture has its price");
        assert!(headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_weighed_has_no_cost() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    const COST: &str = "query($d: String!, $n: String, $v: JSON) {
        costOf(document: $d, operationName: $n, variables: $v) { requested } }";
    let cost = async |document: &str, name: Value, variables: Value| {
        officer.ask(COST, json!({ "d": document, "n": name, "v": variables })).await.body
    };
    let two = "query A { viewer { id } } query B($n: Int) { tasks(first: $n) { nodes { id } } }";
    let requested = |body: Value| body["data"]["costOf"]["requested"].as_u64();
    assert_eq!(requested(cost(two, json!("A"), json!({})).await), Some(2));
    assert_eq!(requested(cost(two, json!("B"), json!({ "n": 3 })).await), Some(7));
    assert_eq!(requested(cost(two, json!("B"), json!({})).await), Some(201));
    for (document, wanted) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ ...F } fragment F on Query { ...F }", "BAD_USER_INPUT"),
        (
            "{ tasks(first: 100) { nodes { assignments { reports(first: 100) { id } } } } }",
            "QUERY_TOO_COMPLEX",
        ),
    ] {
        assert_eq!(code(&cost(document, Value::Null, json!({})).await), wanted, "{document}");
    }
}

#[tokio::test]
async fn the_schema_is_told_to_whom_the_setting_says() {
    const SCHEMA: &str = "{ __schema { queryType { name } } }";
    for (setting, officer_may, admin_may) in
        [("signed-in", true, true), ("staff", false, true), ("off", false, false)]
    {
        let lab = Lab::sqlite_with(&["--introspection", setting]).await;
        for (client, may) in
            [(lab.officer("STC").await, officer_may), (lab.sign_in(Role::Admin, None).await, admin_may)]
        {
            let answer = client.ask(SCHEMA, json!({})).await.body;
            let hidden = client.ask("{ f: __type(name: \"Task\") { name } }", json!({})).await.body;
            let typo = client.ask("{ task(id: \"x\") { titl } }", json!({})).await.body;
            match may {
                true => assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query"),
                false => assert_eq!(
                    (code(&answer), code(&hidden)),
                    ("INTROSPECTION_DISABLED".into(), "INTROSPECTION_DISABLED".into())
                ),
            }
            assert_eq!(typo.to_string().contains("Did you mean"), may, "{setting}: {typo:#}");
            client.get("{ __typename viewer { __typename } }", json!({})).await;
        }
    }
    let lab = Lab::sqlite_with(&["--graphiql-assets", "off"]).await;
    let page = lab.nobody().http.get(format!("{}/graphql", lab.url)).header("accept", "text/html");
    assert_eq!(sent(page).await.0, 404);
}

#[tokio::test]
async fn another_method_or_address_is_told_with_the_id_of_the_request() {
    use reqwest::Method;
    let lab = Lab::sqlite().await;
    let http = lab.nobody().http;
    for (method, path, status, allowed) in [
        (Method::PUT, "/graphql", 405, "GET, POST"),
        (Method::POST, "/files/ticket", 405, "PUT,GET,HEAD"),
        (Method::PUT, "/files/tus/ticket", 405, "OPTIONS, POST, HEAD, PATCH, DELETE"),
        (Method::DELETE, "/charts/radar.svg", 405, "GET,HEAD"),
        (Method::POST, "/readyz", 405, "GET,HEAD"),
        (Method::GET, "/nowhere", 404, ""),
        (Method::PUT, "/files/ticket", 403, ""),
        (Method::GET, "/files/ticket", 403, ""),
        (Method::GET, "/charts/radar.svg", 401, ""),
        (Method::GET, "/graphiql/nothing.js", 404, ""),
    ] {
        let request =
            http.request(method.clone(), format!("{}{path}", lab.url)).header("accept-language", "en");
        let (got, headers, body) = sent(request.header("tus-resumable", "1.0.0")).await;
        assert_eq!(got, status, "{method} {path}: {body:#}");
        let id =
            headers.get("x-request-id").map(|id| id.to_str().expect("text").to_owned()).unwrap_or_default();
        assert_eq!(text(&body, "/errors/0/extensions/requestId"), id, "{method} {path}");
        if status == 405 {
            assert_eq!(code(&body), "METHOD_NOT_ALLOWED");
            assert_eq!(headers["allow"], allowed, "{method} {path}");
            assert_eq!(text(&body, "/errors/0/message"), format!("Not by this HTTP method: {method}."));
        }
    }
    let (status, headers, body) = sent(http.get(format!("{}/oauth/token", lab.url))).await;
    assert_eq!((status, &body["error"]), (405, &json!("invalid_request")));
    assert_eq!(headers["allow"], "POST");
    assert!(headers.contains_key("x-request-id"));
}

/// What the page names beside scripts and styles is in the page.
#[tokio::test]
async fn graphiqls_icon_needs_no_other_server() {
    let lab = Lab::sqlite().await;
    let page = lab.nobody().http.get(format!("{}/graphql", lab.url)).header("accept", "text/html");
    let page = page.send().await.expect("the server answers");
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.contains("img-src 'self' data:;"), "{policy}");
    let page = page.text().await.expect("a page");
    let icon = page
        .split("<link rel=\"icon\" href=\"")
        .nth(1)
        .expect("an icon")
        .split('"')
        .next()
        .expect("an address");
    assert!(icon.starts_with("data:image/svg+xml,%3Csvg "), "{icon}");
    assert!(!page.contains("graphql.org/favicon"));
}

#[test]
fn settings_that_cannot_be_meant_stop_the_start() {
    let refused = |flags: &[&str]| tests::settings_of(flags).err().unwrap_or_default();
    for twice in ["trusted,trusted", "off,trusted", "automatic,web=trusted,web=off"] {
        assert!(refused(&["--documents", twice]).contains("PII_DOCUMENTS"), "{twice}");
    }
    assert_eq!(refused(&["--documents", "automatic,web=trusted,app=off"]), "");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("text");
    for assets in [
        "https://",
        "https://unpkg.com; script-src *",
        "ftp://unpkg.com",
        "https://a.example\">",
        "/nowhere",
        "",
        path,
    ] {
        assert!(refused(&["--graphiql-assets", assets]).contains("PII_GRAPHIQL_ASSETS"), "{assets:?}");
    }
    for name in ["react", "react-dom", "graphiql"] {
        std::fs::create_dir(folder.path().join(name)).expect("made");
    }
    for assets in ["https://unpkg.com", "http://127.0.0.1:4873", "off", path] {
        assert_eq!(refused(&["--graphiql-assets", assets]), "", "{assets:?}");
    }
    let open = |address: &str| {
        let flags = ["--clamd", address, "--data-dir", path];
        api::files::Files::open(&tests::settings_of(&flags).expect("settings")).err().unwrap_or_default()
    };
    assert_eq!([open(""), open("tcp://127.0.0.1:3310")], ["", ""]);
    for wrong in ["clamd", "tcp://127.0.0.1", "http://127.0.0.1:3310"] {
        assert!(open(wrong).contains("PII_CLAMD"), "{wrong}");
    }
}

/// A body that does not come holds nothing up and is given up.
#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let lab = Lab::sqlite_with(&["--request-seconds", "1"]).await;
    let mut socket =
        tokio::net::TcpStream::connect(lab.url.trim_start_matches("http://")).await.expect("connected");
    let head =
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    socket.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = vec![0; 4_096];
    let length = socket.read(&mut answer).await.expect("answered");
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("TIMEOUT"), "{answer}");
}

const ORGANIZATIONS: &str = "{ organizations { nodes { code } } }";

/// What waits for a lock longer than a request may take is given up by the database too.
#[tokio::test]
async fn a_statement_ends_soon_after_its_request() {
    let Some(lab) = Lab::postgres_with(&["--request-seconds", "1"]).await else { return };
    let officer = lab.officer("STC").await;
    officer.get(VIEWER, json!({})).await;
    let obstacle = Obstacle::to_reading(&lab, "organization").await;
    let answer = officer.ask(ORGANIZATIONS, json!({})).await;
    assert_eq!((answer.status, code(&answer.body).as_str()), (503, "TIMEOUT"));
    obstacle.holds_up(0).await;
    obstacle.goes_away().await;
    officer.get(ORGANIZATIONS, json!({})).await;
}

/// A client that leaves takes its statements along, long before their time is up, over whatever it asked.
#[tokio::test]
async fn a_statement_ends_when_its_client_is_gone() {
    // As many as there are connections: were one of them kept, the last request would wait for it.
    const CLIENTS: usize = 4;
    let Some(lab) = Lab::postgres_with(&["--request-seconds", "600"]).await else { return };
    let officer = lab.officer("STC").await;
    officer.get(VIEWER, json!({})).await;
    for accept in ["application/json", "text/event-stream"] {
        let obstacle = Obstacle::to_reading(&lab, "organization").await;
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..CLIENTS {
            let request = officer.http.post(format!("{}/graphql", officer.url)).header("accept", accept);
            let request = with_token(&officer, request).json(&json!({ "query": ORGANIZATIONS }));
            clients.spawn(async move { request.send().await.expect("begun").bytes().await });
        }
        obstacle.holds_up(CLIENTS as i64).await;
        clients.shutdown().await;
        obstacle.holds_up(0).await;
        obstacle.goes_away().await;
        officer.get(ORGANIZATIONS, json!({})).await;
    }
}
