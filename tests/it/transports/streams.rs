//! Streams over HTTP: in which form what is told, and what is refused.

use futures_util::StreamExt;
use serde_json::{Value, json};
use tests::Lab;

use super::wire::{EVENTS, MULTIPART, ask, events, parts};
use super::{QUICK, TOLD};
use crate::scene::text;

const VIEWER: &str = "{ viewer { __typename } }";

#[tokio::test]
async fn what_is_answered_once_comes_in_the_form_that_is_accepted() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let told: Vec<_> = events(ask(&officer, EVENTS, VIEWER, json!({})).await).collect().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].0 == "next" && told[0].1.contains("\"__typename\":\"User\""), "{told:?}");
    assert_eq!(told[1], ("complete".to_owned(), String::new()));

    let told: Vec<_> = parts(ask(&officer, MULTIPART, VIEWER, json!({})).await).collect().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(text(&told[0], "/payload/data/viewer/__typename"), "User");
    assert_eq!(told[1], Value::Null);

    for accept in [format!("{MULTIPART}, application/json"), format!("{EVENTS}, application/json")] {
        let answer = ask(&officer, &accept, VIEWER, json!({})).await;
        assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8", "{accept}");
    }
}

/// graphql-sse: what is wrong with the document is told in the stream, what is wrong with the request by its status.
#[tokio::test]
async fn refusals_are_told_where_their_reader_looks() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    for (query, code) in
        [("{ viewer", "GRAPHQL_PARSE_FAILED"), ("subscription { nothing }", "BAD_USER_INPUT")]
    {
        let told: Vec<_> = events(ask(&officer, EVENTS, query, json!({})).await).collect().await;
        assert_eq!(told.len(), 2, "{told:?}");
        let answer: Value = serde_json::from_str(&told[0].1).expect("JSON");
        assert_eq!(text(&answer, "/errors/0/extensions/code"), code);
        assert!(answer.get("data").is_none(), "nothing was executed");
        assert_eq!(told[1].0, "complete");

        let told: Vec<_> = parts(ask(&officer, MULTIPART, query, json!({})).await).collect().await;
        assert_eq!(text(&told[0], "/payload/errors/0/extensions/code"), code);
        assert_eq!(told[1..], [Value::Null]);
    }
    for accept in [EVENTS, MULTIPART] {
        for client in [lab.nobody(), tests::Client::new(&lab.url, Some("not.a.token".to_owned()))] {
            let answer = ask(&client, accept, TOLD, json!({})).await;
            assert_eq!(answer.status(), 401);
            assert!(answer.headers()["content-type"].to_str().expect("text").contains("json"));
        }
    }
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_is_alive() {
    let lab = Lab::sqlite_with(QUICK).await;
    let officer = lab.officer("STC").await;
    let told: Vec<_> = events(ask(&officer, EVENTS, TOLD, json!({})).await).take(3).collect().await;
    assert!(told.iter().all(|event| *event == Default::default()), "{told:?}");
    let told: Vec<_> = parts(ask(&officer, MULTIPART, TOLD, json!({})).await).take(3).collect().await;
    assert!(told.iter().all(|part| *part == json!({})), "{told:?}");
}
