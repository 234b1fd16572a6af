//! Answers that are kept: made of nothing but what is published, and never given to whoever sees, speaks or asks otherwise.

use std::fmt::Write;

use entity::{Role, unit};
use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Client, Lab, both};
use uuid::Uuid;

use crate::cases::cases;
use crate::coverage::{roles, root_fields};
use crate::scene::{Cast, list, text};

const RANKING: &str = "query($edition: ID!) { ranking(edition: $edition, first: 63) { nodes {
    rank score unit { code name } below(level: PILLAR) { score node { code name } } } } }";
const PROFILE: &str = "query($unit: ID!, $edition: ID!) { profile(unit: $unit, edition: $edition) {
    entries(level: INDICATOR) { node { code name } value score rank scoreStatistics { mean } } } }";

/// What came back for a query by GET.
struct Got {
    status: StatusCode,
    tag: Option<String>,
    body: Value,
}

async fn got(client: &Client, query: &str, variables: &Value, known: Option<&str>) -> Got {
    let parameters = [("query", query), ("variables", &variables.to_string())];
    let url = reqwest::Url::parse_with_params(&format!("{}/graphql", client.url), parameters).expect("a URL");
    let mut request = client.http.get(url).header("accept-language", client.lang);
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    if let Some(known) = known {
        request = request.header(IF_NONE_MATCH, known);
    }
    let response = request.send().await.expect("the server answers");
    let status = response.status();
    let said = |name| response.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
    let tag = said(ETAG);
    if tag.is_some() {
        assert_eq!(said(CACHE_CONTROL).as_deref(), Some("private, no-cache"));
        assert!(
            said(VARY).is_some_and(|vary| vary.contains("authorization") && vary.contains("accept-language"))
        );
    } else {
        assert_eq!(said(CACHE_CONTROL).as_deref(), Some("no-store"));
    }
    let body = response.bytes().await.expect("a body");
    Got { status, tag, body: serde_json::from_slice(&body).unwrap_or_default() }
}

/// The same question in other words, which nobody has asked yet.
fn anew(query: &str) -> String {
    format!("{query} # {}", Uuid::new_v4())
}

/// The newest published edition, and our province.
async fn newest(client: &Client) -> Value {
    let query = "{ editions(first: 1) { nodes { id status } } units(first: 1) { nodes { id } } }";
    let found = client.get(query, json!({})).await;
    json!({ "edition": text(&found, "/editions/nodes/0/id"), "unit": text(&found, "/units/nodes/0/id") })
}

fn available(answer: &Value) -> i64 {
    answer["extensions"]["cost"]["throttle"]["available"].as_i64().expect("points")
}

/// What of all root fields is kept for whom, each asked by every role. What is kept made no statement, and whoever asks
/// the same afterwards gets what it would get if nothing were kept.
async fn table(lab: &Lab) -> String {
    let (cast, nobody) = (Cast::of(lab).await, lab.nobody());
    let mut cases = cases(lab, &cast).await;
    let mut text = String::new();
    for field in root_fields(&cast.admin, "queryType").await {
        let case = cases.remove(field.as_str()).expect("a case");
        let mut kept = Vec::new();
        for (role, client) in roles(&cast, &nobody) {
            let variables = (case.variables)(role);
            let first = got(client, &case.document, &variables, None).await;
            lab.listen();
            let fresh = got(client, &anew(&case.document), &variables, None).await;
            let heard = lab.heard();
            assert_eq!(first.tag, fresh.tag, "{field} as {role}");
            assert_eq!(first.body["data"], fresh.body["data"], "{field} as {role}");
            if fresh.tag.is_some() {
                assert!(heard.is_empty(), "{field} as {role} is kept, and asks\n{}", heard.join("\n"));
                kept.push(role);
            }
        }
        let _ = writeln!(text, "{field:<28}{}", kept.join(", "));
    }
    text
}

/// Where rows of what is published stand, and of which type they are; `%` is what is selected of them.
const ROWS: &[(&str, &str)] = &[
    ("Framework", "{ framework { % } }"),
    (
        "FrameworkNode",
        "query($edition: ID!) { ranking(edition: $edition, first: 1) { nodes { node { % } } } }",
    ),
    ("Indicator", "{ framework { nodes(first: 5) { nodes { indicator { % } } } } }"),
    ("Unit", "query($unit: ID!) { unit(id: $unit) { % } }"),
    ("Edition", "query($edition: ID!) { ranking(edition: $edition, first: 1) { nodes { edition { % } } } }"),
    ("Score", "query($edition: ID!) { ranking(edition: $edition, first: 2) { nodes { % } } }"),
    ("Profile", "query($unit: ID!, $edition: ID!) { profile(unit: $unit, edition: $edition) { % } }"),
];

/// A selection of each field of a type that needs no argument.
async fn selections(client: &Client, of: &str) -> Vec<String> {
    const FIELDS: &str = "query($of: String!) { __type(name: $of) { fields { name args { type { kind } }
        type { kind ofType { kind ofType { kind ofType { kind } } } } } } }";
    let found = client.get(FIELDS, json!({ "of": of })).await;
    let fields = list(&found, "/__type/fields");
    let needs = |field: &&Value| list(field, "/args").iter().any(|arg| arg["type"]["kind"] == "NON_NULL");
    let selection = |field: &Value| {
        let name = text(field, "/name");
        match field["type"].to_string().contains("OBJECT") {
            true => format!("{name} {{ __typename }}"),
            false => name,
        }
    };
    fields.iter().filter(|field| !needs(field)).map(selection).collect()
}

both! {
    async fn nothing_is_kept_that_asked_the_database(lab) {
        insta::assert_snapshot!("kept", table(&lab).await);
    }

    async fn no_field_of_a_published_row_brings_in_anything_else(lab) {
        let cast = Cast::of(&lab).await;
        let variables = newest(&cast.coordinator).await;
        let mut kept = String::new();
        for (of, document) in ROWS {
            for selection in selections(&cast.admin, of).await {
                let document = document.replace('%', &selection);
                let first = got(&cast.finance, &document, &variables, None).await;
                assert!(first.body.get("errors").is_none(), "{document}: {:#}", first.body);
                let next = got(&cast.health, &document, &variables, None).await;
                lab.listen();
                let fresh = got(&cast.health, &anew(&document), &variables, None).await;
                let heard = lab.heard();
                assert_eq!(next.body["data"], fresh.body["data"], "{document}");
                assert!(fresh.tag.is_none() || heard.is_empty(), "{document} asks\n{}", heard.join("\n"));
                let word = if fresh.tag.is_some() { "kept" } else { "own" };
                let _ = writeln!(kept, "{word:<6}{of}.{selection}");
            }
        }
        insta::assert_snapshot!("kept_fields", kept);
    }

    async fn a_kept_answer_is_sent_once(lab) {
        let officer = lab.officer("STC").await;
        let variables = newest(&officer).await;
        for query in [RANKING, PROFILE] {
            let first = got(&officer, query, &variables, None).await;
            let tag = first.tag.expect("made of what is published");
            let version = officer.get("{ dataVersion }", json!({})).await["dataVersion"].clone();
            assert!(tag.starts_with(&format!("W/\"{}-", version.as_str().expect("text"))), "{tag}");
            let again = got(&officer, query, &variables, None).await;
            assert_eq!((again.tag.as_ref(), &again.body["data"]), (Some(&tag), &first.body["data"]));
            for known in [&tag, "*", &format!("W/\"1-0\", {tag}"), tag.trim_start_matches("W/")] {
                let same = got(&officer, query, &variables, Some(known)).await;
                assert_eq!((same.status, same.body), (StatusCode::NOT_MODIFIED, Value::Null), "{known}");
                assert_eq!(same.tag.as_ref(), Some(&tag));
            }
            let other = got(&officer, query, &variables, Some("W/\"1-0\"")).await;
            assert_eq!((other.status, &other.body["data"]), (StatusCode::OK, &first.body["data"]));
            // What is kept costs what it cost at first.
            assert_eq!(other.body["extensions"]["cost"]["requested"], first.body["extensions"]["cost"]["requested"]);
            assert!(available(&other.body) < available(&first.body));
        }
    }

    async fn a_kept_answer_crosses_neither_viewers_nor_languages(lab) {
        let cast = Cast::of(&lab).await;
        let variables = newest(&cast.coordinator).await;
        // A program that may read the framework alone asks what a leader has asked.
        let framework = crate::service::program(&lab, &[entity::Scope::FrameworkRead]).await;
        cast.leader.get(RANKING, variables.clone()).await;
        let refused = framework.ask(RANKING, variables.clone()).await;
        assert!(refused.body["errors"][0]["extensions"]["code"].is_string(), "{:#}", refused.body);
        let refused = lab.nobody().ask(RANKING, variables.clone()).await;
        assert_eq!((refused.status, &refused.body["data"]), (401, &Value::Null));
        // Names are in the language of who asks.
        let query = "{ __type(name: \"Query\") { name } labels: indicators(first: 3) { nodes { name } } }";
        let (vi, en) = (cast.health.speaking("vi"), cast.health.speaking("en"));
        let (first, second) = (got(&vi, query, &json!({}), None).await, got(&en, query, &json!({}), None).await);
        let fresh = got(&en, &anew(query), &json!({}), None).await;
        assert_eq!(second.body["data"], fresh.body["data"]);
        assert_eq!(first.body["data"], got(&vi, &anew(query), &json!({}), None).await.body["data"]);
    }

    async fn a_change_of_what_is_published_is_seen_at_once(lab) {
        let officer = lab.officer("STC").await;
        let variables = newest(&officer).await;
        let query = "query($unit: ID!, $edition: ID!) { profile(unit: $unit, edition: $edition) { unit { note } } }";
        let before = got(&officer, query, &variables, None).await;
        let tag = before.tag.expect("made of what is published");
        let key = text(&variables, "/unit").rsplit(':').next().and_then(|id| id.parse().ok()).expect("a key");
        let tx = lab.app.system().begin().await.expect("begun");
        let change = unit::ActiveModel { note: Set(Some("another".to_owned())), ..Default::default() };
        tx.amend::<unit::Entity>(key, change).await.expect("written");
        tx.commit().await.expect("committed");
        let after = got(&officer, query, &variables, Some(&tag)).await;
        assert_eq!((after.status, &after.body["data"]["profile"]["unit"]["note"]), (StatusCode::OK, &json!("another")));
        assert_ne!(after.tag, Some(tag));
    }

    async fn who_signs_out_gets_nothing_that_is_kept(lab) {
        let leader = lab.sign_in(Role::Leader, None).await;
        let variables = newest(&leader).await;
        leader.get(RANKING, variables.clone()).await;
        leader.get("mutation { logout { userErrors { code } } }", json!({})).await;
        let answer = leader.ask(RANKING, variables.clone()).await;
        assert_eq!((answer.status, &answer.body["data"]), (401, &Value::Null));
    }
}

#[tokio::test]
async fn without_room_nothing_is_kept_and_all_is_answered() {
    let lab = Lab::sqlite_with(&["--answer-cache-mb", "0"]).await;
    let officer = lab.officer("STC").await;
    let variables = newest(&officer).await;
    let first = got(&officer, RANKING, &variables, None).await;
    let again = got(&officer, RANKING, &variables, first.tag.as_deref()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}
