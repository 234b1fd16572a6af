//! Bad arguments of queries, bad requests, and faults of the server itself.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::Role;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::failure;
use crate::given::{database, text, unknown, written};

/// Each query fails with its code, in words of both languages that differ.
async fn all_fail(client: &Client, cases: &[(&str, Value, &str)]) {
    for (query, variables, wanted) in cases {
        let (english, vietnamese) = (
            client.ask(query, variables.clone()).await,
            client.speaking("vi").ask(query, variables.clone()).await,
        );
        let ((code, english), (other, vietnamese)) = (failure(&english.body), failure(&vietnamese.body));
        assert_eq!((code.as_str(), other.as_str()), (*wanted, *wanted), "{query} {variables}");
        assert!(!english.is_empty() && !vietnamese.is_empty(), "{query} {variables}");
        // What async-graphql says of the document itself is English only.
        assert!(*wanted == "BAD_USER_INPUT" || english != vietnamese, "{query}: {english}");
    }
}

/// A cursor with these contents.
fn cursor(contents: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(contents.to_string())
}

async fn post(lab: &Lab, token: &str, content_type: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let request = reqwest::Client::new().post(format!("{}/graphql", lab.url)).bearer_auth(token);
    let request = request.header("content-type", content_type).body(body);
    let response = request.send().await.expect("the server answers");
    (response.status().as_u16(), response.json().await.expect("the answer is JSON"))
}

both! {
    async fn arguments_of_queries(lab) {
        let coordinator = lab.coordinator().await;
        let many = vec![unknown("organization"); 101];
        let none = json!({});
        all_fail(&coordinator, &[
            ("{ tasks(first: 0) { nodes { id } } }", none.clone(), "OUT_OF_RANGE"),
            ("{ tasks(first: -1) { nodes { id } } }", none.clone(), "OUT_OF_RANGE"),
            ("{ tasks(first: 101) { nodes { id } } }", none.clone(), "OUT_OF_RANGE"),
            ("{ organizations(first: 101) { nodes { id } } }", none.clone(), "OUT_OF_RANGE"),
            ("{ pillars { children(first: 0) { id } } }", none.clone(), "OUT_OF_RANGE"),
            ("{ tasks(first: 3000000000) { nodes { id } } }", none.clone(), "QUERY_TOO_COMPLEX"),
            ("query($n: Int) { tasks(first: $n) { totalCount } }", json!({ "n": "ten" }), "BAD_USER_INPUT"),
            ("query($id: ID!) { task(id: $id) { id } }", json!({ "id": unknown("task") }), "NOT_FOUND"),
            ("query($id: ID!) { task(id: $id) { id } }", json!({ "id": unknown("plan") }), "INVALID_ID"),
            ("query($id: ID!) { task(id: $id) { id } }", json!({ "id": "task:\0" }), "INVALID_ID"),
            ("query($id: ID!) { node(id: $id) { id } }", json!({ "id": unknown("search_word") }), "INVALID_ID"),
            ("query($id: ID!) { node(id: $id) { id } }", json!({ "id": "" }), "INVALID_ID"),
            ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": many }), "TOO_MANY"),
            ("query($ids: [ID!]) { tasks(filter: { organization: { in: $ids } }) { totalCount } }",
                json!({ "ids": many }), "TOO_MANY"),
            ("query($t: String) { tasks(filter: { text: $t }) { totalCount } }", json!({ "t": "a".repeat(201) }),
                "TOO_LONG"),
            ("{ framework(version: \"\\u0000\") { id } }", none.clone(), "INVALID_CHARACTER"),
            ("{ indicator { id } }", none.clone(), "REQUIRED"),
            ("{ tasks(filter: { status: { eq: DONE } }) { totalCount } }", none.clone(), "BAD_USER_INPUT"),
            ("query($s: TaskStatus) { tasks(filter: { status: { eq: $s } }) { totalCount } }",
                json!({ "s": "DONE" }), "BAD_USER_INPUT"),
            ("{ tasks(filter: { due: { lt: \"2026-02-30\" } }) { totalCount } }", none.clone(), "BAD_USER_INPUT"),
            ("{ secrets }", none.clone(), "BAD_USER_INPUT"),
            ("{ tasks { nodes { id } }", none, "GRAPHQL_PARSE_FAILED"),
        ]).await;
    }

    async fn dates_that_no_calendar_has(lab) {
        let coordinator = lab.coordinator().await;
        for day in ["-262143-01-01", "+262142-12-31", "-4714-01-01", "0000-01-01"] {
            for query in [
                "query($d: NaiveDate) { tasks(filter: { due: { gt: $d } }) { totalCount } }",
                "query($d: NaiveDate) { evidences(filter: { issuedOn: { eq: $d } }) { totalCount } }",
                "query($d: NaiveDate) { units(filter: { existsOn: $d }) { totalCount } }",
            ] {
                let answer = coordinator.ask(query, json!({ "d": day })).await;
                if !answer.body["errors"].is_null() {
                    let (code, _) = failure(&answer.body);
                    assert!(["BAD_USER_INPUT", "OUT_OF_RANGE"].contains(&code.as_str()), "{day}: {:#}", answer.body);
                }
            }
        }
    }

    async fn cursors(lab) {
        let coordinator = lab.coordinator().await;
        const FIRST: &str = "{ organizations(first: 1) { pageInfo { endCursor } } frameworks { pageInfo { endCursor } } }";
        let page = coordinator.get(FIRST, json!({})).await;
        let good = text(&page["organizations"]["pageInfo"]["endCursor"]);
        let framework = text(&page["frameworks"]["pageInfo"]["endCursor"]);
        let contents: Value =
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(&good).expect("base64")).expect("JSON");
        let with = |name: &str, value: Value| {
            let mut contents = contents.clone();
            contents[name] = value;
            cursor(&contents)
        };
        const CODES: &str = "query($after: String) { organizations(after: $after) { nodes { id } } }";
        const KINDS: &str = "query($after: String) {
            organizations(after: $after, order: { field: KIND }) { nodes { id } } }";
        const LAST: &str = "query($after: String) {
            organizations(after: $after, order: { field: CODE, direction: DESC }) { nodes { id } } }";
        const TASKS: &str = "query($after: String) { tasks(after: $after) { nodes { id } } }";
        let after = |cursor: &str| json!({ "after": cursor });
        let tasks = |key: Value| cursor(&json!({ "o": "task.due_on", "k": key, "i": contents["i"] }));
        all_fail(&coordinator, &[
            (CODES, after(&framework), "INVALID_CURSOR"),
            (KINDS, after(&good), "INVALID_CURSOR"),
            (LAST, after(&good), "INVALID_CURSOR"),
            (CODES, after(""), "INVALID_CURSOR"),
            (CODES, after("x"), "INVALID_CURSOR"),
            (CODES, after(&good[1..]), "INVALID_CURSOR"),
            (CODES, after(&format!("{good}AAAA")), "INVALID_CURSOR"),
            (CODES, after(&"A".repeat(3_000)), "INVALID_CURSOR"),
            (CODES, after(&with("k", json!(7))), "INVALID_CURSOR"),
            (CODES, after(&with("k", json!(null))), "INVALID_CURSOR"),
            (CODES, after(&with("k", json!("a\0b"))), "INVALID_CURSOR"),
            (CODES, after(&with("i", json!("1"))), "INVALID_CURSOR"),
            (TASKS, after(&tasks(json!("yesterday"))), "INVALID_CURSOR"),
            (TASKS, after(&tasks(json!("-262143-01-01"))), "INVALID_CURSOR"),
        ]).await;
        coordinator.get(CODES, after(&good)).await;
    }

    async fn requests_that_are_none(lab) {
        let coordinator = lab.coordinator().await;
        let token = coordinator.token.clone().expect("signed in");
        let database = database(&lab).await;
        let before = written(&database).await;
        let good = json!({ "query": "{ viewer { id } }" });
        let large = json!({ "query": "{ viewer { id } }", "variables": { "x": "a".repeat(300_000) } }).to_string();
        let wide = json!({ "query": format!("{{ viewer {{ id }} }} #{}", "[".repeat(200_000)) }).to_string();
        for (what, content_type, body, wanted) in [
            ("malformed", "application/json", b"{\"query\":".to_vec(), 400),
            ("no JSON", "application/json", b"\xff\xfe".to_vec(), 400),
            ("nothing", "application/json", Vec::new(), 400),
            ("no query", "application/json", b"{}".to_vec(), 400),
            ("a batch", "application/json", json!([good, good]).to_string().into(), 400),
            ("half a letter", "application/json", br#"{"query":"{ a(b: \"\ud83d\") }"}"#.to_vec(), 400),
            ("a number beyond numbers", "application/json", br#"{"query":"{a}","variables":{"x":1e999}}"#.to_vec(), 400),
            ("text", "text/plain", good.to_string().into(), 415),
            ("a form", "multipart/form-data; boundary=x", good.to_string().into(), 415),
            ("no type", "", good.to_string().into(), 415),
            ("too large", "application/json", large.into(), 413),
        ] {
            let (status, body) = post(&lab, &token, content_type, body).await;
            let code = match wanted {
                413 => "REQUEST_TOO_LARGE",
                415 => "UNSUPPORTED_MEDIA_TYPE",
                _ => "BAD_USER_INPUT",
            };
            assert_eq!((status, failure(&body).0.as_str()), (wanted, code), "{what}");
        }
        for (body, words) in [
            ("{\"query\":", "JSON sai cú pháp ở dòng 1, cột 9"),
            ("[{\"query\":\"{a}\"}]", "không gửi mảng"),
            ("{\"query\": 7}", "sai kiểu hoặc lặp lại ở dòng 1, cột 11"),
            ("{\"query\":\"{a}\",\"query\":\"{b}\"}", "sai kiểu hoặc lặp lại"),
            ("{}", "thiếu query"),
        ] {
            let (status, answer) = post(&lab, &token, "application/json", body.as_bytes().to_vec()).await;
            let (code, message) = failure(&answer);
            assert_eq!((status, code.as_str()), (400, "BAD_USER_INPUT"), "{body}");
            assert!(message.contains(words), "{body}: {message}");
        }
        assert_eq!(post(&lab, &token, "application/json; charset=utf-8", wide).await.0, 200);
        let get = coordinator.http.get(format!("{}/graphql?query=%7Bviewer%7Bid%7D%7D", lab.url));
        let answer = get.bearer_auth(&token).send().await.expect("the server answers");
        let answer: Value = answer.json().await.expect("JSON");
        assert!(answer["data"]["viewer"]["id"].is_string(), "{answer:#}");
        assert_eq!(written(&database).await, before);
    }

    async fn numbers_without_end(lab) {
        let officer = lab.officer("STC").await;
        let database = database(&lab).await;
        let before = written(&database).await;
        for number in ["1e999", "-1e999", "NaN", "Infinity"] {
            let mutation = format!("mutation {{ evidenceCreate(input: {{ title: \"a\", kind: REPORT, statedValue: {number},
                file: {{ name: \"a.pdf\" }} }}) {{ userErrors {{ field code }} }} }}");
            let answer = officer.ask(&mutation, json!({})).await;
            let refused = match answer.body["errors"].is_null() {
                true => answer.body["data"]["evidenceCreate"]["userErrors"][0]["code"] == "OUT_OF_RANGE",
                false => ["BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED"].contains(&failure(&answer.body).0.as_str()),
            };
            assert!(refused, "{number}: {:#}", answer.body);
            assert_eq!(written(&database).await, before, "{number}");
        }
    }

    async fn documents_that_mean_too_much(lab) {
        let coordinator = lab.coordinator().await;
        let mut bomb = String::from("{ ...F0 }");
        for i in 0..24 {
            bomb += &format!(" fragment F{i} on Query {{ ...F{0} ...F{0} }}", i + 1);
        }
        bomb += " fragment F24 on Query { __typename }";
        let deep = format!("{{ framework {{ nodes {}{{ id }}{} }} }}", "{ parent ".repeat(30), " }".repeat(30));
        let deeper = "{ a ".repeat(2_000);
        let wide = "{ tasks(first: 100) { nodes { assignments { reports(first: 100) { id } } } } }";
        let long = format!("{{ {} }}", "a: __typename ".repeat(4_000));
        let none = json!({});
        all_fail(&coordinator, &[
            (&bomb, none.clone(), "QUERY_TOO_COMPLEX"),
            (&deep, none.clone(), "QUERY_TOO_COMPLEX"),
            (&deeper, none.clone(), "QUERY_TOO_COMPLEX"),
            (wide, none.clone(), "QUERY_TOO_COMPLEX"),
            (&long, none.clone(), "QUERY_TOO_COMPLEX"),
            ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", none, "BAD_USER_INPUT"),
        ]).await;
    }

    async fn faults_are_not_told(lab) {
        let coordinator = lab.coordinator().await;
        let admin = lab.sign_in(Role::Admin, None).await;
        const RANKING: &str = "{ ranking { nodes { rank } } }";
        coordinator.get("{ viewer { id } }", json!({})).await;
        let behind = database(&lab).await;
        behind.execute_unprepared("DROP TABLE score").await.expect("the table goes");
        for (lang, message) in [("en", "Internal error"), ("vi", "Lỗi hệ thống.")] {
            let answer = coordinator.speaking(lang).ask(RANKING, json!({})).await;
            assert_eq!(answer.status, 200);
            let error = &answer.body["errors"][0];
            assert_eq!(error["message"], message);
            assert_eq!(error["extensions"]["code"], "INTERNAL");
            assert!(error["extensions"]["requestId"].as_str().is_some_and(|id| id.len() == 36));
            let whole = answer.body.to_string();
            assert!(!whole.contains("score") && !whole.contains("SELECT") && !whole.contains("Db"), "{whole}");
        }
        // Who asks cannot be found out either.
        behind.execute_unprepared("DROP TABLE session").await.expect("the table goes");
        lab.clock.advance(chrono::TimeDelta::seconds(10));
        let request = admin.http.post(format!("{}/graphql", lab.url)).bearer_auth(admin.token.clone().expect("a token"));
        let response = request.json(&json!({ "query": "{ viewer { id } }" })).send().await.expect("an answer");
        assert_eq!(response.status(), 500);
        assert!(response.headers().contains_key("x-request-id"));
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(failure(&body).0, "INTERNAL");
        assert!(body["errors"][0]["extensions"]["requestId"].is_string(), "{body:#}");
        assert!(!body.to_string().contains("session"), "{body:#}");
    }
}
